/* SPDX-License-Identifier: MIT */
/*
 * Parameters of this hypervisor's own schedulers.
 *
 * The interface that tools share knows other schedulers only, so scheduler_op (domctl.h, sysctl.h)
 * takes the numbers below besides theirs. Another hypervisor, or one that runs another of the
 * three, answers EINVAL: that is also how a tool learns which one is at work. The structures lie
 * over the operation's union u and are no larger than it was.
 */
#ifndef XEN_PUBLIC_OWN_SCHED_H
#define XEN_PUBLIC_OWN_SCHED_H

#include "xen.h"

#define XEN_OWN_SCHEDULER_BVT		0x4f570001
#define XEN_OWN_SCHEDULER_RROBIN	0x4f570002
#define XEN_OWN_SCHEDULER_ATROPOS	0x4f570003

/* domctl, BVT. putinfo: a member that has its KEEP value stays as it is. */
#define XEN_OWN_BVT_KEEP_WEIGHT	0
#define XEN_OWN_BVT_KEEP_CAP	0xffff
#define XEN_OWN_BVT_KEEP_US	0xffffffff

struct xen_own_sched_bvt {
	uint16_t weight;		/* 256 is the default */
	uint16_t cap;			/* per cent of one CPU; 0: none */
	uint32_t warp_value_us;		/* how far ahead a woken vCPU is served; 0: never */
	uint32_t warp_limit_us;		/* running time it may be ahead ... */
	uint32_t warp_window_us;	/* ... in each window of this length */
};

/* domctl, atropos: struct xen_domctl_sched_rtds. Round robin has no parameters of a domain. */

/* sysctl: BVT's context switch allowance, round robin's slice. Atropos has neither. */
#define XEN_OWN_SLICE_MIN_US	100
#define XEN_OWN_SLICE_MAX_US	1000000

struct xen_own_sched_machine {
	uint32_t slice_us;
};

#endif
