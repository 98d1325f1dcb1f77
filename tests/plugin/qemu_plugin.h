/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What our plugins use of QEMU's interface for TCG plugins, version 1 (QEMU 4.2 and
 * later; docs/devel/tcg-plugins in QEMU). Debian's QEMU comes without a header.
 *
 * QEMU loads a plugin with `-plugin FILE,NAME=VALUE,...`, calls its
 * qemu_plugin_install(), and from then on the callbacks that this registers. The
 * emulator turns guest code into blocks (tb) of instructions that run to their
 * end, and only turns into a block what it is about to run.
 */
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;

/* Whether a callback looks at registers of the guest: ours do not. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

/*
 * Which accesses to memory a callback is about. QEMU 7.2 takes some that read for some
 * that write, so both are asked for.
 */
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_RW = 3 };

/* What can be done without a call. */
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void tb_trans_t(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void exec_t(unsigned int vcpu, void *data);
typedef void mem_t(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data);
typedef void atexit_t(qemu_plugin_id_t id, void *data);

/* Ours: QEMU looks for both by name. */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_t *callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_t *callback,
					  enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_t *callback,
					    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *to, uint64_t operand);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_t *callback,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw,
				      void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, atexit_t *callback, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

/* As a disassembler writes it; the caller frees it. */
char *qemu_plugin_insn_disas(const struct qemu_plugin_insn *insn);
