/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the protocol stubs need of services/lib/kozo-sys/message.h, without a
 * kernel below: proto_test.c is the other side of kozo_call().
 */
#pragma once

#include "kozo_abi.h"

struct message {
	word_t label;
	word_t badge;
	word_t nwords;
	word_t word[IPC_REGISTERS];
};

MUST_USE status_t kozo_call(cptr_t endpoint, struct message *m);
struct ipc_buffer *kozo_ipc_buffer(void);
