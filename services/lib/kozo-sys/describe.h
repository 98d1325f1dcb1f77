/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "kozo_abi.h"

/* What CNode.describe tells of one slot. */
struct description {
	enum object_type type;
	unsigned size; /* as in Untyped.retype */
	bool is_device, is_mapped;
	rights_t rights;
	word_t badge; /* of an Untyped: the bytes in use */
	word_t number;
};

/* As CNode.describe. A slot that is empty is ERR_BAD_CAP. */
MUST_USE status_t kozo_describe(cptr_t cnode, word_t index, struct description *d);
