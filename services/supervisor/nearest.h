/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * nearest: which of some names somebody meant who typed another one.
 *
 * Names are near if few characters have to be changed, put in, taken out or exchanged with
 * their neighbour to make one from the other: one in three, and one at least.
 */
enum { NEAREST_LENGTH_MAX = 32 }; /* longer ones are near to nothing */

struct nearest {
	const char *typed;
	const char *found; /* NULL: nothing is near */
	size_t changes;	   /* from the one to the other */
};

struct nearest nearest_to(const char *typed);

/* Have one name looked at. It must stay; of equally near ones the first counts. */
void nearest_offer(struct nearest *nearest, const char *name);
