/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that interrupt handlers put off to the way back to the guest.  Source: hw/softirq.c. */
#ifndef XEN_SOFTIRQ_H
#define XEN_SOFTIRQ_H

#include <xen/cpumask.h>
#include <xen/types.h>

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_SCHEDULE,
	SOFTIRQ_CONSOLE,
	SOFTIRQ_KEY,
	SOFTIRQ_RCU,
	SOFTIRQ_WORK,
	NR_SOFTIRQS
};

void softirq_set_handler(enum softirq n, void (*fn)(void));
void softirq_raise(enum softirq n);				/* on this CPU */
/* on another: sends an IPI when it might sleep or run a guest */
void softirq_raise_cpu(enum softirq n, unsigned int cpu);
bool softirq_pending(unsigned int cpu);
/* Runs all pending handlers; called with interrupts enabled from the exit path and the idle loop.
 * SOFTIRQ_SCHEDULE runs last and may not return (it switches to another vCPU). */
void softirq_run(void);

#endif
