/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "../io_apic.h"
#include "boot.h"

/*
 * The little that the kernel wants to know from ACPI (specification 6.5): how
 * to turn the machine off, how many processors it has, where its clocks are, and
 * which devices are not for drivers, since whoever has them can interrupt or read
 * whom they like: interrupt controllers, IOMMUs, and timers that send messages. The tables come
 * from firmware and may be any bytes at all.
 */
enum { ACPI_WITHHELD_MAX = 64 };

struct acpi {
	unsigned processors;		     /* enabled ones; 0: not known */
	bool power_off;			     /* the fields below are good */
	uint16_t pm1a_control, pm1b_control; /* I/O ports; pm1b 0: there is none */
	uint16_t sleep_a, sleep_b;	     /* what to write there for S5, SLP_EN included */
	uint16_t smi_command;		     /* port that ends legacy mode, 0: there is none */
	uint8_t acpi_enable;		     /* what to write there */
	uint16_t timer_port;		     /* of the ACPI timer, 0: there is none */
	bool timer_is_32_bits;		     /* it has 24 otherwise */
	paddr_t hpet;			     /* 0: there is none */
	unsigned io_apic_count;
	struct {
		paddr_t address;
		uint32_t first_line;
	} io_apic[IO_APICS_MAX];
	struct irq_line isa[ISA_LINES]; /* where the ISA bus' interrupts arrive */
	bool withhold_all;		/* not all of them could be read */
	unsigned withheld_count;
	struct memory_range withheld[ACPI_WITHHELD_MAX]; /* not whole pages */
};

/*
 * Read the tables that b->rsdp leads to. Returns NULL, or in plain words what
 * is wrong first; what was read before that stays, and the machine can be used.
 */
const char *acpi_read(struct acpi *a, const struct boot *b);
