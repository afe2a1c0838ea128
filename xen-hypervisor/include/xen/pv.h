/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State of a paravirtual guest: what the guest registered, its address space, its descriptor
 * windows. Owned by guest/pv; assembly offsets are generated from struct pv_vcpu.
 */
#ifndef XEN_PV_H
#define XEN_PV_H

#include <public/xen.h>
#include <xen/lock.h>
#include <xen/types.h>

struct domain;
struct page_info;
struct vcpu;
struct vcpu_guest_context;

/* flags: bits 0-1 DPL, bit 2 disables events (TI_GET_*) */
#define PV_TRAP_MASKS 4
struct pv_trap { u64 address; u16 cs; u8 flags; };

struct pv_vcpu {
	/* Hot in the entry code. */
	u64 flags;			/* PV_KERNEL_MODE, ... */
	u64 kernel_sp;			/* stack_switch; ss in kernel_ss */
	u64 syscall_callback;		/* CALLBACKTYPE_syscall */
	u64 event_callback, failsafe_callback, nmi_callback, syscall32_callback, sysenter_callback;
	/* machine addresses of the two top-level tables; user 0: none */
	u64 cr3_kernel, cr3_user;
	u64 cr3_pcid;			/* spare for PCID */
	u16 kernel_ss;
	bool syscall_disables_events, failsafe_disables_events, syscall32_disables_events,
		sysenter_disables_events;

	/* Segment bases (guest's kernel and user GS; FS). Kept current at context switch. */
	u64 fs_base, gs_base_kernel, gs_base_user;
	u16 ds, es, fs, gs;

	/* Tables the vCPU runs on (mfn + reference held). */
	struct page_info *kernel_table, *user_table;
	struct page_info *dropped_table; /* half taken apart: pv_finish_dropped() */

	/* Traps. */
	struct pv_trap traps[256];

	/* Descriptors. */
	unsigned int desc_slot;		/* index of the vCPU's window in layout slot 259 */
	unsigned int gdt_entries, ldt_entries;
	u64 ldt_base;			/* guest virtual address; pages are mapped on first use */
	u64 gdt_frames[16];
	struct page_info *ldt_pages[16]; /* mapped in the window; ldt_lock */
	spinlock_t ldt_lock;

	/* Control registers and debug registers as the guest sees them. */
	u64 ctrlreg[8];
	u64 dr[8];			/* dr[0..3], dr[6], dr[7] */
	u8 iopl;
	void *iobitmap;			/* NULL: none; guest virtual address in iobitmap_va */
	u64 iobitmap_va, iobitmap_bits;

	/* FPU. */
	void *xsave_area;		/* 64-byte aligned */
	u64 xcr0, xcr0_accum;		/* now, and all that was ever on */
	u32 tsc_aux;
	unsigned int fpu_cpu;		/* CPU on which it was saved last */
	bool fpu_replaced;		/* the area was written since: registers are not it */
};

#define PV_KERNEL_MODE 1ull	/* the guest's kernel, not user, is running */

struct pv_domain {
	u64 flags;
	/* E820 map of XENMEM_set_memory_map, entries of 20 bytes; d->page_lock. NULL: none. */
	void *e820;
	unsigned int nr_e820;
	/* feature bits not shown to it (xen/cpupolicy.h); set before it runs */
	u32 cpuid_hidden[13];
};


/* --- mm: guest/pv/pagetable.c and friends, used by context code --- */
/*
 * Makes a frame the vCPU's kernel or user top-level table (typed PAGE_L4, reference held);
 * preemptible.
 */
int pv_set_kernel_table(struct vcpu *v, mfn_t l4);
int pv_set_user_table(struct vcpu *v, mfn_t l4);	/* mfn 0: none */
/* Lets go of both; v does not run.  Its CPUs are flushed first. */
void pv_drop_tables(struct vcpu *v);
/*
 * pv_domain_relinquish()'s part for the mm: tables and descriptors of every vCPU, E820 map; 0 or
 * -XEN_ERESTART.
 */
int pv_mm_relinquish(struct domain *d);
/* Loads v's current table into CR3 of this CPU if v is current (hw). */
void pv_load_cr3(struct vcpu *v);
/*
 * The same for v, which is current, when only its mode changed: translations of both modes may be
 * kept.
 */
void pv_switch_table(struct vcpu *v);
/*
 * v's user table was chosen anew: none of its former translations is used at the next return to
 * user mode.
 */
void pv_user_table_chosen(struct vcpu *v);
/* A new L4's hypervisor slots (hw fills slots HV_FIRST_SLOT..HV_LAST_SLOT from the idle table). */
void hw_fill_hv_slots(u64 *l4);
/* Loads LDTR of this CPU for v, which is current (hw context code). */
void pv_load_ldt(struct vcpu *v);
/* MMUEXT_SET_LDT and the like: 0 or -XEN_EINVAL. v is current or does not run. */
int pv_set_ldt(struct vcpu *v, u64 base, unsigned int entries);
/*
 * Descriptor check: is this 8-byte descriptor acceptable in a guest GDT/LDT (fixes up what may be
 * fixed)?
 */
bool pv_descriptor_ok(u64 *desc);
/* Installs the vCPU's GDT from frames already checked for ownership; returns 0 or -XEN_E*. */
int pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries);
void pv_drop_gdt(struct vcpu *v);
/* forgets lazily mapped LDT pages; returns with them unmapped on all CPUs */
void pv_drop_ldt(struct vcpu *v);
/* #PF in the LDT window: map the page if the guest's LDT covers it. True when handled. */
bool pv_map_ldt_page(struct vcpu *v, unsigned int offset);
/*
 * Maps/unmaps a frame at index (0-15 GDT, 16-31 LDT) of a vCPU's window (hw). pte flags: present,
 * accessed, RW as needed.
 */
void hw_desc_map(unsigned int slot, unsigned int index, mfn_t m, bool writable);
void hw_desc_unmap(unsigned int slot, unsigned int index);
int hw_desc_alloc_slot(unsigned int *ret_slot);
void hw_desc_free_slot(unsigned int slot);

/*
 * Page fault on a guest table that the mm wants to handle itself (writable page-table emulation,
 * spurious): true = handled, retry.
 */
bool pv_fixup_fault(struct vcpu *v, u64 va, u32 error_code);
void pv_dump_walk(struct vcpu *v, u64 va);	/* prints the page walk */

/* --- guest/pv/context.c: what core calls --- */
/*
 * VCPUOP_initialise and XEN_DOMCTL_setvcpucontext: gives a vCPU that is down its whole register
 * context.  The record is the hypervisor's own copy.  0 or -XEN_E* (preemption: -XEN_ERESTART).
 */
int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
/*
 * Prints the guest's registers and stack to the log; called when a domain crashes with v current.
 */
void pv_dump_guest(struct vcpu *v);

#endif
