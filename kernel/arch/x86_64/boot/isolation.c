/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "isolation.h"
#include "../isolation.h"
#include "../kernel_tables.h"
#include "../processor.h"
#include "../stacks.h"
#include "arch/paging.h"
#include "log.h"
#include "string.h"
#include "tables.h"

enum { STUBS = 256, STUB_BYTES = 16, JUMP_BYTES = 5, STORE_BYTES = 7 };

enum opcode { PUSH_LONG = 0x68, PUSH_BYTE = 0x6a, JUMP = 0xe9 };

struct site {
	char *at;
	uint64_t kind; /* SITE_* */
};

extern char trap_stubs[], isolated_syscall_jump[];
extern const char page_fault[], device_interrupt[], syscall_fast[];
extern const char isolated_trap[], isolated_page_fault[], isolated_interrupt[];
extern const char isolated_sysret[], isolated_iret[];
extern const struct site sites_start[], sites_end[];
extern const char entry_text_start[], entry_text_end[], entry_data_start[], entry_data_end[];

static void put_jump(char *at, const char *to)
{
	int32_t distance = (int32_t)(to - (at + JUMP_BYTES));

	*(uint8_t *)at = JUMP;
	memcpy(at + 1, &distance, sizeof(distance));
}

static const char *target_of(const char *jump)
{
	int32_t distance;

	memcpy(&distance, jump + 1, sizeof(distance));
	return jump + JUMP_BYTES + distance;
}

/* Behind what it pushes, in one instruction or two, a stub ends with a jump. */
static void turn_stub(char *stub)
{
	const char *target;

	while ((uint8_t)*stub == PUSH_BYTE || (uint8_t)*stub == PUSH_LONG)
		stub += (uint8_t)*stub == PUSH_BYTE ? 2 : 5;
	target = target_of(stub);
	put_jump(stub, target == page_fault	    ? isolated_page_fault
		       : target == device_interrupt ? isolated_interrupt
						    : isolated_trap);
}

/* mov cr3, register; as it was, for one to [isolated_user] in its place (load_root, entry.inc). */
static void put_store(char *at)
{
	uint8_t *code = (uint8_t *)at;
	unsigned high = code[3] & 1, low = code[6] & 7;
	int32_t distance = (int32_t)((char *)&isolated_user - (at + STORE_BYTES));

	code[0] = (uint8_t)(0x48 | high << 2);
	code[1] = 0x89;
	code[2] = (uint8_t)(0x05 | low << 3);
	memcpy(code + 3, &distance, sizeof(distance));
}

static void turn_code(void)
{
	for (unsigned i = 0; i < STUBS; i++)
		turn_stub(trap_stubs + (size_t)i * STUB_BYTES);
	for (const struct site *s = sites_start; s < sites_end; s++) {
		if (s->kind == SITE_LOAD)
			put_store(s->at);
		else
			put_jump(s->at, s->kind == SITE_IRET ? isolated_iret : isolated_sysret);
	}
	if (FASTPATH && processor.fsgsbase)
		put_jump(isolated_syscall_jump, syscall_fast);
}

void isolation_choose(const struct boot *b)
{
	const char *wish = boot_option(b, "isolation=");

	if (wish && !boot_option_is(wish, "auto") && !boot_option_is(wish, "on") &&
	    !boot_option_is(wish, "off"))
		log_printf("boot: isolation= is auto, on or off; it counts as auto\n");
	isolation.on =
		(processor.leaks && !boot_option_is(wish, "off")) || boot_option_is(wish, "on");
	if (!isolation.on)
		return;
	isolated_kernel = image_to_phys(kernel_tables.root) | (paging_identifies() ? CR3_KEEP : 0);
	turn_code();
}

static void show(struct boot *b, uint64_t *image, const void *start, const void *end)
{
	for (const char *page = start; page < (const char *)end; page += PAGE) {
		paddr_t address = image_to_phys(page);
		uint64_t *table = tables_below(b, &image[address / LARGE]);

		table[address / PAGE % ENTRIES] = kernel_tables.image_pages[address / PAGE];
	}
}

static void build(struct boot *b)
{
	uint64_t *high = tables_below(b, &isolation.image);
	uint64_t *image = tables_below(b, &high[KERNEL_BASE / HUGE % ENTRIES]);

	show(b, image, (const void *)round_down((vaddr_t)entry_text_start, PAGE), entry_text_end);
	show(b, image, entry_data_start, entry_data_end);
	show(b, image, stacks.trap, &stacks + 1);
}

void isolation_build(struct boot *b)
{
	if (isolation.on)
		build(b);
	if (isolation.on)
		log_printf("boot: programs' page tables do not show the kernel\n");
	else if (processor.leaks)
		log_printf(
			"boot: programs may read the kernel's memory (Meltdown): isolation=off\n");
}
