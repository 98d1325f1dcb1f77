/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "process.h"

/*
 * device: the ports, interrupts and memory of devices that services have.
 *
 * Memory is made into frames once, for all services, and they stay: an Untyped gives
 * from its start upwards, so what lies lower must be taken first. A service finds it mapped, and
 * has no capability for it. Of its ports it has a child of what is in a slot
 * of PLACE_DEVICES, and that is revoked when it ends, wherever it has got by then. Its
 * interrupt is an IrqHandler that is made of the service's own memory, and dies with it.
 *
 * What the machine has not is told at the console, and the service is not started.
 */

/* Called once, before any service is started: make the frames that are not there yet. */
void devices_begin(void);

/* What a process is to be told, and which memory it is to have mapped. */
MUST_USE status_t devices_plan(unsigned service, struct process_device *devices);

/* Put into its capability space what devices_plan() has told of, ports and interrupts. */
MUST_USE status_t devices_grant(unsigned service);

/* It has ended: nobody has any of its ports any more. */
void devices_take_back(unsigned service);
