/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * faults: what bystanders and injector of the fault campaign (docs/testing.md) agree on.
 *
 * pulse and beat ask reader, scribe and drain for one round after the other. Each round is a use of
 * the service below it, fsd, notebook or pump, and looks whether what came is right.
 */
enum faults_request {
	FAULTS_PING, /* as of every service: the word, its bits inverted */
	FAULTS_ROUND,
	PUMP_SHARE, /* with a frame: entries come in a ring there from now on */
	PUMP_FILL,  /* the ring, as far as there is room */
};

enum { RING_FRAME_BITS = 12, RING_ENTRIES = 16 };

/* One entry of pump's: nobody could make one up by accident. */
struct drop {
	uint64_t number, sum;
};

static inline uint64_t faults_sum(uint64_t number)
{
	return (number ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
}

/* At the start of each one's kept memory, for the injector to read. */
struct score {
	uint64_t rounds;    /* that went well */
	uint64_t disturbed; /* that did not, because of who was asked */
	uint64_t wrong;	    /* with an answer that is wrong, and looks right */
	uint64_t noticed;   /* that found a ring broken */
	uint64_t ring;	    /* where that is mapped; 0: nowhere */
};
