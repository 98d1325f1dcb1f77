/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the generator makes of a protocol, compiled from tests/abi/golden: client
 * and server talk to each other, and each of them to somebody hostile.
 *
 * kozo_call() is the kernel here. Client and server have a buffer each, and only
 * as many words travel as the message says; what else a buffer holds is junk.
 */
#include "proto_echo_client.h"
#include "proto_echo_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SESSION = 7, BADGE = 99, JUNK = 0xa5 };

/* --- the server's handlers --- */

struct echo_context {
	status_t answer; /* what every handler returns */
	bool lazy;	 /* they leave results as they find them */
	unsigned calls;
	char said[ECHO_SAY_TEXT_MAX];
	size_t said_length;
	size_t hear_length; /* what hear() claims to have written */
};

static struct echo_context server;

status_t echo_on_ping(struct echo_context *context)
{
	context->calls++;
	return context->answer;
}

status_t echo_on_twice(struct echo_context *context, word_t value, rights_t rights,
		       word_t *value_out, rights_t *rights_out)
{
	context->calls++;
	if (context->lazy)
		return context->answer;
	*value_out = 2 * value;
	*rights_out = rights | RIGHT_MANAGE;
	return context->answer;
}

status_t echo_on_say(struct echo_context *context, word_t before, const char *text,
		     size_t text_length, cptr_t after, word_t *sum)
{
	context->calls++;
	memcpy(context->said, text, text_length);
	context->said_length = text_length;
	*sum = before + after;
	return context->answer;
}

status_t echo_on_hear(struct echo_context *context, word_t length, char *text, size_t *text_length,
		      word_t *rest)
{
	context->calls++;
	if (context->lazy)
		return context->answer;
	for (word_t i = 0; i < length; i++)
		text[i] = (char)('a' + i % 26);
	*text_length = context->hear_length ? context->hear_length : length;
	*rest = 1000 - length;
	return context->answer;
}

status_t echo_on_reverse(struct echo_context *context, const char *text, size_t text_length,
			 char *text_out, size_t *text_out_length)
{
	context->calls++;
	for (size_t i = 0; i < text_length && i < ECHO_REVERSE_TEXT_OUT_MAX; i++)
		text_out[i] = text[text_length - 1 - i];
	*text_out_length = text_length;
	return context->answer;
}

/* --- the kernel --- */

static struct ipc_buffer client_buffer;
static struct ipc_buffer server_buffer;
static struct ipc_buffer *buffer = &client_buffer; /* of whoever runs */

static status_t call_status;	    /* what the kernel itself says */
static const struct message *reply; /* if not NULL: from a hostile server */

struct ipc_buffer *kozo_ipc_buffer(void)
{
	return buffer;
}

static void transfer(struct ipc_buffer *to, const struct ipc_buffer *from, struct message *m)
{
	memset(to, JUNK, sizeof(*to));
	for (word_t i = IPC_REGISTERS; i < m->nwords; i++)
		to->word[i] = from->word[i];
	for (word_t i = m->nwords; i < IPC_REGISTERS; i++)
		assert_int_equal(m->word[i], 0);
}

status_t kozo_call(cptr_t endpoint, struct message *m)
{
	assert_int_equal(endpoint, SESSION);
	assert_true(m->nwords <= IPC_WORDS);
	if (call_status != OK)
		return call_status;
	if (reply) {
		*m = *reply;
		return OK;
	}
	m->badge = BADGE;
	transfer(&server_buffer, &client_buffer, m);
	buffer = &server_buffer;
	echo_dispatch(&server, m);
	buffer = &client_buffer;
	assert_true(m->nwords <= IPC_WORDS);
	transfer(&client_buffer, &server_buffer, m);
	return OK;
}

static int start(void **state)
{
	(void)state;
	memset(&server, 0, sizeof(server));
	memset(&client_buffer, JUNK, sizeof(client_buffer));
	buffer = &client_buffer;
	call_status = OK;
	reply = NULL;
	return 0;
}

/* --- among friends --- */

static void words_go_there_and_back(void **state)
{
	(void)state;
	word_t value = 0;
	rights_t rights = 0;

	assert_int_equal(echo_ping(SESSION), OK);
	assert_int_equal(echo_twice(SESSION, 21, RIGHT_READ, &value, &rights), OK);
	assert_int_equal(value, 42);
	assert_int_equal(rights, RIGHT_READ | RIGHT_MANAGE);
	assert_int_equal(server.calls, 2);
}

static void bytes_of_every_length_arrive(void **state)
{
	(void)state;
	static const char text[] = "twenty letters here.";

	for (size_t length = 0; length <= ECHO_SAY_TEXT_MAX; length++) {
		word_t sum = 0;

		assert_int_equal(echo_say(SESSION, 30, text, length, 4, &sum), OK);
		assert_int_equal(sum, 34);
		assert_int_equal(server.said_length, length);
		assert_memory_equal(server.said, text, length);
	}
}

static void bytes_of_every_length_come_back(void **state)
{
	(void)state;
	for (size_t length = 0; length <= ECHO_HEAR_TEXT_MAX; length++) {
		char text[ECHO_HEAR_TEXT_MAX];
		size_t text_length = 0;
		word_t rest = 0;

		assert_int_equal(echo_hear(SESSION, length, text, length, &text_length, &rest), OK);
		assert_int_equal(text_length, length);
		assert_int_equal(rest, 1000 - length);
		for (size_t i = 0; i < length; i++)
			assert_int_equal(text[i], 'a' + i % 26);
	}
}

static void bytes_in_and_out_do_not_mix(void **state)
{
	(void)state;
	char text[ECHO_REVERSE_TEXT_OUT_MAX];
	size_t length = 0;

	assert_int_equal(echo_reverse(SESSION, "stressed", 8, text, sizeof(text), &length), OK);
	assert_int_equal(length, 8);
	assert_memory_equal(text, "desserts", 8);
}

static void padding_of_bytes_is_zero(void **state)
{
	(void)state;
	word_t sum;

	assert_int_equal(echo_say(SESSION, 0, "abcdefghi", 9, 0, &sum), OK);
	assert_int_equal(server_buffer.word[IPC_REGISTERS + 1], 'i');
}

static void status_of_the_handler_is_the_clients(void **state)
{
	(void)state;
	word_t value = 5;
	rights_t rights = 5;

	server.answer = ERR_BAD_ARG;
	assert_int_equal(echo_twice(SESSION, 21, RIGHT_READ, &value, &rights), ERR_BAD_ARG);
	assert_int_equal(value, 5);
	assert_int_equal(rights, 5);
}

static void a_failing_reply_has_no_words(void **state)
{
	(void)state;
	struct message m = { .label = ECHO_TWICE, .nwords = 2, .word = { 21 } };

	server.answer = ERR_BAD_ARG;
	echo_dispatch(&server, &m);
	assert_int_equal(m.label, ERR_BAD_ARG);
	assert_int_equal(m.nwords, 0);
}

static void a_reply_tells_only_what_it_has_to(void **state)
{
	(void)state;
	struct message m = {
		.label = ECHO_SAY,
		.nwords = IPC_REGISTERS,
		.word = { 30, 0, 4, 77, 77, 77 },
	};

	echo_dispatch(&server, &m);
	assert_int_equal(m.label, OK);
	assert_int_equal(m.nwords, 1);
	assert_int_equal(m.word[0], 34);
	for (unsigned i = 1; i < IPC_REGISTERS; i++)
		assert_int_equal(m.word[i], 0);
}

static void status_of_the_call_is_the_clients(void **state)
{
	(void)state;
	call_status = ERR_BAD_CAP;
	assert_int_equal(echo_ping(SESSION), ERR_BAD_CAP);
	assert_int_equal(server.calls, 0);
}

static void what_a_handler_does_not_set_is_zero(void **state)
{
	(void)state;
	word_t value = 5;
	rights_t rights = 5;
	char text[8];
	size_t length = 5;

	server.lazy = true;
	assert_int_equal(echo_twice(SESSION, 21, RIGHT_READ, &value, &rights), OK);
	assert_int_equal(value, 0);
	assert_int_equal(rights, 0);
	assert_int_equal(echo_hear(SESSION, 8, text, sizeof(text), &length, &value), OK);
	assert_int_equal(length, 0);
	assert_int_equal(value, 0);
}

static void client_does_not_send_too_many_bytes(void **state)
{
	(void)state;
	static const char text[ECHO_SAY_TEXT_MAX + 1];
	word_t sum;

	assert_int_equal(echo_say(SESSION, 0, text, sizeof(text), 0, &sum), ERR_BAD_ARG);
	assert_int_equal(echo_say(SESSION, 0, text, SIZE_MAX, 0, &sum), ERR_BAD_ARG);
	assert_int_equal(server.calls, 0);
}

static void client_takes_no_more_bytes_than_it_has_room_for(void **state)
{
	(void)state;
	char text[8] = "as it is";
	size_t length = 5;
	word_t rest = 5;

	assert_int_equal(echo_hear(SESSION, 8, text, 7, &length, &rest), ERR_TRUNCATED);
	assert_memory_equal(text, "as it is", 8);
	assert_int_equal(length, 5);
	assert_int_equal(rest, 5);
}

static void server_ends_rather_than_send_what_it_should_not(void **state)
{
	(void)state;
	struct message m = { .label = ECHO_HEAR, .nwords = 1, .word = { 3 } };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGILL, SIG_DFL);
		server.hear_length = ECHO_HEAR_TEXT_MAX + 1;
		echo_dispatch(&server, &m);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* --- among others --- */

/* Requests that no client stub sends: one row each, and none may reach a handler. */
static const struct message hostile_requests[] = {
	{ .label = ECHO_REQUESTS },
	{ .label = 4 }, /* a number that was never given */
	{ .label = ~0ull },
	{ .label = 1ull << 32 | ECHO_PING },

	{ .label = ECHO_PING, .nwords = 1 },
	{ .label = ECHO_TWICE, .nwords = 1 },
	{ .label = ECHO_TWICE, .nwords = 3 },
	{ .label = ECHO_TWICE, .nwords = IPC_WORDS },

	/* word 1 is the length */
	{ .label = ECHO_SAY, .nwords = 3, .word = { 0, 0, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS - 1, .word = { 0, 0, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS + 1, .word = { 0, 0, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS, .word = { 0, 1, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS + 1, .word = { 0, 9, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS + 2, .word = { 0, 8, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS + 3, .word = { 0, 21, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_WORDS, .word = { 0, 464, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS, .word = { 0, ~0ull, 0 } },
	{ .label = ECHO_SAY, .nwords = IPC_REGISTERS, .word = { 0, ~0ull - 6, 0 } },
	{ .label = ECHO_SAY, .nwords = ~0ull, .word = { 0, 8, 0 } },
};

static void server_refuses_malformed_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile_requests) / sizeof(hostile_requests[0]); i++) {
		struct message m = hostile_requests[i];

		echo_dispatch(&server, &m);
		assert_int_equal(m.label, ERR_BAD_REQUEST);
		assert_int_equal(m.nwords, 0);
		assert_int_equal(server.calls, 0);
	}
}

/* Replies to twice() that no server stub sends, and what becomes of them. */
static const struct {
	struct message reply;
	status_t want;
} hostile_replies[] = {
	{ { .label = OK, .nwords = 0 }, ERR_BAD_REQUEST },
	{ { .label = OK, .nwords = 1 }, ERR_BAD_REQUEST },
	{ { .label = OK, .nwords = 3 }, ERR_BAD_REQUEST },
	{ { .label = OK, .nwords = IPC_WORDS }, ERR_BAD_REQUEST },
	{ { .label = 1ull << 32, .nwords = 2 }, ERR_BAD_REQUEST },
	{ { .label = 1ull << 31, .nwords = 2 }, ERR_BAD_REQUEST },
	{ { .label = ~0ull, .nwords = 2 }, ERR_BAD_REQUEST },
	{ { .label = ERR_BAD_ARG, .nwords = 2 }, ERR_BAD_ARG },
	{ { .label = 12345, .nwords = 2 }, 12345 },
};

static void client_refuses_malformed_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile_replies) / sizeof(hostile_replies[0]); i++) {
		word_t value = 5;
		rights_t rights = 5;

		reply = &hostile_replies[i].reply;
		assert_int_equal(echo_twice(SESSION, 21, RIGHT_READ, &value, &rights),
				 hostile_replies[i].want);
		assert_int_equal(value, 5);
		assert_int_equal(rights, 5);
	}
}

/* The same for hear(); word 0 is the length. */
static const struct message hostile_lengths[] = {
	{ .nwords = 0, .word = { 0 } },
	{ .nwords = 2, .word = { 0 } },
	{ .nwords = IPC_REGISTERS + 1, .word = { 0 } },
	{ .nwords = IPC_REGISTERS, .word = { 1 } },
	{ .nwords = IPC_REGISTERS + 1, .word = { 9 } },
	{ .nwords = IPC_WORDS, .word = { 456 } },
	{ .nwords = IPC_WORDS + 1, .word = { 465 } },
	{ .nwords = IPC_WORDS, .word = { 465 } },
	{ .nwords = IPC_REGISTERS, .word = { ~0ull } },
	{ .nwords = IPC_REGISTERS, .word = { ~0ull - 6 } },
	{ .nwords = ~0ull, .word = { 8 } },
};

static void client_refuses_malformed_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile_lengths) / sizeof(hostile_lengths[0]); i++) {
		char text[ECHO_HEAR_TEXT_MAX];
		size_t length = 5;
		word_t rest = 5;

		reply = &hostile_lengths[i];
		assert_int_equal(echo_hear(SESSION, 8, text, sizeof(text), &length, &rest),
				 ERR_BAD_REQUEST);
		assert_int_equal(length, 5);
		assert_int_equal(rest, 5);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(words_go_there_and_back, start),
		cmocka_unit_test_setup(bytes_of_every_length_arrive, start),
		cmocka_unit_test_setup(bytes_of_every_length_come_back, start),
		cmocka_unit_test_setup(bytes_in_and_out_do_not_mix, start),
		cmocka_unit_test_setup(padding_of_bytes_is_zero, start),
		cmocka_unit_test_setup(status_of_the_handler_is_the_clients, start),
		cmocka_unit_test_setup(a_failing_reply_has_no_words, start),
		cmocka_unit_test_setup(a_reply_tells_only_what_it_has_to, start),
		cmocka_unit_test_setup(status_of_the_call_is_the_clients, start),
		cmocka_unit_test_setup(what_a_handler_does_not_set_is_zero, start),
		cmocka_unit_test_setup(client_does_not_send_too_many_bytes, start),
		cmocka_unit_test_setup(client_takes_no_more_bytes_than_it_has_room_for, start),
		cmocka_unit_test_setup(server_ends_rather_than_send_what_it_should_not, start),
		cmocka_unit_test_setup(server_refuses_malformed_requests, start),
		cmocka_unit_test_setup(client_refuses_malformed_replies, start),
		cmocka_unit_test_setup(client_refuses_malformed_lengths, start),
	};

	return cmocka_run_group_tests_name("gen_proto", tests, NULL, NULL);
}
