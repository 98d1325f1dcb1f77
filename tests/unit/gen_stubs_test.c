/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the generator makes of objects, compiled from tests/abi/golden: a method
 * stub is called, and a kernel made of the dispatch tables answers it.
 */
/* links: tests/abi/golden/kozo_dispatch.c */
#include "kozo_handlers.h"
#include "kozo_pairs.h"
#include "kozo_stubs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SELF = 12 };

/* --- the kernel --- */

static struct {
	status_t answer; /* what every handler returns */
	const struct method *method;
	word_t arg[IPC_REGISTERS];
} kernel;

static int start(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

/* Each result is what a handler can have made of that handler's arguments only. */
static status_t handle(struct invocation *inv, word_t first, word_t second)
{
	memcpy(kernel.arg, inv->arg, sizeof(kernel.arg));
	inv->result[0] = first;
	inv->result[1] = second;
	return kernel.answer;
}

status_t cnode_copy(struct invocation *inv)
{
	return handle(inv, 0, 0);
}

status_t cnode_measure(struct invocation *inv)
{
	return handle(inv, inv->arg[0] + 1, RIGHT_READ | RIGHT_MANAGE);
}

status_t cnode_fill_with_many_words(struct invocation *inv)
{
	return handle(inv, inv->arg[5] + 1, 0);
}

status_t page_table_install(struct invocation *inv)
{
	return handle(inv, 0, 0);
}

void syscall_call(struct thread *caller)
{
	(void)caller;
}

void syscall_yield(struct thread *caller)
{
	(void)caller;
}

void syscall_invoke(struct thread *caller)
{
	(void)caller;
}

status_t kozo_invoke(cptr_t self, word_t label, word_t nargs, word_t w[IPC_REGISTERS])
{
	struct invocation inv = { 0 };
	const struct object_methods *methods = &object_methods[label >> METHOD_TYPE_SHIFT];
	word_t number = label & ((1 << METHOD_TYPE_SHIFT) - 1);

	assert_int_equal(self, SELF);
	assert_true(number < methods->count);
	kernel.method = &methods->method[number];
	assert_int_equal(nargs, kernel.method->nargs);
	memcpy(inv.arg, w, sizeof(inv.arg));

	status_t status = kernel.method->handler(&inv);

	memcpy(w, inv.result, kernel.method->nresults * sizeof(word_t));
	return status;
}

/* --- stubs --- */

static void expect_args(const word_t want[IPC_REGISTERS])
{
	assert_memory_equal(kernel.arg, want, sizeof(kernel.arg));
}

static void arguments_arrive_in_their_order_and_the_rest_is_zero(void **state)
{
	(void)state;
	word_t done;

	assert_int_equal(kozo_page_table_install(SELF), OK);
	expect_args((word_t[IPC_REGISTERS]){ 0 });
	assert_int_equal(kozo_cnode_copy(SELF, 1, 2, RIGHT_WRITE), OK);
	expect_args((word_t[IPC_REGISTERS]){ 1, 2, RIGHT_WRITE });
	assert_int_equal(kozo_cnode_fill_with_many_words(SELF, 1, 2, 3, 4, 5, 6, &done), OK);
	expect_args((word_t[IPC_REGISTERS]){ 1, 2, 3, 4, 5, 6 });
	assert_int_equal(done, 7);
}

static void results_come_back(void **state)
{
	(void)state;
	paddr_t address = 0;
	rights_t rights = 0;

	assert_int_equal(kozo_cnode_measure(SELF, 41, &address, &rights), OK);
	assert_int_equal(address, 42);
	assert_int_equal(rights, RIGHT_READ | RIGHT_MANAGE);
}

static void an_error_leaves_results_alone(void **state)
{
	(void)state;
	paddr_t address = 5;
	rights_t rights = 5;

	kernel.answer = ERR_BAD_ARG;
	assert_int_equal(kozo_cnode_measure(SELF, 41, &address, &rights), ERR_BAD_ARG);
	assert_int_equal(address, 5);
	assert_int_equal(rights, 5);
}

static void an_error_stores_partial_results(void **state)
{
	(void)state;
	word_t done = 0;

	kernel.answer = ERR_BAD_ARG;
	assert_int_equal(kozo_cnode_fill_with_many_words(SELF, 1, 2, 3, 4, 5, 6, &done),
			 ERR_BAD_ARG);
	assert_int_equal(done, 7);
}

/* --- tables --- */

static void a_method_has_its_rights_and_words(void **state)
{
	(void)state;
	const struct method *copy = &object_methods[OBJECT_CNODE].method[METHOD_CNODE_COPY];
	const struct method *measure = &object_methods[OBJECT_CNODE].method[METHOD_CNODE_MEASURE];

	assert_int_equal(copy->rights, RIGHT_READ | RIGHT_WRITE);
	assert_int_equal(copy->nargs, 3);
	assert_int_equal(copy->nresults, 0);
	assert_int_equal(measure->rights, RIGHT_READ);
	assert_int_equal(measure->nargs, 1);
	assert_int_equal(measure->nresults, 2);
}

static void a_number_that_was_not_given_has_no_handler(void **state)
{
	(void)state;
	assert_int_equal(object_methods[OBJECT_CNODE].count, 6);
	assert_null(object_methods[OBJECT_CNODE].method[1].handler);
}

static void reserved_and_empty_objects_have_no_methods(void **state)
{
	(void)state;
	assert_int_equal(object_methods[OBJECT_NULL].count, 0);
	assert_int_equal(object_methods[OBJECT_ENDPOINT].count, 0);
	assert_int_equal(object_methods[OBJECT_IO_PORTS].count, 0);
	assert_int_equal(object_methods[OBJECT_PAGE_TABLE].count, 1);
}

static void system_calls_have_handlers_unless_reserved(void **state)
{
	(void)state;
	assert_ptr_equal(syscall_table[SYS_CALL], syscall_call);
	assert_null(syscall_table[SYS_LATER]);
	assert_null(syscall_table[2]);
	assert_ptr_equal(syscall_table[SYS_YIELD], syscall_yield);
	assert_ptr_equal(syscall_table[SYS_INVOKE], syscall_invoke);
	assert_int_equal(SYSCALLS, 5);
}

/* --- texts --- */

static void texts_are_found_by_number(void **state)
{
	(void)state;
	static const char *const status_text[] = STATUS_TEXT;
	static const char *const status_name[] = STATUS_NAME;
	static const char *const object_name[] = OBJECT_NAME;
	static const char *const right_name[] = RIGHT_NAME;
	static const char *const proto_name[] = PROTO_NAME;

	assert_string_equal(status_text[OK], "success");
	assert_string_equal(status_text[70], "the service does not know this request");
	assert_null(status_text[2]);
	assert_string_equal(status_name[0], "OK");
	assert_string_equal(status_name[20], "ERR_TRUNCATED");
	assert_string_equal(object_name[OBJECT_NULL], "null");
	assert_string_equal(object_name[4], "PageTable");
	assert_string_equal(right_name[15], "MANAGE");
	assert_string_equal(proto_name[PROTO_ECHO], "echo");
	assert_null(proto_name[0]);
}

/* --- pairs --- */

static void every_operation_is_paired_with_what_it_may_answer(void **state)
{
	(void)state;
	enum stage { COMMON, OWN };
	static const struct {
		word_t operation;
		const char *name;
		enum stage stage;
		status_t status;
	} pairs[] = {
#define PAIR(operation, name, stage, status) { operation, name, stage, status },
		KOZO_PAIRS(PAIR)
	}, want[] = {
		{ SYS_CALL, "CALL", OWN, OK },
		{ SYS_CALL, "CALL", OWN, ERR_BAD_CAP },
		{ SYS_CALL, "CALL", OWN, ERR_BAD_ARG },
		{ SYS_YIELD, "YIELD", OWN, OK },
		{ SYS_INVOKE, "INVOKE", OWN, OK },
		{ SYS_INVOKE, "INVOKE", OWN, ERR_BAD_CAP },
		{ LABEL_CNODE_COPY, "CNode.copy", COMMON, ERR_BAD_CAP },
		{ LABEL_CNODE_COPY, "CNode.copy", OWN, OK },
		{ LABEL_CNODE_COPY, "CNode.copy", OWN, ERR_BAD_CAP },
		{ LABEL_CNODE_COPY, "CNode.copy", OWN, ERR_BAD_ARG },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(pairs[i].operation, want[i].operation);
		assert_string_equal(pairs[i].name, want[i].name);
		assert_int_equal(pairs[i].stage, want[i].stage);
		assert_int_equal(pairs[i].status, want[i].status);
	}
}

static void every_method_is_listed_with_its_rights_and_words(void **state)
{
	(void)state;
	static const struct {
		word_t label;
		rights_t rights;
		word_t words;
	} methods[] = {
#define METHOD(label, name, rights, words) { label, rights, words },
		KOZO_METHODS(METHOD)
	};

	assert_int_equal(sizeof(methods) / sizeof(methods[0]), 4); /* none of a reserved object */
	assert_int_equal(methods[0].label, LABEL_CNODE_COPY);
	assert_int_equal(methods[0].rights, RIGHT_READ | RIGHT_WRITE);
	assert_int_equal(methods[0].words, 3);
	assert_int_equal(methods[3].label, LABEL_PAGE_TABLE_INSTALL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(arguments_arrive_in_their_order_and_the_rest_is_zero, start),
		cmocka_unit_test_setup(results_come_back, start),
		cmocka_unit_test_setup(an_error_leaves_results_alone, start),
		cmocka_unit_test_setup(an_error_stores_partial_results, start),
		cmocka_unit_test_setup(a_method_has_its_rights_and_words, start),
		cmocka_unit_test_setup(a_number_that_was_not_given_has_no_handler, start),
		cmocka_unit_test_setup(reserved_and_empty_objects_have_no_methods, start),
		cmocka_unit_test_setup(system_calls_have_handlers_unless_reserved, start),
		cmocka_unit_test_setup(texts_are_found_by_number, start),
		cmocka_unit_test_setup(every_operation_is_paired_with_what_it_may_answer, start),
		cmocka_unit_test_setup(every_method_is_listed_with_its_rights_and_words, start),
	};

	return cmocka_run_group_tests_name("gen_stubs", tests, NULL, NULL);
}
