/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update_va_mapping: the level-1 entry of one address of the caller's kernel address space, with a
 * flush. The hottest of the memory calls: no allocation, no copy, references by
 * compare-and-exchange only.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/smp.h>

static int flush_after(u64 va, u64 flags)
{
	u64 what, whom = flags & ~UVMF_FLUSHTYPE_MASK;
	struct domain *d = current->domain;
	cpumask_t mask;
	int rc;

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		what = TLB_ALL;
		break;
	case UVMF_INVLPG:
		what = va;
		break;
	default:
		return 0;
	}
	if (whom == UVMF_LOCAL) {
		if (what == va) {
			hw_tlb_flush_local_page(va);
			return 0;
		}
		cpumask_zero(&mask);
		cpumask_set(&mask, hw_cpu_id());
	} else if (whom == UVMF_ALL) {
		pv_dirty_cpus(d, &mask);
	} else {
		rc = pv_vcpumask_to_cpus(d, whom, &mask);
		if (rc)
			return rc;
	}
	tlb_flush_mask(&mask, what);
	return 0;
}

static int update(u64 va, u64 val, u64 flags, struct domain *pg_owner)
{
	struct vcpu *v = current;
	struct page_info *l1;
	unsigned int index;
	int rc = pv_finish_dropped(v);

	if (rc)
		return rc;
	l1 = pv_walk_l1(v, false, va, &index);
	if (!l1)
		return -XEN_EINVAL;
	rc = pv_l1_update(l1, index, val, PV_UPDATE_PLAIN, NULL, v->domain, pg_owner);
	pv_unwalk_l1(l1);
	return rc ? rc : flush_after(va, flags);
}

long do_update_va_mapping(u64 va, u64 val, u64 flags)
{
	int rc = update(va, val, flags, current->domain);

	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_update_va_mapping, 3, va, val, flags);
	return rc;
}

long do_update_va_mapping_otherdomain(u64 va, u64 val, u64 flags, u64 domid)
{
	struct domain *pg_owner;
	int rc = pv_get_owner((domid_t)domid, &pg_owner);

	if (rc)
		return rc;
	rc = update(va, val, flags, pg_owner);
	pv_put_owner(pg_owner);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_update_va_mapping_otherdomain, 4, va, val,
					  flags, domid);
	return rc;
}
