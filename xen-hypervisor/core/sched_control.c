/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduling parameters of domains, as the control calls set and read them.  Locks: the domain's,
 * held by the caller. */
#include <public/domctl.h>
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

int sched_adjust_domain(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	const struct sched_policy *p = sched_policy_now();

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
