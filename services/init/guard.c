/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "guard.h"

#include "boot.h"
#include "kozo_stubs.h"
#include "message.h"
#include "print.h"

enum { STACK_BYTES = 4096, STAY_STOPPED = 1 };

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static cptr_t thread, endpoint, reply;

static void tell(const struct process *p, const struct message *m)
{
	if (m->label == FAULT_PAGE)
		kozo_printf("init: %s was stopped by a page fault at 0x%lx, address 0x%lx\n",
			    p->name, m->word[0], m->word[2]);
	else
		kozo_printf("init: %s was stopped by exception %lu at 0x%lx\n", p->name, m->word[2],
			    m->word[0]);
}

/* The badge is the process: we chose it, and nobody else can. */
static void serve(void)
{
	struct message m;
	status_t status = kozo_receive(endpoint, reply, &m);

	while (status == OK) {
		struct process *p = (struct process *)m.badge;

		tell(p, &m);
		p->died = true;
		m = (struct message){ .label = STAY_STOPPED };
		status = kozo_thread_interrupt(SLOT_THREAD);
		if (status == OK)
			status = kozo_reply_receive(endpoint, reply, &m);
	}
	kozo_printf("init: faults are told to nobody any more\n");
	__builtin_trap();
}

static status_t make(void)
{
	status_t status = memory_make(&memory, OBJECT_ENDPOINT, 0, &endpoint);

	if (status == OK)
		status = memory_make(&memory, OBJECT_REPLY, 0, &reply);
	if (status == OK)
		status = memory_make(&memory, OBJECT_THREAD, 0, &thread);
	return status;
}

status_t guard_begin(void)
{
	status_t status = make();

	if (status == OK)
		status = kozo_thread_configure(thread, SLOT_CNODE, SLOT_VSPACE, 0);
	if (status == OK)
		status = kozo_thread_set_time(thread, SLOT_SCHED_CONTEXT);
	if (status == OK)
		status = kozo_thread_start(thread, (vaddr_t)serve,
					   (vaddr_t)stack + STACK_BYTES - sizeof(word_t), 0);
	return status;
}

status_t guard_watch(struct process *p)
{
	cptr_t slot = slots_take(&memory.slots, 1);

	if (!slot)
		return ERR_NO_MEMORY;

	status_t status =
		kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, endpoint, RIGHT_SEND, (word_t)p);

	if (status != OK) {
		slots_give(&memory.slots, slot, 1);
		return status;
	}
	p->guard = slot;
	return kozo_thread_set_handler(p->thread, slot, 0);
}
