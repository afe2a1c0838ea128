/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What speculative execution on this processor gives away, and what is done against it.
 * hw/speculation-need.c knows processors (a pure function, for host tests too), hw/speculation.c
 * asks this one and decides, guest/pv/l1tf.c checks entries of page tables.
 *
 * A decision is a variable that is written once at boot: where nothing is to be done, a place that
 * would have to do it pays a test of a byte.
 */
#ifndef XEN_SPECULATION_H
#define XEN_SPECULATION_H

#include <xen/cpufeatures.h>
#include <xen/types.h>

/* Issues. */
#define SPEC_MELTDOWN (1u << 0)	/* user code reads what is mapped for its supervisor */
#define SPEC_L1TF (1u << 1)	/* entries that are not present read what is in the cache */
#define SPEC_MDS (1u << 2)	/* buffers of the core keep data of others */
#define SPEC_TAA (1u << 3)	/* the same by aborted transactions */
#define SPEC_BRANCHES (1u << 4)	/* others choose where our indirect branches lead (Spectre v2) */
#define SPEC_SSB (1u << 5)	/* loads pass older stores */

/* Means, as the processor offers them. */
#define SPEC_HAS_IBPB (1u << 0)
#define SPEC_HAS_IBRS (1u << 1)
#define SPEC_HAS_IBRS_ALWAYS (1u << 2)
#define SPEC_HAS_STIBP (1u << 3)
#define SPEC_HAS_SSBD (1u << 4)
#define SPEC_HAS_MD_CLEAR (1u << 5)
#define SPEC_HAS_L1D_FLUSH (1u << 6)

/* MSR_ARCH_CAPS (Intel), 0 where there is none. */
#define ARCH_CAPS_RDCL_NO (1u << 0)
#define ARCH_CAPS_IBRS_ALL (1u << 1)
#define ARCH_CAPS_SSB_NO (1u << 4)
#define ARCH_CAPS_MDS_NO (1u << 5)
#define ARCH_CAPS_TAA_NO (1u << 8)

/* SPEC_* and SPEC_HAS_* of a processor. */
u32 speculation_issues(const struct cpu_features *f, u64 arch_caps);
u32 speculation_means(const struct cpu_features *f, u64 arch_caps);

/* Boot, after the first CPU's features are known: decides, and says so in the log. */
void speculation_init(void);

extern bool spec_ibpb;	/* a barrier between vCPUs of different domains */
extern bool spec_l1tf;	/* guests' entries that are not present must name nothing cached */

/* The end of a switch to a vCPU of that domain, interrupts off; only if spec_ibpb. */
void speculation_switch(u16 domid);

#endif
