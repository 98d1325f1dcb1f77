/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What is wrong, one way in each row of the table at the end. What the kernel has
 * to make of each is in tests/boot/hostile.py.
 */
#include "tables.h"

/* --- the memory map ---------------------------------------------------------------- */

static void add(struct plan *p, uint64_t address, uint64_t bytes, uint32_t type)
{
	if (p->map_count == MAP_MAX)
		loader_stop("too many entries for", "MAP_MAX");
	p->map[p->map_count++] = (struct map_entry){ address, bytes, type, 0 };
}

/* A PC with 128 MiB, of which 130684 KiB are usable in whole pages. */
static void map_of_a_pc(struct plan *p)
{
	p->map_count = 0;
	add(p, 0, 0x9fc00, RAM);
	add(p, 0x9fc00, 0x400, RESERVED);
	add(p, 0xf0000, 0x10000, RESERVED);
	add(p, MIB(1), MIB(127), RAM);
}

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

/* The i8042 translates, and says nothing when somebody types. */
static void keyboard_silent(struct plan *p)
{
	enum { DATA = 0x60, COMMAND = 0x64, WRITE_CONFIG = 0x60, TRANSLATE = 0x40 };

	(void)p;
	out(COMMAND, WRITE_CONFIG);
	out(DATA, TRANSLATE);
}

static void map_unsorted(struct plan *p)
{
	p->map_count = 0;
	add(p, MIB(65), MIB(63), RAM);
	add(p, 0xf0000, 0x10000, RESERVED);
	add(p, MIB(1), MIB(64), RAM);
	add(p, 0, 0x9fc00, RAM);
	add(p, 0x9fc00, 0x400, RESERVED);
}

/* What two entries disagree about is unusable, to the byte. */
static void map_overlapping(struct plan *p)
{
	map_of_a_pc(p);
	add(p, MIB(64), MIB(32), RAM);
	add(p, MIB(100), MIB(28), RAM);
	add(p, MIB(16) + 0x10, PAGE, RESERVED);
	add(p, MIB(16) + 0x20, 0x10, RESERVED);
	add(p, MIB(128) - KIB(512), MIB(100), RESERVED);
}

static void map_of_empty_entries(struct plan *p)
{
	map_of_a_pc(p);
	add(p, 0, 0, RAM);
	add(p, 0, 0, RESERVED);
	add(p, MIB(16) + 0x800, 0, RESERVED);
	add(p, MIB(200), 0, RAM);
	add(p, UINT64_MAX, 0, RESERVED);
}

static void map_with_holes(struct plan *p)
{
	map_of_a_pc(p);
	for (unsigned i = 0; i < 100; i++)
		add(p, MIB(2 + i) + KIB(512) + 0x123, 1, RESERVED);
}

/* The worst order: what matters comes last. */
static void map_of_pages(struct plan *p)
{
	p->map_count = 0;
	for (unsigned i = 0; i < 300; i++)
		add(p, MIB(16) + 2 * i * PAGE, PAGE, RAM);
	add(p, 0, 0x9fc00, RAM);
	add(p, MIB(1), MIB(14), RAM);
	add(p, MIB(32), MIB(96), RAM);
}

/* One page too many in each range, so that each falls into several pieces. */
static void map_of_odd_pieces(struct plan *p)
{
	p->map_count = 0;
	for (unsigned i = 0; i < 100; i++)
		add(p, MIB(2) + i * KIB(64) + PAGE, 6 * PAGE, RAM);
	add(p, MIB(1), MIB(1), RAM);
	add(p, MIB(32), MIB(96), RAM);
}

static void map_that_wraps(struct plan *p)
{
	map_of_a_pc(p);
	add(p, UINT64_MAX - PAGE, MIB(1), RAM);
	add(p, UINT64_MAX - MIB(1), UINT64_MAX, RESERVED);
	add(p, MIB(200), UINT64_MAX, RESERVED);
}

static void map_beyond_reach(struct plan *p)
{
	map_of_a_pc(p);
	add(p, GIB(300), GIB(1), RAM);
}

static void map_beyond_memory(struct plan *p)
{
	map_of_a_pc(p);
	add(p, MIB(128), GIB(8) - MIB(128), RAM);
}

static void map_of_everything(struct plan *p)
{
	p->map_count = 0;
	add(p, 0, UINT64_MAX, RAM);
}

static void map_of_nothing(struct plan *p)
{
	map_of_a_pc(p);
	add(p, 0, UINT64_MAX, RESERVED);
}

/* Besides the kernel and the initrd, three pages and what is below 640 KiB. */
static void map_of_little(struct plan *p)
{
	p->map_count = 0;
	add(p, 0, 0x9fc00, RAM);
	add(p, p->kernel.start, p->kernel.end - p->kernel.start + 3 * PAGE, RAM);
	add(p, MIB(64), p->initrd_bytes + PAGE, RAM);
}

static void map_without_the_kernel(struct plan *p)
{
	map_of_a_pc(p);
	add(p, MIB(1), MIB(1), RESERVED);
}

static void map_above_4_gib(struct plan *p)
{
	p->initrd.start = GIB(5);
	p->map_count = 0;
	add(p, GIB(4), GIB(2), RAM);
}

static void no_map(struct plan *p)
{
	p->map_count = 0;
}

static void many_entries(struct plan *p, unsigned count)
{
	map_of_a_pc(p);
	while (p->map_count < count)
		add(p, MIB(128) + p->map_count * PAGE, PAGE, RESERVED);
}

static void map_of_1024_entries(struct plan *p)
{
	many_entries(p, 1024);
}

static void map_of_1025_entries(struct plan *p)
{
	many_entries(p, 1025);
}

/* --- the initrd ---------------------------------------------------------------------- */

/* Put the initrd there, and say so. */
static void put_initrd(struct plan *p, uint64_t start)
{
	p->initrd.start = start;
}

/* Say it is there, wherever it is. */
static void tell_initrd(struct plan *p, uint64_t start, uint64_t end)
{
	p->module[0] = (struct span){ start, end };
}

static void initrd_low(struct plan *p)
{
	put_initrd(p, KIB(64));
}

static void initrd_in_the_first_page(struct plan *p)
{
	put_initrd(p, 0x600);
}

static void initrd_unaligned(struct plan *p)
{
	put_initrd(p, MIB(64) + 0x123);
}

static void initrd_behind_the_kernel(struct plan *p)
{
	put_initrd(p, p->kernel.end);
}

static void initrd_above_4_gib(struct plan *p)
{
	put_initrd(p, GIB(4) + MIB(512));
}

static void initrd_in_the_kernel(struct plan *p)
{
	put_initrd(p, p->kernel.start + KIB(32));
}

static void initrd_into_the_kernel(struct plan *p)
{
	put_initrd(p, p->kernel.start - p->initrd_bytes + 1);
}

static void initrd_around_the_kernel(struct plan *p)
{
	map_of_a_pc(p);
	put_initrd(p, p->kernel.start - KIB(512));
	tell_initrd(p, p->initrd.start, p->kernel.end + MIB(1));
}

static void initrd_over_the_screen(struct plan *p)
{
	map_of_everything(p);
	put_initrd(p, 0xb0000);
}

static void initrd_nowhere(struct plan *p)
{
	tell_initrd(p, 0xe0000000, 0xe0100000);
}

static void initrd_half_in_memory(struct plan *p)
{
	map_of_a_pc(p);
	put_initrd(p, MIB(128) - KIB(4));
}

/* All of it lies in memory, with 2.9 GiB of nothing behind the archive's end. */
static void initrd_huge(struct plan *p)
{
	tell_initrd(p, MIB(64), GIB(2) + MIB(900));
}

static void initrd_to_the_last_byte(struct plan *p)
{
	tell_initrd(p, MIB(64), UINT32_MAX);
}

static void initrd_reversed(struct plan *p)
{
	tell_initrd(p, MIB(64), MIB(63));
}

static void initrd_beyond_reach(struct plan *p)
{
	tell_initrd(p, GIB(1024), GIB(1024) + MIB(1));
}

static void initrd_that_wraps(struct plan *p)
{
	tell_initrd(p, UINT64_MAX - MIB(1), MIB(1));
}

static void initrd_second(struct plan *p)
{
	p->module_count = 2;
	p->module[0] = (struct span){ MIB(70), MIB(70) };
	p->module[1] = (struct span){ p->initrd.start, p->initrd.start + p->initrd_bytes };
}

static void no_module(struct plan *p)
{
	p->module_count = 0;
}

/* The boot information stands behind the end of the archive, in the same module. */
static void initrd_around_the_information(struct plan *p)
{
	p->info = MIB(64) + MIB(1);
	tell_initrd(p, MIB(64), MIB(66));
}

static void modules_at(struct plan *p, uint64_t address)
{
	((struct start_info *)p->built)->modules = address;
}

static void modules_beyond_reach(struct plan *p)
{
	modules_at(p, GIB(4) - 8);
}

static void modules_at_0(struct plan *p)
{
	modules_at(p, 0);
}

/* --- the boot information itself ------------------------------------------------------ */

static void info_in_the_kernel(struct plan *p)
{
	p->info = p->kernel.end - KIB(16);
}

static void info_at_0(struct plan *p)
{
	p->info = 0;
}

static void info_at_the_end(struct plan *p)
{
	p->info = GIB(4) - 4;
	p->put_bytes = 0;
}

static void info_unaligned(struct plan *p)
{
	p->info += 4;
}

static void another_magic(struct plan *p)
{
	p->magic = 0x2badb002;
}

static void put_nothing(struct plan *p)
{
	p->put_bytes = 0;
}

static void info_size(struct plan *p, uint32_t size)
{
	memcpy(p->built, &size, sizeof(size));
}

static void info_of_no_size(struct plan *p)
{
	info_size(p, 0);
}

static void info_of_huge_size(struct plan *p)
{
	info_size(p, UINT32_MAX);
}

static void info_without_end(struct plan *p)
{
	info_size(p, (uint32_t)(p->built_bytes - sizeof(struct tag)));
}

static void tag_of_no_size(struct plan *p)
{
	multiboot2_tag(p, TAG_MAP)->size = 0;
}

static void tag_of_half_a_header(struct plan *p)
{
	multiboot2_tag(p, TAG_MAP)->size = 7;
}

static void tag_of_huge_size(struct plan *p)
{
	multiboot2_tag(p, TAG_MAP)->size = UINT32_MAX;
}

static void tag_beyond_the_end(struct plan *p)
{
	multiboot2_tag(p, TAG_END)->type = 99;
	multiboot2_tag(p, 99)->size = 9;
}

static void short_module_tag(struct plan *p)
{
	multiboot2_tag(p, TAG_MODULE)->size = 15;
}

static void short_map_tag(struct plan *p)
{
	multiboot2_tag(p, TAG_MAP)->size = 15;
}

static void short_pixels_tag(struct plan *p)
{
	multiboot2_tag(p, TAG_PIXELS)->size = 23;
}

static void map_entry_size(struct plan *p, uint32_t size)
{
	*(uint32_t *)(multiboot2_tag(p, TAG_MAP) + 1) = size;
}

static void map_entries_of_no_size(struct plan *p)
{
	map_entry_size(p, 0);
}

static void map_entries_too_small(struct plan *p)
{
	map_entry_size(p, 20);
}

static void map_entries_of_huge_size(struct plan *p)
{
	map_entry_size(p, UINT32_MAX);
}

/* A second map, without the holes of the first. */
static void two_maps(struct plan *p)
{
	static const uint32_t tag[] = { TAG_MAP, 40, 24, 0, 0, 0, 0x10000000, 0, RAM, 0 };
	struct tag *end = multiboot2_tag(p, TAG_END);
	struct tag last = *end;

	plan_add(p, sizeof(tag));
	memcpy(end, tag, sizeof(tag));
	memcpy((char *)end + sizeof(tag), &last, sizeof(last));
	info_size(p, (uint32_t)p->built_bytes);
	p->put_bytes = p->built_bytes;
}

static void pvh_magic(struct plan *p)
{
	((struct start_info *)p->built)->magic++;
}

static void pvh_version_0(struct plan *p)
{
	((struct start_info *)p->built)->version = 0;
}

static void pvh_map_beyond_reach(struct plan *p)
{
	((struct start_info *)p->built)->map = GIB(4) - 8;
}

static void pvh_map_in_the_kernel(struct plan *p)
{
	((struct start_info *)p->built)->map = p->kernel.start;
}

/* --- the command line ----------------------------------------------------------------- */

static void text_of_4_kib(struct plan *p)
{
	static const char word[] = "0123456789abcdef";

	p->text_bytes = KIB(4);
	for (size_t i = 0; i < p->text_bytes; i++)
		p->text[i] = word[i % (sizeof(word) - 1)];
	p->text[p->text_bytes - 1] = '\0';
}

/* And nothing but more text behind it. */
static void text_without_end(struct plan *p)
{
	p->text_bytes = TEXT_MAX;
	memset(p->text, 'x', p->text_bytes);
}

/* Just too long for its last word to be kept whole. */
static void text_of_512_bytes(struct plan *p)
{
	p->text_bytes = 513;
	memset(p->text, 'x', p->text_bytes - 1);
	p->text[p->text_bytes - 1] = '\0';
}

static void text_of_511_bytes(struct plan *p)
{
	p->text_bytes = 512;
	memset(p->text, 'x', p->text_bytes - 1);
	p->text[p->text_bytes - 1] = '\0';
}

static void text_beyond_reach(struct plan *p)
{
	((struct start_info *)p->built)->text = GIB(4) - 8;
}

/* --- the framebuffer ------------------------------------------------------------------- */

static void pixels_32(struct plan *p)
{
	p->pixels = display_start(1024, 768, 32, 1024);
}

static void pixels_24(struct plan *p)
{
	p->pixels = display_start(1024, 768, 24, 1024);
}

static void pixels_with_wide_lines(struct plan *p)
{
	p->pixels = display_start(800, 600, 32, 1104);
}

static void pixels_24_with_wide_lines(struct plan *p)
{
	p->pixels = display_start(800, 600, 24, 1000);
}

/* One that is not shown, wherever it is said to be. */
static void pixels_at(struct plan *p, uint64_t address)
{
	p->pixels = display_describe(address, 1024, 768, 32, 1024);
}

static void pixels_at_0(struct plan *p)
{
	pixels_at(p, 0);
}

static void pixels_in_the_first_page(struct plan *p)
{
	pixels_at(p, 0x10);
}

static void pixels_in_the_kernel(struct plan *p)
{
	pixels_at(p, p->kernel.start + PAGE);
}

static void pixels_into_the_kernel(struct plan *p)
{
	pixels_at(p, p->kernel.start - PAGE);
}

static void pixels_over_the_initrd(struct plan *p)
{
	pixels_at(p, MIB(64) - MIB(1));
}

/* 3 MiB of what the map calls usable. */
static void pixels_in_memory(struct plan *p)
{
	map_of_a_pc(p);
	pixels_at(p, MIB(32));
}

/* No page begins there, the pixels end in another large page, and hardly one is aligned. */
static void pixels_unaligned(struct plan *p)
{
	map_of_a_pc(p);
	pixels_at(p, MIB(32) + 0x123);
	p->pixels.pitch += 1;
}

static void pixels_above_4_gib(struct plan *p)
{
	pixels_at(p, GIB(5));
}

static void pixels_beyond_the_processor(struct plan *p)
{
	pixels_at(p, 1ull << 51);
}

static void pixels_beyond_the_tables(struct plan *p)
{
	pixels_at(p, 1ull << 53);
}

static void pixels_that_wrap(struct plan *p)
{
	pixels_at(p, UINT64_MAX - MIB(1));
}

static void pixels_larger_than_memory(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.width = p->pixels.height = 16384;
	p->pixels.pitch = 16384 * 4;
}

static void pixels_of_huge_lines(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.pitch = UINT32_MAX;
}

static void pixels_of_huge_number(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.width = p->pixels.height = p->pixels.pitch = UINT32_MAX;
}

static void pixels_of_short_lines(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.pitch = 1024 * 4 - 1;
}

static void pixels_16(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.bits = 16;
}

static void pixels_without_colours(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.red_bits = 0;
}

static void pixels_too_few(struct plan *p)
{
	pixels_at(p, GIB(2));
	p->pixels.width = p->pixels.height = 1;
}

/* --- ACPI -------------------------------------------------------------------------------- */

static void acpi_good(struct plan *p)
{
	tables_make(p);
}

static void acpi_none(struct plan *p)
{
	p->rsdp_bytes = 0;
}

/* Its last byte is missing, and the others have a good checksum without it. */
static void rsdp_cut(struct plan *p)
{
	tables_make(p);
	tables.rsdp.sum = (uint8_t)(tables.rsdp.sum + (tables.rsdp.rsdt >> 24));
	p->rsdp_bytes = 19;
}

static void rsdp_beyond_reach(struct plan *p)
{
	p->rsdp = GIB(6);
}

static void rsdp_with_a_bad_sum(struct plan *p)
{
	tables_make(p);
	tables.rsdp.sum++;
}

static void rsdp_with_a_bad_signature(struct plan *p)
{
	tables_make(p);
	tables.rsdp.signature[0] = 'r';
	rsdp_sum();
}

/* Only the part that ACPI 1 knew is good, and leads to the old list. The new one has no MADT. */
static void rsdp_with_a_bad_whole_sum(struct plan *p)
{
	tables_make(p);
	tables.rsdp.whole_sum++;
	tables.xsdt.table[1].address = tables.xsdt.table[0].address;
	table_sum(&tables.xsdt.head);
}

static void rsdp_of_huge_length(struct plan *p)
{
	tables_make(p);
	tables.rsdp.bytes = UINT32_MAX;
	rsdp_sum();
}

static void lists_beyond_reach(struct plan *p)
{
	tables_make(p);
	tables.rsdp.xsdt = GIB(1024);
	tables.rsdp.rsdt = UINT32_MAX - 8;
	rsdp_sum();
}

static void lists_with_bad_sums(struct plan *p)
{
	tables_make(p);
	tables.rsdt.head.sum++;
	tables.xsdt.head.sum++;
}

/* It has no MADT. */
static void new_list_with_a_bad_sum(struct plan *p)
{
	tables_make(p);
	tables.xsdt.table[1].address = tables.xsdt.table[0].address;
	table_sum(&tables.xsdt.head);
	tables.xsdt.head.sum++;
}

static void list_bytes(struct plan *p, uint32_t bytes)
{
	tables_make(p);
	tables.rsdt.head.bytes = tables.xsdt.head.bytes = bytes;
}

static void lists_of_no_length(struct plan *p)
{
	list_bytes(p, 0);
}

static void lists_of_half_a_header(struct plan *p)
{
	list_bytes(p, sizeof(struct table) - 1);
}

static void lists_of_huge_length(struct plan *p)
{
	list_bytes(p, UINT32_MAX);
}

/* An entry and a half: the half does not count. */
static void list_of_half_an_entry(struct plan *p)
{
	tables_make(p);
	tables.xsdt.head.bytes -= 4;
	tables.xsdt.table[0].address = (uint64_t)&tables.madt;
	tables.xsdt.table[1].address = (uint64_t)&tables.fadt;
	table_sum(&tables.xsdt.head);
}

static void list_of_itself(struct plan *p)
{
	tables_make(p);
	tables.xsdt.table[0].address = tables.xsdt.table[1].address = (uint64_t)&tables.xsdt;
	table_sum(&tables.xsdt.head);
}

/* Two million entries, at 128 MiB, and each leads to `table`. */
static void list_of_many(const void *table)
{
	struct table *list = (struct table *)MIB(128);
	uint64_t *entry = (uint64_t *)(list + 1);

	memcpy(list, &tables.xsdt.head, sizeof(*list));
	list->bytes = (uint32_t)MIB(16);
	for (size_t i = 0; i < (list->bytes - sizeof(*list)) / sizeof(*entry); i++)
		memcpy(&entry[i], &table, sizeof(table));
	table_sum(list);
	tables.rsdp.xsdt = (uint64_t)list;
	rsdp_sum();
}

static void huge_list_of_itself(struct plan *p)
{
	tables_make(p);
	list_of_many((const void *)MIB(128));
}

static void huge_list_of_huge_tables(struct plan *p)
{
	struct table *fadt = (struct table *)MIB(192);

	tables_make(p);
	memcpy(fadt, &tables.fadt, sizeof(tables.fadt));
	fadt->bytes = (uint32_t)MIB(16);
	list_of_many(fadt);
}

static void tables_beyond_reach(struct plan *p)
{
	tables_make(p);
	tables.xsdt.table[0].address = GIB(1024);
	tables.xsdt.table[1].address = 0;
	table_sum(&tables.xsdt.head);
}

static void tables_in_the_kernel(struct plan *p)
{
	tables_make(p);
	tables.xsdt.table[0].address = tables.xsdt.table[1].address = p->kernel.start;
	table_sum(&tables.xsdt.head);
}

static void madt_with_a_bad_sum(struct plan *p)
{
	tables_make(p);
	tables.madt.head.sum++;
}

static void madt_of_huge_length(struct plan *p)
{
	tables_make(p);
	tables.madt.head.bytes = UINT32_MAX;
}

static void madt_entry(struct plan *p, uint8_t bytes)
{
	tables_make(p);
	tables.madt.processor[1].bytes = bytes;
	table_sum(&tables.madt.head);
}

static void madt_entry_of_no_size(struct plan *p)
{
	madt_entry(p, 0);
}

static void madt_entry_beyond_the_end(struct plan *p)
{
	madt_entry(p, 255);
}

static void madt_without_entries(struct plan *p)
{
	tables_make(p);
	tables.madt.head.bytes = sizeof(struct table);
	table_sum(&tables.madt.head);
}

static void fadt_too_short(struct plan *p)
{
	tables_make(p);
	tables.fadt.head.bytes = 115;
	table_sum(&tables.fadt.head);
}

static void dsdt_bytes(struct plan *p, uint32_t bytes)
{
	tables_make(p);
	tables.dsdt.head.bytes = bytes;
	table_sum(&tables.dsdt.head);
}

static void dsdt_of_a_header(struct plan *p)
{
	dsdt_bytes(p, sizeof(struct table));
}

static void dsdt_of_one_byte(struct plan *p)
{
	dsdt_bytes(p, sizeof(struct table) + 1);
}

/* The search ends with the name, and what follows it is gone. */
static void dsdt_cut_in_the_package(struct plan *p)
{
	dsdt_bytes(p, sizeof(struct table) + 13);
}

static void dsdt_with_a_bad_sum(struct plan *p)
{
	tables_make(p);
	tables.dsdt.head.sum++;
}

static void dsdt_of_huge_length(struct plan *p)
{
	tables_make(p);
	tables.dsdt.head.bytes = UINT32_MAX;
}

/* A package whose length says that it is 2^28 bytes long. */
static void dsdt_with_a_huge_package(struct plan *p)
{
	tables_make(p);
	tables.dsdt.aml[12] = 0xff;
	table_sum(&tables.dsdt.head);
}

/* --- the table ------------------------------------------------------------------------------ */

/* clang-format off */
const struct scenario scenarios[] = {
	{ "multiboot2", MULTIBOOT2, NULL, NULL },
	{ "pvh", PVH, NULL, NULL },

	{ "map-of-a-pc", MULTIBOOT2, map_of_a_pc, NULL },
	{ "map-unsorted", MULTIBOOT2, map_unsorted, NULL },
	{ "map-unsorted-pvh", PVH, map_unsorted, NULL },
	{ "map-overlapping", MULTIBOOT2, map_overlapping, NULL },
	{ "map-overlapping-pvh", PVH, map_overlapping, NULL },
	{ "map-of-empty-entries", MULTIBOOT2, map_of_empty_entries, NULL },
	{ "map-with-holes", MULTIBOOT2, map_with_holes, NULL },
	{ "map-of-pages", MULTIBOOT2, map_of_pages, NULL },
	{ "map-of-odd-pieces", MULTIBOOT2, map_of_odd_pieces, NULL },
	{ "map-that-wraps", MULTIBOOT2, map_that_wraps, NULL },
	{ "map-beyond-reach", MULTIBOOT2, map_beyond_reach, NULL },
	{ "map-beyond-memory", MULTIBOOT2, map_beyond_memory, NULL },
	{ "map-of-everything", MULTIBOOT2, map_of_everything, NULL },
	{ "map-of-everything-pvh", PVH, map_of_everything, NULL },
	{ "map-of-nothing", MULTIBOOT2, map_of_nothing, NULL },
	{ "map-of-little", MULTIBOOT2, map_of_little, NULL },
	{ "map-without-the-kernel", MULTIBOOT2, map_without_the_kernel, NULL },
	{ "map-above-4-gib", PVH, map_above_4_gib, NULL },
	{ "map-missing", MULTIBOOT2, no_map, NULL },
	{ "map-missing-pvh", PVH, no_map, NULL },
	{ "map-of-1024-entries", PVH, map_of_1024_entries, NULL },
	{ "map-of-1025-entries", PVH, map_of_1025_entries, NULL },
	{ "map-of-1025-entries-multiboot2", MULTIBOOT2, map_of_1025_entries, NULL },
	{ "map-entries-of-no-size", MULTIBOOT2, NULL, map_entries_of_no_size },
	{ "map-entries-too-small", MULTIBOOT2, NULL, map_entries_too_small },
	{ "map-entries-of-huge-size", MULTIBOOT2, NULL, map_entries_of_huge_size },
	{ "two-maps", MULTIBOOT2, NULL, two_maps },
	{ "map-out-of-reach", PVH, NULL, pvh_map_beyond_reach },
	{ "map-in-the-kernel", PVH, NULL, pvh_map_in_the_kernel },

	{ "initrd-low", MULTIBOOT2, initrd_low, NULL },
	{ "initrd-in-the-first-page", MULTIBOOT2, initrd_in_the_first_page, NULL },
	{ "initrd-unaligned", MULTIBOOT2, initrd_unaligned, NULL },
	{ "initrd-behind-the-kernel", MULTIBOOT2, initrd_behind_the_kernel, NULL },
	{ "initrd-above-4-gib", PVH, initrd_above_4_gib, NULL },
	{ "initrd-second", MULTIBOOT2, initrd_second, NULL },
	{ "initrd-around-the-information", MULTIBOOT2, initrd_around_the_information, NULL },
	{ "initrd-in-the-kernel", MULTIBOOT2, initrd_in_the_kernel, NULL },
	{ "initrd-into-the-kernel", MULTIBOOT2, initrd_into_the_kernel, NULL },
	{ "initrd-around-the-kernel", PVH, initrd_around_the_kernel, NULL },
	{ "initrd-over-the-screen", MULTIBOOT2, initrd_over_the_screen, NULL },
	{ "initrd-nowhere", MULTIBOOT2, initrd_nowhere, NULL },
	{ "initrd-half-in-memory", MULTIBOOT2, initrd_half_in_memory, NULL },
	{ "initrd-huge", MULTIBOOT2, initrd_huge, NULL },
	{ "initrd-to-the-last-byte", MULTIBOOT2, initrd_to_the_last_byte, NULL },
	{ "initrd-reversed", MULTIBOOT2, initrd_reversed, NULL },
	{ "initrd-beyond-reach", PVH, initrd_beyond_reach, NULL },
	{ "initrd-that-wraps", PVH, initrd_that_wraps, NULL },
	{ "no-module", MULTIBOOT2, no_module, NULL },
	{ "modules-beyond-reach", PVH, NULL, modules_beyond_reach },
	{ "modules-at-0", PVH, NULL, modules_at_0 },

	{ "info-in-the-kernel", MULTIBOOT2, info_in_the_kernel, NULL },
	{ "info-in-the-kernel-pvh", PVH, info_in_the_kernel, NULL },
	{ "info-at-0", MULTIBOOT2, info_at_0, NULL },
	{ "info-at-0-pvh", PVH, info_at_0, NULL },
	{ "info-at-the-end", MULTIBOOT2, info_at_the_end, put_nothing },
	{ "info-at-the-end-pvh", PVH, info_at_the_end, put_nothing },
	{ "info-unaligned", MULTIBOOT2, info_unaligned, NULL },
	{ "info-of-no-size", MULTIBOOT2, NULL, info_of_no_size },
	{ "info-of-huge-size", MULTIBOOT2, NULL, info_of_huge_size },
	{ "info-without-end", MULTIBOOT2, NULL, info_without_end },
	{ "another-magic", MULTIBOOT2, another_magic, NULL },
	{ "pvh-magic", PVH, NULL, pvh_magic },
	{ "pvh-version-0", PVH, NULL, pvh_version_0 },
	{ "tag-of-no-size", MULTIBOOT2, NULL, tag_of_no_size },
	{ "tag-of-half-a-header", MULTIBOOT2, NULL, tag_of_half_a_header },
	{ "tag-of-huge-size", MULTIBOOT2, NULL, tag_of_huge_size },
	{ "tag-beyond-the-end", MULTIBOOT2, NULL, tag_beyond_the_end },
	{ "short-module-tag", MULTIBOOT2, NULL, short_module_tag },
	{ "short-map-tag", MULTIBOOT2, NULL, short_map_tag },
	{ "short-pixels-tag", MULTIBOOT2, pixels_at_0, short_pixels_tag },

	{ "text-of-4-kib", MULTIBOOT2, text_of_4_kib, NULL },
	{ "text-of-4-kib-pvh", PVH, text_of_4_kib, NULL },
	{ "text-without-end", MULTIBOOT2, text_without_end, NULL },
	{ "text-of-511-bytes", MULTIBOOT2, text_of_511_bytes, NULL },
	{ "text-of-512-bytes", PVH, text_of_512_bytes, NULL },
	{ "text-beyond-reach", PVH, NULL, text_beyond_reach },

	{ "pixels-32", MULTIBOOT2, pixels_32, NULL },
	{ "pixels-24", MULTIBOOT2, pixels_24, NULL },
	{ "pixels-with-wide-lines", MULTIBOOT2, pixels_with_wide_lines, NULL },
	{ "pixels-24-with-wide-lines", MULTIBOOT2, pixels_24_with_wide_lines, NULL },
	{ "pixels-in-memory", MULTIBOOT2, pixels_in_memory, NULL },
	{ "pixels-unaligned", MULTIBOOT2, pixels_unaligned, NULL },
	{ "pixels-above-4-gib", MULTIBOOT2, pixels_above_4_gib, NULL },
	{ "pixels-at-0", MULTIBOOT2, pixels_at_0, NULL },
	{ "pixels-in-the-first-page", MULTIBOOT2, pixels_in_the_first_page, NULL },
	{ "pixels-in-the-kernel", MULTIBOOT2, pixels_in_the_kernel, NULL },
	{ "pixels-into-the-kernel", MULTIBOOT2, pixels_into_the_kernel, NULL },
	{ "pixels-over-the-initrd", MULTIBOOT2, pixels_over_the_initrd, NULL },
	{ "pixels-beyond-the-processor", MULTIBOOT2, pixels_beyond_the_processor, NULL },
	{ "pixels-beyond-the-tables", MULTIBOOT2, pixels_beyond_the_tables, NULL },
	{ "pixels-that-wrap", MULTIBOOT2, pixels_that_wrap, NULL },
	{ "pixels-larger-than-memory", MULTIBOOT2, pixels_larger_than_memory, NULL },
	{ "pixels-of-huge-lines", MULTIBOOT2, pixels_of_huge_lines, NULL },
	{ "pixels-of-huge-number", MULTIBOOT2, pixels_of_huge_number, NULL },
	{ "pixels-of-short-lines", MULTIBOOT2, pixels_of_short_lines, NULL },
	{ "pixels-16", MULTIBOOT2, pixels_16, NULL },
	{ "pixels-without-colours", MULTIBOOT2, pixels_without_colours, NULL },
	{ "pixels-too-few", MULTIBOOT2, pixels_too_few, NULL },

	{ "keyboard-silent", MULTIBOOT2, keyboard_silent, NULL },

	{ "acpi-good", MULTIBOOT2, acpi_good, NULL },
	{ "acpi-good-pvh", PVH, acpi_good, NULL },
	{ "acpi-none", MULTIBOOT2, acpi_none, NULL },
	{ "rsdp-cut", MULTIBOOT2, rsdp_cut, NULL },
	{ "rsdp-beyond-reach", PVH, rsdp_beyond_reach, NULL },
	{ "rsdp-with-a-bad-sum", MULTIBOOT2, rsdp_with_a_bad_sum, NULL },
	{ "rsdp-with-a-bad-signature", PVH, rsdp_with_a_bad_signature, NULL },
	{ "rsdp-with-a-bad-whole-sum", MULTIBOOT2, rsdp_with_a_bad_whole_sum, NULL },
	{ "rsdp-of-huge-length", MULTIBOOT2, rsdp_of_huge_length, NULL },
	{ "lists-beyond-reach", MULTIBOOT2, lists_beyond_reach, NULL },
	{ "lists-with-bad-sums", MULTIBOOT2, lists_with_bad_sums, NULL },
	{ "new-list-with-a-bad-sum", MULTIBOOT2, new_list_with_a_bad_sum, NULL },
	{ "lists-of-no-length", MULTIBOOT2, lists_of_no_length, NULL },
	{ "lists-of-half-a-header", MULTIBOOT2, lists_of_half_a_header, NULL },
	{ "lists-of-huge-length", MULTIBOOT2, lists_of_huge_length, NULL },
	{ "list-of-half-an-entry", MULTIBOOT2, list_of_half_an_entry, NULL },
	{ "list-of-itself", MULTIBOOT2, list_of_itself, NULL },
	{ "huge-list-of-itself", MULTIBOOT2, huge_list_of_itself, NULL },
	{ "huge-list-of-huge-tables", MULTIBOOT2, huge_list_of_huge_tables, NULL },
	{ "tables-beyond-reach", MULTIBOOT2, tables_beyond_reach, NULL },
	{ "tables-in-the-kernel", MULTIBOOT2, tables_in_the_kernel, NULL },
	{ "madt-with-a-bad-sum", MULTIBOOT2, madt_with_a_bad_sum, NULL },
	{ "madt-of-huge-length", MULTIBOOT2, madt_of_huge_length, NULL },
	{ "madt-entry-of-no-size", MULTIBOOT2, madt_entry_of_no_size, NULL },
	{ "madt-entry-beyond-the-end", MULTIBOOT2, madt_entry_beyond_the_end, NULL },
	{ "madt-without-entries", MULTIBOOT2, madt_without_entries, NULL },
	{ "fadt-too-short", MULTIBOOT2, fadt_too_short, NULL },
	{ "dsdt-of-a-header", MULTIBOOT2, dsdt_of_a_header, NULL },
	{ "dsdt-of-one-byte", MULTIBOOT2, dsdt_of_one_byte, NULL },
	{ "dsdt-cut-in-the-package", MULTIBOOT2, dsdt_cut_in_the_package, NULL },
	{ "dsdt-with-a-bad-sum", MULTIBOOT2, dsdt_with_a_bad_sum, NULL },
	{ "dsdt-of-huge-length", MULTIBOOT2, dsdt_of_huge_length, NULL },
	{ "dsdt-with-a-huge-package", MULTIBOOT2, dsdt_with_a_huge_package, NULL },
};
/* clang-format on */

const size_t scenario_count = ARRAY_SIZE(scenarios);
