/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake machine's half of what hw/include/hw/asm.h promises: same names, for sources of lib,
 * core and guest built as an ordinary program.  A "CPU" is a thread that called host_cpu_start();
 * the interrupt flag is a variable; memory is one anonymous mapping of host_machine_init() frames.
 * Sources: the folder hw-host.
 */
#ifndef HW_ASM_H
#define HW_ASM_H

#include <xen/cpuregs.h>
#include <xen/layout.h>
#include <xen/perfc-table.h>
#include <xen/types.h>

struct vcpu;
struct page_info;

struct cpu_info {
	struct cpu_regs guest_regs;
	struct vcpu *vcpu;
	unsigned long percpu_offset;
	u32 cpu;
	u32 flags;
	u64 cr4;
	u64 scratch;
	u32 perfc[PERFC_VALUES];
	bool irqs_off;
};

extern _Thread_local struct cpu_info host_cpu_info;

static inline struct cpu_info *hw_cpu_info(void) { return &host_cpu_info; }
static inline struct vcpu *current_vcpu(void) { return host_cpu_info.vcpu; }
#define current (current_vcpu())
static inline unsigned int hw_cpu_id(void) { return host_cpu_info.cpu; }
static inline struct cpu_regs *hw_guest_regs(void) { return &host_cpu_info.guest_regs; }

/* A name that is a C identifier, so that the linker gives us the section's bounds. */
#define HW_PERCPU_SECTION "host_percpu"
extern unsigned long hw_percpu_offsets[];
static inline unsigned long hw_this_percpu_offset(void) { return host_cpu_info.percpu_offset; }
static inline unsigned long hw_percpu_offset(unsigned int cpu) { return hw_percpu_offsets[cpu]; }

/* There are more "CPUs" than processors: whoever waits lets the others run. */
int sched_yield(void);
static inline void hw_pause(void) { sched_yield(); }
static inline void hw_irq_disable(void) { host_cpu_info.irqs_off = true; }
static inline void hw_irq_enable(void) { host_cpu_info.irqs_off = false; }
static inline unsigned long hw_irq_save(void)
{
	unsigned long flags = host_cpu_info.irqs_off ? 0 : 0x200;

	host_cpu_info.irqs_off = true;
	return flags;
}
static inline void hw_irq_restore(unsigned long flags)
{
	host_cpu_info.irqs_off = !(flags & 0x200);
}
static inline bool hw_irqs_enabled(void) { return !host_cpu_info.irqs_off; }

extern struct page_info *host_frame_table;
extern void *host_direct_map;
extern u64 *host_m2p;

static inline struct page_info *hw_frame_table(void) { return host_frame_table; }
static inline void *hw_direct_map(void) { return host_direct_map; }
static inline u64 *hw_m2p(void) { return host_m2p; }

#endif
