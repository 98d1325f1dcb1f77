/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "apic.h"
#include "arch/clock.h"
#include "arch/msr.h"
#include "arch/paging.h"
#include "calibrate.h"
#include "cpuid.h"
#include "log.h"
#include "vectors.h"

/* Registers by their place in memory; as x2APIC has them, a sixteenth of it above 800h. */
enum apic_register {
	APIC_ID = 0x20,
	APIC_TASK_PRIORITY = 0x80,
	APIC_END = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINE0 = 0x350,
	APIC_LVT_ERROR = 0x370,
	APIC_INITIAL_COUNT = 0x380,
	APIC_CURRENT_COUNT = 0x390,
	APIC_DIVIDE = 0x3e0,
};

enum {
	X2APIC_MSRS = 0x800,
	BASE_X2APIC = 1 << 10,
	BASE_ENABLED = 1 << 11,
	SPURIOUS_ENABLED = 1 << 8,
	LVT_MASKED = 1 << 16,
	LVT_TSC_DEADLINE = 2 << 17,
	DIVIDE_BY_16 = 3,
	ID_SHIFT = 24,
	FIRST_COUNTS = 1 << 16, /* when it is not known how long they take */
	STANDS_STILL_BITS = 24, /* log2 of the ticks in which a timer must have moved */
};

static bool is_there, has_x2apic, has_deadline;
static volatile uint32_t *registers; /* NULL in x2APIC mode */

/* Without TSC deadlines: the counter was last set to `counts` at `began`. */
static struct {
	struct ratio ratio;
	uint64_t began;
	uint32_t counts;
	bool stands_still;
} timer;

static uint32_t get(enum apic_register r)
{
	if (has_x2apic)
		return (uint32_t)msr_read(X2APIC_MSRS + r / 16);
	return registers[r / sizeof(uint32_t)];
}

static void set(enum apic_register r, uint32_t value)
{
	if (has_x2apic)
		msr_write(X2APIC_MSRS + r / 16, value);
	else
		registers[r / sizeof(uint32_t)] = value;
}

bool apic_find(paddr_t *address)
{
	if (!(cpuid(1, 0).edx & CPUID_1_EDX_APIC))
		return false;
	*address = msr_read(MSR_APIC_BASE) & PTE_ADDRESS;
	return true;
}

bool apic_is_there(void)
{
	return is_there;
}

/* --- the timer -------------------------------------------------------------------- */

static void count(uint32_t counts)
{
	timer.began = clock_now();
	timer.counts = counts;
	set(APIC_INITIAL_COUNT, counts);
}

/* What the counter did since it was set, unless it may have arrived at 0 long ago. */
static void learn(void)
{
	uint32_t left = get(APIC_CURRENT_COUNT);
	uint64_t ticks = clock_now() - timer.began;

	if (left)
		ratio_learn(&timer.ratio, timer.counts - left, ticks);
	if (left && left == timer.counts && ticks >> STANDS_STILL_BITS && !timer.stands_still) {
		timer.stands_still = true;
		log_printf("clock: the local APIC's timer stands still: there are no timers\n");
	}
}

void apic_timer_fired(void)
{
	if (!has_deadline && !timer.ratio.span)
		ratio_learn(&timer.ratio, timer.counts, clock_now() - timer.began);
}

bool clock_can_alarm(void)
{
	if (is_there && !has_deadline && !timer.ratio.span)
		learn();
	return is_there && !timer.stands_still;
}

static void set_counter(uint64_t time)
{
	uint64_t now = clock_now(), ticks = time > now ? time - now : 0;

	learn();
	set(APIC_LVT_TIMER, VECTOR_TIMER);
	if (time == CLOCK_NEVER)
		count(0); /* stops it (SDM vol. 3, 11.5.4) */
	else if (timer.ratio.span)
		count(ratio_counts(&timer.ratio, ticks, UINT32_MAX));
	else
		count(FIRST_COUNTS);
}

void clock_set_alarm(uint64_t time)
{
	if (!has_deadline)
		set_counter(time);
	else
		msr_write(MSR_TSC_DEADLINE, time); /* 0: never, for both */
}

/* The counter begins at once, without interrupting: how it moves is seen at its first use. */
static void start_timer(void)
{
	if (has_deadline) {
		set(APIC_LVT_TIMER, VECTOR_TIMER | LVT_TSC_DEADLINE);
		/* The mode before the deadline (SDM vol. 3, 11.5.4.1). */
		__asm__ volatile("mfence" : : : "memory");
		return;
	}
	set(APIC_DIVIDE, DIVIDE_BY_16);
	set(APIC_LVT_TIMER, VECTOR_TIMER | LVT_MASKED);
	count(UINT32_MAX);
}

/* --- the rest ----------------------------------------------------------------------- */

void apic_start(volatile void *base)
{
	struct cpuid features = cpuid(1, 0);
	uint64_t enabled = msr_read(MSR_APIC_BASE) | BASE_ENABLED;

	is_there = true;
	has_x2apic = features.ecx & CPUID_1_ECX_X2APIC;
	has_deadline = features.ecx & CPUID_1_ECX_TSC_DEADLINE;
	registers = base;
	msr_write(MSR_APIC_BASE, enabled);
	if (has_x2apic)
		msr_write(MSR_APIC_BASE, enabled | BASE_X2APIC);

	set(APIC_LVT_LINE0, LVT_MASKED);
	set(APIC_LVT_ERROR, LVT_MASKED);
	set(APIC_TASK_PRIORITY, 0);
	set(APIC_SPURIOUS, SPURIOUS_ENABLED | VECTOR_SPURIOUS);
	start_timer();
}

uint32_t apic_number(void)
{
	return has_x2apic ? get(APIC_ID) : get(APIC_ID) >> ID_SHIFT;
}

void apic_end(void)
{
	if (!is_there)
		return; /* the old controllers can be unmasked by whoever has their ports */
	set(APIC_END, 0);
}
