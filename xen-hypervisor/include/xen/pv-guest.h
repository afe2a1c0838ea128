/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest/pv files offer each other and the hypercalls: bouncing to the guest's kernel,
 * modes, contexts.
 */
#ifndef XEN_PV_GUEST_H
#define XEN_PV_GUEST_H

#include <public/xen.h>
#include <xen/cpuregs.h>
#include <xen/domain.h>
#include <xen/pv.h>

static inline bool pv_in_kernel(const struct vcpu *v) { return v->pv->flags & PV_KERNEL_MODE; }

/* Flips between guest kernel and guest user: GS bases and address space. For the current vCPU. */
void pv_toggle_mode(struct vcpu *v);

/*
 * Makes the current vCPU continue at `address` of its kernel, with the interrupted state on the
 * kernel's stack as the ABI says. The vCPU's domain is crashed when the stack can't be written.
 */
#define BOUNCE_ERROR_CODE 1
#define BOUNCE_DISABLE_EVENTS 2
void pv_bounce(struct vcpu *v, u64 address, unsigned int flags, u32 error_code);

/* An exception of vector `vector` happens to the current vCPU. */
void pv_inject(struct vcpu *v, unsigned int vector, u32 error_code);
void pv_inject_page_fault(struct vcpu *v, u64 address, u32 error_code);

/*
 * Privileged instructions that faulted: 0 done (rip advanced), or -XEN_E* (the guest gets the
 * exception).
 */
int pv_emulate_privileged(struct vcpu *v, struct cpu_regs *regs);
/* "ud2; xen; cpuid" and other invalid-opcode services: true when handled. */
bool pv_emulate_forced(struct vcpu *v, struct cpu_regs *regs);

/* What CPUID shows a PV guest. */
void pv_cpuid(struct vcpu *v, u32 leaf, u32 sub, u32 *r);
int pv_rdmsr(struct vcpu *v, u32 msr, u64 *val);
int pv_wrmsr(struct vcpu *v, u32 msr, u64 val);
int pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 value);
void pv_load_debugregs(const struct pv_vcpu *pv);	/* all of them, for the current vCPU */
u64 pv_read_cr4(struct vcpu *v);

/* Context of a vCPU as VCPUOP_initialise and DOMCTL_setvcpucontext give it. */
int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c);

/* Context switch, called by hw/context.c with interrupts off. */
void pv_switch_out(struct vcpu *v);
void pv_switch_in(struct vcpu *v);
void pv_load_segments(struct vcpu *v);

void pv_dump_guest(struct vcpu *v);

/*
 * The stack on which the guest's kernel is entered.  hw/entry.S writes there without looking at the
 * address, so one that leads anywhere near the hypervisor is replaced by one that faults; the guest
 * is then crashed as for any stack that cannot be written.
 */
void pv_set_kernel_stack(struct pv_vcpu *pv, u64 ss, u64 sp);

/*
 * Fills a page that is the caller's to write; or a frame of d's, by number: 0, -XEN_EACCES (not
 * d's, or in use as a table), -XEN_ERESTART.
 */
void pv_fill_hypercall_page(void *page);
int pv_init_hypercall_page(struct domain *d, u64 frame);

/*
 * rflags a guest may run with, from what it asks for: some bits are its own to choose, the rest is
 * as it must be.  hw/entry.S does the same.
 */
#define PV_RFLAGS_MAY                                                                              \
	(0x3fffffu & ~(EFLAGS_IOPL | EFLAGS_VM | EFLAGS_VIF | EFLAGS_VIP | EFLAGS_NT))
u64 pv_clean_rflags(u64 rflags);

#endif
