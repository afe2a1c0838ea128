/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hypervisor that does not come up: takes GRUB's multiboot 2, says so on the serial line, and
 * stops for ever. For the test that the machine then starts what worked before.
 */
	.set HEADER_MAGIC, 0xe85250d6

	.section .text
	.code32
	.globl	_start
_start:
	jmp	start
	.balign	8
header:
	.long	HEADER_MAGIC, 0, header_end - header, -(HEADER_MAGIC + header_end - header)
	.short	0, 0
	.long	8
header_end:

start:
	movl	$message, %esi
next:
	movb	(%esi), %al
	testb	%al, %al
	jz	stop
	movw	$0x3f8, %dx
	outb	%al, %dx
	incl	%esi
	jmp	next
stop:
	cli
	hlt
	jmp	stop

message:
	.asciz	"HANGING HERE\r\n"
