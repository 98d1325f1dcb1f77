/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The first process. init gets a CNode with everything there is: itself, the
 * initrd, and all memory that nobody uses.
 *
 * What init consists of is made by the same functions as everything later, out
 * of one untyped, the arena, whose capability init holds too. The root CNode
 * lies at the arena's start and therefore holds the capability it was made from.
 */
#include "arch/layout.h"
#include "boot.h"
#include "cap.h"
#include "cnode.h"
#include "frame.h"
#include "invariants.h"
#include "log.h"
#include "object.h"
#include "panic.h"
#include "preempt.h"
#include "sched.h"
#include "string.h"
#include "thread.h"
#include "untyped.h"
#include "version.h"
#include "vspace.h"

enum {
	STACK_PAGES = 8,
	LARGE_BITS = 21, /* how far one lowest-level PageTable reaches */
	INIT_PRIORITY = PRIORITIES - 1,
	INFO_BITS = 13,
	SIZE_AT = 54, /* of init, in the archive */
	NAME_AT = 110,
	FILE_AT = 116,
};

_Static_assert(sizeof(struct boot_info) == 1 << INFO_BITS, "the information is one frame");

#define PAGE (1ull << PAGE_BITS)
#define LARGE (1ull << LARGE_BITS)
#define ROOT_CNODE_BYTES (1ull << (ROOT_CNODE_BITS + SLOT_BITS))

static const rights_t read_only = RIGHT_READ;
static const rights_t read_write = RIGHT_READ | RIGHT_WRITE;

/* init while it is being built. */
struct build {
	struct boot *boot;
	struct slot *slots; /* the root CNode */
	struct slot *arena;
	uint32_t next;	  /* first free slot */
	const char *file; /* its program, and what that says of itself */
	struct program_layout program;
	vaddr_t stack_top, ipc_buffer, info, initrd, end;
};

static struct thread *thread_of(struct build *n)
{
	return n->slots[SLOT_THREAD].object;
}

/* Does what a program says of itself fit together, and what there is of the file? It may be any bytes. */
static bool fits(const struct program_layout *p, uint64_t file_bytes)
{
	if (p->start % PAGE || p->code % PAGE || p->data % PAGE || p->start < PROGRAM_LOWEST)
		return false;
	if (p->start >= p->code || p->code >= p->data || p->data > p->file_end ||
	    p->file_end > p->end)
		return false;
	return p->file_end - p->start <= file_bytes && p->end - p->start <= PROGRAM_BYTES_MAX &&
	       p->entry >= p->code && p->entry < p->data;
}

/* Eight digits. Of others it makes any number. */
static uint64_t hexadecimal(const char *digits)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < 8; i++)
		number = number * 16 + (unsigned)(digits[i] & 0xf) + (digits[i] >= 'A' ? 9 : 0);
	return number;
}

/*
 * init is the archive's first file (docs/boot.md): behind a header of text come its name and, at
 * a multiple of four bytes, the file. Of that the kernel reads this note only (abi/boot.abi).
 */
static void read_program(struct build *n)
{
	static const struct {
		uint32_t name_bytes, layout_bytes, type;
		char name[8];
	} note = { sizeof("KOZO"), sizeof(struct program_layout), 1, "KOZO" };
	static const char magic[] = "07070", name[] = "init";
	const size_t layout_at = PROGRAM_NOTE_AT + sizeof(note);
	const char *archive = phys_to_virt(n->boot->initrd);
	uint64_t bytes = n->boot->initrd_bytes, file_bytes;
	struct program_layout *p = &n->program;

	if (!bytes)
		boot_stop("there is no initrd: the boot loader passed no module");
	if (bytes < FILE_AT || memcmp(archive, magic, sizeof(magic) - 1) != 0 ||
	    memcmp(archive + NAME_AT, name, sizeof(name)) != 0)
		boot_stop("the initrd is damaged: it does not begin with init");
	n->file = archive + FILE_AT;
	file_bytes = hexadecimal(archive + SIZE_AT);
	if (bytes < FILE_AT + layout_at + sizeof(*p) || file_bytes < layout_at + sizeof(*p) ||
	    memcmp(n->file + PROGRAM_NOTE_AT, &note, sizeof(note)) != 0)
		boot_stop("init was not built for KOZO: it has no ABI note");
	memcpy(p, n->file + layout_at, sizeof(*p));
	if (p->abi_hash != KOZO_ABI_HASH)
		boot_stop("init was built for ABI %016lx, this kernel is ABI %016llx", p->abi_hash,
			  KOZO_ABI_HASH);
	if (!fits(p, file_bytes) || file_bytes > bytes - FILE_AT)
		boot_stop("init is damaged: it is not as its ABI note says");
}

/* Where everything lies in init's address space: one after the other, with gaps. */
static void lay_out(struct build *n)
{
	vaddr_t at = round_up(n->program.end, PAGE) + PAGE;

	n->stack_top = at + STACK_PAGES * PAGE;
	n->ipc_buffer = n->stack_top + PAGE;
	n->info = round_up(n->ipc_buffer + PAGE, sizeof(struct boot_info));
	/* The same place within a large page as in memory, so that frames fit. */
	n->initrd = round_up(n->info + sizeof(struct boot_info), LARGE) + n->boot->initrd % LARGE;
	n->end = round_up(n->initrd + n->boot->initrd_bytes, LARGE);
	if (n->program.end >= REGION_BASE || n->end >= REGION_BASE)
		boot_stop("init cannot be loaded: it lies too high");
}

/* log2 of an untyped that all of init fits in, table alignment included. */
static unsigned arena_bits(const struct build *n)
{
	uint64_t span = n->end - round_down(n->program.start, LARGE);
	uint64_t tables = (span >> LARGE_BITS) + (span >> 30) + (span >> 39) + 4;
	uint64_t image = round_up(n->program.end - n->program.start, PAGE);
	uint64_t bytes = ROOT_CNODE_BYTES + image + (STACK_PAGES + 1) * PAGE +
			 2 * sizeof(struct boot_info) + (1 << THREAD_BITS) +
			 (1 << SCHED_CONTEXT_BITS) + (2ull << VSPACE_BITS) +
			 tables * (1 << PAGE_TABLE_BITS);
	unsigned bits = PAGE_BITS;

	while (1ull << bits < bytes)
		bits++;
	return bits;
}

/* A capability for what there was before any object was, or has no memory of its own. */
static void grant(struct slot *s, enum object_type type, unsigned bits, rights_t rights,
		  void *object)
{
	s->type = (uint8_t)type;
	s->size = (uint8_t)bits;
	s->rights = (uint16_t)rights;
	s->object = object;
	slot_link(&cap_root, s);
}

static void make_arena(struct build *n)
{
	unsigned bits = arena_bits(n);
	paddr_t start;

	if (!memmap_take(&n->boot->free, 1ull << bits, 1ull << bits, 0, &start))
		boot_stop("too little memory: init needs %llu KiB in one piece, "
			  "and this machine has %lu KiB in all",
			  (1ull << bits) >> 10, n->boot->memory_bytes >> 10);
	n->slots = phys_to_virt(start);
	memset(n->slots, 0, ROOT_CNODE_BYTES);

	n->arena = &n->slots[SLOT_ARENA];
	grant(n->arena, OBJECT_UNTYPED, bits, RIGHT_MANAGE, n->slots);
	n->arena->mapping = ROOT_CNODE_BYTES; /* zeroed: retype must not do it again */
}

static void make(struct build *n, enum object_type type, uint64_t size, struct slot *to)
{
	status_t status;

	do {
		this_cpu()->work = 0; /* nobody waits yet */
		status = untyped_make(n->arena, type, size, to);
	} while (status == RESTART);
	if (status)
		panic("init's arena is too small");
}

static struct slot *next_slot(struct build *n)
{
	if (n->next == 1u << ROOT_CNODE_BITS)
		boot_stop("init cannot be loaded: it needs too many capabilities");
	return &n->slots[n->next++];
}

/* Put in the page tables that are missing on the way to `address`. */
static void add_tables(struct build *n, vaddr_t address)
{
	struct vspace *space = n->slots[SLOT_VSPACE].object;
	struct page_table *there;

	for (unsigned level = PAGE_TABLE_LEVELS; level > 0; level--) {
		if (page_table_find(space, address, level, &there) == OK)
			continue;

		struct slot *table = next_slot(n);

		make(n, OBJECT_PAGE_TABLE, level, table);
		if (page_table_put(table, space, address))
			panic("init's page table for 0x%lx cannot be installed", address);
	}
}

static void map(struct build *n, struct slot *frame, vaddr_t address, rights_t rights)
{
	status_t status = frame_put(frame, n->slots[SLOT_VSPACE].object, address, rights, 0);

	if (status)
		panic("init's page at 0x%lx cannot be mapped: error %d", address, status);
}

/* Fresh memory at `address`; returns where the kernel sees it. */
static char *map_memory(struct build *n, unsigned bits, struct slot *frame, vaddr_t address,
			rights_t rights)
{
	make(n, OBJECT_FRAME, bits, frame);
	add_tables(n, address);
	map(n, frame, address, rights);
	return frame->object;
}

static char *map_page(struct build *n, struct slot *frame, vaddr_t address, rights_t rights)
{
	return map_memory(n, PAGE_BITS, frame, address, rights);
}

/* A part of the program, which begins with a page. */
static void map_part(struct build *n, vaddr_t start, vaddr_t end, rights_t rights)
{
	const struct program_layout *p = &n->program;

	for (vaddr_t page = start; page < end; page += PAGE) {
		char *memory = map_page(n, next_slot(n), page, rights);

		if (page < p->file_end)
			memcpy(memory, n->file + (page - p->start),
			       p->file_end - page < PAGE ? p->file_end - page : PAGE);
	}
}

static void map_image(struct build *n)
{
	const struct program_layout *p = &n->program;

	map_part(n, p->start, p->code, read_only);
	map_part(n, p->code, p->data, RIGHT_READ | RIGHT_EXECUTE);
	map_part(n, p->data, p->end, read_write);
	for (unsigned i = 1; i <= STACK_PAGES; i++)
		map_page(n, next_slot(n), n->stack_top - i * PAGE, read_write);
	map_page(n, &n->slots[SLOT_IPC_BUFFER], n->ipc_buffer, read_write);
}

/* log2 of the largest frame, smaller than a large page, that may begin at `start`. */
static unsigned piece_bits(paddr_t start, paddr_t end)
{
	unsigned bits = PAGE_BITS;

	while (bits < LARGE_BITS - 1 && start % (2ull << bits) == 0 && end - start >= 2ull << bits)
		bits++;
	return bits;
}

static void grant_initrd(struct build *n, struct boot_info *info)
{
	vaddr_t base = n->initrd - n->boot->initrd;
	paddr_t end = round_up(n->boot->initrd + n->boot->initrd_bytes, PAGE);
	unsigned bits;

	/* The tables first: the frames' slots are consecutive. */
	for (vaddr_t at = n->initrd; at < n->end; at = round_down(at, LARGE) + LARGE)
		add_tables(n, at);
	info->initrd_first = n->next;
	memset(phys_to_virt(n->boot->initrd + n->boot->initrd_bytes), 0,
	       end - n->boot->initrd - n->boot->initrd_bytes);
	for (paddr_t start = round_down(n->boot->initrd, PAGE); start < end;
	     start += 1ull << bits) {
		bits = piece_bits(start, end);

		struct slot *frame = next_slot(n);

		grant(frame, OBJECT_FRAME, bits, read_only, phys_to_virt(start));
		map(n, frame, base + start, read_only);
		info->initrd_count++;
	}
}

/* What was needed to boot, unless it lies where memory may not be used. */
static void free_discarded(struct boot *b)
{
	struct memory_range discarded = boot_image_discarded();
	uint64_t bytes = discarded.end - discarded.start;

	if (memmap_has(&b->ram, discarded.start, bytes))
		memmap_add(&b->free, discarded.start, bytes, PHYS_MAX);
}

/* Does a word of memory keep what is written to it? */
static bool keeps(paddr_t address)
{
	volatile uint64_t *word = phys_to_virt(address);
	uint64_t before = *word;
	bool kept;

	*word = ~before;
	kept = *word == ~before;
	*word = before;
	return kept;
}

/* A memory map may name memory that the machine has not; both ends tell. */
static bool is_there(paddr_t start, uint64_t bytes)
{
	return keeps(start) && keeps(start + bytes - sizeof(uint64_t));
}

static void grant_one_untyped(struct build *n, struct boot_info *info, paddr_t start, unsigned bits,
			      bool device)
{
	struct untyped_info *u = &info->untyped[info->untyped_count++];
	struct slot *s = next_slot(n);

	grant(s, OBJECT_UNTYPED, bits, RIGHT_MANAGE, phys_to_virt(start));
	s->flags |= device ? SLOT_DEVICE : 0;
	u->address = start;
	u->bits = (uint8_t)bits;
	u->device = device;
}

/* The largest pieces first, so that crumbs do not take all the places. */
static void grant_pieces(struct build *n, struct boot_info *info, struct memmap *map, bool device)
{
	uint64_t absent = 0, unused;
	paddr_t start;

	for (unsigned bits = UNTYPED_BITS_MAX; bits >= PAGE_BITS; bits--) {
		uint64_t bytes = 1ull << bits;

		while (info->untyped_count < UNTYPED_MAX &&
		       memmap_take(map, bytes, bytes, 0, &start)) {
			if (device || is_there(start, bytes))
				grant_one_untyped(n, info, start, bits, device);
			else
				absent += bytes;
		}
	}
	unused = map->given_up + memmap_bytes(map);
	if (unused)
		log_printf("boot: %lu KiB of %s are in too many pieces and stay unused\n",
			   unused >> 10, device ? "devices' memory" : "memory");
	if (absent)
		log_printf("boot: %lu KiB that the memory map calls usable are not there\n",
			   absent >> 10);
}

static void grant_untyped(struct build *n, struct boot_info *info)
{
	free_discarded(n->boot);
	info->untyped_first = n->next;
	grant_pieces(n, info, &n->boot->free, false);
	grant_pieces(n, info, &n->boot->device, true);
}

static void fill_info(struct build *n, struct boot_info *info)
{
	struct memory_range image = boot_image();

	info->abi_hash = KOZO_ABI_HASH;
	info->memory_bytes = n->boot->memory_bytes;
	info->kernel_bytes = image.end - image.start + n->boot->table_bytes;
	info->initrd = n->initrd;
	info->initrd_bytes = n->boot->initrd_bytes;
	info->ipc_buffer = n->ipc_buffer;
	info->image_end = n->end;
	info->entry_tsc = n->boot->entry_tsc;
	info->slot_count = 1 << ROOT_CNODE_BITS;
	info->route = n->boot->route;
	info->processors = n->boot->processors;
	info->framebuffer = n->boot->framebuffer;
	for (unsigned type = 0; type < OBJECT_TYPES; type++)
		info->object_bits[type] =
			(uint8_t)object_bits(type, type == OBJECT_PAGE_TABLE ? 1 : 0);
	memcpy(info->version, KOZO_VERSION, sizeof(KOZO_VERSION));
	memcpy(info->command_line, n->boot->command_line, sizeof(info->command_line));
}

static void grant_authorities(struct slot *slots)
{
	grant(&slots[SLOT_DEBUG_CONSOLE], OBJECT_DEBUG_CONSOLE, 0,
	      RIGHT_SEND | RIGHT_RECEIVE | RIGHT_MANAGE, NULL);
	grant(&slots[SLOT_IRQ_CONTROL], OBJECT_IRQ_CONTROL, 0, RIGHT_MANAGE | RIGHT_INSPECT, NULL);
	grant(&slots[SLOT_IO_PORTS], OBJECT_IO_PORTS, 0, read_write, NULL);
	slots[SLOT_IO_PORTS].badge = PORT_MAX;
	grant(&slots[SLOT_IO_SPACE], OBJECT_IO_SPACE, 0, RIGHT_MANAGE, NULL);
	grant(&slots[SLOT_SCHED_CONTROL], OBJECT_SCHED_CONTROL, 0, RIGHT_MANAGE, NULL);
	slots[SLOT_SCHED_CONTROL].badge = PRIORITIES;
}

static void start(struct build *n)
{
	struct thread *t = thread_of(n);

	cap_replace(&t->cnode, &n->slots[SLOT_CNODE]);
	cap_replace(&t->vspace, &n->slots[SLOT_VSPACE]);
	cap_replace(&t->buffer, &n->slots[SLOT_IPC_BUFFER]);
	registers_start(&t->regs, n->program.entry, n->stack_top, n->info);
	cap_replace(&t->time, &n->slots[SLOT_SCHED_CONTEXT]);
	sched_configure(t->own, 1, 1, INIT_PRIORITY);
	thread_init = t;
	sched_add(t);
}

void boot_init(struct boot *b)
{
	static struct build n; /* too large for the stack */

	invariants_take_memory(b);
	n.boot = b;
	n.next = SLOT_BOOT_OBJECTS;
	read_program(&n);
	lay_out(&n);
	make_arena(&n);

	make(&n, OBJECT_CNODE, ROOT_CNODE_BITS, &n.slots[SLOT_CNODE]);
	make(&n, OBJECT_VSPACE, 0, &n.slots[SLOT_VSPACE]);
	make(&n, OBJECT_THREAD, 0, &n.slots[SLOT_THREAD]);
	make(&n, OBJECT_SCHED_CONTEXT, 0, &n.slots[SLOT_SCHED_CONTEXT]);
	map_image(&n);
	grant_authorities(n.slots);

	struct boot_info *info = (struct boot_info *)map_memory(
		&n, INFO_BITS, &n.slots[SLOT_START_INFO], n.info, read_only);

	fill_info(&n, info);
	grant_initrd(&n, info);
	grant_untyped(&n, info);
	info->slot_first_free = n.next;
	invariants_begin();
	start(&n);
}
