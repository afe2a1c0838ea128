/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_op: pages into and out of a domain's reservation, and claims.
 * The result is the number of extents done; trouble with one ends the call there.
 */
#include <public/memory.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/memop.h>
#include <xen/page.h>

struct reservation {
	struct xen_memory_reservation r;
	struct domain *d;
	unsigned int heap_flags;
};

static bool read_frame(const struct reservation *c, u64 i, u64 *ret)
{
	return !copy_from_guest_raw(ret, handle_va(c->r.extent_start) + i * sizeof(*ret),
				    sizeof(*ret));
}

static bool write_frame(const struct reservation *c, u64 i, u64 val)
{
	return !copy_to_guest_raw(handle_va(c->r.extent_start) + i * sizeof(val), &val,
				  sizeof(val));
}

/* Each returns 1: done; 0: no further; -XEN_ERESTART. */
static int increase_one(struct reservation *c, u64 i)
{
	struct page_info *pg = page_alloc_domain(c->d, c->r.extent_order, c->heap_flags);

	if (!pg)
		return 0;
	return handle_is_null(c->r.extent_start) || write_frame(c, i, mfn_x(page_to_mfn(pg)));
}

static int populate_one(struct reservation *c, u64 i)
{
	struct page_info *pg;
	u64 gpfn;

	if (!read_frame(c, i, &gpfn))
		return 0;
	pg = page_alloc_domain(c->d, c->r.extent_order, c->heap_flags);
	if (!pg)
		return 0;
	for (u64 j = 0; j < 1ULL << c->r.extent_order; j++)
		m2p_set(mfn_add(page_to_mfn(pg), j), gpfn + j);
	return write_frame(c, i, mfn_x(page_to_mfn(pg)));
}

static int release_frame(struct domain *d, u64 mfn)
{
	struct page_info *pg = page_get_by_mfn(_mfn(mfn), d);
	int rc;

	if (!pg)
		return 0;
	rc = page_undo_partial(pg) ? -XEN_ERESTART : !page_release(pg, d);
	page_put(pg);
	return rc;
}

static int decrease_one(struct reservation *c, u64 i)
{
	u64 mfn;
	int rc;

	if (!read_frame(c, i, &mfn))
		return 0;
	for (u64 j = 0; j < 1ULL << c->r.extent_order; j++) {
		rc = release_frame(c->d, mfn + j);
		if (rc == 1)
			continue;
		/* An extent begun is not begun again: its first frames are gone. */
		if (rc != -XEN_ERESTART || j == 0)
			return rc;
		j--;
		hw_pause();
	}
	return 1;
}

static int (*const steps[])(struct reservation *c, u64 i) = {
	[XENMEM_increase_reservation] = increase_one,
	[XENMEM_decrease_reservation] = decrease_one,
	[XENMEM_populate_physmap] = populate_one,
};

static int check(struct reservation *c, unsigned int cmd, u64 start)
{
	unsigned int bits = XENMEMF_get_address_bits(c->r.mem_flags);

	if (c->r.nr_extents > ~0UL >> MEMOP_EXTENT_SHIFT || start > c->r.nr_extents)
		return -XEN_EINVAL;
	if (c->r.extent_order > memop_max_order())
		return -XEN_EPERM;
	if (cmd != XENMEM_decrease_reservation && (c->r.mem_flags & XENMEMF_populate_on_demand))
		return -XEN_EOPNOTSUPP;
	/* No wider than memory is, or the heap would take it for another limit. */
	c->heap_flags = bits ? HEAP_BITS(min(bits, 52u)) : 0;
	return 0;
}

long memop_reservation(unsigned int cmd, u64 start, u64 arg)
{
	struct reservation c;
	u64 i;
	int rc;

	if (copy_from_guest_raw(&c.r, arg, sizeof(c.r)))
		return -XEN_EFAULT;
	rc = check(&c, cmd, start);
	if (!rc)
		rc = memop_domain(c.r.domid, &c.d);
	if (rc)
		return rc;
	for (i = start, rc = 1; i < c.r.nr_extents; i++) {
		if (i != start && hypercall_preempt_check()) {
			rc = -XEN_ERESTART;
			break;
		}
		rc = steps[cmd](&c, i);
		if (rc != 1)
			break;
	}
	domain_put(c.d);
	return rc == -XEN_ERESTART ? memop_continue(cmd, i, arg) : (long)i;
}

long memop_claim(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int rc;

	if (copy_from_guest_raw(&r, arg, sizeof(r)))
		return -XEN_EFAULT;
	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (!handle_is_null(r.extent_start) || r.mem_flags || r.extent_order)
		return -XEN_EINVAL;
	rc = memop_domain(r.domid, &d);
	if (rc)
		return rc;
	rc = heap_claim(d, r.nr_extents);
	domain_put(d);
	return rc;
}
