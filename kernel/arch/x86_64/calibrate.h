/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "types.h"

/*
 * How fast does the TSC run? Nobody knows but clocks whose own rate is known, and
 * processors and hypervisors that claim to. Any of them may stand still or lie, so
 * all are asked, and what two agree on counts.
 *
 * A reading is what the TSC and all reference clocks show at one moment. The first
 * is taken when the machine boots and the last when somebody first asks, which is
 * usually long after; so nobody waits. Only if too little time has passed, or so
 * much that a clock may have begun anew unnoticed, it takes more readings, until
 * one clock says that SPAN_PER_SECOND of time went by.
 *
 * This file and calibrate.c touch no hardware.
 */
enum source {
	SOURCE_HPET,
	SOURCE_ACPI,
	SOURCE_PIT,
	REFERENCES,
	SOURCE_CLAIM = REFERENCES, /* of the processor or the hypervisor */
	SOURCES,
};

enum {
	SAY_PER_SECOND = 1000,	/* a clock that has seen 1 ms has a say */
	SPAN_PER_SECOND = 100,	/* 10 ms are enough to compare two clocks by */
	AGREEMENT = 50,		/* one part in so many: closer than that is the same */
	PATIENCE_BITS = 30,	/* a clock that shows no change for so many ticks stands still */
	READINGS_MAX = 1 << 20, /* in case that the TSC stands still too */
};

/* No processor that runs this kernel counts slower. */
#define TSC_HZ_LEAST 100000000ull

struct reference {
	uint64_t hz;   /* below 2^30; 0: the machine has no such clock */
	uint64_t last; /* it counts from 0 to this: 2^n - 1, n at most 32 */
	bool stops;    /* at `last`; else it begins anew */
};

struct reading {
	uint64_t tsc;
	uint64_t count[REFERENCES];
};

struct calibration {
	struct reference reference[REFERENCES];
	uint64_t claim_hz;     /* 0: nobody claims to know */
	struct reading first;  /* at boot */
	struct reading recent; /* the same, or a later one that is to be compared with */
	unsigned readings;     /* taken after `recent` */
};

/* What came of it. A rate of 0 is not known. */
struct verdict {
	uint64_t hz;
	uint64_t says[SOURCES]; /* by this source alone; 0: it says nothing */
	bool stands_still[REFERENCES];
	bool tsc_stands_still;
};

enum progress {
	CALIBRATION_DONE,
	CALIBRATION_GOES_ON, /* take another reading, a little later */
	CALIBRATION_AFRESH,  /* start the clock that stops again, and call calibrate_again() */
};

/* The first reading. */
void calibrate_begin(struct calibration *c, const struct reading *first);

/* Another one: what comes of it is in *v when that is all. */
MUST_USE enum progress calibrate(struct calibration *c, const struct reading *now,
				 struct verdict *v);

/* A reading to compare the next ones with. */
void calibrate_again(struct calibration *c, const struct reading *recent);

/* Do two rates agree? */
bool rates_agree(uint64_t a, uint64_t b);

/*
 * A timer that counts down next to the TSC, at a rate that nobody needs to know in
 * hertz: counts per tick, times 2^32. A deadline that is far away takes several turns.
 */
struct ratio {
	uint64_t counts_per_tick;
	uint64_t span; /* ticks that this was learned from; 0: nothing is known yet */
};

/* So many counts took so many ticks. What was seen for longer is known better. */
void ratio_learn(struct ratio *r, uint64_t counts, uint64_t ticks);

/* How many counts, from 1 to `most`, take at least so many ticks, or as many as there can be. */
uint32_t ratio_counts(const struct ratio *r, uint64_t ticks, uint32_t most);
