/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "start.h"

#include "message.h"
#include "panic.h"

static const char *program_name = "unnamed program";
static struct ipc_buffer *buffer;

void kozo_start(const void *info)
{
	main(info);
	panic("main returned");
}

void kozo_begin(const char *name, vaddr_t ipc_buffer)
{
	program_name = name;
	buffer = (struct ipc_buffer *)ipc_buffer;
}

const char *kozo_name(void)
{
	return program_name;
}

struct ipc_buffer *kozo_ipc_buffer(void)
{
	return buffer;
}
