/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What INVOKE refuses before any method runs, for every method there is, from
 * the list that abi/gen.c makes.
 */
#include "kozo_pairs.h"

#include "guest.h"
#include "syscall.h"

struct method {
	word_t label;
	rights_t rights;
	word_t words;
};

#define METHOD(label, name, rights, words) { label, rights, words },

static const struct method methods[] = { KOZO_METHODS(METHOD) };

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

static enum object_type type_at(const struct method *m)
{
	return (enum object_type)(m->label >> METHOD_TYPE_SHIFT);
}

/* One object of each type, as its maker gets it. */
static cptr_t specimens[OBJECT_TYPES];

static word_t smallest(enum object_type type)
{
	switch (type) {
	case OBJECT_UNTYPED:
		return UNTYPED_BITS_MIN;
	case OBJECT_FRAME:
		return FRAME_BITS_MIN;
	case OBJECT_CNODE:
		return CNODE_BITS_MIN;
	case OBJECT_PAGE_TABLE:
		return 1;
	default:
		return 0;
	}
}

/* Where the kernel gave the one capability of a type that nobody can make. */
static const cptr_t given[OBJECT_TYPES] = {
	[OBJECT_DEBUG_CONSOLE] = SLOT_DEBUG_CONSOLE, [OBJECT_IRQ_CONTROL] = SLOT_IRQ_CONTROL,
	[OBJECT_IO_PORTS] = SLOT_IO_PORTS,	     [OBJECT_IO_SPACE] = SLOT_IO_SPACE,
	[OBJECT_SCHED_CONTROL] = SLOT_SCHED_CONTROL,
};

static void make_specimens(void)
{
	observe_stage(COMMON);
	for (unsigned i = 0; i < METHODS; i++) {
		enum object_type type = type_at(&methods[i]);

		if (i && type == type_at(&methods[i - 1]))
			continue;
		specimens[type] = given[type] ? copy_of(given[type]) : make(type, smallest(type));
	}
}

TEST(no_capability, "no method can be asked of what is not there")
{
	cptr_t empty = slot_new();

	make_specimens();
	for (const struct method *m = methods; m < methods + METHODS; m++) {
		EXPECT_STATUS(observed_invoke(empty, m->label, m->words), ERR_BAD_CAP);
		EXPECT_STATUS(observed_invoke(boot->slot_count, m->label, m->words), ERR_BAD_CAP);
		EXPECT_STATUS(observed_invoke(~0ull, m->label, m->words), ERR_BAD_CAP);
		if (type_at(m) != OBJECT_CNODE)
			EXPECT_STATUS(observed_invoke(0, m->label, m->words), ERR_BAD_CAP);
	}
}

TEST(wrong_type, "no method can be asked of another type of object")
{
	make_specimens();

	cptr_t reply = make(OBJECT_REPLY, 0); /* it has no method itself */

	for (const struct method *m = methods; m < methods + METHODS; m++) {
		EXPECT_STATUS(observed_invoke(reply, m->label, m->words), ERR_WRONG_TYPE);
		EXPECT_STATUS(observed_invoke(reply, m->label, m->words + 1), ERR_WRONG_TYPE);
	}
}

/* An Untyped cannot be minted, so it always has its right. */
TEST(no_right, "every method needs each of its rights")
{
	make_specimens();
	for (const struct method *m = methods; m < methods + METHODS; m++) {
		if (type_at(m) == OBJECT_UNTYPED)
			continue;

		cptr_t whole = specimens[type_at(m)];
		rights_t all = describe(whole).rights;

		for (rights_t left = m->rights; left; left &= left - 1) {
			cptr_t part = part_of(whole, all & ~(left & -left), 0);

			EXPECT_STATUS(observed_invoke(part, m->label, m->words), ERR_NO_RIGHT);
			EXPECT_STATUS(observed_invoke(part, m->label, m->words + 1), ERR_NO_RIGHT);
		}
	}
}

TEST(wrong_count, "every method takes its own number of words, and nothing else")
{
	make_specimens();
	for (const struct method *m = methods; m < methods + METHODS; m++) {
		cptr_t self = specimens[type_at(m)];
		struct description before = describe(self);

		EXPECT_STATUS(observed_invoke(self, m->label, m->words + 1), ERR_BAD_ARG);
		if (m->words)
			EXPECT_STATUS(observed_invoke(self, m->label, m->words - 1), ERR_BAD_ARG);
		EXPECT_STATUS(observed_invoke(self, m->label, m->words | 1 << INFO_CAPS_SHIFT),
			      ERR_BAD_ARG);
		EXPECT_STATUS(observed_invoke(self, m->label, m->words | 1 << 15), ERR_BAD_ARG);
		EXPECT(same(describe(self), before), true);
	}
}

/* --- INVOKE itself ------------------------------------------------------------ */

static status_t invoke(cptr_t self, word_t label, word_t words)
{
	struct kozo_registers r = { .target = self, .info = kozo_info(label, words) };

	return observed_syscall(SYS_INVOKE, 0, &r);
}

TEST(invoke_refusals, "INVOKE refuses with the first reason that applies")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t weak = part_of(make(OBJECT_THREAD, 0), 0, 0);

	EXPECT_STATUS(invoke(slot_new(), LABEL_THREAD_INFO, 9), ERR_BAD_CAP);
	EXPECT_STATUS(invoke(endpoint, LABEL_THREAD_INFO, 9), ERR_WRONG_TYPE);
	EXPECT_STATUS(invoke(weak, LABEL_THREAD_INFO | METHOD_NUMBER_MASK, 9), ERR_BAD_METHOD);
	EXPECT_STATUS(invoke(weak, LABEL_THREAD_INFO, 9), ERR_NO_RIGHT);
	EXPECT_STATUS(invoke(SLOT_THREAD, LABEL_THREAD_INFO, 9), ERR_BAD_ARG);
	EXPECT_STATUS(invoke(SLOT_THREAD, LABEL_THREAD_INFO, 0), OK);
}

TEST(bad_method, "a method number that no object has is refused for each type")
{
	make_specimens();
	for (unsigned type = 1; type < OBJECT_TYPES; type++) {
		word_t label = (word_t)type << METHOD_TYPE_SHIFT | METHOD_NUMBER_MASK;

		if (specimens[type])
			EXPECT_STATUS(invoke(specimens[type], label, 0), ERR_BAD_METHOD);
	}

	/* An object without any method. */
	EXPECT_STATUS(invoke(make(OBJECT_REPLY, 0), OBJECT_REPLY << METHOD_TYPE_SHIFT, 0),
		      ERR_BAD_METHOD);
}

TEST(far_types, "a label that names no type is refused")
{
	cptr_t endpoint = make(OBJECT_ENDPOINT, 0);

	EXPECT_STATUS(invoke(endpoint, OBJECT_TYPES << METHOD_TYPE_SHIFT, 0), ERR_WRONG_TYPE);
	EXPECT_STATUS(invoke(endpoint, 0xffffffffffff, 0), ERR_WRONG_TYPE);
	EXPECT_STATUS(invoke(endpoint, 0, 0), ERR_WRONG_TYPE);
}

TEST(own_cnode, "cptr 0 names the caller's own CNode where a CNode is meant")
{
	word_t kind = 0, badge, number;
	rights_t rights;

	NEED(kozo_cnode_describe(0, SLOT_CNODE, &kind, &rights, &badge, &number));
	EXPECT(kind & 0xff, OBJECT_CNODE);
	EXPECT(describe_in(0, SLOT_THREAD).number, describe(SLOT_THREAD).number);
}
