/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Show the log on the boot loader's framebuffer, if it passed one. Returns NULL,
 * or in plain words why that one is not used; it is then forgotten, and the
 * screen stays what it was.
 */
const char *framebuffer_use(struct boot *b);
