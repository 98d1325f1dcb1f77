/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "record.h"

/*
 * tell: the services in words, for people: from the plan, from the record, and from the
 * capabilities that there are at this moment.
 */
void tell_services(void);
void tell_processes(const struct record *now);
void tell_memory(void);
void tell_tree(const struct record *now);

/* What the supervisor knows of it: "runs", "down" and so on. */
const char *tell_state(const struct record *now, unsigned service);
