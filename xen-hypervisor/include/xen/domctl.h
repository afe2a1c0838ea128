/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the domctl and sysctl hypercalls; used by hypercall/domctl*.c and hypercall/sysctl*.c
 * only.
 *
 * An operation works on the hypervisor's own copy of the argument, `op`; the table of
 * hypercall/domctl.c says whether it is copied back.  `d` is the domain named, referenced and not
 * the caller's own where the table says so; NULL for rows that look it up themselves.  Result: 0,
 * -XEN_E*, or -XEN_ERESTART: the call is entered again as it was.
 */
#ifndef XEN_DOMCTL_INTERNAL_H
#define XEN_DOMCTL_INTERNAL_H

#include <public/domctl.h>
#include <xen/cpumask.h>
#include <xen/types.h>

struct domain;

typedef long domctl_fn(struct domain *d, struct xen_domctl *op);

/* hypercall/domctl_life.c */
domctl_fn domctl_createdomain, domctl_destroydomain, domctl_pausedomain, domctl_unpausedomain,
	domctl_getdomaininfo, domctl_resumedomain, domctl_max_mem, domctl_max_vcpus,
	domctl_setdomainhandle, domctl_setdebugging, domctl_settimeoffset, domctl_scheduler_op,
	domctl_set_virq_handler, domctl_setnodeaffinity, domctl_getnodeaffinity,
	domctl_set_address_size, domctl_get_address_size;
void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* hypercall/domctl_vcpu.c */
domctl_fn domctl_setvcpucontext, domctl_getvcpucontext, domctl_getvcpuinfo, domctl_setvcpuaffinity,
	domctl_getvcpuaffinity, domctl_sendtrigger;

/* hypercall/domctl_vcpustate.c */
domctl_fn domctl_setvcpuextstate, domctl_getvcpuextstate, domctl_get_vcpu_msrs,
	domctl_set_vcpu_msrs, domctl_set_ext_vcpucontext, domctl_get_ext_vcpucontext,
	domctl_gettscinfo, domctl_settscinfo;

/* hypercall/domctl_rights.c */
domctl_fn domctl_irq_permission, domctl_iomem_permission, domctl_ioport_permission,
	domctl_memory_mapping;

/* hypercall/domctl_memory.c */
domctl_fn domctl_hypercall_init, domctl_getpageframeinfo3;

/* hypercall/cpu_policy.c */
domctl_fn domctl_get_cpu_policy, domctl_set_cpu_policy;

/*
 * CPU bitmaps of the tools: any number of bits.  Bits past the end read as 0; what a short map
 * cannot show is left out.  0 or -XEN_EFAULT.
 */
struct xenctl_bitmap;
int bitmap_from_tools(cpumask_t *mask, const struct xenctl_bitmap *from);
int bitmap_to_tools(const struct xenctl_bitmap *to, const cpumask_t *mask);

#endif
