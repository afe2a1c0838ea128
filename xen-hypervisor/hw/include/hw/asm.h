/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every layer needs of the machine inline: interrupt flag, pause, current vCPU, per-CPU
 * addressing.
 *
 * Each CPU has one stack, STACK_SIZE bytes and so aligned; struct cpu_info lies at its top, so the
 * stack pointer alone leads to everything per CPU, in every context, NMIs included.
 * hw-host/include/hw/asm.h has the same names for host tests.
 */
#ifndef HW_ASM_H
#define HW_ASM_H

#include <xen/cpuregs.h>
#include <xen/layout.h>
#include <xen/perfc-table.h>
#include <xen/types.h>

#define STACK_ORDER 3
#define STACK_SIZE (4096UL << STACK_ORDER)

struct vcpu;
struct page_info;

/* Top of every CPU's stack.  The guest's registers are saved at guest_regs. */
struct cpu_info {
	struct cpu_regs guest_regs;
	/* guest_regs must end 16-byte aligned for the processor's push */
	u64 pad;
	struct vcpu *vcpu;
	unsigned long percpu_offset;
	u32 cpu;
	u32 flags;
	u64 cr4;
	u64 scratch;
	u32 perfc[PERFC_VALUES]; /* xen/perfc.h */
};

static inline struct cpu_info *hw_cpu_info(void)
{
	unsigned long sp;

	/* Not volatile: within a function the answer never changes. */
	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
}

static inline struct vcpu *current_vcpu(void) { return hw_cpu_info()->vcpu; }
#define current (current_vcpu())
static inline unsigned int hw_cpu_id(void) { return hw_cpu_info()->cpu; }
static inline struct cpu_regs *hw_guest_regs(void) { return &hw_cpu_info()->guest_regs; }

#define HW_PERCPU_SECTION ".data.percpu"
extern unsigned long hw_percpu_offsets[];
static inline unsigned long hw_this_percpu_offset(void) { return hw_cpu_info()->percpu_offset; }
static inline unsigned long hw_percpu_offset(unsigned int cpu) { return hw_percpu_offsets[cpu]; }

static inline void hw_pause(void) { __asm__ volatile("pause" ::: "memory"); }
static inline void hw_irq_disable(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void hw_irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }
static inline unsigned long hw_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0; cli" : "=r"(flags)::"memory");
	return flags;
}
static inline void hw_irq_restore(unsigned long flags)
{
	if (flags & 0x200)
		hw_irq_enable();
}
static inline bool hw_irqs_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags));
	return flags & 0x200;
}

static inline struct page_info *hw_frame_table(void)
{
	return (struct page_info *)FRAMETABLE_START;
}
static inline void *hw_direct_map(void) { return (void *)DIRECTMAP_START; }
static inline u64 *hw_m2p(void) { return (u64 *)M2P_RW_START; }

#endif
