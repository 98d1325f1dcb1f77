/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "describe.h"

#include "kozo_stubs.h"

status_t kozo_describe(cptr_t cnode, word_t index, struct description *d)
{
	enum { BITS = 8, MASK = (1 << BITS) - 1 };
	word_t kind, badge, number;
	rights_t rights;
	status_t status = kozo_cnode_describe(cnode, index, &kind, &rights, &badge, &number);

	if (status == OK)
		*d = (struct description){
			.type = (enum object_type)(kind & MASK),
			.size = kind >> DESCRIBE_SIZE_SHIFT & MASK,
			.is_device = kind & DESCRIBE_DEVICE,
			.is_mapped = kind & DESCRIBE_MAPPED,
			.rights = rights,
			.badge = badge,
			.number = number,
		};
	return status;
}
