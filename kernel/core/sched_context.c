/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Time as capabilities: what may be asked of it, and who is given it. */
#include "sched_context.h"
#include "arch/clock.h"
#include "cap.h"
#include "kozo_handlers.h"
#include "loan.h"
#include "notification.h"
#include "preempt.h"
#include "sched.h"

void context_create(const struct slot *slot)
{
	struct sched_context *x = slot->object;

	x->moment.kind = MOMENT_REFILL;
	x->is_limited = true;
}

/* Nobody has it as its own: such a thread's slot names it. It is as if it were used up. */
void context_stop(void *object)
{
	struct sched_context *x = object;

	work(WORK_TIMER);
	sched_configure(x, 0, 0, x->priority);
}

/* Those that borrow it lose it, one after the other. */
bool context_bury(const struct slot *tomb)
{
	struct sched_context *x = tomb->object;

	if (!x->loans.head) {
		sched_release(x);
		return false;
	}
	work(WORK_SLOT);
	loan_lose(container_of(x->loans.head, struct thread, loan));
	return true;
}

status_t sched_context_consumed(struct invocation *inv)
{
	inv->result[0] = sched_consumed(inv->slot->object);
	return OK;
}

/* --- SchedControl ------------------------------------------------------------- */

/* ERR_RANGE: a priority that this authority does not reach. */
static status_t check_priority(const struct slot *control, word_t priority)
{
	return priority < control->badge ? OK : ERR_RANGE;
}

static status_t check_terms(word_t budget, word_t period)
{
	if (!budget && !period)
		return OK;
	if (budget < BUDGET_MIN || budget > period || period > PERIOD_MAX)
		return ERR_BAD_ARG;
	return budget < period && !clock_can_alarm() ? ERR_STATE : OK;
}

status_t sched_control_configure(struct invocation *inv)
{
	word_t budget = inv->arg[1], period = inv->arg[2], priority = inv->arg[3];
	struct slot *s;
	status_t status =
		cap_lookup(inv->caller, inv->arg[0], OBJECT_SCHED_CONTEXT, RIGHT_MANAGE, &s);

	if (!status)
		status = check_terms(budget, period);
	if (!status)
		status = check_priority(inv->slot, priority);
	if (status)
		return status;
	work(WORK_TIMER);
	sched_configure(s->object, budget, period, (uint32_t)priority);
	return OK;
}

status_t sched_control_set_ceiling(struct invocation *inv)
{
	struct slot *s;
	status_t status = cap_lookup(inv->caller, inv->arg[0], OBJECT_THREAD, RIGHT_MANAGE, &s);

	if (!status)
		status = check_priority(inv->slot, inv->arg[1]);
	if (status)
		return status;
	loan_set_ceiling(s->object, (uint32_t)inv->arg[1]);
	return OK;
}

/* --- who has it ----------------------------------------------------------------- */

static status_t keep(struct invocation *inv, struct slot *inside)
{
	return deletion_replace(inv, inside, OBJECT_SCHED_CONTEXT, RIGHT_MANAGE);
}

status_t thread_set_time(struct invocation *inv)
{
	struct thread *t = inv->slot->object;

	return keep(inv, &t->time);
}

status_t thread_set_reserve(struct invocation *inv)
{
	struct thread *t = inv->slot->object;

	return keep(inv, &t->reserve_time);
}

status_t notification_set_time(struct invocation *inv)
{
	struct notification *n = inv->slot->object;

	return keep(inv, &n->time);
}
