/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduling parameters of domains, as the control calls set and read them.  Locks: the domain's,
 * held by the caller. */
#include <public/domctl.h>
#include <public/own_sched.h>
#include <public/sysctl.h>
#include <xen/errno.h>
#include <xen/lib.h>

#include "sched_impl.h"

#define CAP_MAX (100 * NR_CPUS)

static int put_info(struct domain *d, const struct sched_policy *p,
		    const struct xen_domctl_scheduler_op *op)
{
	/* credit: weight 0 and cap 0xffff mean "as it is". */
	u32 cap = op->u.credit.cap;
	int rc;

	if (p == &sched_bvt && cap != 0xffff && cap > CAP_MAX)
		return -XEN_EINVAL;
	rc = p->set(d->sched, op);
	if (!rc && p == &sched_bvt && cap != 0xffff)
		sched_cap_set(d, cap);
	return rc;
}

/* The number of public/own_sched.h under which the running scheduler takes its own parameters. */
static u32 own_id(const struct sched_policy *p)
{
	return p == &sched_bvt	    ? XEN_OWN_SCHEDULER_BVT
	       : p == &sched_rrobin ? XEN_OWN_SCHEDULER_RROBIN
				    : XEN_OWN_SCHEDULER_ATROPOS;
}

static u64 own_or(u32 us, u64 now)
{
	return us == XEN_OWN_BVT_KEEP_US ? now : (u64)us * NS_PER_US;
}

static int put_own_bvt(struct domain *d, const struct xen_own_sched_bvt *own)
{
	struct xen_domctl_scheduler_op op = {.u.credit = {.weight = own->weight, .cap = own->cap}};
	struct sched_domain *sd = d->sched;
	u64 limit = own_or(own->warp_limit_us, sd->warp_limit);
	u64 window = own_or(own->warp_window_us, sd->warp_window);
	int rc;

	/* A domain that may be ahead for most of its time would live on that. */
	if (limit > window / 2)
		return -XEN_EINVAL;
	rc = put_info(d, &sched_bvt, &op);
	if (rc)
		return rc;
	WRITE_ONCE(sd->warp_value, own_or(own->warp_value_us, sd->warp_value));
	WRITE_ONCE(sd->warp_limit, limit);
	WRITE_ONCE(sd->warp_window, window);
	return 0;
}

static void get_own_bvt(const struct sched_domain *sd, struct xen_own_sched_bvt *own)
{
	own->weight = (u16)sd->weight;
	own->cap = (u16)sd->cap;
	own->warp_value_us = (u32)(sd->warp_value / NS_PER_US);
	own->warp_limit_us = (u32)(sd->warp_limit / NS_PER_US);
	own->warp_window_us = (u32)(sd->warp_window / NS_PER_US);
}

static int adjust_own(struct domain *d, const struct sched_policy *p,
		      struct xen_domctl_scheduler_op *op)
{
	struct xen_own_sched_bvt own;
	bool put = op->cmd == XEN_DOMCTL_SCHEDOP_putinfo;

	_Static_assert(sizeof(own) <= sizeof(op->u), "our parameters fit the operation");
	if (!put && op->cmd != XEN_DOMCTL_SCHEDOP_getinfo)
		return -XEN_EOPNOTSUPP;
	if (p == &sched_atropos)
		return put ? p->set(d->sched, op) : p->get(d->sched, op);
	if (p == &sched_rrobin)
		return put ? -XEN_EOPNOTSUPP : 0;
	memcpy(&own, &op->u, sizeof(own));
	if (put)
		return put_own_bvt(d, &own);
	get_own_bvt(d->sched, &own);
	memcpy(&op->u, &own, sizeof(own));
	return 0;
}

int sched_adjust_machine(struct xen_sysctl_scheduler_op *op)
{
	const struct sched_policy *p = sched_policy_now();
	struct xen_own_sched_machine own;
	u64 *slice = p == &sched_bvt	  ? &sched_bvt_allowance
		     : p == &sched_rrobin ? &sched_rrobin_slice
					  : NULL;

	_Static_assert(sizeof(own) <= sizeof(op->u), "our parameters fit the operation");
	if (op->sched_id != own_id(p))
		return -XEN_ENOENT;
	if (!slice)
		return -XEN_EOPNOTSUPP;
	memcpy(&own, &op->u, sizeof(own));
	if (op->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
		if (own.slice_us < XEN_OWN_SLICE_MIN_US || own.slice_us > XEN_OWN_SLICE_MAX_US)
			return -XEN_EINVAL;
		WRITE_ONCE(*slice, (u64)own.slice_us * NS_PER_US);
		return 0;
	}
	if (op->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
		return -XEN_EOPNOTSUPP;
	own.slice_us = (u32)(*slice / NS_PER_US);
	memset(&op->u, 0, sizeof(op->u));
	memcpy(&op->u, &own, sizeof(own));
	return 0;
}

int sched_adjust_domain(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	const struct sched_policy *p = sched_policy_now();

	if (op->sched_id == own_id(p))
		return adjust_own(d, p, op);
	if (op->sched_id != p->id)
		return -XEN_EINVAL;
	switch (op->cmd) {
	case XEN_DOMCTL_SCHEDOP_putinfo:
		return put_info(d, p, op);
	case XEN_DOMCTL_SCHEDOP_getinfo:
		memset(&op->u, 0, sizeof(op->u));
		return p->get(d->sched, op);
	default:
		/* Parameters of single vCPUs: none of the schedulers has any. */
		return -XEN_EOPNOTSUPP;
	}
}
