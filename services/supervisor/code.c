/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "code.h"

#include "boot.h"
#include "panic.h"
#include "program.h"

/* Where the parts lie that nothing writes to, and what they were made from. */
static struct part {
	const uint8_t *at, *from;
	size_t bytes;
} part[ELF_SEGMENTS_MAX];
static size_t parts;

void code_begin(void)
{
	struct elf elf;

	if (!program_open(boot_initrd(), "supervisor", &elf))
		panic("the initrd does not have this program");
	for (size_t i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *s = &elf.segment[i];

		if (!(s->rights & RIGHT_WRITE))
			part[parts++] = (struct part){
				.at = (const uint8_t *)s->address,
				.from = elf.base + s->offset,
				.bytes = s->file_size,
			};
	}
}

/* By words, for a person waits. It calls nobody: others' code may be what is damaged. */
static bool is_whole(const struct part *p)
{
	uint64_t a, b, different = 0;
	size_t i = 0;

	for (; i + sizeof(a) <= p->bytes; i += sizeof(a)) {
		__builtin_memcpy(&a, p->at + i, sizeof(a));
		__builtin_memcpy(&b, p->from + i, sizeof(b));
		different |= a ^ b;
	}
	for (; i < p->bytes; i++)
		different |= p->at[i] ^ p->from[i];
	return !different;
}

void code_check(void)
{
	for (size_t i = 0; i < parts; i++)
		if (!is_whole(&part[i]))
			kozo_panic_silently("this program is not what was started any more");
}
