/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bytes in a message, for the protocol stubs that abi/gen.c makes.
 *
 * A request or reply has at most one bytes parameter. Its length travels as a
 * word in its place among the others; the bytes begin at message word
 * IPC_REGISTERS, which is in the IPC buffer, and are zero-padded to a whole
 * word. Whoever receives trusts neither the length nor the number of words:
 * a message is malformed unless the one follows from the other.
 */
#pragma once

#include "kozo_abi.h"

#include <stdbool.h>

/* Words of a message that carries so many bytes. */
static inline word_t wire_words(word_t length)
{
	return IPC_REGISTERS + (length + sizeof(word_t) - 1) / sizeof(word_t);
}

/* True if a message of `nwords` words carries `length` bytes, and these are at most `most`. */
static inline bool wire_carries(word_t nwords, word_t length, word_t most)
{
	return length <= most && nwords == wire_words(length);
}

/* Put bytes where they travel. More than `most` would be the sender's own bug, which ends it. */
static inline void wire_put(struct ipc_buffer *buffer, const void *bytes, size_t length,
			    size_t most)
{
	uint64_t *first = buffer->word + IPC_REGISTERS;

	if (length > most)
		__builtin_trap();
	if (length % sizeof(word_t))
		first[length / sizeof(word_t)] = 0; /* the padding tells nothing */
	__builtin_memcpy(first, bytes, length);
}

/* Take bytes out before the buffer is used again. wire_carries() has said yes. */
static inline void wire_get(const struct ipc_buffer *buffer, void *bytes, size_t length)
{
	__builtin_memcpy(bytes, buffer->word + IPC_REGISTERS, length);
}

/* What a reply's label says. One that is no status must not become OK by narrowing. */
static inline MUST_USE status_t wire_status(word_t label)
{
	return label <= INT32_MAX ? (status_t)label : ERR_BAD_REQUEST;
}
