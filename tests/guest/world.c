/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "world.h"

enum { CASE_SLOTS = 2048 };

const struct boot_info *boot;
cptr_t world;
unsigned world_bits;

static cptr_t first_slot, next_slot;

/* The largest untyped is the world; the next is for what outlives a case. */
static cptr_t largest_but(cptr_t other, unsigned *bits)
{
	cptr_t best = 0;

	*bits = 0;
	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		cptr_t cptr = boot->untyped_first + i;

		if (boot->untyped[i].bits > *bits && cptr != other && !boot->untyped[i].device) {
			best = cptr;
			*bits = boot->untyped[i].bits;
		}
	}
	return best;
}

cptr_t world_begin(const struct boot_info *info)
{
	unsigned bits;

	boot = info;
	world = largest_but(0, &world_bits);
	first_slot = boot->slot_first_free + KEPT_SLOTS;
	next_slot = first_slot;
	return largest_but(world, &bits);
}

/* Look at the slots of a case; those that hold something are named. */
static unsigned full_slots(void)
{
	unsigned count = 0;

	for (cptr_t i = first_slot; i < first_slot + CASE_SLOTS; i++)
		count += !gone(i);
	return count;
}

/* Only a debug kernel can look. */
static void check_invariants(void)
{
	word_t violated = 0;

	if (kozo_debug_console_check(SLOT_DEBUG_CONSOLE, &violated) == OK)
		EXPECT(violated, 0);
}

void world_end(void)
{
	word_t done;

	check_invariants();

	NEED(kozo_cnode_revoke(SLOT_CNODE, world));
	EXPECT(describe(world).badge, 0);
	/* What is left was derived from what the kernel gave. */
	NEED(kozo_cnode_delete_range(SLOT_CNODE, first_slot, CASE_SLOTS, &done));
	EXPECT(full_slots(), 0);
	check_invariants();
	next_slot = first_slot;
}

cptr_t slots_new(word_t count)
{
	cptr_t slot = next_slot;

	next_slot += count;
	if (next_slot > first_slot + CASE_SLOTS)
		NEED(ERR_NO_MEMORY);
	return slot;
}

cptr_t slot_new(void)
{
	return slots_new(1);
}

cptr_t make_many(enum object_type type, word_t size, word_t count)
{
	cptr_t first = slots_new(count);
	word_t done;

	NEED(kozo_untyped_retype(world, type, size, SLOT_CNODE, first, count, &done));
	return first;
}

cptr_t make(enum object_type type, word_t size)
{
	return make_many(type, size, 1);
}

cptr_t copy_of(cptr_t cptr)
{
	cptr_t slot = slot_new();

	NEED(kozo_cnode_copy(SLOT_CNODE, slot, SLOT_CNODE, cptr));
	return slot;
}

cptr_t part_of(cptr_t cptr, rights_t rights, word_t badge)
{
	cptr_t slot = slot_new();

	NEED(kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, cptr, rights, badge));
	return slot;
}

/* Not observed: it is how cases look, not what they are about. */
struct description describe_in(cptr_t cnode, word_t index)
{
	word_t w[IPC_REGISTERS] = { index };

	if (kozo_invoke(cnode, LABEL_CNODE_DESCRIBE, 1, w) != OK)
		return (struct description){ 0 };
	return (struct description){ w[0], (rights_t)w[1], w[2], w[3] };
}

struct description describe(cptr_t cptr)
{
	return describe_in(SLOT_CNODE, cptr);
}

bool same(struct description a, struct description b)
{
	return a.kind == b.kind && a.rights == b.rights && a.badge == b.badge &&
	       a.number == b.number;
}

enum object_type type_of(struct description d)
{
	return (enum object_type)(d.kind & ((1 << DESCRIBE_SIZE_SHIFT) - 1));
}

unsigned size_of(struct description d)
{
	return d.kind >> DESCRIBE_SIZE_SHIFT & 0xff;
}

bool gone(cptr_t cptr)
{
	return describe(cptr).kind == 0;
}

bool is_mapped_in(cptr_t cnode, word_t index)
{
	return describe_in(cnode, index).kind & DESCRIBE_MAPPED;
}

bool is_mapped(cptr_t cptr)
{
	return is_mapped_in(SLOT_CNODE, cptr);
}

void make_tables_down_to(unsigned last, cptr_t space, vaddr_t address)
{
	for (unsigned level = PAGE_TABLE_LEVELS; level >= last; level--) {
		cptr_t table = make(OBJECT_PAGE_TABLE, level);
		status_t status = kozo_page_table_install(table, space, address);

		if (status != ERR_MAPPED)
			NEED(status);
	}
}

void make_tables(cptr_t space, vaddr_t address)
{
	make_tables_down_to(1, space, address);
}

cptr_t make_page(vaddr_t address, rights_t rights)
{
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

	NEED(kozo_frame_map(frame, SLOT_VSPACE, address, rights, 0));
	return frame;
}

cptr_t make_frames(unsigned bits, word_t count)
{
	cptr_t cnode = make(OBJECT_CNODE, bits);
	word_t done;

	NEED(kozo_untyped_retype(world, OBJECT_FRAME, PAGE_BITS, cnode, 1, count, &done));
	return cnode;
}

word_t map_frames(cptr_t space, cptr_t cnode, word_t count, vaddr_t address)
{
	word_t done;

	NEED(kozo_vspace_map_range(space, cnode, 1, count, address, RW, 0, &done));
	return done;
}

bool all_words(vaddr_t address, word_t bytes, word_t word)
{
	for (word_t i = 0; i < bytes; i += sizeof(word_t))
		if (*at(address + i) != word)
			return false;
	return true;
}
