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
 * SYSCALL comes from a guest's user program (a system call: its kernel is entered), or from its
 * kernel (a hypercall).  rsp = end of guest_regs, interrupts off (SFMASK), rcx = rip, r11 = rflags.
 *
 * First the frame that the processor would push for an interrupt; that frees rcx and r11.  The two
 * commonest of all entries, a system call and the iret hypercall that ends it, are then done here
 * with the other registers left where they are; they save what they need as a scratch register
 * below the frame.  What is out of the ordinary takes the long way, through C, which does all of it
 * again from the start: until an entry has been found ordinary nothing of the guest's has changed
 * that the long way would not set to the same.
 *
 * Neither looks for softirqs.  With interrupts off since the entry, this CPU has raised none; what
 * another CPU raises comes with an interrupt, which is taken right after the return.
 *
 * (A processor that needs barriers on entry or a table of its own for the hypervisor gets them at
 * SYSCALL_ENTERED and, before the way out, at the two FAST_EXIT places.)
 */
#define FRAME_rip 0
#define FRAME_cs 8
#define FRAME_rflags 16
#define FRAME_rsp 24
#define FRAME_ss 32
#define FRAME_BYTES 40
	/* cpu_info's members as seen from the frame. */
#define FRAME_CI(member) (FRAME_BYTES - REGS_SIZE + (member))

FUNC syscall_entry
	push $SEL_GUEST_DS
	push CI_scratch - REGS_SIZE + 8(%rsp)	/* the guest's rsp */
	push %r11
	push $SEL_GUEST_CS64
	push %rcx
	/* SYSCALL_ENTERED */
	mov FRAME_CI(CI_vcpu)(%rsp), %rcx
	mov VCPU_pv(%rcx), %r11
	testb $PV_KERNEL_MODE_BIT, PV_flags(%r11)
	jz syscall_from_user
	cmp $HYPERCALL_iret, %rax
	je iret_hypercall
hypercall:
	/* rcx and r11 hold our addresses: the guest gets what SYSCALL left in them. */
	SAVE_SYSCALL_REGS
	sti
	/*
	 * The arguments are where C wants them, but for the fourth.  Rows that need a right, and
	 * numbers without a row, are hypercall_entry()'s.
	 */
	mov %r10, %rcx
	cmp $NR_HYPERCALLS, %rax
	jae 1f
	/* A processor that runs ahead of the check stays inside the table, too. */
	and $(NR_HYPERCALLS - 1), %eax
	incl CI_perfc_hypercalls(%rsp, %rax, 4)
	shl $HYPERCALL_ROW_SHIFT, %eax
	lea hypercall_table(%rip), %r10
	add %rax, %r10
	cmpl $HYPERCALL_RIGHT_ANY, HYPERCALL_ROW_right(%r10)
	jne 1f
	mov HYPERCALL_ROW_fn(%r10), %rax
	test %rax, %rax
	jz 1f
	call *%rax
	mov %rax, REGS_rax(%rsp)
	jmp exit_to_guest
1:	mov %rsp, %rdi
	call hypercall_entry
	jmp exit_to_guest
ENDFUNC syscall_entry

/*
 * A guest's user program called its kernel: frame {rcx, r11, rip, cs, rflags, rsp, ss} on the
 * kernel's stack.  rcx = the vCPU, r11 = its struct pv_vcpu.  The ordinary case: the kernel wants
 * events masked and they were open, as they are whenever a user program runs.
 */
FUNC syscall_from_user
	push %rax
	push %rdx
#define BELOW 16
	mov VCPU_info(%rcx), %rdx
	cmpq $0, PV_syscall_callback(%r11)
	je 2f
	cmpb $0, PV_syscall_disables_events(%r11)
	je 2f
	cmpb $0, VINFO_upcall_mask(%rdx)
	jne 2f
	movb $1, VINFO_upcall_mask(%rdx)
	incl BELOW + FRAME_CI(CI_perfc_system_calls)(%rsp)
	orb $PV_KERNEL_MODE_BIT, PV_flags(%r11)
	swapgs
	mov PV_cr3_kernel(%r11), %rax
	or hw_cr3_kernel_bits(%rip), %rax	/* keeps translations; see xen/hw.h */
	mov %rax, %cr3
	incl BELOW + FRAME_CI(CI_perfc_cr3_loads)(%rsp)
	mov PV_kernel_sp(%r11), %rdx
	and $-16, %rdx
	mov PV_syscall_callback(%r11), %r11
	mov BELOW + FRAME_rsp(%rsp), %rcx
	mov BELOW + FRAME_rflags(%rsp), %rax
	ASM_STAC
10:	movq $SEL_GUEST_DS, -8(%rdx)
11:	mov %rcx, -16(%rdx)
	mov BELOW + FRAME_rip(%rsp), %rcx
12:	mov %rax, -24(%rdx)
13:	movq $SEL_GUEST_CS64, -32(%rdx)
14:	mov %rcx, -40(%rdx)
15:	mov %rax, -48(%rdx)
16:	mov %rcx, -56(%rdx)
	ASM_CLAC
	EXTABLE 10b, 1f
	EXTABLE 11b, 1f
	EXTABLE 12b, 1f
	EXTABLE 13b, 1f
	EXTABLE 14b, 1f
	EXTABLE 15b, 1f
	EXTABLE 16b, 1f
	mov %r11, %rcx			/* canonical: callbacks are checked when they are set */
	and $~(EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF), %eax
	mov %eax, %r11d
	lea -56(%rdx), %rax
	mov %rax, BELOW + FRAME_rsp(%rsp)
	pop %rdx
	pop %rax
	mov FRAME_rsp(%rsp), %rsp
	/* FAST_EXIT */
	sysretq
1:	/* The guest's kernel is to blame. */
	ASM_CLAC
	pop %rdx
	pop %rax
	SAVE_SYSCALL_REGS
	call pv_bad_kernel_stack
	jmp exit_to_guest
2:
	pop %rdx
	pop %rax
	SAVE_SYSCALL_REGS
	mov %rsp, %rdi
	sti
	call pv_syscall
	jmp exit_to_guest
#undef BELOW
ENDFUNC syscall_from_user

/*
 * The iret hypercall: struct iret_context on the guest kernel's stack says where to go on and with
 * what.  rcx = the vCPU, r11 = its struct pv_vcpu; rax comes from the guest's frame.  The long way
 * is do_iret().  A value is taken from the guest's frame once here; when the frame cannot be read
 * to its end, or it asks for what is not ordinary, our own frame is made good again as far as
 * do_iret() looks at it, which is the stack pointer.
 */
FUNC iret_hypercall
	push %rdx
	push %rsi
#define BELOW 16
	mov %r11, %rsi
	mov BELOW + FRAME_rsp(%rsp), %rdx
	mov $HV_VIRT_END, %rax		/* the kernel's part of the address space begins there */
	cmp %rax, %rdx
	jb 3f
	mov VCPU_domain(%rcx), %rax
	testl $ASSIST_ARCHITECTURAL_IOPL, DOMAIN_vm_assist(%rax)
	jnz 3f
	cmpq $0, PV_cr3_user(%rsi)
	je 3f
	mov VCPU_info(%rcx), %rax
	ASM_STAC
10:	testl $VGCF_IN_SYSCALL_BIT, IRET_flags(%rdx)
	jnz 2f
11:	mov IRET_rflags(%rdx), %r11
	/* The mask of events is the reverse of IF; an event that is due needs the long way. */
	test $EFLAGS_IF, %r11d
	jz 5f
	cmpb $0, VINFO_upcall_pending(%rax)
	jne 2f
	movb $0, VINFO_upcall_mask(%rax)
1:	and $RFLAGS_GUEST_MAY, %r11d
	or $(EFLAGS_IF | EFLAGS_MBS), %r11d
	mov %r11, BELOW + FRAME_rflags(%rsp)
12:	mov IRET_rip(%rdx), %rax
13:	mov IRET_rsp(%rdx), %r11
14:	movzwl IRET_ss(%rdx), %ecx
	mov %rax, BELOW + FRAME_rip(%rsp)
	mov %r11, BELOW + FRAME_rsp(%rsp)
	or $3, %ecx
	mov %rcx, BELOW + FRAME_ss(%rsp)
15:	movzwl IRET_cs(%rdx), %eax
16:	mov IRET_rcx(%rdx), %rcx
17:	mov IRET_r11(%rdx), %r11
	not %eax			/* zero in the low bits: to a user program */
	test $3, %eax
	jnz 6f
	not %eax
	mov %rax, BELOW + FRAME_cs(%rsp)
18:	mov IRET_rax(%rdx), %rax
	ASM_CLAC
	mov PV_cr3_user(%rsi), %rdx
	or hw_cr3_user_bits(%rip), %rdx	/* keeps translations; see xen/hw.h */
	swapgs
	andb $~PV_KERNEL_MODE_BIT, PV_flags(%rsi)
	mov tlb_clock_now(%rip), %rsi
	mov %rdx, %cr3
	incl BELOW + FRAME_CI(CI_perfc_cr3_loads)(%rsp)
	incl BELOW + FRAME_CI(CI_perfc_hypercalls + 4 * HYPERCALL_iret)(%rsp)
	bt $63, %rdx
	jc 7f
	/*
	 * This was a flush: said to the TLB clock (xen/smp.h), it spares other CPUs' interrupts.
	 * The clock is not moved on here, so a frame let go since it moved last still needs one.
	 */
	lea percpu_tlb_flushed_at(%rip), %rdx
	add BELOW + FRAME_CI(CI_percpu_offset)(%rsp), %rdx
	mov %rsi, (%rdx)
7:	pop %rsi
	pop %rdx
	/* FAST_EXIT */
	jmp exit_iretq

2:	ASM_CLAC
3:	mov BELOW + FRAME_CI(CI_scratch)(%rsp), %rax
	mov %rax, BELOW + FRAME_rsp(%rsp)
	pop %rsi
	pop %rdx
	mov $HYPERCALL_iret, %eax
	jmp hypercall
5:	movb $1, VINFO_upcall_mask(%rax)
	jmp 1b
	/* Back to what an exception or an event interrupted in the kernel itself. */
6:	not %eax
	or $3, %eax
	mov %rax, BELOW + FRAME_cs(%rsp)
19:	mov IRET_rax(%rdx), %rax
	ASM_CLAC
	incl BELOW + FRAME_CI(CI_perfc_hypercalls + 4 * HYPERCALL_iret)(%rsp)
	pop %rsi
	pop %rdx
	/* FAST_EXIT */
	jmp exit_iretq
	EXTABLE 10b, 2b
	EXTABLE 11b, 2b
	EXTABLE 12b, 2b
	EXTABLE 13b, 2b
	EXTABLE 14b, 2b
	EXTABLE 15b, 2b
	EXTABLE 16b, 2b
	EXTABLE 17b, 2b
	EXTABLE 18b, 2b
	EXTABLE 19b, 2b
#undef BELOW
ENDFUNC iret_hypercall

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
	EXC pf_other, 14, 1, exception_common
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

/*
 * A page fault of a guest that is its kernel's business, the commonest of all exceptions, goes
 * there at once, as pv_inject_page_fault() would have it: the frame {rcx, r11, error code, rip, cs,
 * rflags, rsp, ss} on the kernel's stack, the address in vcpu_info.  Ordinary is that events are
 * open and that the kernel wants them masked.  A kernel's write to what is mapped read-only is
 * pv_fixup_fault()'s first, for it may be a page table; all else is exc_pf_other's: faults in the
 * hypervisor, reserved bits, the processor's own looks at descriptors.  Until a fault has been
 * found ordinary nothing is changed.  The remarks on softirqs and barriers at syscall_entry hold
 * here, too.
 */
FUNC exc_pf
	testb $3, 8 + FRAME_cs(%rsp)
	jz exc_pf_other
	push %rax
	push %rcx
	push %rdx
	push %rsi
#define ERROR 32
#define BELOW 40
	mov BELOW + FRAME_CI(CI_vcpu)(%rsp), %rcx
	mov VCPU_pv(%rcx), %rdx
	mov PV_kernel_sp(%rdx), %rsi
	testb $PV_KERNEL_MODE_BIT, PV_flags(%rdx)
	jz 1f
	mov ERROR(%rsp), %eax
	and $(PFEC_P | PFEC_W), %eax
	cmp $(PFEC_P | PFEC_W), %eax
	je 7f
	mov BELOW + FRAME_rsp(%rsp), %rsi
1:	mov ERROR(%rsp), %eax
	and $(PFEC_U | PFEC_RSVD), %eax
	cmp $PFEC_U, %eax
	jne 9f
	cmpq $0, PV_trap_pf_address(%rdx)
	je 9f
	testb $TRAP_FLAG_MASKS, PV_trap_pf_flags(%rdx)
	jz 9f
	and $-16, %rsi
	mov $HV_VIRT_END + 64, %rax	/* the whole frame in the kernel's part */
	cmp %rax, %rsi
	jb 9f
	mov VCPU_domain(%rcx), %rax
	testl $ASSIST_ARCHITECTURAL_IOPL, DOMAIN_vm_assist(%rax)
	jnz 9f
	mov VCPU_info(%rcx), %rcx
	cmpb $0, VINFO_upcall_mask(%rcx)
	jne 9f
	incl BELOW + FRAME_CI(CI_perfc_page_faults)(%rsp)
	mov %cr2, %rax
	mov %rax, VINFO_cr2(%rcx)
	movb $1, VINFO_upcall_mask(%rcx)
	testb $PV_KERNEL_MODE_BIT, PV_flags(%rdx)
	jnz 2f
	orb $PV_KERNEL_MODE_BIT, PV_flags(%rdx)
	swapgs
	mov PV_cr3_kernel(%rdx), %rax
	or hw_cr3_kernel_bits(%rip), %rax	/* keeps translations; see xen/hw.h */
	mov %rax, %cr3
	incl BELOW + FRAME_CI(CI_perfc_cr3_loads)(%rsp)
	jmp 3f
	/* The ABI shows a kernel's own fault as a supervisor's, of privilege level 0. */
2:	andb $~PFEC_U, ERROR(%rsp)
	andb $~3, BELOW + FRAME_cs(%rsp)
3:	mov BELOW + FRAME_rsp(%rsp), %rcx
	movzwl BELOW + FRAME_ss(%rsp), %eax
	ASM_STAC
10:	mov %rax, -8(%rsi)
11:	mov %rcx, -16(%rsi)
	mov BELOW + FRAME_rflags(%rsp), %rax
	movzwl BELOW + FRAME_cs(%rsp), %ecx
12:	mov %rax, -24(%rsi)
13:	mov %rcx, -32(%rsi)
	mov BELOW + FRAME_rip(%rsp), %rax
	mov ERROR(%rsp), %ecx
14:	mov %rax, -40(%rsi)
15:	mov %rcx, -48(%rsi)
	mov 16(%rsp), %rcx
16:	mov %r11, -56(%rsi)
17:	mov %rcx, -64(%rsi)
	ASM_CLAC
	EXTABLE 10b, 8f
	EXTABLE 11b, 8f
	EXTABLE 12b, 8f
	EXTABLE 13b, 8f
	EXTABLE 14b, 8f
	EXTABLE 15b, 8f
	EXTABLE 16b, 8f
	EXTABLE 17b, 8f
	sub $64, %rsi
	mov PV_trap_pf_address(%rdx), %rax	/* canonical: checked when it was set */
	andl $~(EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF), \
		BELOW + FRAME_rflags(%rsp)
	mov %rsi, BELOW + FRAME_rsp(%rsp)
	mov %rax, BELOW + FRAME_rip(%rsp)
	movq $SEL_GUEST_CS64, BELOW + FRAME_cs(%rsp)
	movq $SEL_GUEST_DS, BELOW + FRAME_ss(%rsp)
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	add $8, %rsp
	/* FAST_EXIT */
	jmp exit_iretq
7:	/* A kernel's write to what is mapped read-only. */
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	movl $14, 4(%rsp)
	SAVE_REGS
	cld
	ASM_CLAC
	mov CI_vcpu(%rsp), %rdi
	mov %cr2, %rbx			/* now: another fault would overwrite it */
	mov %rbx, %rsi
	mov REGS_error_code(%rsp), %edx
	sti
	call pv_fixup_fault
	test %al, %al
	jnz exit_to_guest
	mov CI_vcpu(%rsp), %rdi
	mov %rbx, %rsi
	mov REGS_error_code(%rsp), %edx
	call pv_inject_page_fault
	jmp exit_to_guest
8:	/* The guest's kernel is to blame. */
	ASM_CLAC
	cld
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	movl $14, 4(%rsp)
	SAVE_REGS
	call pv_bad_kernel_stack
	jmp exit_to_guest
9:	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	jmp exc_pf_other
#undef ERROR
#undef BELOW
ENDFUNC exc_pf

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
