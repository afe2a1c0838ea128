/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Borrowed Virtual Time.
 *
 * A vCPU's actual virtual time (avt) advances while it runs, the slower the greater its domain's
 * weight.  The one with the least effective virtual time runs; effective is actual, less the warp
 * for a vCPU that has just been woken and is thereby served at once.  Warping moves service forward
 * but is charged like any other, and a vCPU may warp only `warp_limit` of running time in each
 * `warp_window`, so that no one can live on it.
 *
 * A sleeper does not save up: it wakes with at least its CPU's virtual time (svt), the least avt of
 * what is runnable there.  Virtual times of CPUs are comparable: a CPU whose own vCPUs are far
 * ahead takes over one that is behind on another CPU, which shares the machine fairly when vCPUs do
 * not divide evenly.  What moves is clamped to a window around the new CPU's time, so that long
 * divergence (a light vCPU alone on its CPU) has no long aftermath.
 */
#include <public/domctl.h>
#include <xen/errno.h>

#include "sched_impl.h"

#define MIN_SLICE (1 * NS_PER_MS)
#define PULL_LAG (8 * NS_PER_MS)	    /* behind by this: worth a move between CPUs */
#define MOVE_WINDOW (30 * NS_PER_MS)

#define WARP_VALUE (10 * NS_PER_MS)
#define WARP_LIMIT (2 * NS_PER_MS)
#define WARP_WINDOW (10 * NS_PER_MS)

u64 sched_bvt_allowance = 4 * NS_PER_MS;

static u64 evt(const struct sched_vcpu *sv)
{
	u64 warp = sv->warped ? sched_domain_of(sv)->warp_value : 0;

	return sv->avt > warp ? sv->avt - warp : 0;
}

static void bvt_init_domain(struct sched_domain *sd, bool is_hardware)
{
	sd->warp_value = WARP_VALUE;
	/* The domain that serves all others' devices may answer for longer. */
	sd->warp_limit = is_hardware ? 2 * WARP_LIMIT : WARP_LIMIT;
	sd->warp_window = WARP_WINDOW;
}

static void bvt_init_vcpu(struct sched_vcpu *sv)
{
	sv->avt = 0; /* raised to its CPU's time at the first wake-up */
}

static u64 to_virtual(const struct sched_domain *sd, u64 real)
{
	return (u64)(((unsigned __int128)real * sd->scale) >> 16);
}

static u64 to_real(const struct sched_domain *sd, u64 virtual)
{
	return virtual * sd->weight / SCHED_WEIGHT_DEFAULT;
}

/* The least avt of the runnable.  The queue is in order of evt and evt <= avt, equal for the
 * unwarped: nothing after the first unwarped one can have less. */
static u64 least_avt(const struct sched_cpu *c, u64 start)
{
	const struct sched_vcpu *sv;
	u64 least = start;

	list_for_each(sv, &c->queue, link) {
		least = min(least, sv->avt);
		if (!sv->warped)
			break;
	}
	return least;
}

static void advance_svt(struct sched_cpu *c, u64 running_avt)
{
	c->svt = max(c->svt, least_avt(c, running_avt));
}

static void bvt_account(struct sched_cpu *c, struct sched_vcpu *sv, u64 ran, u64 now)
{
	struct sched_domain *sd = sched_domain_of(sv);

	sv->avt += to_virtual(sd, ran);
	if (sv->warped) {
		sv->warp_used += ran;
		sv->warped = sv->warp_used < sd->warp_limit;
	}
	advance_svt(c, sv->avt);
}

static void bvt_wake(struct sched_cpu *c, struct sched_vcpu *sv, u64 now)
{
	struct sched_domain *sd = sched_domain_of(sv);

	sv->avt = max(sv->avt, c->svt);
	if (now - sv->warp_window >= sd->warp_window) {
		sv->warp_window = now;
		sv->warp_used = 0;
	}
	sv->warped = sd->warp_value && sv->warp_used < sd->warp_limit;
}

static void bvt_insert(struct sched_cpu *c, struct sched_vcpu *sv)
{
	struct list *at = &c->queue;
	u64 e = evt(sv);

	/* From the end: most go there. Equals keep their order of arrival. */
	while (at->prev != &c->queue && evt(list_entry(at->prev, struct sched_vcpu, link)) > e)
		at = at->prev;
	/* Who yields lets one other go first. */
	if (sv->yielded && at->prev == &c->queue && !list_empty(&c->queue))
		at = at->next;
	list_add_tail(at, &sv->link);
}

/* How long `sv` may run before `other` should have the CPU. */
static u64 slice_against(const struct sched_vcpu *sv, const struct sched_vcpu *other)
{
	u64 mine = evt(sv), theirs = evt(other) + READ_ONCE(sched_bvt_allowance);
	u64 slice = theirs > mine ? to_real(sched_domain_of(sv), theirs - mine) : 0;

	return max(slice, (u64)MIN_SLICE);
}

static struct sched_vcpu *bvt_pick(struct sched_cpu *c, u64 now, u64 *ret_slice)
{
	struct sched_vcpu *sv;
	struct sched_domain *sd;

	if (list_empty(&c->queue))
		return NULL;
	sv = list_first(&c->queue, struct sched_vcpu, link);
	sd = sched_domain_of(sv);
	if (sv->link.next == &c->queue)
		return sv;
	*ret_slice = slice_against(sv, list_entry(sv->link.next, struct sched_vcpu, link));
	if (sv->warped)
		*ret_slice = min(*ret_slice, max(sd->warp_limit - sv->warp_used, MIN_SLICE / 4));
	return sv;
}

static u64 bvt_patience(struct sched_cpu *c, struct sched_vcpu *curr, struct sched_vcpu *sv)
{
	return evt(sv) + READ_ONCE(sched_bvt_allowance) < evt(curr) ? 0 : slice_against(curr, sv);
}

static bool bvt_pull(struct sched_cpu *c, struct sched_vcpu *sv)
{
	return sv->avt + PULL_LAG < c->svt;
}

static void bvt_moved(struct sched_cpu *from, struct sched_cpu *to, struct sched_vcpu *sv)
{
	u64 low, svt;

	/* A CPU that has been idle takes the time of the one that has not: it is the one to go on
	 * from.  The other CPU's time is read without its lock; an old value is as good. */
	svt = READ_ONCE(to->svt);
	if (to->curr == to->idle && list_empty(&to->queue))
		svt = max(svt, min(READ_ONCE(from->svt), sv->avt));
	low = svt > MOVE_WINDOW ? svt - MOVE_WINDOW : 0;
	sv->avt = min(max(sv->avt, low), svt + MOVE_WINDOW);
}

static int bvt_get(struct sched_domain *sd, struct xen_domctl_scheduler_op *op)
{
	op->u.credit.weight = sd->weight;
	op->u.credit.cap = sd->cap;
	return 0;
}

static int bvt_set(struct sched_domain *sd, const struct xen_domctl_scheduler_op *op)
{
	u32 weight = op->u.credit.weight;

	if (weight) {
		sd->weight = weight;
		sd->scale = ((u32)SCHED_WEIGHT_DEFAULT << 16) / weight;
	}
	return 0;
}

const struct sched_policy sched_bvt = {
	.name = "bvt",
	/* The tools know numbers of other schedulers only. Of these, credit's parameters (weight,
	 * cap) mean the same here. */
	.id = XEN_SCHEDULER_CREDIT,
	.init_domain = bvt_init_domain,
	.init_vcpu = bvt_init_vcpu,
	.account = bvt_account,
	.wake = bvt_wake,
	.insert = bvt_insert,
	.pick = bvt_pick,
	.patience = bvt_patience,
	.pull = bvt_pull,
	.moved = bvt_moved,
	.get = bvt_get,
	.set = bvt_set,
};
