/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Guest mode: a guest stops and is entered again, as often as it likes. The two visits
 * to the kernel are one sample. guests.asm has the guests and the outer code.
 */
#include "bench.h"

extern const char guest_calls[], guest_faults[], outer_goes_on[], outer_skips[], outer_ends[];

void guest_ended(void);

/* Beside it, at AREA, nothing is mapped. */
#define STATE (AREA + PAGE)

static struct guest_state *const state = (struct guest_state *)STATE;
static word_t outer_stack[512] __attribute__((aligned(16)));
static cptr_t thread;

/* The outer code comes here when its guest has had all its samples. */
void guest_ended(void)
{
	NEED(kozo_thread_stop(thread));
}

/* The guest finds its registers as they are now. */
static void enter(word_t number)
{
	register word_t r9 __asm__("r9") = STATE;

	__asm__ volatile("syscall\n\tud2"
			 :
			 : "a"(SYS_ENTER), "D"(&marks[number]), "S"(&marks[NOBODY]),
			   "b"((word_t)TIMES), "d"(AREA), "r"(r9)
			 : "rcx", "r11", "memory");
}

static void measure(const char *name, cptr_t frame, const char *guest, const char *on_syscall,
		    const char *on_other)
{
	unsigned number = row(name, 1);

	*state = (struct guest_state){ .rip = (word_t)guest, .rflags = 0x202 };
	thread = thread_make(HERE, ABOVE);
	NEED(kozo_thread_set_guest(thread, frame, (vaddr_t)on_syscall, (vaddr_t)on_other,
				   (vaddr_t)outer_stack + sizeof(outer_stack)));
	thread_start(thread, enter, number);
}

void bench_guest(void)
{
	cptr_t frame = make(OBJECT_FRAME, PAGE_BITS);

	make_tables(SLOT_VSPACE, STATE);
	NEED(kozo_frame_map(frame, SLOT_VSPACE, STATE, RIGHT_READ | RIGHT_WRITE, 0));
	measure("guest-syscall", frame, guest_calls, outer_goes_on, outer_ends);
	measure("guest-fault", frame, guest_faults, outer_ends, outer_skips);
}
