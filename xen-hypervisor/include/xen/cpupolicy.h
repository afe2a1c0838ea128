/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor as the tools are told of it, and what they hide of it from a domain.  Feature words
 * are numbered as in public/arch-x86/cpufeatureset.h.  Sources: guest/pv/cpupolicy.c,
 * hypercall/cpu_policy.c.
 */
#ifndef XEN_CPUPOLICY_H
#define XEN_CPUPOLICY_H

#include <xen/types.h>

struct vcpu;

#define CPU_FEATURE_WORDS 13
extern const struct cpu_word {
	u32 leaf, sub, reg;
} cpu_words[CPU_FEATURE_WORDS];

/* Takes away from a leaf what is hidden from v's domain. */
void pv_cpuid_hide(const struct vcpu *v, u32 leaf, u32 sub, u32 *r);

/* v NULL: the machine's own, else as v's guest sees it. */
u32 cpu_feature_word(struct vcpu *v, unsigned int i);
/*
 * Writes xen_cpuid_leaf_t records to a guest address; *nr: room, then how many there are.  at 0:
 * only counts. 0, -XEN_ENOBUFS, -XEN_EFAULT.
 */
int cpu_policy_leaves(struct vcpu *v, u64 at, u32 *nr);

#endif
