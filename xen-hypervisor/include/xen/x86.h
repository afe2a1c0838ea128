/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Architectural constants of x86-64 that both C and assembly use, by the names of the manuals
 * (Intel SDM volume 3, AMD APM volume 2).
 */
#ifndef XEN_X86_H
#define XEN_X86_H

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_ET (1 << 4)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_AM (1 << 18)
#define CR0_NW (1 << 29)
#define CR0_CD 0x40000000
/* hexadecimal: unsigned, so it is not sign-extended into the upper half of CR0 */
#define CR0_PG 0x80000000

#define CR4_VME (1 << 0)
#define CR4_PVI (1 << 1)
#define CR4_TSD (1 << 2)
#define CR4_DE (1 << 3)
#define CR4_PSE (1 << 4)
#define CR4_PAE (1 << 5)
#define CR4_MCE (1 << 6)
#define CR4_PGE (1 << 7)
#define CR4_PCE (1 << 8)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_UMIP (1 << 11)
#define CR4_FSGSBASE (1 << 16)
#define CR4_PCIDE (1 << 17)
#define CR4_OSXSAVE (1 << 18)
#define CR4_SMEP (1 << 20)
#define CR4_SMAP (1 << 21)
#define CR4_PKE (1 << 22)

#define EFLAGS_CF (1 << 0)
#define EFLAGS_MBS (1 << 1)
#define EFLAGS_PF (1 << 2)
#define EFLAGS_ZF (1 << 6)
#define EFLAGS_TF (1 << 8)
#define EFLAGS_IF (1 << 9)
#define EFLAGS_DF (1 << 10)
#define EFLAGS_IOPL (3 << 12)
#define EFLAGS_NT (1 << 14)
#define EFLAGS_RF (1 << 16)
#define EFLAGS_VM (1 << 17)
#define EFLAGS_AC (1 << 18)
#define EFLAGS_VIF (1 << 19)
#define EFLAGS_VIP (1 << 20)
#define EFLAGS_ID (1 << 21)

#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1b
#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD 0x49
#define MSR_FLUSH_CMD 0x10b
#define MSR_ARCH_CAPS 0x10a
#define MSR_MCG_CAP 0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_MISC_ENABLE 0x1a0
#define MSR_PAT 0x277
#define MSR_MC0_STATUS 0x401 /* each bank has four registers: control, status, address, misc */
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_XSS 0xda0
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX 0xc0000103

#define EFER_SCE (1 << 0)
#define EFER_LME (1 << 8)
#define EFER_LMA (1 << 10)
#define EFER_NXE (1 << 11)

/* Page-table entry bits. */
#define PTE_P (1ULL << 0)
#define PTE_RW (1ULL << 1)
#define PTE_US (1ULL << 2)
#define PTE_PWT (1ULL << 3)
#define PTE_PCD (1ULL << 4)
#define PTE_A (1ULL << 5)
#define PTE_D (1ULL << 6)
#define PTE_PS (1ULL << 7)
#define PTE_PAT (1ULL << 7)
#define PTE_G (1ULL << 8)
#define PTE_NX (1ULL << 63)
#define PTE_ADDR_MASK 0x000ffffffffff000ULL
#define PTE_AVAIL 0x0000000000000e00ULL

/* Page-fault error code. */
#define PFEC_P 1
#define PFEC_W 2
#define PFEC_U 4
#define PFEC_RSVD 8
#define PFEC_I 16

/* Exception vectors. */
#define TRAP_DE 0
#define TRAP_DB 1
#define TRAP_NMI 2
#define TRAP_BP 3
#define TRAP_OF 4
#define TRAP_BR 5
#define TRAP_UD 6
#define TRAP_NM 7
#define TRAP_DF 8
#define TRAP_TS 10
#define TRAP_NP 11
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_MF 16
#define TRAP_AC 17
#define TRAP_MC 18
#define TRAP_XM 19
#define TRAP_CP 21

/*
 * Frames that came by the SYSCALL instruction say so in cpu_regs.vector: they may go back by
 * SYSRET.
 */
#define VECTOR_SYSCALL 0x100
/* INT 0x80: its gate is open to ring 3, hence it is never given to a device. */
#define VECTOR_INT80 0x80

/* Selectors.  The guest's are the ABI's (public/arch-x86/xen-x86_64.h); all live in GDT page 14. */
#define GDT_RESERVED_PAGE 14
#define SEL_HV_CS 0xe008
#define SEL_HV_DS 0xe010
#define SEL_GUEST_CS32 0xe023
#define SEL_GUEST_DS 0xe02b
#define SEL_GUEST_CS64 0xe033
#define SEL_TSS 0xe040
#define SEL_LDT 0xe050
#define SEL_PER_CPU 0xe060 /* limit = CPU number, for the LSL trick of panic code */

#endif
