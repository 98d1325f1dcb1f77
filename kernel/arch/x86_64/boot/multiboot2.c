/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Multiboot2 boot information: a list of tags, each with a type and a size, on
 * 8-byte boundaries (specification 1.6, 3.6). Everything is copied out before it
 * is looked at, and every size is checked against what is there.
 */
#include "multiboot2.h"
#include "arch/layout.h"
#include "string.h"

enum tag_type {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
};

enum {
	FRAMEBUFFER_RGB = 1,
	TAG_ALIGN = 8,
	INFO_BYTES_MAX = 1 << 20, /* far more than any loader has to tell */
};

struct info_header {
	uint32_t size, reserved;
};

struct tag {
	uint32_t type, size;
};

struct module_tag {
	struct tag tag;
	uint32_t start, end;
};

struct memory_map_tag {
	struct tag tag;
	uint32_t entry_size, entry_version;
};

struct framebuffer_tag {
	struct tag tag;
	uint64_t address;
	uint32_t pitch, width, height;
	uint8_t bits, kind;
	uint16_t reserved;
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

/* A tag as found: its bytes, as many as its size says. */
struct tag_bytes {
	const uint8_t *at;
	uint32_t type, size;
};

typedef const char *read_t(struct boot *b, const struct tag_bytes *t);

static const char *read_command_line(struct boot *b, const struct tag_bytes *t)
{
	boot_set_command_line(b, (const char *)t->at + sizeof(struct tag),
			      t->size - sizeof(struct tag));
	return NULL;
}

static const char *read_module(struct boot *b, const struct tag_bytes *t)
{
	struct module_tag m;

	if (t->size < sizeof(m))
		return "the module tag is too short";
	memcpy(&m, t->at, sizeof(m));
	if (m.end < m.start)
		return "the module ends before it begins";
	if (b->initrd_bytes)
		return NULL; /* the first module is the initrd */
	b->initrd = m.start;
	b->initrd_bytes = m.end - m.start;
	return NULL;
}

static const char *read_memory_map(struct boot *b, const struct tag_bytes *t)
{
	struct memory_map_tag m;

	if (t->size < sizeof(m))
		return "the memory map tag is too short";
	memcpy(&m, t->at, sizeof(m));
	if (m.entry_size < BOOT_MAP_ENTRY_BYTES || m.entry_size > t->size)
		return "the memory map has entries of an impossible size";
	if (b->ram.count)
		return "the boot information has two memory maps";
	boot_add_map(b, t->at + sizeof(m), t->size - sizeof(m), m.entry_size);
	return NULL;
}

static const char *read_framebuffer(struct boot *b, const struct tag_bytes *t)
{
	struct framebuffer_tag f = { 0 };

	if (t->size < offsetof(struct framebuffer_tag, red_shift))
		return "the framebuffer tag is too short";
	memcpy(&f, t->at, t->size < sizeof(f) ? t->size : sizeof(f));
	if (f.kind != FRAMEBUFFER_RGB)
		return NULL; /* text or palette: the VGA text screen is used */
	b->framebuffer = (struct framebuffer){
		.address = f.address,
		.size = (uint64_t)f.pitch * f.height,
		.pitch = f.pitch,
		.width = f.width,
		.height = f.height,
		.bits = f.bits,
		.red_shift = f.red_shift,
		.green_shift = f.green_shift,
		.blue_shift = f.blue_shift,
		.red_bits = f.red_bits,
		.green_bits = f.green_bits,
		.blue_bits = f.blue_bits,
	};
	return NULL;
}

/* Both tags may be there; the longer copy has everything the other has. */
static const char *read_acpi(struct boot *b, const struct tag_bytes *t)
{
	size_t bytes = t->size - sizeof(struct tag);

	if (bytes > b->rsdp_bytes)
		boot_set_rsdp(b, t->at + sizeof(struct tag), bytes);
	return NULL;
}

static const char *read_tag(struct boot *b, const struct tag_bytes *t)
{
	static const struct {
		uint32_t type;
		read_t *read;
	} readers[] = {
		{ TAG_COMMAND_LINE, read_command_line },
		{ TAG_MODULE, read_module },
		{ TAG_MEMORY_MAP, read_memory_map },
		{ TAG_FRAMEBUFFER, read_framebuffer },
		{ TAG_ACPI_OLD, read_acpi },
		{ TAG_ACPI_NEW, read_acpi },
	};

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i].type == t->type)
			return readers[i].read(b, t);
	return NULL;
}

const char *multiboot2_read(struct boot *b, const void *info, size_t limit)
{
	const uint8_t *bytes = info;
	struct info_header header;
	struct tag tag;
	size_t at = sizeof(header);

	if (limit < sizeof(header))
		return "the boot information is out of reach";
	memcpy(&header, bytes, sizeof(header));
	if (header.size < sizeof(header) || header.size > limit || header.size > INFO_BYTES_MAX)
		return "the boot information has an impossible size";

	while (header.size >= at && header.size - at >= sizeof(tag)) {
		memcpy(&tag, bytes + at, sizeof(tag));
		if (tag.type == TAG_END)
			return NULL;
		if (tag.size < sizeof(tag) || tag.size > header.size - at)
			return "a tag of the boot information has an impossible size";

		struct tag_bytes t = { bytes + at, tag.type, tag.size };
		const char *problem = read_tag(b, &t);

		if (problem)
			return problem;
		at = round_up(at + tag.size, TAG_ALIGN);
	}
	return "the boot information has no end";
}
