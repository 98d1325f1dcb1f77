/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "loader.h"

enum { DEBUG_PORT = 0xe9 };

/* What the test driver puts in front of the kernel and the initrd. */
struct payload {
	uint64_t kernel_bytes, initrd_bytes;
};

/* Of a 64-bit ELF file, what is needed to load one that is good. */
struct elf_header {
	uint8_t identity[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t size, segment_bytes, segment_count;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, virtual, physical, file_bytes, memory_bytes, align;
};

enum { SEGMENT_LOAD = 1, SEGMENT_NOTE = 4, NOTE_PVH = 18, NOTE_HEADER_AND_XEN = 16 };

_Noreturn void loader_main(const struct start_info *start);
_Noreturn void enter_kernel(uint32_t entry, uint32_t eax, uint32_t ebx);

static struct plan plan;

static void say(const char *text)
{
	for (; *text; text++)
		__asm__ volatile("outb %b0, %w1" : : "a"(*text), "Nd"(DEBUG_PORT));
}

_Noreturn void loader_stop(const char *sentence, const char *about)
{
	say("test loader: ");
	say(sentence);
	say(": ");
	say(about);
	say("\n");
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

void *plan_add(struct plan *p, size_t bytes)
{
	void *room = p->built + p->built_bytes;

	if (bytes > BUILT_MAX - p->built_bytes)
		loader_stop("too much to tell", "BUILT_MAX");
	p->built_bytes += (bytes + 7) & ~(size_t)7;
	return room;
}

/* --- the kernel ------------------------------------------------------------------ */

static const struct elf_segment *segment(const struct elf_header *elf, unsigned i)
{
	return (const void *)((const char *)elf + elf->segments + i * elf->segment_bytes);
}

static struct span kernel_span(const struct elf_header *elf)
{
	struct span all = { UINT64_MAX, 0 };

	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = segment(elf, i);
		uint64_t end = (s->physical + s->memory_bytes + PAGE - 1) & ~(PAGE - 1);

		if (s->type != SEGMENT_LOAD)
			continue;
		all.start = s->physical < all.start ? s->physical : all.start;
		all.end = end > all.end ? end : all.end;
	}
	return all;
}

static void load_kernel(const struct elf_header *elf)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = segment(elf, i);

		if (s->type != SEGMENT_LOAD)
			continue;
		memcpy((void *)s->physical, (const char *)elf + s->offset, s->file_bytes);
		memset((char *)s->physical + s->file_bytes, 0, s->memory_bytes - s->file_bytes);
	}
}

/* The ELF header names the multiboot2 entry, by its virtual address. */
static uint32_t multiboot2_entry(const struct elf_header *elf)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = segment(elf, i);

		if (s->type == SEGMENT_LOAD && elf->entry - s->virtual < s->file_bytes)
			return (uint32_t)(elf->entry - s->virtual + s->physical);
	}
	loader_stop("the kernel has no entry for", "multiboot2");
}

/* It is the first of the notes. */
static uint32_t pvh_entry(const struct elf_header *elf)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = segment(elf, i);
		const uint32_t *note = (const void *)((const char *)elf + s->offset);

		if (s->type == SEGMENT_NOTE && note[2] == NOTE_PVH)
			return note[NOTE_HEADER_AND_XEN / 4];
	}
	loader_stop("the kernel has no entry for", "PVH");
}

/* --- the plan -------------------------------------------------------------------- */

static const struct scenario *find_scenario(const char *name)
{
	for (size_t i = 0; i < scenario_count; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	loader_stop("there is no scenario by the name", name);
}

/* What a good loader would say of this machine. */
static void make_good(struct plan *p, const struct start_info *start)
{
	static const char text[] = "log=2 quiet";

	p->magic = p->route == MULTIBOOT2 ? 0x36d76289 : 0;
	p->info = MIB(6);
	p->map_count = start->map_count;
	memcpy(p->map, (const void *)start->map, start->map_count * sizeof(p->map[0]));
	p->module_count = 1;
	p->text_bytes = sizeof(text);
	memcpy(p->text, text, sizeof(text));
	p->rsdp = start->rsdp;
	p->rsdp_bytes = RSDP_BYTES;
}

/* What is told of the initrd is the truth, unless the scenario has told already. */
static void tell_initrd(struct plan *p)
{
	p->initrd.end = p->initrd.start + p->initrd_bytes;
	if (!p->module[0].end)
		p->module[0] = p->initrd;
}

_Noreturn void loader_main(const struct start_info *start)
{
	const struct pvh_module *module = (const void *)start->modules;
	const struct scenario *scenario = find_scenario((const char *)start->text);
	const struct payload *payload;
	const struct elf_header *elf;

	if (!start->module_count)
		loader_stop("nothing was passed to", scenario->name);
	payload = (const void *)module->address;
	elf = (const void *)(payload + 1);

	plan.route = scenario->route;
	plan.kernel = kernel_span(elf);
	plan.initrd.start = MIB(64);
	plan.initrd_bytes = payload->initrd_bytes;
	make_good(&plan, start);
	if (scenario->arrange)
		scenario->arrange(&plan);

	tell_initrd(&plan);
	memcpy((void *)plan.initrd.start, (const char *)elf + payload->kernel_bytes,
	       plan.initrd_bytes);
	load_kernel(elf);

	if (plan.route == MULTIBOOT2)
		multiboot2_build(&plan);
	else
		pvh_build(&plan);
	plan.put_bytes = plan.built_bytes;
	if (scenario->spoil)
		scenario->spoil(&plan);
	memcpy((void *)plan.info, plan.built, plan.put_bytes);
	enter_kernel(plan.route == MULTIBOOT2 ? multiboot2_entry(elf) : pvh_entry(elf), plan.magic,
		     (uint32_t)plan.info);
}
