/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of C structures that assembly uses; compiled to text, of which the build makes
 * asm-offsets.h (each line "->NAME value" becomes a #define).  Never typed by hand anywhere.
 */
#include <hw/asm.h>
#include <xen/domain.h>
#include <xen/hypercall.h>
#include <xen/pv-guest.h>
#include <xen/x86.h>

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))

void asm_offsets(void);
void asm_offsets(void)
{
	OFFSET(REGS_r15, struct cpu_regs, r15);
	OFFSET(REGS_rax, struct cpu_regs, rax);
	OFFSET(REGS_rcx, struct cpu_regs, rcx);
	OFFSET(REGS_r11, struct cpu_regs, r11);
	OFFSET(REGS_rdi, struct cpu_regs, rdi);
	OFFSET(REGS_error_code, struct cpu_regs, error_code);
	OFFSET(REGS_vector, struct cpu_regs, vector);
	OFFSET(REGS_rip, struct cpu_regs, rip);
	OFFSET(REGS_cs, struct cpu_regs, cs);
	OFFSET(REGS_rflags, struct cpu_regs, rflags);
	OFFSET(REGS_rsp, struct cpu_regs, rsp);
	OFFSET(REGS_ss, struct cpu_regs, ss);
	DEFINE(REGS_SIZE, sizeof(struct cpu_regs));

	OFFSET(CI_vcpu, struct cpu_info, vcpu);
	OFFSET(CI_percpu_offset, struct cpu_info, percpu_offset);
	OFFSET(CI_scratch, struct cpu_info, scratch);
	OFFSET(CI_perfc_system_calls, struct cpu_info, perfc[PERFC_SYSTEM_CALLS]);
	OFFSET(CI_perfc_cr3_loads, struct cpu_info, perfc[PERFC_CR3_LOADS]);
	OFFSET(CI_perfc_hypercalls, struct cpu_info, perfc[PERFC_HYPERCALLS]);
	OFFSET(CI_perfc_page_faults, struct cpu_info, perfc[PERFC_EXCEPTIONS + 14]);
	DEFINE(CI_SIZE, sizeof(struct cpu_info));
	DEFINE(STACK_BYTES, STACK_SIZE);

	OFFSET(VCPU_domain, struct vcpu, domain);
	OFFSET(DOMAIN_vm_assist, struct domain, vm_assist);
	DEFINE(ASSIST_ARCHITECTURAL_IOPL, 1u << VMASST_TYPE_architectural_iopl);
	OFFSET(VCPU_pv, struct vcpu, pv);
	OFFSET(VCPU_info, struct vcpu, info);
	OFFSET(VCPU_nmi_pending, struct vcpu, nmi_pending);
	OFFSET(VINFO_upcall_pending, struct vcpu_info, evtchn_upcall_pending);
	OFFSET(VINFO_upcall_mask, struct vcpu_info, evtchn_upcall_mask);
	OFFSET(VINFO_cr2, struct vcpu_info, arch.cr2);

	OFFSET(PV_flags, struct pv_vcpu, flags);
	OFFSET(PV_kernel_sp, struct pv_vcpu, kernel_sp);
	OFFSET(PV_syscall_callback, struct pv_vcpu, syscall_callback);
	OFFSET(PV_syscall_disables_events, struct pv_vcpu, syscall_disables_events);
	OFFSET(PV_cr3_kernel, struct pv_vcpu, cr3_kernel);
	OFFSET(PV_cr3_user, struct pv_vcpu, cr3_user);
	DEFINE(PV_KERNEL_MODE_BIT, PV_KERNEL_MODE);
	OFFSET(PV_trap_pf_address, struct pv_vcpu, traps[TRAP_PF].address);
	OFFSET(PV_trap_pf_flags, struct pv_vcpu, traps[TRAP_PF].flags);
	DEFINE(TRAP_FLAG_MASKS, PV_TRAP_MASKS);

	OFFSET(IRET_rax, struct iret_context, rax);
	OFFSET(IRET_r11, struct iret_context, r11);
	OFFSET(IRET_rcx, struct iret_context, rcx);
	OFFSET(IRET_flags, struct iret_context, flags);
	OFFSET(IRET_rip, struct iret_context, rip);
	OFFSET(IRET_cs, struct iret_context, cs);
	OFFSET(IRET_rflags, struct iret_context, rflags);
	OFFSET(IRET_rsp, struct iret_context, rsp);
	OFFSET(IRET_ss, struct iret_context, ss);
	DEFINE(VGCF_IN_SYSCALL_BIT, VGCF_in_syscall);
	DEFINE(HYPERCALL_iret, __HYPERVISOR_iret);
	DEFINE(RFLAGS_GUEST_MAY, PV_RFLAGS_MAY);

	OFFSET(HYPERCALL_ROW_fn, struct hypercall_row, fn);
	OFFSET(HYPERCALL_ROW_right, struct hypercall_row, right);
	DEFINE(HYPERCALL_RIGHT_ANY, HYPERCALL_ANY);
	DEFINE(NR_HYPERCALLS, HYPERCALL_ROWS);
	DEFINE(HYPERCALL_ROW_SHIFT, HYPERCALL_ROW_BITS);
	BUILD_CHECK(sizeof(struct hypercall_row) == 1 << HYPERCALL_ROW_BITS);
	BUILD_CHECK((HYPERCALL_ROWS & (HYPERCALL_ROWS - 1)) == 0);

	BUILD_CHECK(offsetof(struct cpu_info, guest_regs) == 0);
	BUILD_CHECK(offsetof(struct vcpu, regs) == 0);
	BUILD_CHECK(sizeof(struct cpu_info) % 16 == 8); /* end of guest_regs is 16-byte aligned */
	BUILD_CHECK((sizeof(struct cpu_info) - sizeof(struct cpu_regs)) % 16 == 0);
}
