/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host test may do to the fake machine.  Sources: the folder hw-host; a test links those it
 * needs.
 */
#ifndef HW_HOST_H
#define HW_HOST_H

#include <xen/cpumask.h>
#include <xen/layout.h>
#include <xen/types.h>

struct domain;
struct vcpu;

/*
 * Machine of nr_frames frames of memory and nr_cpus CPUs; the calling thread becomes CPU 0.  Once
 * per program.
 */
void host_machine_init(u64 nr_frames, unsigned int nr_cpus);
/* The calling thread becomes CPU number `cpu` and runs `v` (which may be NULL). */
void host_cpu_start(unsigned int cpu, struct vcpu *v);

/* One in `n` calls of hypercall_preempt_check() on this thread says yes; 0: none. */
extern _Thread_local unsigned int host_preempt_one_in;
extern _Thread_local u64 host_random_state;
u64 host_random(void); /* this thread's own sequence */

/* What hypercall_continue() was told last on this thread; it returns HOST_CONTINUED. */
#define HOST_CONTINUED (-0x7000000L)
extern _Thread_local struct host_continuation {
	unsigned int op, nr_args;
	u64 args[6];
} host_continuation;

/*
 * Guest memory is the test's own memory; the next copy at or above this address fails (0: none
 * does).
 */
extern _Thread_local u64 host_fault_at;

/* Counts of what the machine was asked to do, for tests of flush avoidance. */
extern unsigned long host_flushes, host_ipis;

/* Frames in the descriptor windows (hw-host/pv.c), by slot and page; 0: none. */
#define HOST_DESC_SLOTS 64
extern u64 host_desc_window[HOST_DESC_SLOTS][DESC_WINDOW_PAGES];

/* Domains without core/domain.c (hw-host/domains.c): a table by id. */
struct domain *host_domain_create(domid_t id, bool privileged, u64 max_pages,
				  unsigned int nr_vcpus);
void host_domain_free(struct domain *d);

#endif
