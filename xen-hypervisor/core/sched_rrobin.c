/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Round robin: a queue a CPU, one slice each, no weights, no preemption by wake-ups.  Caps and
 * affinity work. */
#include <public/domctl.h>
#include <xen/errno.h>

#include "sched_impl.h"

u64 sched_rrobin_slice = 10 * NS_PER_MS;

static void rrobin_init_domain(struct sched_domain *sd, bool is_hardware)
{
}

static void rrobin_init_vcpu(struct sched_vcpu *sv)
{
}

static void rrobin_account(struct sched_cpu *c, struct sched_vcpu *sv, u64 ran, u64 now)
{
}

static void rrobin_wake(struct sched_cpu *c, struct sched_vcpu *sv, u64 now)
{
}

static void rrobin_insert(struct sched_cpu *c, struct sched_vcpu *sv)
{
	list_add_tail(&c->queue, &sv->link);
}

static struct sched_vcpu *rrobin_pick(struct sched_cpu *c, u64 now, u64 *ret_slice)
{
	struct sched_vcpu *sv;

	if (list_empty(&c->queue))
		return NULL;
	sv = list_first(&c->queue, struct sched_vcpu, link);
	*ret_slice = c->nr_queued > 1 ? READ_ONCE(sched_rrobin_slice) : 0;
	return sv;
}

static u64 rrobin_patience(struct sched_cpu *c, struct sched_vcpu *curr, struct sched_vcpu *sv)
{
	return READ_ONCE(sched_rrobin_slice);
}

/* From a CPU with more waiting than here, counting the one that runs. */
static bool rrobin_pull(struct sched_cpu *c, struct sched_vcpu *sv)
{
	return c->nr_queued == 0;
}

static void rrobin_moved(struct sched_cpu *from, struct sched_cpu *to, struct sched_vcpu *sv)
{
}

static int rrobin_no_parameters(struct sched_domain *sd, struct xen_domctl_scheduler_op *op)
{
	return -XEN_EOPNOTSUPP;
}

static int rrobin_set(struct sched_domain *sd, const struct xen_domctl_scheduler_op *op)
{
	return -XEN_EOPNOTSUPP;
}

const struct sched_policy sched_rrobin = {
	.name = "rrobin",
	.id = XEN_SCHEDULER_NULL, /* the tools' name for a scheduler without parameters */
	.init_domain = rrobin_init_domain,
	.init_vcpu = rrobin_init_vcpu,
	.account = rrobin_account,
	.wake = rrobin_wake,
	.insert = rrobin_insert,
	.pick = rrobin_pick,
	.patience = rrobin_patience,
	.pull = rrobin_pull,
	.moved = rrobin_moved,
	.get = rrobin_no_parameters,
	.set = rrobin_set,
};
