/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "device.h"

#include "describe.h"
#include "kozo_stubs.h"
#include "panic.h"
#include "place.h"
#include "plan.h"
#include "print.h"
#include "status.h"

_Static_assert(sizeof(((struct start_info *)0)->device) / sizeof(struct start_device) ==
		       MANIFEST_DEVICES_MAX,
	       "a service can be told of all its devices");

/* An Untyped of devices' memory. */
struct piece {
	cptr_t untyped;
	paddr_t start;
	unsigned bits;
};

static cptr_t first_piece; /* the slot of the first that boot_info tells of */

/* Of each device with memory: what it is made of, or why it cannot be had. */
static struct {
	struct process_frames frames;
	status_t status;
} made[MANIFESTS_MAX][MANIFEST_DEVICES_MAX];

static const struct manifest_device *device_of(unsigned service, unsigned i)
{
	return &plan.service[service].devices[i];
}

static cptr_t slot_of(unsigned service, unsigned i)
{
	return place_of(service, PLACE_DEVICES) + i;
}

/* --- memory: which frames ----------------------------------------------------------- */

/* Keeper may have cut up one of RAM; those of devices are as the kernel tells, in that order. */
static void find_pieces(void)
{
	struct description d;

	first_piece = boot->untyped_first;
	while (kozo_describe(SLOT_CNODE, first_piece, &d) == OK && !d.is_device)
		first_piece++;
}

/* False: no service may have what is at this address. */
static bool find_piece(paddr_t address, struct piece *piece)
{
	cptr_t slot = first_piece;

	for (uint32_t i = 0; i < boot->untyped_count; i++) {
		const struct untyped_info *u = &boot->untyped[i];

		if (!u->device)
			continue;
		if (address >= u->address && address - u->address < 1ull << u->bits) {
			*piece = (struct piece){ slot, u->address, u->bits };
			return true;
		}
		slot++;
	}
	return false;
}

/* log2 of the largest object from `at` up to no more than `last`, and of 2^most bytes. */
static unsigned largest_bits(uint64_t at, uint64_t last, unsigned most)
{
	unsigned bits = PAGE_BITS;

	while (bits < most && !(at >> bits & 1) && last - at >= (2ull << bits) - 1)
		bits++;
	return bits;
}

static unsigned frame_bits(paddr_t at, paddr_t last, const struct piece *p)
{
	return largest_bits(at, last, p->bits < FRAME_BITS_MAX ? p->bits : FRAME_BITS_MAX);
}

/* ERR_RANGE: a part of it is no device's. */
static status_t count_frames(const struct manifest_device *d, size_t *count)
{
	size_t found = 0;
	struct piece piece;

	for (paddr_t at = d->first; at <= d->last; found++) {
		if (!find_piece(at, &piece))
			return ERR_RANGE;
		at += 1ull << frame_bits(at, d->last, &piece);
	}
	*count = found;
	return OK;
}

/* --- memory: making them --------------------------------------------------------------- */

static status_t make(const struct piece *p, enum object_type type, unsigned bits, cptr_t slot)
{
	word_t done;

	return kozo_untyped_retype(p->untyped, type, bits, SLOT_CNODE, slot, 1, &done);
}

static status_t clear(cptr_t slot)
{
	status_t status = kozo_cnode_delete(SLOT_CNODE, slot);

	return status == ERR_BAD_CAP ? OK : status;
}

static uint64_t used_of(const struct piece *p)
{
	struct description d;

	return kozo_describe(SLOT_CNODE, p->untyped, &d) == OK ? d.badge : 0;
}

/*
 * Use up what lies in front of `offset`, in parts as large as can be. One of them is always
 * there, or the Untyped would begin anew; when there is a frame behind them none is needed.
 */
static status_t skip(const struct piece *p, uint64_t offset, const cptr_t spare[2])
{
	status_t status = OK;
	unsigned turn = 0;
	uint64_t used;

	while (status == OK && (used = used_of(p)) < offset) {
		status = clear(spare[turn]);
		if (status == OK)
			status = make(p, OBJECT_UNTYPED, largest_bits(used, offset - 1, p->bits),
				      spare[turn]);
		turn ^= 1;
	}
	if (status == OK && used_of(p) != offset)
		return ERR_STATE;
	return status;
}

static status_t make_frame(const struct piece *p, paddr_t at, unsigned bits, cptr_t slot,
			   const cptr_t spare[2])
{
	if (place_look(slot) != OBJECT_NULL)
		return OK;

	status_t status = skip(p, at - p->start, spare);

	if (status == OK)
		status = make(p, OBJECT_FRAME, bits, slot);
	if (status == OK)
		status = clear(spare[0]);
	return status == OK ? clear(spare[1]) : status;
}

static status_t make_frames(const struct manifest_device *d, cptr_t slot, const cptr_t spare[2])
{
	status_t status = OK;
	struct piece piece;

	for (paddr_t at = d->first; status == OK && at <= d->last; slot++) {
		if (!find_piece(at, &piece))
			return ERR_RANGE;

		unsigned bits = frame_bits(at, d->last, &piece);

		status = make_frame(&piece, at, bits, slot, spare);
		at += 1ull << bits;
	}
	return status;
}

/* The memory that begins lowest from an address on. */
static bool find_next(paddr_t from, unsigned *service, unsigned *device)
{
	paddr_t lowest = ~0ull;

	for (unsigned s = 0; s < plan.count; s++)
		for (unsigned i = 0; i < plan.service[s].devices_count; i++) {
			const struct manifest_device *d = device_of(s, i);

			if (d->kind != MANIFEST_DEVICE_MEMORY || d->first < from ||
			    d->first >= lowest)
				continue;
			lowest = d->first;
			*service = s;
			*device = i;
		}
	return lowest != ~0ull;
}

/* In the same order, and so in the same slots, in each instance of the supervisor. */
void devices_begin(void)
{
	const cptr_t spare[2] = { slots_take(&memory.slots, 1), slots_take(&memory.slots, 1) };
	cptr_t slot = place_device_frames();
	unsigned service = 0, device = 0;

	find_pieces();
	for (paddr_t from = 0; find_next(from, &service, &device);) {
		const struct manifest_device *d = device_of(service, device);
		size_t count = 0;
		status_t status = count_frames(d, &count);

		if (status == OK && count > place_end() - slot)
			status = ERR_FULL;
		if (status == OK)
			status = make_frames(d, slot, spare);
		if (status == OK)
			made[service][device].frames = (struct process_frames){ slot, count };
		made[service][device].status = status;
		slot += made[service][device].frames.count;
		from = d->last + 1;
	}
	slots_give(&memory.slots, spare[0], 1);
	slots_give(&memory.slots, spare[1], 1);
}

/* --- what a service gets ---------------------------------------------------------------- */

/* As the manifest says it, and why not. */
static status_t refuse(unsigned service, const struct manifest_device *d, const char *why,
		       status_t status)
{
	kozo_printf("supervisor: %s: device ", plan.service[service].name);
	if (d->kind == MANIFEST_IRQ)
		kozo_printf("irq %lu", d->first);
	else
		kozo_printf("%s 0x%lx-0x%lx", d->kind == MANIFEST_PORTS ? "ports" : "memory",
			    d->first, d->last);
	kozo_printf(": %s\n", why ? why : kozo_status_text(status));
	return status;
}

static bool has_slot(const struct manifest_device *d)
{
	return d->kind == MANIFEST_PORTS || d->kind == MANIFEST_IRQ;
}

status_t devices_plan(unsigned service, struct process_device *devices)
{
	const struct manifest *m = &plan.service[service];
	cptr_t slot = SLOT_USES + m->uses_count;

	for (unsigned i = 0; i < m->devices_count; i++) {
		const struct manifest_device *d = &m->devices[i];

		status_t status = made[service][i].status;

		if (status == ERR_RANGE)
			return refuse(service, d, "not all of it is a device's that may be had",
				      status);
		if (status != OK)
			return refuse(service, d, NULL, status);
		devices[i] = (struct process_device){
			.frames = made[service][i].frames,
			.rights = d->rights,
			.told = { has_slot(d) ? slot++ : 0, 0, d->first, d->last },
		};
	}
	return OK;
}

static status_t prepare_ports(unsigned service, const struct manifest_device *d, cptr_t slot)
{
	const rights_t rights = RIGHT_READ | RIGHT_WRITE;
	status_t status = OK;

	if (place_look(slot) == OBJECT_NULL)
		status = kozo_cnode_mint(SLOT_CNODE, slot, SLOT_CNODE, SLOT_IO_PORTS, rights,
					 d->first << PORTS_FIRST_SHIFT | d->last);
	if (status != OK)
		return refuse(service, d, NULL, status);
	return OK;
}

static status_t prepare_irq(unsigned service, const struct manifest_device *d, cptr_t slot)
{
	word_t done;
	status_t status = kozo_untyped_retype(place_of(service, PLACE_PROCESS) + PROCESS_ARENA,
					      OBJECT_IRQ_HANDLER, 0, SLOT_CNODE, slot, 1, &done);

	if (status == OK)
		status = kozo_irq_control_connect_line(SUPERVISOR_IRQ_CONTROL, slot, d->first,
						       d->mode);
	if (status == ERR_RANGE)
		return refuse(service, d, "this machine has no such interrupt", status);
	if (status == ERR_BUSY)
		return refuse(service, d, "somebody else has this interrupt", status);
	if (status != OK)
		return refuse(service, d, NULL, status);
	return OK;
}

static status_t grant(unsigned service, unsigned i, cptr_t index)
{
	const struct manifest_device *d = device_of(service, i);
	bool is_ports = d->kind == MANIFEST_PORTS;
	cptr_t slot = slot_of(service, i);
	status_t status =
		is_ports ? prepare_ports(service, d, slot) : prepare_irq(service, d, slot);

	if (status != OK)
		return status;
	return process_grant(place_of(service, PLACE_PROCESS), index, slot,
			     is_ports ? RIGHT_READ | RIGHT_WRITE : RIGHT_MANAGE, 0);
}

status_t devices_grant(unsigned service)
{
	const struct manifest *m = &plan.service[service];
	cptr_t index = SLOT_USES + m->uses_count;
	status_t status = OK;

	for (unsigned i = 0; status == OK && i < m->devices_count; i++)
		if (has_slot(&m->devices[i]))
			status = grant(service, i, index++);
	return status;
}

void devices_take_back(unsigned service)
{
	for (unsigned i = 0; i < plan.service[service].devices_count; i++) {
		if (place_look(slot_of(service, i)) != OBJECT_IO_PORTS)
			continue;

		status_t status = kozo_cnode_revoke(SLOT_CNODE, slot_of(service, i));

		if (status != OK)
			panic("ports cannot be taken back: %s", kozo_status_text(status));
	}
}
