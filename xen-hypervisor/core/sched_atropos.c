/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Atropos: each domain's vCPUs have `slice` of processor time in every `period`, guaranteed as long
 * as the sum of slices over periods stays within each CPU.  The earliest end of period goes first.
 * What is left over goes round among those that may have extra time.  A domain that was given no
 * parameters lives on extra time.
 */
#include <public/domctl.h>
#include <xen/errno.h>

#include "sched_impl.h"

#define EXTRA_SLICE (5 * NS_PER_MS)
#define MIN_PERIOD (1 * NS_PER_MS)
#define MIN_BUDGET (100 * NS_PER_US)
#define MAX_PERIOD (10 * NS_PER_SEC)

static void atropos_init_domain(struct sched_domain *sd, bool is_hardware)
{
	sd->period = is_hardware ? 20 * NS_PER_MS : 100 * NS_PER_MS;
	sd->slice = is_hardware ? 15 * NS_PER_MS : 0;
	sd->extra = true;
}

static void atropos_init_vcpu(struct sched_vcpu *sv)
{
	sv->deadline = sv->remaining = 0;
}

static void renew(struct sched_vcpu *sv, u64 now)
{
	const struct sched_domain *sd = sched_domain_of(sv);

	/* (A deadline further away than a period is from before the parameters changed.) */
	if (now < sv->deadline && sv->deadline <= now + sd->period)
		return;
	/* Periods that passed while it slept are gone. */
	sv->deadline = sv->deadline <= now && sv->deadline + sd->period > now
			       ? sv->deadline + sd->period
			       : now + sd->period;
	sv->remaining = sd->slice;
}

static void atropos_account(struct sched_cpu *c, struct sched_vcpu *sv, u64 ran, u64 now)
{
	sv->remaining -= min(ran, sv->remaining);
	sv->avt += ran; /* how much it has had, for taking turns with the rest */
	renew(sv, now);
}

static void atropos_wake(struct sched_cpu *c, struct sched_vcpu *sv, u64 now)
{
	renew(sv, now);
}

/* In no order: eligibility changes with time, so pick looks at all. */
static void atropos_insert(struct sched_cpu *c, struct sched_vcpu *sv)
{
	list_add_tail(&c->queue, &sv->link);
}

/* Guaranteed time before extra time; there the earliest deadline, here the turn (order of the
 * queue). */
static bool better(const struct sched_vcpu *a, const struct sched_vcpu *b)
{
	if (!b)
		return true;
	if (a->remaining && b->remaining)
		return a->deadline < b->deadline;
	return a->remaining && !b->remaining;
}

static struct sched_vcpu *atropos_pick(struct sched_cpu *c, u64 now, u64 *ret_slice)
{
	struct sched_vcpu *sv, *best = NULL;
	u64 next_renewal = ~0ULL;

	list_for_each(sv, &c->queue, link) {
		renew(sv, now);
		/* Time to look again: somebody without guaranteed time left gets some. */
		if (!sv->remaining && sched_domain_of(sv)->slice)
			next_renewal = min(next_renewal, sv->deadline);
		if ((sv->remaining || sched_domain_of(sv)->extra) && better(sv, best))
			best = sv;
	}
	*ret_slice = next_renewal != ~0ULL ? next_renewal - now : 0;
	if (best)
		*ret_slice = min(*ret_slice ? *ret_slice : ~0ULL,
				 best->remaining ? best->remaining : EXTRA_SLICE);
	return best;
}

static u64 atropos_patience(struct sched_cpu *c, struct sched_vcpu *curr, struct sched_vcpu *sv)
{
	if (better(sv, curr) && sv->remaining)
		return 0;
	return curr->remaining ? curr->remaining : EXTRA_SLICE;
}

static bool atropos_pull(struct sched_cpu *c, struct sched_vcpu *sv)
{
	return c->nr_queued == 0;
}

static void atropos_moved(struct sched_cpu *from, struct sched_cpu *to, struct sched_vcpu *sv)
{
}

static int atropos_get(struct sched_domain *sd, struct xen_domctl_scheduler_op *op)
{
	op->u.rtds.period = (u32)(sd->period / NS_PER_US);
	op->u.rtds.budget = (u32)(sd->slice / NS_PER_US);
	op->u.rtds.flags = sd->extra ? XEN_DOMCTL_SCHEDRT_extra : 0;
	return 0;
}

static int atropos_set(struct sched_domain *sd, const struct xen_domctl_scheduler_op *op)
{
	u64 period = op->u.rtds.period * NS_PER_US, slice = op->u.rtds.budget * NS_PER_US;
	bool extra = op->u.rtds.flags & XEN_DOMCTL_SCHEDRT_extra;

	if (period < MIN_PERIOD || period > MAX_PERIOD || slice > period)
		return -XEN_EINVAL;
	/* No time at all is only possible for those that may have extra. */
	if (slice < MIN_BUDGET && !(extra && slice == 0))
		return -XEN_EINVAL;
	sd->period = period;
	sd->slice = slice;
	sd->extra = extra;
	return 0;
}

const struct sched_policy sched_atropos = {
	.name = "atropos",
	/* the tools' scheduler with the same parameters: period, budget, extra */
	.id = XEN_SCHEDULER_RTDS,
	.init_domain = atropos_init_domain,
	.init_vcpu = atropos_init_vcpu,
	.account = atropos_account,
	.wake = atropos_wake,
	.insert = atropos_insert,
	.pick = atropos_pick,
	.patience = atropos_patience,
	.pull = atropos_pull,
	.moved = atropos_moved,
	.get = atropos_get,
	.set = atropos_set,
};
