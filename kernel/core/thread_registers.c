/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A thread's registers in the hands of whoever manages it: a handler, a
 * debugger, a fork.
 *
 * Registers of a thread are all in its struct thread while it cannot run; so they
 * can be read then. They are set only while it is stopped: a thread that waits in a
 * system call gets the call's results into them. One that was stopped in the middle of
 * a long call makes the rest of that call when it is resumed, and counts from there.
 */
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "reply.h"
#include "sched.h"

static struct thread *target(const struct invocation *inv)
{
	return inv->slot->object;
}

_Static_assert(offsetof(struct ipc_buffer, word[IPC_REGISTERS]) + sizeof(struct thread_registers) <=
		       sizeof(((struct ipc_buffer *)0)->word),
	       "registers fit into an IPC buffer");

status_t thread_read_registers(struct invocation *inv)
{
	struct thread *t = target(inv);
	struct ipc_buffer SHARED *buffer = inv->caller->ipc_buffer;
	struct thread_registers registers;

	if (!buffer)
		return ERR_BAD_ARG;
	if (t->state == THREAD_READY)
		return ERR_STATE;
	if (t->state == THREAD_AWAITS_REPLY || t->state == THREAD_RECEIVING)
		reply_forget_message(t);
	registers_read(&t->regs, &registers);
	shared_give(&buffer->word[IPC_REGISTERS], &registers, sizeof(registers));
	return OK;
}

status_t thread_write_registers(struct invocation *inv)
{
	struct thread *t = target(inv);
	const struct ipc_buffer SHARED *buffer = inv->caller->ipc_buffer;
	struct thread_registers registers;

	if (!buffer)
		return ERR_BAD_ARG;
	shared_fetch(&registers, &buffer->word[IPC_REGISTERS], sizeof(registers));
	if (!registers_acceptable(&registers))
		return ERR_BAD_ARG;
	if (!thread_is_stopped(t))
		return ERR_STATE;
	thread_end_restart(t);
	registers_write(&t->regs, &registers);
	return OK;
}

/* Whoever else is ready may be running, on a machine with several CPUs. */
static bool may_change(const struct thread *t, const struct invocation *inv)
{
	return t->state != THREAD_READY || t == inv->caller;
}

status_t thread_set_fpu(struct invocation *inv)
{
	struct thread *t = target(inv);

	if (inv->arg[0] > 1)
		return ERR_BAD_ARG;
	if (!may_change(t, inv))
		return ERR_STATE;
	if (inv->arg[0] && !(t->flags & FLAG_FPU))
		fpu_reset(t);
	thread_set_flag(t, FLAG_FPU, inv->arg[0]);
	this_cpu()->reschedule = true; /* its registers are to be loaded */
	return OK;
}

status_t thread_copy_fpu(struct invocation *inv)
{
	struct thread *t = target(inv), *from;
	struct slot *s;
	status_t status = cap_lookup(inv->caller, inv->arg[0], OBJECT_THREAD, RIGHT_MANAGE, &s);

	if (status)
		return status;
	from = s->object;
	if (!thread_is_stopped(t) || !may_change(from, inv) || !(t->flags & FLAG_FPU) ||
	    !(from->flags & FLAG_FPU))
		return ERR_STATE;
	fpu_copy(t, from);
	return OK;
}

status_t thread_set_breakpoints(struct invocation *inv)
{
	struct thread *t = target(inv);
	const struct breakpoints wanted = {
		.address = { inv->arg[0], inv->arg[1], inv->arg[2], inv->arg[3] },
		.control = inv->arg[4],
	};

	if (!breakpoints_acceptable(&wanted))
		return ERR_BAD_ARG;
	if (!thread_is_stopped(t))
		return ERR_STATE;
	t->breakpoints = wanted;
	thread_set_flag(t, FLAG_BREAKPOINTS, wanted.control);
	return OK;
}

status_t thread_resume(struct invocation *inv)
{
	struct thread *t = target(inv);

	if (!thread_can_start(t))
		return ERR_STATE;
	sched_add(t);
	return OK;
}
