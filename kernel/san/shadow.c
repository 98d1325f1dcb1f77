/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "shadow.h"
#include "arch/layout.h"
#include "assert.h"
#include "boot.h"
#include "globals.h"
#include "unchecked.h"

extern const char kernel_end[];

static uint8_t *direct; /* the shadow of the direct map, to its end; NULL: none yet */
static vaddr_t direct_end;

void shadow_start(struct boot *b)
{
	paddr_t end = b->ram.range[b->ram.count - 1].end;
	uint64_t bytes = round_up(end >> SHADOW_SHIFT, 1 << PAGE_BITS);

	direct = boot_pages(b, (unsigned)(bytes >> PAGE_BITS));
	direct_end = (vaddr_t)phys_to_virt(end);
	shadow_set(DIRECT_BASE, end, SHADOW_DEVICE);
	for (unsigned i = 0; i < b->ram.count; i++) {
		const struct memory_range *r = &b->ram.range[i];

		shadow_set((vaddr_t)phys_to_virt(r->start), r->end - r->start, SHADOW_FREE);
	}
}

/* The byte for an address; NULL if it has none. */
static uint8_t *shadow_of(vaddr_t address)
{
	if (address >= KERNEL_BASE && address < (vaddr_t)kernel_end)
		return (uint8_t *)((address >> SHADOW_SHIFT) + SHADOW_OFFSET);
	if (address >= DIRECT_BASE && address < direct_end)
		return &direct[(address - DIRECT_BASE) >> SHADOW_SHIFT];
	return NULL;
}

unsigned shadow_at(vaddr_t address)
{
	const uint8_t *shadow = shadow_of(address);

	if (shadow)
		return *shadow;
	return address < DIRECT_BASE ? SHADOW_USER : SHADOW_DEVICE;
}

/* The same in eight bytes is seen at once: a large object has many. */
uint64_t shadow_run(vaddr_t start, uint64_t bytes)
{
	const uint8_t *shadow = shadow_of(start);
	vaddr_t limit = start < KERNEL_BASE ? direct_end : (vaddr_t)kernel_end;
	uint64_t n = 1;

	if (!shadow)
		return SHADOW_UNIT;

	uint64_t same = *shadow * 0x0101010101010101ull;
	uint64_t more = (bytes < limit - start ? bytes : limit - start) >> SHADOW_SHIFT;

	while (n < more && shadow[n] == *shadow)
		if (more - n >= sizeof(same) && *(const uint64_t *)&shadow[n] == same)
			n += sizeof(same);
		else
			n++;
	return n << SHADOW_SHIFT;
}

void shadow_set(vaddr_t start, uint64_t bytes, unsigned how)
{
	uint64_t units = bytes >> SHADOW_SHIFT, rest = bytes % SHADOW_UNIT;
	uint8_t *shadow = shadow_of(start);

	assert(!(start % SHADOW_UNIT));
	if (!shadow)
		return; /* device memory */
	__real_memset(shadow, (int)how, units);
	if (rest)
		shadow[units] = (uint8_t)(how == SHADOW_LIVE ? rest : how);
}

static const struct {
	uint8_t how;
	const char *text;
} places[] = {
	{ SHADOW_FREE, "in memory that no object lives in" },
	{ SHADOW_FRAME, "in a user's memory" },
	{ SHADOW_CLAIMED, "where an object is to be made" },
	{ SHADOW_USER, "outside of the kernel's memory" },
	{ SHADOW_STACK_LEFT, "on the stack, between variables" },
	{ SHADOW_STACK_MIDDLE, "on the stack, between variables" },
	{ SHADOW_STACK_RIGHT, "on the stack, between variables" },
	{ SHADOW_STACK_ENDED, "on the stack, in a variable whose block has ended" },
};

static const char *in_a(const char *name)
{
	for (const char *vowel = "AEIOU"; *vowel; vowel++)
		if (name[0] == *vowel)
			return "in an ";
	return "in a ";
}

static struct place describe_object(unsigned type, const char *after)
{
	static const char *const names[] = OBJECT_NAME;
	const char *name = type < OBJECT_TYPES ? names[type] : "?";

	return (struct place){ in_a(name), name, after };
}

struct place shadow_describe(vaddr_t address)
{
	unsigned how = shadow_at(address);

	/* Behind the part of the eight bytes that is used comes what follows them. */
	if (how != SHADOW_LIVE && how < SHADOW_UNIT)
		how = shadow_at(address + SHADOW_UNIT);

	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].how == how)
			return (struct place){ places[i].text, "", "" };
	if (how == SHADOW_GLOBAL)
		return (struct place){ "behind the variable ", globals_name(address), "" };
	if (how >= SHADOW_GONE)
		return describe_object(how - SHADOW_GONE, " that is gone");
	if (how >= SHADOW_UNUSED)
		return describe_object(how - SHADOW_UNUSED, "'s memory, behind its structure");
	return (struct place){ "in a live object", "", "" };
}
