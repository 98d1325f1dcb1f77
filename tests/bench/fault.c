/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A page fault of ours, and its handler in another address space, which maps the page. */
#include "bench.h"

struct pager {
	cptr_t endpoint, reply, frame;
	unsigned answer; /* row */
};

static struct pager pager; /* our stack is not mapped there */

static void handle(word_t unused)
{
	const word_t reply = pager.reply << SYSCALL_REPLY_SHIFT;
	struct kozo_registers r = { .target = pager.endpoint };

	(void)unused;
	kozo_syscall(SYS_RECV | reply, &r);
	for (;;) {
		mark(NOBODY);
		NEED(kozo_frame_map(pager.frame, SLOT_VSPACE, AREA, RIGHT_READ, 0));
		mark(pager.answer);
		r.target = pager.endpoint;
		r.info = 0;
		kozo_syscall(SYS_REPLY_RECV | reply, &r);
	}
}

void bench_fault(void)
{
	unsigned fault = row("fault", 1);
	cptr_t handler = thread_make(THERE, BESIDE);

	pager = (struct pager){
		.endpoint = make(OBJECT_ENDPOINT, 0),
		.reply = make(OBJECT_REPLY, 0),
		.frame = make(OBJECT_FRAME, PAGE_BITS),
		.answer = row("fault-reply", 1),
	};
	make_tables(SLOT_VSPACE, AREA);
	NEED(kozo_thread_set_handler(SLOT_THREAD, pager.endpoint, 0));
	thread_start(handler, handle, 0);
	for (unsigned i = 0; i < TIMES; i++) {
		mark(fault);
		(void)*(volatile word_t *)AREA;
		mark(NOBODY);
		NEED(kozo_frame_unmap(pager.frame));
	}
	NEED(kozo_thread_set_handler(SLOT_THREAD, 0, 0));
	thread_end(handler);
}
