/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: rights over real resources.  A caller can pass on only what it has itself.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/page.h>
#include <xen/rights.h>

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
	u64 irq = op->u.irq_permission.pirq;

	if (!rights_irq_ok(current->domain, irq, irq))
		return -XEN_EPERM;
	return op->u.irq_permission.allow_access ? rights_irq_grant(d, irq, irq)
						 : rights_irq_revoke(d, irq, irq);
}

/* A range of frames that exists. */
static int check_frames(u64 first, u64 count)
{
	u64 last = first + count - 1;

	return count && last >= first && last >> (page_paddr_bits - PAGE_SHIFT) == 0 ? 0
										     : -XEN_EINVAL;
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
	u64 first = op->u.iomem_permission.first_mfn,
	    last = first + op->u.iomem_permission.nr_mfns - 1;
	int rc = check_frames(first, op->u.iomem_permission.nr_mfns);

	if (rc)
		return rc;
	if (!rights_iomem_ok(current->domain, first, last))
		return -XEN_EPERM;
	return op->u.iomem_permission.allow_access ? rights_iomem_grant(d, first, last)
						   : rights_iomem_revoke(d, first, last);
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
	u64 first = op->u.ioport_permission.first_port, nr = op->u.ioport_permission.nr_ports;

	if (!nr)
		return 0;
	if (first + nr > 0x10000)
		return -XEN_EINVAL;
	if (!rights_ioport_ok(current->domain, first, first + nr - 1))
		return -XEN_EPERM;
	return op->u.ioport_permission.allow_access
		       ? rights_ioport_grant(d, first, first + nr - 1)
		       : rights_ioport_revoke(d, first, first + nr - 1);
}

/*
 * A paravirtual guest maps device memory by itself, with the right given above: there is no map to
 * change.
 */
long domctl_memory_mapping(struct domain *d, struct xen_domctl *op)
{
	u64 first = op->u.memory_mapping.first_mfn, nr = op->u.memory_mapping.nr_mfns;
	int rc = check_frames(first, nr);

	if (rc || op->u.memory_mapping.padding ||
	    op->u.memory_mapping.add_mapping > DPCI_ADD_MAPPING)
		return -XEN_EINVAL;
	return rights_iomem_ok(current->domain, first, first + nr - 1) ? 0 : -XEN_EPERM;
}
