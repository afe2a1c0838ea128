/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry points of a kernel that does the least: what is measured is the hypervisor's part. A frame
 * arrives as rcx, r11, [error code], rip, cs, rflags, rsp, ss; the iret hypercall takes rax, r11,
 * rcx, flags and the same rest. Set by bench_trap() and the rows.
 */
#define HYPERVISOR_IRET 23
#define VGCF_IN_SYSCALL 256

	.macro go_back flags
	push $\flags
	push %rcx
	push %r11
	push %rax
	mov $HYPERVISOR_IRET, %eax
	syscall
	ud2
	.endm

	.text
/* A system call: back at once, the short way. */
	.globl bench_syscall_entry
	.balign 16
bench_syscall_entry:
	pop %rcx
	pop %r11
	go_back VGCF_IN_SYSCALL

/* An exception with an error code by an instruction of three bytes: back to the one after it. */
	.globl bench_skip_entry
	.balign 16
bench_skip_entry:
	pop %rcx
	pop %r11
	add $8, %rsp
	addq $3, (%rsp)
	go_back 0

/*
 * An event: nothing is pending any more, and it is counted. Ports are below 64, vCPU 0. The places
 * are those of struct vcpu_info (evtchn_upcall_pending, evtchn_pending_sel) and of struct
 * shared_info (evtchn_pending), which the interface fixes.
 */
	.globl bench_event_entry, bench_upcalls
	.balign 16
bench_event_entry:
	pop %rcx
	pop %r11
	push %rax
	mov shared_info(%rip), %rax
	movb $0, (%rax)
	movq $0, 8(%rax)
	movq $0, 2048(%rax)
	incl bench_upcalls(%rip)
	pop %rax
	go_back 0

	.bss
	.balign 4
bench_upcalls:
	.skip 4

	.section .note.GNU-stack, "", @progbits
