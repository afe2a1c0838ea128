/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System time (nanoseconds since boot, monotonic on every CPU), wall clock, and the time records
 * that guests read. Sources: hw/time.c (hardware), core/time.c (records).
 */
#ifndef XEN_TIME_H
#define XEN_TIME_H

#include <xen/types.h>

#define NS_PER_SEC 1000000000UL
#define NS_PER_MS 1000000UL
#define NS_PER_US 1000UL

struct domain;
struct vcpu;
struct vcpu_time_info;

u64 time_now(void);		/* system time in ns */
u64 time_wallclock_base(void);	/* ns since 1970 at system time 0 */
void time_set_wallclock(u64 seconds, u32 ns, u64 system_time_base); /* XENPF_settime */

/* Refreshes vcpu_info.time (and the registered copy) of the vCPU about to run on this CPU. */
void time_update_vcpu(struct vcpu *v);
/* The same, even if nothing has changed: the record has a new place. */
void time_refresh_vcpu(struct vcpu *v);
void time_update_wallclock(struct domain *d); /* shared_info.wc_* */

/* From the machine: TSC scale of this CPU. */
void hw_time_fill(struct vcpu_time_info *t);
u64 hw_time_tsc_khz(void);
/*
 * Arms this CPU's one-shot timer for the absolute system time `deadline` (0: disarm); raises
 * SOFTIRQ_TIMER. Returns false when the deadline has passed already.
 */
bool hw_time_arm(u64 deadline);

#endif
