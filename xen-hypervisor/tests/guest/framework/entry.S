/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be assembly in a test kernel: the ELF notes that make a builder take it for a 64-bit PV
 * kernel, the entry, the entry points of exceptions and callbacks, and the saved contexts that
 * TRY() returns to.
 *
 * A frame arrives as rcx, r11, [error code], rip, cs, rflags, rsp, ss. It becomes a struct
 * trap_frame (trap.h), and goes back through the iret hypercall.
 */
#include <public/elfnote.h>

#define HYPERVISOR_IRET 23

	.macro note type, desc:vararg
	.pushsection .note.xen, "a", @note
	.balign 4
	.long 4, 9f - 8f, \type
	.asciz "Xen"
8:	\desc
9:	.balign 4
	.popsection
	.endm

	note XEN_ELFNOTE_GUEST_OS, .asciz "guest-test"
	note XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	note XEN_ELFNOTE_LOADER, .asciz "generic"
	note XEN_ELFNOTE_VIRT_BASE, .quad 0xffffffff80000000
	note XEN_ELFNOTE_PADDR_OFFSET, .quad 0
	note XEN_ELFNOTE_ENTRY, .quad guest_entry
	note XEN_ELFNOTE_HV_START_LOW, .quad 0xffff800000000000
	note XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	note XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
	note XEN_ELFNOTE_SUPPORTED_FEATURES, .long 1 << 11	/* XENFEAT_dom0 */

	.text
	.globl guest_entry
guest_entry:
	lea stack_boot_end(%rip), %rsp
	mov %rsi, %rdi
	xor %ebp, %ebp
	cld
	call guest_start
	ud2

	.globl cpu_entry	/* a second vCPU: rdi is a function, rsi its argument; rsp is set */
cpu_entry:
	xor %ebp, %ebp
	cld
	mov %rdi, %rax
	mov %rsi, %rdi
	call *%rax
	ud2

	.macro error_free vector
	.globl trap_entry_\vector
	.balign 16
trap_entry_\vector:
	pop %rcx
	pop %r11
	push $0
	push $\vector
	jmp trap_common
	.endm

	.macro error_coded vector
	.globl trap_entry_\vector
	.balign 16
trap_entry_\vector:
	pop %rcx
	pop %r11
	push $\vector
	jmp trap_common
	.endm

	.irp v, 0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 128, 250, 251, 252, 253
	error_free \v
	.endr
	.irp v, 8, 10, 11, 12, 13, 14, 17, 21
	error_coded \v
	.endr

trap_common:
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rbp
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	mov %rsp, %rbp
	and $~15, %rsp
	call trap_handle
	mov %rbp, %rsp
	.globl trap_return
trap_return:
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	push $0			/* flags: a full return */
	push %rcx
	push %r11
	push %rax
	mov $HYPERVISOR_IRET, %eax
	syscall
	ud2

/* The failsafe callback's frame has the four selectors before the hardware frame. */
	.globl failsafe_entry
failsafe_entry:
	pop %rcx
	pop %r11
	add $32, %rsp
	push $0
	push $254
	jmp trap_common

/*
 * iret with a frame of the caller's making: rdi points at a struct iret_context, rsi is the rdi to
 * go with.
 */
	.globl iret_with
iret_with:
	mov %rdi, %rsp
	mov %rsi, %rdi
	mov $HYPERVISOR_IRET, %eax
	syscall
	ud2

/* int context_save(struct context *): 0 at first, 1 when context_restore() comes back to it. */
	.globl context_save
context_save:
	mov (%rsp), %rax
	mov %rax, (%rdi)
	lea 8(%rsp), %rax
	mov %rax, 8(%rdi)
	mov %rbx, 16(%rdi)
	mov %rbp, 24(%rdi)
	mov %r12, 32(%rdi)
	mov %r13, 40(%rdi)
	mov %r14, 48(%rdi)
	mov %r15, 56(%rdi)
	xor %eax, %eax
	ret

	.globl context_restore
context_restore:
	mov 8(%rdi), %rsp
	mov 16(%rdi), %rbx
	mov 24(%rdi), %rbp
	mov 32(%rdi), %r12
	mov 40(%rdi), %r13
	mov 48(%rdi), %r14
	mov 56(%rdi), %r15
	mov $1, %eax
	jmp *(%rdi)

	.bss
	.balign 4096
	.skip 32768
stack_boot_end:

	.section .note.GNU-stack, "", @progbits
