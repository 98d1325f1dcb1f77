/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "status.h"

static const char *const text[] = STATUS_TEXT;

const char *kozo_status_text(status_t status)
{
	size_t count = sizeof(text) / sizeof(text[0]);

	if (status < 0 || (size_t)status >= count || !text[status])
		return "an error that has no name";
	return text[status];
}
