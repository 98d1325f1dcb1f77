/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "seed.h"
#include "cap.h"
#include "object.h"
#include "panic.h"
#include "shared.h"
#include "string.h"
#include "thread.h"
#include "untyped.h"

/* What the compiler must not see through, or it would refuse or repair the bug. */
static volatile int zero, five = 5;
static void *volatile nothing, *volatile somewhere;

static char global[5];

/* Some untyped of init's that an object fits in. */
static struct slot *some_untyped(void)
{
	struct slot *s = thread_init->cspace;
	uint64_t start;

	while (s->type != OBJECT_UNTYPED || !untyped_fit(s->badge, s->size, PAGE_BITS, &start))
		s++;
	return s;
}

/* A fresh object, named by one slot. */
static struct slot *make(enum object_type type, uint64_t size)
{
	static struct slot slot;

	if (untyped_make(some_untyped(), type, size, &slot))
		panic("seed: no memory");
	return &slot;
}

static void *hide(void *pointer)
{
	__asm__("" : "+r"(pointer));
	return pointer;
}

static void gone(void)
{
	struct slot *slot = make(OBJECT_THREAD, 0);
	struct thread *t = slot->object;

	cap_delete(slot);
	while (tombs_step())
		;
	t->ceiling = 1;
}

static void unused(void)
{
	struct thread *t = make(OBJECT_THREAD, 0)->object;

	*(word_t *)hide(t + 1) = 1;
}

static void copy(void)
{
	struct thread *t = make(OBJECT_THREAD, 0)->object;
	static char much[1 << THREAD_BITS];

	memcpy(t, much, sizeof(much));
}

static void frame(void)
{
	word_t *page = make(OBJECT_FRAME, PAGE_BITS)->object;

	five = (int)*page;
}

static void untyped(void)
{
	struct slot *slot = some_untyped();

	five = ((uint8_t *)slot->object)[slot->badge];
}

static void user(void)
{
	five = *(volatile uint8_t *)thread_init->regs.rip;
}

static void shared(void)
{
	struct slot *frame = make(OBJECT_FRAME, PAGE_BITS);

	shared_copy((void SHARED *)thread_init, (const void SHARED *)frame->object, sizeof(word_t));
}

static void fetch(void)
{
	five = (uint8_t)shared_word((const uint64_t SHARED *)thread_init);
}

static void overlap(void)
{
	struct slot *endpoint = make(OBJECT_ENDPOINT, 0), *memory = some_untyped();
	struct slot second = { 0 };

	memory->badge = (uint64_t)((char *)endpoint->object - (char *)memory->object);
	if (untyped_make(memory, OBJECT_REPLY, 0, &second))
		panic("seed: no memory");
}

static void global_end(void)
{
	((char *)hide(global))[five] = 1;
}

static void stack_end(void)
{
	char local[5];

	((char *)hide(local))[five] = 1;
}

static void remember(void *pointer)
{
	somewhere = hide(pointer);
}

static void stack_ended(void)
{
	for (int i = 0; i < five; i++) {
		int local = i;

		remember(&local);
	}
	*(int *)somewhere = 1;
}

static void overflow(void)
{
	five += __INT_MAX__;
}

static void negate(void)
{
	five = -(-__INT_MAX__ - 1 + zero);
}

static void divide(void)
{
	five /= zero;
}

static void shift(void)
{
	five = five << (five + 30);
}

static void index(void)
{
	global[five] = 1;
}

static void misaligned(void)
{
	five = *(int *)(global + 1 + zero);
}

static void null(void)
{
	struct thread *t = nothing;

	t->ceiling = 1;
}

static void pointer(void)
{
	somewhere = (char *)hide(global) + (~0ul >> five);
}

static void invalid(void)
{
	char value = (char)five;
	bool b;

	memcpy(&b, &value, 1);
	zero = b;
}

static void object(void)
{
	char *start = global;

	start[five] = 1;
}

static void builtin(void)
{
	five = __builtin_clz((unsigned)zero);
}

static void unreachable(void)
{
	if (five)
		__builtin_unreachable();
}

static const struct seed {
	const char *name;
	void (*commit)(void);
} seeds[] = {
	/* of what KASAN finds */
	{ "gone", gone },
	{ "unused", unused },
	{ "copy", copy },
	{ "frame", frame },
	{ "untyped", untyped },
	{ "user", user },
	{ "shared", shared },
	{ "fetch", fetch },
	{ "overlap", overlap },
	{ "global_end", global_end },
	{ "stack_end", stack_end },
	{ "stack_ended", stack_ended },
	/* of what UBSan finds */
	{ "overflow", overflow },
	{ "negate", negate },
	{ "divide", divide },
	{ "shift", shift },
	{ "index", index },
	{ "misaligned", misaligned },
	{ "null", null },
	{ "pointer", pointer },
	{ "invalid", invalid },
	{ "object", object },
	{ "builtin", builtin },
	{ "unreachable", unreachable },
};

static const struct seed *chosen;

void seed_choose(const struct boot *b)
{
	const char *name = boot_option(b, "bug=");

	if (!name)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(seeds); i++)
		if (boot_option_is(name, seeds[i].name))
			chosen = &seeds[i];
	if (!chosen)
		boot_stop("there is no bug to seed by the name %s", name);
}

void seed_commit(void)
{
	if (chosen)
		chosen->commit();
}
