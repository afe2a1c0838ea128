/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC (Intel SDM volume 3, chapter 11): mode, interrupts to other CPUs, end of
 * interrupt.
 *
 * x2APIC is used where the processor has it: ids above 255 need it, and its register writes are one
 * MSR write without waiting.
 */
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/hw.h>
#include <xen/log.h>

bool apic_x2;
u32 cpu_apic_id[NR_CPUS];
static volatile u32 *regs;

u32 apic_read(u32 reg) { return apic_x2 ? (u32)hw_rdmsr(0x800 + (reg >> 4)) : regs[reg / 4]; }

void apic_write(u32 reg, u32 v)
{
	if (apic_x2)
		hw_wrmsr(0x800 + (reg >> 4), v);
	else
		regs[reg / 4] = v;
}

void apic_eoi(void) { apic_write(APIC_EOI, 0); }

u32 apic_own_id(void) { return apic_x2 ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24; }

void apic_icr_wait(void)
{
	while (!apic_x2 && (regs[APIC_ICR / 4] & (1 << 12)))
		hw_pause();
}

void apic_icr(u32 apic_id, u32 icr)
{
	unsigned long flags = hw_irq_save();

	if (apic_x2) {
		/*
		 * An x2APIC write is not serialising: what the target is to see must be visible
		 * before it.
		 */
		__asm__ volatile("mfence; lfence" ::: "memory");
		hw_wrmsr(0x830, (u64)apic_id << 32 | icr);
	} else {
		apic_icr_wait();
		regs[APIC_ICR2 / 4] = apic_id << 24;
		regs[APIC_ICR / 4] = icr;
	}
	hw_irq_restore(flags);
}

void apic_ipi(unsigned int cpu, u8 vector) { apic_icr(cpu_apic_id[cpu], vector); }

void apic_init(void)
{
	u64 base = hw_rdmsr(MSR_APIC_BASE);

	apic_x2 = cpu_features.x2apic;
	if (!apic_x2) {
		regs = hw_map_device(_maddr(base & 0xffffff000), PAGE_SIZE, false);
		if (!regs)
			panic("the local APIC at %#lx cannot be mapped",
			      (unsigned long)(base & 0xffffff000));
	}
	apic_cpu_init();
	log_notice("apic: %s mode, this processor's id is %#x", apic_x2 ? "x2APIC" : "xAPIC",
		   apic_own_id());
}

void apic_cpu_init(void)
{
	u64 base = hw_rdmsr(MSR_APIC_BASE) | 1 << 11;

	hw_wrmsr(MSR_APIC_BASE, base);
	if (apic_x2)
		hw_wrmsr(MSR_APIC_BASE, base | 1 << 10);
	apic_write(APIC_SVR, 0x100 | VECTOR_SPURIOUS);
	if (!apic_x2) {
		apic_write(APIC_DFR, 0xffffffff);
		apic_write(APIC_LDR, 0);
	}
	apic_write(APIC_TPR, 0);
	/* Left-over interrupts of the firmware: acknowledge all that is in service. */
	for (unsigned int i = 0; i < 8; i++)
		for (u32 isr = apic_read(APIC_ISR + i * 0x10); isr; isr &= isr - 1)
			apic_eoi();
	apic_write(APIC_LVT_TIMER, 1 << 16 | VECTOR_TIMER);
	apic_write(APIC_LVT_LINT0, 1 << 16);
	apic_write(APIC_LVT_LINT1, 4 << 8); /* NMI */
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_ESR, 0);
}
