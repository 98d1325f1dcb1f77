/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * caps: init's own capability space in words, slots 1 to `count` - 1. Slots in
 * a row that hold the same kind of capability share a line.
 */
void caps_print(cptr_t cnode, word_t count);
