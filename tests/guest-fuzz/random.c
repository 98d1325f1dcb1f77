/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Random calls: any system call, any method, of anything, with arguments that
 * are sometimes what they should be.
 */
#include "fuzz.h"

#include "syscall.h"

/* What an argument should be; one letter each, in the order of abi/kozo.abi. */
static const struct {
	uint16_t label;
	char args[IPC_REGISTERS + 1];
} methods[] = {
	{ LABEL_UNTYPED_RETYPE, "yzcin" },
	{ LABEL_UNTYPED_RETYPE, "yzcin" },
	{ LABEL_CNODE_COPY, "ici" },
	{ LABEL_CNODE_MINT, "icirb" },
	{ LABEL_CNODE_MOVE, "ici" },
	{ LABEL_CNODE_DELETE, "i" },
	{ LABEL_CNODE_REVOKE, "i" },
	{ LABEL_CNODE_DESCRIBE, "i" },
	{ LABEL_CNODE_COPY_RANGE, "icin" },
	{ LABEL_CNODE_MINT_RANGE, "icinrb" },
	{ LABEL_CNODE_MOVE_RANGE, "icin" },
	{ LABEL_CNODE_DELETE_RANGE, "in" },
	{ LABEL_CNODE_REVOKE_RANGE, "in" },
	{ LABEL_CNODE_COPY_LIST, "icn" },
	{ LABEL_CNODE_MINT_LIST, "icnrb" },
	{ LABEL_CNODE_MOVE_LIST, "icn" },
	{ LABEL_CNODE_DELETE_LIST, "n" },
	{ LABEL_CNODE_REVOKE_LIST, "n" },
	{ LABEL_THREAD_CONFIGURE, "tvh" },
	{ LABEL_THREAD_START, "eeb" },
	{ LABEL_THREAD_STOP, "" },
	{ LABEL_THREAD_SET_TIME, "x" },
	{ LABEL_THREAD_SET_RESERVE, "x" },
	{ LABEL_NOTIFICATION_SET_TIME, "x" },
	{ LABEL_ENDPOINT_CANCEL, "j" },
	{ LABEL_SCHED_CONTEXT_CONSUMED, "" },
	{ LABEL_SCHED_CONTROL_CONFIGURE, "xggp" },
	{ LABEL_SCHED_CONTROL_SET_CEILING, "wp" },
	{ LABEL_THREAD_INFO, "" },
	{ LABEL_THREAD_READ_REGISTERS, "" },
	{ LABEL_THREAD_WRITE_REGISTERS, "" },
	{ LABEL_THREAD_RESUME, "" },
	{ LABEL_THREAD_SET_FPU, "f" },
	{ LABEL_THREAD_COPY_FPU, "w" },
	{ LABEL_THREAD_SET_BREAKPOINTS, "eaaad" },
	{ LABEL_THREAD_BIND, "o" },
	{ LABEL_THREAD_USAGE, "" },
	{ LABEL_THREAD_SET_HANDLER, "kf" },
	{ LABEL_THREAD_SET_WINDOW, "eee" },
	{ LABEL_THREAD_INTERRUPT, "" },
	{ LABEL_THREAD_SET_GUEST, "heee" },
	{ LABEL_CNODE_ADDRESSES, "in" },
	{ LABEL_ENDPOINT_WATCH, "o" },
	{ LABEL_NOTIFICATION_WATCH, "o" },
	{ LABEL_TIMER_ARM, "m" },
	{ LABEL_TIMER_ARM, "m" },
	{ LABEL_TIMER_DISARM, "" },
	{ LABEL_TIMER_BIND, "o" },
	{ LABEL_TIMER_RATE, "" },
	{ LABEL_IRQ_CONTROL_CONNECT_LINE, "qsf" },
	{ LABEL_IRQ_CONTROL_CONNECT_MESSAGE, "qn" },
	{ LABEL_IRQ_CONTROL_COUNTERS, "" },
	{ LABEL_IRQ_HANDLER_BIND, "o" },
	{ LABEL_IRQ_HANDLER_ACKNOWLEDGE, "" },
	{ LABEL_IRQ_HANDLER_MASK, "" },
	{ LABEL_IO_PORTS_IN8, "u" },
	{ LABEL_IO_PORTS_IN16, "u" },
	{ LABEL_IO_PORTS_IN32, "u" },
	{ LABEL_IO_PORTS_OUT8, "uf" },
	{ LABEL_IO_PORTS_OUT16, "uf" },
	{ LABEL_IO_PORTS_OUT32, "uf" },
	{ LABEL_PAGE_TABLE_INSTALL, "va" },
	{ LABEL_PAGE_TABLE_INSTALL, "va" },
	{ LABEL_PAGE_TABLE_REMOVE, "" },
	{ LABEL_VSPACE_MAP_RANGE, "cinarf" },
	{ LABEL_VSPACE_UNMAP_RANGE, "al" },
	{ LABEL_VSPACE_PROTECT_RANGE, "alrf" },
	{ LABEL_VSPACE_FORK_RANGE, "valcir" },
	{ LABEL_VSPACE_HARVEST, "an" },
	{ LABEL_FRAME_MAP, "varf" },
	{ LABEL_FRAME_MAP, "varf" },
	{ LABEL_FRAME_UNMAP, "" },
	{ LABEL_FRAME_PROTECT, "rf" },
	{ LABEL_FRAME_ADDRESS, "" },
	{ LABEL_DEBUG_CONSOLE_WRITE, "nbb" },
	{ LABEL_DEBUG_CONSOLE_READ, "" },
	{ LABEL_DEBUG_CONSOLE_POWER, "f" },
	{ LABEL_DEBUG_CONSOLE_CHECK, "" },
};

/* Something that no program would say. */
static word_t wild(struct ledger *l)
{
	word_t r = dice(l);

	switch (below(l, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0ull - r % 16;
	case 2:
		return 1ull << r % 64;
	case 3:
		return USER_TOP - 0x2000 + r % 4 * 0x1000;
	case 4:
		return r % 512;
	case 5:
		return r << 12;
	case 6:
		return (1ull << r % 64) - 1;
	default:
		return r << 16 ^ dice(l);
	}
}

static word_t an_address(struct ledger *l)
{
	switch (below(l, 16)) {
	case 0:
		return REGION_BASE + below(l, 4) * 0x1000;
	case 1:
		return 0x400000 + below(l, 512) * 0x1000;
	case 2:
		return below(l, 8) << 30;
	case 3:
		return FUZZ_ARENA + below(l, 8) * 0x200000;
	default:
		return FUZZ_ARENA + below(l, 64) * 0x1000;
	}
}

static word_t an_argument(struct ledger *l, char kind)
{
	static const uint8_t sizes[] = { 0, 0, 0, 1, 2, 3, 4, 6, 8, 12, 12, 12, 12, 13, 16, 21 };

	if (kind == 'm')
		return a_time(l);
	if (kind == 's')
		return a_line(l);
	if (one_in(l, 12))
		return wild(l);
	switch (kind) {
	case 'y': /* object type */
		return below(l, OBJECT_TYPES + 1);
	case 'z': /* size */
		return sizes[below(l, sizeof(sizes))];
	case 'c': /* CNode */
		return one_in(l, 2) ? 0 : one_in(l, 2) ? FUZZ_OTHER_CNODE : below(l, 40);
	case 't': /* CNode of a thread */
		return one_in(l, 2) ? FUZZ_CNODE : below(l, 40);
	case 'i': /* index */
		return one_in(l, 4) ? below(l, FUZZ_SLOTS + 2) : below(l, 64);
	case 'n': /* count */
		return one_in(l, 8) ? below(l, 100) : below(l, 5);
	case 'v': /* VSpace */
		return one_in(l, 8) ? below(l, 40) : one_in(l, 3) ? FUZZ_SPACE : FUZZ_OTHER_SPACE;
	case 'w': /* thread */
		return FUZZ_THREADS + below(l, WORKERS);
	case 'd': /* DR7 */
		return below(l, 256) | below(l, 65536) << 16;
	case 'h': /* frame */
		return one_in(l, 2) ? 0 : FUZZ_BUFFER + below(l, 3);
	case 'a': /* address */
		return an_address(l);
	case 'l': /* length */
		return below(l, one_in(l, 16) ? 100000 : 20) << 12;
	case 'r': /* rights */
		return one_in(l, 3) ? RIGHT_READ : below(l, 1024);
	case 'f': /* flags */
		return below(l, 2);
	case 'p': /* priority */
		return below(l, PRIORITIES + 1);
	case 'x': /* SchedContext */
		return one_in(l, 4) ? 0 : FUZZ_TIME + below(l, 4);
	case 'j': /* badge to cancel */
		return one_in(l, 2) ? 0 : 77;
	case 'g': /* budget, period */
		return one_in(l, 4) ? below(l, 2) * 4 * BUDGET_MIN : 2 * BUDGET_MIN;
	case 'q': /* handler of an interrupt */
		return FUZZ_HANDLER + below(l, 2);
	case 'u': /* port */
		return one_in(l, 2) ? 0x80 : below(l, 0x100);
	case 'o': /* notification */
		return one_in(l, 3) ? 0 : FUZZ_NOTIFICATION + below(l, 2);
	case 'k': /* endpoint */
		return one_in(l, 3) ? 0 : FUZZ_ENDPOINT + below(l, 3);
	case 'e': /* entry or stack: nothing can run there */
		return 0x1000 + wild(l) % 0x300000;
	default:
		return one_in(l, 2) ? 0 : wild(l);
	}
}

/* A list of slots, for those methods that take one. */
static void fill_buffer(struct ledger *l)
{
	struct ipc_buffer *buffer = (struct ipc_buffer *)l->buffer;

	for (unsigned i = 0; i < 6; i++)
		buffer->word[IPC_REGISTERS + i] = one_in(l, 10) ? wild(l) : below(l, 64);
}

static bool takes_list(word_t label)
{
	return label >= LABEL_CNODE_COPY_LIST && label <= LABEL_CNODE_REVOKE_LIST;
}

/* A capability that may be of this type. */
static cptr_t a_target(struct ledger *l, unsigned type)
{
	if (one_in(l, 8))
		return one_in(l, 4) ? wild(l) : below(l, 64);
	switch (type) {
	case OBJECT_UNTYPED:
		return FUZZ_UNTYPED;
	case OBJECT_CNODE:
		return one_in(l, 3) ? FUZZ_OTHER_CNODE : one_in(l, 2) ? FUZZ_CNODE : 0;
	case OBJECT_THREAD:
		return FUZZ_THREADS + below(l, WORKERS);
	case OBJECT_IRQ_HANDLER:
		return FUZZ_HANDLER + below(l, 2);
	case OBJECT_IRQ_CONTROL:
		return FUZZ_IRQ_CONTROL;
	case OBJECT_IO_PORTS:
		return FUZZ_PORTS;
	case OBJECT_TIMER:
		return FUZZ_TIMER + below(l, 2);
	case OBJECT_SCHED_CONTEXT:
		return FUZZ_TIME + below(l, 4);
	case OBJECT_SCHED_CONTROL:
		return FUZZ_SCHED_CONTROL;
	case OBJECT_ENDPOINT:
		return FUZZ_ENDPOINT + below(l, 3);
	case OBJECT_NOTIFICATION:
		return FUZZ_NOTIFICATION;
	case OBJECT_PAGE_TABLE:
		return FUZZ_TABLES + below(l, 6);
	case OBJECT_VSPACE:
		return one_in(l, 8) ? FUZZ_SPACE : FUZZ_OTHER_SPACE;
	case OBJECT_FRAME:
		return FUZZ_BUFFER + below(l, 3);
	default:
		return FUZZ_CONSOLE;
	}
}

/* What leaves little to go on with, or a line in the kernel's log, comes less often. */
static bool is_seldom(word_t label)
{
	return label == LABEL_THREAD_START || label == LABEL_CNODE_DELETE ||
	       label == LABEL_CNODE_DELETE_RANGE || label == LABEL_CNODE_DELETE_LIST ||
	       label == LABEL_CNODE_REVOKE_RANGE || label == LABEL_CNODE_MOVE_RANGE ||
	       label == LABEL_CNODE_MOVE_LIST;
}

static void invoke(struct ledger *l)
{
	word_t i = below(l, sizeof(methods) / sizeof(methods[0]));
	word_t label = methods[i].label, nargs = 0;
	struct call c = { .number = SYS_INVOKE };

	if (is_seldom(label) && !one_in(l, 6))
		return;
	for (; methods[i].args[nargs]; nargs++)
		c.word[nargs] = an_argument(l, methods[i].args[nargs]);
	c.target = a_target(l, (unsigned)(label >> METHOD_TYPE_SHIFT));
	if (one_in(l, 40))
		label = wild(l);
	if (one_in(l, 40))
		nargs = below(l, 128);
	if (takes_list(label))
		fill_buffer(l);
	c.info = kozo_info(label, nargs);
	issue(l, &c);
}

static cptr_t an_endpoint(struct ledger *l)
{
	return one_in(l, 8) ? below(l, 40) : FUZZ_ENDPOINT + below(l, 3);
}

/* Some capabilities to go along, and a window for those that come. */
static void offer_caps(struct ledger *l, struct call *c)
{
	struct ipc_buffer *buffer = (struct ipc_buffer *)l->buffer;

	for (unsigned i = 0; i < IPC_CAPS; i++)
		buffer->cap[i] = one_in(l, 8) ? wild(l) : below(l, 64);
	buffer->receive_cnode = an_argument(l, 'c');
	buffer->receive_first = an_argument(l, 'i');
	buffer->receive_count = an_argument(l, 'n');
	c->info |= below(l, IPC_CAPS + 1) << INFO_CAPS_SHIFT;
}

static void message(struct ledger *l)
{
	static const word_t numbers[] = { SYS_CALL, SYS_REPLY_RECV, SYS_SEND,	 SYS_RECV,
					  SYS_SEND, SYS_RECV,	    SYS_NB_SEND, SYS_NB_RECV };
	struct call c = {
		.number = numbers[below(l, 8)] |
			  (one_in(l, 3) ? below(l, 40) : FUZZ_REPLY + below(l, 2))
				  << SYSCALL_REPLY_SHIFT,
		.target = one_in(l, 4) ? FUZZ_SERVER : an_endpoint(l),
		.info = kozo_info(dice(l), below(l, one_in(l, 4) ? 128 : 8)),
	};

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		c.word[i] = dice(l);
	if (one_in(l, 3))
		offer_caps(l, &c);
	if (one_in(l, 30))
		c.info = wild(l);
	issue(l, &c);
}

static void set_base(struct ledger *l)
{
	struct call c = { .number = SYS_SET_BASE, .target = below(l, 3), .word = { wild(l) } };

	issue(l, &c);
}

static void signal(struct ledger *l)
{
	static const word_t numbers[] = { SYS_SIGNAL, SYS_SIGNAL, SYS_POLL, SYS_WAIT, SYS_ENTER };
	struct call c = { .number = numbers[below(l, 5)],
			  .target = FUZZ_NOTIFICATION + below(l, 2) };

	issue(l, &c);
}

void random_step(struct ledger *l)
{
	struct call c = { .number = wild(l) };

	if (!one_in(l, 12))
		invoke(l);
	else if (one_in(l, 4))
		signal(l);
	else if (!one_in(l, 8))
		message(l);
	else if (one_in(l, 2))
		set_base(l);
	else
		issue(l, &c);
}
