/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros of the assembly files: saving registers, fault tables, and the two SMAP instructions,
 * which are no-operations until hw/alternatives.c writes them on a processor that has SMAP (others
 * pay nothing but the no-operation).
 */
#ifndef XEN_ASM_MACROS_H
#define XEN_ASM_MACROS_H
#ifdef __ASSEMBLY__
#include <xen/x86.h>

	.macro SMAP_INSN last
771:	.byte 0x0f, 0x1f, 0x00
	.pushsection .init.rodata.smap, "a"
	.quad 771b
	.quad \last
	.popsection
	.endm
	/* Guest memory may be touched after STAC, not after CLAC. */
	.macro ASM_CLAC
	SMAP_INSN 0xca
	.endm
	.macro ASM_STAC
	SMAP_INSN 0xcb
	.endm

	/* A fault at `from` continues at `to`. */
	.macro EXTABLE from, to
	.pushsection .ex_table, "a"
	.balign 4
	.long \from - .
	.long \to - .
	.popsection
	.endm

	.macro SAVE_REGS
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	.endm

	/*
	 * The same on top of a frame of five words at rsp, for SYSCALL: rcx and r11 are what it
	 * left in them, rip and rflags, whatever the registers hold now.
	 */
	.macro SAVE_SYSCALL_REGS
	push $0
	movl $VECTOR_SYSCALL, 4(%rsp)
	push %rdi
	push %rsi
	push %rdx
	push 32(%rsp)
	push %rax
	push %r8
	push %r9
	push %r10
	push 88(%rsp)
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	.endm

	.macro RESTORE_REGS
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	.endm

	.macro FUNC name
	.globl \name
	.type \name, @function
	.balign 16
\name:
	.endm
	.macro ENDFUNC name
	.size \name, . - \name
	.endm

#endif /* __ASSEMBLY__ */
#endif
