/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cover - which instructions of the kernel have been run
 *
 *     -plugin cover.so,out=FILE
 *
 * FILE becomes a map of the kernel's image: bit n is the byte at KERNEL_BASE + n, and
 * is set if an instruction that was run begins there. QEMU turns code into a block
 * only to run it, so what has been turned is what has been run; an instruction that
 * faults, or waits, leaves a block before its end, which costs us a few too many.
 * The file is mapped, so it is right even when QEMU is killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu_plugin.h"

#define KERNEL_BASE 0xffffffff80000000ull
#define KERNEL_BYTES (4ull << 20) /* tests/driver/coverage.py has it too */

int qemu_plugin_version = 1;

static uint8_t *map;

static void note(const struct qemu_plugin_insn *insn)
{
	uint64_t at = qemu_plugin_insn_vaddr(insn) - KERNEL_BASE;

	if (at < KERNEL_BYTES)
		map[at / 8] |= (uint8_t)(1u << at % 8);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		note(qemu_plugin_tb_get_insn(tb, i));
}

static uint8_t *map_file(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT, 0666);

	if (file < 0 || ftruncate(file, KERNEL_BYTES / 8))
		return MAP_FAILED;

	void *at = mmap(NULL, KERNEL_BYTES / 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	close(file);
	return at;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "cover: needs out=FILE\n");
		return 1;
	}
	map = map_file(argv[0] + 4);
	if (map == MAP_FAILED) {
		perror(argv[0] + 4);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
