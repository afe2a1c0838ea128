/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start-up of the machine's clocks (hw/time.c). */
#ifndef XEN_HWTIME_H
#define XEN_HWTIME_H

#include <xen/percpu.h>
#include <xen/types.h>

void hw_time_init(void);	/* calibration; the boot CPU, after acpi_init() and apic_init() */
void hw_time_cpu_init(void);	/* each CPU's timer */
u64 hw_time_rtc(void);		/* real-time clock: seconds since 1970, 0 without one */
void hw_udelay(u64 us);
DECLARE_PER_CPU(u64, tsc_skew);	/* this CPU's TSC minus the boot CPU's */

#endif
