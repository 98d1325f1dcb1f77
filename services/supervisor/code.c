/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "code.h"

#include <string.h>

#include "boot.h"
#include "panic.h"
#include "program.h"

/* By words, for a person waits. */
static bool is_equal(const uint8_t *a, const uint8_t *b, size_t bytes)
{
	uint64_t x, y, different = 0;
	size_t i = 0;

	for (; i + sizeof(x) <= bytes; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		different |= x ^ y;
	}
	return !different && memcmp(a + i, b + i, bytes - i) == 0;
}

static bool is_whole(void)
{
	struct elf elf;

	if (!program_open(boot_initrd(), "supervisor", &elf))
		return false;
	for (size_t i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *s = &elf.segment[i];

		if (!(s->rights & RIGHT_WRITE) &&
		    !is_equal((const uint8_t *)s->address, elf.base + s->offset, s->file_size))
			return false;
	}
	return true;
}

void code_check(void)
{
	if (!is_whole())
		kozo_panic_silently("this program is not what was started any more");
}
