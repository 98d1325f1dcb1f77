/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The crash report. Its first and last line and the form of its backtrace are
 * what scripts/crash-report.sh looks for.
 */
#include "panic.h"
#include "arch/backtrace.h"
#include "arch/console.h"
#include "arch/halt.h"
#include "arch/registers.h"
#include "arch/this_cpu.h"
#include "cpu.h"
#include "log.h"
#include "san.h"
#include "screen.h"
#include "symbol.h"
#include "version.h"
#include "vspace.h"

enum { BACKTRACE_MAX = 32 };

static void print_frame(unsigned n, uint64_t address, bool user)
{
	uint64_t offset;
	const char *name = user ? NULL : symbol_find(address, &offset);

	if (name)
		log_printf("  #%u 0x%016lx %s+0x%lx\n", n, address, name, offset);
	else
		log_printf("  #%u 0x%016lx %s\n", n, address, user ? "user" : "?");
}

/* Read one word of the kernel's own stack; frame pointers may be broken by now. */
static bool read_kernel(struct vspace *unused, vaddr_t address, uint64_t *word)
{
	(void)unused;
	if (!backtrace_on_stack(address))
		return false;
	*word = *(const uint64_t *)address;
	return true;
}

/*
 * Follow the chain of frame pointers: each points at the next, its return
 * address above. Returns how many frames there are by now.
 */
static unsigned print_frames(unsigned n, struct vspace *space, uint64_t pc, vaddr_t frame)
{
	bool (*read)(struct vspace *, vaddr_t, uint64_t *) = space ? vspace_peek : read_kernel;
	uint64_t next;

	print_frame(n++, pc, space);
	while (n < BACKTRACE_MAX) {
		if (!read(space, frame, &next) || !read(space, frame + 8, &pc) || !pc)
			break;
		print_frame(n++, pc, space);
		if (next <= frame)
			break;
		frame = next;
	}
	return n;
}

static void begin(const char *program, const char *fmt, va_list ap)
{
	static bool reporting;

	if (reporting) /* the report itself has failed */
		halt_forever();
	reporting = true;
	san_stop();
	screen_draw_now();
	console_take_back();
	log_printf("\n---- KOZO crash report ----\ncause: ");
	log_vprintf(fmt, ap);
	log_printf("\nversion: %s\nabi: %016llx\n", KOZO_VERSION, KOZO_ABI_HASH);
	if (program)
		log_printf("program: %s\n", program);
}

static _Noreturn void end(void)
{
	log_printf("---- end of crash report ----\n"
		   "KOZO has stopped. Please restart the machine.\n");
	halt_forever();
}

/* The frame of whoever called the function that this is inlined into. */
static inline __attribute__((always_inline)) vaddr_t caller_frame(void)
{
	return *(const vaddr_t *)__builtin_frame_address(0);
}

_Noreturn void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(NULL, fmt, ap);
	va_end(ap);
	log_printf("backtrace:\n");
	print_frames(0, NULL, (uint64_t)__builtin_return_address(0), caller_frame());
	end();
}

/* The address space of the thread whose registers these are. */
static struct vspace *space_of(const struct registers *regs)
{
	const char *t = (const char *)regs - offsetof(struct thread, regs);

	return ((const struct thread *)t)->space;
}

_Noreturn void panic_at(const struct registers *regs, const char *program, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(program, fmt, ap);
	va_end(ap);
	registers_print(regs);
	log_printf("backtrace:\n");
	if (registers_are_user(regs)) {
		unsigned n = print_frames(0, NULL, (uint64_t)__builtin_return_address(0),
					  caller_frame());

		print_frames(n, space_of(regs), registers_pc(regs), registers_frame(regs));
	} else {
		print_frames(0, NULL, registers_pc(regs), registers_frame(regs));
	}
	end();
}
