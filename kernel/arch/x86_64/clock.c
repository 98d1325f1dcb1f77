/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "arch/clock.h"
#include "log.h"
#include "reference.h"

static struct calibration calibration;
static uint64_t tsc_hz;
static bool is_known;

static const char *const names[SOURCES] = {
	[SOURCE_HPET] = "the HPET",
	[SOURCE_ACPI] = "the ACPI timer",
	[SOURCE_PIT] = "the PIT",
	[SOURCE_CLAIM] = "what the processor or hypervisor claims",
};

void clock_begin(const struct calibration *c)
{
	struct reading first;

	calibration = *c;
	reference_read(&first);
	calibrate_begin(&calibration, &first);
}

/* Only what is wrong is said. */
static void say(const struct verdict *v)
{
	for (unsigned i = 0; i < REFERENCES; i++)
		if (v->stands_still[i])
			log_printf("clock: %s stands still, and is not used\n", names[i]);
	for (unsigned i = 0; i < SOURCES; i++)
		if (v->hz && v->says[i] && !rates_agree(v->says[i], v->hz))
			log_printf("clock: by %s the TSC has %lu kHz: %lu kHz are believed\n",
				   names[i], v->says[i] / 1000, v->hz / 1000);
	if (v->tsc_stands_still)
		log_printf("clock: the TSC stands still or goes backwards: time cannot be told\n");
	else if (!v->hz)
		log_printf("clock: nothing tells how fast the TSC runs\n");
}

static void read_again(void)
{
	struct reading recent;

	reference_start_again();
	reference_read(&recent);
	calibrate_again(&calibration, &recent);
}

bool clock_rate(uint64_t *hz)
{
	struct reading now;
	struct verdict v;

	if (!is_known) {
		reference_read(&now);
		switch (calibrate(&calibration, &now, &v)) {
		case CALIBRATION_GOES_ON:
			return false;
		case CALIBRATION_AFRESH:
			read_again();
			return false;
		case CALIBRATION_DONE:
			say(&v);
			tsc_hz = v.hz;
			is_known = true;
		}
	}
	*hz = tsc_hz;
	return true;
}
