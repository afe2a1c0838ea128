/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processors give away what by speculation, from what they say of themselves and, for those
 * that are older than the question, from lists of models.
 *
 * Sources: Intel's "Affected Processors: Transient Execution Attacks", the SDM volume 4 on
 * IA32_ARCH_CAPABILITIES, AMD's "Software techniques for managing speculation".  Who is on no list
 * counts as affected.
 */
#include <xen/lib.h>
#include <xen/speculation.h>

bool spec_l1tf;

/* Intel's family 6. */
static const u8 in_order[] = { 0x1c, 0x26, 0x27, 0x35, 0x36 };
/* Small and many-core ones whose level-1 cache is not looked up before the check. */
static const u8 no_l1tf[] = { 0x37, 0x4a, 0x4c, 0x4d, 0x57, 0x5a, 0x5c, 0x5d,
			      0x5f, 0x75, 0x7a, 0x85, 0x86, 0x96, 0x9c };
static const u8 no_mds[] = { 0x5c, 0x5f, 0x7a, 0x86, 0x96, 0x9c };

static bool is_one_of(const struct cpu_features *f, const u8 *models, unsigned int n)
{
	for (unsigned int i = 0; f->intel && f->family == 6 && i < n; i++)
		if (models[i] == f->model)
			return true;
	return false;
}

static bool has(const struct cpu_features *f, enum cpuid_word word, unsigned int bit)
{
	return f->words[word] >> bit & 1;
}

u32 speculation_issues(const struct cpu_features *f, u64 caps)
{
	u32 issues = SPEC_BRANCHES;

	if (is_one_of(f, in_order, ARRAY_SIZE(in_order)))
		return 0;
	if (!(caps & ARCH_CAPS_SSB_NO) && !has(f, CPUID_E8_EBX, 26))
		issues |= SPEC_SSB;
	if (f->amd)
		return issues;
	if (!(caps & ARCH_CAPS_RDCL_NO)) {
		issues |= SPEC_MELTDOWN;
		if (!is_one_of(f, no_l1tf, ARRAY_SIZE(no_l1tf)))
			issues |= SPEC_L1TF;
	}
	if (!(caps & ARCH_CAPS_MDS_NO) && !is_one_of(f, no_mds, ARRAY_SIZE(no_mds)))
		issues |= SPEC_MDS;
	/* With restricted transactional memory only. */
	if (has(f, CPUID_7_EBX, 11) && !(caps & ARCH_CAPS_TAA_NO))
		issues |= SPEC_TAA;
	return issues;
}

u32 speculation_means(const struct cpu_features *f, u64 caps)
{
	u32 means = 0;

	if (has(f, CPUID_7_EDX, 26))
		means |= SPEC_HAS_IBRS | SPEC_HAS_IBPB;
	if (has(f, CPUID_E8_EBX, 12))
		means |= SPEC_HAS_IBPB;
	if (has(f, CPUID_E8_EBX, 14))
		means |= SPEC_HAS_IBRS;
	if ((caps & ARCH_CAPS_IBRS_ALL) || has(f, CPUID_E8_EBX, 16))
		means |= SPEC_HAS_IBRS_ALWAYS;
	if (has(f, CPUID_7_EDX, 27) || has(f, CPUID_E8_EBX, 15))
		means |= SPEC_HAS_STIBP;
	if (has(f, CPUID_7_EDX, 31) || has(f, CPUID_E8_EBX, 24))
		means |= SPEC_HAS_SSBD;
	if (has(f, CPUID_7_EDX, 10))
		means |= SPEC_HAS_MD_CLEAR;
	if (has(f, CPUID_7_EDX, 28))
		means |= SPEC_HAS_L1D_FLUSH;
	return means;
}
