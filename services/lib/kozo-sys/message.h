/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/*
 * A message as a program sees it: what came, or what is to go.
 *
 * The first IPC_REGISTERS words stand here. Those above lie in the thread's IPC
 * buffer, kozo_ipc_buffer()->word[i] with the same index i, and stay there only
 * until the next message. Unused words of `word` must be zero.
 */
struct message {
	word_t label;  /* of a request: which one. Of an answer: a status */
	word_t badge;  /* who sent it, in the words of whoever minted the capability */
	word_t nwords; /* at most IPC_WORDS */
	word_t ncaps;  /* to send, at most IPC_CAPS of kozo_ipc_buffer()->cap */
	word_t came;   /* of those received; ncaps is 0 then, so that no answer returns any */
	bool is_signal; /* it is none: badge has bits of the notification that is bound to the thread */
	word_t word[IPC_REGISTERS];
};

/*
 * The status of each is the kernel's, about the transport. With OK, *m holds the
 * message that came; its label is the other side's business. ERR_TRUNCATED says
 * that not all of it came: the words in registers only, because one of the two has
 * no IPC buffer, or fewer capabilities. Otherwise nothing came, and *m is unchanged.
 */

/* Send *m to an endpoint and wait; the answer replaces it. */
MUST_USE status_t kozo_call(cptr_t endpoint, struct message *m);

/* Send *m, waiting until somebody has received it. */
MUST_USE status_t kozo_send(cptr_t endpoint, const struct message *m);

/* Wait for a message. A caller is kept in `reply` until it is answered. */
MUST_USE status_t kozo_receive(cptr_t endpoint, cptr_t reply, struct message *m);

/*
 * Answer the caller kept in `reply` with *m, then wait for the next message,
 * in one entry. A caller that no longer waits is no error.
 */
MUST_USE status_t kozo_reply_receive(cptr_t endpoint, cptr_t reply, struct message *m);

/*
 * Notifications. kozo_signal() raises the bits that the capability was minted with;
 * the others take all pending bits into *bits, the first when there are some, the
 * second at once, and then it may be 0. ERR_STATE: it is bound to another thread.
 */
MUST_USE status_t kozo_signal(cptr_t notification);
MUST_USE status_t kozo_wait(cptr_t notification, word_t *bits);
MUST_USE status_t kozo_poll(cptr_t notification, word_t *bits);

/* Let others of the same priority run. */
void kozo_yield(void);

/* Where the calling thread's messages continue; see kozo_begin(). */
struct ipc_buffer *kozo_ipc_buffer(void);
