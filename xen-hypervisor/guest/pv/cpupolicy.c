/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature words: where each stands in CPUID, and what of them is hidden from one domain.
 * guest/pv/cpuid.c applies it after its own choice of what guests may see; hypercall/cpu_policy.c
 * sets it before the domain first runs.
 */
#include <xen/cpupolicy.h>
#include <xen/domain.h>
#include <xen/pv.h>

const struct cpu_word cpu_words[CPU_FEATURE_WORDS] = {
	{1, 0, 3}, {1, 0, 2},	       {0x80000001, 0, 3}, {0x80000001, 0, 2}, {0xd, 1, 0},
	{7, 0, 1}, {7, 0, 2},	       {0x80000007, 0, 3}, {0x80000008, 0, 1}, {7, 0, 3},
	{7, 1, 0}, {0x80000021, 0, 0}, {7, 1, 1},
};

/* Only these have subleaves; for others ecx means nothing. */
static bool has_subleaves(u32 leaf) { return leaf == 7 || leaf == 0xd; }

void pv_cpuid_hide(const struct vcpu *v, u32 leaf, u32 sub, u32 *r)
{
	const u32 *hidden = v->domain->pv->cpuid_hidden;

	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++)
		if (cpu_words[i].leaf == leaf && (cpu_words[i].sub == sub || !has_subleaves(leaf)))
			r[cpu_words[i].reg] &= ~hidden[i];
}
