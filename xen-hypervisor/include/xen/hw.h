/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine: processor features, control registers, model-specific registers, host page tables,
 * devices. For hw/ itself and for the guest layers that show a guest a part of it.  Not available
 * in host tests.
 */
#ifndef XEN_HW_H
#define XEN_HW_H

#include <hw/asm.h>
#include <xen/cpufeatures.h>
#include <xen/perfc.h>
#include <xen/types.h>
#include <xen/x86.h>

/* --- registers --- */
static inline u64 hw_rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | (u64)hi << 32;
}
static inline void hw_wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}
static inline u64 hw_rdtsc(void)
{
	u32 lo, hi;

	/* LFENCE keeps the read from moving before what came earlier in program order. */
	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return lo | (u64)hi << 32;
}
static inline void hw_cpuid(u32 leaf, u32 sub, u32 *r)
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "0"(leaf), "2"(sub));
}
#define HW_CR_ACCESS(n)                                                                            \
	static inline u64 hw_read_cr##n(void)                                                      \
	{                                                                                          \
		u64 v;                                                                             \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory");                        \
		return v;                                                                          \
	}                                                                                          \
	static inline void hw_write_cr##n(u64 v)                                                   \
	{                                                                                          \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory");                           \
	}
HW_CR_ACCESS(0)
HW_CR_ACCESS(2)
HW_CR_ACCESS(3)
HW_CR_ACCESS(4)
static inline void hw_outb(u16 port, u8 v) { __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port)); }
static inline void hw_outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}
static inline void hw_outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}
static inline u8 hw_inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline u16 hw_inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline u32 hw_inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
int hw_rdmsr_safe(u32 msr, u64 *val);
int hw_wrmsr_safe(u32 msr, u64 val);
int hw_read_u64_safe(u64 *dst, const u64 *src);
int hw_xrstor_safe(void *area, u64 mask);
int hw_fxrstor_safe(void *area);
int hw_xsetbv_safe(u32 index, u64 val);
void hw_load_ds(u16 sel);
void hw_load_es(u16 sel);
void hw_load_fs(u16 sel);
void hw_load_gs(u16 sel); /* changes GS_BASE as any load of GS does */

/*
 * --- address spaces and process-context identifiers ---
 *
 * Where the processor has PCID and INVPCID (hw_pcid), the idle table and the current vCPU's kernel
 * and user tables have identifiers of their own, so that a system call and its return, which change
 * the table, keep the translations of both (bit 63 of CR3).  The identifiers do not tell vCPUs
 * apart.  Hence these rules:
 *  - a load that brings another vCPU's table, the idle table, or a table that a vCPU has newly
 *    chosen, flushes every identifier: hw_load_table();
 *  - only a change of the current vCPU's mode keeps translations: hw_switch_table(), and hw/entry.S
 *    for system calls and returns;
 *  - every flush (xen/smp.h) acts on all identifiers.
 * Without PCID both loads flush.
 */
#define PCID_IDLE 0
#define PCID_GUEST_KERNEL 1
#define PCID_GUEST_USER 2
#define CR3_KEEP (1ULL << 63)
#define INVPCID_ADDRESS 0UL
#define INVPCID_CONTEXT 1UL
#define INVPCID_ALL_GLOBAL 2UL
#define INVPCID_ALL 3UL
extern bool hw_pcid;
/* What hw/entry.S adds to a kernel's and a user's table: 0 without PCID. */
extern u64 hw_cr3_kernel_bits, hw_cr3_user_bits;
static inline void hw_invpcid(u64 type, u64 pcid, u64 va)
{
	u64 descriptor[2] = { pcid, va };

	__asm__ volatile("invpcid %0, %1" ::"m"(descriptor), "r"(type) : "memory");
}
/* After it no translation but global ones is left from before; interrupts off. */
static inline void hw_load_table(u64 table, unsigned int pcid)
{
	perfc_inc(PERFC_CR3_LOADS);
	if (!hw_pcid) {
		hw_write_cr3(table);
		return;
	}
	/*
	 * In this order: nothing can be added for an identifier whose table is not loaded any more.
	 */
	hw_write_cr3(table | pcid | CR3_KEEP);
	hw_invpcid(INVPCID_ALL, 0, 0);
}
static inline void hw_switch_table(u64 table, unsigned int pcid)
{
	perfc_inc(PERFC_CR3_LOADS);
	hw_write_cr3(hw_pcid ? table | pcid | CR3_KEEP : table);
}

/* --- processor features of the boot CPU; others have all that is in use (hw/cpu.c) --- */
extern struct cpu_features cpu_features;
/* boot CPU; panics on a machine that cannot run the hypervisor */
void hw_cpu_detect(void);
/*
 * What the calling CPU lacks of what the boot CPU has and somebody uses; NULL: it may join.  Before
 * hw_cpu_init(), which relies on it.
 */
const char *hw_cpu_lacks(void);
void hw_cpu_init(void);			/* each CPU: control registers, MSRs, SYSCALL */
void hw_alternatives_apply(void);
u64 hw_cr4_base(void);			/* CR4 the hypervisor runs with */

/* --- descriptor tables (hw/desc.c) --- */
void hw_idt_init(void);
void hw_desc_cpu_init(unsigned int cpu);	/* GDT page, TSS, LSTAR of the calling CPU */
/* GDTR to a vCPU's (or, below NR_CPUS, an idle CPU's) window */
void hw_load_gdt_window(unsigned int slot);
void hw_load_ldt_window(unsigned int slot, unsigned int entries);

/* --- host page tables (hw/maps.c, hw/pagetable.c) --- */
#define HW_PTE_TABLE (PTE_P | PTE_RW | PTE_A | PTE_US)
void hw_pagetable_init(void);
void hw_pagetable_heap_ready(void);	/* from here on tables come from the heap */
extern u64 *hv_l4;			/* the idle table */
extern mfn_t hv_l4_mfn;
/*
 * Maps device memory, uncached unless `wc`; NULL when the window is full. There is no unmapping:
 * devices stay.
 */
void *hw_map_device(maddr_t start, u64 size, bool wc);
/* Maps one frame at a fixed address of the hypervisor's slots. */
void hw_map_page(u64 va, mfn_t m, u64 flags);
void hw_unmap_page(u64 va);
/*
 * Boot: maps machine memory [start, end), whole pages, at va with the largest pages that fit.  What
 * is mapped there already stays as it is: firmware's ranges may share pages or overlap.
 */
void hw_map_range(u64 va, u64 start, u64 end, u64 flags);
void hw_pagetable_finish(void);		/* end of boot: identity map goes, W^X of the image */
u64 *hw_walk_l1(u64 va, bool create);	/* entry of a hypervisor address */

/* --- boot (hw/boot-info.c) --- */
void hw_map_cpu_area(unsigned int cpu);
unsigned long hw_cpu_area(unsigned int cpu);

/* --- entry and context --- */
void hw_enter_guest(void) NORETURN;
void hw_enter_idle(void (*fn)(void)) NORETURN;
void hw_switch_stack(unsigned long sp, void (*fn)(void)) NORETURN;
void hw_start_idle(void) NORETURN;
void hw_dump_regs(const struct cpu_regs *regs);
void hw_dump_stack(const struct cpu_regs *regs);
void hw_dump_own_stack(void);
/* panic() with the registers of where it happened; NMI, #DF and #MC included. */
void panic_regs(const struct cpu_regs *regs, const char *fmt, ...) PRINTF_FORMAT(2, 3) NORETURN;

#endif
