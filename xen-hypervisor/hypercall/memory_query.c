/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_op: sizes, memory maps, where the machine-to-physical table is, and resources that tools
 * map.
 */
#include <public/memory.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/memop.h>
#include <xen/page.h>
#include <xen/pv.h>
#ifndef XEN_HOST_BUILD
#include <xen/hw.h>
#endif

/* An entry of the memory maps in the ABI's layout. */
struct map_entry {
	u64 addr, size;
	u32 type;
} PACKED;
BUILD_CHECK(sizeof(struct map_entry) == 20);

#define MAP_MAX 128

/* ------------------------------------------------------------------ sizes */

long memop_maximum_ram_page(unsigned int cmd, u64 start, u64 arg) { return frame_count - 1; }

long memop_domain_size(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_memory_domain a;
	struct domain *d;
	long rc;

	if (copy_from_guest_raw(&a, arg, sizeof(a)))
		return -XEN_EFAULT;
	rc = memop_domain(a.domid, &d);
	if (rc)
		return rc;
	if (cmd == XENMEM_current_reservation)
		rc = READ_ONCE(d->nr_pages);
	else if (cmd == XENMEM_maximum_reservation)
		rc = READ_ONCE(d->max_pages);
	else
		/* What the guest itself says; a PV guest numbers its pages as it likes. */
		rc = d->shared_info ? (long)READ_ONCE(d->shared_info->arch.max_pfn) - 1 :
				      -XEN_EINVAL;
	domain_put(d);
	return rc;
}

/* ------------------------------------------------------------------ machine-to-physical table */

#ifndef XEN_HOST_BUILD
static spinlock_t m2p_share_lock = SPINLOCK_INIT;

/* First frame of a 2 MB part of the table; false past its end. */
static bool m2p_part(u64 index, u64 *ret_mfn)
{
	u64 va = M2P_RO_START + (index << 21), e = hv_l4[(va >> 39) & 511];

	for (unsigned int shift = 30; shift >= 21; shift -= 9) {
		if (!(e & PTE_P) || (e & PTE_PS))
			return false;
		e = ((u64 *)maddr_to_virt(_maddr(e & PTE_ADDR_MASK)))[(va >> shift) & 511];
	}
	*ret_mfn = (e & PTE_ADDR_MASK) >> PAGE_SHIFT;
	return (e & PTE_P) && (e & PTE_PS) && (index << 21) < frame_count * sizeof(u64);
}

/* The tools map the table read-only as frames of DOMID_XEN. */
static void m2p_share(u64 mfn)
{
	spin_lock(&m2p_share_lock);
	for (u64 m = mfn; m < mfn + 512; m++)
		if (mfn_valid(_mfn(m)) && !(mfn_to_page(_mfn(m))->count & PAGE_SHARED))
			page_share_with_guest(mfn_to_page(_mfn(m)), dom_xen, false);
	spin_unlock(&m2p_share_lock);
}
#else
static bool m2p_part(u64 index, u64 *ret_mfn) { return false; }
static void m2p_share(u64 mfn) { }
#endif

long memop_machphys_list(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_machphys_mfn_list l;
	u64 mfn;
	u32 i;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&l, arg, sizeof(l)))
		return -XEN_EFAULT;
	for (i = 0; i < l.max_extents && m2p_part(i, &mfn); i++) {
		m2p_share(mfn);
		if (copy_to_guest_raw(handle_va(l.extent_start) + i * sizeof(mfn), &mfn,
				      sizeof(mfn)))
			return -XEN_EFAULT;
	}
	l.nr_extents = i;
	return copy_to_guest_raw(arg, &l, sizeof(l)) ? -XEN_EFAULT : 0;
}

long memop_machphys_mapping(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_machphys_mapping m = {
		.v_start = MACH2PHYS_VIRT_START,
		.v_end = MACH2PHYS_VIRT_END,
		.max_mfn = frame_count - 1,
	};

	return copy_to_guest_raw(arg, &m, sizeof(m)) ? -XEN_EFAULT : 0;
}

/* ------------------------------------------------------------------ memory maps */

long memop_set_memory_map(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_foreign_memory_map f;
	struct domain *d;
	void *map, *old;
	int rc;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&f, arg, sizeof(f)))
		return -XEN_EFAULT;
	if (!f.map.nr_entries || f.map.nr_entries > MAP_MAX)
		return -XEN_EINVAL;
	map = mem_alloc(f.map.nr_entries * sizeof(struct map_entry));
	if (!map)
		return -XEN_ENOMEM;
	rc = -XEN_EFAULT;
	if (copy_from_guest_raw(map, handle_va(f.map.buffer),
				f.map.nr_entries * sizeof(struct map_entry)))
		goto out;
	rc = memop_domain(f.domid, &d);
	if (rc)
		goto out;
	spin_lock(&d->page_lock);
	if (d->pv && READ_ONCE(d->dying) == DOMAIN_ALIVE) {
		old = d->pv->e820;
		d->pv->e820 = map;
		d->pv->nr_e820 = f.map.nr_entries;
		map = old;
	} else {
		rc = -XEN_EINVAL;
	}
	spin_unlock(&d->page_lock);
	domain_put(d);
out:
	mem_free(map);
	return rc;
}

/* As many entries as there is room for; the number goes back to the guest. */
static long give_map(u64 arg, struct xen_memory_map *m, const struct map_entry *map,
		     unsigned int count)
{
	m->nr_entries = min(m->nr_entries, count);
	if (copy_to_guest_raw(handle_va(m->buffer), map, m->nr_entries * sizeof(*map)) ||
	    copy_to_guest_raw(arg, m, sizeof(*m)))
		return -XEN_EFAULT;
	return 0;
}

long memop_memory_map(unsigned int cmd, u64 start, u64 arg)
{
	struct domain *d = current->domain;
	struct xen_memory_map m;
	unsigned int count = 0;
	struct map_entry *copy;
	long rc = -XEN_ENOSYS;

	if (copy_from_guest_raw(&m, arg, sizeof(m)))
		return -XEN_EFAULT;
	copy = mem_new_array(struct map_entry, MAP_MAX);
	if (!copy)
		return -XEN_ENOMEM;
	spin_lock(&d->page_lock);
	if (d->pv && d->pv->e820) {
		count = d->pv->nr_e820;
		memcpy(copy, d->pv->e820, count * sizeof(*copy));
	}
	spin_unlock(&d->page_lock);
	if (count)
		rc = give_map(arg, &m, copy, count);
	mem_free(copy);
	return rc;
}

long memop_machine_memory_map(unsigned int cmd, u64 start, u64 arg)
{
	const struct e820_entry *e;
	struct xen_memory_map m;
	unsigned int i;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&m, arg, sizeof(m)))
		return -XEN_EFAULT;
	for (i = 0; i < m.nr_entries && (e = boot_e820_entry(i)) != NULL; i++) {
		struct map_entry out = { e->start, e->size, e->type };

		if (copy_to_guest_raw(handle_va(m.buffer) + i * sizeof(out), &out, sizeof(out)))
			return -XEN_EFAULT;
	}
	m.nr_entries = i;
	return copy_to_guest_raw(arg, &m, sizeof(m)) ? -XEN_EFAULT : 0;
}

/* ------------------------------------------------------------------ the rest */

/* A PV domain is populated all the time. */
long memop_pod_target(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_pod_target t;
	struct domain *d;
	int rc;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&t, arg, sizeof(t)))
		return -XEN_EFAULT;
	rc = memop_domain(t.domid, &d);
	if (rc)
		return rc;
	t.tot_pages = READ_ONCE(d->nr_pages);
	t.target_pages = t.pod_cache_pages = t.pod_entries = 0;
	domain_put(d);
	return copy_to_guest_raw(arg, &t, sizeof(t)) ? -XEN_EFAULT : 0;
}

/* No IOMMU, no regions that a device must see one to one. */
long memop_rdm_map(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_reserved_device_memory_map m;

	if (copy_from_guest_raw(&m, arg, sizeof(m)))
		return -XEN_EFAULT;
	m.nr_entries = 0;
	return copy_to_guest_raw(arg, &m, sizeof(m)) ? -XEN_EFAULT : 0;
}

static long acquire_frames(struct xen_mem_acquire_resource *r, struct domain *d, u64 start,
			   u64 *ret_done)
{
	for (u64 i = start; i < r->nr_frames; i++) {
		mfn_t m;
		int rc;

		*ret_done = i;
		if (i != start && hypercall_preempt_check())
			return -XEN_ERESTART;
		rc = grant_get_shared_frame(d, (u32)(r->frame + i), &m);
		if (rc)
			return rc;
		if (copy_to_guest_raw(handle_va(r->frame_list) + i * sizeof(u64), &m, sizeof(u64)))
			return -XEN_EFAULT;
	}
	return 0;
}

long memop_acquire_resource(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	u64 done = start;
	long rc;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&r, arg, sizeof(r)))
		return -XEN_EFAULT;
	if (r.pad || r.frame > ~0u || r.frame + r.nr_frames > ~0u)
		return -XEN_EINVAL;
	if (r.type != XENMEM_resource_grant_table || r.id != XENMEM_resource_grant_table_id_shared)
		return -XEN_EOPNOTSUPP;
	rc = memop_domain(r.domid, &d);
	if (rc)
		return rc;
	if (handle_is_null(r.frame_list)) {
		/* How many are there? */
		rc = r.nr_frames ? -XEN_EINVAL : 0;
		r.nr_frames = d->max_grant_frames;
		if (!rc && copy_to_guest_raw(arg, &r, sizeof(r)))
			rc = -XEN_EFAULT;
	} else if (start > r.nr_frames || r.frame + r.nr_frames > d->max_grant_frames) {
		rc = -XEN_EINVAL;
	} else {
		rc = acquire_frames(&r, d, start, &done);
	}
	domain_put(d);
	return rc == -XEN_ERESTART ? memop_continue(cmd, done, arg) : rc;
}
