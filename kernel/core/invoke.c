/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "invoke.h"
#include "arch/clamp.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "string.h"
#include "thread.h"

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

	if ((s->rights & m->rights) != m->rights)
		return ERR_NO_RIGHT;
	*out = m;
	return OK;
}

static status_t invoke(struct thread *caller)
{
	struct registers *regs = &caller->regs;
	word_t label = regs->info >> INFO_LABEL_SHIFT;
	struct invocation inv = { .caller = caller };
	const struct method *m;
	status_t status = find_target(caller, label >> METHOD_TYPE_SHIFT, &inv.slot);

	if (!status)
		status = find_method(inv.slot, label & METHOD_NUMBER_MASK, &m);
	if (status)
		return status;
	if ((regs->info & ((1 << INFO_LABEL_SHIFT) - 1)) != m->nargs)
		return ERR_BAD_ARG;

	memcpy(inv.arg, regs->word, sizeof(inv.arg));
	status = m->handler(&inv);
	memcpy(regs->word, inv.result, m->nresults * sizeof(word_t));
	return status;
}

void syscall_invoke(struct thread *caller)
{
	status_t status = invoke(caller);

	caller->regs.status = (word_t)status;
}
