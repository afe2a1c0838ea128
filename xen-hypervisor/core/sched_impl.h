/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the scheduler: what the framework (core/sched.c), caps (core/sched_cap.c) and the policies
 * share.
 *
 * Lock: each CPU's sched_cpu.lock, interrupts off.  A vCPU's scheduling state, run state and v->cpu
 * belong to the lock of the CPU that v->cpu names.  v->cpu changes only while the vCPU is on no CPU
 * (v->running false) and only under the lock of the CPU it leaves.  A second CPU's lock is only
 * ever tried, never waited for.
 */
#ifndef CORE_SCHED_IMPL_H
#define CORE_SCHED_IMPL_H

#include <xen/domain.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <xen/timer.h>

struct xen_domctl_scheduler_op;

#define SCHED_WEIGHT_DEFAULT 256
#define SCHED_WEIGHT_MAX 65535

struct sched_vcpu {
	struct vcpu *v;
	struct list link;		/* in the run queue */
	bool queued;
	bool yielded;			/* let others go first, once */
	bool parked;			/* its domain has used up its cap */
	s32 pinned;			/* SCHEDOP_pin_override, or -1 */
	cpumask_t saved_affinity;	/* hard affinity to restore after the pin */

	/* BVT: virtual times in ns of a vCPU of default weight. */
	u64 avt;
	bool warped;
	u64 warp_window, warp_used;	/* start of the window (system time), ns warped within */

	/* Atropos. */
	/* end of the period (system time), ns left of the slice in it */
	u64 deadline, remaining;
};

struct sched_domain {
	u32 weight;
	u32 scale;			/* virtual per real time, 16.16: default weight / weight */
	u64 warp_value, warp_limit, warp_window; /* BVT; warp_value 0: never warps */
	u64 period, slice;		/* Atropos, ns */
	bool extra;			/* Atropos: may have time that nobody claims */

	/* Cap: ns of processor time that may be used in each CAP_PERIOD. */
	u32 cap;			/* percent of one CPU; 0: none */
	s64 budget;			/* left in this period, atomic; may be overdrawn */
	struct timer refill;
};

struct sched_cpu {
	spinlock_t lock;
	unsigned int cpu;
	struct vcpu *curr, *idle;
	struct list queue;		/* runnable, not running; order is the policy's */
	u32 nr_queued;			/* read by others without the lock */
	/* CPU + 1 that has more work than it can do; 0: none; atomic */
	u32 pull_from;
	u64 accounted;			/* system time up to which curr has been charged */
	u64 svt;			/* BVT: virtual time of this CPU */
	u64 last_balance;
	struct timer slice;
};

struct sched_policy {
	const char *name;
	u32 id;				/* XEN_SCHEDULER_* shown to the tools */
	void (*init_domain)(struct sched_domain *sd, bool is_hardware);
	void (*init_vcpu)(struct sched_vcpu *sv);
	/* sv has run for `ran` ns up to now. */
	void (*account)(struct sched_cpu *c, struct sched_vcpu *sv, u64 ran, u64 now);
	/* It wakes up on this CPU after having slept. */
	void (*wake)(struct sched_cpu *c, struct sched_vcpu *sv, u64 now);
	/* Inserts into c->queue, in order. */
	void (*insert)(struct sched_cpu *c, struct sched_vcpu *sv);
	/* The next to run, still queued, or NULL; *ret_slice: ns it may run, 0 for no limit. */
	struct sched_vcpu *(*pick)(struct sched_cpu *c, u64 now, u64 *ret_slice);
	/* sv was just queued: how long may curr (not idle, charged up to now) still go on? 0: not
	 * at all. */
	u64 (*patience)(struct sched_cpu *c, struct sched_vcpu *curr, struct sched_vcpu *sv);
	/* Shall busy CPU c take sv over from another CPU, for fairness between CPUs? */
	bool (*pull)(struct sched_cpu *c, struct sched_vcpu *sv);
	/* sv moves from one queue to another's. */
	void (*moved)(struct sched_cpu *from, struct sched_cpu *to, struct sched_vcpu *sv);
	int (*get)(struct sched_domain *sd, struct xen_domctl_scheduler_op *op);
	int (*set)(struct sched_domain *sd, const struct xen_domctl_scheduler_op *op);
};

const struct sched_policy *sched_policy_now(void);
extern const struct sched_policy sched_bvt, sched_rrobin, sched_atropos;

/* ns, set at run time: how far ahead of others the running vCPU may get; round robin's slice. */
extern u64 sched_bvt_allowance, sched_rrobin_slice;

static inline struct sched_domain *sched_domain_of(const struct sched_vcpu *sv)
{
	return sv->v->domain->sched;
}

/* --- core/sched_cap.c --- */
void sched_cap_init(struct domain *d);
void sched_cap_destroy(struct domain *d);
void sched_cap_set(struct domain *d, u32 cap);
void sched_cap_charge(struct domain *d, u64 ran, u64 now);
/* ns the domain may still use, or 0 when there is no cap; *ret_exhausted: it has nothing left. */
u64 sched_cap_left(const struct domain *d, bool *ret_exhausted);

#endif
