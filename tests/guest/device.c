/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory of devices: what it makes, how it is mapped, and what is not there. */
#include "helper.h"

#include "message.h"
#include "world.h"

enum {
	VIDEO_BITS = 17, /* the video memory of every PC, 0xa0000 to 0xc0000 */
	TEXT_PAGE = 24,	 /* of it, where characters are kept */
};

#define VIDEO 0xa0000ull

static bool holds(const struct untyped_info *u, uint64_t start, uint64_t bytes)
{
	return start < u->address + (1ull << u->bits) && u->address < start + bytes;
}

/* The untyped of a device that has this memory; 0: none. */
static cptr_t device_at(uint64_t address)
{
	for (uint32_t i = 0; i < boot->untyped_count; i++)
		if (boot->untyped[i].device && holds(&boot->untyped[i], address, 1))
			return boot->untyped_first + i;
	return 0;
}

static bool is_device(cptr_t cptr)
{
	return describe(cptr).kind & DESCRIBE_DEVICE;
}

/* The 32 pages of video memory, in slots of our own. What came of it before is gone. */
static cptr_t video_pages(void)
{
	const word_t pages = 1 << (VIDEO_BITS - PAGE_BITS);
	cptr_t video = device_at(VIDEO), first = slots_new(pages);
	word_t done;

	NEED(video ? OK : ERR_BAD_CAP);
	NEED(kozo_cnode_revoke(SLOT_CNODE, video));
	NEED(kozo_untyped_retype(video, OBJECT_FRAME, PAGE_BITS, SLOT_CNODE, first, pages, &done));
	return first;
}

static void video_end(void)
{
	EXPECT_STATUS(kozo_cnode_revoke(SLOT_CNODE, device_at(VIDEO)), OK);
	EXPECT(describe(device_at(VIDEO)).badge, 0);
}

TEST(device_apart, "no memory of a device is RAM, and none is an interrupt controller")
{
	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		const struct untyped_info *u = &boot->untyped[i];

		EXPECT(is_device(boot->untyped_first + i), u->device);
		for (uint32_t k = 0; k < i; k++)
			if (holds(u, boot->untyped[k].address, 1ull << boot->untyped[k].bits))
				fail("untyped %u and %u overlap", k, i);
		if (!u->device)
			continue;
		EXPECT(holds(u, 0xfec00000, PAGE), false);
		EXPECT(holds(u, 0xfee00000, PAGE), false);
		EXPECT(holds(u, 0, PAGE), false);
	}
	EXPECT(device_at(VIDEO) != 0, true);
}

TEST(device_makes, "memory of a device makes Frames and Untypeds, and no object")
{
	cptr_t video = device_at(VIDEO), slot = slot_new(), part = slot_new();
	word_t done;

	NEED(kozo_cnode_revoke(SLOT_CNODE, video));
	for (word_t type = 0; type < OBJECT_TYPES; type++) {
		word_t size = type == OBJECT_PAGE_TABLE ? 1 : type == OBJECT_CNODE ? 2 : 0;

		if (type != OBJECT_UNTYPED && type != OBJECT_FRAME)
			EXPECT_STATUS(
				kozo_untyped_retype(video, type, size, SLOT_CNODE, slot, 1, &done),
				ERR_BAD_ARG);
	}
	EXPECT(gone(slot), true);
	EXPECT_STATUS(kozo_untyped_retype(video, OBJECT_UNTYPED, 14, SLOT_CNODE, slot, 1, &done),
		      OK);
	EXPECT(is_device(slot), true);
	EXPECT_STATUS(kozo_untyped_retype(slot, OBJECT_ENDPOINT, 0, SLOT_CNODE, part, 1, &done),
		      ERR_BAD_ARG);
	EXPECT_STATUS(kozo_untyped_retype(slot, OBJECT_FRAME, 13, SLOT_CNODE, part, 1, &done), OK);
	EXPECT(is_device(part), true);
	EXPECT(is_device(part_of(part, RW, 12 | PAGE)), true);
	EXPECT(is_device(make(OBJECT_FRAME, PAGE_BITS)), false);
	video_end();
}

TEST(device_mapped, "a frame of a device is mapped uncached or write-combining, and RAM is not")
{
	cptr_t text = video_pages() + TEXT_PAGE, ram = make(OBJECT_FRAME, PAGE_BITS);
	cptr_t cnode = make(OBJECT_CNODE, 2);
	const word_t flags[] = { 0, MAP_WRITE_COMBINING };
	paddr_t address = 0;
	word_t done;

	make_tables(SLOT_VSPACE, AREA);
	EXPECT_STATUS(kozo_frame_address(text, &address), OK);
	EXPECT(address, VIDEO + TEXT_PAGE * PAGE);
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		EXPECT_STATUS(kozo_frame_map(text, SLOT_VSPACE, AREA, RW, flags[i]), OK);
		*at(AREA) = 0x0741074f075a076b;
		EXPECT(*at(AREA), 0x0741074f075a076b);
		EXPECT_STATUS(kozo_frame_protect(text, RW, MAP_WRITE_COMBINING), ERR_BAD_ARG);
		EXPECT_STATUS(kozo_frame_protect(text, RIGHT_READ, 0), OK);
		EXPECT_STATUS(kozo_frame_unmap(text), OK);
	}
	EXPECT_STATUS(kozo_frame_map(ram, SLOT_VSPACE, AREA, RW, MAP_WRITE_COMBINING), ERR_BAD_ARG);
	NEED(kozo_cnode_move(cnode, 1, 0, ram));
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, 1, AREA, RW, MAP_WRITE_COMBINING,
					    &done),
		      ERR_BAD_ARG);
	video_end();
}

TEST(device_range, "VSpace.map_range maps pages of a device between pages of RAM")
{
	cptr_t text = video_pages() + TEXT_PAGE, cnode = make(OBJECT_CNODE, 3);
	word_t done = 0, violated = 0;
	vaddr_t reached;

	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_untyped_retype(world, OBJECT_FRAME, PAGE_BITS, cnode, 1, 5, &done));
	NEED(kozo_cnode_delete(cnode, 3));
	NEED(kozo_cnode_move(cnode, 3, SLOT_CNODE, text));
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 1, 5, AREA, RW, 0, &done), OK);
	EXPECT(done, 5);
	*at(AREA + 2 * PAGE) = 0x0741074f075a076b;
	EXPECT(*at(AREA + 2 * PAGE), 0x0741074f075a076b);
	EXPECT(*at(AREA + 3 * PAGE), 0);
	/* A debug kernel can see how each is mapped. */
	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK)
		EXPECT(violated, 0);
	NEED(kozo_vspace_unmap_range(SLOT_VSPACE, AREA, 5 * PAGE, &reached));
	EXPECT_STATUS(kozo_vspace_map_range(SLOT_VSPACE, cnode, 3, 2, AREA, RW, MAP_WRITE_COMBINING,
					    &done),
		      ERR_BAD_ARG);
	EXPECT(done, 1);
	video_end();
}

TEST(device_kept, "memory of a device is not zeroed when it is made into frames again")
{
	cptr_t text = video_pages() + TEXT_PAGE;

	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(text, SLOT_VSPACE, AREA, RW, 0));
	*at(AREA) = 0x0731073207330734;
	text = video_pages() + TEXT_PAGE;
	NEED(kozo_frame_map(text, SLOT_VSPACE, AREA, RW, 0));
	EXPECT(*at(AREA), 0x0731073207330734);
	video_end();
}

TEST(device_buffer, "Thread.configure refuses a device's memory as IPC buffer")
{
	cptr_t thread = make(OBJECT_THREAD, 0), text = video_pages() + TEXT_PAGE;

	EXPECT_STATUS(kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, text), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_start(thread, AREA, AREA, 0), ERR_STATE);
	video_end();
}

/* The check of the debug kernel sees that the copy is mapped uncached, too. */
TEST(device_forked, "VSpace.fork_range shares a device's memory as it is mapped")
{
	cptr_t text = video_pages() + TEXT_PAGE, space = make(OBJECT_VSPACE, 0), slot = slot_new();
	word_t done;
	vaddr_t reached;

	make_tables(SLOT_VSPACE, AREA);
	make_tables(space, AREA);
	NEED(kozo_frame_map(text, SLOT_VSPACE, AREA, RW, MAP_WRITE_COMBINING));
	EXPECT_STATUS(kozo_vspace_fork_range(SLOT_VSPACE, space, AREA, PAGE, SLOT_CNODE, slot, RW,
					     &done, &reached),
		      OK);
	EXPECT(done, 1);
	EXPECT(is_device(slot), true);
	video_end();
	EXPECT(gone(slot), true);
}

/* --- addresses of several frames ------------------------------------------------ */

static word_t listed(unsigned n)
{
	return kozo_ipc_buffer()->word[IPC_REGISTERS + n];
}

TEST(addresses, "CNode.addresses lists where frames lie, and stops at what is no frame")
{
	cptr_t cnode = make(OBJECT_CNODE, 3);
	paddr_t address = 0;
	word_t done;

	NEED(kozo_untyped_retype(world, OBJECT_FRAME, PAGE_BITS, cnode, 1, 3, &done));
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 1, 3, &done), OK);
	EXPECT(done, 3);
	for (unsigned i = 0; i < 3; i++) {
		cptr_t frame = slot_new();

		NEED(kozo_cnode_copy(SLOT_CNODE, frame, cnode, 1 + i));
		NEED(kozo_frame_address(frame, &address));
		EXPECT(listed(i), address);
	}
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 8, 0, &done), OK);
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 2, 3, &done), ERR_BAD_CAP);
	EXPECT(done, 2);
	NEED(kozo_cnode_copy(cnode, 4, SLOT_CNODE, SLOT_VSPACE));
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 3, 2, &done), ERR_WRONG_TYPE);
	EXPECT(done, 1);
	NEED(kozo_cnode_mint(cnode, 5, cnode, 1, RW, 0));
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 5, 1, &done), ERR_NO_RIGHT);
	EXPECT(done, 0);
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 0, 1, &done), ERR_RANGE);
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 7, 2, &done), ERR_RANGE);
	EXPECT_STATUS(kozo_cnode_addresses(cnode, 1, LIST_MAX + 1, &done), ERR_BAD_ARG);
}

static void asks_for_addresses(struct helper *h)
{
	word_t done;

	h->status = kozo_cnode_addresses(h->in[0], 1, 1, &done);
	h->step = 1;
}

TEST(addresses_without_buffer, "a thread without an IPC buffer is told no addresses")
{
	struct helper h = { .in = { make(OBJECT_CNODE, 2) } };

	helper_go(&h, asks_for_addresses);
	EXPECT(h.step, 1);
	EXPECT_STATUS(h.status, ERR_BAD_ARG);
}

/* --- an end on a device ----------------------------------------------------------- */

/* init ends with its frame pointer in memory that the kernel does not reach. */
void device_crash(void)
{
	const uint64_t beyond_ram = 1ull << 31;
	cptr_t device = device_at(beyond_ram), frame = slot_new();
	word_t done;

	NEED(device ? OK : ERR_BAD_CAP);
	NEED(kozo_untyped_retype(device, OBJECT_FRAME, PAGE_BITS, SLOT_CNODE, frame, 1, &done));
	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	__asm__ volatile("mov %0, %%rbp\n\tud2" : : "r"(AREA));
}
