/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lock.h"

#include "message.h"
#include "panic.h"
#include "service.h"

static status_t begin(cptr_t *wait, cptr_t *wake)
{
	status_t status = service_make(OBJECT_NOTIFICATION, 0, wait);

	if (status != OK)
		return status;
	status = service_signal(*wait, 1, wake);
	if (status != OK)
		service_drop(*wait);
	return status;
}

static void sleep_at(cptr_t wait)
{
	word_t bits;

	need(kozo_wait(wait, &bits), "a lock");
}

/* --- a mutex --------------------------------------------------------------------- */

status_t mutex_begin(struct mutex *m)
{
	struct mutex made = { 0 };
	status_t status = begin(&made.wait, &made.wake);

	if (status == OK)
		*m = made;
	return status;
}

/* Who has waited holds it as 2, so that it wakes the next; a signal too many is no harm. */
void mutex_lock(struct mutex *m)
{
	uint32_t free = 0;

	if (__atomic_compare_exchange_n(&m->state, &free, 1, false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&m->state, 2, __ATOMIC_ACQUIRE) != 0)
		sleep_at(m->wait);
}

void mutex_unlock(struct mutex *m)
{
	switch (__atomic_exchange_n(&m->state, 0, __ATOMIC_RELEASE)) {
	case 0:
		panic("a mutex is unlocked that nobody holds");
	case 2:
		need(kozo_signal(m->wake), "a lock");
	}
}

/* --- a semaphore ------------------------------------------------------------------- */

status_t semaphore_begin(struct semaphore *s, uint32_t count)
{
	struct semaphore made = { .count = count };
	status_t status = begin(&made.wait, &made.wake);

	if (status == OK)
		*s = made;
	return status;
}

/* What is left after it was taken; -1: there was none. */
static int64_t try_take(struct semaphore *s)
{
	uint32_t count = __atomic_load_n(&s->count, __ATOMIC_RELAXED);

	while (count > 0)
		if (__atomic_compare_exchange_n(&s->count, &count, count - 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return count - 1;
	return -1;
}

/* Two signals may have become one, so who is woken wakes the next if there is more. */
void semaphore_take(struct semaphore *s)
{
	bool woken = false;
	int64_t left;

	while ((left = try_take(s)) < 0) {
		sleep_at(s->wait);
		woken = true;
	}
	if (woken && left > 0)
		need(kozo_signal(s->wake), "a lock");
}

void semaphore_give(struct semaphore *s)
{
	__atomic_add_fetch(&s->count, 1, __ATOMIC_RELEASE);
	need(kozo_signal(s->wake), "a lock");
}

/* --- once ---------------------------------------------------------------------------- */

status_t once_begin(struct once *o)
{
	o->done = false;
	return mutex_begin(&o->mutex);
}

void once_run(struct once *o, void (*what)(void))
{
	if (__atomic_load_n(&o->done, __ATOMIC_ACQUIRE))
		return;
	mutex_lock(&o->mutex);
	if (!o->done) {
		what();
		__atomic_store_n(&o->done, true, __ATOMIC_RELEASE);
	}
	mutex_unlock(&o->mutex);
}
