/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls to a server in another address space, and its answers. */
#include "bench.h"

#include <stdbool.h>

struct service {
	cptr_t endpoint, reply;
	word_t words;
	unsigned call, answer; /* rows */
};

static struct service service; /* our stack is not mapped there */

static void serve(word_t unused)
{
	const word_t reply = service.reply << SYSCALL_REPLY_SHIFT;
	struct kozo_registers r = { .target = service.endpoint };

	(void)unused;
	kozo_syscall(SYS_RECV | reply, &r);
	for (;;) {
		mark(service.answer);
		r.target = service.endpoint;
		r.info = service.words;
		kozo_syscall(SYS_REPLY_RECV | reply, &r);
	}
}

/* One sample is from the caller to the server, the next from there back. */
static void measure(const char *call, const char *answer, word_t words, bool passive)
{
	cptr_t server = thread_make(THERE, BESIDE);
	struct kozo_registers r = { 0 };

	service = (struct service){
		.endpoint = make(OBJECT_ENDPOINT, 0),
		.reply = make(OBJECT_REPLY, 0),
		.words = words,
		.call = row(call, 1),
		.answer = row(answer, 1),
	};
	thread_start(server, serve, 0);
	if (passive)
		thread_make_passive(server);
	for (unsigned i = 0; i < TIMES; i++) {
		r.target = service.endpoint;
		r.info = words;
		SAMPLE(service.call, kozo_syscall(SYS_CALL, &r));
	}
	thread_end(server);
}

void bench_ipc(void)
{
	measure("call-0", "reply-recv-0", 0, true);
	measure("call-4", "reply-recv-4", 4, true);
	measure("call-6", "reply-recv-6", 6, true);
	measure("call-10", "reply-recv-10", 10, true);
	measure("call-active", "reply-recv-active", 0, false);
}
