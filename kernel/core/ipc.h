/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "endpoint.h"

/*
 * Would a message of `t` be refused? Whoever receives may have no time of its own: then
 * it takes only calls that lend it some, and that it can answer.
 */
bool ipc_is_refused(const struct endpoint *e, const struct thread *t, bool calls);

/*
 * A thread that is in no queue sends the message in its registers, or that of its fault;
 * if it calls, it waits for the answer. It is not refused any more.
 */
void ipc_send(struct endpoint *e, struct thread *t, word_t badge, bool calls);
