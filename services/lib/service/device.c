/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "device.h"

#include "kozo_stubs.h"
#include "panic.h"
#include "service.h"
#include "status.h"

static const struct start_device *find(unsigned line)
{
	const size_t lines = sizeof(service_start->device) / sizeof(service_start->device[0]);

	if (line >= lines)
		panic("there is no device line %u", line);
	return &service_start->device[line];
}

cptr_t device_slot(unsigned line)
{
	cptr_t slot = find(line)->slot;

	if (!slot)
		panic("device line %u has no capability", line);
	return slot;
}

uint8_t device_in8(unsigned line, word_t offset)
{
	word_t value;

	need(kozo_io_ports_in8(device_slot(line), find(line)->first + offset, &value), "a device");
	return (uint8_t)value;
}

void device_out8(unsigned line, word_t offset, uint8_t value)
{
	need(kozo_io_ports_out8(device_slot(line), find(line)->first + offset, value), "a device");
}

volatile void *device_memory(unsigned line)
{
	vaddr_t address = find(line)->address;

	if (!address)
		panic("device line %u has no memory", line);
	return (volatile void *)address;
}

status_t device_listen(unsigned line, word_t bits)
{
	cptr_t handler = device_slot(line), signal;
	status_t status = service_signal(SLOT_NOTIFICATION, bits, &signal);

	if (status != OK)
		return status;
	status = kozo_irq_handler_bind(handler, signal);
	if (status == OK)
		device_acknowledge(line);
	else
		service_drop(signal);
	return status;
}

void device_acknowledge(unsigned line)
{
	need(kozo_irq_handler_acknowledge(device_slot(line)), "a device");
}
