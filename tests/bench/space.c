/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The second address space: the same pages, mapped by copies of their capabilities. */
#include "bench.h"
#include "cpio.h"
#include "elf.h"

enum { LARGE = 512 * PAGE };

static struct elf program;
static cptr_t next_object = SLOT_BOOT_OBJECTS;

static void read_program(void)
{
	struct cpio archive;
	struct cpio_file file;

	cpio_open(&archive, (const void *)boot->initrd, boot->initrd_bytes);
	if (cpio_find(&archive, "init", &file) != CPIO_FILE ||
	    elf_open(&program, file.data, file.size))
		panic("we are not in the initrd");
}

/* The kernel made our pages in the order of their addresses, with tables in between. */
static cptr_t next_page(void)
{
	word_t kind, badge, number;
	rights_t rights;

	do
		NEED(kozo_cnode_describe(SLOT_CNODE, next_object++, &kind, &rights, &badge,
					 &number));
	while ((kind & ((1 << DESCRIBE_SIZE_SHIFT) - 1)) != OBJECT_FRAME);
	return next_object - 1;
}

static void map_segment(cptr_t space, const struct elf_segment *s)
{
	for (vaddr_t page = s->address & ~(vaddr_t)(PAGE - 1); page < s->address + s->memory_size;
	     page += PAGE) {
		cptr_t copy = slots(1);

		if (page % LARGE == 0)
			make_tables(space, page);
		NEED(kozo_cnode_copy(SLOT_CNODE, copy, SLOT_CNODE, next_page()));
		NEED(kozo_frame_map(copy, space, page, s->rights, 0));
	}
}

cptr_t space_there(void)
{
	cptr_t space = make(OBJECT_VSPACE, 0);

	read_program();
	for (size_t i = 0; i < program.segment_count; i++)
		map_segment(space, &program.segment[i]);
	return space;
}
