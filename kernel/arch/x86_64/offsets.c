/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Layout facts for the assembler. The build compiles this file to text and
 * keeps what follows each @@ as offsets.inc, so the two languages cannot
 * disagree. Nothing here runs.
 */
#include "arch/layout.h"
#include "cpu.h"
#include "endpoint.h"
#include "invoke.h"
#include "irq.h"
#include "isolation.h"
#include "notification.h"
#include "reply.h"
#include "segments.h"
#include "stacks.h"
#include "thread.h"
#include "vectors.h"
#include "vspace.h"

#define VALUE(name, value) __asm__(".ascii \"@@" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, field) VALUE(name, offsetof(struct type, field))

#define INDEX(address, level) ((address) >> (PAGE_BITS + 9 * ((level)-1)) & 511)

void address_space(void);
void cpu_and_thread(void);
void objects(void);
void registers_and_selectors(void);

void address_space(void)
{
	VALUE(KERNEL_BASE, KERNEL_BASE);
	VALUE(DIRECT_INDEX, INDEX(DIRECT_BASE, 4));
	VALUE(KERNEL_INDEX, INDEX(KERNEL_BASE, 4));
	VALUE(HIGH_INDEX, INDEX(KERNEL_BASE, 3));
}

void cpu_and_thread(void)
{
	OFFSET(CPU_SELF, cpu, self);
	OFFSET(CPU_CURRENT, cpu, current);
	OFFSET(CPU_USER_STACK, cpu, user_stack);
	OFFSET(CPU_STACK, cpu, stack);

	OFFSET(CPU_CR3, cpu, cr3);
	OFFSET(CPU_CONTEXT, cpu, context);
	OFFSET(CPU_BASES, cpu, bases);
	OFFSET(CPU_RESCHEDULE, cpu, reschedule);
	OFFSET(CPU_SINCE, cpu, since);
	OFFSET(CPU_READY, cpu, run.ready);
	OFFSET(CPU_LOST, cpu, run.lost);
	OFFSET(CPU_OCCUPIED, cpu, run.occupied);
	OFFSET(CPU_WORK, cpu, work);
	OFFSET(CPU_TOP, cpu, run.top);
	OFFSET(CPU_END, cpu, end);
	OFFSET(CPU_ALARM, cpu, alarm);

	OFFSET(THREAD_REGS, thread, regs);
	OFFSET(THREAD_FLAGS, thread, flags);
	OFFSET(THREAD_STATE, thread, state);
	OFFSET(THREAD_LINK, thread, link);
	OFFSET(THREAD_CONTEXT, thread, context);
	OFFSET(THREAD_OWN, thread, own);
	OFFSET(THREAD_BORROWED, thread, borrowed);
	OFFSET(THREAD_LOAN, thread, loan);
	OFFSET(THREAD_REPLY, thread, reply);
	OFFSET(THREAD_RECEIVE, thread, receive);
	OFFSET(THREAD_TIME, thread, usage.time);
	OFFSET(THREAD_MESSAGES, thread, usage.messages);
	OFFSET(THREAD_SIGNALS, thread, usage.signals);
	OFFSET(THREAD_CSPACE, thread, cspace);
	OFFSET(THREAD_CSPACE_SLOTS, thread, cspace_slots);
	OFFSET(THREAD_SPACE, thread, space);
	OFFSET(THREAD_IPC_BUFFER, thread, ipc_buffer);
	OFFSET(THREAD_HANDLER, thread, handler);
	OFFSET(THREAD_WINDOW_START, thread, window.start);
	OFFSET(THREAD_WINDOW_END, thread, window.end);
	OFFSET(THREAD_GUEST_STATE, thread, guest.state);
	OFFSET(THREAD_GUEST_ON_SYSCALL, thread, guest.on_syscall);
	OFFSET(THREAD_GUEST_ON_OTHER, thread, guest.on_other);
	OFFSET(THREAD_GUEST_STACK, thread, guest.stack);
	VALUE(FLAG_INSIDE, FLAG_INSIDE);
	VALUE(FLAG_TOLD, FLAG_TOLD);
	VALUE(FLAG_TELLS_CAPS, FLAG_TELLS_CAPS);
	VALUE(FLAG_INTERRUPTED, FLAG_INTERRUPTED);
	VALUE(FLAG_SIGNALLED, FLAG_SIGNALLED);
	VALUE(FLAG_ACTIVE, FLAG_ACTIVE);
}

void objects(void)
{
	OFFSET(SLOT_META, slot, type);
	OFFSET(SLOT_RIGHTS, slot, rights);
	OFFSET(SLOT_OBJECT, slot, object);
	OFFSET(SLOT_BADGE, slot, badge);
	OFFSET(SLOT_MAPPING, slot, mapping);

	VALUE(QUEUE_BITS, QUEUE_BITS);
	OFFSET(QUEUE_HEAD, queue, head);
	OFFSET(QUEUE_TAIL, queue, tail);
	OFFSET(LINK_IN, link, in);
	OFFSET(LINK_NEXT, link, next);
	OFFSET(LINK_PREV, link, prev);

	OFFSET(ENDPOINT_SENDERS, endpoint, senders);
	OFFSET(ENDPOINT_RECEIVERS, endpoint, receivers);
	OFFSET(ENDPOINT_WATCH, endpoint, watch);
	OFFSET(REPLY_CALLER, reply, caller);
	OFFSET(REPLY_RIGHTS, reply, rights);
	OFFSET(CONTEXT_LOANS, sched_context, loans);
	OFFSET(CONTEXT_BORROWING, sched_context, borrowing);
	OFFSET(CONTEXT_READY, sched_context, own);
	OFFSET(CONTEXT_PRIORITY, sched_context, priority);
	OFFSET(CONTEXT_IS_LIMITED, sched_context, is_limited);
	OFFSET(CONTEXT_CONSUMED, sched_context, consumed);
	OFFSET(CONTEXT_TURN, sched_context, turn);
	OFFSET(CONTEXT_RUN, sched_context, run);
	OFFSET(NOTIFICATION_WAITERS, notification, waiters);
	OFFSET(NOTIFICATION_BOUND, notification, bound);
	OFFSET(NOTIFICATION_PENDING, notification, pending);
	OFFSET(NOTIFICATION_WATCH, notification, watch);
	OFFSET(IRQ_HANDLER_NOTIFICATION, irq_handler, notification);
	OFFSET(IRQ_HANDLER_LEVEL, irq_handler, line.level);
	OFFSET(IRQ_HANDLER_MASKED, irq_handler, masked);
	VALUE(IRQ_VECTORS, IRQ_VECTORS);
	OFFSET(VSPACE_WIDE_CR3, vspace, tag[0].cr3);
	OFFSET(VSPACE_RESTRICTED_CR3, vspace, tag[1].cr3);

	OFFSET(INVOCATION_CALLER, invocation, caller);
	OFFSET(INVOCATION_METHOD, invocation, method);
	OFFSET(INVOCATION_RESULT, invocation, result);
	OFFSET(INVOCATION_ARG, invocation, arg);
	VALUE(INVOCATION_SIZE, sizeof(struct invocation));
	OFFSET(METHOD_HANDLER, method, handler);
	OFFSET(METHOD_NRESULTS, method, nresults);
}

void registers_and_selectors(void)
{
	OFFSET(REGS_CS, registers, cs);
	OFFSET(REGS_EXACT, registers, exact);
	VALUE(REGS_SIZE, sizeof(struct registers));

	VALUE(VECTOR_PAGE_FAULT, VECTOR_PAGE_FAULT);
	VALUE(VECTOR_DEVICES, VECTOR_DEVICES);

	VALUE(RFLAGS_KERNEL, RFLAGS_KERNEL);
	VALUE(RFLAGS_USER, RFLAGS_USER);
	VALUE(RFLAGS_FREE, RFLAGS_FREE);

	VALUE(SITE_SYSRET, SITE_SYSRET);
	VALUE(SITE_IRET, SITE_IRET);
	VALUE(SITE_LOAD, SITE_LOAD);

	VALUE(STACK_TOP, sizeof(stacks.main));

	VALUE(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
	VALUE(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
	VALUE(SELECTOR_USER_CODE, SELECTOR_USER_CODE);
	VALUE(SELECTOR_USER_DATA, SELECTOR_USER_DATA);
}
