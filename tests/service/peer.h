/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "ring.h"

/*
 * What the tester asks of its peer: the label of a message, and its words. An answer's label is a
 * status.
 */
enum peer_request {
	PEER_PING,
	PEER_SHARE,  /* capabilities: a frame with two rings, and a signal for our rings */
	PEER_ECHO,   /* give back, inverted, so many entries of the first ring in the second */
	PEER_LIE,    /* write this number as our index, in both rings */
	PEER_OFFER,  /* answer with a frame of yours */
	PEER_REVOKE, /* and take it back */
	PEER_ADD,    /* a number; if the second word is 1, die between doing and answering */
	PEER_DEEP,   /* use up the stack of a thread */
	PEER_FREE,   /* free something twice */
	PEER_DAWDLE, /* take signals for ever, and never answer */
};

/* And of the driver, beside what the protocol has. */
enum driver_request {
	DRIVER_LEND = 100, /* answer with the capability for the ports */
	DRIVER_DIE,
};

enum { RING_ENTRY = 16, RING_COUNT = 8, SECOND_RING = 2048, FRAME_BITS = 12 };
