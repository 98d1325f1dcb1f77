/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* IoSpace: its numbers are kept, and it says that there is no driver for an IOMMU. */
#include "kozo_handlers.h"

status_t io_space_map(struct invocation *inv)
{
	(void)inv;
	return ERR_NO_IOMMU;
}

status_t io_space_unmap(struct invocation *inv)
{
	(void)inv;
	return ERR_NO_IOMMU;
}
