/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "code.h"

#include <string.h>

#include "boot.h"
#include "program.h"

bool code_is_whole(void)
{
	struct elf elf;

	if (!program_open(boot_initrd(), "supervisor", &elf))
		return false;
	for (size_t i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *s = &elf.segment[i];

		if (!(s->rights & RIGHT_WRITE) &&
		    memcmp((const void *)s->address, elf.base + s->offset, s->file_size) != 0)
			return false;
	}
	return true;
}
