/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "invoke.h"
#include "arch/clamp.h"
#include "arch/this_cpu.h"
#include "cap.h"
#include "cpu.h"
#include "kozo_handlers.h"
#include "string.h"
#include "thread.h"

bool caller_lives(const struct invocation *inv)
{
	return this_cpu()->current == inv->caller;
}

void syscall_dispatch(struct thread *caller)
{
	uint32_t number = (uint32_t)caller->regs.status;

	if (number >= SYSCALLS || !syscall_table[clamp_index(number, SYSCALLS)]) {
		caller->regs.status = ERR_BAD_SYSCALL;
		return;
	}
	syscall_table[clamp_index(number, SYSCALLS)](caller);
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

void syscall_invoke(struct thread *caller)
{
	struct registers *regs = &caller->regs;
	struct invocation inv = { .caller = caller };
	const struct method *m;
	status_t status = decode(caller, &inv.slot, &m);

	if (status) {
		regs->word[0] = 0; /* an operation that says how much it did, did nothing */
	} else {
		memcpy(inv.arg, regs->word, sizeof(inv.arg));
		status = m->handler(&inv);
		if (!caller_lives(&inv))
			return;
		memcpy(regs->word, inv.result, m->nresults * sizeof(word_t));
	}
	regs->status = (word_t)status;
}
