/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Wherever the framebuffer is said to be, the screen is cleared and written to.
 * So it is only believed if that does no harm.
 */
#include "framebuffer.h"
#include "../console_init.h"
#include "screen.h"
#include "tables.h"

static const char *use(struct boot *b)
{
	const struct framebuffer *fb = &b->framebuffer;
	volatile void *base;

	if (fb->address < boot_image().end)
		return "it is not above the kernel in memory";
	if (!screen_can_use(fb))
		return "its form is not one that can be drawn on";
	if (fb->size > UINT64_MAX - fb->address)
		return "it would end beyond the last address";
	if (fb->address < b->initrd + b->initrd_bytes && fb->address + fb->size > b->initrd)
		return "it overlaps the initrd";
	base = tables_map_screen(fb);
	if (!base)
		return "it is too large, or beyond what this processor can address";
	console_use_pixels(fb, base);
	return NULL;
}

const char *framebuffer_use(struct boot *b)
{
	const char *problem;

	if (!b->framebuffer.address && !b->framebuffer.width)
		return NULL;
	problem = use(b);
	if (problem)
		b->framebuffer = (struct framebuffer){ 0 };
	return problem;
}
