/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Interrupts: lines, by the old timer chip, whose output is a line of the ISA bus; and
 * messages, by QEMU's device for teaching, on the machine that has one.
 */
#include "helper.h"
#include "pit.h"
#include "ticks.h"
#include "message.h"

enum {
	LOW = 100, /* a priority */
	ALL_MODES = IRQ_LEVEL | IRQ_LOW | IRQ_ISA,
	VECTORS = 192,
};

/* In which an interrupt would have come, and in which it usually has. */
#define LONG milliseconds(2000)
#define WHILE milliseconds(5)

/* --- lines ---------------------------------------------------------------------- */

TEST(irq_edge, "an edge of a line signals once, as often as there is one")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler;
	word_t before;

	if (!has_lines())
		return;
	pit_start(1);
	handler = handler_for(n, 6, PIT_LINE, IRQ_ISA);
	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
	signals_within(n, WHILE);
	before = interrupts();
	for (unsigned i = 0; i < 3; i++) {
		pit_start(500);
		EXPECT(signals_within(n, LONG), 6);
		EXPECT(signals_within(n, WHILE), 0);
	}
	EXPECT(interrupts(), before + 3);
}

TEST(irq_mask, "a line that is masked does not interrupt")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler;

	if (!has_lines())
		return;
	pit_start(1);
	handler = handler_for(n, 2, PIT_LINE, IRQ_ISA);
	pit_start(500);
	EXPECT(signals_within(n, WHILE), 0);
	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
	signals_within(n, WHILE);
	EXPECT_STATUS(kozo_irq_handler_mask(handler), OK);
	pit_start(500);
	EXPECT(signals_within(n, WHILE), 0);
	NEED(kozo_irq_handler_acknowledge(handler));
	signals_within(n, WHILE);
	pit_start(500);
	EXPECT(signals_within(n, LONG), 2);
}

TEST(irq_level, "a line that stays asserted interrupts again after each acknowledge")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler;

	if (!has_lines())
		return;
	/* QEMU forgets what was asserted before it knew that the line is one by level. */
	handler = handler_for(n, 4, PIT_AT_APIC, IRQ_LEVEL);
	pit_start(500);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
		EXPECT(signals_within(n, LONG), 4);
		EXPECT(signals_within(n, WHILE), 0);
	}
	pit_start(0);
	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
	EXPECT(signals_within(n, WHILE), 0);
}

/* We wait ourselves, above whoever runs meanwhile. */
static void idles(struct helper *h)
{
	while (!h->step)
		;
}

static word_t waited_for(cptr_t n)
{
	word_t bits = 0;

	NEED(kozo_wait(n, &bits));
	return bits;
}

TEST(irq_level_waiting,
     "who waits for a line that stays asserted is woken once for each acknowledge")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler;
	struct helper idler = { 0 };
	word_t before;

	if (!has_lines())
		return;
	helper_start_on(&idler, idles, make_time(LOW));
	handler = handler_for(n, 4, PIT_AT_APIC, IRQ_LEVEL);
	before = interrupts();
	for (unsigned i = 1; i <= 3; i++) {
		pit_start(500);
		NEED(kozo_irq_handler_acknowledge(handler));
		EXPECT(waited_for(n), 4);
		EXPECT(signals_within(n, WHILE), 0);
		EXPECT(interrupts(), before + i);
	}
}

TEST(irq_watched, "an interrupt that wakes somebody tells who watches, too")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), watcher = make(OBJECT_NOTIFICATION, 0);
	struct helper idler = { 0 };

	if (!has_lines())
		return;
	helper_start_on(&idler, idles, make_time(LOW));
	pit_handler(n, 4);
	NEED(kozo_notification_watch(n, part_of(watcher, RIGHT_SEND, 8)));
	pit_start(500);
	EXPECT(waited_for(n), 4);
	EXPECT(signals_of(watcher), 8);
}

TEST(irq_nobody, "a handler without a Notification counts its interrupts, and no more")
{
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0);
	uint64_t end;
	word_t before;

	if (!has_lines())
		return;
	pit_start(1);
	NEED(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, handler, PIT_LINE, IRQ_ISA));
	NEED(kozo_irq_handler_acknowledge(handler));
	before = interrupts();
	pit_start(500);
	for (end = kozo_ticks() + LONG; interrupts() == before && kozo_ticks() < end;)
		;
	EXPECT(interrupts(), before + 1);
}

TEST(irq_loses, "a handler whose Notification is taken away, or that dies, interrupts no more")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler;
	word_t before;

	if (!has_lines())
		return;
	pit_start(1);
	handler = handler_for(n, 4, PIT_LINE, IRQ_ISA);
	NEED(kozo_irq_handler_acknowledge(handler));
	signals_within(n, WHILE);
	NEED(kozo_cnode_revoke(SLOT_CNODE, n));
	before = interrupts();
	pit_start(500);
	EXPECT(signals_within(n, WHILE), 0);
	EXPECT(interrupts(), before);
	NEED(kozo_irq_handler_bind(handler, n));
	NEED(kozo_irq_handler_acknowledge(handler));
	signals_within(n, WHILE);
	NEED(kozo_cnode_delete(SLOT_CNODE, handler));
	before = interrupts();
	pit_start(500);
	EXPECT(signals_within(n, WHILE), 0);
	EXPECT(interrupts(), before);
}

TEST(irq_line_refusals, "IrqControl.connect_line refuses with the first reason")
{
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0), other = make(OBJECT_IRQ_HANDLER, 0);
	cptr_t nothing = slot_new(), n = make(OBJECT_NOTIFICATION, 0);
	cptr_t weak = part_of(handler, 0, 0);
	const struct {
		cptr_t handler;
		word_t line, mode;
		status_t want;
	} rows[] = {
		{ nothing, 1, ALL_MODES + 1, ERR_BAD_ARG },  { nothing, 1, IRQ_ISA, ERR_BAD_CAP },
		{ n, 1, IRQ_ISA, ERR_WRONG_TYPE },	     { weak, 1, IRQ_ISA, ERR_NO_RIGHT },
		{ handler, 16, IRQ_ISA, ERR_RANGE },	     { handler, 5000, 0, ERR_RANGE },
		{ handler, (1ull << 32) + 1, 0, ERR_RANGE },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_STATUS(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, rows[i].handler,
							    rows[i].line, rows[i].mode),
			      rows[i].want);
	if (kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, handler, 1, IRQ_ISA) == ERR_RANGE)
		return;
	EXPECT_STATUS(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, handler, 3, IRQ_ISA),
		      ERR_STATE);
	EXPECT_STATUS(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, other, 1, IRQ_ISA), ERR_BUSY);
	EXPECT_STATUS(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, other, 1, IRQ_LEVEL),
		      ERR_BUSY);
	NEED(kozo_cnode_delete(SLOT_CNODE, weak));
	NEED(kozo_cnode_delete(SLOT_CNODE, handler));
	EXPECT_STATUS(kozo_irq_control_connect_line(SLOT_IRQ_CONTROL, other, 1, IRQ_ISA), OK);
}

/* --- handlers ------------------------------------------------------------------- */

TEST(irq_handler_alone, "a handler that is not connected can be neither acknowledged nor masked")
{
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0), n = make(OBJECT_NOTIFICATION, 0);

	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), ERR_STATE);
	EXPECT_STATUS(kozo_irq_handler_mask(handler), ERR_STATE);
	EXPECT_STATUS(kozo_irq_handler_bind(handler, n), OK);
	EXPECT_STATUS(kozo_irq_handler_bind(handler, part_of(n, RIGHT_SEND, 9)), OK);
	EXPECT_STATUS(kozo_irq_handler_bind(handler, slot_new()), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_irq_handler_bind(handler, handler), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_irq_handler_bind(handler, part_of(n, RIGHT_RECEIVE, 0)), ERR_NO_RIGHT);
}

/* --- messages ------------------------------------------------------------------- */

TEST(irq_messages, "there are so many vectors for messages, and each message is another")
{
	cptr_t handler = make_many(OBJECT_IRQ_HANDLER, 0, VECTORS + 1);
	word_t address = 0, data = 0, last = 0;

	for (unsigned i = 0; i < VECTORS; i++) {
		EXPECT_STATUS(kozo_irq_control_connect_message(SLOT_IRQ_CONTROL, handler + i, i,
							       &address, &data),
			      OK);
		EXPECT(address >> 20, 0xfee);
		EXPECT(data > last && data >= 0x20 && data < 0x100, true);
		last = data;
	}
	EXPECT_STATUS(kozo_irq_control_connect_message(SLOT_IRQ_CONTROL, handler + VECTORS, 0,
						       &address, &data),
		      ERR_BUSY);
	NEED(kozo_cnode_delete(SLOT_CNODE, handler + 7));
	EXPECT_STATUS(kozo_irq_control_connect_message(SLOT_IRQ_CONTROL, handler + VECTORS, 0,
						       &address, &data),
		      OK);
	EXPECT(last - data, VECTORS - 1 - 7);
}

TEST(irq_message_refusals, "IrqControl.connect_message refuses with the first reason")
{
	cptr_t handler = make(OBJECT_IRQ_HANDLER, 0), nothing = slot_new();
	cptr_t n = make(OBJECT_NOTIFICATION, 0);
	word_t address, data;
	const struct {
		cptr_t handler;
		word_t source;
		status_t want;
	} rows[] = {
		{ nothing, IRQ_SOURCE_MAX + 1, ERR_BAD_ARG },
		{ nothing, 0, ERR_BAD_CAP },
		{ n, 0, ERR_WRONG_TYPE },
		{ part_of(handler, 0, 0), 0, ERR_NO_RIGHT },
		{ handler, IRQ_SOURCE_MAX, OK },
		{ handler, 0, ERR_STATE },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_STATUS(kozo_irq_control_connect_message(SLOT_IRQ_CONTROL, rows[i].handler,
							       rows[i].source, &address, &data),
			      rows[i].want);
}

/* --- a device that sends messages: QEMU's edu (docs/specs/edu.txt of QEMU) -------- */

enum {
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	PCI_DEVICES = 32, /* on the first bus */
	PCI_COMMAND = 0x04,
	PCI_MEMORY_AND_MASTER = 6,
	PCI_BAR = 0x10,
	PCI_CAPABILITIES = 0x34,
	PCI_MESSAGES = 5, /* the capability whose control word begins at bit 16 */
	MESSAGES_ENABLED = 1 << 16,
	EDU_ID = 0x11e81234,
	EDU_BITS = 20,
	EDU_RAISE = 0x60,
	EDU_LOWER = 0x64,
};

static void pci_select(word_t device, word_t at)
{
	NEED(kozo_io_ports_out32(SLOT_IO_PORTS, PCI_ADDRESS, 1u << 31 | device << 11 | at));
}

static word_t pci_get(word_t device, word_t at)
{
	word_t value = 0;

	pci_select(device, at);
	NEED(kozo_io_ports_in32(SLOT_IO_PORTS, PCI_DATA, &value));
	return value;
}

static void pci_set(word_t device, word_t at, word_t value)
{
	pci_select(device, at);
	NEED(kozo_io_ports_out32(SLOT_IO_PORTS, PCI_DATA, value));
}

/* Its number on the bus; 0: there is none. */
static word_t find_edu(void)
{
	for (word_t device = 1; device < PCI_DEVICES; device++)
		if (pci_get(device, 0) == EDU_ID)
			return device;
	return 0;
}

/* From now on the device interrupts by this message. */
static void send_messages(word_t device, word_t address, word_t data)
{
	word_t at = pci_get(device, PCI_CAPABILITIES) & 0xff;

	while (at && (pci_get(device, at) & 0xff) != PCI_MESSAGES)
		at = pci_get(device, at) >> 8 & 0xff;
	NEED(at ? OK : ERR_NOT_FOUND);
	pci_set(device, at + 4, address & 0xffffffff);
	pci_set(device, at + 8, address >> 32);
	pci_set(device, at + 12, data);
	pci_set(device, at, pci_get(device, at) | MESSAGES_ENABLED);
	pci_set(device, PCI_COMMAND, pci_get(device, PCI_COMMAND) | PCI_MEMORY_AND_MASTER);
}

/* The untyped that has the device's memory, which becomes mapped at AREA. */
static cptr_t map_memory(word_t address)
{
	uint32_t i = 0;

	while (i < boot->untyped_count &&
	       (!boot->untyped[i].device || address < boot->untyped[i].address ||
		(address - boot->untyped[i].address) >> boot->untyped[i].bits))
		i++;
	NEED(i < boot->untyped_count ? OK : ERR_NOT_FOUND);

	word_t count = ((address - boot->untyped[i].address) >> EDU_BITS) + 1, done;
	cptr_t untyped = boot->untyped_first + i, frames = slots_new(count);

	NEED(kozo_untyped_retype(untyped, OBJECT_FRAME, EDU_BITS, SLOT_CNODE, frames, count,
				 &done));
	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(frames + count - 1, SLOT_VSPACE, AREA, RIGHT_READ | RIGHT_WRITE, 0));
	return untyped;
}

static void edu_set(word_t at, uint32_t value)
{
	*(volatile uint32_t *)(AREA + at) = value;
}

/* Signals of one interrupt, of which the device is then rid. */
static word_t edu_interrupts(cptr_t notification, uint64_t ticks)
{
	word_t bits;

	edu_set(EDU_RAISE, 1);
	bits = signals_within(notification, ticks);
	edu_set(EDU_LOWER, 1);
	return bits;
}

static void interrupts_twice(struct helper *h)
{
	NEED(kozo_irq_handler_mask(h->in[0]));
	edu_set(EDU_RAISE, 1);
	h->step = 1;
	for (uint64_t end = kozo_ticks() + WHILE; kozo_ticks() < end;)
		;
	edu_set(EDU_LOWER, 1);
	h->step = 2;
	NEED(kozo_irq_handler_acknowledge(h->in[0]));
	h->step = 3;
	edu_set(EDU_RAISE, 1);
	for (;;)
		;
}

/* We wait: a message that comes while masked wakes us when that ends, and the next one at once. */
static void expect_woken(cptr_t n, cptr_t handler)
{
	struct helper device = { .in = { handler } };

	helper_start_on(&device, interrupts_twice, make_time(LOW));
	EXPECT(waited_for(n), 12);
	EXPECT(device.step, 2);
	EXPECT(waited_for(n), 12);
	EXPECT(device.step, 3);
	edu_set(EDU_LOWER, 1);
	NEED(kozo_thread_stop(device.thread));
}

TEST(irq_message, "the message of a device signals, and one that comes while masked does later")
{
	cptr_t n = make(OBJECT_NOTIFICATION, 0), handler = make(OBJECT_IRQ_HANDLER, 0), untyped;
	word_t device = find_edu(), address = 0, data = 0;

	if (!device)
		return;
	untyped = map_memory(pci_get(device, PCI_BAR) & ~15ull);
	NEED(kozo_irq_control_connect_message(SLOT_IRQ_CONTROL, handler, device << 3, &address,
					      &data));
	NEED(kozo_irq_handler_bind(handler, part_of(n, RIGHT_SEND, 12)));
	NEED(kozo_irq_handler_acknowledge(handler));
	send_messages(device, address, data);
	EXPECT(edu_interrupts(n, LONG), 12);
	EXPECT(edu_interrupts(n, LONG), 12);
	NEED(kozo_irq_handler_mask(handler));
	EXPECT(edu_interrupts(n, WHILE), 0);
	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
	EXPECT(signals_of(n), 12);
	expect_woken(n, handler);
	EXPECT_STATUS(kozo_irq_handler_acknowledge(handler), OK);
	EXPECT(signals_of(n), 0);
	NEED(kozo_cnode_delete(SLOT_CNODE, handler));
	EXPECT(edu_interrupts(n, WHILE), 0);
	NEED(kozo_cnode_revoke(SLOT_CNODE, untyped));
}
