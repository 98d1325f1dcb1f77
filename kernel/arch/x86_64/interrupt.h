/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* An interrupt was taken, in user code or while idle. */
void interrupt_taken(unsigned vector);
