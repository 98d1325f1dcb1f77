/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The real one, by name: its folder also has a string.h that is not the host's. */
#pragma once

#include "../../../services/lib/kozo-sys/wire.h"
