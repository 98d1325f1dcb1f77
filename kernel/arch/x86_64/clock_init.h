/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "calibrate.h"

/* Take the first reading of the reference clocks that there are. */
void clock_begin(const struct calibration *c);
