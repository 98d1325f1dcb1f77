/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"
#include "manifest.h"
#include "process.h"

/*
 * place: where everything lies in the supervisor's capability space, which outlives it.
 *
 * A service has a run of slots, by its place among the manifests. So the next instance of
 * the supervisor knows what each slot is for without being told, and whether it is there by
 * looking. What lies above all runs is for one instance only.
 */
enum place {
	PLACE_PROCESS,	      /* PROCESS_SLOTS */
	PLACE_KEPT_ARENA = 8, /* Untyped: what outlives the service is made from it */
	PLACE_ENDPOINT,
	PLACE_NOTIFICATION,
	PLACE_FAULTS,	 /* the supervisor's endpoint, with the service's badge */
	PLACE_WATCH,	 /* the supervisor's notification, with the service's bit */
	PLACE_SESSION,	 /* the service's endpoint, for the console */
	PLACE_TOLD = 16, /* the service's notification, with a bit for each that it uses */
	PLACE_FRAMES = PLACE_TOLD + MANIFEST_USES_MAX, /* its kept memory */
	PLACE_SLOTS = 64,
	PLACE_DEVICES = PLACE_SLOTS - MANIFEST_DEVICES_MAX, /* its ports and interrupts */

	PLACE_DEVICE_FRAMES = 256, /* behind all runs: devices' memory */
};

static inline cptr_t place_first(void)
{
	return boot->slot_first_free + 64; /* beyond SUPERVISOR_UNTYPED_MORE */
}

static inline cptr_t place_of(unsigned service, unsigned what)
{
	return place_first() + (cptr_t)service * PLACE_SLOTS + what;
}

static inline cptr_t place_device_frames(void)
{
	return place_of(MANIFESTS_MAX, 0);
}

static inline cptr_t place_end(void)
{
	return place_device_frames() + PLACE_DEVICE_FRAMES;
}

/* The type of what is in a slot; OBJECT_NULL: nothing is. */
unsigned place_look(cptr_t slot);
