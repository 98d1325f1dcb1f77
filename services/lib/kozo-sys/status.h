/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/* The sentence that abi/ gives a status; any number may be asked for. */
const char *kozo_status_text(status_t status);
