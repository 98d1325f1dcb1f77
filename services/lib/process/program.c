/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "program.h"

#include "print.h"
#include "start.h"

static bool find_file(struct cpio *initrd, const char *name, struct cpio_file *file)
{
	if (cpio_find(initrd, name, file) == CPIO_FILE)
		return true;
	kozo_printf("%s: %s is missing from the initrd\n", kozo_name(), name);
	return false;
}

static bool abi_matches(const char *name, const struct elf *elf)
{
	uint64_t hash;

	if (!elf_abi_hash(elf, &hash)) {
		kozo_printf("%s: %s was not built for KOZO: it names no ABI\n", kozo_name(), name);
		return false;
	}
	if (hash != KOZO_ABI_HASH) {
		kozo_printf("%s: %s was built for ABI %016lx, this system is ABI %016lx\n",
			    kozo_name(), name, hash, (uint64_t)KOZO_ABI_HASH);
		return false;
	}
	return true;
}

bool program_open(struct cpio initrd, const char *name, struct elf *elf)
{
	struct cpio_file file;

	if (!find_file(&initrd, name, &file))
		return false;

	const char *problem = elf_open(elf, file.data, file.size);

	if (problem) {
		kozo_printf("%s: %s cannot be loaded: %s\n", kozo_name(), name, problem);
		return false;
	}
	return abi_matches(name, elf);
}
