/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* No attack: a call that is measured from inside as well, to see that both agree. */
#include "attack.h"
#include "print.h"
#include "syscall.h"

struct measured {
	word_t ticks, status; /* as measured.asm returns them */
};

struct measured measured_invoke(const struct kozo_registers *r);
extern const char measured_call[];

/* A page is made, which zeroes it with a string instruction that repeats. */
void attack_measure(void)
{
	const struct kozo_registers r = {
		.target = memory(0),
		.info = kozo_info(LABEL_UNTYPED_RETYPE, 5),
		.word = { OBJECT_FRAME, PAGE_BITS, SLOT_CNODE, slots(1), 1 },
	};
	struct measured m = measured_invoke(&r);

	NEED((status_t)m.status);
	kozo_printf("stretch: the call at 0x%lx took %lu ticks\n", (word_t)measured_call, m.ticks);
}
