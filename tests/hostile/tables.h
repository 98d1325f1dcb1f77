/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "loader.h"

/*
 * Good ACPI tables (specification 6.5) of a machine with three processors that is
 * turned off the way QEMU's `pc` is. They lie in the loader's own memory; whoever
 * spoils one makes its checksum good again, or leaves it bad on purpose.
 */
struct table {
	char signature[4];
	uint32_t bytes;
	uint8_t revision, sum;
	char maker[26];
};

enum { PROCESSORS = 3, AML_MAX = 64, FADT_BYTES = 244 };

struct tables {
	struct {
		char signature[8];
		uint8_t sum;
		char maker[6];
		uint8_t revision;
		uint32_t rsdt, bytes;
		uint64_t xsdt;
		uint8_t whole_sum, reserved[3];
	} rsdp;

	struct {
		struct table head;
		uint32_t table[2];
	} rsdt;

	struct {
		struct table head;
		struct __attribute__((packed)) {
			uint64_t address; /* not aligned, by the specification */
		} table[2];
	} xsdt;

	union {
		struct table head;
		uint8_t byte[FADT_BYTES];
	} fadt;

	struct {
		struct table head;
		uint32_t controllers, flags;
		struct {
			uint8_t type, bytes, processor, id;
			uint32_t flags;
		} processor[PROCESSORS];
	} madt;

	struct {
		struct table head;
		uint8_t aml[AML_MAX];
	} dsdt;
};

extern struct tables tables;

/* Make them, and have the plan tell of them. */
void tables_make(struct plan *p);

/* Make the checksum of one of them good. */
void table_sum(struct table *t);

/* Make both checksums of the RSDP good. */
void rsdp_sum(void);
