/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What no program can do, whatever it holds: each attempt stops its thread, and only that. */
#include "helper.h"
#include "message.h"
#include "processor.h"

#define RFLAGS_TF 0x100ull
#define RFLAGS_IF 0x200ull
#define RFLAGS_DF 0x400ull
#define RFLAGS_IOPL 0x3000ull
#define RFLAGS_NT 0x4000ull
#define RFLAGS_AC 0x40000ull

/* Code by itself: what it tries, then a `ud2` that it should not reach. */
#define CODE(name, text) \
	__asm__(".text\n" #name ":\n\t" text "\n" #name "_end:\n\tud2"); \
	extern const char name[], name##_end[];

/* --- privileged instructions ------------------------------------------------------------ */

#define PRIVILEGED(X) \
	X(cli, "cli") \
	X(sti, "sti") \
	X(hlt, "hlt") \
	X(in, "mov $0x3f8, %edx\n\tin %dx, %al") \
	X(in_now, "in $0x80, %al") \
	X(out, "mov $0xe9, %edx\n\tout %al, %dx") \
	X(ins, "mov $0x60, %edx\n\tinsb") \
	X(outs, "mov $0x80, %edx\n\toutsb") \
	X(read_cr0, "mov %cr0, %rax") \
	X(read_cr3, "mov %cr3, %rax") \
	X(write_cr4, "mov %rax, %cr4") \
	X(write_cr8, "mov %rax, %cr8") \
	X(read_dr7, "mov %dr7, %rax") \
	X(write_dr0, "mov %rax, %dr0") \
	X(rdmsr, "mov $0xc0000080, %ecx\n\trdmsr") \
	X(wrmsr, "mov $0xc0000080, %ecx\n\twrmsr") \
	X(rdpmc, "xor %ecx, %ecx\n\trdpmc") \
	X(lgdt, "lgdt -16(%rsp)") \
	X(lidt, "lidt -16(%rsp)") \
	X(lldt, "xor %eax, %eax\n\tlldt %ax") \
	X(ltr, "mov $0x28, %eax\n\tltr %ax") \
	X(lmsw, "lmsw %ax") \
	X(clts, "clts") \
	X(invlpg, "invlpg (%rsp)") \
	X(wbinvd, "wbinvd") \
	X(swapgs, "swapgs") \
	X(sysret, "xor %ecx, %ecx\n\tsysretq") \
	X(sysexit, "sysexitl") \
	X(sysenter, "sysenter") \
	X(xsetbv, "xor %ecx, %ecx\n\txsetbv") \
	X(monitor, "mov %rsp, %rax\n\tmonitor") \
	X(int_80, "int $0x80") \
	X(int_nmi, "int $2") \
	X(int_double_fault, "int $8") \
	X(int_page_fault, "int $14") \
	X(int_machine_check, "int $18") \
	X(int_spurious, "int $0x27") \
	X(int_last, "int $255") \
	X(kernel_data, "mov $0x13, %eax\n\tmov %eax, %ds") \
	X(kernel_stack, "mov $0x10, %eax\n\tmov %eax, %ss") \
	X(task_state, "mov $0x2b, %eax\n\tmov %eax, %es") \
	X(local_table, "mov $7, %eax\n\tmov %eax, %fs") \
	X(return_to_kernel, "push $8\n\tlea 1f(%rip), %rax\n\tpush %rax\n\tlretq\n1:") \
	X(return_to_32_bits, "push $0x2b\n\tlea 1f(%rip), %rax\n\tpush %rax\n\tlretq\n1:") \
	X(return_to_data, "push $0x1b\n\tlea 1f(%rip), %rax\n\tpush %rax\n\tlretq\n1:") \
	X(iret_to_kernel, "mov %rsp, %rcx\n\tpush $0x10\n\tpush %rcx\n\tpush $2\n\tpush $8\n\t" \
			  "lea 1f(%rip), %rax\n\tpush %rax\n\tiretq\n1:")

#define DEFINE(name, text) CODE(try_##name, text)
PRIVILEGED(DEFINE)

struct attempt {
	const char *name, *code, *end;
};

#define ROW(name, text) { #name, try_##name, try_##name##_end },

static void expect_stopped(const struct attempt *a)
{
	vaddr_t rip = run_until_fault(a->code).rip;

	if (rip < (vaddr_t)a->code || rip >= (vaddr_t)a->end)
		fail("%s: it got to 0x%lx, from 0x%lx", a->name, rip, (vaddr_t)a->code);
}

TEST(privileged, "what only the kernel may do stops whoever tries")
{
	static const struct attempt attempts[] = { PRIVILEGED(ROW) };

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		expect_stopped(&attempts[i]);
}

#define TELLING(X) \
	X(sgdt, "sgdt -16(%rsp)") \
	X(sidt, "sidt -16(%rsp)") \
	X(sldt, "sldt %eax") \
	X(str, "str %eax") \
	X(smsw, "smsw %eax")
TELLING(DEFINE)

TEST(telling, "with UMIP no program learns where the kernel has its tables")
{
	static const struct attempt attempts[] = { TELLING(ROW) };

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (processor_has(PROCESSOR_UMIP))
			expect_stopped(&attempts[i]);
}

CODE(try_wrfsbase, "mov $1, %eax\n\tshl $63, %rax\n\twrfsbase %rax\n\tmov %fs:0, %rax")
CODE(try_wrgsbase, "mov $1, %eax\n\tshl $47, %rax\n\twrgsbase %rax\n\tmov %gs:0, %rax")

TEST(bases_canonical, "no program uses fs or gs with a base that is no address")
{
	static const struct attempt attempts[] = { ROW(wrfsbase, ) ROW(wrgsbase, ) };

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (processor_has(PROCESSOR_FSGSBASE))
			expect_stopped(&attempts[i]);
}

/* `int3` and 0xf1 trap behind themselves, where the debugger wants them. */
CODE(try_int1, ".byte 0xf1")
CODE(try_int3, "int3")

TEST(debug_traps, "the instructions for debuggers stop their thread")
{
	EXPECT(run_until_fault(try_int1).rip <= (vaddr_t)try_int1_end, true);
	EXPECT(run_until_fault(try_int3).rip <= (vaddr_t)try_int3_end, true);
}

/* --- segments ---------------------------------------------------------------------------------- */

/* Access rights as in a descriptor's second word; 0: we may not use it (SDM vol. 2, LAR). */
static uint32_t access_rights(unsigned selector)
{
	uint32_t rights = 0;

	__asm__("lar %1, %0" : "+r"(rights) : "r"(selector) : "cc");
	return rights;
}

TEST(segments, "there is one code segment for programs, of 64 bits, and one for data")
{
	enum { CODE_SEGMENT = 1 << 11, NOT_SYSTEM = 1 << 12, LONG = 1 << 21 };
	unsigned code = 0, data = 0;

	for (unsigned selector = 3; selector < 0x10000; selector += 4) {
		uint32_t rights = access_rights(selector);

		if (!rights)
			continue;
		EXPECT(rights & NOT_SYSTEM, NOT_SYSTEM);
		if (rights & CODE_SEGMENT)
			EXPECT(rights & LONG, LONG);
		code += !!(rights & CODE_SEGMENT);
		data += !(rights & CODE_SEGMENT);
	}
	EXPECT(code, 1);
	EXPECT(data, 1);
}

/* --- addresses --------------------------------------------------------------------------------- */

CODE(try_read, "mov (%rdi), %rax")
CODE(try_write, "mov %rax, (%rdi)")
CODE(try_jump, "jmp *%rdi")

/* The registers of a thread that ran `code` with this in rdi, until its fault. */
static struct thread_registers run_with(const char *code, word_t rdi)
{
	struct helper h = { 0 };
	struct thread_registers r;

	helper_make_at(&h, code);
	r = registers_of(h.thread);
	r.rdi = rdi;
	NEED(registers_put(h.thread, r));
	NEED(kozo_thread_resume(h.thread));
	helpers_run();
	EXPECT(helper_state(&h), THREAD_FAULTED);
	NEED(kozo_thread_stop(h.thread));
	return registers_of(h.thread);
}

TEST(kernel_memory, "no program reads, writes or runs what is the kernel's, or no address")
{
	static const vaddr_t places[] = {
		0xffff800000000000,			/* the direct map */
		0xffff800000100000, 0xffffffff80100000, /* the kernel's image */
		0xffffffffc0000000,			/* the screen */
		0xfffffffffffff000, USER_TOP,		1ull << 47, 1ull << 63,
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		EXPECT(run_with(try_read, places[i]).rip, (vaddr_t)try_read);
		EXPECT(run_with(try_write, places[i]).rip, (vaddr_t)try_write);
		EXPECT(run_with(try_jump, places[i]).rax, 0);
	}
}

/* --- flags ---------------------------------------------------------------------------------------- */

/* What to set in the flags is in rdi. */
CODE(flags_at_syscall, "pushf\n\tor %rdi, (%rsp)\n\tmov $8, %eax\n\tpopf\n\tsyscall\n\tnop")
CODE(flags_at_fault, "pushf\n\tor %rdi, (%rsp)\n\tpopf")
CODE(flags_cleared, "push %rdi\n\tpopf")
CODE(stack_at_syscall,
     "mov %rsp, %rbx\n\tmov %rdi, %rsp\n\tmov $8, %eax\n\tsyscall\n\txchg %rbx, %rsp")

_Static_assert(SYS_YIELD == 8, "the code above says so, too");

TEST(flags_of_programs, "whatever flags a program has, the kernel works, and gives them back")
{
	static const word_t flags[] = { 0, RFLAGS_DF, RFLAGS_NT, RFLAGS_AC,
					RFLAGS_DF | RFLAGS_NT | RFLAGS_AC };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		word_t mask = RFLAGS_DF | RFLAGS_NT | RFLAGS_AC;
		struct thread_registers r = run_with(flags_at_syscall, flags[i]);

		EXPECT(r.rip, (vaddr_t)flags_at_syscall_end);
		EXPECT(r.rflags & mask, flags[i]);
		EXPECT(r.rax, OK);
		r = run_with(flags_at_fault, flags[i]);
		EXPECT(r.rip, (vaddr_t)flags_at_fault_end);
		EXPECT(r.rflags & mask, flags[i]);
	}
}

TEST(trap_flag, "a single step into a system call ends behind it")
{
	struct thread_registers r = run_with(flags_at_syscall, RFLAGS_TF);

	EXPECT(r.rip > (vaddr_t)flags_at_syscall && r.rip <= (vaddr_t)flags_at_syscall_end, true);
	EXPECT(r.rflags & RFLAGS_TF, RFLAGS_TF);
}

TEST(flags_kept, "no program turns interrupts off, or gets ports by its flags")
{
	EXPECT(run_with(flags_cleared, 0).rflags & (RFLAGS_IF | RFLAGS_IOPL), RFLAGS_IF);
	EXPECT(run_with(flags_cleared, RFLAGS_IOPL | 2).rflags & (RFLAGS_IF | RFLAGS_IOPL),
	       RFLAGS_IF);
}

TEST(stack_of_programs, "the kernel uses no stack of a program's choice")
{
	static const word_t stacks[] = {
		0,    1, USER_TOP, 1ull << 47, 1ull << 63, 0xffff800000001000, 0xffffffff80101000,
		~0ull
	};

	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		struct thread_registers r = run_with(stack_at_syscall, stacks[i]);

		EXPECT(r.rip, (vaddr_t)stack_at_syscall_end);
		EXPECT(r.rbx, stacks[i]);
	}
}
