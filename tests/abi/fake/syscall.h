/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the method stubs need; stubs_test.c is the kernel. */
#pragma once

#include "kozo_abi.h"

MUST_USE status_t kozo_invoke(cptr_t self, word_t label, word_t nargs, word_t w[IPC_REGISTERS]);
