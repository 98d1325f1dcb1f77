/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Mapping in our own space, which therefore is in the TLB; and a fork into another one. */
#include "bench.h"

enum { PAGES = 512, FIRST = 1, CNODE_BITS = 10, READ_WRITE = RIGHT_READ | RIGHT_WRITE };

#define BYTES ((word_t)PAGES * PAGE)

static void measure_one(void)
{
	unsigned map = row("map", 1), protect = row("protect", 1);
	unsigned unmap = row("unmap", 1);
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

	for (unsigned i = 0; i < TIMES; i++) {
		SAMPLE(map, kozo_frame_map(frame, SLOT_VSPACE, AREA, READ_WRITE, 0));
		SAMPLE(protect, kozo_frame_protect(frame, RIGHT_READ, 0));
		SAMPLE(unmap, kozo_frame_unmap(frame));
	}
}

static void measure_ranges(cptr_t cnode)
{
	unsigned map = row("map-range", PAGES);
	unsigned protect = row("protect-range", PAGES);
	unsigned unmap = row("unmap-range", PAGES);
	word_t done;
	vaddr_t reached;

	for (unsigned i = 0; i < TIMES; i++) {
		SAMPLE(map, kozo_vspace_map_range(SLOT_VSPACE, cnode, FIRST, PAGES, AREA,
						  READ_WRITE, 0, &done));
		SAMPLE(protect, kozo_vspace_protect_range(SLOT_VSPACE, AREA, BYTES, RIGHT_READ, 0,
							  &reached));
		SAMPLE(unmap, kozo_vspace_unmap_range(SLOT_VSPACE, AREA, BYTES, &reached));
	}
}

/* As of a process that has written to all of its pages since it last forked. */
static void measure_fork(cptr_t cnode)
{
	unsigned number = row("fork-range", PAGES);
	cptr_t children = make(OBJECT_CNODE, CNODE_BITS), space = make(OBJECT_VSPACE, 0);
	word_t done;
	vaddr_t reached;

	make_tables(space, AREA);
	NEED(kozo_vspace_map_range(SLOT_VSPACE, cnode, FIRST, PAGES, AREA, READ_WRITE, 0, &done));
	for (unsigned i = 0; i < TIMES; i++) {
		for (word_t page = 0; page < PAGES; page++)
			*(volatile word_t *)(AREA + page * PAGE) = i;
		SAMPLE(number, kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, BYTES, children,
						      FIRST, READ_WRITE, &done, &reached));
		NEED(kozo_cnode_delete_range(children, FIRST, PAGES, &done));
		NEED(kozo_vspace_protect_range(SLOT_VSPACE, AREA, BYTES, READ_WRITE, 0, &reached));
	}
	NEED(kozo_vspace_unmap_range(SLOT_VSPACE, AREA, BYTES, &reached));
}

void bench_pages(void)
{
	cptr_t cnode = make(OBJECT_CNODE, CNODE_BITS);

	make_at(cnode, FIRST, OBJECT_FRAME, PAGE_BITS, PAGES);
	make_tables(SLOT_VSPACE, AREA);
	measure_one();
	measure_ranges(cnode);
	measure_fork(cnode);
}
