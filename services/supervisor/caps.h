/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * caps: what a service, or the supervisor itself, can touch at this moment, in words: from
 * every capability in its capability space and every page in its address space.
 */
void caps_print_service(unsigned service);
void caps_print_supervisor(void);
