/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Puts faults into the supervisor and its services, as tests/driver/faults.py asks over the second
 * serial line, and tells what came of them.
 *
 *	inject KIND SERVICE SEED	-> injected STATUS
 *	look				-> result NAME=NUMBER...
 *
 * A service is named by its place among the manifests; MANIFESTS_MAX is the supervisor. This
 * process has keeper's own CNode, and through that everybody's capabilities. It calls nobody,
 * so nobody can keep it waiting: what it knows it reads from others' memory.
 */
#include <stdarg.h>
#include <string.h>

#include "boot.h"
#include "cpio.h"
#include "describe.h"
#include "elf.h"
#include "faults.h"
#include "format.h"
#include "keeper.h"
#include "kozo_stubs.h"
#include "manifest.h"
#include "message.h"
#include "panic.h"
#include "place.h"
#include "process.h"
#include "record.h"
#include "ring.h"
#include "rogue.h"
#include "service.h"
#include "status.h"
#include "ticks.h"
#include "timer.h"
#include "wire.h"

enum { KEEPER = SLOT_USES, PORTS = SLOT_USES + 1, SUPERVISOR = MANIFESTS_MAX };

/* As tests/driver/faults.py counts them. */
enum kind { KILL, HANG, LOOP, CODE, DATA, WILD, LEAK, HOG, FLOOD, RING };

const struct boot_info *boot; /* for place.h */
struct record *record;	      /* the supervisor's own, as it is now */

static struct manifest_set set;
static struct timer timer;
static uint64_t random_state;

/* xorshift64* */
static uint64_t random_word(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

static uint64_t random_below(uint64_t limit)
{
	return (random_word() >> 16) % limit;
}

/* --- the second serial line: a 16550 --------------------------------------------------- */

enum { COM2 = 0x2f8, LINE_STATUS = 5, STATUS_RECEIVED = 0x01, STATUS_CAN_SEND = 0x20 };

static word_t in(word_t port)
{
	word_t value;

	need(kozo_io_ports_in8(PORTS, port, &value), "the serial line");
	return value;
}

static void out(word_t port, word_t value)
{
	need(kozo_io_ports_out8(PORTS, port, value), "the serial line");
}

static void put(void *nothing, char c)
{
	(void)nothing;
	while (!(in(COM2 + LINE_STATUS) & STATUS_CAN_SEND))
		;
	out(COM2, (uint8_t)c);
}

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(put, NULL, fmt, ap);
	va_end(ap);
}

static void sleep_microseconds(uint64_t time)
{
	need(timer_sleep(&timer, time), "sleeping");
}

static char hear(void)
{
	while (!(in(COM2 + LINE_STATUS) & STATUS_RECEIVED))
		sleep_microseconds(1000);
	return (char)in(COM2);
}

/* A line, as words that are separated by blanks; how many. */
static unsigned hear_words(char *line, size_t bytes, const char *word[], unsigned most)
{
	unsigned count = 0;
	size_t length = 0;
	char c;

	while ((c = hear()) != '\n' && length < bytes - 1)
		line[length++] = c;
	line[length] = '\0';
	for (char *at = line; *at && count < most; count++) {
		word[count] = at;
		while (*at && *at != ' ')
			at++;
		if (*at)
			*at++ = '\0';
	}
	return count;
}

static uint64_t number_of(const char *digits)
{
	uint64_t value = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + (uint64_t)(*digits - '0');
	return value;
}

/* --- whom to hurt ----------------------------------------------------------------------- */

/* Copies of ours; whatever they are of may have ended since. */
static cptr_t space, thread, vspace, pages, frame, page;
static cptr_t rogue; /* a frame of ours; `page` is a copy that is mapped there */
static vaddr_t rogue_room, frame_room;

static status_t fetch_from(cptr_t cnode, word_t index, cptr_t to)
{
	status_t status = kozo_cnode_delete(SLOT_CNODE, to);

	if (status != OK && status != ERR_BAD_CAP)
		return status;
	return kozo_cnode_copy(SLOT_CNODE, to, cnode, index);
}

static status_t fetch_part(unsigned service, enum process_slot part, cptr_t to)
{
	if (service == SUPERVISOR)
		return fetch_from(KEEPER, service_start->instance + part, to);
	return fetch_from(space, place_of(service, PLACE_PROCESS) + part, to);
}

static status_t fetch(unsigned service)
{
	status_t status = fetch_from(KEEPER, service_start->instance + PROCESS_CNODE, space);

	if (status == OK)
		status = fetch_part(service, PROCESS_THREAD, thread);
	if (status == OK)
		status = fetch_part(service, PROCESS_VSPACE, vspace);
	return status == OK ? fetch_part(service, PROCESS_PAGES, pages) : status;
}

static bool find_program(unsigned service, struct elf *elf)
{
	const char *name = service == SUPERVISOR ? "supervisor" : set.service[service].program;
	struct cpio archive;
	struct cpio_file file;

	cpio_open(&archive, (const void *)service_start->initrd, service_start->initrd_bytes);
	return cpio_find(&archive, name, &file) == CPIO_FILE &&
	       !elf_open(elf, file.data, file.size);
}

static vaddr_t page_of(vaddr_t address)
{
	return address >> PAGE_BITS << PAGE_BITS;
}

static vaddr_t image_end(const struct elf *elf)
{
	const struct elf_segment *last = &elf->segment[elf->segment_count - 1];

	return page_of(last->address + last->memory_size - 1) + (1 << PAGE_BITS);
}

/* As services/lib/process places it. */
static vaddr_t stack_top(const struct elf *elf)
{
	const vaddr_t size = 1 << PROCESS_STACK_BITS, above = image_end(elf) + (1 << PAGE_BITS);

	return ((above + size - 1) & ~(size - 1)) + size;
}

/* --- into its memory ------------------------------------------------------------------------ */

/* How many pages of the image are in front of this one. */
static unsigned pages_before(const struct elf *elf, vaddr_t address)
{
	unsigned count = 0;

	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];
		vaddr_t first = page_of(s->address);
		vaddr_t last = page_of(s->address + s->memory_size - 1);

		if (address >= first && address <= last + 0xfff)
			return count + (unsigned)((address - first) >> PAGE_BITS);
		count += (unsigned)((last - first) >> PAGE_BITS) + 1;
	}
	return count;
}

/* The frame of that size with so many of its size in front of it. */
static status_t find_frame(unsigned bits, unsigned before, cptr_t *index)
{
	for (cptr_t i = 1;; i++) {
		struct description d;
		status_t status = kozo_describe(pages, i, &d);

		if (status == ERR_BAD_CAP)
			continue;
		if (status != OK)
			return status;
		if (d.type == OBJECT_FRAME && d.size == bits && before-- == 0) {
			*index = i;
			return OK;
		}
	}
}

/* Turn over one bit. */
static status_t flip(const struct elf *elf, vaddr_t address)
{
	bool on_stack = address >= image_end(elf);
	unsigned size = on_stack ? PROCESS_STACK_BITS : PAGE_BITS;
	cptr_t index;
	status_t status = find_frame(size, on_stack ? 0 : pages_before(elf, address), &index);

	if (status == OK)
		status = fetch_from(pages, index, frame);
	if (status == OK)
		status = service_map(frame, frame_room, RIGHT_READ | RIGHT_WRITE);
	if (status != OK)
		return status;
	*(volatile uint8_t *)(frame_room + (address & ((1ull << size) - 1))) ^=
		(uint8_t)(1 << random_below(8));
	return kozo_frame_unmap(frame);
}

/* Somewhere in a segment that is executable, or that is writable. */
static vaddr_t address_within(const struct elf *elf, rights_t right)
{
	const struct elf_segment *s;

	do
		s = &elf->segment[random_below(elf->segment_count)];
	while (!(s->rights & right));
	return s->address + random_below(s->memory_size);
}

static vaddr_t address_of_code(const struct elf *elf)
{
	return address_within(elf, RIGHT_EXECUTE);
}

/* Half of it where the stack is in use. */
static vaddr_t address_of_data(const struct elf *elf)
{
	return random_below(2) ? address_within(elf, RIGHT_WRITE)
			       : stack_top(elf) - 8 - random_below(1024);
}

/* One bit or many, up to 32. */
static status_t flip_some(const struct elf *elf, vaddr_t (*where)(const struct elf *elf))
{
	unsigned count = 1u << random_below(6);
	status_t status = OK;

	while (status == OK && count--)
		status = flip(elf, where(elf));
	return status;
}

/* --- into what it does ------------------------------------------------------------------------ */

static struct rogue_plan *plan_for(void)
{
	struct rogue_plan *p = (struct rogue_plan *)(rogue_room + ROGUE_PLAN);

	memset(p, 0, sizeof(*p));
	return p;
}

/* Registers of a thread are read and written by way of our IPC buffer. */
static struct thread_registers *registers(void)
{
	return (struct thread_registers *)&kozo_ipc_buffer()->word[IPC_REGISTERS];
}

/*
 * Where it goes on: it is to make its system call again. A thread that receives does not have
 * its arguments any more; but all that this is done to receive in the same way.
 */
static bool take_resume(struct rogue_plan *p, word_t state)
{
	const struct thread_registers *r = registers();

	p->resume.rax = r->rax;
	p->resume.rdi = r->rdi;
	p->resume.rbx = r->rbx;
	p->resume.rbp = r->rbp;
	p->resume.rsp = r->rsp;
	p->resume.r14 = r->r14;
	p->resume.r15 = r->r15;
	p->resume.rip = r->rip - 2;
	if (state != THREAD_RECEIVING)
		return false;
	p->resume.rax = SYS_RECV | (word_t)SLOT_REPLY << SYSCALL_REPLY_SHIFT;
	p->resume.rdi = SLOT_ENDPOINT;
	return true;
}

/* Soon; else it was at work all the time, or waits for somebody else. */
static status_t catch_receiving(struct rogue_plan *p)
{
	for (unsigned i = 0; i < 200; i++) {
		word_t state, priority;
		status_t status = kozo_thread_info(thread, &state, &priority);

		if (status != OK)
			return status;
		if (state == THREAD_RECEIVING) {
			status = kozo_thread_read_registers(thread);
			return status != OK || take_resume(p, state) ? status : ERR_STATE;
		}
		sleep_microseconds(37);
	}
	return ERR_STATE;
}

static status_t send_to(vaddr_t address)
{
	status_t status = kozo_thread_stop(thread);

	if (status != OK)
		return status;
	registers()->rip = address;
	status = kozo_thread_write_registers(thread);
	return status == OK ? kozo_thread_resume(thread) : status;
}

/* It goes mad, from `entry` of the rogue page on. */
static status_t hijack(const struct elf *elf, struct rogue_plan *p, const uint8_t *entry)
{
	status_t status = fetch_from(SLOT_CNODE, rogue, page);

	if (status == OK)
		status =
			kozo_frame_map(page, vspace, image_end(elf), RIGHT_READ | RIGHT_EXECUTE, 0);
	if (status == OK)
		status = catch_receiving(p);
	return status == OK ? send_to(image_end(elf) + (size_t)(entry - rogue_page)) : status;
}

static status_t kill(void)
{
	return send_to(random_below(2) ? 0 : random_below(1ull << 40));
}

static status_t hang(const struct elf *elf)
{
	struct rogue_plan *p = plan_for();

	p->call.rax = SYS_WAIT;
	p->call.rdi = SLOT_NOTIFICATION;
	return hijack(elf, p, rogue_calls);
}

static status_t loop(const struct elf *elf)
{
	return hijack(elf, plan_for(), rogue_loop);
}

/* One in four goes where nothing may be. */
static vaddr_t wild_address(const struct elf *elf)
{
	return (random_below(4) ? address_of_data(elf) : random_below(1ull << 26)) & ~7ull;
}

static status_t write_wildly(const struct elf *elf)
{
	struct rogue_plan *p = plan_for();

	p->count = 1 + random_below(8);
	for (uint64_t i = 0; i < p->count; i++) {
		p->poke[i].address = wild_address(elf);
		p->poke[i].value = random_word() >> random_below(64);
	}
	return hijack(elf, p, rogue_pokes);
}

/* Each call takes one slot more. It either goes on working then, or tries for ever. */
static status_t take_all(const struct elf *elf, struct rogue_plan *p, word_t label, unsigned nwords)
{
	p->call.rax = SYS_INVOKE;
	p->call.rsi = kozo_info(label, nwords);
	p->count = random_below(2) ? 4096 : 0;
	return hijack(elf, p, rogue_calls);
}

static status_t leak(const struct elf *elf)
{
	struct rogue_plan *p = plan_for();

	p->call.rdi = SLOT_CNODE;
	p->call.word[0] = SLOT_USES;
	p->step.word[0] = 1;
	p->call.word[1] = SLOT_CNODE;
	p->call.word[2] = SLOT_NOTIFICATION;
	return take_all(elf, p, LABEL_CNODE_COPY, 3);
}

static status_t hog(const struct elf *elf)
{
	struct rogue_plan *p = plan_for();

	p->call.rdi = SLOT_ARENA;
	p->call.word[0] = OBJECT_FRAME;
	p->call.word[1] = PAGE_BITS;
	p->call.word[2] = SLOT_CNODE;
	p->call.word[3] = SLOT_USES;
	p->step.word[3] = 1;
	p->call.word[4] = 1;
	return take_all(elf, p, LABEL_UNTYPED_RETYPE, 5);
}

/* Whom it may call: what it uses, or for the supervisor each service. */
static cptr_t someone(unsigned service)
{
	if (service == SUPERVISOR)
		return place_of((unsigned)random_below(set.count), PLACE_SESSION);
	if (!set.service[service].uses_count)
		return SLOT_FAULTS;
	return SLOT_USES + random_below(set.service[service].uses_count);
}

static status_t flood(const struct elf *elf, unsigned service)
{
	struct rogue_plan *p = plan_for();

	p->call.rax = SYS_CALL;
	p->call.rdi = someone(service);
	p->call.rsi = kozo_info(random_below(8), IPC_REGISTERS);
	p->step.rsi = kozo_info(random_below(3), 0);
	for (unsigned i = 0; i < IPC_REGISTERS; i++) {
		p->call.word[i] = random_word() >> random_below(64);
		p->step.word[i] = random_word() >> random_below(64);
	}
	return hijack(elf, p, rogue_calls);
}

/* --- what others know ------------------------------------------------------------------------- */

static bool read_score(unsigned service, struct score *score)
{
	*score = (struct score){ 0 };
	if (fetch_from(space, place_of(service, PLACE_FRAMES), frame) != OK ||
	    service_map(frame, frame_room, RIGHT_READ) != OK)
		return false;
	memcpy(score, (void *)frame_room, sizeof(*score));
	return kozo_frame_unmap(frame) == OK;
}

enum { RING_BYTES = sizeof(struct ring_shared) + RING_ENTRIES * sizeof(struct drop) };

/* Whatever is in the memory that both sides of the ring write. */
static status_t spoil_ring(const struct elf *elf, unsigned service)
{
	struct rogue_plan *p = plan_for();
	struct score score;

	if (!read_score(service, &score) || !score.ring)
		return ERR_NOT_FOUND;
	p->count = 1 + random_below(16);
	for (uint64_t i = 0; i < p->count; i++) {
		const uint64_t places[] = { offsetof(struct ring_shared, head),
					    offsetof(struct ring_shared, tail),
					    random_below(RING_BYTES / 8) * 8 };

		p->poke[i].address = score.ring + places[random_below(3)];
		p->poke[i].value = random_word() >> random_below(64);
	}
	return hijack(elf, p, rogue_pokes);
}

static status_t inject(enum kind kind, unsigned service)
{
	struct elf elf;
	status_t status = fetch(service);

	if (status != OK || !find_program(service, &elf))
		return status == OK ? ERR_NOT_FOUND : status;
	switch (kind) {
	case KILL:
		return kill();
	case HANG:
		return hang(&elf);
	case LOOP:
		return loop(&elf);
	case CODE:
		return flip_some(&elf, address_of_code);
	case DATA:
		return flip_some(&elf, address_of_data);
	case WILD:
		return write_wildly(&elf);
	case LEAK:
		return leak(&elf);
	case HOG:
		return hog(&elf);
	case FLOOD:
		return flood(&elf, service);
	case RING:
		return spoil_ring(&elf, service);
	}
	return ERR_BAD_ARG;
}

/* --- what came of it ------------------------------------------------------------------------------ */

enum { JUDGES = 3, GOOD_ROUNDS = 3, LOOKS = 400, LOOK_MICROSECONDS = 1000 };

static const char *const judges[JUDGES] = { "reader", "scribe", "drain" };

/* As it was when the last fault was injected, and as it is. */
static struct {
	unsigned service, judge[JUDGES];
	uint64_t time, crashes;
	struct score score[JUDGES];
} before;

static void read_scores(struct score score[JUDGES])
{
	for (unsigned i = 0; i < JUDGES; i++)
		(void)read_score(before.judge[i], &score[i]); /* else it has none */
}

static void begin_look(unsigned service)
{
	before.service = service;
	before.time = kozo_ticks();
	before.crashes = record->crashes;
	read_scores(before.score);
}

/* The first crash of the service since, if there was one; how many there were of others. */
static const struct crash *find_crash(unsigned *others)
{
	const struct crash *first = NULL;
	uint64_t from = record->crashes < before.crashes ? 0 : before.crashes;

	*others = 0;
	for (uint64_t n = from + 1; n <= record->crashes && n <= from + RECORD_CRASHES; n++) {
		const struct crash *c = &record->crash[(n - 1) % RECORD_CRASHES];

		if (c->service != before.service)
			++*others;
		else if (!first)
			first = c;
	}
	return first;
}

static bool all_go_on(const struct score from[JUDGES], const struct score now[JUDGES])
{
	for (unsigned i = 0; i < JUDGES; i++)
		if (now[i].rounds < from[i].rounds + GOOD_ROUNDS)
			return false;
	return true;
}

static void say_each(const char *name, size_t field, const struct score from[JUDGES],
		     const struct score to[JUDGES])
{
	say(" %s=", name);
	for (unsigned i = 0; i < JUDGES; i++) {
		uint64_t a, b;

		memcpy(&a, (const char *)&from[i] + field, sizeof(a));
		memcpy(&b, (const char *)&to[i] + field, sizeof(b));
		say("%s%lu", i ? "," : "", b < a ? b : b - a);
	}
}

/* Wait until all go on as if nothing had been, but not for ever. */
static void look(void)
{
	struct score from[JUDGES], now[JUDGES];
	const struct crash *c = NULL;
	unsigned others = 0;

	read_scores(from);
	for (unsigned i = 0; i < LOOKS; i++) {
		sleep_microseconds(LOOK_MICROSECONDS);
		read_scores(now);
		c = find_crash(&others);
		if (all_go_on(from, now) && (!c || c->recovered))
			break;
	}
	say("result others=%u", others);
	if (c)
		say(" cause=%lu detected=%lu recovered=%lu", c->cause, c->noticed - before.time,
		    c->recovered ? c->recovered - c->noticed : 0);
	say_each("rounds", offsetof(struct score, rounds), from, now);
	say_each("disturbed", offsetof(struct score, disturbed), before.score, now);
	say_each("wrong", offsetof(struct score, wrong), before.score, now);
	say_each("noticed", offsetof(struct score, noticed), before.score, now);
	say("\n");
}

/* --- the beginning ---------------------------------------------------------------------------------- */

static bool is_manifest(const struct cpio_file *file)
{
	static const char suffix[] = ".manifest";
	size_t length = sizeof(suffix) - 1;

	return file->name_length > length &&
	       strcmp(file->name + file->name_length - length, suffix) == 0;
}

/* In the supervisor's order. */
static void read_manifests(void)
{
	struct manifest_error error;
	struct cpio archive;
	struct cpio_file file;

	cpio_open(&archive, (const void *)service_start->initrd, service_start->initrd_bytes);
	while (cpio_next(&archive, &file) == CPIO_FILE)
		if (is_manifest(&file) &&
		    !manifest_parse(&set.service[set.count++], file.data, file.size, &error))
			panic("%s: %s", file.name, error.message);
	for (unsigned i = 0; i < set.count; i++)
		for (unsigned n = 0; n < JUDGES; n++)
			if (strcmp(set.service[i].name, judges[n]) == 0)
				before.judge[n] = i;
}

static void begin(void)
{
	cptr_t *const slots[] = { &space, &thread, &vspace, &pages, &frame, &page };

	boot = (const struct boot_info *)service_start->boot;
	record = (struct record *)service_start->kept;
	need(timer_begin(&timer, 0), "a timer");
	for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		need(service_slot(slots[i]), "a slot");
	rogue_room = service_room(1 << PAGE_BITS, PAGE_BITS);
	frame_room = service_room(1 << PROCESS_STACK_BITS, PROCESS_STACK_BITS);
	need(service_add(PAGE_BITS, rogue_room, &rogue), "the rogue page");
	memcpy((void *)rogue_room, rogue_page, rogue_bytes);
	need(fetch_from(KEEPER, service_start->instance + PROCESS_CNODE, space), "the supervisor");
	read_manifests();
	for (unsigned i = 0; i < set.count; i++)
		say("service %u %s\n", i, set.service[i].name);
	say("service %u supervisor\nready\n", SUPERVISOR);
}

int main(const void *info)
{
	char line[80];
	const char *word[4];

	service_begin(info);
	begin();
	for (;;) {
		unsigned count = hear_words(line, sizeof(line), word, 4);

		if (count == 4 && strcmp(word[0], "inject") == 0) {
			unsigned service = (unsigned)number_of(word[2]);

			random_state = number_of(word[3]) * 2 + 1;
			begin_look(service);
			say("injected %s\n",
			    kozo_status_text(inject((enum kind)number_of(word[1]), service)));
		} else if (count == 1 && strcmp(word[0], "look") == 0) {
			look();
		} else {
			say("what?\n");
		}
	}
}
