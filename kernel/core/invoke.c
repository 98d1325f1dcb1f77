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

/*
 * The capability that cptr names, if the label asks for a method of its type. A type 0
 * has no methods, and an empty slot has that.
 */
static inline status_t find_target(struct thread *caller, word_t type, struct slot **out)
{
	cptr_t cptr = caller->regs.target;
	struct slot *s = cap_at(caller, cptr);

	if (s->type != type && !cptr && type == OBJECT_CNODE)
		s = &caller->cnode;
	if (s->type != type)
		return slot_empty(s) ? ERR_BAD_CAP : ERR_WRONG_TYPE;
	*out = s;
	return OK;
}

static inline status_t find_method(const struct slot *s, word_t number, const struct method **out)
{
	const struct object_methods *methods = &object_methods[s->type];

	if (number >= methods->count)
		return slot_empty(s) ? ERR_BAD_CAP : ERR_BAD_METHOD;

	const struct method *m = &methods->method[clamp_index(number, methods->count)];

	if (m->rights & ~s->rights)
		return m->handler ? ERR_NO_RIGHT : ERR_BAD_METHOD;
	*out = m;
	return OK;
}

/* What is asked of whom, or the first reason to refuse. */
static inline status_t decode(struct thread *caller, struct slot **s, const struct method **m)
{
	word_t info = caller->regs.info, label = info >> INFO_LABEL_SHIFT;
	status_t status = find_target(caller, label >> METHOD_TYPE_SHIFT, s);

	if (!status)
		status = find_method(*s, label & METHOD_NUMBER_MASK, m);
	if (!status && (uint16_t)info != (*m)->nargs)
		status = ERR_BAD_ARG;
	return status;
}

static inline void prepare(struct invocation *inv, struct slot *s, const struct method *m,
			   bool resumed)
{
	inv->slot = s;
	inv->method = m;
	inv->resumed = resumed;
	inv->result[0] = 0;
	if (__builtin_expect(m->nresults > 1, 0))
		memset(&inv->result[1], 0, sizeof(inv->result) - sizeof(inv->result[0]));
}

const struct method *invocation_begin(struct invocation *inv)
{
	const struct method *m;
	struct slot *s;

	invariants_count_call();
	if (decode(inv->caller, &s, &m))
		return NULL;
	prepare(inv, s, m, false);
	return m;
}

/*
 * The call is not done: go back to the instruction that made it. What the caller
 * asked for, its rax included, is as it was, but for the arguments.
 */
static void leave_and_return(struct thread *caller, const struct invocation *inv)
{
	thread_set_flag(caller, FLAG_RESTARTS, true);
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
	if (caller->flags & FLAG_RESTARTS && (caller->restart.target != caller->regs.target ||
					      caller->restart.info != caller->regs.info))
		thread_end_restart(caller);
}

static void end(struct thread *caller, status_t status)
{
	if (caller->flags & FLAG_RESTARTS)
		thread_end_restart(caller);
	caller->regs.status = (word_t)status;
}

/* An operation that says how much it did, did what it had done before. */
static void refuse(struct thread *caller, status_t status)
{
	caller->regs.word[0] = caller->restart.done;
	end(caller, status);
}

void invocation_end(struct invocation *inv, status_t status)
{
	struct thread *caller = inv->caller;

	if (!caller_lives(inv))
		return;
	if (status == RESTART) {
		leave_and_return(caller, inv);
		return;
	}
	memcpy(caller->regs.word, inv->arg, sizeof(inv->arg));
	for (unsigned i = 0; i < inv->method->nresults; i++)
		caller->regs.word[i] = inv->result[i];
	end(caller, status);
}

void syscall_invoke(struct thread *caller)
{
	struct invocation inv; /* not all of it at once: it is large */
	const struct method *m;
	struct slot *s;

	look_at_restart(caller);

	status_t status = decode(caller, &s, &m);

	if (status) {
		refuse(caller, status);
		return;
	}
	inv.caller = caller;
	prepare(&inv, s, m, caller->flags & FLAG_RESTARTS);
	memcpy(inv.arg, caller->regs.word, sizeof(inv.arg));
	inv.result[0] = caller->restart.done;
	invocation_end(&inv, m->handler(&inv));
}
