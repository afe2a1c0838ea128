/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor as the tools are told of it.  v NULL: the machine's own, else as v's guest sees it.
 * Source: hypercall/cpu_policy.c. */
#ifndef XEN_CPUPOLICY_H
#define XEN_CPUPOLICY_H

#include <xen/types.h>

struct vcpu;

#define CPU_FEATURE_WORDS 13
u32 cpu_feature_word(struct vcpu *v, unsigned int i);
/* Writes xen_cpuid_leaf_t records to a guest address; *nr: room, then how many there are.  at 0: only counts.
 * 0, -XEN_ENOBUFS, -XEN_EFAULT. */
int cpu_policy_leaves(struct vcpu *v, u64 at, u32 *nr);

#endif
