/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update_descriptor: one checked descriptor into a descriptor page, or a page that may become one.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/page.h>
#include <xen/pv.h>

static int write_descriptor(struct page_info *pg, u64 maddr, u64 desc)
{
	enum page_type type = page_type_in_use(pg) == PAGE_DESC ? PAGE_DESC : PAGE_WRITABLE;
	int rc = page_get_type(pg, type);

	if (rc)
		return rc;
	/* One store: other vCPUs may be loading the old descriptor. */
	__atomic_store_n((u64 *)maddr_to_virt(_maddr(maddr)), desc, __ATOMIC_SEQ_CST);
	page_put_type(pg);
	return 0;
}

long do_update_descriptor(u64 maddr, u64 desc)
{
	struct page_info *pg;
	int rc;

	if ((maddr & 7) || !pv_descriptor_ok(&desc))
		return -XEN_EINVAL;
	pg = page_get_by_mfn(maddr_to_mfn(_maddr(maddr)), current->domain);
	if (!pg)
		return -XEN_EINVAL;
	rc = write_descriptor(pg, maddr, desc);
	page_put(pg);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_update_descriptor, 2, maddr, desc);
	return rc;
}
