/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLB flushes over sets of CPUs, and the clock that tells which of them are needless.
 *
 * The clock counts flushes, but moves only when somebody recorded a stamp since it moved last, so
 * that CPUs which switch address spaces often do not fight over its cache line.  A CPU remembers
 * the clock's value from before its last full flush; a frame remembers the value from after its
 * last mapping was removed.  The flush came later for certain when the CPU's value is greater.
 * Frames keep 32 bits; the missing half is taken as the latest one possible, which can only make a
 * stamp look newer than it is.
 * Relies on smp_call and hw_tlb_flush_*; core/page.c and core/heap.c rely on it.  No locks.
 */
#include <xen/percpu.h>
#include <xen/smp.h>

u64 tlb_clock_now = 1;
u32 tlb_clock_read;	/* a stamp was taken since the clock moved */
DEFINE_PER_CPU(u64, tlb_flushed_at);	/* hw/entry.S writes it, too */

u64 tlb_flush_begin(void)
{
	/*
	 * The increment is a full barrier: a stamp read before it sees the old value, hence counts
	 * as older.
	 */
	if (READ_ONCE(tlb_clock_read)) {
		WRITE_ONCE(tlb_clock_read, 0);
		return __atomic_add_fetch(&tlb_clock_now, 1, __ATOMIC_SEQ_CST);
	}
	return __atomic_load_n(&tlb_clock_now, __ATOMIC_ACQUIRE);
}

void tlb_flush_end(u64 began)
{
	__atomic_store_n(&this_cpu(tlb_flushed_at), began, __ATOMIC_RELEASE);
}

void tlb_filter(cpumask_t *mask, u32 stamp)
{
	u64 now = __atomic_load_n(&tlb_clock_now, __ATOMIC_SEQ_CST);
	u64 full = (now & ~0xffffffffULL) | stamp;
	unsigned int cpu;

	if (full > now)
		full -= 1ULL << 32;
	for_each_cpu(cpu, mask)
		if (__atomic_load_n(&per_cpu(tlb_flushed_at, cpu), __ATOMIC_ACQUIRE) > full)
			cpumask_clear(mask, cpu);
}

static void flush_here(void *arg)
{
	u64 va = *(const u64 *)arg;

	if (va == TLB_ALL)
		hw_tlb_flush_local();
	else if (va == TLB_GLOBAL)
		hw_tlb_flush_local_all();
	else
		hw_tlb_flush_local_page(va);
}

void tlb_flush_mask(const cpumask_t *mask, u64 va)
{
	cpumask_t online;
	unsigned int first;

	cpumask_and(&online, mask, &cpu_online_map);
	first = cpumask_next(&online, 0);
	if (first == NR_CPUS)
		return;
	if (first == hw_cpu_id() && cpumask_next(&online, first + 1) == NR_CPUS) {
		unsigned long flags = hw_irq_save();

		flush_here(&va);
		hw_irq_restore(flags);
		return;
	}
	smp_call_why(PERFC_IPIS_TLB, &online, flush_here, &va, true);
}
