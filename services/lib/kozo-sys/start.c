/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "start.h"

#include "local.h"
#include "message.h"
#include "panic.h"

static const char *program_name = "unnamed program";
static struct kozo_local first, *others;

void kozo_start(const void *info)
{
	main(info);
	panic("main returned");
}

void kozo_begin(const char *name, vaddr_t ipc_buffer)
{
	program_name = name;
	first.ipc_buffer = (struct ipc_buffer *)ipc_buffer;
}

const char *kozo_name(void)
{
	return program_name;
}

struct ipc_buffer *kozo_ipc_buffer(void)
{
	return kozo_local()->ipc_buffer;
}

struct kozo_local *kozo_local(void)
{
	vaddr_t here = (vaddr_t)__builtin_frame_address(0);

	for (struct kozo_local *l = others; l; l = l->next)
		if (here >= l->stack && here < l->stack_end)
			return l;
	return &first;
}

void kozo_local_add(struct kozo_local *local)
{
	local->next = others;
	others = local;
}
