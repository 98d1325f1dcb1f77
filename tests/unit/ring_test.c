/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A ring between two sides of which either may lie, and whose memory may go. */
/* links: services/lib/service/ring.c tests/unit/panic_stub.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "message.h"
#include "panic_stub.h"
#include "ring.h"
#include "share.h"

enum { COUNT = 4, ENTRY = 12, SIGNAL_DATA = 7, SIGNAL_ROOM = 8 };

static struct {
	struct ring_shared head;
	uint8_t entries[COUNT * ENTRY];
	uint8_t behind[8];
} memory;

static struct ring producer, consumer;
static bool is_gone, signals_fail;
static unsigned data_signals, room_signals;

/* --- what it stands on ----------------------------------------------------------------- */

status_t share_copy(void *to, const void *from, size_t bytes)
{
	if (is_gone)
		return ERR_PEER_DIED;
	memcpy(to, from, bytes);
	return OK;
}

status_t share_load(uint32_t *to, const uint32_t *from)
{
	return share_copy(to, from, sizeof(*to));
}

status_t share_store(uint32_t *to, uint32_t value)
{
	return share_copy(to, &value, sizeof(value));
}

status_t kozo_signal(cptr_t notification)
{
	if (signals_fail)
		return ERR_BAD_CAP;
	data_signals += notification == SIGNAL_DATA;
	room_signals += notification == SIGNAL_ROOM;
	return OK;
}

/* --- the tests --------------------------------------------------------------------------- */

static int begin(void **state)
{
	(void)state;
	memset(&memory, 0, sizeof(memory));
	is_gone = signals_fail = false;
	data_signals = room_signals = 0;
	ring_begin(&producer, RING_PRODUCER, &memory, ENTRY, COUNT, SIGNAL_DATA);
	ring_begin(&consumer, RING_CONSUMER, &memory, ENTRY, COUNT, SIGNAL_ROOM);
	return 0;
}

static status_t put(uint8_t what)
{
	uint8_t entry[ENTRY];

	memset(entry, what, sizeof(entry));
	return ring_put(&producer, entry);
}

/* What was taken; or 1000 and the status. */
static int take(void)
{
	uint8_t entry[ENTRY];
	status_t status = ring_take(&consumer, entry);

	if (status != OK)
		return 1000 + (int)status;
	for (unsigned i = 1; i < ENTRY; i++)
		assert_int_equal(entry[i], entry[0]);
	return entry[0];
}

static void takes_what_was_put_in_order(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 100; i++) {
		assert_int_equal(put(i), OK);
		assert_int_equal(put((uint8_t)(i + 100)), OK);
		assert_int_equal(take(), i);
		assert_int_equal(take(), i + 100);
	}
	assert_int_equal(take(), 1000 + ERR_WOULD_BLOCK);
	assert_int_equal(ring_bytes(ENTRY, COUNT), offsetof(typeof(memory), behind));
}

static void is_full_and_stays_within_itself(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < COUNT; i++)
		assert_int_equal(put((uint8_t)(i + 1)), OK);
	assert_int_equal(put(9), ERR_WOULD_BLOCK);
	assert_int_equal(take(), 1);
	assert_int_equal(put(9), OK);
	for (unsigned i = 0; i < sizeof(memory.behind); i++)
		assert_int_equal(memory.behind[i], 0);
}

static void goes_on_when_its_numbers_wrap_around(void **state)
{
	(void)state;
	producer.index = consumer.index = memory.head.head = memory.head.tail = ~0u - 1;
	for (uint8_t i = 0; i < COUNT; i++)
		assert_int_equal(put(i), OK);
	assert_int_equal(put(9), ERR_WOULD_BLOCK);
	for (uint8_t i = 0; i < COUNT; i++)
		assert_int_equal(take(), i);
	assert_int_equal(memory.head.head, COUNT - 2);
}

/* Whatever the other side says, we know how far we are ourselves. */
static void refuses_an_index_that_makes_no_sense(void **state)
{
	static const uint32_t lies[] = { COUNT + 2, 0x7fffffff, 0x80000000, ~0u - COUNT };

	(void)state;
	assert_int_equal(put(1), OK);
	assert_int_equal(take(), 1);
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memory.head.head = memory.head.tail = lies[i];
		assert_int_equal(put(1), ERR_BAD_REQUEST);
		assert_int_equal(take(), 1000 + ERR_BAD_REQUEST);
		assert_int_equal(ring_ask(&producer), ERR_BAD_REQUEST);
		assert_int_equal(ring_ask(&consumer), ERR_BAD_REQUEST);
	}
	memory.head.head = 2; /* more than was put */
	assert_int_equal(put(1), ERR_BAD_REQUEST);
	memory.head.tail = 0; /* less than was taken */
	assert_int_equal(take(), 1000 + ERR_BAD_REQUEST);
}

static void does_not_believe_its_own_index_in_shared_memory(void **state)
{
	(void)state;
	assert_int_equal(put(1), OK);
	memory.head.tail = 4711;
	assert_int_equal(put(2), OK);
	assert_int_equal(memory.head.tail, 2);
	assert_int_equal(take(), 1);
	memory.head.head = 4711;
	assert_int_equal(take(), 2);
	assert_int_equal(memory.head.head, 2);
}

static void signals_only_who_said_that_he_waits(void **state)
{
	(void)state;
	assert_int_equal(put(1), OK);
	assert_int_equal(data_signals, 0);
	assert_int_equal(ring_ask(&consumer), OK);
	assert_int_equal(take(), 1);
	assert_int_equal(ring_ask(&consumer), ERR_WOULD_BLOCK);
	assert_int_equal(put(2), OK);
	assert_int_equal(data_signals, 1);
	assert_int_equal(take(), 2);
	assert_int_equal(memory.head.consumer_waits, 0);
	assert_int_equal(put(3), OK);
	assert_int_equal(data_signals, 1);
	for (uint8_t i = 1; i < COUNT; i++)
		assert_int_equal(put(i), OK);
	assert_int_equal(ring_ask(&producer), ERR_WOULD_BLOCK);
	assert_int_equal(take(), 3);
	assert_int_equal(room_signals, 1);
	assert_int_equal(put(4), OK);
	assert_int_equal(take(), 1);
	assert_int_equal(room_signals, 1);
}

static void ends_when_the_memory_or_the_other_side_is_gone(void **state)
{
	(void)state;
	assert_int_equal(put(1), OK);
	memory.head.consumer_waits = 1;
	signals_fail = true;
	assert_int_equal(put(1), ERR_PEER_DIED);
	is_gone = true;
	assert_int_equal(put(1), ERR_PEER_DIED);
	assert_int_equal(take(), 1000 + ERR_PEER_DIED);
	assert_int_equal(ring_ask(&producer), ERR_PEER_DIED);
	assert_int_equal(ring_ask(&consumer), ERR_PEER_DIED);
}

static void is_a_power_of_two_long(void **state)
{
	(void)state;
	expect_panic(ring_begin(&producer, RING_PRODUCER, &memory, ENTRY, 3, 0));
	expect_panic(ring_begin(&producer, RING_PRODUCER, &memory, ENTRY, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_what_was_put_in_order, begin),
		cmocka_unit_test_setup(is_full_and_stays_within_itself, begin),
		cmocka_unit_test_setup(goes_on_when_its_numbers_wrap_around, begin),
		cmocka_unit_test_setup(refuses_an_index_that_makes_no_sense, begin),
		cmocka_unit_test_setup(does_not_believe_its_own_index_in_shared_memory, begin),
		cmocka_unit_test_setup(signals_only_who_said_that_he_waits, begin),
		cmocka_unit_test_setup(ends_when_the_memory_or_the_other_side_is_gone, begin),
		cmocka_unit_test_setup(is_a_power_of_two_long, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
