/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caps: the most processor time a domain may have, in percent of one CPU, whatever is free.  Each
 * CAP_PERIOD the domain gets a budget that all its vCPUs draw on; with nothing left they are parked
 * until the refill. An overdraft (ticks are not infinitely fine) is paid back from the next budget.
 *
 * The budget is an atomic count. The refill timer runs only while budget has been drawn.
 */
#include <xen/errno.h>

#include "sched_impl.h"

#define CAP_PERIOD (30 * NS_PER_MS)

static s64 cap_quota(const struct sched_domain *sd)
{
	return (s64)((u64)READ_ONCE(sd->cap) * CAP_PERIOD / 100);
}

static void unpark_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		unsigned long flags = sched_lock_vcpu(v);
		bool was = v->sched->parked;

		v->sched->parked = false;
		sched_unlock_vcpu(v, flags);
		if (was)
			vcpu_wake(v);
	}
}

static void refill(void *data)
{
	struct domain *d = data;
	struct sched_domain *sd = d->sched;
	s64 quota = cap_quota(sd), old = __atomic_load_n(&sd->budget, __ATOMIC_RELAXED), new;

	do {
		new = min(old + quota, quota);
	} while (!__atomic_compare_exchange_n(&sd->budget, &old, new, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	if (old < quota && quota)
		timer_set(&sd->refill, time_now() + CAP_PERIOD);
	if (new > 0 || !quota)
		unpark_all(d);
}

void sched_cap_init(struct domain *d)
{
	timer_init(&d->sched->refill, refill, d, hw_cpu_id());
}

void sched_cap_destroy(struct domain *d)
{
	timer_kill(&d->sched->refill);
}

void sched_cap_set(struct domain *d, u32 cap)
{
	WRITE_ONCE(d->sched->cap, cap);
	__atomic_store_n(&d->sched->budget, cap_quota(d->sched), __ATOMIC_RELAXED);
	unpark_all(d);
}

void sched_cap_charge(struct domain *d, u64 ran, u64 now)
{
	struct sched_domain *sd = d->sched;

	if (likely(!READ_ONCE(sd->cap)))
		return;
	__atomic_fetch_sub(&sd->budget, (s64)ran, __ATOMIC_RELAXED);
	if (!timer_active(&sd->refill))
		timer_set(&sd->refill, now + CAP_PERIOD);
}

u64 sched_cap_left(const struct domain *d, bool *ret_exhausted)
{
	const struct sched_domain *sd = d->sched;
	s64 left;

	*ret_exhausted = false;
	if (likely(!READ_ONCE(sd->cap)))
		return 0;
	left = __atomic_load_n(&sd->budget, __ATOMIC_RELAXED);
	*ret_exhausted = left <= 0;
	return left > 0 ? (u64)left : 1;
}
