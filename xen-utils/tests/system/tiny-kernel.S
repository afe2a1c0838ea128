/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest PV kernel: it sleeps for ever. With CRASH it ends at its first instruction.
 *
 * For tests that want many guests, or a guest that does as little as possible. Relies on the ABI
 * of 64-bit PV guests only: ELF notes, the hypercall page, sched_op.
 */
#define NOTE(type, size)				\
	.balign 4;					\
	.long 4, size, type;				\
	.asciz "Xen"

	.section .note.Xen, "a", @note
	NOTE(6, 5)			/* guest OS */
	.asciz "tiny"
	NOTE(5, 8)			/* version of the interface */
	.asciz "xen-3.0"
	NOTE(8, 8)			/* loader */
	.asciz "generic"
	NOTE(3, 8)			/* virtual base */
	.quad 0xffffffff80000000
	NOTE(4, 8)			/* the ELF file's physical addresses count from 0 */
	.quad 0xffffffff80000000
	NOTE(1, 8)			/* entry */
	.quad _start
	NOTE(2, 8)			/* hypercall page */
	.quad hypercall_page
	NOTE(9, 4)			/* page-table mode */
	.asciz "yes"

	.text
	.globl _start
_start:
#ifdef CRASH
	ud2
#endif
	leaq	stack_top(%rip), %rsp
	/*
	 * SCHEDOP_poll of no port and without a timeout: unlike SCHEDOP_block it leaves events
	 * masked, for which there is no handler here. The daemons do send some.
	 */
1:	movl	$3, %edi
	leaq	poll(%rip), %rsi
	call	hypercall_page + 29 * 32
	jmp	1b

	.balign 4096
hypercall_page:
	.skip	4096, 0x90

	.balign 8
poll:	.quad	0, 0, 0			/* ports, their number, timeout */

	.bss
	.balign 16
	.skip	4096
stack_top:

	.section .note.GNU-stack, "", @progbits
