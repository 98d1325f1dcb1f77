/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "log.h"

#include "boot.h"
#include "life.h"
#include "plan.h"
#include "print.h"
#include "status.h"
#include "function.h"

enum { ERROR_PRESENT = 1 << 0, ERROR_WRITE = 1 << 1, ERROR_FETCH = 1 << 4 };

static const char indent[] = "             "; /* as wide as a moment */

static const char *name_of(uint64_t service)
{
	return service < plan.count ? plan.service[service].name : "supervisor";
}

/* --- where in a program ---------------------------------------------------------- */

/* Of what it was made from, which nothing changes. */
static bool open_program(uint64_t service, struct elf *elf)
{
	struct cpio initrd = boot_initrd();
	struct cpio_file file;
	const char *name = service < plan.count ? plan.service[service].program : "supervisor";

	return cpio_find(&initrd, name, &file) == CPIO_FILE && !elf_open(elf, file.data, file.size);
}

/* A return address belongs to the call in front of it. */
static void print_place(uint64_t service, vaddr_t address, bool is_return)
{
	struct elf elf;
	struct function function;

	kozo_printf("0x%016lx", address);
	if (open_program(service, &elf) && function_find(&elf, address - is_return, &function))
		kozo_printf(" %.*s+0x%lx", (int)function.length, function.name,
			    address - function.start);
	kozo_printf("\n");
}

/* --- a crash ------------------------------------------------------------------------ */

static void print_exception(const struct evidence *e)
{
	static const char *const name[] = {
		[0] = "division error",
		[1] = "debug exception",
		[3] = "breakpoint",
		[4] = "overflow",
		[5] = "bound exceeded",
		[6] = "invalid opcode",
		[7] = "FPU not available",
		[10] = "invalid TSS",
		[11] = "segment not present",
		[12] = "stack fault",
		[13] = "general protection fault",
		[16] = "FPU error",
		[17] = "misaligned access",
		[19] = "SIMD error",
	};
	uint64_t vector = e->word[2];
	bool is_known = vector < sizeof(name) / sizeof(name[0]) && name[vector];

	kozo_printf("%s, exception %lu, error 0x%lx", is_known ? name[vector] : "fault", vector,
		    e->word[3]);
}

static void print_page_fault(const struct evidence *e)
{
	uint64_t error = e->word[3];

	kozo_printf("page fault, %s 0x%lx, %s",
		    error & ERROR_FETCH	  ? "executing at"
		    : error & ERROR_WRITE ? "writing to"
					  : "reading from",
		    e->word[2],
		    error & ERROR_PRESENT ? "which it may not" : "where nothing is mapped");
}

static void print_fault(const struct evidence *e)
{
	switch (e->label) {
	case FAULT_PAGE:
		print_page_fault(e);
		break;
	case FAULT_EXCEPTION:
		print_exception(e);
		break;
	case FAULT_PANIC:
		kozo_printf("panic: %s", e->text);
		break;
	case FAULT_TIME:
		kozo_printf("the time that was lent to it has run out");
		break;
	default:
		kozo_printf("fault %lu", e->label);
	}
}

static void print_cause(const struct crash *c)
{
	switch (c->cause) {
	case CRASH_HUNG:
		kozo_printf("it did not answer in time");
		break;
	case CRASH_KILLED:
		kozo_printf("killed at the console");
		break;
	case CRASH_WRONG:
		kozo_printf("its answer was wrong");
		break;
	default:
		print_fault(&c->evidence);
	}
}

static void print_recovery(const struct crash *c)
{
	if (c->recovered)
		kozo_printf("%srecovered in %lu us\n", indent,
			    clock_microseconds(&life_clock, c->recovered - c->noticed));
	else
		kozo_printf("%snot recovered\n", indent);
}

static bool has_registers(const struct evidence *e)
{
	return e->registers.rip || e->registers.rsp;
}

/* Without registers the kernel still tells where a fault was. */
static void print_backtrace(const struct crash *c)
{
	const struct evidence *e = &c->evidence;

	if (!has_registers(e) && (c->cause != CRASH_FAULT || e->label == FAULT_PANIC))
		return;
	kozo_printf("%s#0 ", indent);
	print_place(c->service, has_registers(e) ? e->registers.rip : e->word[0], false);
	for (unsigned i = 0; i < e->depth; i++) {
		kozo_printf("%s#%u ", indent, i + 1);
		print_place(c->service, e->trace[i], true);
	}
}

/* In rows of three. */
static void print_registers(const struct thread_registers *r)
{
	const struct {
		const char *name;
		uint64_t value;
	} line[] = {
		{ "rax", r->rax }, { "rbx", r->rbx },	 { "rcx", r->rcx },    { "rdx", r->rdx },
		{ "rsi", r->rsi }, { "rdi", r->rdi },	 { "rbp", r->rbp },    { "rsp", r->rsp },
		{ "r8", r->r8 },   { "r9", r->r9 },	 { "r10", r->r10 },    { "r11", r->r11 },
		{ "r12", r->r12 }, { "r13", r->r13 },	 { "r14", r->r14 },    { "r15", r->r15 },
		{ "rip", r->rip }, { "flg", r->rflags }, { "fs", r->fs_base }, { "gs", r->gs_base },
	};
	enum { COUNT = sizeof(line) / sizeof(line[0]), COLUMNS = 3 };

	_Static_assert(sizeof(*r) == COUNT * sizeof(line[0].value), "each register has a name");
	for (unsigned i = 0; i < COUNT; i++)
		kozo_printf("%s%-3s %016lx%s", i % COLUMNS ? "  " : indent, line[i].name,
			    line[i].value,
			    i % COLUMNS == COLUMNS - 1 || i == COUNT - 1 ? "\n" : "");
}

static void print_crash(const struct crash *c)
{
	kozo_printf("crash %lu: %s: ", c->number, name_of(c->service));
	print_cause(c);
	kozo_printf("\n");
	print_recovery(c);
	print_backtrace(c);
	if (has_registers(&c->evidence))
		print_registers(&c->evidence.registers);
}

/* --- all that happened -------------------------------------------------------------- */

static void print_moment(uint64_t time)
{
	kozo_printf("%8lu ms  ", clock_microseconds(&life_clock, time - boot->entry_tsc) / 1000);
}

static void print_crash_event(const struct record *now, const struct event *e)
{
	const struct crash *c = record_find(now, e->number);

	print_moment(c ? c->noticed : e->time);
	if (c)
		print_crash(c);
	else
		kozo_printf("crash %lu: %s; no more is known of it\n", e->number,
			    name_of(e->service));
}

static void print_event(const struct record *now, const struct event *e)
{
	const char *name = name_of(e->service);

	if (e->kind == EVENT_CRASHED) {
		print_crash_event(now, e);
		return;
	}
	print_moment(e->time);
	switch (e->kind) {
	case EVENT_STARTED:
		kozo_printf("%s: started, instance %lu\n", name, e->number);
		break;
	case EVENT_ENDED:
		kozo_printf("%s: ended, to be started again\n", name);
		break;
	case EVENT_ESCALATED:
		kozo_printf("%s: ended too often: those who use it are started again, too\n", name);
		break;
	case EVENT_GIVEN_UP:
		kozo_printf("%s: ended too often, and was given up\n", name);
		break;
	case EVENT_REFUSED:
		kozo_printf("%s: could not be started: %s\n", name,
			    kozo_status_text((status_t)e->number));
		break;
	case EVENT_FORGOTTEN:
		kozo_printf("%s: its record was damaged, and what was in it is lost\n", name);
		break;
	case EVENT_ANEW:
		kozo_printf("%s: ended too often: keeper has begun all services anew\n", name);
		break;
	}
}

void log_print(const struct record *now)
{
	uint64_t first = now->events > RECORD_EVENTS ? now->events - RECORD_EVENTS : 0;

	clock_learn(&life_clock);
	if (!life_clock.hz)
		kozo_printf("the clock's rate is not known; times are as if it was 1 GHz\n");
	if (first)
		kozo_printf("%lu events before these are forgotten\n", first);
	for (uint64_t n = first; n < now->events; n++)
		print_event(now, &now->event[n % RECORD_EVENTS]);
}
