/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The derivation tree: one step at a time on trees small enough to write down,
 * then a million random steps beside a model too simple to be wrong. What must
 * hold between any two steps:
 *
 *   1  a full slot is in the tree exactly once, an empty one is not
 *   2  a slot has both a first and a last child, or neither
 *   3  SLOT_FIRST marks the first child and no other; its `prev` is the parent
 *   4  SLOT_LAST marks the last child and no other; its `next` is the parent
 *   5  the `prev` and `next` of neighbours lead to each other
 *   6  an empty slot is all zero but for its holder
 */
/* links: kernel/core/slot.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dice.h"
#include "slot.h"

enum { SLOTS = 200, HOLDERS = HOLDER_THREAD_BUFFER + 1, CHECK_EVERY = 16 };

static struct slot slots[SLOTS];
static struct slot *const root = &slots[0];

static unsigned index_of(const struct slot *s)
{
	dice_assert(s >= slots && s < slots + SLOTS);
	return (unsigned)(s - slots);
}

/* ---- what a slot holds, made from a number that tells it from others ---- */

static struct slot content(unsigned number)
{
	return (struct slot){
		.type = (uint8_t)(1 + number % 7),
		.size = (uint8_t)number,
		.rights = (uint16_t)(number * 3),
		.flags = number % 5 ? 0 : SLOT_TOMB,
		.object = &slots[number % SLOTS],
		.badge = ~(uint64_t)number,
		.mapping = (uint64_t)number << 12,
	};
}

static bool holds(const struct slot *s, unsigned number)
{
	struct slot want = content(number);

	return s->type == want.type && s->size == want.size && s->rights == want.rights &&
	       (s->flags & SLOT_TOMB) == want.flags && s->object == want.object &&
	       s->badge == want.badge && s->mapping == want.mapping;
}

/* Fill an empty slot and make it a child. */
static void derive(struct slot *parent, struct slot *to, unsigned number)
{
	uint16_t holder = to->holder;

	*to = content(number);
	to->holder = holder;
	slot_link(parent, to);
}

static struct slot *erase(struct slot *s)
{
	struct slot *childless = slot_unlink(s);

	slot_clear(s);
	return childless;
}

/* The root alone; the others are empty and differ in where they lie. */
static void begin(void)
{
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i].holder = (uint16_t)(i % HOLDERS);
	root->type = OBJECT_UNTYPED;
}

/* ---- the structure ---- */

static const struct slot *next_child(const struct slot *parent, const struct slot *s)
{
	return s == parent->last ? NULL : s->next;
}

/* `before` is the neighbour that leads to `s`, NULL if that is the parent. */
static void assert_links(const struct slot *parent, const struct slot *before, const struct slot *s)
{
	bool first = s->flags & SLOT_FIRST, last = s->flags & SLOT_LAST;

	dice_assert(first == !before);			    /* 3 */
	dice_assert(s->prev == (before ? before : parent)); /* 3, 5 */
	dice_assert(last == (s == parent->last));	    /* 4 */
	dice_assert(!last || s->next == parent);	    /* 4 */
}

/* Mark and count what is below `parent`. */
static unsigned assert_below(const struct slot *parent, bool *seen)
{
	const struct slot *before = NULL;
	unsigned count = 0;

	dice_assert(!parent->first == !parent->last); /* 2 */
	for (const struct slot *s = parent->first; s; s = next_child(parent, s)) {
		unsigned i = index_of(s);

		dice_assert(!seen[i] && !slot_empty(s)); /* 1 */
		seen[i] = true;
		assert_links(parent, before, s);
		count += 1 + assert_below(s, seen);
		before = s;
	}
	dice_assert(before == parent->last); /* 4 */
	return count;
}

static bool is_clear(const struct slot *s)
{
	struct slot clear = { .holder = s->holder };

	return !memcmp(s, &clear, sizeof(clear));
}

static void assert_structure(void)
{
	bool seen[SLOTS] = { [0] = true };
	unsigned full = 0;

	for (unsigned i = 1; i < SLOTS; i++) {
		full += !slot_empty(&slots[i]);
		dice_assert(!slot_empty(&slots[i]) || is_clear(&slots[i])); /* 6 */
		dice_assert(slots[i].holder == i % HOLDERS);
	}
	dice_assert(assert_below(root, seen) == full); /* 1 */
	dice_assert(!root->next && !root->prev);
}

/*
 * ---- small trees, written down ----
 *
 * Each letter is a slot, its children in brackets behind it: in "a(bc)d" the
 * root has the children a and d. '^' is the root itself.
 */

static struct slot *named(char name)
{
	return name == '^' ? root : &slots[1 + name - 'a'];
}

static const char *behind(const char *tree)
{
	int depth = tree[1] == '(';

	for (tree += 1 + depth; depth; tree++)
		depth += (*tree == '(') - (*tree == ')');
	return tree;
}

/* Links go in front, so what is behind comes first. */
static void plant(struct slot *parent, const char *tree)
{
	if (!*tree || *tree == ')')
		return;
	plant(parent, behind(tree));
	derive(parent, named(*tree), (unsigned)*tree);
	if (tree[1] == '(')
		plant(named(*tree), tree + 2);
}

static char *describe(const struct slot *parent, char *out)
{
	for (const struct slot *s = parent->first; s; s = next_child(parent, s)) {
		*out++ = (char)('a' + index_of(s) - 1);
		if (!s->first)
			continue;
		*out++ = '(';
		out = describe(s, out);
		*out++ = ')';
	}
	*out = '\0';
	return out;
}

static void begin_with(const char *tree)
{
	begin();
	plant(root, tree);
	assert_structure();
}

static void assert_is(const char *tree)
{
	char is[4 * SLOTS];

	assert_structure();
	describe(root, is);
	assert_string_equal(is, tree);
}

static void a_new_child_goes_in_front_of_the_others(void **state)
{
	static const struct {
		const char *before;
		char parent;
		const char *after;
	} rows[] = {
		{ "", '^', "z" },
		{ "a", '^', "za" },
		{ "abc", '^', "zabc" },
		{ "a", 'a', "a(z)" },
		{ "ab", 'a', "a(z)b" },
		{ "a(bc)d", 'a', "a(zbc)d" },
		{ "a(b(c)d)", 'b', "a(b(zc)d)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_with(rows[i].before);
		derive(named(rows[i].parent), named('z'), 'z');
		assert_is(rows[i].after);
	}
}

/* What is unlinked, the tree then, and the parent if that was its only child. */
static const struct {
	const char *before;
	char slot;
	const char *after;
	char childless;
} unlinks[] = {
	/* without children */
	{ "a", 'a', "", '^' },
	{ "ab", 'a', "b", 0 },
	{ "ab", 'b', "a", 0 },
	{ "abc", 'b', "ac", 0 },
	{ "a(b)", 'b', "a", 'a' },
	{ "a(b(c))", 'c', "a(b)", 'b' },
	{ "za(b)y", 'b', "zay", 'a' },
	{ "a(bc)", 'b', "a(c)", 0 },
	{ "a(bcd)", 'c', "a(bd)", 0 },
	{ "a(bc)", 'c', "a(b)", 0 },
	/* with children, which move up into its place */
	{ "a(b)", 'a', "b", 0 },
	{ "a(bc)", 'a', "bc", 0 },
	{ "a(bcd)", 'a', "bcd", 0 },
	{ "a(b)x", 'a', "bx", 0 },
	{ "a(bcd)x", 'a', "bcdx", 0 },
	{ "xa(b)", 'a', "xb", 0 },
	{ "xa(bcd)", 'a', "xbcd", 0 },
	{ "xa(b)y", 'a', "xby", 0 },
	{ "xa(bcd)y", 'a', "xbcdy", 0 },
	{ "x(a(bcd))", 'a', "x(bcd)", 0 },
	{ "x(wa(bc)y)z", 'a', "x(wbcy)z", 0 },
	/* and grandchildren, which stay where they are */
	{ "a(b(c)d)", 'a', "b(c)d", 0 },
	{ "x(a(b(c(d))))", 'b', "x(a(c(d)))", 0 },
};

static void children_take_the_place_of_the_unlinked_slot(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unlinks); i++) {
		begin_with(unlinks[i].before);
		erase(named(unlinks[i].slot));
		assert_is(unlinks[i].after);
	}
}

static void unlinking_tells_which_parent_has_no_child_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unlinks); i++) {
		char name = unlinks[i].childless;

		begin_with(unlinks[i].before);
		assert_ptr_equal(erase(named(unlinks[i].slot)), name ? named(name) : NULL);
	}
}

static void an_unlinked_slot_keeps_what_it_holds_and_can_be_linked_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unlinks); i++) {
		struct slot *s = named(unlinks[i].slot);
		char want[64];

		begin_with(unlinks[i].before);
		slot_unlink(s);
		assert_true(holds(s, (unsigned char)unlinks[i].slot));
		slot_link(root, s);
		snprintf(want, sizeof(want), "%c%s", unlinks[i].slot, unlinks[i].after);
		assert_is(want);
	}
}

/* `from` moves to z. */
static const struct {
	const char *before;
	char from;
	const char *after;
} moves[] = {
	{ "a", 'a', "z" },
	{ "ab", 'a', "zb" },
	{ "ab", 'b', "az" },
	{ "abc", 'b', "azc" },
	{ "a(b)", 'b', "a(z)" },
	{ "a(bcd)", 'b', "a(zcd)" },
	{ "a(bcd)", 'c', "a(bzd)" },
	{ "a(bcd)", 'd', "a(bcz)" },
	{ "a(b)", 'a', "z(b)" },
	{ "a(bc)", 'a', "z(bc)" },
	{ "a(bcd)", 'a', "z(bcd)" },
	{ "xa(bc)y", 'a', "xz(bc)y" },
	{ "x(a(b(c)))", 'a', "x(z(b(c)))" },
};

static void a_moved_slot_is_where_it_was_in_the_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		begin_with(moves[i].before);
		slot_move(named('z'), named(moves[i].from));
		assert_is(moves[i].after);
	}
}

static void a_move_takes_all_but_the_holder_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		for (uint16_t holder = 0; holder < HOLDERS; holder++) {
			struct slot *from = named(moves[i].from);

			begin_with(moves[i].before);
			from->holder = HOLDER_THREAD_VSPACE;
			named('z')->holder = holder;
			slot_move(named('z'), from);
			assert_true(holds(named('z'), (unsigned char)moves[i].from));
			assert_int_equal(named('z')->holder, holder);
			assert_int_equal(from->holder, HOLDER_THREAD_VSPACE);
			assert_true(is_clear(from));
		}
	}
}

static void a_cleared_slot_is_empty_and_keeps_its_holder(void **state)
{
	struct slot s = content(0xffff);

	(void)state;
	assert_false(slot_empty(&s));
	s.holder = HOLDER_THREAD_BUFFER;
	slot_clear(&s);
	assert_true(slot_empty(&s));
	assert_int_equal(s.holder, HOLDER_THREAD_BUFFER);
	assert_true(is_clear(&s));
}

/*
 * ---- a million random steps ----
 *
 * The model: for each slot its parent's index and a list of its children's.
 * Slot 0 is the root.
 */
static struct {
	bool full;
	unsigned number; /* of its content() */
	unsigned parent, children;
	unsigned child[SLOTS];
} model[SLOTS];

static unsigned place_in_parent(unsigned i)
{
	unsigned parent = model[i].parent, place = 0;

	while (model[parent].child[place] != i)
		place++;
	return place;
}

/* Put `count` children in place of `old` ones. */
static void model_replace(unsigned parent, unsigned place, unsigned old, const unsigned *child,
			  unsigned count)
{
	unsigned *at = &model[parent].child[place];
	unsigned behind_them = model[parent].children - place - old;

	memmove(at + count, at + old, behind_them * sizeof(*at));
	memcpy(at, child, count * sizeof(*at));
	model[parent].children += count - old;
	for (unsigned i = 0; i < count; i++)
		model[child[i]].parent = parent;
}

static void model_derive(unsigned parent, unsigned to, unsigned number)
{
	model[to].full = true;
	model[to].number = number;
	model[to].children = 0;
	model_replace(parent, 0, 0, &to, 1);
}

/* Returns whether that was the parent's last child. */
static bool model_erase(unsigned i)
{
	unsigned parent = model[i].parent;

	model_replace(parent, place_in_parent(i), 1, model[i].child, model[i].children);
	model[i].full = false;
	return !model[parent].children;
}

static void model_move(unsigned to, unsigned from)
{
	model[to] = model[from];
	model[from].full = false;
	model_replace(model[to].parent, place_in_parent(from), 1, &to, 1);
	for (unsigned i = 0; i < model[to].children; i++)
		model[model[to].child[i]].parent = to;
}

static void model_begin(void)
{
	begin();
	memset(model, 0, sizeof(model));
	model[0].full = true;
}

static void assert_as_modelled(unsigned i)
{
	const struct slot *s = slots[i].first;

	dice_assert(slot_empty(&slots[i]) == !model[i].full);
	if (!model[i].full)
		return;
	dice_assert(i == 0 || holds(&slots[i], model[i].number));
	for (unsigned n = 0; n < model[i].children; n++) {
		dice_assert(s == &slots[model[i].child[n]]);
		s = next_child(&slots[i], s);
	}
	dice_assert(!s);
}

static void random_derive(unsigned to, unsigned count)
{
	unsigned parent;

	do
		parent = (unsigned)dice_roll(count);
	while (!model[parent].full);
	derive(&slots[parent], &slots[to], dice.step);
	model_derive(parent, to, dice.step);
}

static void erase_both(unsigned i)
{
	unsigned parent = model[i].parent;
	bool childless = model_erase(i);

	dice_assert(erase(&slots[i]) == (childless ? &slots[parent] : NULL));
}

/* As the kernel does it: the first child, until there is none. */
static void revoke_both(unsigned i)
{
	while (slots[i].first)
		erase_both(index_of(slots[i].first));
	dice_assert(!model[i].children);
}

static void random_move(unsigned from, unsigned count)
{
	unsigned to = (unsigned)dice_roll(count);

	if (!from || model[to].full)
		return;
	slot_move(&slots[to], &slots[from]);
	model_move(to, from);
}

/* One step at a random slot. The root can only be revoked, and rarely is. */
static void random_step(unsigned count)
{
	unsigned i = (unsigned)dice_roll(count);

	if (!model[i].full)
		random_derive(i, count);
	else if (dice_roll(3) == 0)
		random_move(i, count);
	else if (dice_roll(4) == 0 && (i || dice_roll(50) == 0))
		revoke_both(i);
	else if (i && dice_roll(2))
		erase_both(i);
}

static void a_million_random_steps_do_what_a_simple_model_does(void **state)
{
	static const struct {
		uint64_t seed;
		unsigned slots, steps;
	} runs[] = {
		{ 1, 3, 50000 },
		{ 2, 8, 150000 },
		{ 3, 64, 400000 },
		{ 4, SLOTS, 400000 },
	};

	(void)state;
	for (size_t run = 0; run < ARRAY_SIZE(runs); run++) {
		model_begin();
		dice_begin(runs[run].seed);
		for (; dice.step < runs[run].steps; dice.step++) {
			random_step(runs[run].slots);
			if (dice.step % CHECK_EVERY)
				continue;
			assert_structure();
			for (unsigned i = 0; i < SLOTS; i++)
				assert_as_modelled(i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_child_goes_in_front_of_the_others),
		cmocka_unit_test(children_take_the_place_of_the_unlinked_slot),
		cmocka_unit_test(unlinking_tells_which_parent_has_no_child_left),
		cmocka_unit_test(an_unlinked_slot_keeps_what_it_holds_and_can_be_linked_again),
		cmocka_unit_test(a_moved_slot_is_where_it_was_in_the_tree),
		cmocka_unit_test(a_move_takes_all_but_the_holder_along),
		cmocka_unit_test(a_cleared_slot_is_empty_and_keeps_its_holder),
		cmocka_unit_test(a_million_random_steps_do_what_a_simple_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
