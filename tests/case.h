/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * case: what a program in init's place runs to test something, one after the other.
 *
 * A case is a function with a sentence for a name. TEST() puts it in a section that
 * main() walks, so a new case is a new function and nothing else.
 */
struct test {
	const char *name;
	void (*run)(void);
};

extern const struct test __start_tests[], __stop_tests[];

#define TEST(id, sentence) \
	static void id(void); \
	static const struct test id##_entry \
		__attribute__((used, aligned(8), section("tests"))) = { sentence, id }; \
	static void id(void)

/* Where an expectation was missed. */
#define PLACE_TEXT(line) #line
#define PLACE_OF(line) PLACE_TEXT(line)
#define PLACE __FILE__ ":" PLACE_OF(__LINE__)
