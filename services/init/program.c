/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "program.h"

#include "boot.h"
#include "print.h"

static bool find_file(const char *name, struct cpio_file *file)
{
	struct cpio initrd = boot_initrd();

	if (cpio_find(&initrd, name, file) == CPIO_FILE)
		return true;
	kozo_printf("init: %s is missing from the initrd\n", name);
	return false;
}

static bool abi_matches(const char *name, const struct elf *elf)
{
	uint64_t hash;

	if (!elf_abi_hash(elf, &hash)) {
		kozo_printf("init: %s was not built for KOZO: it names no ABI\n", name);
		return false;
	}
	if (hash != KOZO_ABI_HASH) {
		kozo_printf("init: %s was built for ABI %016lx, this system is ABI %016lx\n", name,
			    hash, (uint64_t)KOZO_ABI_HASH);
		return false;
	}
	return true;
}

bool program_open(const char *name, struct elf *elf)
{
	struct cpio_file file;

	if (!find_file(name, &file))
		return false;

	enum elf_result result = elf_open(elf, file.data, file.size);

	if (result != ELF_OK) {
		kozo_printf("init: %s cannot be loaded: %s\n", name, elf_text(result));
		return false;
	}
	return abi_matches(name, elf);
}
