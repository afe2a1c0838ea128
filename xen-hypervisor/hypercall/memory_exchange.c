/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_op exchange: a domain's pages for as many others, contiguous or at low addresses; dom0's
 * DMA buffers come from here.  It goes chunk by chunk, a chunk being the larger of an extent of
 * either side: the pages given are taken from the domain first, so that it never has more than
 * before, and handed back if the others cannot be had.
 */
#include <public/memory.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/memop.h>
#include <xen/page.h>

struct exchange {
	struct xen_memory_exchange x;
	struct domain *d;
	unsigned int chunk_order;	/* frames of a chunk */
	unsigned int in_per_chunk, out_per_chunk;
	unsigned int heap_flags;
	u32 taken;			/* frames taken from the domain, linked by page_info.next */
};

static int check(struct exchange *c)
{
	const struct xen_memory_reservation *in = &c->x.in, *out = &c->x.out;
	unsigned int bits = XENMEMF_get_address_bits(out->mem_flags);

	if (c->x.nr_exchanged > in->nr_extents || in->nr_extents > ~0UL >> HEAP_MAX_ORDER ||
	    out->nr_extents > ~0UL >> HEAP_MAX_ORDER || in->domid != out->domid)
		return -XEN_EINVAL;
	if (in->extent_order > memop_max_order() || out->extent_order > memop_max_order())
		return -XEN_EPERM;
	if (in->nr_extents << in->extent_order != out->nr_extents << out->extent_order)
		return -XEN_EINVAL;
	c->chunk_order = max(in->extent_order, out->extent_order);
	c->in_per_chunk = 1u << (c->chunk_order - in->extent_order);
	c->out_per_chunk = 1u << (c->chunk_order - out->extent_order);
	if (c->x.nr_exchanged & (c->in_per_chunk - 1))
		return -XEN_EINVAL;
	c->heap_flags = bits ? HEAP_BITS(min(bits, 52u)) : 0;
	return 0;
}

/* ------------------------------------------------------------------ the domain's pages */

static int take_frame(struct exchange *c, u64 mfn)
{
	struct page_info *pg = page_get_by_mfn(_mfn(mfn), c->d);
	u64 pfn;

	if (!pg)
		return -XEN_EINVAL;
	if (page_undo_partial(pg)) {
		page_put(pg);
		return -XEN_EBUSY;
	}
	pfn = m2p_get(_mfn(mfn));
	if (page_steal(c->d, pg)) {
		page_put(pg);
		return -XEN_EBUSY;
	}
	/* Kept for handing back. */
	m2p_set(_mfn(mfn), pfn);
	pg->next = c->taken;
	c->taken = (u32)mfn;
	return 0;
}

static int take_chunk(struct exchange *c)
{
	for (u64 i = 0; i < c->in_per_chunk; i++) {
		u64 mfn, at = handle_va(c->x.in.extent_start) +
			      (c->x.nr_exchanged + i) * sizeof(mfn);
		int rc;

		if (copy_from_guest_raw(&mfn, at, sizeof(mfn)))
			return -XEN_EFAULT;
		for (u64 j = 0; j < 1ULL << c->x.in.extent_order; j++) {
			rc = take_frame(c, mfn + j);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* Frames taken go back to the domain, or (also when the domain is dying) to the heap. */
static void settle_taken(struct exchange *c, bool to_domain)
{
	while (c->taken) {
		struct page_info *pg = mfn_to_page(_mfn(c->taken));

		c->taken = pg->next;
		pg->next = 0;
		if (!to_domain || page_assign(c->d, pg, 0, true)) {
			m2p_set(page_to_mfn(pg), M2P_INVALID);
			heap_free_pages(pg, 0);
		}
	}
}

/* ------------------------------------------------------------------ the others */

/* Blocks of the output order linked by page_info.next; 0: not to be had. */
static u32 allocate_chunk(struct exchange *c)
{
	unsigned int order = c->x.out.extent_order;
	u32 list = 0;

	for (u64 i = 0; i < c->out_per_chunk; i++) {
		struct page_info *pg = heap_alloc_for_domain(c->d, order, c->heap_flags);

		if (!pg)
			goto undo;
		pg->next = list;
		list = (u32)mfn_x(page_to_mfn(pg));
	}
	return list;
undo:
	while (list) {
		struct page_info *pg = mfn_to_page(_mfn(list));

		list = pg->next;
		heap_free_pages(pg, order);
	}
	return 0;
}

static int give_block(struct exchange *c, struct page_info *pg, u64 index)
{
	u64 at = handle_va(c->x.out.extent_start) + index * sizeof(u64), gpfn,
	    mfn = mfn_x(page_to_mfn(pg));
	int rc = 0;

	if (copy_from_guest_raw(&gpfn, at, sizeof(gpfn)))
		rc = -XEN_EFAULT;
	/* The domain gets the pages in any case: they are paid for. */
	if (page_assign(c->d, pg, c->x.out.extent_order, true)) {
		heap_free_pages(pg, c->x.out.extent_order);
		return -XEN_EINVAL;
	}
	for (u64 j = 0; !rc && j < 1ULL << c->x.out.extent_order; j++)
		m2p_set(_mfn(mfn + j), gpfn + j);
	if (!rc && copy_to_guest_raw(at, &mfn, sizeof(mfn)))
		rc = -XEN_EFAULT;
	return rc;
}

static int exchange_chunk(struct exchange *c)
{
	u64 index = (c->x.nr_exchanged << c->x.in.extent_order) >> c->x.out.extent_order;
	int rc = take_chunk(c), r;
	u32 list;

	if (rc) {
		settle_taken(c, true);
		return rc;
	}
	list = allocate_chunk(c);
	settle_taken(c, !list);
	if (!list)
		return -XEN_ENOMEM;
	while (list) {
		struct page_info *pg = mfn_to_page(_mfn(list));

		list = pg->next;
		pg->next = 0;
		r = give_block(c, pg, index++);
		rc = rc ? rc : r;
	}
	c->x.nr_exchanged += c->in_per_chunk;
	return rc;
}

long memop_exchange(unsigned int cmd, u64 start, u64 arg)
{
	struct exchange c = { .taken = 0 };
	bool first = true;
	int rc;

	if (copy_from_guest_raw(&c.x, arg, sizeof(c.x)))
		return -XEN_EFAULT;
	rc = check(&c);
	if (!rc)
		rc = memop_domain(c.x.in.domid, &c.d);
	if (rc)
		return rc;
	while (!rc && c.x.nr_exchanged < c.x.in.nr_extents) {
		if (!first && hypercall_preempt_check())
			rc = -XEN_ERESTART;
		else
			rc = exchange_chunk(&c);
		first = false;
	}
	domain_put(c.d);
	if (copy_to_guest_raw(arg + offsetof(struct xen_memory_exchange, nr_exchanged),
			      &c.x.nr_exchanged, sizeof(c.x.nr_exchanged)))
		return -XEN_EFAULT;
	return rc == -XEN_ERESTART ? memop_continue(cmd, 0, arg) : rc;
}
