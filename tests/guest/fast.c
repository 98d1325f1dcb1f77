/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The fast paths of kernel/arch/x86_64/fast.asm against the C that says what they mean.
 *
 * A plan is made of a seed: some servers and clients with the calls and faults that they
 * make, and what happens to them in between. It is played several times, from the same slots on
 * and at the same addresses. First nobody is unusual, so everything that may goes the fast
 * way; then a breakpoint that nothing reaches is set in all threads, in the servers or in
 * the clients, whose calls go through C then. Whatever can be seen must be the same.
 */
#include "actors.h"

#include <string.h>

#include "message.h"
#include "print.h"
#include "processor.h"
#include "ticks.h"

enum { PLANS = 300, TRIES = 3, CHECK_EACH = 32, STAGES = 4, EVENTS = 3, TRACE = 8192 };

/* What a play has, in slots from `first` on. */
enum thing {
	NONE,
	E0,
	E1,
	E0_BADGED,
	E1_BADGED,
	E0_SENDS,
	E0_TAKES,
	E1_TAKES,
	N0,
	N1,
	N0_BADGED,
	N1_BADGED,
	N0_SIGNALS,
	N0_TAKES,
	R0,
	R0_WEAK = R0 + ACTORS + 2, /* more Replies than actors: some owe several */
	X0,
	X1,
	X2,
	X3,
	X4,
	T0,
	THINGS = T0 + ACTORS,
	FAR = 1000, /* no slot: beyond the CNode */
	HUGE,
};

static const char *const thing_name[] = {
	[NONE] = "nothing",
	[E0] = "E0",
	[E1] = "E1",
	[E0_BADGED] = "E0 badged",
	[E1_BADGED] = "E1 badged",
	[E0_SENDS] = "E0 to send",
	[E0_TAKES] = "E0 to take",
	[E1_TAKES] = "E1 to take",
	[N0] = "N0",
	[N1] = "N1",
	[N0_BADGED] = "N0 badged",
	[N1_BADGED] = "N1 badged",
	[N0_SIGNALS] = "N0 to signal",
	[N0_TAKES] = "N0 to take",
	[R0] = "R0",
	[R0 + 1] = "R1",
	[R0 + 2] = "R2",
	[R0 + 3] = "R3",
	[R0 + 4] = "R4",
	[R0 + 5] = "R5",
	[R0 + 6] = "R6",
	[R0_WEAK] = "R0 without rights",
	[X0] = "X0",
	[X1] = "X1",
	[X2] = "X2",
	[X3] = "X3",
	[X4] = "X4",
	[T0] = "T0",
	[T0 + 1] = "T1",
	[T0 + 2] = "T2",
	[T0 + 3] = "T3",
	[T0 + 4] = "T4",
	[FAR] = "beyond the CNode",
	[HUGE] = "a huge cptr",
};

static cptr_t first;

static cptr_t cptr_of(enum thing thing)
{
	switch (thing) {
	case NONE:
		return 0;
	case FAR:
		return boot->slot_count;
	case HUGE:
		return ~0ull << 20;
	default:
		return first + thing;
	}
}

/* --- plans ------------------------------------------------------------------------- */

/* A system call, or a fault. Registers without a meaning follow from the seed. */
struct move {
	word_t number, info, high; /* high: of rax, if `reply` is NONE */
	enum thing target, reply;
	bool forgets; /* it is INVOKE, twice, and makes the CPU forget the other space */
	bool looks;   /* it is INVOKE, Thread.info of itself */
	bool repairs; /* it is INVOKE, and who touches may go on, in the space of this number: */
	unsigned space;
	bool touches; /* it is no call, but a page fault, unless somebody has repaired that */
};

struct role {
	bool serves, latched, tells, is_passive, has_buffer;
	unsigned space, moves;
	enum thing time, bound, reserve, handler;
	word_t ceiling;
	struct move move[STEPS];
};

enum happening {
	INTERRUPT,
	STOP,
	RESUME,
	WATCH,
	BIND,
	SIGNAL,
	FORGET,
	CEILING,
	TIME,
	RESERVE,
	DELETE
};

static const char *const happening_name[] = {
	"interrupt", "stop",	"resume", "watch",   "bind",   "signal",
	"forget",    "ceiling", "time",	  "reserve", "delete",
};

struct event {
	enum happening what;
	enum thing thing, other;
	word_t number;
};

struct plan {
	word_t seed;
	unsigned servers, actors;
	struct role role[ACTORS];
	unsigned order[ACTORS];
	unsigned events[STAGES];
	struct event event[STAGES][EVENTS];
};

static uint64_t random_state;

static uint64_t random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned limit)
{
	return (unsigned)((random() >> 33) % limit);
}

static bool one_in(unsigned count)
{
	return !below(count);
}

#define PICK(...) \
	pick((const enum thing[]){ __VA_ARGS__ }, \
	     sizeof((const enum thing[]){ __VA_ARGS__ }) / sizeof(enum thing))

static enum thing pick(const enum thing *things, size_t count)
{
	return things[below((unsigned)count)];
}

static enum thing bad_thing(void)
{
	return PICK(NONE, FAR, HUGE, E0, E0_SENDS, E0_TAKES, N0, N0_SIGNALS, N0_TAKES, R0, R0_WEAK,
		    X0, T0);
}

static enum thing endpoint_to_call(void)
{
	if (one_in(8))
		return bad_thing();
	return one_in(3) ? PICK(E1, E1_BADGED) : PICK(E0, E0, E0_BADGED, E0_SENDS);
}

static enum thing endpoint_to_take(const struct role *r, bool other)
{
	if (one_in(16))
		return bad_thing();
	(void)r;
	return other ? PICK(E1, E1, E1_TAKES) : PICK(E0, E0, E0_TAKES);
}

static bool talks_much; /* in this plan messages are long */

/* Mostly what fits into registers. */
static word_t random_info(void)
{
	word_t info = random() << INFO_LABEL_SHIFT;

	if (one_in(2))
		info = 0;
	if (talks_much && !one_in(6))
		return info | (IPC_REGISTERS + 1 + below(IPC_WORDS - IPC_REGISTERS));
	switch (below(12)) {
	case 0:
		return info | random() % 0x10000;
	case 1:
		return info | (IPC_REGISTERS + 1);
	case 2:
		return info | 1 << INFO_CAPS_SHIFT;
	case 3:
		return info | 1ull << below(INFO_LABEL_SHIFT);
	case 4:
	case 5:
		return info | (IPC_REGISTERS + below(IPC_WORDS - IPC_REGISTERS + 2));
	default:
		return info | below(IPC_REGISTERS + 1);
	}
}

static struct move *add(struct role *r, word_t number, enum thing target, enum thing reply)
{
	struct move *m = &r->move[r->moves++];

	*m = (struct move){
		.number = number, .info = random_info(), .target = target, .reply = reply
	};
	if (reply == NONE && one_in(4))
		m->high = random() << SYSCALL_REPLY_SHIFT;
	return m;
}

static bool has_room(const struct role *r, unsigned count)
{
	return r->moves + count < STEPS; /* the last one stops it */
}

/* A call that goes between others, and leaves the thread where it is. */
static void add_small(struct role *r)
{
	switch (below(9)) {
	case 0:
	case 1:
		add(r, SYS_YIELD, NONE, NONE);
		break;
	case 2:
	case 3:
		add(r, SYS_SIGNAL,
		    one_in(8) ? bad_thing() : PICK(N0, N0_BADGED, N0_SIGNALS, N1, N1_BADGED), NONE);
		break;
	case 4:
		add(r, SYS_POLL, one_in(8) ? bad_thing() : PICK(N0, N0_TAKES, N1), NONE);
		break;
	case 5:
		if (has_room(r, 2)) {
			add(r, SYS_INVOKE, NONE, NONE)->forgets = true;
			r->moves++;
		}
		break;
	default:
		add(r, SYS_INVOKE, NONE, NONE)->looks = true;
	}
}

/* What a client does, and a server while it owes an answer. */
static void add_call(struct role *r, bool other)
{
	switch (below(12)) {
	case 0:
		add(r, PICK((enum thing)SYS_SEND, (enum thing)SYS_NB_SEND), endpoint_to_call(),
		    NONE);
		break;
	case 1:
		add(r, SYS_WAIT, one_in(8) ? bad_thing() : PICK(N0, N1, N1, N0_TAKES), NONE);
		break;
	case 2:
	case 3:
		add_small(r);
		break;
	case 4:
	case 5:
		add(r, SYS_CALL, NONE, NONE)->touches = true;
		break;
	default:
		add(r, SYS_CALL, other ? PICK(E1, E1_BADGED) : endpoint_to_call(), NONE);
	}
}

static void add_repair(struct role *r)
{
	struct move *m = add(r, SYS_INVOKE, NONE, NONE);

	m->repairs = true;
	m->space = below(SPACES);
}

static void make_server(struct role *r, unsigned number)
{
	bool other = number == 1 || one_in(4);
	enum thing own = (enum thing)(R0 + number), next = (enum thing)(R0 + ACTORS + number % 2);
	enum thing reply = own;

	r->serves = true;
	r->is_passive = !one_in(4);
	r->bound = one_in(6) ? N0 : NONE;
	add(r, SYS_RECV, endpoint_to_take(r, other), one_in(12) ? NONE : reply);
	while (has_room(r, 5)) {
		if (one_in(3))
			add_small(r);
		if (one_in(4))
			add_repair(r);
		if (one_in(4))
			add_call(r, !other);
		if (one_in(10)) {
			reply = reply == own ? next : own;
			add(r, SYS_RECV, endpoint_to_take(r, other), reply);
		}
		add(r, SYS_REPLY_RECV, endpoint_to_take(r, other),
		    one_in(12) ? PICK(R0, R0_WEAK, NONE, E0, FAR, R0 + 1) : reply);
	}
}

static void make_client(struct role *r)
{
	unsigned wanted = 1 + below(6);

	r->latched = one_in(8);
	r->tells = one_in(10);
	while (wanted-- && has_room(r, 3))
		add_call(r, false);
}

/* One of several that give up their turns to each other, or wake each other. */
static void make_restless(struct role *r)
{
	bool waits = one_in(2);

	if (waits)
		r->time = PICK(X3, X3, X1);
	while (has_room(r, 3))
		if (waits)
			add(r, SYS_WAIT, N1, NONE);
		else if (one_in(4))
			add_small(r);
		else if (one_in(2))
			add(r, SYS_SIGNAL, PICK(N1, N1_BADGED), NONE);
		else
			add(r, SYS_YIELD, NONE, NONE);
}

static void make_role(struct role *r, bool serves, bool is_restless, unsigned number)
{
	r->space = below(SPACES);
	r->has_buffer = !one_in(4);
	r->time = PICK(X0, X0, X1, X2, X3, X4);
	r->handler = one_in(6) ? NONE : PICK(E0_BADGED, E1_BADGED);
	r->reserve = one_in(12) ? X2 : NONE;
	r->ceiling = one_in(12) ? 210 : 0;
	if (serves)
		make_server(r, number);
	else if (is_restless)
		make_restless(r);
	else
		make_client(r);
}

/* Nothing is deleted before all are there. */
static void make_event(struct event *e, unsigned actors, bool are_all)
{
	e->what = (enum happening)below(are_all ? DELETE + 1 : DELETE);
	e->thing = (enum thing)(T0 + below(actors));
	e->other = NONE;
	e->number = below(2);
	switch (e->what) {
	case WATCH:
		e->thing = PICK(E0, E0, E1, N0);
		break;
	case BIND:
		e->other = PICK(N0, N1, NONE);
		break;
	case SIGNAL:
		e->thing = PICK(N0, N1, N1_BADGED);
		break;
	case CEILING:
		e->number = e->number ? 210 : 0;
		break;
	case TIME:
	case RESERVE:
		e->other = PICK(NONE, X0, X2);
		break;
	case DELETE:
		if (one_in(2))
			e->thing = PICK(R0, R0 + 1, X0, X1, X2);
		break;
	default:
		break;
	}
}

static void shuffle(unsigned *order, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		unsigned j = i + below(to - i), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void make_plan(struct plan *p, word_t seed)
{
	bool is_restless;

	*p = (struct plan){ .seed = seed };
	random_state = seed * 0x9e3779b97f4a7c15 + 1;
	for (unsigned i = 0; i < 8; i++)
		random();
	is_restless = one_in(6);
	talks_much = one_in(3);
	p->servers = is_restless ? 1 : 1 + below(3);
	p->actors = p->servers + 1 + below(ACTORS - p->servers);
	for (unsigned i = 0; i < p->actors; i++) {
		make_role(&p->role[i], i < p->servers, is_restless, i);
		p->order[i] = i;
	}
	shuffle(p->order, 0, p->servers);
	shuffle(p->order, p->servers, p->actors);
	for (unsigned stage = 0; stage < STAGES; stage++) {
		p->events[stage] = one_in(2) ? 0 : below(EVENTS + 1);
		for (unsigned i = 0; i < p->events[stage]; i++)
			make_event(&p->event[stage][i], p->actors, stage);
	}
}

/* --- plans in words ---------------------------------------------------------------- */

static const char *const syscall_name[] = {
	"CALL", "REPLY_RECV", "SEND",	"NB_SEND", "RECV",     "NB_RECV", "WAIT",
	"POLL", "YIELD",      "INVOKE", "ENTER",   "SET_BASE", "SIGNAL",
};

static void print_move(const struct move *m)
{
	kozo_printf("#     %s %s", syscall_name[m->number],
		    m->forgets	 ? "to forget the other space"
		    : m->looks	 ? "to look"
		    : m->repairs ? "to repair"
		    : m->touches ? "not, but touch memory, and not"
				 : thing_name[m->target]);
	if (m->reply)
		kozo_printf(" with %s", thing_name[m->reply]);
	kozo_printf(", info 0x%lx, 0x%lx above\n", m->info, m->high);
}

static void print_role(const struct role *r, unsigned number)
{
	kozo_printf("#   T%u, %s%s%s%s in space %u with%s buffer, %s, reserve %s, bound to %s, "
		    "faults to %s, ceiling %lu:\n",
		    number, r->is_passive ? "passive " : "", r->latched ? "interrupted " : "",
		    r->tells ? "telling " : "", r->serves ? "server" : "client", r->space,
		    r->has_buffer ? "" : "out", thing_name[r->time], thing_name[r->reserve],
		    thing_name[r->bound], thing_name[r->handler], r->ceiling);
	for (unsigned i = 0; i < r->moves; i++)
		if (!i || !r->move[i - 1].forgets)
			print_move(&r->move[i]);
}

static void print_plan(const struct plan *p)
{
	for (unsigned i = 0; i < p->actors; i++)
		print_role(&p->role[i], i);
	kozo_printf("#   order:");
	for (unsigned i = 0; i < p->actors; i++)
		kozo_printf(" T%u", p->order[i]);
	kozo_printf("\n");
	for (unsigned stage = 0; stage < STAGES; stage++)
		for (unsigned i = 0; i < p->events[stage]; i++) {
			const struct event *e = &p->event[stage][i];

			kozo_printf("#   stage %u: %s %s, %s, %lu\n", stage,
				    happening_name[e->what], thing_name[e->thing],
				    thing_name[e->other], e->number);
		}
}

/* --- what was seen ----------------------------------------------------------------- */

struct sight {
	const char *what;
	unsigned actor, number;
	word_t value;
};

struct trace {
	unsigned count;
	struct sight sight[TRACE];
};

static struct trace traces[2];

static void see(struct trace *t, const char *what, unsigned actor, unsigned number, word_t value)
{
	if (t->count < TRACE)
		t->sight[t->count++] = (struct sight){ what, actor, number, value };
}

static const struct sight *difference(const struct trace *a, const struct trace *b)
{
	for (unsigned i = 0; i < a->count; i++)
		if (i >= b->count || a->sight[i].value != b->sight[i].value ||
		    a->sight[i].what != b->sight[i].what)
			return &a->sight[i];
	return a->count < b->count ? &b->sight[a->count] : NULL;
}

/* The resume flag shows how a thread last came out of the kernel. */
static word_t without_rf(word_t flags)
{
	return flags & ~0x10000ull;
}

static void see_step(struct trace *t, unsigned actor, unsigned number)
{
	const struct step *s = actor_step(actor, number);

	see(t, "begun", actor, number, s->begun);
	see(t, "done", actor, number, s->done);
	see(t, "space before", actor, number, s->before);
	see(t, "space after", actor, number, s->after);
	if (!s->done)
		return;
	see(t, "sum of the buffer", actor, number, s->sum);
	for (unsigned i = 0; i < ACTOR_REGISTERS; i++)
		see(t, actor_register_name[i], actor, number,
		    i == REG_R11 ? without_rf(s->out[i]) : s->out[i]);
}

static void see_registers(struct trace *t, unsigned actor)
{
	word_t word[sizeof(struct thread_registers) / sizeof(word_t)];
	struct thread_registers r;

	if (kozo_thread_read_registers(cptr_of(T0 + actor)) != OK)
		return;
	memcpy(&r, &kozo_ipc_buffer()->word[IPC_REGISTERS], sizeof(r));
	r.r11 = without_rf(r.r11);
	r.rflags = without_rf(r.rflags);
	memcpy(word, &r, sizeof(r));
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		see(t, "register that is read", actor, i, word[i]);
}

static void see_thread(struct trace *t, unsigned actor, uint64_t began)
{
	word_t state = ~0ull, priority = 0, time = 0, messages = 0, signals = 0, replies = 0;
	cptr_t thread = cptr_of(T0 + actor);
	status_t status = kozo_thread_info(thread, &state, &priority);

	see(t, "status of info", actor, 0, (word_t)status);
	if (status != OK)
		return;
	see(t, "state", actor, 0, state);
	see(t, "priority", actor, 0, priority);
	NEED(kozo_thread_usage(thread, &time, &messages, &signals, &replies));
	see(t, "messages", actor, 0, messages);
	see(t, "signals", actor, 0, signals);
	see(t, "replies", actor, 0, replies);
	if (time > kozo_ticks() - began)
		fail("seed %lu: T%u has had more time than there was: 0x%lx", t->sight[0].value,
		     actor, time);
	if (state != THREAD_READY && state != THREAD_TIMELESS)
		see_registers(t, actor);
}

static void see_all(struct trace *t, const struct plan *p, uint64_t began)
{
	for (unsigned i = 0; i < p->actors; i++)
		see_thread(t, i, began);
}

/* Who is first in the queue of an endpoint, and who then? */
static void probe_endpoint(struct trace *t, enum thing endpoint)
{
	for (unsigned i = 0; i < ACTORS; i++) {
		struct kozo_registers r = { .target = cptr_of(endpoint) };

		see(t, "received", endpoint, i, (word_t)kozo_syscall(SYS_NB_RECV, &r));
		see(t, "badge", endpoint, i, r.target);
		see(t, "info", endpoint, i, r.info);
		for (unsigned word = 0; word < IPC_REGISTERS; word++)
			see(t, "word", endpoint, i, r.word[word]);
	}
	for (unsigned i = 0; i < ACTORS; i++) {
		struct kozo_registers r = { .target = cptr_of(endpoint), .info = 1, .word = { i } };

		see(t, "sent", endpoint, i, (word_t)kozo_syscall(SYS_NB_SEND, &r));
	}
}

static void probe_notification(struct trace *t, enum thing notification)
{
	struct kozo_registers r = { .target = cptr_of(notification) };

	see(t, "polled", notification, 0, (word_t)kozo_syscall(SYS_POLL, &r));
	see(t, "pending", notification, 0, r.target);
}

/* --- a play ------------------------------------------------------------------------ */

enum mode { FAST, ALL_SLOW, SERVERS_SLOW, CLIENTS_SLOW, MODES };

static const char *const mode_name[] = { "fast", "with all through C", "with servers through C",
					 "with clients through C" };

static cptr_t stock;

static void put(enum object_type type, enum thing at, word_t count)
{
	word_t done;

	NEED(kozo_untyped_retype(stock, type, 0, SLOT_CNODE, cptr_of(at), count, &done));
}

static void part(enum thing at, enum thing of, rights_t rights, word_t badge)
{
	NEED(kozo_cnode_mint(SLOT_CNODE, cptr_of(at), SLOT_CNODE, cptr_of(of), rights, badge));
}

static void make_things(unsigned actors)
{
	static const word_t priority[] = { 200, 200, 150, 220, 200 };
	const unsigned times = sizeof(priority) / sizeof(priority[0]);

	put(OBJECT_THREAD, T0, actors);
	put(OBJECT_ENDPOINT, E0, 2);
	put(OBJECT_NOTIFICATION, N0, 2);
	put(OBJECT_REPLY, R0, ACTORS + 2);
	put(OBJECT_SCHED_CONTEXT, X0, times);
	for (unsigned i = 0; i < times; i++)
		NEED(kozo_sched_control_configure(SLOT_SCHED_CONTROL, cptr_of(X0 + i), BUDGET_MIN,
						  BUDGET_MIN, priority[i]));
	part(E0_BADGED, E0, RIGHT_SEND | RIGHT_GRANT, 0xb0);
	part(E1_BADGED, E1, RIGHT_SEND | RIGHT_GRANT, 0xb1);
	part(E0_SENDS, E0, RIGHT_SEND, 0);
	part(E0_TAKES, E0, RIGHT_RECEIVE, 0);
	part(E1_TAKES, E1, RIGHT_RECEIVE, 0);
	part(N0_BADGED, N0, RIGHT_SEND, 0xc0);
	part(N1_BADGED, N1, RIGHT_SEND, 0xc1);
	part(N0_SIGNALS, N0, RIGHT_SEND, 0);
	part(N0_TAKES, N0, RIGHT_RECEIVE, 0);
	part(R0_WEAK, R0, 0, 0);
}

static void set_invocation(struct step *s, const struct kozo_registers *r)
{
	step_calls(s, SYS_INVOKE, r);
}

static void set_step(struct step *s, const struct move *m)
{
	for (unsigned i = 0; i < ACTOR_REGISTERS; i++)
		s->in[i] = random();
	s->in[REG_RFLAGS] = (s->in[REG_RFLAGS] & 0x240cd5) | 0x202;
	s->in[REG_FS_BASE] %= USER_TOP;
	s->in[REG_GS_BASE] %= USER_TOP;
	s->in[REG_RAX] = m->number | m->high | cptr_of(m->reply) << SYSCALL_REPLY_SHIFT;
	s->in[REG_RDI] = cptr_of(m->target);
	s->in[REG_RSI] = m->info;
}

static void set_steps(const struct role *r, unsigned actor)
{
	const struct kozo_registers look = { .target = cptr_of(T0 + actor),
					     .info = kozo_info(LABEL_THREAD_INFO, 0) },
				    stop = { .target = cptr_of(T0 + actor),
					     .info = kozo_info(LABEL_THREAD_STOP, 0) };
	struct kozo_registers map, unmap, repair, unused;

	forget_words(!r->space, &map, &unmap);
	for (unsigned i = 0; i < r->moves; i++) {
		if (i && r->move[i - 1].forgets)
			set_invocation(actor_step(actor, i), &unmap);
		else
			set_step(actor_step(actor, i), &r->move[i]);
		if (r->move[i].looks)
			set_invocation(actor_step(actor, i), &look);
		if (r->move[i].forgets)
			set_invocation(actor_step(actor, i), &map);
		forget_words(r->move[i].space, &repair, &unused);
		if (r->move[i].repairs)
			set_invocation(actor_step(actor, i), &repair);
		if (r->move[i].touches)
			step_touches(actor_step(actor, i));
	}
	for (unsigned i = r->moves; i < STEPS; i++) /* somebody may resume it */
		set_invocation(actor_step(actor, i), &stop);
}

/* A breakpoint in the last of the four places, at an address where nothing is. */
static void send_through_c(cptr_t thread)
{
	enum { WRITE_IN_LAST = 0x10000040 };

	NEED(kozo_thread_set_breakpoints(thread, 0, 0, 0, AREA + (1 << 20), WRITE_IN_LAST));
}

static bool goes_slow(enum mode mode, const struct role *r)
{
	return mode == ALL_SLOW || mode == (r->serves ? SERVERS_SLOW : CLIENTS_SLOW);
}

static void fill_buffer(unsigned actor)
{
	for (unsigned i = 0; i < IPC_WORDS; i++)
		actor_buffer(actor)->word[i] = random();
}

static void start(struct trace *t, const struct role *r, unsigned actor, enum mode mode)
{
	cptr_t thread = cptr_of(T0 + actor);

	NEED(kozo_thread_configure(thread, SLOT_CNODE, actor_space[r->space],
				   r->has_buffer ? actor_buffer_frame(actor) : 0));
	fill_buffer(actor);
	NEED(kozo_thread_set_time(thread, cptr_of(r->time)));
	if (goes_slow(mode, r))
		send_through_c(thread);
	if (r->latched)
		NEED(kozo_thread_interrupt(thread));
	if (r->handler)
		NEED(kozo_thread_set_handler(thread, cptr_of(r->handler),
					     r->tells ? FAULTS_CAPS : 0));
	if (r->bound)
		see(t, "bound", actor, 0, (word_t)kozo_thread_bind(thread, cptr_of(r->bound)));
	if (r->reserve)
		NEED(kozo_thread_set_reserve(thread, cptr_of(r->reserve)));
	if (r->ceiling)
		NEED(kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, thread, r->ceiling));
	set_steps(r, actor);
	actor_place(thread, actor);
	NEED(kozo_thread_resume(thread));
}

static status_t happen(const struct event *e)
{
	cptr_t thing = cptr_of(e->thing), other = cptr_of(e->other);
	struct kozo_registers r = { .target = thing };

	switch (e->what) {
	case INTERRUPT:
		return kozo_thread_interrupt(thing);
	case STOP:
		return kozo_thread_stop(thing);
	case RESUME:
		return kozo_thread_resume(thing);
	case WATCH:
		return e->thing == N0 ? kozo_notification_watch(thing, cptr_of(N1_BADGED))
				      : kozo_endpoint_watch(thing, cptr_of(N0_BADGED));
	case BIND:
		return kozo_thread_bind(thing, other);
	case SIGNAL:
		return kozo_syscall(SYS_SIGNAL, &r);
	case FORGET:
		space_forget((unsigned)e->number);
		return OK;
	case CEILING:
		return kozo_sched_control_set_ceiling(SLOT_SCHED_CONTROL, thing, e->number);
	case TIME:
		return kozo_thread_set_time(thing, other);
	case RESERVE:
		return kozo_thread_set_reserve(thing, other);
	case DELETE:
		return kozo_cnode_delete(SLOT_CNODE, thing);
	}
	return OK;
}

static void play_stage(struct trace *t, const struct plan *p, unsigned stage, uint64_t began)
{
	for (unsigned i = 0; i < p->events[stage]; i++)
		see(t, "event", stage, i, (word_t)happen(&p->event[stage][i]));
	actors_run();
	see_all(t, p, began);
}

static void start_some(struct trace *t, const struct plan *p, unsigned from, unsigned to,
		       enum mode mode)
{
	for (unsigned i = from; i < to; i++) {
		const struct role *r = &p->role[p->order[i]];

		start(t, r, p->order[i], mode);
		if (r->serves || one_in(2))
			actors_run();
		if (r->is_passive)
			NEED(kozo_thread_set_time(cptr_of(T0 + p->order[i]), 0));
	}
}

static void probe(struct trace *t)
{
	probe_notification(t, N0);
	probe_notification(t, N1);
	probe_endpoint(t, E0);
	probe_endpoint(t, E1);
	actors_run();
}

static void see_end(struct trace *t, const struct plan *p, uint64_t began)
{
	see_all(t, p, began);
	for (unsigned i = 0; i < p->actors; i++)
		for (unsigned step = 0; step <= p->role[i].moves; step++)
			see_step(t, i, step);
}

static void check_invariants(const struct plan *p)
{
	word_t violated = 0;

	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK && violated)
		fail("seed %lu: invariant %lu is violated", p->seed, violated);
}

static void play(struct trace *t, const struct plan *p, enum mode mode)
{
	uint64_t began = kozo_ticks();

	t->count = 0;
	see(t, "seed", 0, 0, p->seed);
	random_state = p->seed + 1;
	actors_clear();
	make_things(p->actors);
	start_some(t, p, 0, p->servers, mode);
	play_stage(t, p, 0, began);
	start_some(t, p, p->servers, p->actors, mode);
	for (unsigned stage = 1; stage < STAGES; stage++)
		play_stage(t, p, stage, began);
	if (mode == FAST && p->seed % CHECK_EACH == 0)
		check_invariants(p);
	probe(t);
	see_end(t, p, began);
	NEED(kozo_cnode_revoke(SLOT_CNODE, stock));
}

/* A busy host can end a turn at any time, which is no difference between the ways. */
static const struct sight *compare(const struct plan *p, enum mode mode)
{
	const struct sight *found = NULL;

	for (unsigned i = 0; i < TRIES; i++) {
		if (i)
			play(&traces[0], p, FAST);
		play(&traces[1], p, mode);
		found = difference(&traces[0], &traces[1]);
		if (!found)
			break;
	}
	return found;
}

static void report(const struct plan *p, enum mode mode, const struct sight *s)
{
	unsigned index = (unsigned)(s - traces[0].sight);
	const struct sight *other = &traces[1].sight[index];

	fail("seed %lu: %s, of %u, %u, is 0x%lx; %s it is 0x%lx (%s)", p->seed, s->what, s->actor,
	     s->number, s->value, mode_name[mode], other->value, other->what);
	print_plan(p);
}

static bool play_all(const struct plan *p)
{
	play(&traces[0], p, FAST);
	for (enum mode mode = ALL_SLOW; mode < MODES; mode++) {
		const struct sight *found = compare(p, mode);

		if (found) {
			report(p, mode, found);
			return false;
		}
	}
	return true;
}

static void fast_begin(void)
{
	first = slots_new(THINGS);
	stock = make(OBJECT_UNTYPED, 16);
	actors_begin();
}

TEST(fast_random, "whatever calls are made, the fast way shows nothing that C does not")
{
	static struct plan p;

	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	fast_begin();
	for (word_t seed = 1; seed <= PLANS; seed++) {
		make_plan(&p, seed);
		if (!play_all(&p))
			break;
	}
}

/* --- plans that chance hardly makes ---------------------------------------------------- */

static struct plan plan;

/* Where the processor has no fast paths there is nothing to compare. */
static void play_plan(void (*fill)(void))
{
	if (!processor_has(PROCESSOR_FSGSBASE))
		return;
	fast_begin();
	plan = (struct plan){ 0 };
	random_state = 1;
	fill();
	play_all(&plan);
	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
}

/* A case that plays what its body plans. */
#define PLAN(id, sentence) \
	static void id##_plan(void); \
	TEST(id, sentence) \
	{ \
		play_plan(id##_plan); \
	} \
	static void id##_plan(void)

static struct role *plan_role(unsigned space, bool serves, bool is_passive)
{
	struct role *r = &plan.role[plan.actors];

	plan.order[plan.actors] = plan.actors;
	plan.actors++;
	plan.servers += serves;
	*r = (struct role){
		.space = space, .time = X0, .serves = serves, .is_passive = is_passive
	};
	return r;
}

static void does(struct role *r, word_t number, enum thing target, enum thing reply)
{
	struct move *m = add(r, number, target, reply);

	m->info = 0;
	m->high = 0;
}

/* A server that waits for a signal before it answers, some times. */
static void plan_server(enum thing endpoint, enum thing reply, enum thing n, unsigned times)
{
	struct role *r = plan_role(0, true, true);

	does(r, SYS_RECV, endpoint, reply);
	while (times--) {
		does(r, SYS_WAIT, n, NONE);
		does(r, SYS_REPLY_RECV, endpoint, reply);
	}
}

static void plan_client(unsigned space, enum thing endpoint, unsigned times)
{
	struct role *r = plan_role(space, false, false);

	while (times--)
		does(r, SYS_CALL, endpoint, NONE);
	does(r, SYS_SIGNAL, N0_BADGED, NONE);
}

static void plan_event(unsigned stage, enum happening what, enum thing thing, enum thing other)
{
	plan.event[stage][plan.events[stage]++] =
		(struct event){ .what = what, .thing = thing, .other = other };
}

static void forgets(struct role *r)
{
	does(r, SYS_INVOKE, NONE, NONE);
	r->move[r->moves++ - 1].forgets = true;
}

static void touches(struct role *r)
{
	does(r, SYS_CALL, NONE, NONE);
	r->move[r->moves - 1].touches = true;
	r->handler = E0_BADGED;
}

static void forget_and_answer(word_t words)
{
	struct role *r = plan_role(0, true, false);

	r->has_buffer = true;
	does(r, SYS_RECV, E0, R0);
	forgets(r);
	does(r, SYS_REPLY_RECV, E0, R0);
	r->move[r->moves - 1].info = words;
	plan_client(1, E0, 1);
	plan.role[1].has_buffer = true;
}

static void forget_and_answer_shortly(void)
{
	forget_and_answer(0);
}

static void forget_and_answer_at_length(void)
{
	forget_and_answer(IPC_WORDS);
}

static void forget_and_answer_after_a_wait(void)
{
	struct role *r = plan_role(0, true, true);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_WAIT, N1, NONE);
	forgets(r);
	does(r, SYS_REPLY_RECV, E0, R0);
	plan_client(1, E0, 1);
	does(plan_role(0, false, false), SYS_SIGNAL, N1, NONE);
}

static void forget_and_answer_on_own_time(void)
{
	struct role *r = plan_role(0, true, false);

	r->time = X3;
	does(r, SYS_RECV, E0, R0);
	forgets(r);
	does(r, SYS_REPLY_RECV, E0, R0);
	plan_client(1, E0, 1);
}

TEST(fast_forgotten, "an answer reaches a caller whose space has changed meanwhile")
{
	play_plan(forget_and_answer_shortly);
	play_plan(forget_and_answer_at_length);
	play_plan(forget_and_answer_after_a_wait);
	play_plan(forget_and_answer_on_own_time);
}

/* Somebody on other time, in the other space, who does what comes first. */
static struct role *plan_other(enum thing time)
{
	struct role *r = plan_role(1, true, false);

	r->time = time;
	return r;
}

static void call_after_forgetting(void)
{
	struct role *r = plan_role(1, true, true);

	r->has_buffer = true;
	does(r, SYS_RECV, E0, R0);
	does(r, SYS_REPLY_RECV, E0, R0);
	r = plan_role(0, false, false);
	r->has_buffer = true;
	forgets(r);
	does(r, SYS_CALL, E0, NONE);
	r->move[r->moves - 1].info = IPC_WORDS;
}

static void signal_after_forgetting(void)
{
	struct role *r;

	does(plan_other(X3), SYS_WAIT, N1, NONE);
	r = plan_role(0, false, false);
	forgets(r);
	does(r, SYS_SIGNAL, N1, NONE);
}

static void yield_after_forgetting(void)
{
	struct role *r = plan_other(X1);

	does(r, SYS_WAIT, N1, NONE);
	does(r, SYS_SIGNAL, N0, NONE);
	r = plan_role(0, false, false);
	does(r, SYS_SIGNAL, N1, NONE);
	forgets(r);
	does(r, SYS_YIELD, NONE, NONE);
}

static void fault_after_forgetting(void)
{
	struct role *r = plan_other(X3);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_REPLY_RECV, E0, R0);
	r = plan_role(0, false, false);
	forgets(r);
	touches(r);
}

static void answer_after_forgetting(void)
{
	struct role *r = plan_role(0, true, false);

	does(r, SYS_RECV, E0, R0);
	forgets(r);
	does(r, SYS_REPLY_RECV, E0, R0);
	does(r, SYS_WAIT, N0, NONE);
	r = plan_role(1, false, false);
	r->time = X3;
	touches(r);
}

TEST(fast_forgotten_others, "whoever goes on finds the own space as it has become meanwhile")
{
	play_plan(call_after_forgetting);
	play_plan(signal_after_forgetting);
	play_plan(yield_after_forgetting);
	play_plan(fault_after_forgetting);
	play_plan(answer_after_forgetting);
}

PLAN(fast_ready_borrower, "whoever has borrowed time and is ready runs before whom it belongs to")
{
	struct role *r;

	plan_server(E0, R0, N1, 1);
	r = plan_role(0, true, true);
	does(r, SYS_RECV, E1, R0 + 1);
	does(r, SYS_SIGNAL, N1, NONE);
	does(r, SYS_REPLY_RECV, E1, R0 + 1);
	plan_client(0, E0, 1);
	plan_client(0, E1, 1);
}

/* The first of two loans ends before the second, and is made again. */
PLAN(fast_loans, "loans of one context end in any order, and begin again")
{
	plan_server(E0, R0, N1, 2);
	plan_server(E1, R0 + 1, N0, 2);
	plan_client(0, E0, 2);
	plan_client(0, E1, 2);
	plan_event(2, SIGNAL, N1, NONE);
	play_all(&plan); /* and once with the first signal alone */
	plan_event(3, SIGNAL, N0, NONE);
}

/*
 * A server borrows from its caller and waits, and is given that same time. Its caller gets
 * other time. In the end its time is taken away, with nothing left.
 */
PLAN(fast_own_is_borrowed, "who has the time that it borrows gives that back with its answer")
{
	struct role *r;

	plan_server(E0, R0, N0, 1);
	r = plan_role(0, false, false);
	does(r, SYS_CALL, E0, NONE);
	does(r, SYS_WAIT, N1, NONE);
	plan_event(2, TIME, T0, X0);
	plan_event(2, TIME, T0 + 1, X1);
	plan_event(2, SIGNAL, N0, NONE);
	plan_event(3, TIME, T0, NONE);
}

PLAN(fast_fault_borrowed, "who faults on time that was lent has borrowed that")
{
	struct role *r;

	r = plan_role(0, true, true);
	does(r, SYS_RECV, E1, R0);
	touches(r);
	does(plan_other(X3), SYS_RECV, E0, R0 + 1);
	plan_client(0, E1, 1);
}

/* Two borrow one context. One has that for its own, too, and faults while the other is ready. */
PLAN(fast_fault_leaves, "who faults leaves its time to another one that has borrowed it")
{
	struct role *r;

	plan_server(E0, R0, N0, 1);
	r = plan_role(0, true, true);
	does(r, SYS_RECV, E1, R0 + 1);
	does(r, SYS_WAIT, N1, NONE);
	touches(r);
	does(plan_other(X3), SYS_RECV, E0, R0 + 2);
	plan_client(0, E0, 1);
	plan_client(0, E1, 1);
	plan_event(2, TIME, T0 + 1, X0);
	plan_event(2, SIGNAL, N0, NONE);
	plan_event(2, SIGNAL, N1, NONE);
}

/* It borrows, and has other time of its own. */
PLAN(fast_wakes_borrower, "who is woken goes on on the time that it has borrowed")
{
	struct role *r;

	plan_server(E0, R0, N0, 1);
	r = plan_role(0, false, false);
	r->time = X2;
	does(r, SYS_CALL, E0, NONE);
	r = plan_role(0, false, false);
	does(r, SYS_WAIT, N1, NONE);
	does(r, SYS_SIGNAL, N0, NONE);
	plan_event(2, TIME, T0, X3);
	plan_event(2, SIGNAL, N1, NONE);
}

/* The next time of this priority is another one's, of whom somebody has borrowed it. */
PLAN(fast_yields_to_borrower, "who yields lets run who has borrowed the next one's time")
{
	struct role *r = plan_role(0, true, true);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_YIELD, NONE, NONE);
	does(r, SYS_REPLY_RECV, E0, R0);
	plan_client(0, E0, 1);
	plan.role[1].time = X1;
	r = plan_role(0, false, false);
	does(r, SYS_YIELD, NONE, NONE);
	does(r, SYS_YIELD, NONE, NONE);
	does(r, SYS_SIGNAL, N1, NONE);
}

/* Three yield, of whom two share their time. */
PLAN(fast_yields_and_shares, "who yields lets run who has the same time, too")
{
	for (unsigned i = 0; i < 3; i++) {
		struct role *r = plan_role(0, false, false);

		r->time = i ? X0 : X1;
		does(r, SYS_YIELD, NONE, NONE);
		does(r, SYS_YIELD, NONE, NONE);
		does(r, SYS_SIGNAL, N0_BADGED, NONE);
	}
}

/*
 * Somebody is woken by who was ready with others of the same time, or of the same priority; and
 * wakes one more, who comes after them.
 */
static void wake_among(enum thing other, enum thing last)
{
	struct role *r = plan_other(X3);

	does(r, SYS_WAIT, N0, NONE);
	does(r, SYS_SIGNAL, N1, NONE);
	does(r, SYS_WAIT, N0, NONE);
	r = plan_role(0, true, false);
	r->time = last;
	does(r, SYS_WAIT, N1, NONE);
	does(r, SYS_YIELD, NONE, NONE);
	for (unsigned i = 0; i < 2; i++) {
		r = plan_role(0, false, false);
		r->time = i ? other : X0;
		does(r, i ? SYS_YIELD : SYS_SIGNAL, i ? NONE : N0, NONE);
		does(r, SYS_YIELD, NONE, NONE);
	}
}

static void wake_among_threads(void)
{
	wake_among(X0, X0);
}

static void wake_among_contexts(void)
{
	wake_among(X1, X4);
}

TEST(fast_wake_among,
     "who wakes somebody goes before others that are ready, and loses none of them")
{
	play_plan(wake_among_threads);
	play_plan(wake_among_contexts);
}

/*
 * A server borrows the time that is its own, too, and hands over. Then another one that has
 * borrowed it answers, so that two are ready who have it: the borrower goes first.
 */
static void hand_over_borrowed(enum thing time, bool yields)
{
	struct role *r = plan_role(0, true, true);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_WAIT, N0, NONE);
	does(r, SYS_SIGNAL, N1, NONE);
	if (yields)
		does(r, SYS_YIELD, NONE, NONE);
	does(r, SYS_POLL, N0, NONE);
	does(r, SYS_REPLY_RECV, E0, R0);
	r = plan_role(0, true, true);
	does(r, SYS_RECV, E1, R0 + 1);
	does(r, SYS_WAIT, N0, NONE);
	does(r, SYS_REPLY_RECV, E1, R0 + 1);
	r = plan_role(0, true, false);
	r->time = time;
	does(r, SYS_WAIT, N1, NONE);
	does(r, SYS_SIGNAL, N0, NONE);
	does(r, SYS_WAIT, N1, NONE);
	plan_client(0, E0, 1);
	plan_client(0, E1, 1);
	plan_event(2, TIME, T0, X0);
	plan_event(2, SIGNAL, N0, NONE);
}

static void wake_on_borrowed(void)
{
	hand_over_borrowed(X3, false);
}

static void yield_on_borrowed(void)
{
	hand_over_borrowed(X1, true);
}

TEST(fast_hands_over_borrowed, "who hands over what is borrowed and the own runs before its others")
{
	play_plan(wake_on_borrowed);
	play_plan(yield_on_borrowed);
}

PLAN(fast_watched, "who signals a watched Notification tells its watcher, too")
{
	struct role *r;

	does(plan_other(X3), SYS_WAIT, N0, NONE);
	r = plan_role(0, false, false);
	does(r, SYS_SIGNAL, N0, NONE);
	plan_event(0, WATCH, N0, NONE);
}

static void answer_at_length(bool server_has_buffer)
{
	struct role *r = plan_role(0, true, true);

	r->has_buffer = server_has_buffer;
	does(r, SYS_RECV, E0, R0);
	does(r, SYS_REPLY_RECV, E0, R0);
	r->move[r->moves - 1].info = IPC_WORDS;
	does(r, SYS_REPLY_RECV, E0, R0);
	plan_client(0, E0, 1);
	plan.role[1].has_buffer = !server_has_buffer;
}

static void answer_without_buffer(void)
{
	answer_at_length(false);
}

static void answer_to_one_without(void)
{
	answer_at_length(true);
}

TEST(fast_long_refused, "a long answer needs two buffers")
{
	play_plan(answer_without_buffer);
	play_plan(answer_to_one_without);
}

PLAN(fast_fault_watched, "a fault that is told at a watched Endpoint tells who watches, too")
{
	struct role *r = plan_other(X3);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_POLL, N0, NONE);
	touches(plan_role(0, false, false));
	plan_event(0, WATCH, E0, NONE);
}

PLAN(fast_fault_without_reply, "whoever is told of a fault without a Reply cannot answer")
{
	struct role *r = plan_other(X3);

	does(r, SYS_RECV, E0, NONE);
	does(r, SYS_POLL, N0, NONE);
	touches(plan_role(0, false, false));
}

PLAN(fast_fault_less_urgent, "who is as urgent as a thread that faults runs before its handler")
{
	struct role *r = plan_other(X2);

	does(r, SYS_RECV, E0, R0);
	does(r, SYS_POLL, N0, NONE);
	r = plan_role(0, false, false);
	does(r, SYS_WAIT, N1, NONE);
	touches(r);
	r = plan_role(0, false, false);
	r->time = X1;
	does(r, SYS_SIGNAL, N1, NONE);
	does(r, SYS_YIELD, NONE, NONE);
	does(r, SYS_SIGNAL, N0, NONE);
}

/* --- answers to faults ------------------------------------------------------------------- */

/* Handles a fault, waits for a signal, and lets the thread try again. */
static struct role *plan_handler(bool is_passive)
{
	struct role *r = plan_role(1, true, is_passive);

	r->time = X3;
	does(r, SYS_RECV, E0, R0);
	does(r, SYS_WAIT, N0, NONE);
	does(r, SYS_REPLY_RECV, E0, R0);
	return r;
}

static void answer_on_borrowed(void)
{
	plan_handler(true);
	touches(plan_role(0, false, false));
	plan_event(2, TIME, T0 + 1, X1);
	plan_event(2, SIGNAL, N0, NONE);
	plan_event(3, STOP, T0 + 1, NONE);
	plan_event(3, TIME, T0, NONE);
}

static void answer_on_borrowed_that_is_own(void)
{
	plan_event(2, TIME, T0, X0);
	answer_on_borrowed();
}

TEST(fast_told_passive, "a handler gives back the time that it has borrowed with its answer")
{
	play_plan(answer_on_borrowed);
	play_plan(answer_on_borrowed_that_is_own);
}

PLAN(fast_told_timeless, "an answer reaches a thread whose time was taken since its fault")
{
	plan_handler(false);
	touches(plan_role(0, false, false));
	plan_event(2, TIME, T0 + 1, NONE);
	plan_event(2, SIGNAL, N0, NONE);
}

PLAN(fast_told_leaves, "a handler leaves its time to others that share it, when it has answered")
{
	struct role *r;

	r = plan_role(0, true, false);
	r->time = X3;
	does(r, SYS_WAIT, N1, NONE);
	r = plan_role(0, true, false);
	r->time = X3;
	does(r, SYS_RECV, E0, R0);
	does(r, SYS_SIGNAL, N1, NONE);
	does(r, SYS_REPLY_RECV, E0, R0);
	touches(plan_role(0, false, false));
}
