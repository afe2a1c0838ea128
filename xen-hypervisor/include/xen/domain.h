/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains and their virtual CPUs: the objects that all of core and the guest layers hang their
 * state on.
 *
 * Each subsystem keeps its own state behind an opaque pointer; this header knows none of them.  A
 * domain is found by id with domain_get() and released with domain_put(); the structures are freed
 * with the last reference.  Life: created (paused by the tools) -> running -> dying -> dead.
 * d->lock protects the fields that say so.  Sources: core/domain.c, core/vcpu.c.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include <public/vcpu.h>
#include <public/xen.h>
#include <xen/cpumask.h>
#include <xen/cpuregs.h>
#include <xen/list.h>
#include <xen/lock.h>
#include <xen/timer.h>
#include <xen/types.h>

#define MAX_VCPUS 128	/* virtual CPUs of a domain */
#define DOMID_MAX 0x7fef /* largest id of an ordinary domain */
#ifndef DOMID_IDLE
#define DOMID_IDLE 0x7fff
#endif

enum domain_dying { DOMAIN_ALIVE, DOMAIN_DYING, DOMAIN_DEAD };

struct vcpu {
	/* guest registers while not running; first, the entry code relies on it */
	struct cpu_regs regs;
	struct domain *domain;
	unsigned int id;		/* number within the domain */
	/* physical CPU it runs on or last ran on; changed by the scheduler under its lock */
	unsigned int cpu;

	/* Owned by guest/pv (hw offsets are generated from here). */
	struct pv_vcpu *pv;

	/*
	 * vcpu_info of the ABI: in shared_info, or where the guest registered it.  Always valid to
	 * access.
	 */
	struct vcpu_info *info;
	struct page_info *info_page;	/* NULL while in shared_info */

	/* Pause and run state.  A vCPU runs when all of these are clear; see vcpu_runnable(). */
	u32 pause_flags;		/* VPF_*, atomic bits: vcpu_flag_*() */
	u32 pause_count;		/* nested vcpu_pause(), atomic */
	bool paused_for_shutdown;	/* d->shutdown_lock */
	/* has a register context (VCPUOP_initialise, setvcpucontext) */
	bool initialised;
	/* on a CPU now, or its context is still being saved; sched_switch_done() clears it */
	bool running;

	/* Events. */
	u32 virq_to_evtchn[NR_VIRQS];	/* port or 0; virq_lock */
	spinlock_t virq_lock;
	u32 poll_port;			/* SCHEDOP_poll on one port, or POLL_ANY_PORT */
	struct evtchn_vcpu *evtchn;	/* FIFO control block, core/event_fifo.c */

	/* Time. */
	struct timer singleshot_timer, poll_timer, periodic_timer;
	u64 periodic_period;		/* ns; 0: off */
	u64 periodic_last;		/* system time of the last tick that was due */
	struct vcpu_time_info time_record; /* what the guest was last told, version aside */

	/* Run states (public/vcpu.h); changed under the scheduler's lock of the vCPU. */
	struct vcpu_runstate_info runstate;
	/*
	 * Guest virtual addresses of the guest's copies of both records; 0: none.  Only the vCPU
	 * itself sets and uses them, while it is current or about to be.
	 */
	u64 runstate_area, time_area;

	struct sched_vcpu *sched;	/* core/sched.c */

	u64 nmi_pending;		/* VCPUOP_send_nmi, atomic flag */
	cpumask_t hard_affinity, soft_affinity;
	cpumask_t dirty_cpus;		/* CPUs whose TLB may hold translations of this vCPU */
};

/* pause_flags bits */
#define VPF_BLOCKED 0	/* waits for an event */
#define VPF_DOWN 1	/* not brought up, or VCPUOP_down */
#define VPF_POLLING 2	/* in SCHEDOP_poll */

#define POLL_ANY_PORT 0xffffffffu

/* Fully ordered: the sleep and wake protocols rely on it (core/event.c). */
static inline void vcpu_flag_set(struct vcpu *v, unsigned int bit)
{
	__atomic_fetch_or(&v->pause_flags, 1u << bit, __ATOMIC_SEQ_CST);
}
/* Return the former value. */
static inline bool vcpu_flag_test_and_set(struct vcpu *v, unsigned int bit)
{
	return __atomic_fetch_or(&v->pause_flags, 1u << bit, __ATOMIC_SEQ_CST) & (1u << bit);
}
static inline bool vcpu_flag_test_and_clear(struct vcpu *v, unsigned int bit)
{
	return __atomic_fetch_and(&v->pause_flags, ~(1u << bit), __ATOMIC_SEQ_CST) & (1u << bit);
}
static inline bool vcpu_flag_test(const struct vcpu *v, unsigned int bit)
{
	return READ_ONCE(v->pause_flags) & (1u << bit);
}

struct domain {
	domid_t id;
	bool privileged;		/* may use the control calls (dom0) */
	bool is_hardware;		/* owns the devices (dom0) */
	u32 refs;			/* atomic */

	struct shared_info *shared_info; /* page_alloc_shared() */
	unsigned int max_vcpus;
	struct vcpu **vcpus;		/* max_vcpus pointers, each NULL until created */

	spinlock_t lock;		/* slow control operations and the start of dying */
	spinlock_t shutdown_lock;	/* is_shut_down ... crash_reason; irqsave */
	u32 pause_count;		/* atomic: domain_pause() nests */
	bool paused_by_controller;	/* DOMCTL pause/unpause is not nested */
	enum domain_dying dying;
	/* how far domain_kill() has come, and DOMAIN_KILL_BUSY; d->lock */
	unsigned int kill_stage;
	bool is_shut_down, is_shutting_down;
	int shutdown_code;		/* SHUTDOWN_*, or -1 */
	const char *crash_reason;	/* static text, or NULL */
	bool debugger_attached, creation_finished;

	/* Memory (core/page.c). */
	spinlock_t page_lock;		/* page list and counts */
	struct { u32 head, tail; } page_list;	/* frame-number linked, see page_info */
	u64 nr_pages, max_pages, nr_shared_pages;
	u64 outstanding_claim;

	u64 polling[MAX_VCPUS / 64];	/* vCPUs in SCHEDOP_poll, atomic bits */
	/* SCHEDOP_watchdog; d->lock */
	struct { struct timer timer; u32 timeout; bool used; } watchdogs[2];
	struct evtchn_table *evtchn;	/* core/event.c */
	struct grant_table *grant;	/* core/grant.c */
	struct pv_domain *pv;		/* guest/pv */
	struct rights *rights;		/* I/O ports, I/O memory, interrupts; core/rights.c */
	struct irq_domain *irqs;	/* pirqs, core/irq... */
	struct sched_domain *sched;	/* core/sched.c: weight, cap */

	xen_domain_handle_t handle;	/* uuid */
	u32 ssidref;
	s64 time_offset_seconds;
	u32 vm_assist;			/* VMASST_TYPE_* bits */
	u32 createflags;
	u32 max_evtchn_port, max_grant_frames, max_maptrack_frames;
	u64 shadow_spare;
	u8 console_buf[128];
	unsigned int console_len;
	spinlock_t log_lock;		/* irqs off; limit of log_guest(); zero is open */
	u64 log_second;
	u32 log_lines, log_missed;
	struct { u32 tsc_mode; u32 khz; u64 elapsed; u32 incarnation; } tsc;
	u64 suspend_evtchn;
};

/* Bit of struct domain.createflags follow XEN_DOMCTL_CDF_*. */

/*
 * Creates a domain without vCPUs; the caller holds the only reference besides the list's.  id
 * DOMID_INVALID: choose. An ordinary domain comes into being paused by the controller:
 * domain_unpause_by_controller() lets it go.  DOMID_IDLE, DOMID_IO and DOMID_XEN make the
 * pseudo-domains, which have neither events nor grants.  cfg may be NULL for those.
 */
struct xen_domctl_createdomain;
int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg, bool privileged,
		  struct domain **ret_d);
/* Adds vCPU number `id`, down and without context. */
int vcpu_create(struct domain *d, unsigned int id, struct vcpu **ret_v);

/* From domain_put(): the vCPU does not run and never will. */
void vcpu_destroy(struct vcpu *v);

/*
 * Looks up by id and takes a reference; NULL when there is none.  Dying domains are found as well.
 */
struct domain *domain_get(domid_t id);
/*
 * The same without a reference, for whoever knows that the domain cannot go; pseudo-domains are
 * found as well.
 */
struct domain *domain_find(domid_t id);
/* DOMID_SELF allowed. */
struct domain *domain_get_self_or(domid_t id);
void domain_hold(struct domain *d);
void domain_put(struct domain *d);
/* Iteration in order of ids: the first live domain with an id >= `from`, referenced, or NULL. */
struct domain *domain_get_next(domid_t from);

static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned int id)
{
	return id < d->max_vcpus ? d->vcpus[id] : NULL;
}
#define for_each_vcpu(d, v)                                                                        \
	for (unsigned int i_##v = 0; i_##v < (d)->max_vcpus; i_##v++)                              \
		if (((v) = (d)->vcpus[i_##v]) != NULL)

/* Stops all vCPUs of d and waits until none runs (d is not the current domain); nests. */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);

/*
 * SHUTDOWN_* by the guest itself or by the tools: stops the vCPUs and raises VIRQ_DOM_EXC at dom0.
 * dom0's own shutdown turns the machine off or on again.
 */
void domain_shutdown(struct domain *d, u8 reason);
int domain_resume(struct domain *d);
/*
 * The guest broke its contract: logs "dN crashed: why" with its registers, then shuts it down as
 * crashed. Safe in any context in which the current vCPU may be of d; returns (the vCPU stops at
 * its next exit).
 */
void domain_crash(struct domain *d, const char *why);
/* Starts or continues the destruction: 0 or -XEN_ERESTART. */
int domain_kill(struct domain *d);
#define DOMAIN_KILL_BUSY 0x80000000u
/*
 * What the destruction of a dying domain is doing or waits for ("references": somebody maps its
 * pages).
 */
const char *domain_kill_stage_name(const struct domain *d);
void domain_watchdog_init(struct domain *d);

/*
 * SCHEDOP_watchdog on the current domain: 0 or the id (from 1) of a newly armed watchdog, or
 * -XEN_E*.
 */
int domain_watchdog(struct domain *d, u32 id, u32 timeout_seconds);

extern struct domain *dom0, *idle_domain, *dom_io, *dom_xen;

/*
 * Pseudo-domains: dom_io owns memory-mapped I/O, dom_xen the hypervisor's pages that privileged
 * guests may read.
 */

/* --- vCPU operations (core/vcpu.c) --- */

/* The vCPU can run its guest's code: it has a place for its vcpu_info of its own. */
bool vcpu_has_info(const struct vcpu *v);
int vcpu_up(struct vcpu *v);		/* -XEN_EINVAL without context or vcpu_info */
/* current's own, or any of the domain's; domain without an up vCPU shuts down */
void vcpu_down(struct vcpu *v);
/* VCPUOP_register_vcpu_info: once, in a page of the own domain. */
int vcpu_register_info(struct vcpu *v, u64 frame, u32 offset);
void vcpu_forget_info(struct vcpu *v);	/* dying domain */
void vcpu_get_runstate(struct vcpu *v, struct vcpu_runstate_info *ret_info);
/* current or not running */
int vcpu_set_singleshot(struct vcpu *v, u64 deadline, bool only_future);
void vcpu_stop_singleshot(struct vcpu *v);
int vcpu_set_periodic(struct vcpu *v, u64 period_ns);
/* Writes the guest's copy of the runstate record; v is current with its address space loaded. */
void vcpu_update_runstate_area(struct vcpu *v);
/*
 * Scheduler: v is about to leave its CPU (still current), or has become current with its address
 * space loaded.
 */
void vcpu_leaving_cpu(struct vcpu *v);
void vcpu_entering_cpu(struct vcpu *v);
/*
 * Writes into the current vCPU's guest memory through its kernel's address space, whichever mode it
 * was in.
 */
int vcpu_write_guest(struct vcpu *v, u64 va, const void *src, size_t size);

/* --- guest layer entry points that core calls (implemented by guest/pv) --- */
int pv_domain_create(struct domain *d);
void pv_domain_destroy(struct domain *d);
/* page tables, descriptors: preemptible, -XEN_ERESTART */
int pv_domain_relinquish(struct domain *d);
int pv_vcpu_create(struct vcpu *v);
void pv_vcpu_destroy(struct vcpu *v);

#endif
