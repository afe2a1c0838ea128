/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register frame that the entry code saves and C handlers read.  Order matters: the entry code
 * pushes from the end upwards; offsets for assembly are generated (hw/asm-offsets.c).
 */
#ifndef XEN_CPUREGS_H
#define XEN_CPUREGS_H

#include <xen/types.h>

struct cpu_regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u32 error_code;
	u32 vector;
	/* pushed by the processor */
	u64 rip;
	u16 cs, cs_pad[3];
	u64 rflags;
	u64 rsp;
	u16 ss, ss_pad[3];
};

#endif
