/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "process.h"

#include <assert.h>
#include <string.h>

#include "describe.h"
#include "kozo_stubs.h"
#include "memory.h"
#include "window.h"

enum { PAGE_SIZE = 1 << PAGE_BITS };

/* A process that is being built, and what it will be told when it starts. */
struct building {
	struct process *p;
	const struct process_plan *plan;
	struct space space;
	unsigned pages_bits;
	struct start_info start;
};

static vaddr_t page_start(vaddr_t address)
{
	return address & ~(vaddr_t)(PAGE_SIZE - 1);
}

static vaddr_t page_end(vaddr_t address)
{
	return page_start(address + PAGE_SIZE - 1);
}

/* --- what it takes ------------------------------------------------------- */

static size_t image_bytes(const struct elf *elf)
{
	size_t bytes = 0;

	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segment[i];

		bytes += page_end(s->address + s->memory_size) - page_start(s->address);
	}
	return bytes;
}

/* Slots for its frames and tables, at most. */
static unsigned plan_pages(const struct process_plan *plan)
{
	size_t own = image_bytes(plan->elf) + (2ul << PROCESS_STACK_BITS) + 2ul * PAGE_SIZE;
	size_t shared = plan->initrd.count ? plan->initrd_bytes : 0;
	size_t frames = plan->kept.count + plan->boot.count + plan->initrd.count;
	size_t regions = plan->elf->segment_count + 4ul + plan->kept.count;

	for (size_t i = 0; i < plan->device_count; i++) {
		const struct process_device *d = &plan->devices[i];

		if (!d->frames.count)
			continue;
		frames += d->frames.count;
		shared += d->told.last - d->told.first + 1;
		regions++;
	}
	return log2_up(1 + own / PAGE_SIZE + frames + space_tables_most(own + shared, regions));
}

/* --- the steps of building one ------------------------------------------- */

static status_t make_at(const struct building *b, enum process_slot slot, enum object_type type,
			word_t size)
{
	word_t done;

	return kozo_untyped_retype(b->space.arena, type, size, SLOT_CNODE, b->p->slots + slot, 1,
				   &done);
}

static status_t make_objects(struct building *b)
{
	const struct process_plan *plan = b->plan;
	status_t status = make_at(b, PROCESS_VSPACE, OBJECT_VSPACE, 0);

	if (status == OK)
		status = make_at(b, PROCESS_PAGES, OBJECT_CNODE, b->pages_bits);
	if (status == OK && plan->cnode_bits)
		status = make_at(b, PROCESS_CNODE, OBJECT_CNODE, plan->cnode_bits);
	if (status == OK)
		status = make_at(b, PROCESS_THREAD, OBJECT_THREAD, 0);
	if (status == OK)
		status = make_at(b, PROCESS_TIME, OBJECT_SCHED_CONTEXT, 0);
	return status;
}

/* The part of a segment's file bytes that falls into the page at `page`. */
static status_t fill_page(struct building *b, const struct elf_segment *s, vaddr_t page)
{
	vaddr_t start = page > s->address ? page : s->address;
	vaddr_t end = s->address + s->file_size;

	if (end > page + PAGE_SIZE)
		end = page + PAGE_SIZE;
	if (start >= end)
		return OK;
	return window_fill(b->space.work, start - page,
			   b->plan->elf->base + s->offset + (start - s->address), end - start);
}

static status_t map_segment(struct building *b, const struct elf_segment *s)
{
	struct space *space = &b->space;
	vaddr_t end = s->address + s->memory_size;
	status_t status = OK;

	for (vaddr_t page = page_start(s->address); status == OK && page < end; page += PAGE_SIZE) {
		status = space_new(space, PAGE_BITS, page);
		if (status == OK)
			status = fill_page(b, s, page);
		if (status == OK)
			status = space_place(space, PAGE_BITS, page, s->rights);
	}
	return status;
}

static status_t map_image(struct building *b)
{
	const struct elf *elf = b->plan->elf;
	status_t status = OK;

	for (size_t i = 0; status == OK && i < elf->segment_count; i++)
		status = map_segment(b, &elf->segment[i]);
	b->p->entry = elf->entry;
	return status;
}

/* What comes next starts above one page that stays unmapped. */
static vaddr_t above_guard(const struct space *space)
{
	return space->top + PAGE_SIZE;
}

/* One frame: whoever looks into it after a crash finds it whole. */
static status_t map_stack(struct building *b)
{
	const vaddr_t size = (vaddr_t)1 << PROCESS_STACK_BITS;
	struct space *space = &b->space;
	vaddr_t address = (above_guard(space) + size - 1) & ~(size - 1);
	status_t status = space_new(space, PROCESS_STACK_BITS, address);

	if (status == OK)
		status = space_place(space, PROCESS_STACK_BITS, address, RIGHT_READ | RIGHT_WRITE);
	b->p->stack = space->used - 1;
	b->p->stack_top = space->top;
	return status;
}

/* The thread takes its buffer from the work slot, on the frame's way through. */
static status_t map_ipc_buffer(struct building *b)
{
	struct space *space = &b->space;
	cptr_t slots = b->p->slots;
	vaddr_t page = above_guard(space);
	status_t status = space_new(space, PAGE_BITS, page);

	if (status == OK)
		status = kozo_thread_configure(slots + PROCESS_THREAD, slots + PROCESS_CNODE,
					       space->vspace, space->work);
	if (status == OK)
		status = space_place(space, PAGE_BITS, page, RIGHT_READ | RIGHT_WRITE);
	b->start.ipc_buffer = page;
	return status;
}

static status_t share_frame(struct space *space, cptr_t frame, vaddr_t *address, rights_t rights)
{
	struct description d;
	status_t status = kozo_describe(SLOT_CNODE, frame, &d);

	if (status == OK)
		status = space_share(space, frame, d.size, *address, rights);
	if (status != OK)
		return status;
	*address += (vaddr_t)1 << d.size;
	return space_place(space, d.size, *address - ((vaddr_t)1 << d.size), rights);
}

/* Frames that lie one after the other, from `address` on. */
static status_t share_frames(struct space *space, const struct process_frames *frames,
			     vaddr_t address, rights_t rights)
{
	status_t status = OK;

	for (size_t i = 0; status == OK && i < frames->count; i++)
		status = share_frame(space, frames->first + i, &address, rights);
	return status;
}

/* The first address above what there is that is a multiple of the first, and largest, frame. */
static status_t above_aligned(const struct space *space, const struct process_frames *frames,
			      vaddr_t *address)
{
	struct description d;
	status_t status = kozo_describe(SLOT_CNODE, frames->first, &d);

	if (status == OK)
		*address = (above_guard(space) + ((vaddr_t)1 << d.size) - 1) >> d.size << d.size;
	return status;
}

static status_t map_kept(struct building *b)
{
	const struct process_frames *kept = &b->plan->kept;

	if (!kept->count)
		return OK;

	status_t status = above_aligned(&b->space, kept, &b->start.kept);

	if (status == OK)
		status = share_frames(&b->space, kept, b->start.kept, RIGHT_READ | RIGHT_WRITE);
	b->start.kept_bytes = b->space.top - b->start.kept;
	return status;
}

static status_t map_boot(struct building *b)
{
	const struct process_frames *boot = &b->plan->boot;

	if (!boot->count)
		return OK;

	status_t status = above_aligned(&b->space, boot, &b->start.boot);

	if (status == OK)
		status = share_frames(&b->space, boot, b->start.boot, RIGHT_READ);
	return status;
}

/*
 * For frames of several sizes, each of which begins at a multiple of its own if the
 * first is at `like`: then that is so, too, wherever they are away from there by a
 * multiple of the largest.
 */
static vaddr_t above_like(const struct space *space, uint64_t like)
{
	const vaddr_t largest = (vaddr_t)1 << FRAME_BITS_MAX;
	vaddr_t base = (above_guard(space) + largest - 1) & ~(largest - 1);

	return base + like % largest;
}

/* The kernel mapped it for init where all frames are at multiples of their sizes. */
static status_t map_initrd(struct building *b)
{
	const struct process_plan *plan = b->plan;
	vaddr_t address = above_like(&b->space, page_start(plan->initrd_address));

	if (!plan->initrd.count)
		return OK;
	b->start.initrd = address + plan->initrd_address % PAGE_SIZE;
	b->start.initrd_bytes = plan->initrd_bytes;
	return share_frames(&b->space, &plan->initrd, address, RIGHT_READ);
}

/* Frames of a device are aligned where it is itself. */
static status_t map_device(struct building *b, size_t i)
{
	const struct process_device *d = &b->plan->devices[i];
	struct start_device *told = &b->start.device[i];

	*told = d->told;
	if (!d->frames.count)
		return OK;
	told->address = above_like(&b->space, told->first);
	return share_frames(&b->space, &d->frames, told->address, d->rights);
}

static status_t map_devices(struct building *b)
{
	status_t status = OK;

	for (size_t i = 0; status == OK && i < b->plan->device_count; i++)
		status = map_device(b, i);
	return status;
}

static status_t map_start_info(struct building *b)
{
	struct space *space = &b->space;
	vaddr_t page = above_guard(space);
	status_t status = space_new(space, PAGE_BITS, page);

	if (status == OK)
		status = window_fill(space->work, 0, &b->start, sizeof(b->start));
	if (status == OK)
		status = space_place(space, PAGE_BITS, page, RIGHT_READ);
	b->p->start_info = page;
	return status;
}

/* In this order: addresses ascend, and the last page tells where the others are. */
static status_t (*const steps[])(struct building *b) = {
	make_objects, map_image,  map_stack,   map_ipc_buffer, map_kept,
	map_boot,     map_initrd, map_devices, map_start_info,
};

status_t process_create(struct process *p, const struct process_plan *plan)
{
	cptr_t slots = plan->slots;
	struct building b = {
		.p = p,
		.plan = plan,
		.space = { .arena = slots + PROCESS_ARENA,
			   .vspace = slots + PROCESS_VSPACE,
			   .pages = slots + PROCESS_PAGES,
			   .work = slots + PROCESS_WORK,
			   .used = 1 },
		.pages_bits = plan_pages(plan),
		.start = { .abi_hash = KOZO_ABI_HASH, .instance = plan->instance },
	};
	size_t name_length = strlen(plan->name);
	status_t status = OK;

	assert(name_length < sizeof(b.start.name));
	memcpy(b.start.name, plan->name, name_length);
	if (plan->object_bits)
		memcpy(b.start.object_bits, plan->object_bits, sizeof(b.start.object_bits));
	*p = (struct process){ .slots = slots };
	for (size_t i = 0; status == OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		status = steps[i](&b);
	if (status == OK)
		return OK;

	status_t undone = process_destroy(slots);

	assert(undone == OK);
	return status;
}

status_t process_grant(cptr_t slots, word_t index, cptr_t source, rights_t rights, word_t badge)
{
	return kozo_cnode_mint(slots + PROCESS_CNODE, index, SLOT_CNODE, source, rights, badge);
}

status_t process_make(cptr_t slots, word_t index, enum object_type type, word_t size)
{
	word_t done;

	return kozo_untyped_retype(slots + PROCESS_ARENA, type, size, slots + PROCESS_CNODE, index,
				   1, &done);
}

status_t process_start(const struct process *p)
{
	return kozo_thread_start(p->slots + PROCESS_THREAD, p->entry, p->stack_top, p->start_info);
}

/* What is in the work slot may not be the arena's; that may well be empty. */
status_t process_destroy(cptr_t slots)
{
	status_t status = kozo_cnode_delete(SLOT_CNODE, slots + PROCESS_WORK);

	if (status != OK && status != ERR_BAD_CAP)
		return status;
	return kozo_cnode_revoke(SLOT_CNODE, slots + PROCESS_ARENA);
}
