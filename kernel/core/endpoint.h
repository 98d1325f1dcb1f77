/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "notification.h"

/*
 * Endpoint: where threads meet to pass messages.
 *
 * Invariant: senders and receivers are never both non-empty; whoever comes
 * second meets the first at once. Locking: the kernel lock.
 */
enum { ENDPOINT_BITS = 8 };

struct endpoint {
	struct object object;
	struct queue senders; /* THREAD_SENDING or THREAD_CALLING */
	struct queue receivers;
	struct thread *canceller; /* whose `cancel` goes on; only to be compared */
	struct link *cancel_next; /* of the senders, the first that it has not looked at */
	struct slot watch;	  /* for messages */
};

_Static_assert(sizeof(struct endpoint) <= 1 << ENDPOINT_BITS, "an endpoint fits its size");

/* A sender leaves the queue. */
void endpoint_remove_sender(struct thread *t);

bool endpoint_bury(const struct slot *tomb);
