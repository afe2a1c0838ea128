/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other CPUs: interrupts between them and calls on them.  Sources: hw/smp.c, hw/calls.c,
 * core/tlb.c.
 */
#ifndef XEN_SMP_H
#define XEN_SMP_H

#include <xen/cpumask.h>
#include <xen/perfc-table.h>
#include <xen/types.h>

/*
 * Calls fn(arg) on every CPU of the mask (this one included when in it) and, if wait, until all
 * have returned. Called with interrupts enabled, or else by one CPU at a time (boot, the end); fn
 * runs with them disabled. The interrupts sent count as `why`.
 */
void smp_call_why(enum perfc why, const cpumask_t *mask, void (*fn)(void *), void *arg, bool wait);
static inline void smp_call(const cpumask_t *mask, void (*fn)(void *), void *arg, bool wait)
{
	smp_call_why(PERFC_IPIS_CALL, mask, fn, arg, wait);
}
/* Makes another CPU look at its softirqs. */
void hw_smp_kick(unsigned int cpu);
/* Identity of a CPU as VCPUOP_get_physid tells it: APIC id, ACPI id in the upper half. */
u64 hw_smp_physid(unsigned int cpu);

/*
 * TLB.  Flushes on this CPU: all non-global entries, all, or one page; of every process-context
 * identifier (xen/hw.h).
 */
void hw_tlb_flush_local(void);
void hw_tlb_flush_local_all(void);
void hw_tlb_flush_local_page(u64 va);
/* On a set of CPUs, returning when done.  va = TLB_ALL flushes everything non-global. */
#define TLB_ALL (~0ULL)
#define TLB_GLOBAL (~1ULL)
void tlb_flush_mask(const cpumask_t *mask, u64 va);

/*
 * TLB clock (core/tlb.c): a flush on a CPU advances that CPU's stamp.  A frame whose last mapping
 * went records the clock; before it gets a new use, only CPUs that have not flushed since need a
 * flush.  Whoever empties this CPU's TLB of all non-global entries (hw_tlb_flush_local(), a load of
 * CR3) says so by
 *	u64 t = tlb_flush_begin(); ... flush ...; tlb_flush_end(t);
 * with interrupts disabled.  Leaving that out costs needless flushes later, never safety.  Guests'
 * entries are never global.  A CPU that keeps a vCPU's table loaded while idle stays in the vCPU's
 * dirty_cpus, and a flush of everything there must load the idle table.
 */
u64 tlb_flush_begin(void);
void tlb_flush_end(u64 began);
/* (Inline, because it is read whenever a mapping goes; core/tlb.c owns the two words.) */
extern u64 tlb_clock_now;
extern u32 tlb_clock_read;
static inline u32 tlb_clock(void)
{
	if (!READ_ONCE(tlb_clock_read))
		WRITE_ONCE(tlb_clock_read, 1);
	return (u32)__atomic_load_n(&tlb_clock_now, __ATOMIC_SEQ_CST);
}
/* Removes from the mask the CPUs that flushed since `stamp`. */
void tlb_filter(cpumask_t *mask, u32 stamp);

#endif
