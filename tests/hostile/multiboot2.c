/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Multiboot2 boot information (specification 1.6, 3.6). */
#include "loader.h"

enum { PIXELS_BYTES = 30 }; /* without the padding of struct pixels */

/* Its tag is as large as told; what follows it begins at a multiple of eight. */
static void *add_tag(struct plan *p, uint32_t type, size_t bytes)
{
	struct tag *tag = plan_add(p, sizeof(*tag) + bytes);

	tag->type = type;
	tag->size = (uint32_t)(sizeof(*tag) + bytes);
	return tag + 1;
}

static void add_module(struct plan *p, const struct span *module)
{
	static const char text[] = "initrd";
	uint32_t *body = add_tag(p, TAG_MODULE, 2 * sizeof(*body) + sizeof(text));

	body[0] = (uint32_t)module->start;
	body[1] = (uint32_t)module->end;
	memcpy(body + 2, text, sizeof(text));
}

static void add_map(struct plan *p)
{
	uint32_t *body = add_tag(p, TAG_MAP, 2 * sizeof(*body) + p->map_count * sizeof(p->map[0]));

	body[0] = sizeof(p->map[0]);
	body[1] = 0;
	memcpy(body + 2, p->map, p->map_count * sizeof(p->map[0]));
}

void multiboot2_build(struct plan *p)
{
	uint32_t *header = plan_add(p, 2 * sizeof(*header));

	memcpy(add_tag(p, TAG_TEXT, p->text_bytes), p->text, p->text_bytes);
	for (unsigned i = 0; i < p->module_count; i++)
		add_module(p, &p->module[i]);
	if (p->map_count)
		add_map(p);
	if (p->pixels.kind)
		memcpy(add_tag(p, TAG_PIXELS, PIXELS_BYTES), &p->pixels, PIXELS_BYTES);
	if (p->rsdp_bytes)
		memcpy(add_tag(p, TAG_RSDP, p->rsdp_bytes), (const void *)p->rsdp, p->rsdp_bytes);
	add_tag(p, TAG_END, 0);
	header[0] = (uint32_t)p->built_bytes;
}

struct tag *multiboot2_tag(struct plan *p, uint32_t type)
{
	for (size_t at = 8; at < p->built_bytes;) {
		struct tag *tag = (struct tag *)(p->built + at);

		if (tag->type == type)
			return tag;
		at += (tag->size + 7) & ~7u;
	}
	loader_stop("there is no such tag in", "multiboot2");
}
