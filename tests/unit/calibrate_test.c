/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How fast the TSC runs, by clocks that we make: good ones, and such that stand still,
 * wrap, stop, go backwards or lie.
 */
/* links: kernel/arch/x86_64/calibrate.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "calibrate.h"

#define GHZ 1000000000ull
#define TSC_HZ 2900000000ull
#define HPET_HZ 14318180ull
#define ACPI_HZ 3579545ull
#define PIT_HZ 1193182ull
#define MICROSECOND 1000ull
#define MILLISECOND 1000000ull
#define SECOND 1000000000ull

/* A machine at a moment, in nanoseconds; each clock goes at a pace of its own. */
static struct {
	uint64_t now, pit_began, call_takes;
	uint64_t tsc_hz, pace[REFERENCES];
	int64_t tsc_step; /* added at each reading */
} machine;

static struct calibration calibration;
static struct verdict verdict;
static unsigned calls;

static uint64_t counts(uint64_t hz, uint64_t nanoseconds)
{
	return nanoseconds / SECOND * hz + nanoseconds % SECOND * hz / SECOND;
}

static struct reading look(void)
{
	struct reading r = { .tsc = counts(machine.tsc_hz, machine.now) };

	r.tsc += (uint64_t)(machine.tsc_step * (int64_t)calls);
	for (unsigned i = 0; i < REFERENCES; i++) {
		const struct reference *clock = &calibration.reference[i];
		uint64_t since = clock->stops ? machine.now - machine.pit_began : machine.now;

		r.count[i] = counts(machine.pace[i], since);
		if (clock->stops && r.count[i] > clock->last)
			r.count[i] = clock->last;
		r.count[i] &= clock->last;
	}
	return r;
}

/* A clock that the machine has, which goes as it should. */
static void give(enum source source, uint64_t hz, unsigned bits)
{
	struct reference *r = &calibration.reference[source];

	r->hz = hz;
	r->last = (1ull << bits) - 1;
	r->stops = source == SOURCE_PIT;
	machine.pace[source] = hz;
}

static int begin(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	memset(&calibration, 0, sizeof(calibration));
	machine.now = 3 * SECOND;
	machine.tsc_hz = TSC_HZ;
	machine.call_takes = MICROSECOND;
	machine.pit_began = machine.now;
	return 0;
}

static void boot(void)
{
	struct reading first;

	calls = 0;
	first = look();
	calibrate_begin(&calibration, &first);
}

/* Somebody asks how fast it runs, so long after boot. */
static uint64_t ask_after(uint64_t nanoseconds)
{
	struct reading now;

	machine.now += nanoseconds;
	for (calls = 1;; calls++) {
		enum progress progress;

		now = look();
		progress = calibrate(&calibration, &now, &verdict);
		if (progress == CALIBRATION_DONE)
			return verdict.hz;
		if (progress == CALIBRATION_AFRESH) {
			machine.pit_began = machine.now;
			now = look();
			calibrate_again(&calibration, &now);
		}
		machine.now += machine.call_takes;
		assert_true(calls <= READINGS_MAX);
	}
}

/* Within so many parts of a million. */
static void assert_rate(uint64_t hz, uint64_t want, uint64_t parts)
{
	assert_in_range(hz, want - want / 1000000 * parts, want + want / 1000000 * parts);
}

static void assert_all_go(void)
{
	for (unsigned i = 0; i < REFERENCES; i++)
		assert_false(verdict.stands_still[i]);
	assert_false(verdict.tsc_stands_still);
}

/* ---- clocks that do as they should ---- */

static void two_readings_far_apart_are_enough(void **state)
{
	static const uint64_t after[] = { 10 * MILLISECOND + MICROSECOND, 50 * MILLISECOND, SECOND,
					  9 * SECOND };

	(void)state;
	for (unsigned i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		begin(NULL);
		give(SOURCE_HPET, HPET_HZ, 32);
		boot();
		assert_rate(ask_after(after[i]), TSC_HZ, 20);
		assert_int_equal(calls, 1);
		assert_all_go();
	}
}

static void too_little_time_is_made_up_by_asking_again(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	boot();
	assert_rate(ask_after(4 * MILLISECOND), TSC_HZ, 20);
	assert_in_range(calls, 5990, 6010);
}

static void every_clock_alone_tells_the_rate(void **state)
{
	static const struct {
		enum source source;
		uint64_t hz;
		unsigned bits;
	} rows[] = {
		{ SOURCE_HPET, 10000000, 32 }, { SOURCE_HPET, 999999999, 32 },
		{ SOURCE_ACPI, ACPI_HZ, 24 },  { SOURCE_ACPI, ACPI_HZ, 32 },
		{ SOURCE_PIT, PIT_HZ, 16 },
	};
	static const uint64_t after[] = { 0,	      30 * MILLISECOND, 60 * MILLISECOND,
					  5 * SECOND, 600 * SECOND,	86400 * SECOND };
	static const uint64_t rates[] = { 120000000, GHZ, TSC_HZ, 6 * GHZ };

	(void)state;
	for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (unsigned i = 0; i < 24; i++) {
			begin(NULL);
			machine.tsc_hz = rates[i % 4];
			give(rows[row].source, rows[row].hz, rows[row].bits);
			boot();
			assert_rate(ask_after(after[i / 4]), machine.tsc_hz, 200);
			assert_all_go();
		}
	}
}

/* A short time gives a rough rate, and that tells how often the clock has wrapped since boot. */
static void a_long_time_is_used_though_the_clock_wrapped(void **state)
{
	(void)state;
	give(SOURCE_ACPI, ACPI_HZ, 24);
	boot();
	assert_rate(ask_after(100 * SECOND), TSC_HZ, 1);
	begin(NULL);
	give(SOURCE_ACPI, ACPI_HZ, 24);
	boot();
	assert_rate(ask_after(10000 * SECOND), TSC_HZ, 1);
	begin(NULL);
	give(SOURCE_HPET, 100000000, 32);
	boot();
	assert_rate(ask_after(10000 * SECOND), TSC_HZ, 1);
}

static void who_asks_may_be_kept_from_asking_for_long(void **state)
{
	(void)state;
	give(SOURCE_PIT, PIT_HZ, 16);
	boot();
	machine.call_takes = 54 * MILLISECOND;
	assert_rate(ask_after(SECOND), TSC_HZ, 200);
	begin(NULL);
	give(SOURCE_ACPI, ACPI_HZ, 24);
	boot();
	machine.call_takes = 100 * MILLISECOND;
	assert_rate(ask_after(SECOND), TSC_HZ, 20);
}

static void a_claim_alone_is_believed(void **state)
{
	(void)state;
	calibration.claim_hz = TSC_HZ;
	boot();
	assert_int_equal(ask_after(0), TSC_HZ);
}

static void with_nothing_to_tell_it_the_rate_is_not_known(void **state)
{
	(void)state;
	boot();
	assert_int_equal(ask_after(SECOND), 0);
	assert_false(verdict.tsc_stands_still);
}

/* ---- clocks that do not ---- */

static void a_clock_that_stands_still_is_noticed_and_not_used(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	give(SOURCE_ACPI, ACPI_HZ, 24);
	machine.pace[SOURCE_HPET] = 0;
	boot();
	assert_rate(ask_after(20 * MILLISECOND), TSC_HZ, 50);
	assert_true(verdict.stands_still[SOURCE_HPET]);
	assert_false(verdict.stands_still[SOURCE_ACPI]);
	assert_int_equal(verdict.says[SOURCE_HPET], 0);
}

static void a_claim_stands_in_for_clocks_that_stand_still(void **state)
{
	(void)state;
	give(SOURCE_ACPI, ACPI_HZ, 24);
	machine.pace[SOURCE_ACPI] = 0;
	calibration.claim_hz = TSC_HZ;
	boot();
	assert_int_equal(ask_after(0), TSC_HZ);
	assert_true(verdict.stands_still[SOURCE_ACPI]);
}

static void a_timer_chip_that_is_not_there_is_given_up(void **state)
{
	(void)state;
	give(SOURCE_PIT, 1ull << 40, 16); /* it has always arrived already */
	calibration.reference[SOURCE_PIT].hz = PIT_HZ;
	boot();
	assert_int_equal(ask_after(SECOND), 0);
	assert_int_equal(calls, READINGS_MAX);
}

static void a_tsc_that_stands_still_is_noticed(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	calibration.claim_hz = TSC_HZ;
	machine.tsc_hz = 0;
	boot();
	assert_int_equal(ask_after(20 * MILLISECOND), 0);
	assert_true(verdict.tsc_stands_still);
}

static void a_tsc_that_goes_backwards_is_noticed(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	machine.tsc_hz = 0;
	machine.tsc_step = -5000;
	machine.now = 3 * SECOND;
	boot();
	assert_int_equal(ask_after(0), 0);
	assert_true(verdict.tsc_stands_still);
}

static void a_machine_where_everything_stands_still_is_given_up(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	machine.tsc_hz = 0;
	machine.pace[SOURCE_HPET] = 0;
	boot();
	assert_int_equal(ask_after(SECOND), 0);
	assert_true(verdict.tsc_stands_still);
	assert_int_equal(calls, READINGS_MAX);
}

static void what_two_agree_on_counts(void **state)
{
	(void)state;
	for (unsigned liar = 0; liar < 3; liar++) {
		begin(NULL);
		give(SOURCE_HPET, HPET_HZ, 32);
		give(SOURCE_ACPI, ACPI_HZ, 24);
		calibration.claim_hz = TSC_HZ;
		if (liar < 2)
			machine.pace[liar] *= 2;
		else
			calibration.claim_hz *= 2;
		boot();
		assert_rate(ask_after(30 * MILLISECOND), TSC_HZ, 50);

		const enum source who[] = { SOURCE_HPET, SOURCE_ACPI, SOURCE_CLAIM };

		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(!rates_agree(verdict.says[who[i]], verdict.hz), i == liar);
	}
}

static void a_liar_is_one_over_a_long_time_too(void **state)
{
	(void)state;
	give(SOURCE_HPET, 100000000, 32);
	give(SOURCE_ACPI, ACPI_HZ, 24);
	machine.pace[SOURCE_HPET] = 100000000 / 100 * 103;
	calibration.claim_hz = TSC_HZ;
	boot();
	assert_rate(ask_after(1000 * SECOND), TSC_HZ, 1);
	assert_false(rates_agree(verdict.says[SOURCE_HPET], TSC_HZ));
}

/* As when firmware stops a machine for a while, or sets its clocks. */
static void a_clock_that_was_set_since_boot_is_used_over_a_short_time(void **state)
{
	(void)state;
	give(SOURCE_ACPI, ACPI_HZ, 24);
	boot();
	calibration.first.count[SOURCE_ACPI] -= 2 * ACPI_HZ;
	assert_rate(ask_after(10 * SECOND), TSC_HZ, 200);
}

static void a_clock_is_believed_before_a_claim(void **state)
{
	(void)state;
	give(SOURCE_ACPI, ACPI_HZ, 24);
	calibration.claim_hz = 2 * TSC_HZ;
	boot();
	assert_rate(ask_after(30 * MILLISECOND), TSC_HZ, 50);
}

static void of_three_that_disagree_the_first_counts(void **state)
{
	(void)state;
	give(SOURCE_HPET, HPET_HZ, 32);
	give(SOURCE_ACPI, ACPI_HZ, 24);
	machine.pace[SOURCE_ACPI] = ACPI_HZ / 3;
	calibration.claim_hz = 2 * TSC_HZ;
	boot();
	assert_rate(ask_after(90 * MILLISECOND), TSC_HZ, 50);
}

static void rates_agree_within_two_parts_of_a_hundred(void **state)
{
	(void)state;
	assert_true(rates_agree(GHZ, GHZ));
	assert_true(rates_agree(GHZ * 102 / 100, GHZ));
	assert_true(rates_agree(GHZ * 98 / 100, GHZ));
	assert_false(rates_agree(GHZ * 103 / 100, GHZ));
	assert_false(rates_agree(GHZ * 97 / 100, GHZ));
	assert_false(rates_agree(0, GHZ));
	assert_false(rates_agree(GHZ, 0));
	assert_false(rates_agree(0, 0));
}

/* ---- a timer beside the TSC ---- */

static void a_ratio_gives_the_counts_that_take_so_many_ticks(void **state)
{
	struct ratio r = { 0 };

	(void)state;
	ratio_learn(&r, 1000, 48000);
	assert_int_equal(ratio_counts(&r, 0, UINT32_MAX), 1);
	assert_int_equal(ratio_counts(&r, 47, UINT32_MAX), 1);
	assert_in_range(ratio_counts(&r, 48000, UINT32_MAX), 1000, 1001);
	assert_in_range(ratio_counts(&r, 48000 * GHZ / 1000, UINT32_MAX), 999999990, GHZ);
	assert_int_equal(ratio_counts(&r, UINT64_MAX, UINT32_MAX), UINT32_MAX);
	assert_int_equal(ratio_counts(&r, UINT64_MAX, 1000), 1000);
	assert_int_equal(ratio_counts(&r, 48000, 1000), 1000);
}

static void a_ratio_is_learned_from_the_longest_time(void **state)
{
	struct ratio r = { 0 };

	(void)state;
	ratio_learn(&r, 0, 1000);
	assert_int_equal(r.span, 0);
	ratio_learn(&r, 100, 1000);
	ratio_learn(&r, 1, 999);
	ratio_learn(&r, 900, 1000);
	ratio_learn(&r, 500, 500);
	assert_in_range(ratio_counts(&r, 1000, UINT32_MAX), 100, 101);
	ratio_learn(&r, 400, 2000);
	assert_in_range(ratio_counts(&r, 1000, UINT32_MAX), 200, 201);
	ratio_learn(&r, 1, UINT64_MAX);
	assert_int_equal(ratio_counts(&r, 1000, UINT32_MAX), 1);
	assert_int_equal(ratio_counts(&r, UINT64_MAX, UINT32_MAX), UINT32_MAX);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_readings_far_apart_are_enough),
		TEST(too_little_time_is_made_up_by_asking_again),
		TEST(every_clock_alone_tells_the_rate),
		TEST(a_long_time_is_used_though_the_clock_wrapped),
		TEST(who_asks_may_be_kept_from_asking_for_long),
		TEST(a_claim_alone_is_believed),
		TEST(with_nothing_to_tell_it_the_rate_is_not_known),
		TEST(a_clock_that_stands_still_is_noticed_and_not_used),
		TEST(a_claim_stands_in_for_clocks_that_stand_still),
		TEST(a_timer_chip_that_is_not_there_is_given_up),
		TEST(a_tsc_that_stands_still_is_noticed),
		TEST(a_tsc_that_goes_backwards_is_noticed),
		TEST(a_machine_where_everything_stands_still_is_given_up),
		TEST(what_two_agree_on_counts),
		TEST(a_liar_is_one_over_a_long_time_too),
		TEST(a_clock_that_was_set_since_boot_is_used_over_a_short_time),
		TEST(a_clock_is_believed_before_a_claim),
		TEST(of_three_that_disagree_the_first_counts),
		TEST(rates_agree_within_two_parts_of_a_hundred),
		TEST(a_ratio_gives_the_counts_that_take_so_many_ticks),
		TEST(a_ratio_is_learned_from_the_longest_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
