/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the sysctl hypercall; used by hypercall/sysctl*.c only.  They work on the hypervisor's
 * own copy of the argument, which is copied back on success.  Sources: hypercall/sysctl_machine.c,
 * sysctl_perfc.c.
 */
#ifndef XEN_SYSCTL_INTERNAL_H
#define XEN_SYSCTL_INTERNAL_H

struct xen_sysctl;

long sysctl_physinfo(struct xen_sysctl *op);
long sysctl_getcpuinfo(struct xen_sysctl *op);
long sysctl_availheap(struct xen_sysctl *op);
long sysctl_cputopoinfo(struct xen_sysctl *op);
long sysctl_numainfo(struct xen_sysctl *op);
long sysctl_pcitopoinfo(struct xen_sysctl *op);
long sysctl_perfc(struct xen_sysctl *op);

#endif
