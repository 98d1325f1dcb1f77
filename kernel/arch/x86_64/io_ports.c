/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * IoPorts: a range of ports of the processor. It has no memory of its own: its
 * capability says which ports, in the badge.
 */
#include "arch/console.h"
#include "arch/io.h"
#include "io_ports.h"
#include "kozo_handlers.h"

/* The caller uses so many ports from the one that its first argument names, if it may. */
static status_t check(const struct invocation *inv, unsigned count)
{
	if (!io_ports_have(inv->slot, inv->arg[0], count))
		return ERR_RANGE;
	console_ports_used((unsigned)inv->arg[0], count);
	return OK;
}

/* As check(), if the second argument is a value of so many bytes. */
static status_t check_out(const struct invocation *inv, unsigned count)
{
	if (inv->arg[1] >> (8 * count))
		return ERR_BAD_ARG;
	return check(inv, count);
}

status_t io_ports_in8(struct invocation *inv)
{
	status_t status = check(inv, 1);

	if (!status)
		inv->result[0] = io_in8((uint16_t)inv->arg[0]);
	return status;
}

status_t io_ports_in16(struct invocation *inv)
{
	status_t status = check(inv, 2);

	if (!status)
		inv->result[0] = io_in16((uint16_t)inv->arg[0]);
	return status;
}

status_t io_ports_in32(struct invocation *inv)
{
	status_t status = check(inv, 4);

	if (!status)
		inv->result[0] = io_in32((uint16_t)inv->arg[0]);
	return status;
}

status_t io_ports_out8(struct invocation *inv)
{
	status_t status = check_out(inv, 1);

	if (!status)
		io_out8((uint16_t)inv->arg[0], (uint8_t)inv->arg[1]);
	return status;
}

status_t io_ports_out16(struct invocation *inv)
{
	status_t status = check_out(inv, 2);

	if (!status)
		io_out16((uint16_t)inv->arg[0], (uint16_t)inv->arg[1]);
	return status;
}

status_t io_ports_out32(struct invocation *inv)
{
	status_t status = check_out(inv, 4);

	if (!status)
		io_out32((uint16_t)inv->arg[0], (uint32_t)inv->arg[1]);
	return status;
}
