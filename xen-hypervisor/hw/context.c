/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching this CPU from one vCPU to another.  The old one's registers go from the top of the
 * stack to its structure, the new one's the other way; then the stack is thrown away.  Interrupts
 * are off throughout.
 *
 * Order matters: the new address space is loaded before sched_switch_done() lets the old vCPU run
 * elsewhere, and the old one's dirty bit for this CPU is cleared only when its table is no longer
 * loaded here.
 */
#include <xen/domain.h>
#include <xen/hw.h>
#include <xen/pv-guest.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/speculation.h>
#include <xen/heap.h>

static void NORETURN idle_loop(void)
{
	for (;;) {
		hw_irq_disable();
		if (!softirq_pending(hw_cpu_id())) {
			if (heap_dirty_count()) {
				hw_irq_enable();
				heap_scrub_some(8);
				continue;
			}
			/*
			 * STI takes effect after HLT begins, so an interrupt between the two wakes
			 * it.
			 */
			__asm__ volatile("sti; hlt" ::: "memory");
			continue;
		}
		hw_irq_enable();
		softirq_run();
	}
}

static bool is_idle(const struct vcpu *v) { return v->domain == idle_domain; }

void hw_context_switch(struct vcpu *prev, struct vcpu *next)
{
	unsigned int cpu = hw_cpu_id();

	perfc_inc(PERFC_CONTEXT_SWITCHES);
	if (!is_idle(prev))
		pv_switch_out(prev);
	hw_cpu_info()->vcpu = next;
	if (is_idle(next)) {
		u64 began = tlb_flush_begin();

		perfc_inc(PERFC_CONTEXT_SWITCHES_IDLE);
		hw_load_gdt_window(cpu);
		hw_load_ldt_window(cpu, 0);
		hw_load_table(mfn_x(hv_l4_mfn) << PAGE_SHIFT, PCID_IDLE);
		tlb_flush_end(began);
	} else {
		cpumask_set(&next->dirty_cpus, cpu);
		pv_load_cr3(next);
		pv_switch_in(next);
		if (spec_ibpb)
			speculation_switch(next->domain->id);
	}
	if (!is_idle(prev))
		cpumask_clear(&prev->dirty_cpus, cpu);
	sched_switch_done(prev);
	if (is_idle(next))
		hw_enter_idle(idle_loop);
	hw_enter_guest();
}

/* A CPU's first entry into its idle vCPU, at the end of its start-up. */
void hw_start_idle(void)
{
	hw_enter_idle(idle_loop);
}
