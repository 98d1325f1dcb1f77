/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which name somebody meant who typed another one. */
/* links: services/supervisor/nearest.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nearest.h"

static const char *const names[] = { "help", "mem", "hw", "services", "ls", "version", "restart" };

static const char *found(const char *typed)
{
	struct nearest nearest = nearest_to(typed);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_offer(&nearest, names[i]);
	return nearest.found;
}

static void finds_what_is_near(void **state)
{
	static const struct {
		const char *typed, *found;
	} cases[] = {
		{ "help", "help" },  /* the same */
		{ "hepl", "help" },  /* exchanged */
		{ "halp", "help" },  /* another character */
		{ "helpp", "help" }, /* one more */
		{ "elp", "help" },   /* one less */
		{ "l", "ls" },
		{ "sevrices", "services" },
		{ "serbicez", "services" }, /* two in eight */
		{ "resatrted", "restart" }, /* three in nine */
		{ "serbcez", NULL },	    /* three in seven */
		{ "hm", "hw" },
		{ "", NULL },
		{ "xyzzy", NULL },
		{ "hl", "hw" }, /* as near as to ls, and first */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = found(cases[i].typed);

		if (cases[i].found && name)
			assert_string_equal(name, cases[i].found);
		else if (cases[i].found || name)
			fail_msg("%s: %s", cases[i].typed, name ? name : "nothing");
	}
}

static void takes_a_name_of_any_length(void **state)
{
	char typed[300], name[NEAREST_LENGTH_MAX + 2];
	struct nearest nearest;

	(void)state;
	memset(typed, 'x', sizeof(typed));
	typed[sizeof(typed) - 1] = '\0';
	assert_null(found(typed));

	memset(name, 'x', sizeof(name));
	name[NEAREST_LENGTH_MAX + 1] = '\0';
	typed[NEAREST_LENGTH_MAX] = '\0';
	nearest = nearest_to(typed);
	nearest_offer(&nearest, name);
	assert_null(nearest.found);
	nearest_offer(&nearest, name + 1);
	assert_ptr_equal(nearest.found, name + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_near),
		cmocka_unit_test(takes_a_name_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
