/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "manifest.h"

/*
 * plan: which services there are, and what each is to have, as the manifests in the
 * initrd say. Set by plan_read() and constant from then on.
 */
extern struct manifest_set plan;

/*
 * Read all manifests. One that is wrong, or a set that does not fit together, leaves a
 * line that says why, and then there are no services.
 */
void plan_read(void);

/* The index of the service of that name. False: there is none. */
MUST_USE bool plan_find(const char *name, unsigned *service);
