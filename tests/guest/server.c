/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "server.h"

#include "message.h"

volatile bool go;
void (*while_at_work)(void);
unsigned order;

void serves(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	h->status = observed_syscall(SYS_RECV, h->in[1], &r);
	while (h->status == OK || h->status == ERR_INTERRUPTED) {
		h->out[0] = h->status ? 0 : r.target;
		h->out[1] = priority_of(h->thread);
		h->step++;
		if (h->in[2])
			work(h->in[2]);
		if (while_at_work)
			while_at_work();
		if (h->in[3]) {
			struct kozo_registers nested = { .target = h->in[3] };

			h->out[2] = (word_t)observed_syscall(SYS_CALL, 0, &nested);
		}
		while (!go)
			kozo_yield();
		h->out[3] = ++order;
		r = (struct kozo_registers){ .target = h->in[0] };
		h->status = observed_syscall(SYS_REPLY_RECV, h->in[1], &r);
	}
}

void calls(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(SYS_CALL, 0, &h->registers);
	h->out[3] = ++order;
	h->step = 1;
}

void serve_passively(struct helper *h, word_t turns, cptr_t nested)
{
	*h = (struct helper){ .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0), turns,
				      nested } };
	go = true;
	while_at_work = NULL;
	order = 0;
	helper_go(h, serves);
	EXPECT_STATUS(kozo_thread_set_time(h->thread, 0), OK);
	EXPECT(helper_state(h), THREAD_RECEIVING);
	EXPECT(priority_of(h->thread), 0);
}

void call(struct helper *h, const struct helper *server, cptr_t time)
{
	*h = (struct helper){ .in = { server->in[0] } };
	helper_start_on(h, calls, time);
}

void leave_at_work(struct helper *caller, const struct helper *server, cptr_t time)
{
	unsigned before = server->step;

	call(caller, server, time);
	go = false;
	helpers_run();
	EXPECT(server->step, before + 1);
	EXPECT(helper_state(caller), THREAD_AWAITS_REPLY);
	EXPECT(helper_state(server), THREAD_READY);
}

void answer_now(void)
{
	go = true;
	helpers_run();
}

void expect_answered(const struct helper *caller)
{
	EXPECT(caller->step, 1);
	EXPECT_STATUS(caller->status, OK);
}

void receives(struct helper *h)
{
	h->registers = (struct kozo_registers){ .target = h->in[0] };
	h->status = observed_syscall(h->in[2], h->in[1], &h->registers);
	h->step++;
}

void give_more(cptr_t time)
{
	set_terms(time, BUDGET_MIN, BUDGET_MIN, HELPERS_PRIORITY);
}

void handles(struct helper *h)
{
	struct kozo_registers r = { .target = h->in[0] };

	h->status = observed_syscall(SYS_RECV, h->in[1], &r);
	while (h->status == OK) {
		h->registers = r;
		h->step++;
		if (h->in[2])
			give_more(h->in[2]);
		r = (struct kozo_registers){ .target = h->in[0], .info = kozo_info(h->in[3], 0) };
		h->status = observed_syscall(SYS_REPLY_RECV, h->in[1], &r);
	}
}

void handle(struct helper *h, cptr_t thread, cptr_t gives, word_t label)
{
	*h = (struct helper){ .in = { make(OBJECT_ENDPOINT, 0), make(OBJECT_REPLY, 0), gives,
				      label } };
	helper_go(h, handles);
	NEED(kozo_thread_set_handler(thread, part_of(h->in[0], RIGHT_SEND, 17), 0));
}
