/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * Every program defines main(). What it was given is described at `info`: a
 * struct boot_info in init, a struct start_info in every other program. A
 * program has nobody to return to: if main() returns, it panics.
 */
int main(const void *info);

/* Called by _start. */
_Noreturn void kozo_start(const void *info);

/*
 * Say who this is and where its IPC buffer lies. main() calls this before
 * anything else in this library; `name` must stay.
 */
void kozo_begin(const char *name, vaddr_t ipc_buffer);

/* As given to kozo_begin(). */
const char *kozo_name(void);
