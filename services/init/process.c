/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "process.h"

#include <assert.h>
#include <string.h>

#include "boot.h"
#include "kozo_stubs.h"
#include "window.h"

enum {
	PAGE_SIZE = 1 << PAGE_BITS,
	CNODE_BITS = 6, /* its capability space: 64 slots */
	STACK_PAGES = 16,
	SPARE_BYTES = 16 << 10, /* of the arena, for what process_make() adds */
};

/* The run of slots in init's CNode through which init holds a process. */
enum { HELD_CNODE, HELD_THREAD, HELD_TIME, HELD_VSPACE, HELD_PAGES, HELD_WORK, HELD_SLOTS };

/* A process that is being built, and what it will be told when it starts. */
struct building {
	struct process *p;
	const struct process_plan *plan;
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

static unsigned log2_up(uint64_t value)
{
	unsigned bits = 0;

	while ((uint64_t)1 << bits < value)
		bits++;
	return bits;
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

static uint64_t object_bytes(enum object_type type, word_t size)
{
	return (uint64_t)1 << memory_object_bits(&memory, type, size);
}

/*
 * Objects lie at multiples of their own size, so making one may waste as much
 * memory again; counting all but the pages twice covers every order.
 */
static void plan_memory(struct building *b)
{
	const struct process_plan *plan = b->plan;
	size_t own = image_bytes(plan->elf) + (STACK_PAGES + 2ul) * PAGE_SIZE;
	size_t shared = plan->initrd ? boot->initrd_bytes : 0;
	size_t shared_frames = plan->initrd ? boot->initrd_count : 0;
	size_t tables = space_tables_most(own + shared, plan->elf->segment_count + 2);

	b->pages_bits = log2_up(1 + own / PAGE_SIZE + shared_frames + tables);

	uint64_t objects = object_bytes(OBJECT_CNODE, CNODE_BITS) + object_bytes(OBJECT_THREAD, 0) +
			   object_bytes(OBJECT_VSPACE, 0) +
			   object_bytes(OBJECT_CNODE, b->pages_bits) +
			   tables * object_bytes(OBJECT_PAGE_TABLE, 1) + SPARE_BYTES;

	b->p->arena_bits = log2_up(own + 2 * objects);
}

static status_t hold_slots(struct process *p)
{
	cptr_t first = slots_take(&memory.slots, HELD_SLOTS);

	if (!first)
		return ERR_NO_MEMORY;
	p->cnode = first + HELD_CNODE;
	p->thread = first + HELD_THREAD;
	p->time = first + HELD_TIME;
	p->space.vspace = first + HELD_VSPACE;
	p->space.pages = first + HELD_PAGES;
	p->space.work = first + HELD_WORK;
	return OK;
}

/* --- the steps of building one ------------------------------------------- */

static status_t make_at(struct process *p, cptr_t slot, enum object_type type, word_t size)
{
	word_t done;

	return kozo_untyped_retype(p->space.arena, type, size, SLOT_CNODE, slot, 1, &done);
}

static status_t make_objects(struct building *b)
{
	struct process *p = b->p;
	status_t status = make_at(p, p->space.vspace, OBJECT_VSPACE, 0);

	if (status == OK)
		status = make_at(p, p->space.pages, OBJECT_CNODE, b->pages_bits);
	if (status == OK)
		status = make_at(p, p->cnode, OBJECT_CNODE, CNODE_BITS);
	if (status == OK)
		status = make_at(p, p->thread, OBJECT_THREAD, 0);
	if (status == OK)
		status = make_at(p, p->time, OBJECT_SCHED_CONTEXT, 0);
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
	return window_fill(b->p->space.work, start - page,
			   b->plan->elf->base + s->offset + (start - s->address), end - start);
}

static status_t map_segment(struct building *b, const struct elf_segment *s)
{
	struct space *space = &b->p->space;
	vaddr_t end = s->address + s->memory_size;
	status_t status = OK;

	for (vaddr_t page = page_start(s->address); status == OK && page < end; page += PAGE_SIZE) {
		status = space_new_page(space, page);
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

static status_t map_stack(struct building *b)
{
	struct space *space = &b->p->space;
	vaddr_t page = above_guard(space);
	status_t status = OK;

	for (unsigned i = 0; status == OK && i < STACK_PAGES; i++, page += PAGE_SIZE) {
		status = space_new_page(space, page);
		if (status == OK)
			status = space_place(space, PAGE_BITS, page, RIGHT_READ | RIGHT_WRITE);
	}
	b->p->stack_top = page;
	return status;
}

/* The thread takes its buffer from the work slot, on the frame's way through. */
static status_t map_ipc_buffer(struct building *b)
{
	struct process *p = b->p;
	struct space *space = &p->space;
	vaddr_t page = above_guard(space);
	status_t status = space_new_page(space, page);

	if (status == OK)
		status = kozo_thread_configure(p->thread, p->cnode, space->vspace, space->work);
	if (status == OK)
		status = space_place(space, PAGE_BITS, page, RIGHT_READ | RIGHT_WRITE);
	b->start.ipc_buffer = page;
	return status;
}

static status_t share_frame(struct space *space, cptr_t frame, vaddr_t *address)
{
	word_t kind, badge, number;
	rights_t rights;
	status_t status = kozo_cnode_describe(SLOT_CNODE, frame, &kind, &rights, &badge, &number);

	if (status != OK)
		return status;

	unsigned bits = kind >> DESCRIBE_SIZE_SHIFT & 0xff;

	status = space_share(space, frame, bits, *address);
	if (status == OK)
		status = space_place(space, bits, *address, RIGHT_READ);
	*address += (vaddr_t)1 << bits;
	return status;
}

/*
 * The initrd is made of frames of several sizes, each at a multiple of its own.
 * The kernel mapped it for init where they all are; any other place that is a
 * multiple of the largest frame away from there will do as well.
 */
static status_t map_initrd(struct building *b)
{
	struct space *space = &b->p->space;
	const vaddr_t largest = (vaddr_t)1 << FRAME_BITS_MAX;
	vaddr_t base = (above_guard(space) + largest - 1) & ~(largest - 1);
	vaddr_t address = base + page_start(boot->initrd) % largest;
	status_t status = OK;

	if (!b->plan->initrd)
		return OK;

	b->start.initrd = address + boot->initrd % PAGE_SIZE;
	b->start.initrd_bytes = boot->initrd_bytes;
	for (uint32_t i = 0; status == OK && i < boot->initrd_count; i++)
		status = share_frame(space, boot->initrd_first + i, &address);
	return status;
}

static status_t map_start_info(struct building *b)
{
	struct space *space = &b->p->space;
	vaddr_t page = above_guard(space);
	status_t status = space_new_page(space, page);

	if (status == OK)
		status = window_fill(space->work, 0, &b->start, sizeof(b->start));
	if (status == OK)
		status = space_place(space, PAGE_BITS, page, RIGHT_READ);
	b->p->start_info = page;
	return status;
}

/* In this order: addresses ascend, and the last page tells where the others are. */
static status_t (*const steps[])(struct building *b) = {
	make_objects, map_image, map_stack, map_ipc_buffer, map_initrd, map_start_info,
};

static status_t build(struct building *b)
{
	status_t status = memory_lend(&memory, b->p->arena_bits, &b->p->space.arena);

	if (status != OK) {
		slots_give(&memory.slots, b->p->cnode, HELD_SLOTS);
		b->p->cnode = 0;
		return status;
	}
	for (size_t i = 0; status == OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		status = steps[i](b);
	if (status != OK)
		process_destroy(b->p);
	return status;
}

status_t process_create(struct process *p, const struct process_plan *plan)
{
	struct building b = { .p = p, .plan = plan, .start.abi_hash = KOZO_ABI_HASH };
	size_t name_length = strlen(plan->name);

	assert(name_length < sizeof(b.start.name));
	memcpy(b.start.name, plan->name, name_length);
	*p = (struct process){ .name = plan->name, .space.used = 1 };
	plan_memory(&b);

	status_t status = hold_slots(p);

	return status == OK ? build(&b) : status;
}

status_t process_grant(struct process *p, word_t index, cptr_t source, rights_t rights)
{
	return kozo_cnode_mint(p->cnode, index, SLOT_CNODE, source, rights, 0);
}

status_t process_make(struct process *p, word_t index, enum object_type type)
{
	word_t done;

	return kozo_untyped_retype(p->space.arena, type, 0, p->cnode, index, 1, &done);
}

status_t process_start(struct process *p)
{
	word_t state, priority;
	status_t status = kozo_thread_info(SLOT_THREAD, &state, &priority);

	if (status == OK)
		status = kozo_sched_control_configure(SLOT_SCHED_CONTROL, p->time, BUDGET_MIN,
						      BUDGET_MIN, priority);
	if (status == OK)
		status = kozo_thread_set_time(p->thread, p->time);
	if (status == OK)
		status = kozo_thread_start(p->thread, p->entry, p->stack_top, p->start_info);
	return status;
}

void process_destroy(struct process *p)
{
	/* A shared frame on its way is not the arena's; the slot may well be empty. */
	status_t status = kozo_cnode_delete(SLOT_CNODE, p->space.work);

	assert(status == OK || status == ERR_BAD_CAP);
	status = memory_take_back(&memory, p->space.arena, p->arena_bits);
	assert(status == OK);
	if (p->guard) {
		status = memory_drop(&memory, p->guard);
		assert(status == OK);
		p->guard = 0;
	}
	slots_give(&memory.slots, p->cnode, HELD_SLOTS);
	p->cnode = 0;
}
