/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Calls that make sense: what they name is there, has the right type, and fits.
 * A worker remembers the type that it last saw in a slot, and asks again before
 * it relies on it. So objects are made from objects, shared, moved, nested and
 * taken back, and states come about that random calls do not reach.
 */
#include "sequence.h"

#include "syscall.h"

enum { TRIES = 8, OWN = 0 };

/* The type of what lies in a slot of the own CNode; OBJECT_NULL: nothing. */
static unsigned look(struct ledger *l, word_t slot)
{
	words w = { slot };
	status_t status = ask(l, OWN, LABEL_CNODE_DESCRIBE, 1, w);

	l->hint[slot] = status ? OBJECT_NULL : (uint8_t)w[0];
	return l->hint[slot];
}

word_t find(struct ledger *l, unsigned type)
{
	word_t at = below(l, FUZZ_SLOTS);

	for (unsigned i = 0, tries = 0; i < FUZZ_SLOTS && tries < TRIES; i++) {
		word_t slot = (at + i) % FUZZ_SLOTS;

		if (!slot || l->hint[slot] != type)
			continue;
		if (one_in(l, 4) ? l->hint[slot] == type : look(l, slot) == type)
			return slot;
		tries++;
	}
	return 0;
}

status_t ask_one(struct ledger *l, cptr_t target, word_t label, word_t nargs, words w)
{
	return target || one_in(l, 30) ? ask(l, target, label, nargs, w) : ERR_BAD_CAP;
}

/* A slot that holds anything. */
static word_t find_full(struct ledger *l)
{
	for (unsigned i = 0; i < TRIES; i++) {
		word_t slot = 1 + below(l, one_in(l, 2) ? FUZZ_SLOTS - 1 : 80);

		if (l->hint[slot] || one_in(l, 8))
			return slot;
	}
	return FUZZ_FRAME;
}

static word_t find_empty(struct ledger *l)
{
	word_t slot = find(l, OBJECT_NULL);

	return slot ? slot : FUZZ_SLOTS - 1;
}

static void took(struct ledger *l, word_t first, word_t count, unsigned type)
{
	for (word_t i = first; i < first + count && i < FUZZ_SLOTS; i++)
		l->hint[i] = (uint8_t)type;
}

/* --- making things ------------------------------------------------------- */

static void make(struct ledger *l)
{
	static const struct {
		uint8_t type, size;
	} kinds[] = {
		{ OBJECT_UNTYPED, 18 },	    { OBJECT_UNTYPED, 16 },	 { OBJECT_UNTYPED, 12 },
		{ OBJECT_CNODE, 4 },	    { OBJECT_CNODE, 2 },	 { OBJECT_CNODE, 10 },
		{ OBJECT_THREAD, 0 },	    { OBJECT_ENDPOINT, 0 },	 { OBJECT_REPLY, 0 },
		{ OBJECT_NOTIFICATION, 0 }, { OBJECT_PAGE_TABLE, 1 },	 { OBJECT_PAGE_TABLE, 2 },
		{ OBJECT_PAGE_TABLE, 3 },   { OBJECT_VSPACE, 0 },	 { OBJECT_FRAME, 12 },
		{ OBJECT_FRAME, 12 },	    { OBJECT_FRAME, 12 },	 { OBJECT_FRAME, 14 },
		{ OBJECT_FRAME, 16 },	    { OBJECT_TIMER, 0 },	 { OBJECT_TIMER, 0 },
		{ OBJECT_IRQ_HANDLER, 0 },  { OBJECT_SCHED_CONTEXT, 0 },
	};
	word_t k = below(l, sizeof(kinds) / sizeof(kinds[0])), first = find_empty(l);
	words w = { kinds[k].type, kinds[k].size, OWN, first, 1 + below(l, 4) };
	word_t untyped = find(l, OBJECT_UNTYPED);

	if (!untyped)
		return;
	ask_one(l, untyped, LABEL_UNTYPED_RETYPE, 5, w);
	took(l, first, w[0] < 5 ? w[0] : 0, kinds[k].type);
}

/* Another CNode than the own one, or the own one by its name. */
static word_t a_cnode(struct ledger *l)
{
	return one_in(l, 2) ? OWN : find(l, OBJECT_CNODE);
}

static rights_t some_rights(struct ledger *l)
{
	return one_in(l, 2) ? 0x3ff & (rights_t)dice(l) : RIGHT_READ | RIGHT_WRITE | RIGHT_MANAGE;
}

static void share(struct ledger *l)
{
	word_t to = find_empty(l), from = find_full(l);
	words w = { to, OWN, from };

	if (one_in(l, 3)) {
		w[0] = 1 + below(l, 15);
		ask_one(l, find(l, OBJECT_CNODE), LABEL_CNODE_COPY, 3, w);
	} else if (!ask(l, OWN, LABEL_CNODE_COPY, 3, w)) {
		l->hint[to] = l->hint[from];
	}
}

static void narrow(struct ledger *l)
{
	word_t to = find_empty(l), from = one_in(l, 2) ? find(l, OBJECT_ENDPOINT) : find_full(l);
	words w = { to, OWN, from, some_rights(l), l->hint[from] == OBJECT_ENDPOINT ? dice(l) : 0 };

	if (l->hint[from] == OBJECT_FRAME && one_in(l, 2)) {
		w[3] = RIGHT_READ;
		w[4] = 12 | below(l, 4) << 12;
	}
	if (!ask(l, OWN, LABEL_CNODE_MINT, 5, w))
		l->hint[to] = l->hint[from];
}

static void move(struct ledger *l)
{
	word_t to = find_empty(l), from = find_full(l), cnode = a_cnode(l);
	words w = { to, OWN, from };

	if (cnode)
		w[0] = 1 + below(l, 15);
	if (!ask(l, cnode, LABEL_CNODE_MOVE, 3, w)) {
		if (!cnode)
			l->hint[to] = l->hint[from];
		l->hint[from] = OBJECT_NULL;
	}
}

/* Copy, mint or move some slots at once, also to and from other CNodes. */
static void transfer_range(struct ledger *l)
{
	static const uint16_t labels[] = { LABEL_CNODE_COPY_RANGE, LABEL_CNODE_MINT_RANGE,
					   LABEL_CNODE_MOVE_RANGE };
	unsigned k = (unsigned)below(l, 3);
	words w = { find_empty(l), a_cnode(l), find_full(l), 1 + below(l, 12) };

	if (w[1])
		w[2] = 1 + below(l, 15);
	if (k == 1)
		w[4] = some_rights(l);
	ask(l, a_cnode(l), labels[k], k == 1 ? 6 : 4, w);
	look(l, find_full(l));
}

static void transfer_list(struct ledger *l)
{
	struct ipc_buffer *buffer = (struct ipc_buffer *)l->buffer;
	word_t count = 1 + below(l, 8);
	words w = { find_empty(l), OWN, count };

	for (word_t i = 0; i < count; i++)
		buffer->word[IPC_REGISTERS + i] = find_full(l);
	ask(l, a_cnode(l), one_in(l, 2) ? LABEL_CNODE_COPY_LIST : LABEL_CNODE_MOVE_LIST, 3, w);
}

/* --- taking back --------------------------------------------------------- */

static void drop(struct ledger *l)
{
	word_t slot = find_full(l);
	words w = { slot };

	/* Without its own CNode a worker can do little: seldom. */
	if (slot < FUZZ_FIRST_FREE && !one_in(l, 64))
		return;
	if (!ask(l, OWN, LABEL_CNODE_DELETE, 1, w))
		l->hint[slot] = OBJECT_NULL;
}

static void drop_range(struct ledger *l)
{
	word_t cnode = one_in(l, 2) ? OWN : find(l, OBJECT_CNODE);
	words w = { FUZZ_FIRST_FREE + below(l, 200), 1 + below(l, 12) };

	if (cnode)
		w[0] = 1 + below(l, 8);
	ask(l, cnode, LABEL_CNODE_DELETE_RANGE, 2, w);
}

static void take_back(struct ledger *l)
{
	word_t slot = one_in(l, 3) ? find(l, OBJECT_UNTYPED) : find_full(l);
	words w = { slot, 1 + below(l, 4) };

	/* All of the world may go with it. */
	if (slot < FUZZ_FIRST_FREE && !one_in(l, slot == FUZZ_UNTYPED ? 100 : 6))
		return;
	if (one_in(l, 4))
		ask(l, OWN, LABEL_CNODE_REVOKE_RANGE, 2, w);
	else
		ask(l, OWN, LABEL_CNODE_REVOKE, 1, w);
}

/* --- CNodes in CNodes ---------------------------------------------------- */

/* A CNode that holds itself, or two that hold each other; then the outer names go. */
static void entangle(struct ledger *l)
{
	word_t a = find(l, OBJECT_CNODE), b = find(l, OBJECT_CNODE);
	words into_a = { 1 + below(l, 3), OWN, b }, into_b = { 1 + below(l, 3), OWN, a };

	if (a < FUZZ_FIRST_FREE || b < FUZZ_FIRST_FREE)
		return;
	ask_one(l, a, LABEL_CNODE_COPY, 3, into_a);
	if (one_in(l, 2))
		ask_one(l, b, LABEL_CNODE_MOVE, 3, into_b);
	else
		ask_one(l, b, LABEL_CNODE_COPY, 3, into_b);
	if (one_in(l, 2)) {
		words w = { a };

		ask(l, OWN, LABEL_CNODE_DELETE, 1, w);
		w[0] = b;
		ask(l, OWN, LABEL_CNODE_DELETE, 1, w);
		l->hint[a] = l->hint[b] = OBJECT_NULL;
	}
}

/* A chain of copies, each of the one before it. */
static void chain(struct ledger *l)
{
	word_t from = find_full(l), length = 2 + below(l, 10);

	for (word_t i = 0; i < length; i++) {
		word_t to = find_empty(l);
		words w = { to, OWN, from };

		if (ask(l, OWN, LABEL_CNODE_COPY, 3, w))
			return;
		l->hint[to] = l->hint[from];
		from = to;
	}
}

/* --- memory -------------------------------------------------------------- */

static word_t a_space(struct ledger *l)
{
	if (one_in(l, 4))
		return find(l, OBJECT_VSPACE);
	return one_in(l, 4) ? FUZZ_SPACE : FUZZ_OTHER_SPACE;
}

static vaddr_t a_place(struct ledger *l)
{
	if (one_in(l, 8))
		return REGION_BASE + below(l, 4) * 0x200000;
	if (one_in(l, 8))
		return FUZZ_ARENA + below(l, 4) * 0x200000;
	return FUZZ_ARENA + below(l, 64) * 0x1000;
}

static word_t map_rights(struct ledger *l, word_t *flags)
{
	static const uint8_t rights[] = { 1, 1, 3, 3, 3, 5, 7 };
	word_t r = rights[below(l, sizeof(rights))];

	*flags = r == 7 ? MAP_WRITE_EXECUTE : 0;
	return r;
}

static void map(struct ledger *l)
{
	words w = { a_space(l), a_place(l) };

	w[2] = map_rights(l, &w[3]);
	ask_one(l, find(l, OBJECT_FRAME), LABEL_FRAME_MAP, 4, w);
}

static void map_range(struct ledger *l)
{
	words w = { OWN, find(l, OBJECT_FRAME), 1 + below(l, 6), a_place(l) };

	w[4] = map_rights(l, &w[5]);
	ask_one(l, a_space(l), LABEL_VSPACE_MAP_RANGE, 6, w);
}

static void unmap(struct ledger *l)
{
	words w = { a_place(l), below(l, 64) << 12 };

	if (one_in(l, 2))
		ask_one(l, find(l, OBJECT_FRAME), LABEL_FRAME_UNMAP, 0, w);
	else
		ask_one(l, a_space(l), LABEL_VSPACE_UNMAP_RANGE, 2, w);
}

static void protect(struct ledger *l)
{
	words one, all = { a_place(l), below(l, 64) << 12 };

	one[0] = all[2] = map_rights(l, &all[3]);
	one[1] = all[3];
	for (unsigned i = 2; i < IPC_REGISTERS; i++)
		one[i] = 0;
	if (one_in(l, 2))
		ask_one(l, find(l, OBJECT_FRAME), LABEL_FRAME_PROTECT, 2, one);
	else
		ask_one(l, a_space(l), LABEL_VSPACE_PROTECT_RANGE, 4, all);
}

static void fork(struct ledger *l)
{
	words w = { one_in(l, 2) ? FUZZ_SPACE : find(l, OBJECT_VSPACE),
		    FUZZ_ARENA,
		    (1 + below(l, 64)) << 12,
		    OWN,
		    find_empty(l),
		    RIGHT_READ | (one_in(l, 2) ? RIGHT_WRITE : 0) };

	ask(l, FUZZ_OTHER_SPACE, LABEL_VSPACE_FORK_RANGE, 6, w);
	look(l, find_full(l));
}

static void harvest(struct ledger *l)
{
	words w = { a_place(l), below(l, 65) };

	ask_one(l, a_space(l), LABEL_VSPACE_HARVEST, 2, w);
}

static void install(struct ledger *l)
{
	word_t table = find(l, OBJECT_PAGE_TABLE);
	words w = { a_space(l), a_place(l) };

	if (one_in(l, 6) && (table >= FUZZ_FIRST_FREE || one_in(l, 30)))
		ask_one(l, table, LABEL_PAGE_TABLE_REMOVE, 0, w);
	else
		ask_one(l, table, LABEL_PAGE_TABLE_INSTALL, 2, w);
}

/* --- threads and messages ------------------------------------------------- */

word_t an_endpoint(struct ledger *l)
{
	return one_in(l, 2) ? FUZZ_ENDPOINT + below(l, 3) : find(l, OBJECT_ENDPOINT);
}

word_t a_reply(struct ledger *l)
{
	return one_in(l, 2) ? FUZZ_REPLY + below(l, 2) : find(l, OBJECT_REPLY);
}

word_t a_thread(struct ledger *l, bool any)
{
	word_t thread = find(l, OBJECT_THREAD);
	bool is_worker = thread >= FUZZ_THREADS && thread < FUZZ_FIRST_FREE;

	return is_worker && !any ? 0 : thread;
}

word_t a_notification(struct ledger *l)
{
	return one_in(l, 2) ? FUZZ_NOTIFICATION + below(l, 2) : find(l, OBJECT_NOTIFICATION);
}

static void signal(struct ledger *l)
{
	static const word_t numbers[] = { SYS_SIGNAL, SYS_SIGNAL, SYS_SIGNAL, SYS_POLL, SYS_WAIT };
	struct call c = { numbers[below(l, 5)], a_notification(l), 0, { 0 }, 0 };

	issue(l, &c);
}

static void bind(struct ledger *l)
{
	words w = { one_in(l, 3) ? 0 : a_notification(l) };

	ask_one(l, a_thread(l, one_in(l, 8)), LABEL_THREAD_BIND, 1, w);
}

static void time(struct ledger *l)
{
	word_t timer = one_in(l, 2) ? FUZZ_TIMER + below(l, 2) : find(l, OBJECT_TIMER);
	words w = { a_time(l) }, signals = { a_notification(l) };

	switch (below(l, 4)) {
	case 0:
		ask_one(l, timer, LABEL_TIMER_BIND, 1, signals);
		break;
	case 1:
		ask_one(l, timer, LABEL_TIMER_DISARM, 0, w);
		break;
	default:
		ask_one(l, timer, LABEL_TIMER_ARM, 1, w);
	}
}

static void interrupt(struct ledger *l)
{
	word_t handler = one_in(l, 2) ? FUZZ_HANDLER + below(l, 2) : find(l, OBJECT_IRQ_HANDLER);
	words line = { handler, a_line(l), below(l, 4) }, message = { handler, below(l, 16) };
	words w = { a_notification(l) };

	switch (below(l, 5)) {
	case 0:
		ask_one(l, FUZZ_IRQ_CONTROL, LABEL_IRQ_CONTROL_CONNECT_LINE, 3, line);
		break;
	case 1:
		ask_one(l, FUZZ_IRQ_CONTROL, LABEL_IRQ_CONTROL_CONNECT_MESSAGE, 2, message);
		break;
	case 2:
		ask_one(l, handler, LABEL_IRQ_HANDLER_BIND, 1, w);
		break;
	case 3:
		ask_one(l, handler, LABEL_IRQ_HANDLER_ACKNOWLEDGE, 0, w);
		break;
	default:
		ask_one(l, handler, LABEL_IRQ_HANDLER_MASK, 0, w);
	}
}

static void start(struct ledger *l)
{
	static const uint8_t numbers[] = { SYS_CALL, SYS_REPLY_RECV, SYS_SEND, SYS_RECV };
	word_t thread = a_thread(l, false);
	words uses = { FUZZ_CNODE, FUZZ_SPACE, one_in(l, 2) ? FUZZ_BUFFER : 0 };
	word_t what = numbers[below(l, 4)] | an_endpoint(l) << 8;
	words how = { (word_t)partner, 0, what | a_reply(l) << 16 | below(l, 70) << 24 };
	words time = { a_context(l) };

	if (!thread)
		return;
	if (one_in(l, 4))
		how[2] = (one_in(l, 2) ? SYS_WAIT : SYS_SIGNAL) | a_notification(l) << 8;
	ask_one(l, thread, LABEL_THREAD_CONFIGURE, 3, uses);
	ask_one(l, thread, LABEL_THREAD_SET_TIME, 1, time);
	ask_one(l, thread, LABEL_THREAD_START, 3, how);
}

static void meddle(struct ledger *l)
{
	words w = { 0 };
	word_t thread = a_thread(l, one_in(l, 8));

	switch (below(l, 3)) {
	case 0:
		ask_one(l, thread, LABEL_THREAD_STOP, 0, w);
		break;
	case 1:
		w[0] = find(l, OBJECT_CNODE);
		w[1] = find(l, OBJECT_VSPACE);
		w[2] = find(l, OBJECT_FRAME);
		ask_one(l, thread, LABEL_THREAD_CONFIGURE, 3, w);
		break;
	default:
		ask_one(l, thread, LABEL_THREAD_INFO, 0, w);
	}
}

/* Capabilities of its own go along, and the window is where slots are empty. */
static void offer_caps(struct ledger *l, struct call *c)
{
	struct ipc_buffer *buffer = (struct ipc_buffer *)l->buffer;

	for (unsigned i = 0; i < IPC_CAPS; i++)
		buffer->cap[i] = find_full(l);
	buffer->receive_cnode = one_in(l, 4) ? find(l, OBJECT_CNODE) : OWN;
	buffer->receive_first = find_empty(l);
	buffer->receive_count = below(l, 6);
	c->info |= (1 + below(l, IPC_CAPS)) << INFO_CAPS_SHIFT;
}

/* Who handles a thread's faults, and waits that end early. */
static void handle(struct ledger *l)
{
	words w = { one_in(l, 4) ? 0 : an_endpoint(l), one_in(l, 2) ? FAULTS_CAPS : 0 };
	word_t thread = a_thread(l, false);

	if (one_in(l, 2))
		ask_one(l, thread, LABEL_THREAD_SET_HANDLER, 2, w);
	else
		ask_one(l, a_thread(l, one_in(l, 8)), LABEL_THREAD_INTERRUPT, 0, w);
}

static void talk(struct ledger *l)
{
	static const word_t numbers[] = { SYS_CALL,	  SYS_SEND,    SYS_RECV,
					  SYS_REPLY_RECV, SYS_NB_SEND, SYS_NB_RECV };
	word_t number = numbers[below(l, 6)], words_sent = below(l, one_in(l, 4) ? 65 : 7);
	struct call c = { number,
			  an_endpoint(l),
			  kozo_info(dice(l) & 0xffff, words_sent),
			  { dice(l), dice(l) },
			  0 };

	if (number == SYS_RECV || number == SYS_NB_RECV || number == SYS_REPLY_RECV)
		c.number |= a_reply(l) << SYSCALL_REPLY_SHIFT;
	else if (one_in(l, 4))
		c.target = FUZZ_SERVER;
	if (one_in(l, 3))
		offer_caps(l, &c);
	issue(l, &c);
}

/* Something that a thread waits with goes away: its Reply, endpoint, CNode or space. */
static void betray(struct ledger *l)
{
	static const uint8_t types[] = { OBJECT_REPLY, OBJECT_REPLY, OBJECT_ENDPOINT, OBJECT_CNODE,
					 OBJECT_VSPACE };
	struct call yield = { .number = SYS_YIELD };
	word_t thread = a_thread(l, false), reply = find(l, OBJECT_REPLY);
	words how = { (word_t)partner, 0, SYS_RECV | FUZZ_OTHER_ENDPOINT << 8 | reply << 16 };
	words uses = { FUZZ_CNODE, FUZZ_SPACE }, time = { FUZZ_TIME };
	word_t lost = find(l, types[below(l, sizeof(types))]);

	if (!thread || lost < FUZZ_FIRST_FREE)
		return;
	if (l->hint[lost] == OBJECT_REPLY)
		how[2] = SYS_RECV | FUZZ_OTHER_ENDPOINT << 8 | lost << 16;
	else if (l->hint[lost] == OBJECT_ENDPOINT)
		how[2] = (one_in(l, 2) ? SYS_RECV : SYS_CALL) | lost << 8;
	ask(l, thread, LABEL_THREAD_CONFIGURE, 3, uses);
	ask(l, thread, LABEL_THREAD_SET_TIME, 1, time);
	ask(l, thread, LABEL_THREAD_START, 3, how);
	issue(l, &yield);
	uses[0] = lost;
	if (!ask(l, OWN, LABEL_CNODE_DELETE, 1, uses))
		l->hint[lost] = OBJECT_NULL;
}

/* A mapping of a frame, narrowed to reading, that somebody wants to write to. */
static void widen(struct ledger *l)
{
	word_t frame = find(l, OBJECT_FRAME), slot = find_empty(l);
	vaddr_t place = FUZZ_ARENA + below(l, 64) * 0x1000;
	words narrowed = { slot, OWN, frame, RIGHT_READ | (dice(l) & RIGHT_EXECUTE), 12 };
	words where = { FUZZ_OTHER_SPACE, place, RIGHT_READ };
	words wish = { place, 0x1000, RIGHT_READ | RIGHT_WRITE };

	if (!frame || ask(l, OWN, LABEL_CNODE_MINT, 5, narrowed))
		return;
	l->hint[slot] = OBJECT_FRAME;
	ask(l, slot, LABEL_FRAME_MAP, 4, where);
	ask(l, FUZZ_OTHER_SPACE, LABEL_VSPACE_PROTECT_RANGE, 4, wish);
}

void sequence_step(struct ledger *l)
{
	static void (*const actions[])(struct ledger *) = {
		make,	       make,	     make,	make,	   make,
		make,	       make,	     share,	share,	   share,
		narrow,	       narrow,	     move,	move,	   transfer_range,
		transfer_list, drop,	     drop,	drop,	   drop,
		drop_range,    drop_range,   take_back, take_back, entangle,
		chain,	       map,	     map,	map,	   map_range,
		unmap,	       unmap,	     protect,	fork,	   harvest,
		install,       install,	     start,	start,	   meddle,
		betray,	       betray,	     widen,	talk,	   talk,
		talk,	       signal,	     signal,	bind,	   handle,
		time,	       interrupt,    serve,	serve,	   serve,
		wait_passive,  wait_passive, lend,	lend,	   terms,
		terms,	       terms,	     give_time, give_time, cancel,
	};

	actions[below(l, sizeof(actions) / sizeof(actions[0]))](l);
}
