/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "evidence.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "kozo_stubs.h"
#include "memory.h"
#include "window.h"
#include "wire.h"

static void take_text(struct evidence *e, word_t length)
{
	wire_get(kozo_ipc_buffer(), e->text, length);
	for (word_t i = 0; i < length; i++)
		if (e->text[i] < ' ' || e->text[i] > '~')
			e->text[i] = '.';
}

void evidence_note(struct evidence *e, const struct message *m)
{
	*e = (struct evidence){ .label = m->label };
	memcpy(e->word, m->word, sizeof(e->word));
	if (m->label == FAULT_PANIC && wire_carries(m->nwords, m->word[0], PANIC_TEXT_MAX))
		take_text(e, m->word[0]);
}

/* It may be another thread of the process that has told, while this one does something else. */
static bool has_told(const struct evidence *e, cptr_t thread, const struct thread_registers *r)
{
	word_t state, priority;

	if (e->label == FAULT_PANIC)
		return kozo_thread_info(thread, &state, &priority) == OK &&
		       state == THREAD_AWAITS_REPLY;
	return r->rip == e->word[0] && r->rsp == e->word[1];
}

/* The frame of its stack, that is mapped where it is, in a slot of ours. */
static cptr_t borrow_stack(struct memory *memory, const struct process *p)
{
	cptr_t slot = slots_take(&memory->slots, 1);

	if (slot && kozo_cnode_mint(memory->cnode, slot, p->slots + PROCESS_PAGES, p->stack,
				    RIGHT_READ, 0) == OK)
		return slot;
	if (slot)
		slots_give(&memory->slots, slot, 1);
	return 0;
}

/* A frame of a function begins with the caller's frame pointer and the return address. */
static void follow(struct evidence *e, cptr_t stack, vaddr_t top)
{
	const vaddr_t bottom = top - (1ull << PROCESS_STACK_BITS);
	vaddr_t frame = e->registers.rbp;

	while (e->depth < EVIDENCE_DEPTH && frame >= bottom && frame <= top - 16 &&
	       frame % 8 == 0) {
		uint64_t pair[2];

		if (window_read(stack, PROCESS_STACK_BITS, frame - bottom, pair, sizeof(pair)) !=
		    OK)
			break;
		e->trace[e->depth++] = pair[1];
		if (pair[0] <= frame)
			break;
		frame = pair[0];
	}
}

void evidence_take(struct evidence *e, struct memory *memory, const struct process *p)
{
	cptr_t thread = p->slots + PROCESS_THREAD;
	struct thread_registers registers;

	if (kozo_thread_read_registers(thread) != OK)
		return;
	memcpy(&registers, &kozo_ipc_buffer()->word[IPC_REGISTERS], sizeof(registers));
	if (e->label && !has_told(e, thread, &registers))
		return;
	e->registers = registers;

	cptr_t stack = borrow_stack(memory, p);

	if (!stack)
		return;
	follow(e, stack, p->stack_top);

	status_t dropped = memory_drop(memory, stack);

	assert(dropped == OK);
}
