/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "invoke.h"
#include "arch/clamp.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "fault.h"
#include "guest.h"
#include "invariants.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "preempt.h"
#include "sched.h"
#include "string.h"
#include "thread.h"

bool caller_lives(const struct invocation *inv)
{
	return this_cpu()->current == inv->caller;
}

/* A system call through a cptr, where there is nothing. */
static bool names_nothing(const struct thread *caller, uint32_t number)
{
	word_t cptr = caller->regs.target;
	struct slot *s;

	if (number == SYS_YIELD || number == SYS_ENTER || number == SYS_SET_BASE)
		return false;
	return cptr && cap_lookup_any(caller, cptr, &s);
}

/* Whoever handles the caller's faults may put something there. False: nobody is told. */
static __attribute__((noinline)) bool tell_of_cptr(struct thread *caller)
{
	const struct registers *regs = &caller->regs;
	struct fault f = {
		.label = FAULT_CAP,
		.word = { regs->rip, regs->rsp, regs->target, regs->status, regs->rflags,
			  regs->info },
	};

	if (!fault_tell(caller, &f))
		return false;
	registers_repeat_syscall(&caller->regs);
	return true;
}

void syscall_dispatch(struct thread *caller)
{
	uint32_t number = (uint32_t)caller->regs.status;
	syscall_t *handler = NULL;

	loan_record(caller);
	invariants_count_call();
	this_cpu()->work = 0;
	if (caller->flags & FLAG_INSIDE) {
		guest_leave_by_syscall(caller);
		return;
	}
	if (number < SYSCALLS)
		handler = syscall_table[clamp_index(number, SYSCALLS)];
	if (!handler) {
		caller->regs.status = ERR_BAD_SYSCALL;
		return;
	}
	if (caller->flags & FLAG_TELLS_CAPS && names_nothing(caller, number) &&
	    tell_of_cptr(caller))
		return;
	handler(caller);
}

/* The capability that cptr names, if the label asks for a method of its type. */
static status_t find_target(struct thread *caller, word_t type, struct slot **out)
{
	cptr_t cptr = caller->regs.target;

	if (!cptr && type == OBJECT_CNODE)
		return cap_lookup_cnode(caller, 0, 0, out);

	struct slot *s;
	status_t status = cap_lookup_any(caller, cptr, &s);

	if (status)
		return status;
	if (s->type != type)
		return ERR_WRONG_TYPE;
	*out = s;
	return OK;
}

static status_t find_method(const struct slot *s, word_t number, const struct method **out)
{
	const struct object_methods *methods = &object_methods[s->type];

	if (number >= methods->count)
		return ERR_BAD_METHOD;

	const struct method *m = &methods->method[clamp_index(number, methods->count)];

	if (!m->handler) /* a gap in the numbers */
		return ERR_BAD_METHOD;
	if ((s->rights & m->rights) != m->rights)
		return ERR_NO_RIGHT;
	*out = m;
	return OK;
}

/* What is asked of whom, or the first reason to refuse. */
static status_t decode(struct thread *caller, struct slot **slot, const struct method **m)
{
	word_t info = caller->regs.info, label = info >> INFO_LABEL_SHIFT;
	status_t status = find_target(caller, label >> METHOD_TYPE_SHIFT, slot);

	if (!status)
		status = find_method(*slot, label & METHOD_NUMBER_MASK, m);
	if (!status && (info & ((1 << INFO_LABEL_SHIFT) - 1)) != (*m)->nargs)
		status = ERR_BAD_ARG;
	return status;
}

/*
 * The call is not done: go back to the instruction that made it. What the caller
 * asked for, its rax included, is as it was, but for the arguments.
 */
static void leave_and_return(struct thread *caller, const struct invocation *inv)
{
	caller->restart.active = true;
	caller->restart.target = caller->regs.target;
	caller->restart.info = caller->regs.info;
	caller->restart.done = inv->result[0];
	memcpy(caller->regs.word, inv->arg, sizeof(inv->arg));
	registers_repeat_syscall(&caller->regs);
	if (invariants_restless)
		sched_end_turn();
}

/* Somebody may have changed the program under the caller: then it is another call. */
static void look_at_restart(struct thread *caller)
{
	if (caller->restart.active && (caller->restart.target != caller->regs.target ||
				       caller->restart.info != caller->regs.info))
		thread_end_restart(caller);
}

static void end(struct thread *caller, status_t status)
{
	if (caller->restart.active)
		thread_end_restart(caller);
	caller->regs.status = (word_t)status;
}

/* An operation that says how much it did, did what it had done before. */
static void refuse(struct thread *caller, status_t status)
{
	caller->regs.word[0] = caller->restart.done;
	end(caller, status);
}

void syscall_invoke(struct thread *caller)
{
	struct registers *regs = &caller->regs;
	struct invocation inv; /* not all of it at once: it is large */
	const struct method *m;

	look_at_restart(caller);

	status_t status = decode(caller, &inv.slot, &m);

	if (status) {
		refuse(caller, status);
		return;
	}
	inv.caller = caller;
	inv.resumed = caller->restart.active;
	memcpy(inv.arg, regs->word, sizeof(inv.arg));
	memset(inv.result, 0, sizeof(inv.result));
	inv.result[0] = caller->restart.done;
	status = m->handler(&inv);
	if (!caller_lives(&inv))
		return;
	if (status == RESTART) {
		leave_and_return(caller, &inv);
		return;
	}
	for (unsigned i = 0; i < m->nresults; i++)
		regs->word[i] = inv.result[i];
	end(caller, status);
}
