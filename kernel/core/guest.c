/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "guest.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "notification.h"

/* Below the last page of user space, and outside of the personality region. */
static bool in_guest_range(vaddr_t address)
{
	return address < USER_TOP - (1 << PAGE_BITS) &&
	       (address < REGION_BASE || address >= REGION_TOP);
}

/* The other root is to be loaded. */
static void set_inside(struct thread *t, bool inside)
{
	thread_set_flag(t, FLAG_INSIDE, inside);
	this_cpu()->reschedule = true;
}

static void put_place(struct thread *t)
{
	struct guest_state SHARED *g = t->guest.state;

	shared_put(&g->rip, t->regs.rip);
	shared_put(&g->rsp, t->regs.rsp);
	shared_put(&g->rflags, t->regs.rflags);
}

static void go_outside(struct thread *t, vaddr_t entry)
{
	registers_go(&t->regs, entry, t->guest.stack);
	set_inside(t, false);
}

void guest_leave_by_syscall(struct thread *t)
{
	put_place(t);
	go_outside(t, t->guest.on_syscall);
}

/* A guest that was to be entered by sysret has rcx and r11 as that leaves them. */
void guest_leave(struct thread *t, word_t cause, word_t address, word_t error)
{
	struct guest_state SHARED *g = t->guest.state;
	const struct registers *regs = &t->regs;

	put_place(t);
	shared_put(&g->rax, regs->status);
	shared_put(&g->rcx, regs->exact ? regs->rcx : regs->rip);
	shared_put(&g->r11, regs->exact ? regs->r11 : regs->rflags);
	shared_put(&g->cause, cause);
	shared_put(&g->address, address);
	shared_put(&g->error, error);
	go_outside(t, t->guest.on_other);
}

void guest_set_state(struct thread *t, struct guest_state SHARED *state)
{
	t->guest.state = state;
	if (state || !(t->flags & FLAG_INSIDE))
		return;
	thread_set_flag(t, FLAG_INSIDE, false);
	thread_suspend(t);
	t->state = THREAD_FAULTED;
}

/* What is waiting for the outer code already, or 0. */
static word_t reason_to_leave(struct thread *t)
{
	if (t->bound && t->bound->pending)
		return GUEST_NOTIFIED;
	if (!(t->flags & FLAG_INTERRUPTED))
		return 0;
	thread_set_flag(t, FLAG_INTERRUPTED, false);
	return GUEST_INTERRUPTED;
}

void syscall_enter(struct thread *caller)
{
	struct guest_state SHARED *g = caller->guest.state;
	bool exact = caller->regs.status & ENTER_EXACT;

	if (!g) {
		caller->regs.status = ERR_STATE;
		return;
	}

	vaddr_t rip = shared_word(&g->rip);

	if (!in_guest_range(rip)) {
		caller->regs.status = ERR_BAD_ARG;
		return;
	}

	/* Commit: nothing below fails. */
	registers_go(&caller->regs, rip, shared_word(&g->rsp));
	caller->regs.rflags |= shared_word(&g->rflags) & RFLAGS_FREE;
	caller->regs.status = shared_word(&g->rax);
	caller->regs.exact = exact;
	if (exact) {
		caller->regs.rcx = shared_word(&g->rcx);
		caller->regs.r11 = shared_word(&g->r11);
	}
	set_inside(caller, true);

	word_t reason = reason_to_leave(caller);

	if (reason)
		guest_leave(caller, reason, 0, 0);
}

status_t thread_set_guest(struct invocation *inv)
{
	struct thread *t = inv->slot->object;
	struct slot *frame;

	status_t status = cap_lookup_optional(inv->caller, inv->arg[0], OBJECT_FRAME,
					      RIGHT_READ | RIGHT_WRITE, &frame);

	if (status)
		return status;
	if ((frame && frame->flags & SLOT_DEVICE) || inv->arg[1] >= USER_TOP ||
	    inv->arg[2] >= USER_TOP)
		return ERR_BAD_ARG;

	/*
	 * Commit: nothing below fails. A guest that runs loses its frame. The last
	 * capability of a Frame leaves nothing that dies.
	 */
	cap_replace(&t->guest_frame, frame);
	t->guest.on_syscall = inv->arg[1];
	t->guest.on_other = inv->arg[2];
	t->guest.stack = inv->arg[3];
	return OK;
}
