/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying to and from guest memory.  size_t fn(dst, src, size) returns the number of bytes not
 * copied; a fault in the middle ends the copy there.  The callers (hw/uaccess.c) checked that the
 * guest range is the guest's.
 */
#include <xen/asm-macros.h>

	.text
/* rdi = dst, rsi = src, rdx = size; words first, then the rest. */
FUNC hw_copy_user
	mov %rdx, %rcx
	shr $3, %rcx
	and $7, %edx
	ASM_STAC
1:	rep movsq
	mov %edx, %ecx
2:	rep movsb
3:	ASM_CLAC
	mov %rcx, %rax
	ret
4:	lea (%rdx, %rcx, 8), %rcx	/* faulted among the words */
	jmp 3b
	EXTABLE 1b, 4b
	EXTABLE 2b, 3b
ENDFUNC hw_copy_user

/* rdi = dst, rsi = size */
FUNC hw_clear_user
	mov %rsi, %rcx
	xor %eax, %eax
	ASM_STAC
1:	rep stosb
2:	ASM_CLAC
	mov %rcx, %rax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_clear_user

/*
 * int hw_read_user_16(void *dst, const void *src): 0, or -14 on a fault, with dst as it was.  For
 * the sizes that hot paths read, where starting a string instruction costs more than the copy.
 */
FUNC hw_read_user_16
	ASM_STAC
1:	mov (%rsi), %rax
2:	mov 8(%rsi), %rdx
	ASM_CLAC
	mov %rax, (%rdi)
	mov %rdx, 8(%rdi)
	xor %eax, %eax
	ret
3:	ASM_CLAC
	mov $-14, %eax
	ret
	EXTABLE 1b, 3b
	EXTABLE 2b, 3b
ENDFUNC hw_read_user_16

/* int hw_read_u64_safe(u64 *dst, const u64 *src): 0, or -14 on a fault */
FUNC hw_read_u64_safe
	ASM_STAC
1:	mov (%rsi), %rax
	ASM_CLAC
	mov %rax, (%rdi)
	xor %eax, %eax
	ret
2:	ASM_CLAC
	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_read_u64_safe

/*
 * int hw_rdmsr_safe(u32 msr, u64 *val) and hw_wrmsr_safe(u32 msr, u64 val): 0, or -14 when the MSR
 * faults
 */
FUNC hw_rdmsr_safe
	mov %edi, %ecx
1:	rdmsr
	shl $32, %rdx
	or %rdx, %rax
	mov %rax, (%rsi)
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_rdmsr_safe

FUNC hw_wrmsr_safe
	mov %edi, %ecx
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
1:	wrmsr
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_wrmsr_safe

/*
 * Segment selectors of a guest: a bad one loads as null.  void hw_load_{ds,es,fs}(u16),
 * hw_load_gs_guest(u16)
 */
	.macro LOAD_SEG reg
FUNC hw_load_\reg
1:	mov %edi, %\reg
	ret
2:	xor %edi, %edi
	jmp 1b
	EXTABLE 1b, 2b
	.endm
	LOAD_SEG ds
	LOAD_SEG es
	LOAD_SEG fs
	LOAD_SEG gs

/*
 * int hw_xrstor_safe(void *area, u64 mask), hw_fxrstor_safe(void *area), hw_xsetbv_safe(u32 index,
 * u64 val)
 */
FUNC hw_xrstor_safe
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
1:	xrstor64 (%rdi)
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_xrstor_safe

FUNC hw_fxrstor_safe
1:	fxrstor64 (%rdi)
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_fxrstor_safe

FUNC hw_xsetbv_safe
	mov %edi, %ecx
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
1:	xsetbv
	xor %eax, %eax
	ret
2:	mov $-14, %eax
	ret
	EXTABLE 1b, 2b
ENDFUNC hw_xsetbv_safe

	.section .note.GNU-stack, "", @progbits
