/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake machine for tests of core: a clock that the test moves, CPUs that take turns on one
 * thread, vCPUs that run by being current.  Source: hw-host/core.c, which stands in for hw,
 * guest/pv, grants, interrupts and memory.
 */
#ifndef HW_CORE_HOST_H
#define HW_CORE_HOST_H

#include <xen/types.h>

struct domain;
struct vcpu;

extern u64 host_now;		/* what time_now() says */
extern u64 host_page_refs;	/* references held on guest pages */
extern u64 host_mem_objects;	/* allocations not yet freed */
extern u64 host_virqs_dom_exc;
extern u64 host_runtime[256];	/* per CPU: ns spent not idle, as host_run() saw it */
extern u64 host_switches;
/* Called by host_run() when a vCPU has run up to now on the present CPU; it may block, yield...
 * NULL: all spin. */
extern void (*host_guest_code)(struct vcpu *v);

/* Machine with nr_cpus, idle vCPUs, scheduler `sched`; dom0 with one vCPU that is down. */
void host_core_init(unsigned int nr_cpus, const char *sched);
/* An unpaused domain with vCPUs that are up. */
struct domain *host_core_domain(domid_t id, unsigned int nr_vcpus);
/* Lets the present thread be CPU `cpu`, as itself running what it runs. */
void host_core_cpu(unsigned int cpu);
/* Makes v current on its CPU (for calls that act on the current vCPU), without scheduling. */
void host_core_as(struct vcpu *v);
/* Runs softirqs of all CPUs until none is pending. */
void host_settle(void);
/* Runs the machine for `ns`, in steps of at most `step`. */
void host_run(u64 ns, u64 step);

#endif
