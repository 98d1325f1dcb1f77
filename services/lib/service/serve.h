/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "message.h"

/*
 * serve: the main loop of a service with one thread that answers.
 *
 * answer() turns a request into its answer; what came in part is not shown to it and is
 * ERR_BAD_REQUEST. The client is known by m->badge. signalled() is told the bits of SLOT_NOTIFICATION:
 * which of those that the service uses were restarted, and what else the service
 * has raised there. NULL: it does not want to know. If the endpoint fails that is a panic.
 */
_Noreturn void serve(void (*answer)(struct message *m), void (*signalled)(word_t bits));
