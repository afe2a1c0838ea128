/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the boot loader to C: multiboot headers, the 32-bit entry, the first page tables, and the
 * 16-bit entry of the other CPUs.
 *
 * Entered in 32-bit protected mode without paging, by multiboot 1 (eax 0x2badb002) or 2
 * (0x36d76289), ebx = machine address of the loader's information.  Relies on nothing but that.  A
 * machine that cannot run the hypervisor is told so on the first serial line and on the text screen
 * before anything else happens.
 */
#include "asm-offsets.h"
#include <xen/layout.h>
#include <xen/x86.h>

#define PHYS(x) ((x) - IMAGE_START)

	.section .multiboot, "ax"
	.align 8
mb1_header:
	.long 0x1badb002
	.long 0x00000003		/* modules on page boundaries, memory map wanted */
	.long -(0x1badb002 + 0x00000003)

	.align 8
mb2_header:
	.long 0xe85250d6
	.long 0				/* i386 protected mode */
	.long mb2_header_end - mb2_header
	.long -(0xe85250d6 + 0 + (mb2_header_end - mb2_header))
	/* information request: command line, modules, memory map */
	.align 8
	.short 1, 0
	.long 8 + 3 * 4
	.long 1, 3, 6
	/* modules page aligned */
	.align 8
	.short 6, 0
	.long 8
	/* text console supported */
	.align 8
	.short 4, 1
	.long 12
	.long 2
	/* framebuffer, any mode, optional */
	.align 8
	.short 5, 1
	.long 20
	.long 0, 0, 0
	/* end */
	.align 8
	.short 0, 0
	.long 8
mb2_header_end:

	.section .text.entry, "ax"
	.code32
	.globl boot_start
boot_start:
	cld
	cli
	lgdt PHYS(boot_gdtr)
	ljmp $0x08, $PHYS(1f)
1:	mov $0x10, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %ss
	mov $PHYS(boot_stack_end), %esp

	mov %eax, PHYS(boot_magic)
	mov %ebx, PHYS(boot_info_addr)

	/* CPUID itself: can EFLAGS.ID be toggled? */
	pushf
	pop %eax
	mov %eax, %ecx
	xor $EFLAGS_ID, %eax
	push %eax
	popf
	pushf
	pop %eax
	xor %ecx, %eax
	test $EFLAGS_ID, %eax
	mov $PHYS(msg_no_cpuid), %esi
	jz boot_refuse

	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	mov $PHYS(msg_no_lm), %esi
	jb boot_refuse
	mov $0x80000001, %eax
	cpuid
	bt $29, %edx
	jnc boot_refuse
	mov $PHYS(msg_no_nx), %esi
	bt $20, %edx
	jnc boot_refuse
	mov $1, %eax
	cpuid
	mov $PHYS(msg_no_apic), %esi
	bt $9, %edx
	jnc boot_refuse
	mov $PHYS(msg_no_sse2), %esi
	bt $26, %edx
	jnc boot_refuse

	/* First tables: 4 GB identity, and the same memory at the direct map and at the image. */
	mov $PHYS(boot_l2), %edi
	mov $0x83, %eax			/* present, writable, 2 MB */
	xor %ecx, %ecx
1:	mov %eax, (%edi, %ecx, 8)
	movl $0, 4(%edi, %ecx, 8)
	add $0x200000, %eax
	inc %ecx
	cmp $2048, %ecx
	jne 1b
	mov $PHYS(boot_l2) + 3, %eax
	xor %ecx, %ecx
1:	mov %eax, PHYS(boot_l3)(, %ecx, 8)
	add $4096, %eax
	inc %ecx
	cmp $4, %ecx
	jne 1b
	movl $PHYS(boot_l2) + 3, PHYS(boot_l3_image) + 320 * 8
	movl $PHYS(boot_l3) + 3, PHYS(boot_l4)
	movl $PHYS(boot_l3) + 3, PHYS(boot_l4) + 262 * 8
	movl $PHYS(boot_l3_image) + 3, PHYS(boot_l4) + 261 * 8

	mov $PHYS(boot_l4), %eax
	mov %eax, %cr3
	mov $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	mov %eax, %cr4
	mov $MSR_EFER, %ecx
	rdmsr
	or $(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	mov $(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	mov %eax, %cr0
	ljmp $0x18, $PHYS(boot_long)

/* esi = text.  Serial line 1 (38400 is left as the firmware set it) and the text screen. */
boot_refuse:
	mov $0xb8000, %edi
1:	lodsb
	test %al, %al
	jz 3f
	mov %al, %bl
	mov $0x07, %ah
	mov %ax, (%edi)
	add $2, %edi
	mov $0x3fd, %dx
	mov $100000, %ecx
2:	in %dx, %al
	test $0x20, %al
	loopz 2b
	mov $0x3f8, %dx
	mov %bl, %al
	out %al, %dx
	jmp 1b
3:	hlt
	jmp 3b

	.code64
boot_long:
	movabs $boot_high, %rax
	jmp *%rax
boot_high:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	lea boot_stack_end(%rip), %rsp
	xor %ebp, %ebp
	mov boot_magic(%rip), %edi
	mov boot_info_addr(%rip), %esi
	call hw_boot_main
1:	hlt
	jmp 1b

	.section .rodata
msg_no_cpuid:
	.asciz "Xen: this processor has no CPUID instruction; a 64-bit x86 processor is needed."
msg_no_lm:
	.asciz "Xen: this processor has no 64-bit mode; a 64-bit x86 processor is needed."
msg_no_nx:
	.asciz "Xen: this processor has no NX bit, or the firmware switched it off."
msg_no_apic: .asciz "Xen: this processor has no local APIC, or the firmware switched it off."
msg_no_sse2: .asciz "Xen: this processor has no SSE2; a 64-bit x86 processor is needed."

	.align 8
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08 32-bit code */
	.quad 0x00cf93000000ffff	/* 0x10 data */
	.quad 0x00af9b000000ffff	/* 0x18 64-bit code */
boot_gdt_end:
boot_gdtr:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)

	.data
	.globl boot_magic, boot_info_addr
boot_magic: .long 0
boot_info_addr: .long 0

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl boot_l4
boot_l4: .fill 4096, 1, 0
boot_l3: .fill 4096, 1, 0
boot_l3_image: .fill 4096, 1, 0
boot_l2: .fill 4 * 4096, 1, 0
	.align 32768
	/*
	 * The first CPU's stack until it has its own: as large and as aligned, so that
	 * hw_cpu_info() works.
	 */
	.globl boot_stack
boot_stack: .fill 32768, 1, 0
	.globl boot_stack_top
boot_stack_top:
	.set boot_stack_end, boot_stack_top - CI_SIZE - 8	/* struct cpu_info lies above */

/*
 * Other CPUs: the page from ap_trampoline is copied below 1 MB.  Real mode, cs:0 = the page.
 * Variables at its end are filled in by hw/smp.c.
 */
	.section .rodata
	.align 16
	.globl ap_trampoline, ap_trampoline_end, ap_var_cr3, ap_var_base, ap_var_gdtr, ap_var_far
	.code16
ap_trampoline:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	lgdtl (ap_var_gdtr - ap_trampoline)
	mov $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	mov %eax, %cr4
	movl (ap_var_cr3 - ap_trampoline), %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	rdmsr
	or $(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	mov $(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	mov %eax, %cr0
	ljmpl *(ap_var_far - ap_trampoline)
	.align 8
ap_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08 64-bit code */
ap_var_gdtr:
	.short 15
	.long 0				/* filled in: base of ap_gdt in the copy */
	.align 4
ap_var_cr3: .long 0
ap_var_far:
	.long 0				/* filled in: ap_long in the copy */
	.short 0x08
	.align 8
	.code64
	.globl ap_long, ap_gdt, ap_var_stack, ap_var_entry
ap_long:
	mov ap_var_stack(%rip), %rsp
	xor %ebp, %ebp
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	jmp *ap_var_entry(%rip)
	.align 8
ap_var_base: .quad 0
ap_var_stack: .quad 0
ap_var_entry: .quad 0
ap_trampoline_end:

	.section .note.GNU-stack, "", @progbits
