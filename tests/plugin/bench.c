/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench - how many instructions the kernel takes between marks of a program
 *
 *     -plugin bench.so,out=FILE
 *
 * A mark is `mov al, cs:[REGISTER]` of a user, whose address modulo the size of a page
 * is the number of a row (tests/bench/bench.h). For each mark FILE gets what has been
 * counted since the last, if that was the mark of a row and not of nobody, row 0:
 *
 *     ROW INSTRUCTIONS COUNT...
 *
 * Only the kernel's instructions count, from the first at an entry to sysret or iretq,
 * both included. A repeated string instruction counts once for each iteration, as with
 * -icount. The counts are of instructions in the order of enum kind, as the first line
 * names them. One CPU only.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define KERNEL_BASE 0xffffffff80000000ull

enum { PAGE = 4096, MARK_BYTES = 3 };

int qemu_plugin_version = 1;

/*
 * What an instruction is, if it is more than just one. STACK are push, pop, call, ret and
 * leave; MEMORY is what has another operand there, CR any other use of a control register.
 */
enum kind { EXIT, STACK, MEMORY, CR3, CR, MSR, SWAPGS, BASE, INVALIDATE, KINDS };

static const char *const kind_name[KINDS] = {
	[EXIT] = "exit",     [STACK] = "stack", [MEMORY] = "memory",
	[CR3] = "cr3",	     [CR] = "cr",	[MSR] = "msr",
	[SWAPGS] = "swapgs", [BASE] = "base",	[INVALIDATE] = "invalidate",
};

/* The first that fits, of the beginnings of mnemonics. */
static const struct {
	const char *mnemonic;
	enum kind kind;
} mnemonics[] = {
	{ "sysret", EXIT },	   { "iret", EXIT },	 { "push", STACK },
	{ "pop", STACK },	   { "leave", STACK },	 { "call", STACK },
	{ "ret", STACK },	   { "rdmsr", MSR },	 { "wrmsr", MSR },
	{ "swapgs", SWAPGS },	   { "rdfsbase", BASE }, { "rdgsbase", BASE },
	{ "wrfsbase", BASE },	   { "wrgsbase", BASE }, { "invlpg", INVALIDATE },
	{ "invpcid", INVALIDATE }, { "clts", CR },	 { "lea", KINDS },
	{ "nop", KINDS },
};

static FILE *out;
static unsigned row;
static uint64_t insns, insns_then, count[KINDS], count_then[KINDS];

/* --- what an instruction is ------------------------------------------------------ */

/* A base or an index, a segment, or just an address: but that is where a jump goes. */
static bool reads_or_writes(const char *text)
{
	return strpbrk(text, "(:") || (text[0] != 'j' && strstr(text, " 0x"));
}

/* Of an instruction as the disassembler writes it: AT&T syntax, the target last. */
static enum kind kind_of(const char *text)
{
	const char *cr3 = strstr(text, ", %cr3");

	for (size_t i = 0; i < sizeof(mnemonics) / sizeof(mnemonics[0]); i++)
		if (!strncmp(text, mnemonics[i].mnemonic, strlen(mnemonics[i].mnemonic)))
			return mnemonics[i].kind;
	if (strstr(text, "%cr"))
		return cr3 ? CR3 : CR;
	return reads_or_writes(text) ? MEMORY : KINDS;
}

static void count_one(struct qemu_plugin_insn *insn)
{
	char *text = qemu_plugin_insn_disas(insn);
	enum kind kind = kind_of(text);

	free(text);
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &insns, 1);
	if (kind != KINDS)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &count[kind], 1);
}

/* --- marks ------------------------------------------------------------------------- */

static void marked(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	(void)vcpu, (void)info, (void)data;
	if (row) {
		fprintf(out, "%u %" PRIu64, row, insns - insns_then);
		for (unsigned i = 0; i < KINDS; i++)
			fprintf(out, " %" PRIu64, count[i] - count_then[i]);
		fprintf(out, "\n");
	}
	row = address % PAGE;
	insns_then = insns;
	memcpy(count_then, count, sizeof(count));
}

static bool is_mark(const struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == MARK_BYTES && code[0] == 0x2e && code[1] == 0x8a;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (qemu_plugin_insn_vaddr(insn) >= KERNEL_BASE)
			count_one(insn);
		else if (is_mark(insn))
			qemu_plugin_register_vcpu_mem_cb(insn, marked, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void end(qemu_plugin_id_t id, void *unused)
{
	(void)id, (void)unused;
	fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "bench: needs out=FILE\n");
		return 1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out) {
		perror(argv[0] + 4);
		return 1;
	}
	setvbuf(out, NULL, _IOLBF, 0); /* what there is when the machine does not end */
	fprintf(out, "row instructions");
	for (unsigned i = 0; i < KINDS; i++)
		fprintf(out, " %s", kind_name[i]);
	fprintf(out, "\n");
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, end, NULL);
	return 0;
}
