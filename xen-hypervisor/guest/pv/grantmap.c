/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Granted frames in a paravirtual guest's page tables: the entries that grant_table_op writes and
 * removes.
 *
 * An entry made here holds references as any other, so the guest may also overwrite it.  Removing
 * it does not flush: core/grant.c keeps its own references to the frame until it has flushed for
 * the whole batch.
 */
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/x86.h>

/* The level-1 table and index that `addr` means; referenced and typed. */
static struct page_info *find_entry(u64 addr, unsigned int flags, unsigned int *ret_index)
{
	struct vcpu *v = current;
	struct page_info *pg;

	if (!(flags & GNTMAP_contains_pte))
		return addr & (PAGE_SIZE - 1) ? NULL : pv_walk_l1(v, false, addr, ret_index);
	if (addr & (sizeof(u64) - 1))
		return NULL;
	pg = page_get_by_mfn(maddr_to_mfn(_maddr(addr)), v->domain);
	if (!pg)
		return NULL;
	if (!page_get_type_if_used(pg, PAGE_L1)) {
		page_put(pg);
		return NULL;
	}
	*ret_index = (addr & (PAGE_SIZE - 1)) / sizeof(u64);
	return pg;
}

static int to_gntst(int rc)
{
	if (!rc)
		return GNTST_okay;
	return rc == -XEN_ERESTART ? GNTST_eagain : GNTST_general_error;
}

int pv_grant_map(u64 addr, mfn_t frame, unsigned int flags, bool io, u64 cache_flags)
{
	struct domain *self = current->domain;
	/* core/grant.c holds a reference to the frame, so its owner stays. */
	struct domain *owner = io || !mfn_valid(frame) ? self : page_owner(mfn_to_page(frame));
	u64 e = mfn_x(frame) << PAGE_SHIFT | PTE_P | PTE_A | PTE_US;
	unsigned int index;
	struct page_info *l1;
	int rc;

	if (!owner)
		return GNTST_general_error;
	if (!(flags & GNTMAP_readonly))
		e |= PTE_RW | PTE_D;
	/* The guest's three software bits. */
	e |= (u64)((flags >> _GNTMAP_guest_avail0) & 7) << 9;
	e |= cache_flags & (PTE_PWT | PTE_PCD | PTE_PAT);
	l1 = find_entry(addr, flags, &index);
	if (!l1)
		return flags & GNTMAP_contains_pte ? GNTST_general_error : GNTST_bad_virt_addr;
	rc = pv_l1_update(l1, index, e, PV_UPDATE_PLAIN, NULL, self, owner);
	pv_unwalk_l1(l1);
	return to_gntst(rc);
}

/* Replaces the entry by `val` if it maps the frame. */
static int replace_entry(struct page_info *l1, unsigned int index, mfn_t frame, u64 val)
{
	u64 e = READ_ONCE(((u64 *)page_to_virt(l1))[index]);
	struct domain *self = current->domain;
	int rc;

	do {
		if (!(e & PTE_P) || (e & PTE_ADDR_MASK) >> PAGE_SHIFT != mfn_x(frame))
			return GNTST_general_error;
		/*
		 * -XEN_EAGAIN: the processor set a bit, or another vCPU wrote; e is the new
		 * contents.
		 */
		rc = pv_l1_update(l1, index, val, PV_UPDATE_EXPECT, &e, self, self);
	} while (rc == -XEN_EAGAIN);
	return to_gntst(rc);
}

int pv_grant_unmap(u64 addr, mfn_t frame, u64 new_addr, unsigned int flags)
{
	struct page_info *l1, *new_l1 = NULL;
	unsigned int index, new_index;
	u64 val = 0;
	int rc;

	if (new_addr) {
		if (flags & GNTMAP_contains_pte)
			return GNTST_general_error;
		new_l1 = find_entry(new_addr, 0, &new_index);
		if (!new_l1)
			return GNTST_bad_virt_addr;
		val = READ_ONCE(((u64 *)page_to_virt(new_l1))[new_index]);
	}
	l1 = find_entry(addr, flags, &index);
	rc = l1 ? replace_entry(l1, index, frame, val) : GNTST_bad_virt_addr;
	if (l1)
		pv_unwalk_l1(l1);
	if (new_l1) {
		/* The mapping moved: it leaves where it was. */
		if (rc == GNTST_okay && pv_l1_update(new_l1, new_index, 0, PV_UPDATE_PLAIN, NULL,
						     current->domain, current->domain))
			rc = GNTST_general_error;
		pv_unwalk_l1(new_l1);
	}
	return rc;
}
