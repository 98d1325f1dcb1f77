/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * stretch - how long the kernel keeps interrupts away
 *
 *     -plugin stretch.so,out=FILE
 *
 * A stretch begins with the first instruction of the kernel after one of a user, and
 * ends when it leaves, whether or not the user then gets to run one. An idle kernel
 * lets interrupts in with `sti`, which ends a stretch and begins another. Boot, before the first user instruction,
 * does not count. A repeated string instruction counts once for each iteration, as
 * with -icount.
 *
 * At the end FILE has a line `total N`, the kernel's instructions in all stretches;
 * then the longest stretch for each pair of places, the longest first:
 *
 *     stretch INSTRUCTIONS FROM ENTRY HOW_MANY
 *
 * FROM is the last instruction before it, ENTRY its first; and then, where the
 * longest of all was spent, by blocks of code:
 *
 *     block ADDRESS INSTRUCTIONS
 *
 * One CPU only.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define KERNEL_BASE 0xffffffff80000000ull

enum { PLACES_MAX = 1 << 12, BLOCKS_MAX = 1 << 14 };

/* Instructions that let interrupts in: after the next one, and at once. */
#define STI "\xfb"
#define SYSRET "\x48\x0f\x07"
#define IRET "\x48\xcf"

int qemu_plugin_version = 1;

/* A block of code, as QEMU has turned it. Never freed: QEMU may still run it. */
struct block {
	uint64_t first, last; /* addresses of its first and its last instruction */
	uint64_t stretch;     /* the number of the stretch that `times` is about */
	uint64_t times, insns;
};

/* All stretches between the same two places. */
struct place {
	uint64_t from, entry, longest, count;
};

static const char *path;
static struct place places[PLACES_MAX];
static uint64_t total;

/* The stretch that is being run; number 0: a user's code is. */
static uint64_t number, next_number = 1;
static uint64_t insns, from, entry;
static struct block *seen[BLOCKS_MAX];
static size_t seen_count;

static const struct block *left; /* the kernel has just left from here; NULL: it has not */

/* The longest of all. */
static uint64_t longest;
static struct {
	uint64_t first, insns;
} profile[BLOCKS_MAX];
static size_t profile_count;

static bool booting;	   /* the kernel has run, but no user yet */
static uint64_t last_user; /* the last instruction of a user; 0: none has run */

static struct place *place_of(uint64_t a, uint64_t b)
{
	uint64_t hash = (a * 31 + b) * 0x9e3779b97f4a7c15ull >> 52;

	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *p = &places[(hash + i) % PLACES_MAX];

		if (!p->count || (p->from == a && p->entry == b))
			return p;
	}
	fprintf(stderr, "stretch: too many places\n");
	abort();
}

static void keep_profile(void)
{
	profile_count = seen_count;
	for (size_t i = 0; i < seen_count; i++) {
		profile[i].first = seen[i]->first;
		profile[i].insns = seen[i]->times * seen[i]->insns;
	}
}

static void begin(uint64_t after, uint64_t at)
{
	number = next_number++;
	insns = 0;
	seen_count = 0;
	from = after;
	entry = at;
}

static void end(void)
{
	struct place *p = place_of(from, entry);

	p->from = from;
	p->entry = entry;
	p->count++;
	if (insns > p->longest)
		p->longest = insns;
	if (insns > longest) {
		longest = insns;
		keep_profile();
	}
	total += insns;
	number = 0;
	left = NULL;
}

static void kernel_runs(unsigned int vcpu, void *data)
{
	struct block *b = data;

	(void)vcpu;
	if (!last_user) {
		booting = true;
		return;
	}
	if (left) { /* and is back, before a user could run an instruction */
		uint64_t there = left->last;

		end();
		begin(there, b->first);
	}
	if (!number)
		begin(last_user, b->first);
	if (b->stretch != number) {
		b->stretch = number;
		b->times = 0;
		if (seen_count < BLOCKS_MAX)
			seen[seen_count++] = b;
	}
	b->times++;
}

static void user_runs(unsigned int vcpu, void *data)
{
	const struct block *b = data;

	(void)vcpu;
	if (number)
		end();
	if (booting) /* firmware and the kernel's first instructions are below, too */
		last_user = b->last;
}

/* The instruction before counts, so this one is the next stretch's. */
static void interrupts_come(unsigned int vcpu, void *data)
{
	const struct block *b = data;

	(void)vcpu;
	if (!number)
		return;
	end();
	begin(b->last, b->last);
}

static void leaves(unsigned int vcpu, void *data)
{
	(void)vcpu;
	if (number)
		left = data;
}

static bool is(const struct qemu_plugin_insn *insn, const char *code)
{
	size_t size = strlen(code);

	return qemu_plugin_insn_size(insn) == size &&
	       !memcmp(qemu_plugin_insn_data(insn), code, size);
}

static void count(struct qemu_plugin_insn *insn, struct block *b)
{
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &insns, 1);
	if (is(insn, STI))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, interrupts_come,
						       QEMU_PLUGIN_CB_NO_REGS, b);
	if (is(insn, SYSRET) || is(insn, IRET))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, leaves, QEMU_PLUGIN_CB_NO_REGS, b);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct block *b = calloc(1, sizeof(*b));

	(void)id;
	b->first = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
	b->last = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, n - 1));
	b->insns = n;
	if (b->first < KERNEL_BASE) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, user_runs, QEMU_PLUGIN_CB_NO_REGS, b);
		return;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, kernel_runs, QEMU_PLUGIN_CB_NO_REGS, b);
	for (size_t i = 0; i < n; i++)
		count(qemu_plugin_tb_get_insn(tb, i), b);
}

static int longer(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->longest < y->longest) - (x->longest > y->longest);
}

static void report(qemu_plugin_id_t id, void *unused)
{
	FILE *file = fopen(path, "w");

	(void)id, (void)unused;
	if (!file) {
		perror(path);
		return;
	}
	fprintf(file, "total %lu\n", total);
	qsort(places, PLACES_MAX, sizeof(places[0]), longer);
	for (size_t i = 0; i < PLACES_MAX && places[i].count; i++)
		fprintf(file, "stretch %lu 0x%lx 0x%lx %lu\n", places[i].longest, places[i].from,
			places[i].entry, places[i].count);
	for (size_t i = 0; i < profile_count; i++)
		fprintf(file, "block 0x%lx %lu\n", profile[i].first, profile[i].insns);
	fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "stretch: needs out=FILE\n");
		return 1;
	}
	path = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
