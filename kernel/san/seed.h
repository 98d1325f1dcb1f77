/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "boot.h"

/*
 * Bugs that are made on purpose, to see that the sanitizers find them. The
 * kernel's command line chooses one: bug=NAME.
 */

/* Find what the command line asks for. Stops if there is no such bug. */
void seed_choose(const struct boot *b);

/* Make that bug now. */
void seed_commit(void);
