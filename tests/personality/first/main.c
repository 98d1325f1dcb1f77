/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The first stage of the test personality: init. It fills the personality region with
 * the image `personality` and with the initrd, and goes on there.
 */
#include <string.h>

#include "cpio.h"
#include "handover.h"
#include "kozo_stubs.h"
#include "start.h"

enum { LEVEL_BITS = 9 };

static const struct boot_info *boot;
static struct handover handover;

static void take_memory(void)
{
	struct memory *memory = &handover.memory;

	memory->cnode = SLOT_CNODE;
	memory->object_bits = boot->object_bits;
	slots_begin(&memory->slots, boot->slot_first_free,
		    boot->slot_count - boot->slot_first_free);
	for (uint32_t i = 0; i < boot->untyped_count; i++)
		if (!boot->untyped[i].device &&
		    !pool_add(&memory->pool, boot->untyped_first + i, boot->untyped[i].bits))
			panic("too many untypeds");
}

/* The tables that lead to an address, from that of the region to one of level `last`. */
static void make_tables(vaddr_t address, unsigned last)
{
	for (unsigned level = PAGE_TABLE_LEVELS; level >= last; level--) {
		cptr_t table;

		NEED(memory_make(&handover.memory, OBJECT_PAGE_TABLE, level, &table));

		status_t status = kozo_page_table_install(table, SLOT_VSPACE, address);

		if (status == ERR_MAPPED)
			status = memory_drop(&handover.memory, table);
		else if (level == PAGE_TABLE_LEVELS)
			handover.region = table;
		need(status, "a table of the region");
	}
}

static void load_page(const struct image *image, const uint8_t *file, vaddr_t page)
{
	rights_t rights =
		page < image->data ? RIGHT_READ | RIGHT_EXECUTE : RIGHT_READ | RIGHT_WRITE;
	cptr_t frame;

	NEED(memory_make(&handover.memory, OBJECT_FRAME, PAGE_BITS, &frame));
	NEED(kozo_frame_map(frame, SLOT_VSPACE, page, RIGHT_READ | RIGHT_WRITE, 0));
	if (page < image->data_end)
		memcpy((void *)page, file + (page - REGION_BASE),
		       image->data_end - page < PAGE ? image->data_end - page : PAGE);
	NEED(kozo_frame_protect(frame, rights, 0));
}

/* Where the frames are as far into 1 GiB as the kernel put them, the tables fit. */
static void map_initrd(void)
{
	vaddr_t at = PLACE_INITRD + boot->initrd % GIGA / PAGE * PAGE;

	handover.initrd = (const void *)(at + boot->initrd % PAGE);
	for (uint32_t i = 0; i < boot->initrd_count; i++) {
		word_t kind, badge, number;
		rights_t rights;
		cptr_t frame = slots_take(&handover.memory.slots, 1);

		NEED(kozo_cnode_copy(SLOT_CNODE, frame, SLOT_CNODE, boot->initrd_first + i));
		NEED(kozo_cnode_describe(SLOT_CNODE, frame, &kind, &rights, &badge, &number));

		unsigned bits = kind >> DESCRIBE_SIZE_SHIFT & 0xff;

		make_tables(at, (bits - PAGE_BITS) / LEVEL_BITS + 1);
		NEED(kozo_frame_map(frame, SLOT_VSPACE, at, RIGHT_READ, 0));
		at += 1ull << bits;
	}
}

int main(const void *info)
{
	struct cpio archive;
	struct cpio_file file;

	boot = info;
	kozo_begin("first stage", boot->ipc_buffer);
	take_memory();
	memcpy(handover.object_bits, boot->object_bits, sizeof(handover.object_bits));
	handover.initrd_bytes = boot->initrd_bytes;
	cpio_open(&archive, (const void *)boot->initrd, boot->initrd_bytes);
	if (cpio_find(&archive, "personality", &file) != CPIO_FILE)
		panic("there is no personality");

	struct image image;

	memcpy(&image, file.data, sizeof(image));
	if (image.end > PLACE_SCRATCH)
		panic("the personality is too large");
	make_tables(REGION_BASE, 1);
	make_tables(PLACE_SCRATCH, 1);
	for (vaddr_t page = REGION_BASE; page < image.end; page += PAGE)
		load_page(&image, file.data, page);
	map_initrd();
	((void (*)(const struct handover *))image.entry)(&handover);
	panic("the personality returned");
}
