/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "memmap.h"

enum { RSDP_BYTES = 36, BOOT_MAP_ENTRY_BYTES = 24 };

/*
 * What the boot loader told us, whichever it was. Everything in kernel/boot and
 * kernel/arch/<cpu>/boot, code and data, runs before init does and becomes
 * untyped memory afterwards.
 */
struct boot {
	uint32_t route;	       /* ROUTE_* */
	struct memmap ram;     /* RAM that the firmware calls usable, below PHYS_MAX */
	struct memmap free;    /* what of it nobody uses */
	struct memmap device;  /* what is no RAM, and may be had by drivers */
	paddr_t more_memory;   /* end of the RAM above PHYS_MAX; 0: there is none */
	uint64_t memory_bytes; /* the size of all of `ram` */
	uint64_t table_bytes;  /* what boot_pages() gave out */
	paddr_t initrd;
	uint64_t initrd_bytes; /* 0: there is none */
	uint64_t entry_tsc;
	unsigned processors;		/* 0: not known */
	struct framebuffer framebuffer; /* all zero: there is none */
	char command_line[COMMAND_LINE_MAX];
	bool command_line_is_cut;
	uint8_t rsdp[RSDP_BYTES]; /* ACPI's root pointer, unchecked */
	size_t rsdp_bytes;	  /* 0: there is none */
};

/* Say in plain words why KOZO cannot start here, and stop. */
_Noreturn void boot_stop(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Memory for kernel tables: zeroed, never given back, below BOOT_REACH. Stops if there is none. */
void *boot_pages(struct boot *b, unsigned count);

/* Build init and its capabilities from `b` and make it the thread to run. */
void boot_init(struct boot *b);

/* The architecture's: what of the kernel image stays, and what does not. */
struct memory_range boot_image(void);
struct memory_range boot_image_discarded(void);

/*
 * Take over a memory map of so many bytes: an entry every `step` bytes, at least
 * BOOT_MAP_ENTRY_BYTES. What is not RAM by one of them is not, whatever others say.
 */
void boot_add_map(struct boot *b, const void *map, size_t bytes, size_t step);

/* Keep a copy of ACPI's root pointer, of which `bytes` bytes are there. */
void boot_set_rsdp(struct boot *b, const void *rsdp, size_t bytes);

/* Copy a text that may lack its end into the command line. */
void boot_set_command_line(struct boot *b, const char *text, size_t limit);

/* The text behind `name`, which ends in '=', on the command line; NULL: it is not there. */
const char *boot_option(const struct boot *b, const char *name);

/* Is that this word, up to a space or the end? */
bool boot_option_is(const char *value, const char *word);
