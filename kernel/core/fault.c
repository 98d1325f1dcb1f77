/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "fault.h"
#include "cap.h"
#include "ipc.h"
#include "kozo_handlers.h"
#include "log.h"
#include "panic.h"
#include "sched.h"
#include "string.h"

bool fault_tell(struct thread *t, const struct fault *f)
{
	if (slot_empty(&t->handler) || ipc_is_refused(t->handler.object, t, true))
		return false;
	thread_set_flag(t, FLAG_TOLD, true);
	t->fault.info = f->label << INFO_LABEL_SHIFT | FAULT_WORDS;
	memcpy(t->fault.word, f->word, sizeof(t->fault.word));
	ipc_send(t->handler.object, t, t->handler.badge, true);
	return true;
}

void fault_stop(struct thread *t, const char *what)
{
	if (t == thread_init)
		panic_at(&t->regs, "init", "init was stopped by a fault: %s", what);
	t->state = THREAD_FAULTED;
	log_printf("fault: thread %u was stopped at 0x%lx: %s\n", object_number(&t->object),
		   registers_pc(&t->regs), what);
}

void fault_unanswered(struct thread *t)
{
	thread_set_flag(t, FLAG_TOLD, false);
	t->state = THREAD_FAULTED;
}

void fault_answered(struct thread *t, word_t label)
{
	if (label) {
		fault_unanswered(t);
		return;
	}
	thread_set_flag(t, FLAG_TOLD, false);
	sched_add(t);
}

bool fault_is_caught(const struct thread *t, vaddr_t pc)
{
	return pc >= t->window.start && pc < t->window.end;
}

status_t thread_set_handler(struct invocation *inv)
{
	struct thread *t = inv->slot->object;
	struct slot *from;

	if (inv->resumed)
		return deletion_finish(inv);
	if (inv->arg[1] & ~(word_t)FAULTS_CAPS)
		return ERR_BAD_ARG;

	status_t status =
		cap_lookup_optional(inv->caller, inv->arg[0], OBJECT_ENDPOINT, RIGHT_SEND, &from);

	if (status)
		return status;

	/* Commit: nothing below fails. What was there before may die. */
	deletion_begin(inv);
	cap_replace(&t->handler, from);
	thread_set_flag(t, FLAG_TELLS_CAPS, inv->arg[1] & FAULTS_CAPS);
	return deletion_finish(inv);
}

/* A landing inside its own window could fault for ever. */
status_t thread_set_window(struct invocation *inv)
{
	struct thread *t = inv->slot->object;
	vaddr_t start = inv->arg[0], end = inv->arg[1], landing = inv->arg[2];

	if (start > end || end > USER_TOP || landing >= USER_TOP ||
	    (landing >= start && landing < end))
		return ERR_BAD_ARG;
	t->window.start = start;
	t->window.end = end;
	t->window.landing = landing;
	return OK;
}
