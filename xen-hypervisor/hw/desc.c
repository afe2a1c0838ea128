/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptor tables: the IDT that all CPUs share, and each CPU's TSS and its page of the GDT.
 *
 * GDT page 14 holds the descriptors that the hypervisor and the ABI need.  Each CPU has its own
 * such page, because of its own TSS; it appears at index 14 of the window (layout.h slot 259) of
 * whatever vCPU runs there.
 */
#include <hw/percpu-layout.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/percpu.h>
#include <xen/pv.h>

struct idt_gate { u16 offset0, sel; u8 ist, flags; u16 offset1; u32 offset2, zero; };
struct tss {
	u32 reserved0;
	u64 rsp[3], reserved1, ist[7], reserved2;
	u16 reserved3, iomap;
} PACKED;
struct desc_ptr { u16 limit; u64 base; } PACKED;

static struct idt_gate idt[256] ALIGNED(4096);
DEFINE_PER_CPU(u64 *, gdt_page);

extern void *exc_table[32];
extern char irq_stubs[], exc_int80[];

enum { IST_NONE, IST_DF, IST_NMI, IST_MC, IST_DB };

static void gate_set(unsigned int vector, u64 handler, unsigned int ist, unsigned int dpl)
{
	idt[vector] = (struct idt_gate){
		.offset0 = handler, .sel = SEL_HV_CS, .ist = ist, .flags = 0x8e | dpl << 5,
		.offset1 = handler >> 16, .offset2 = handler >> 32,
	};
}

void hw_idt_init(void)
{
	for (unsigned int v = 0; v < 32; v++) {
		if (!exc_table[v])
			continue;
		gate_set(v, (u64)exc_table[v],
			 v == TRAP_DF  ? IST_DF :
			 v == TRAP_NMI ? IST_NMI :
			 v == TRAP_MC  ? IST_MC :
			 v == TRAP_DB  ? IST_DB :
					 0,
			 v == TRAP_BP || v == TRAP_OF ? 3 : 0);
	}
	for (unsigned int v = 32; v < 256; v++)
		gate_set(v, (u64)irq_stubs + (v - 32) * 16, 0, 0);
	gate_set(VECTOR_INT80, (u64)exc_int80, 0, 3);
}

static void gdt_page_fill(u64 *gdt, u64 tss_va)
{
#define AT(sel) gdt[((sel) & 0xfff) / 8]
	AT(SEL_HV_CS) = 0x00af9b000000ffff;
	AT(SEL_HV_DS) = 0x00cf93000000ffff;
	AT(SEL_GUEST_CS32) = 0x00cffb000000ffff;
	AT(SEL_GUEST_DS) = 0x00cff3000000ffff;
	AT(SEL_GUEST_CS64) = 0x00affb000000ffff;
	AT(SEL_TSS) = (sizeof(struct tss) - 1) | (tss_va & 0xffffff) << 16 | 0x89ULL << 40 |
		      (tss_va >> 24 & 0xff) << 56;
	AT(SEL_TSS + 8) = tss_va >> 32;
#undef AT
}

static u64 window_va(unsigned int slot)
{
	return DESC_START + (u64)slot * DESC_WINDOW_PAGES * PAGE_SIZE;
}

void hw_load_gdt_window(unsigned int slot)
{
	struct desc_ptr p = { (GDT_RESERVED_PAGE + 1) * PAGE_SIZE - 1, window_va(slot) };

	hw_desc_map(slot, GDT_RESERVED_PAGE, virt_to_mfn(this_cpu(gdt_page)), true);
	__asm__ volatile("lgdt %0" ::"m"(p));
}

void hw_load_ldt_window(unsigned int slot, unsigned int entries)
{
	u64 base = window_va(slot) + 16 * PAGE_SIZE,
	    *d = &this_cpu(gdt_page)[(SEL_LDT & 0xfff) / 8];

	if (!entries) {
		__asm__ volatile("lldt %w0" ::"r"(0));
		return;
	}
	d[0] = (entries * 8 - 1) | (base & 0xffffff) << 16 | 0x82ULL << 40 |
	       (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
	__asm__ volatile("lldt %w0" ::"r"(SEL_LDT) : "memory");
}

void hw_desc_cpu_init(unsigned int cpu)
{
	unsigned long area = hw_cpu_area(cpu);
	struct tss *tss = (struct tss *)(area + PERCPU_TSS);
	struct desc_ptr idtr = { sizeof(idt) - 1, (u64)idt };
	u64 *gdt = heap_alloc_virt(0, HEAP_ZERO);

	if (!gdt)
		panic("no memory for the descriptors of CPU %u", cpu);
	tss->rsp[0] = area + PERCPU_STACK_TOP - sizeof(struct cpu_info) + sizeof(struct cpu_regs);
	tss->ist[IST_DF - 1] = area + PERCPU_STACK_DF + PAGE_SIZE;
	tss->ist[IST_NMI - 1] = area + PERCPU_STACK_NMI + PAGE_SIZE;
	tss->ist[IST_MC - 1] = area + PERCPU_STACK_MC + PAGE_SIZE;
	tss->ist[IST_DB - 1] = area + PERCPU_STACK_DB + PAGE_SIZE;
	tss->iomap = sizeof(*tss);
	gdt_page_fill(gdt, (u64)tss);
	this_cpu(gdt_page) = gdt;
	hw_load_gdt_window(cpu);
	__asm__ volatile("push %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:" ::"i"(SEL_HV_CS)
			 : "rax", "memory");
	__asm__ volatile("mov %0, %%ss; mov %1, %%ds; mov %1, %%es; mov %1, %%fs; mov %1, %%gs"
			 ::"r"(0), "r"(0));
	__asm__ volatile("ltr %w0" ::"r"(SEL_TSS));
	__asm__ volatile("lidt %0" ::"m"(idtr));
	hw_load_ldt_window(cpu, 0);

	hw_wrmsr(MSR_LSTAR, area + PERCPU_STUB + STUB_SYSCALL);
	hw_wrmsr(MSR_CSTAR, area + PERCPU_STUB + STUB_SYSCALL32);
	hw_wrmsr(MSR_STAR, (u64)SEL_GUEST_CS32 << 48 | (u64)SEL_HV_CS << 32);
	hw_wrmsr(MSR_SFMASK, EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_DF | EFLAGS_IF | EFLAGS_TF |
				     EFLAGS_AC | EFLAGS_IOPL);
	/* SYSENTER in a guest must not find an old entry: a null selector makes it fault. */
	hw_wrmsr(MSR_SYSENTER_CS, 0);
	hw_wrmsr(MSR_SYSENTER_EIP, 0);
	hw_wrmsr(MSR_SYSENTER_ESP, 0);
}
