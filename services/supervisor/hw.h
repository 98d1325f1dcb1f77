/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * hw: a report on this machine, made to be pasted into docs/hardware.md. It says
 * what KOZO has found and nothing that names the owner, such as a serial number.
 */
void hw_print(void);
