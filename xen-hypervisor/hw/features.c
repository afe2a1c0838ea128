/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May a processor join the boot CPU?  It may if it has everything that the boot CPU has and that
 * somebody uses: the hypervisor on every CPU without asking again, guests because they are moved
 * about.  A pure function of what two processors say of themselves; hw/cpu.c asks them, hw/smp.c
 * acts on the answer.
 */
#include <xen/cpufeatures.h>
#include <xen/lib.h>

struct feature {
	u8 word, bit;
	const char *name;
};

/* What is neither used by us nor shown to guests is not here: it may differ. */
static const struct feature used[] = {
	{ CPUID_1_EDX, 0, "FPU" },	     { CPUID_1_EDX, 2, "DE" },
	{ CPUID_1_EDX, 4, "TSC" },	     { CPUID_1_EDX, 5, "MSR" },
	{ CPUID_1_EDX, 6, "PAE" },	     { CPUID_1_EDX, 7, "MCE" },
	{ CPUID_1_EDX, 8, "CX8" },	     { CPUID_1_EDX, 9, "APIC" },
	{ CPUID_1_EDX, 13, "PGE" },	     { CPUID_1_EDX, 14, "MCA" },
	{ CPUID_1_EDX, 15, "CMOV" },	     { CPUID_1_EDX, 16, "PAT" },
	{ CPUID_1_EDX, 19, "CLFLUSH" },	     { CPUID_1_EDX, 23, "MMX" },
	{ CPUID_1_EDX, 24, "FXSR" },	     { CPUID_1_EDX, 25, "SSE" },
	{ CPUID_1_EDX, 26, "SSE2" },	     { CPUID_1_ECX, 0, "SSE3" },
	{ CPUID_1_ECX, 1, "PCLMULQDQ" },     { CPUID_1_ECX, 9, "SSSE3" },
	{ CPUID_1_ECX, 12, "FMA" },	     { CPUID_1_ECX, 13, "CMPXCHG16B" },
	{ CPUID_1_ECX, 17, "PCID" },	     { CPUID_1_ECX, 19, "SSE4.1" },
	{ CPUID_1_ECX, 20, "SSE4.2" },	     { CPUID_1_ECX, 21, "x2APIC" },
	{ CPUID_1_ECX, 22, "MOVBE" },	     { CPUID_1_ECX, 23, "POPCNT" },
	{ CPUID_1_ECX, 24, "TSC-deadline" }, { CPUID_1_ECX, 25, "AES" },
	{ CPUID_1_ECX, 26, "XSAVE" },	     { CPUID_1_ECX, 28, "AVX" },
	{ CPUID_1_ECX, 29, "F16C" },	     { CPUID_1_ECX, 30, "RDRAND" },
	{ CPUID_7_EBX, 0, "FSGSBASE" },	     { CPUID_7_EBX, 3, "BMI1" },
	{ CPUID_7_EBX, 5, "AVX2" },	     { CPUID_7_EBX, 7, "SMEP" },
	{ CPUID_7_EBX, 8, "BMI2" },	     { CPUID_7_EBX, 9, "ERMS" },
	{ CPUID_7_EBX, 10, "INVPCID" },	     { CPUID_7_EBX, 16, "AVX512F" },
	{ CPUID_7_EBX, 17, "AVX512DQ" },     { CPUID_7_EBX, 18, "RDSEED" },
	{ CPUID_7_EBX, 19, "ADX" },	     { CPUID_7_EBX, 20, "SMAP" },
	{ CPUID_7_EBX, 21, "AVX512IFMA" },   { CPUID_7_EBX, 23, "CLFLUSHOPT" },
	{ CPUID_7_EBX, 24, "CLWB" },	     { CPUID_7_EBX, 28, "AVX512CD" },
	{ CPUID_7_EBX, 29, "SHA" },	     { CPUID_7_EBX, 30, "AVX512BW" },
	{ CPUID_7_EBX, 31, "AVX512VL" },     { CPUID_7_ECX, 1, "AVX512VBMI" },
	{ CPUID_7_ECX, 2, "UMIP" },	     { CPUID_7_ECX, 6, "AVX512VBMI2" },
	{ CPUID_7_ECX, 8, "GFNI" },	     { CPUID_7_ECX, 9, "VAES" },
	{ CPUID_7_ECX, 10, "VPCLMULQDQ" },   { CPUID_7_ECX, 11, "AVX512VNNI" },
	{ CPUID_7_ECX, 12, "AVX512BITALG" }, { CPUID_7_ECX, 14, "AVX512VPOPCNTDQ" },
	{ CPUID_7_EDX, 2, "AVX512-4VNNIW" }, { CPUID_7_EDX, 3, "AVX512-4FMAPS" },
	{ CPUID_7_EDX, 4, "FSRM" },	     { CPUID_7_EDX, 10, "MD_CLEAR" },
	{ CPUID_7_EDX, 26, "IBRS and IBPB" }, { CPUID_7_EDX, 27, "STIBP" },
	{ CPUID_7_EDX, 29, "ARCH_CAPABILITIES" }, { CPUID_7_EDX, 31, "SSBD" },
	{ CPUID_E1_ECX, 0, "LAHF" },	     { CPUID_E1_ECX, 5, "LZCNT" },
	{ CPUID_E1_ECX, 6, "SSE4A" },	     { CPUID_E1_ECX, 7, "misaligned SSE" },
	{ CPUID_E1_ECX, 8, "PREFETCHW" },    { CPUID_E1_ECX, 11, "XOP" },
	{ CPUID_E1_ECX, 16, "FMA4" },	     { CPUID_E1_ECX, 21, "TBM" },
	{ CPUID_E1_EDX, 11, "SYSCALL" },     { CPUID_E1_EDX, 20, "NX" },
	{ CPUID_E1_EDX, 22, "MMXEXT" },	     { CPUID_E1_EDX, 25, "FFXSR" },
	{ CPUID_E1_EDX, 26, "1 GB pages" },  { CPUID_E1_EDX, 27, "RDTSCP" },
	{ CPUID_E1_EDX, 29, "64-bit mode" }, { CPUID_E7_EDX, 8, "invariant TSC" },
	{ CPUID_E8_EBX, 0, "CLZERO" },	     { CPUID_E8_EBX, 9, "WBNOINVD" },
	{ CPUID_E8_EBX, 12, "IBPB" },	     { CPUID_E8_EBX, 14, "IBRS" },
	{ CPUID_E8_EBX, 15, "STIBP" },	     { CPUID_E8_EBX, 24, "SSBD" },
};

const char *cpu_features_lack(const struct cpu_features *boot, const struct cpu_features *own)
{
	if (strcmp(boot->vendor, own->vendor))
		return "the same maker";
	for (unsigned int i = 0; i < ARRAY_SIZE(used); i++)
		if (boot->words[used[i].word] & ~own->words[used[i].word] & 1u << used[i].bit)
			return used[i].name;
	if (boot->xcr0_mask & ~own->xcr0_mask)
		return "extended state of the same kinds";
	/* A save area is as large as the boot CPU's state; xcr0_mask fixes most of its layout. */
	if (own->xcr0_mask == boot->xcr0_mask && own->xsave_size > boot->xsave_size)
		return "extended state of the same size";
	if (own->phys_bits < boot->phys_bits)
		return "as wide physical addresses";
	if (boot->arat && !own->arat)
		return "an APIC timer that never stops";
	return NULL;
}
