/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An hvm_start_info, and behind it what it points to. */
#include "loader.h"

/* A copy of these bytes; returns where it will be. */
static uint64_t add(struct plan *p, const void *data, size_t bytes)
{
	uint8_t *room = plan_add(p, bytes);

	memcpy(room, data, bytes);
	return p->info + (uint64_t)(room - p->built);
}

void pvh_build(struct plan *p)
{
	struct start_info *start = plan_add(p, sizeof(*start));
	struct pvh_module modules[MODULES_MAX] = { 0 };

	for (unsigned i = 0; i < p->module_count; i++) {
		modules[i].address = p->module[i].start;
		modules[i].bytes = p->module[i].end - p->module[i].start;
	}
	*start = (struct start_info){
		.magic = START_MAGIC,
		.version = 1,
		.module_count = p->module_count,
		.modules = add(p, modules, sizeof(modules)),
		.text = add(p, p->text, p->text_bytes),
		.rsdp = p->rsdp_bytes ? p->rsdp : 0,
		.map = add(p, p->map, p->map_count * sizeof(p->map[0])),
		.map_count = p->map_count,
	};
}
