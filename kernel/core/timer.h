/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "object.h"
#include "timeline.h"

/*
 * Timer: signals a notification once, when a time has come.
 *
 * Invariant: a timer is armed while its moment is on the CPU's timeline; then it has a
 * notification.
 *
 * The slot inside holds the notification, as part of the derivation tree: whoever
 * revokes that disarms the timer.
 *
 * Locking: the kernel lock.
 */
enum { TIMER_BITS = 8 };

struct timer {
	struct object object;
	struct slot notification;
	struct moment moment;
};

_Static_assert(sizeof(struct timer) <= 1 << TIMER_BITS, "a timer fits its size");

/* It is not armed any more, if it was. */
void timer_stop(void *object);
