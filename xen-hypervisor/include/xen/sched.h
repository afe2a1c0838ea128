/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler: Borrowed Virtual Time on per-CPU run queues with balancing, weights, caps and
 * affinity. Round robin and atropos stand behind the same table of operations
 * (sched=bvt|rrobin|atropos). Sources: core/sched.c (framework), core/sched_bvt.c, ...
 */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/cpumask.h>
#include <xen/types.h>

struct domain;
struct vcpu;

/* boot; -XEN_ENOENT for an unknown name (default is then used and logged by caller) */
int sched_init(const char *name);
void sched_cpu_init(unsigned int cpu, struct vcpu *idle); /* before that CPU schedules */
u32 sched_id(void);				/* XEN_SCHEDULER_* for sysctl sched_id */
const char *sched_name(void);

int sched_domain_init(struct domain *d);
void sched_domain_destroy(struct domain *d);
int sched_vcpu_init(struct vcpu *v, unsigned int cpu);	/* fills v->sched, v->cpu and affinities */
void sched_vcpu_destroy(struct vcpu *v);

/* Nothing but the scheduler keeps it from running. */
bool vcpu_runnable(const struct vcpu *v);
void vcpu_wake(struct vcpu *v);		/* re-evaluates runnability; any context */
/* takes a vCPU that is not runnable off its queue, kicks its CPU if running */
void vcpu_sleep_nosync(struct vcpu *v);
/* and waits until it is off the CPU and its context is saved */
void vcpu_sleep_sync(struct vcpu *v);
void sched_yield_current(void);			/* current */
/* current: unmask + block unless an event is pending (SCHEDOP_block) */
void sched_block(void);
/* current: SCHEDOP_pin_override; -1 takes the pin away.  0, -XEN_EINVAL or -XEN_EBUSY. */
int sched_pin_override(struct vcpu *v, int cpu);
/* Locks out changes of v's run state and CPU; for short reads. */
unsigned long sched_lock_vcpu(struct vcpu *v);
void sched_unlock_vcpu(struct vcpu *v, unsigned long flags);

int sched_set_affinity(struct vcpu *v, const cpumask_t *hard, const cpumask_t *soft);
struct xen_domctl_scheduler_op;
struct xen_sysctl_scheduler_op;
/* BVT weight/… get+set; see file */
int sched_adjust_domain(struct domain *d, struct xen_domctl_scheduler_op *op);
/* parameters of the whole machine, public/own_sched.h; -XEN_ENOENT for another scheduler's */
int sched_adjust_machine(struct xen_sysctl_scheduler_op *op);
u64 vcpu_cpu_time(const struct vcpu *v);	/* ns it ran */
bool vcpu_is_running(const struct vcpu *v);
struct vcpu *sched_current_on(unsigned int cpu); /* for debug keys: unreferenced */
void sched_dump(void);			/* debug key r */

/* Runstate: sched calls it at each change of state (RUNSTATE_* of public/vcpu.h). */
void vcpu_runstate_change(struct vcpu *v, int state, u64 now);

/*
 * From hw: switches this CPU from prev to next; with interrupts disabled; does not return.  Before
 * the new vCPU runs, sched_switch_done(prev) is called on the new context's behalf (prev->running
 * is cleared there).
 */
void hw_context_switch(struct vcpu *prev, struct vcpu *next) NORETURN;
void sched_switch_done(struct vcpu *prev);
/*
 * sched_switch_done() is called with next current, its address space loaded and interrupts
 * disabled; it also refreshes next's time and runstate records, which may write to its guest
 * memory.
 */
/* schedule() chose the current vCPU again: simply returns. */

#endif
