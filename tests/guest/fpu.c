/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The FPU: who may use it, and that nobody sees another's registers.
 *
 * Programs are compiled without it, so whatever touches it is assembly.
 */
#include <string.h>

#include "helper.h"
#include "message.h"
#include "processor.h"

/* --- all registers, as they are and as they should be ------------------------------- */

enum { LEGACY_BYTES = 512, VECTORS = 32, VECTOR_BYTES = 64, MASKS = 8 };

/* FXSAVE has x87, MXCSR and the low 128 bits of 16 vectors (SDM vol. 1, 10.5.1). */
struct image {
	struct {
		uint16_t control, status;
		uint8_t tag, reserved;
		uint16_t opcode;
		uint64_t pointers[2];
		uint32_t mxcsr, mxcsr_mask;
		uint8_t x87[8][16]; /* 10 bytes of each */
		uint8_t xmm[16][16];
		uint8_t unused[96];
	} legacy;
	uint8_t vector[VECTORS][VECTOR_BYTES];
	uint64_t mask[MASKS];
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct image, vector) == LEGACY_BYTES, "the assembly below says so, too");
_Static_assert(offsetof(struct image, mask) == LEGACY_BYTES + 2048, "and this");

void load_sse(const struct image *i);
void load_avx(const struct image *i);
void load_avx512(const struct image *i);
void store_sse(struct image *i);
void store_avx(struct image *i);
void store_avx512(struct image *i);

#define FIRST_16 "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define OTHER_16 "16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"

__asm__(".text\n"
	"load_sse:\n\tfxrstor64 (%rdi)\n\tret\n"
	"load_avx:\n\tfxrstor64 (%rdi)\n"
	"\t.irp n," FIRST_16 "\n\tvmovdqu 512+\\n*64(%rdi), %ymm\\n\n\t.endr\n\tret\n"
	"load_avx512:\n\tfxrstor64 (%rdi)\n"
	"\t.irp n," FIRST_16 "," OTHER_16 "\n\tvmovdqu64 512+\\n*64(%rdi), %zmm\\n\n\t.endr\n"
	"\t.irp n,0,1,2,3,4,5,6,7\n\tkmovw 2560+\\n*8(%rdi), %k\\n\n\t.endr\n\tret\n"
	"store_sse:\n\tfxsave64 (%rdi)\n\tret\n"
	"store_avx:\n\tfxsave64 (%rdi)\n"
	"\t.irp n," FIRST_16 "\n\tvmovdqu %ymm\\n, 512+\\n*64(%rdi)\n\t.endr\n\tret\n"
	"store_avx512:\n\tfxsave64 (%rdi)\n"
	"\t.irp n," FIRST_16 "," OTHER_16 "\n\tvmovdqu64 %zmm\\n, 512+\\n*64(%rdi)\n\t.endr\n"
	"\t.irp n,0,1,2,3,4,5,6,7\n\tkmovw %k\\n, 2560+\\n*8(%rdi)\n\t.endr\n\tret\n");

static void load(const struct image *i)
{
	if (processor_has(PROCESSOR_AVX512))
		load_avx512(i);
	else if (processor_has(PROCESSOR_AVX))
		load_avx(i);
	else
		load_sse(i);
}

static void store(struct image *i)
{
	if (processor_has(PROCESSOR_AVX512))
		store_avx512(i);
	else if (processor_has(PROCESSOR_AVX))
		store_avx(i);
	else
		store_sse(i);
}

/* Keep of an image what this processor has in registers; of the rest nothing. */
static void strip(struct image *i)
{
	bool avx = processor_has(PROCESSOR_AVX), avx512 = processor_has(PROCESSOR_AVX512);

	i->legacy.reserved = 0;
	i->legacy.opcode = 0;
	memset(i->legacy.pointers, 0, sizeof(i->legacy.pointers));
	i->legacy.mxcsr_mask = 0;
	memset(i->legacy.unused, 0, sizeof(i->legacy.unused));
	for (unsigned n = 0; n < 8; n++)
		memset(&i->legacy.x87[n][10], 0, 6);
	for (unsigned n = 0; n < VECTORS && !avx512; n++)
		memset(&i->vector[n][avx && n < 16 ? 32 : 0], 0, avx && n < 16 ? 32 : 64);
	for (unsigned n = 0; n < MASKS; n++)
		i->mask[n] &= avx512 ? 0xffff : 0;
}

/* Registers that somebody might have: random, but no exception is pending or unmasked. */
static void fill(struct image *i, word_t seed)
{
	uint8_t *byte = (uint8_t *)i;

	for (unsigned n = 0; n < sizeof(*i); n++) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		byte[n] = (uint8_t)(seed >> 56);
	}
	i->legacy.control = (uint16_t)(0x37f | (i->legacy.control & 0xc00));
	i->legacy.status &= 0x7f00; /* condition codes and the top of the stack */
	i->legacy.mxcsr = 0x1f80 | (i->legacy.mxcsr & 0xe03f);
	for (unsigned n = 0; n < 16; n++)
		memcpy(i->legacy.xmm[n], i->vector[n], 16);
	strip(i);
}

static void initial(struct image *i)
{
	memset(i, 0, sizeof(*i));
	i->legacy.control = 0x37f;
	i->legacy.mxcsr = 0x1f80;
}

static bool registers_are(const struct image *want)
{
	struct image now = { 0 };

	store(&now);
	strip(&now);
	return !memcmp(&now, want, sizeof(now));
}

/* --- off and on ----------------------------------------------------------------------- */

#define CODE(name, text) \
	__asm__(".text\n" #name ":\n\t" text "\n\tud2"); \
	extern const char name[];

CODE(code_x87, "fninit")
CODE(code_wait, "fwait")
CODE(code_mmx, "movq %mm0, %mm1")
CODE(code_sse, "movaps %xmm0, %xmm1")
CODE(code_mxcsr, "stmxcsr -64(%rsp)")
CODE(code_fxsave, "fxsave64 -576(%rsp)")
CODE(code_avx, "vmovaps %ymm0, %ymm1")
CODE(code_avx512, "vmovaps %zmm0, %zmm31")
CODE(code_mask, "kmovw %k0, %k1")

static const struct {
	const char *code;
	enum processor_feature needs;
} users[] = {
	{ code_x87, PROCESSOR_ANY },	 { code_wait, PROCESSOR_ANY },
	{ code_mmx, PROCESSOR_ANY },	 { code_sse, PROCESSOR_ANY },
	{ code_mxcsr, PROCESSOR_ANY },	 { code_fxsave, PROCESSOR_ANY },
	{ code_avx, PROCESSOR_AVX },	 { code_avx512, PROCESSOR_AVX512 },
	{ code_mask, PROCESSOR_AVX512 },
};

/* Let it run until it faults; how far it came, in bytes. */
static word_t reached(const struct helper *h, const char *code)
{
	NEED(kozo_thread_resume(h->thread));
	helpers_run();
	EXPECT(helper_state(h), THREAD_FAULTED);
	return registers_of(h->thread).rip - (vaddr_t)code;
}

TEST(fpu_off, "a thread whose FPU is off cannot use any of it, and goes on when it is on")
{
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct helper h = { 0 };
		word_t off;

		if (!processor_has(users[i].needs))
			continue;
		helper_make_at(&h, users[i].code);
		off = reached(&h, users[i].code);
		EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 1), OK);
		EXPECT(reached(&h, users[i].code) > off, true);
		EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 0), OK);
		NEED(kozo_thread_stop(h.thread));
		helper_make_at(&h, users[i].code);
		EXPECT(reached(&h, users[i].code), off);
	}
}

static void yields(struct helper *h)
{
	for (;;) {
		h->step++;
		kozo_yield();
	}
}

TEST(fpu_refusals, "Thread.set_fpu wants 0 or 1, and no other thread that is ready")
{
	struct helper h = { 0 };

	helper_go(&h, yields);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 2), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 1ull << 32), ERR_BAD_ARG);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 0), ERR_STATE);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 1), ERR_STATE);
	NEED(kozo_thread_stop(h.thread));
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 1), OK);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 1), OK);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 0), OK);
	EXPECT_STATUS(kozo_thread_set_fpu(h.thread, 0), OK);
}

/* --- nobody else's ----------------------------------------------------------------------- */

static struct image image[4], untouched;

/* in[0]: which image; out[0]: how often it was not what the registers had. */
static void keeps(struct helper *h)
{
	for (unsigned i = 0; i < 40; i++) {
		fill(&image[h->in[0]], h->in[0] * 1000 + i);
		load(&image[h->in[0]]);
		kozo_yield();
		h->out[0] += !registers_are(&image[h->in[0]]);
		kozo_yield();
		h->out[0] += !registers_are(&image[h->in[0]]);
		h->step++;
	}
}

static void fpu_helper(struct helper *h, void (*run)(struct helper *h))
{
	helper_make(h, run);
	NEED(kozo_thread_set_fpu(h->thread, 1));
}

TEST(fpu_survives, "what a thread has in its FPU is its own, whoever runs in between")
{
	struct helper h[4] = { 0 }, without = { 0 };

	helper_go(&without, yields);
	for (unsigned i = 0; i < 4; i++) {
		h[i].in[0] = i;
		fpu_helper(&h[i], keeps);
		helper_start(&h[i]);
	}
	for (unsigned i = 0; i < 40; i++)
		helpers_run();
	for (unsigned i = 0; i < 4; i++) {
		EXPECT(h[i].finished, true);
		EXPECT(h[i].step, 40);
		EXPECT(h[i].out[0], 0);
	}
	EXPECT(without.step > 40, true);
}

static void is_initial(struct helper *h)
{
	h->out[0] = registers_are(&untouched);
}

/* Fills the registers, and leaves them as in[0] says. */
static void leaves(struct helper *h)
{
	fill(&image[0], 5);
	load(&image[0]);
	h->out[1] = registers_are(&image[0]);
	if (h->in[0])
		h->status = kozo_cnode_delete(0, h->thread);
}

/* QEMU does not look at CR0.TS here. So it sees what is left in the registers. */
static void looks_in_spite(struct helper *h)
{
	uint8_t area[1024] __attribute__((aligned(64))) = { 0 };
	struct image seen = { 0 };

	h->out[0] = true;
	__asm__ volatile("xsave64 %0" : "+m"(area) : "a"(3), "d"(0) : "memory");
	memcpy(&seen, area, LEGACY_BYTES);
	strip(&seen);
	h->out[0] = !memcmp(&seen.legacy, &untouched.legacy, LEGACY_BYTES);
}

TEST(fpu_left_empty, "nothing is left in the FPU for a thread whose FPU is off")
{
	initial(&untouched);
	for (word_t dies = 0; dies < 2; dies++) {
		struct helper dirty = { .in = { dies } }, without = { 0 };

		fpu_helper(&dirty, leaves);
		helper_make(&without, looks_in_spite);
		helper_start(&dirty);
		helper_start(&without);
		helpers_run();
		EXPECT(dirty.out[1], true);
		EXPECT(without.out[0], true); /* or it was stopped before it could look */
	}
}

static void expect_initial(struct helper *h)
{
	h->out[0] = false;
	helper_start(h);
	helpers_run();
	EXPECT(h->finished, true);
	EXPECT(h->out[0], true);
}

TEST(fpu_initial, "a new thread finds the FPU in its initial state, whoever had it before")
{
	initial(&untouched);
	for (word_t dies = 0; dies < 2; dies++) {
		struct helper dirty = { .in = { dies } }, new = { 0 };

		fpu_helper(&new, is_initial);
		fpu_helper(&dirty, leaves);
		helper_start(&dirty);
		helpers_run();
		EXPECT(dirty.out[1], true);
		expect_initial(&new);
		NEED(kozo_cnode_delete(SLOT_CNODE, new.thread));
		helper_make(&new, is_initial);
		NEED(kozo_thread_set_fpu(new.thread, 1));
		expect_initial(&new);
	}
}

TEST(fpu_initial_again, "Thread.start, and turning the FPU off and on, make a new FPU of it")
{
	struct helper h = { 0 };

	initial(&untouched);
	fpu_helper(&h, leaves);
	for (unsigned again = 0; again < 2; again++) {
		h.run = leaves;
		h.out[1] = false;
		helper_start(&h);
		helpers_run();
		EXPECT(h.out[1], true);
		h.run = is_initial;
		if (again) {
			struct thread_registers r = registers_of(h.thread);

			NEED(kozo_thread_set_fpu(h.thread, 0));
			NEED(kozo_thread_set_fpu(h.thread, 1));
			NEED(registers_put(h.thread, r));
		}
		expect_initial(&h);
	}
}

static void turns_its_own(struct helper *h)
{
	NEED(kozo_thread_set_fpu(h->thread, 1));
	h->out[0] = registers_are(&untouched);
	fill(&image[0], 7);
	load(&image[0]);
	NEED(kozo_thread_set_fpu(h->thread, 1));
	h->out[1] = registers_are(&image[0]);
	NEED(kozo_thread_set_fpu(h->thread, 0));
	NEED(kozo_thread_set_fpu(h->thread, 1));
	h->out[2] = registers_are(&untouched);
	load(&image[0]);
	NEED(kozo_thread_set_fpu(h->thread, 0));
	h->step = 1;
	__asm__ volatile("fninit");
	h->step = 2;
}

TEST(fpu_own, "a thread can turn its own FPU on and off")
{
	struct helper h = { 0 };

	initial(&untouched);
	helper_go(&h, turns_its_own);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(h.out[i], true);
	EXPECT(h.step, 1);
	EXPECT(helper_state(&h), THREAD_FAULTED);
}

TEST(fpu_forgotten, "nothing of a dead thread's FPU is in the memory that it had")
{
	struct helper h = { 0 };
	cptr_t untyped = make(OBJECT_UNTYPED, boot->object_bits[OBJECT_THREAD]);
	word_t done;

	helper_make(&h, leaves);
	h.thread = slot_new();
	h.self = h.thread;
	NEED(kozo_untyped_retype(untyped, OBJECT_THREAD, 0, SLOT_CNODE, h.thread, 1, &done));
	NEED(kozo_thread_configure(h.thread, SLOT_CNODE, SLOT_VSPACE, 0));
	NEED(kozo_thread_set_time(h.thread, helpers_time));
	NEED(kozo_thread_set_fpu(h.thread, 1));
	helper_start(&h);
	helpers_run();
	EXPECT(h.out[1], true);
	NEED(kozo_cnode_revoke(SLOT_CNODE, untyped));

	cptr_t frame = slot_new();

	NEED(kozo_untyped_retype(untyped, OBJECT_FRAME, boot->object_bits[OBJECT_THREAD],
				 SLOT_CNODE, frame, 1, &done));
	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
	EXPECT(all_words(AREA, 1ull << boot->object_bits[OBJECT_THREAD], 0), true);
}

/* --- copies ----------------------------------------------------------------------------------- */

static void is_image(struct helper *h)
{
	h->out[0] = registers_are(&image[h->in[0]]);
}

/* in[1]: a thread that gets what we have; then we have something else. */
static void gives(struct helper *h)
{
	fill(&image[0], 11);
	fill(&image[1], 12);
	load(&image[0]);
	h->status = kozo_thread_copy_fpu(h->in[1], h->thread);
	h->out[0] = registers_are(&image[0]);
	load(&image[1]);
	kozo_yield();
	h->out[1] = registers_are(&image[1]);
}

/* Like expect_initial(), but the thread goes on with the FPU that it was given. */
static void expect_image(struct helper *h)
{
	NEED(kozo_thread_resume(h->thread));
	helpers_run();
	EXPECT(h->finished, true);
	EXPECT(h->out[0], true);
}

extern const char calls_is_image[];

__asm__(".text\n"
	"calls_is_image:\n\tand $-16, %rsp\n\tcall finishes_image");

void finishes_image(struct helper *h);
void finishes_image(struct helper *h)
{
	is_image(h);
	h->finished = true;
	h->status = kozo_thread_stop(h->thread);
}

static void image_helper(struct helper *h, word_t which)
{
	helper_make_at(h, calls_is_image);
	h->in[0] = which;
	NEED(kozo_thread_set_fpu(h->thread, 1));
}

TEST(fpu_copied, "Thread.copy_fpu gives a thread what another one has, and what the caller has")
{
	struct helper first = { 0 }, second = { 0 }, giver = { 0 };

	image_helper(&first, 0);
	image_helper(&second, 1);
	giver.in[1] = first.thread;
	fpu_helper(&giver, gives);
	helper_start(&giver);
	helpers_run();
	EXPECT(giver.finished, true);
	EXPECT_STATUS(giver.status, OK);
	EXPECT(giver.out[0], true);
	EXPECT(giver.out[1], true);
	EXPECT_STATUS(kozo_thread_copy_fpu(second.thread, giver.thread), OK);
	expect_image(&first);
	expect_image(&second);
}

TEST(fpu_copy_refusals, "Thread.copy_fpu refuses with the first reason, and changes nothing")
{
	struct helper on = { 0 }, off = { 0 }, ready = { 0 };

	fill(&image[1], 13);
	image_helper(&on, 1);
	helper_make(&off, yields);
	fpu_helper(&ready, yields);
	helper_start(&ready);
	helpers_run();
	EXPECT_STATUS(kozo_thread_copy_fpu(ready.thread, slot_new()), ERR_BAD_CAP);
	EXPECT_STATUS(kozo_thread_copy_fpu(ready.thread, make(OBJECT_ENDPOINT, 0)), ERR_WRONG_TYPE);
	EXPECT_STATUS(kozo_thread_copy_fpu(ready.thread, part_of(off.thread, RIGHT_INSPECT, 0)),
		      ERR_NO_RIGHT);
	EXPECT_STATUS(kozo_thread_copy_fpu(ready.thread, on.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_copy_fpu(on.thread, ready.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_copy_fpu(on.thread, off.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_copy_fpu(off.thread, on.thread), ERR_STATE);
	EXPECT_STATUS(kozo_thread_copy_fpu(on.thread, on.thread), OK);
	initial(&image[1]);
	expect_image(&on);
}

/* --- what is enabled ----------------------------------------------------------------------------- */

TEST(fpu_components, "of the registers that XSAVE keeps only those are on that are the FPU's")
{
	unsigned low, high;

	if (!processor_has(PROCESSOR_OSXSAVE))
		return;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	EXPECT(high, 0);
	EXPECT(low & ~0xe7u, 0);
	EXPECT(low & 3, 3);
	EXPECT(low >> 2 & 1, processor_has(PROCESSOR_AVX));
	EXPECT(low >> 5, processor_has(PROCESSOR_AVX512) ? 7 : 0);
}
