/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The test loader: a boot loader that lies. It is started by QEMU in the kernel's
 * place, is given the kernel and an initrd as one module, loads both as any loader
 * would, and tells the kernel what the scenario named on the command line says.
 *
 *	main.c		from QEMU's start to the kernel's
 *	scenarios.c	what is wrong, one row each
 *	multiboot2.c	boot information of either form, out of a plan
 *	pvh.c
 *	tables.c	good ACPI tables, for scenarios to spoil
 *	display.c	a framebuffer that QEMU shows
 *
 * A plan is made good first, changed by its scenario, built, changed once more,
 * and put into memory.
 */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)
#define PAGE KIB(4)

enum route { MULTIBOOT2, PVH };

/* Both routes have entries of this form, and agree on the number of RAM. */
struct map_entry {
	uint64_t address, bytes;
	uint32_t type, reserved;
};

enum { RAM = 1, RESERVED = 2 };

enum { MAP_MAX = 2048, MODULES_MAX = 2, RSDP_BYTES = 36, TEXT_MAX = 8192, BUILT_MAX = 128 << 10 };

struct span {
	uint64_t start, end;
};

struct pixels {
	uint64_t address; /* 0: none is told of */
	uint32_t pitch, width, height;
	uint8_t bits, kind;
	uint16_t reserved;
	uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

struct plan {
	enum route route;
	struct span kernel; /* the physical memory it takes */
	struct span initrd; /* where it is put; a scenario may move the start */
	uint64_t initrd_bytes;

	/* What the kernel is told. */
	uint32_t magic; /* in eax */
	uint64_t info;	/* in ebx, and where the information is put */
	unsigned map_count, module_count;
	struct map_entry map[MAP_MAX];
	struct span module[MODULES_MAX];
	struct pixels pixels;
	size_t text_bytes;
	char text[TEXT_MAX]; /* the command line, its end included */
	uint64_t rsdp;
	size_t rsdp_bytes; /* 0: none is told of */

	/* What that looks like. */
	size_t built_bytes;
	uint8_t built[BUILT_MAX];
	size_t put_bytes; /* of it, how much is put into memory */
};

struct scenario {
	const char *name;
	enum route route;
	void (*arrange)(struct plan *p); /* before it is built */
	void (*spoil)(struct plan *p);	 /* after */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* Say what the loader itself cannot do, and stop. */
_Noreturn void loader_stop(const char *sentence, const char *about);

/* Room for `bytes` bytes at the end of what is built. */
void *plan_add(struct plan *p, size_t bytes);

void multiboot2_build(struct plan *p);
void pvh_build(struct plan *p);

enum { TAG_END, TAG_TEXT, TAG_MODULE = 3, TAG_MAP = 6, TAG_PIXELS = 8, TAG_RSDP = 15 };

struct tag {
	uint32_t type, size;
};

/* The built tag of that type. */
struct tag *multiboot2_tag(struct plan *p, uint32_t type);

/* The layouts are Xen's, public/arch-x86/hvm/start_info.h. */
struct start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, text, rsdp, map;
	uint32_t map_count, reserved;
};

struct pvh_module {
	uint64_t address, bytes, text, reserved;
};

enum { START_MAGIC = 0x336ec578 };

/* A framebuffer of `width` x `height` pixels, out of lines of `line` pixels. */
struct pixels display_describe(uint64_t address, uint32_t width, uint32_t height, uint8_t bits,
			       uint32_t line);

/* The same, and the display shows it. */
struct pixels display_start(uint32_t width, uint32_t height, uint8_t bits, uint32_t line);
