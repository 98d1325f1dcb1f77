/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "calibrate.h"

enum { TICKS_BITS = 34, FRACTION_BITS = 32 };

/*
 * The TSC's rate, if it took so many ticks while a clock of `hz` took so many counts.
 * Both are made smaller until the product fits; hz is below 2^30.
 */
static uint64_t rate(uint64_t ticks, uint64_t counts, uint64_t hz)
{
	while (ticks >> TICKS_BITS) {
		ticks >>= 1;
		counts >>= 1;
	}
	return counts ? ticks * hz / counts : 0;
}

bool rates_agree(uint64_t a, uint64_t b)
{
	uint64_t apart = a > b ? a - b : b - a;

	return a && b && apart <= b / AGREEMENT;
}

/* A TSC that went backwards has not moved. */
static uint64_t ticks_between(const struct reading *from, const struct reading *to)
{
	return to->tsc > from->tsc ? to->tsc - from->tsc : 0;
}

/* As if the clock had begun anew once at most. */
static uint64_t counts_between(const struct reference *r, uint64_t from, uint64_t to)
{
	return (to - from) & r->last;
}

/* May a clock have begun anew, or stopped, between two readings? */
static bool may_have_wrapped(const struct reference *r, uint64_t ticks, uint64_t to)
{
	if (r->stops)
		return to == r->last;
	return ticks / TSC_HZ_LEAST >= r->last / r->hz;
}

/*
 * The counts between two readings, between which a clock began anew as often as fits
 * best with a rate that is roughly known.
 */
static uint64_t counts_with_wraps(const struct reference *r, uint64_t ticks, uint64_t counts,
				  uint64_t roughly)
{
	uint64_t expected = ticks / roughly * r->hz + ticks % roughly * r->hz / roughly;
	uint64_t half = r->last / 2;

	if (expected < counts)
		return counts;
	return counts + (expected - counts + half) / (r->last + 1) * (r->last + 1);
}

/* --- one pair of readings ------------------------------------------------------ */

enum outcome { TOO_SHORT, UNSURE, ENOUGH };

/*
 * What all clocks say of the time from one reading to another. It was enough if one has
 * seen enough of it; if none has, but one may have seen more than it can show, it is
 * not known how long it was.
 */
static enum outcome measure(const struct calibration *c, const struct reading *from,
			    const struct reading *to, struct verdict *v)
{
	uint64_t ticks = ticks_between(from, to);
	enum outcome outcome = TOO_SHORT;

	*v = (struct verdict){ .says[SOURCE_CLAIM] = c->claim_hz };
	for (unsigned i = 0; i < REFERENCES; i++) {
		const struct reference *r = &c->reference[i];

		if (!r->hz)
			continue;
		if (may_have_wrapped(r, ticks, to->count[i])) {
			outcome = outcome == ENOUGH ? ENOUGH : UNSURE;
			continue;
		}

		uint64_t counts = counts_between(r, from->count[i], to->count[i]);

		v->stands_still[i] = !counts;
		if (counts >= r->hz / SAY_PER_SECOND)
			v->says[i] = rate(ticks, counts, r->hz);
		if (counts >= r->hz / SPAN_PER_SECOND)
			outcome = ENOUGH;
	}
	return outcome;
}

/* --- whom to believe ------------------------------------------------------------ */

static bool is_confirmed(const struct verdict *v, unsigned source)
{
	for (unsigned i = 0; i < SOURCES; i++)
		if (i != source && rates_agree(v->says[i], v->says[source]))
			return true;
	return false;
}

/* The first that another confirms; else the first, and what is claimed comes last. */
static uint64_t decide(const struct verdict *v)
{
	for (unsigned i = 0; i < SOURCES; i++)
		if (is_confirmed(v, i))
			return v->says[i];
	for (unsigned i = 0; i < SOURCES; i++)
		if (v->says[i])
			return v->says[i];
	return 0;
}

/*
 * The short time that gave a rough rate is over: the long one since boot gives a good
 * one, from each clock that says the same of both.
 */
static void refine(const struct calibration *c, const struct reading *now, struct verdict *v)
{
	uint64_t ticks = ticks_between(&c->first, now);

	for (unsigned i = 0; i < REFERENCES; i++) {
		const struct reference *r = &c->reference[i];

		if (!rates_agree(v->says[i], v->hz) || r->stops)
			continue;

		uint64_t counts = counts_between(r, c->first.count[i], now->count[i]);
		uint64_t better = rate(ticks, counts_with_wraps(r, ticks, counts, v->hz), r->hz);

		if (rates_agree(better, v->says[i]))
			v->says[i] = better;
	}
}

void calibrate_begin(struct calibration *c, const struct reading *first)
{
	c->first = *first;
	c->recent = *first;
	c->readings = 0;
}

void calibrate_again(struct calibration *c, const struct reading *recent)
{
	c->recent = *recent;
}

/* A clock that says nothing after all this time never will. */
static bool is_patience_over(const struct calibration *c, uint64_t ticks)
{
	return c->readings >= READINGS_MAX || ticks >> PATIENCE_BITS;
}

enum progress calibrate(struct calibration *c, const struct reading *now, struct verdict *v)
{
	uint64_t ticks = ticks_between(&c->recent, now);
	enum outcome outcome = measure(c, &c->recent, now, v);

	c->readings++;
	if (outcome == UNSURE && c->readings < READINGS_MAX)
		return CALIBRATION_AFRESH;
	if (outcome == TOO_SHORT && !is_patience_over(c, ticks))
		return CALIBRATION_GOES_ON;
	v->tsc_stands_still = !ticks;
	if (!ticks)
		return CALIBRATION_DONE;
	v->hz = decide(v);
	if (outcome == ENOUGH && c->recent.tsc != c->first.tsc) {
		refine(c, now, v);
		v->hz = decide(v);
	}
	return CALIBRATION_DONE;
}

/* --- a timer beside the TSC ------------------------------------------------------ */

void ratio_learn(struct ratio *r, uint64_t counts, uint64_t ticks)
{
	if (!counts || ticks <= r->span)
		return;
	r->counts_per_tick = (counts << FRACTION_BITS) / ticks;
	r->span = ticks;
	if (!r->counts_per_tick)
		r->counts_per_tick = 1;
}

uint32_t ratio_counts(const struct ratio *r, uint64_t ticks, uint32_t most)
{
	uint64_t whole, limit = (uint64_t)most << FRACTION_BITS;

	if (ticks > limit / r->counts_per_tick)
		return most;
	whole = ticks * r->counts_per_tick;
	return (uint32_t)((whole >> FRACTION_BITS) + (whole >> FRACTION_BITS < most));
}
