/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every way into the hypervisor and the one way back to a guest.
 *
 * In: exceptions and interrupts through the IDT, SYSCALL through the per-CPU stub page.  A guest's
 * registers are always saved at the top of the CPU's stack (struct cpu_info.guest_regs), so while
 * they are complete rsp points to struct cpu_info.  Out: exit_to_guest, which first runs softirqs
 * and delivers events.  The stack is then empty but for the guest's frame, which is why a vCPU can
 * be switched there without keeping a stack of its own.
 *
 * GS and FS belong to the guest; the hypervisor never uses them.  KERNEL_GS_BASE holds the GS base
 * of the guest mode (kernel or user) that does not run, so changing the mode costs one SWAPGS.
 */
#include "asm-offsets.h"
#include <hw/percpu-layout.h>
#include <xen/asm-macros.h>
#include <xen/layout.h>
#include <xen/x86.h>

	.code64

/*
 * The stub page, mapped at PERCPU_STUB of every CPU's area: SYSCALL changes neither the stack nor
 * any register that could lead to per-CPU data, but the address it jumps to is per CPU.
 * Displacements are counted from the end of each instruction (7 bytes long), hence the small
 * numbers.
 */
#define CPU_INFO_OFF (PERCPU_STACK_TOP - CI_SIZE)
#define STUB_BODY(off)							\
	mov %rsp, (CPU_INFO_OFF + CI_scratch - (off) - 7)(%rip);	\
	lea (CPU_INFO_OFF + REGS_SIZE - (off) - 14)(%rip), %rsp;	\
	jmp *0(%rip)

	.section .text.stub, "ax"
	.org STUB_SYSCALL
	STUB_BODY(STUB_SYSCALL)
	.quad syscall_entry
	.org STUB_SYSCALL32
	STUB_BODY(STUB_SYSCALL32)
	.quad syscall32_entry

	.text

/*
 * The frame that the processor would push for an interrupt; rsp = end of guest_regs, interrupts off
 * (SFMASK).
 */
FUNC syscall_entry
	push $SEL_GUEST_DS
	push CI_scratch - REGS_SIZE + 8(%rsp)	/* the guest's rsp */
	push %r11
	push $SEL_GUEST_CS64
	push %rcx
	push $0
	movl $VECTOR_SYSCALL, 4(%rsp)
	SAVE_REGS
	mov CI_vcpu(%rsp), %rbx
	mov VCPU_pv(%rbx), %rdx
	testb $1, PV_flags(%rdx)
	jz syscall_from_user
	mov %rsp, %rdi
	sti
	call hypercall_entry
	jmp exit_to_guest
ENDFUNC syscall_entry

/*
 * A guest's user program called its kernel: frame {rcx, r11, rip, cs, rflags, rsp, ss} on the
 * kernel's stack.
 */
syscall_from_user:
	mov PV_syscall_callback(%rdx), %r8
	test %r8, %r8
	jz no_syscall_callback
	orb $1, PV_flags(%rdx)
	swapgs
	mov PV_cr3_kernel(%rdx), %rax
	or hw_cr3_kernel_bits(%rip), %rax	/* keeps translations; see xen/hw.h */
	mov %rax, %cr3
	mov PV_kernel_sp(%rdx), %rsi
	and $-16, %rsi
	mov VCPU_info(%rbx), %r9
	movzbl VINFO_upcall_mask(%r9), %eax
	mov REGS_rflags(%rsp), %r10
	mov %eax, %ecx
	shl $32, %rax
	or $SEL_GUEST_CS64, %rax
	test %ecx, %ecx
	jz 1f
	and $~EFLAGS_IF, %r10
1:	mov REGS_rsp(%rsp), %rdi
	mov REGS_rip(%rsp), %rcx
	ASM_STAC
10:	movq $SEL_GUEST_DS, -8(%rsi)
11:	mov %rdi, -16(%rsi)
12:	mov %r10, -24(%rsi)
13:	mov %rax, -32(%rsi)
14:	mov %rcx, -40(%rsi)
15:	mov %r11, -48(%rsi)
16:	mov %rcx, -56(%rsi)
	ASM_CLAC
	EXTABLE 10b, bad_kernel_stack
	EXTABLE 11b, bad_kernel_stack
	EXTABLE 12b, bad_kernel_stack
	EXTABLE 13b, bad_kernel_stack
	EXTABLE 14b, bad_kernel_stack
	EXTABLE 15b, bad_kernel_stack
	EXTABLE 16b, bad_kernel_stack
	sub $56, %rsi
	mov %rsi, REGS_rsp(%rsp)
	mov %r8, REGS_rip(%rsp)
	andl $~(EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF), REGS_rflags(%rsp)
	cmpb $0, PV_syscall_disables_events(%rdx)
	je exit_to_guest
	movb $1, VINFO_upcall_mask(%r9)
	/* fall through */

/* rsp = struct cpu_info with a complete guest frame; nothing else on the stack. */
FUNC exit_to_guest
	cli
	mov CI_percpu_offset(%rsp), %rax
	lea percpu_softirq_bits(%rip), %rcx
	cmpl $0, (%rcx, %rax)
	jne exit_softirqs
	mov CI_vcpu(%rsp), %rbx
	mov VCPU_info(%rbx), %rax
	cmpb $0, VINFO_upcall_pending(%rax)
	jne exit_events
exit_check_nmi:
	cmpq $0, VCPU_nmi_pending(%rbx)
	jne exit_nmi
exit_restore:
	testl $VECTOR_SYSCALL, REGS_vector(%rsp)
	jz 1f
	/*
	 * SYSRET with a non-canonical rip faults in ring 0 with the guest's stack pointer on some
	 * processors (CVE-2012-0217): such a frame goes by IRET, whose fault is handled.
	 */
	mov REGS_rip(%rsp), %rcx
	mov %rcx, %rax
	shl $16, %rax
	sar $16, %rax
	cmp %rcx, %rax
	jne 1f
	RESTORE_REGS
	mov 8(%rsp), %rcx		/* rip */
	mov 24(%rsp), %r11		/* rflags */
	mov 32(%rsp), %rsp
	sysretq
1:	RESTORE_REGS
	add $8, %rsp
	.globl exit_iretq
exit_iretq:
	iretq
	EXTABLE exit_iretq, exit_iret_faulted
exit_softirqs:
	sti
	call softirq_run
	jmp exit_to_guest
exit_events:
	cmpb $0, VINFO_upcall_mask(%rax)
	jne exit_check_nmi
	mov %rbx, %rdi
	call pv_deliver_event
	/*
	 * Another vCPU may open the mask again and again: between two rounds interrupts come in,
	 * so that it keeps its domain busy and not this processor.
	 */
	sti
	jmp exit_to_guest
exit_nmi:
	mov %rbx, %rdi
	call pv_deliver_nmi
	test %eax, %eax
	jz exit_restore
	sti				/* as above */
	jmp exit_to_guest

/*
 * The guest's frame could not be loaded: rsp = &guest_regs.rip, all other registers are the
 * guest's.
 */
exit_iret_faulted:
	push $0
	SAVE_REGS
	mov %rsp, %rdi
	sti
	call pv_iret_faulted
	jmp exit_to_guest
ENDFUNC exit_to_guest

bad_kernel_stack:
	ASM_CLAC
	call pv_bad_kernel_stack
	jmp exit_to_guest
no_syscall_callback:
	mov %rsp, %rdi
	sti
	call pv_no_syscall_callback
	jmp exit_to_guest

/* 32-bit user programs on AMD processors. */
FUNC syscall32_entry
	push $SEL_GUEST_DS
	push CI_scratch - REGS_SIZE + 8(%rsp)
	push %r11
	push $SEL_GUEST_CS32
	push %rcx
	push $0
	movl $0, 4(%rsp)
	SAVE_REGS
	mov %rsp, %rdi
	sti
	call pv_syscall32
	jmp exit_to_guest
ENDFUNC syscall32_entry

/* ---- exceptions and interrupts ---- */

exception_common:
	SAVE_REGS
	cld
	ASM_CLAC
	mov %rsp, %rdi
	testb $3, REGS_cs(%rsp)
	jz exception_in_hv
	call trap_from_guest
	jmp exit_to_guest
exception_in_hv:
	call trap_from_hv
return_to_hv:
	RESTORE_REGS
	add $8, %rsp
	iretq

interrupt_common:
	SAVE_REGS
	cld
	ASM_CLAC
	mov %rsp, %rdi
	call irq_dispatch
	testb $3, REGS_cs(%rsp)
	jnz exit_to_guest
	jmp return_to_hv

/* NMI and machine check: on stacks of their own, they return to wherever they came from. */
paranoid_common:
	SAVE_REGS
	cld
	ASM_CLAC
	mov %rsp, %rdi
	call trap_paranoid
	RESTORE_REGS
	add $8, %rsp
	iretq

/*
 * #DB has a stack of its own because MOV SS before SYSCALL delays a breakpoint into syscall_entry's
 * first instruction, where rsp is still the guest's (CVE-2018-8897).  From a guest the frame moves
 * to where guest frames live.
 */
debug_common:
	SAVE_REGS
	cld
	ASM_CLAC
	testb $3, REGS_cs(%rsp)
	jz exception_in_hv_ist
	mov %rsp, %rsi
	mov %rsp, %rdi
	or $(STACK_BYTES - 1), %rdi
	sub $(CI_SIZE - 1), %rdi
	mov %rdi, %rdx
	mov $(REGS_SIZE / 8), %ecx
	rep movsq
	mov %rdx, %rsp
	mov %rdx, %rdi
	call trap_from_guest
	jmp exit_to_guest
exception_in_hv_ist:
	mov %rsp, %rdi
	call trap_from_hv
	jmp return_to_hv

	.macro EXC name, vector, has_error, common
FUNC exc_\name
	.if \has_error == 0
	push $0
	.endif
	movl $\vector, 4(%rsp)
	jmp \common
	.endm
	EXC de, 0, 0, exception_common
	EXC db, 1, 0, debug_common
	EXC nmi, 2, 0, paranoid_common
	EXC bp, 3, 0, exception_common
	EXC of, 4, 0, exception_common
	EXC br, 5, 0, exception_common
	EXC ud, 6, 0, exception_common
	EXC nm, 7, 0, exception_common
	EXC df, 8, 1, paranoid_common
	EXC cso, 9, 0, exception_common
	EXC ts, 10, 1, exception_common
	EXC np, 11, 1, exception_common
	EXC ss, 12, 1, exception_common
	EXC gp, 13, 1, exception_common
	EXC pf, 14, 1, exception_common
	EXC spv, 15, 0, exception_common
	EXC mf, 16, 0, exception_common
	EXC ac, 17, 1, exception_common
	EXC mc, 18, 0, paranoid_common
	EXC xm, 19, 0, exception_common
	EXC ve, 20, 0, exception_common
	EXC cp, 21, 1, exception_common
	/*
	 * INT 0x80 has a gate of its own that ring 3 may use: an old system-call entry that must be
	 * quick.
	 */
	EXC int80, 0x80, 0, exception_common

	.section .rodata
	.balign 8
	.globl exc_table
exc_table:
	.quad exc_de, exc_db, exc_nmi, exc_bp, exc_of, exc_br
	.quad exc_ud, exc_nm, exc_df, exc_cso, exc_ts
	.quad exc_np, exc_ss, exc_gp, exc_pf, exc_spv, exc_mf
	.quad exc_ac, exc_mc, exc_xm, exc_ve, exc_cp
	.quad 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

	/* Vectors 32 to 255, 16 bytes each. */
	.text
	.balign 16
	.globl irq_stubs
irq_stubs:
	.set vec, 32
	.rept 224
	.balign 16
	push $0
	movl $vec, 4(%rsp)
	jmp interrupt_common
	.set vec, vec + 1
	.endr

/*
 * hw_enter_guest(): throws the stack away and goes to the guest whose registers are in guest_regs.
 */
FUNC hw_enter_guest
	mov %rsp, %rax
	or $(STACK_BYTES - 1), %rax
	lea 1 - CI_SIZE(%rax), %rsp
	jmp exit_to_guest
ENDFUNC hw_enter_guest

/* hw_enter_idle(fn): throws the stack away and calls fn, which does not return. */
FUNC hw_enter_idle
	mov %rsp, %rax
	or $(STACK_BYTES - 1), %rax
	lea 1 - CI_SIZE - 8(%rax), %rsp
	and $-16, %rsp
	xor %ebp, %ebp
	call *%rdi
	ud2
ENDFUNC hw_enter_idle

/* hw_switch_stack(sp, fn): goes on with fn, which does not return, on another stack. */
FUNC hw_switch_stack
	mov %rdi, %rsp
	and $-16, %rsp
	xor %ebp, %ebp
	call *%rsi
	ud2
ENDFUNC hw_switch_stack

	.section .note.GNU-stack, "", @progbits
