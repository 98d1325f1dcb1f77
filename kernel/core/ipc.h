/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "endpoint.h"

/*
 * The running thread sends the message in its registers, or that of its fault; if
 * it calls, it waits for the answer. Nothing can refuse that any more.
 */
void ipc_send(struct endpoint *e, struct thread *t, word_t badge, bool calls);
