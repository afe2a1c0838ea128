/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a processor has, as its CPUID says: read by hw/cpu.c on each CPU, compared by
 * hw/features.c.  The comparison touches no machine, so host tests have it too.
 */
#ifndef XEN_CPUFEATURES_H
#define XEN_CPUFEATURES_H

#include <xen/types.h>

/* CPUID's words of feature bits that we look at. */
enum cpuid_word {
	CPUID_1_ECX,
	CPUID_1_EDX,
	CPUID_7_EBX,
	CPUID_7_ECX,
	CPUID_7_EDX,
	CPUID_E1_ECX,		/* 0x80000001 */
	CPUID_E1_EDX,
	CPUID_E7_EDX,		/* 0x80000007 */
	CPUID_E8_EBX,		/* 0x80000008 */
	CPUID_WORDS
};

struct cpu_features {
	bool smep, smap, umip, pcid, invpcid, pge, pse1g, fsgsbase, rdtscp, xsave, x2apic,
		tsc_deadline, invariant_tsc, arat, pku, la57, svm, vmx, amd, intel, mwait;
	u8 phys_bits, virt_bits;
	u32 family, model, stepping;
	char vendor[13], brand[49];
	u32 words[CPUID_WORDS];	/* as read: what we do not use included */
	u64 xcr0_mask;		/* state components the processor saves */
	u32 xsave_size;		/* bytes for all of them */
};

/*
 * What the hypervisor or its guests use of the boot CPU and `own` lacks: its name, or NULL.  Guests
 * move between CPUs and use what they once saw, so all of a program's instructions count.
 */
const char *cpu_features_lack(const struct cpu_features *boot, const struct cpu_features *own);

#endif
