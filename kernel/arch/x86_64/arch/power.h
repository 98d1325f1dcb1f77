/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/* Turn the machine off. Returns if it offers no way that the kernel knows. */
void power_off(void);

_Noreturn void power_reboot(void);
