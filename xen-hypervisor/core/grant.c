/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables: the shared frames, and the uses ("pins") of their entries.  Relies on core/page.c;
 * core/grant_map.c and core/grant_copy.c rely on it.
 *
 * The protocol with the granter (public/grant_table.h), who changes its entries at any moment:
 *  - The hypervisor takes an entry into use with one compare-and-exchange of flags and domid
 *    together, so that what it checked is what it marked.  GTF_reading (and GTF_writing) are set
 *    from then on, and the granter takes nothing back.
 *  - Only after that is the frame number read, once, and kept in struct active for all further
 *    uses: they never look at the entry's frame or domid again (an entry that changes while in use
 *    changes nothing).
 *  - GTF_writing is cleared when the last use that may write has ended, GTF_reading with the last
 *    use of all (XSA-230), and only when no TLB can hold a translation any more: grant_map.c
 *    flushes first (XSA-218).
 *
 * Locks.  grant_table.lock: growth of the shared table.  maptrack_lock: the free list of the table
 * of mappings.  active.lock: one entry's pins; two of one table in the order of their numbers.
 * None nests in another of these, all are taken with interrupts enabled.  Lookups take no lock:
 * tables only grow, and go with the domain's last reference, which whoever looks holds.
 */
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>

#include "grant_impl.h"

/*
 * A granter that rewrites its entry all the time gets its user an error, not a hypervisor that
 * spins.
 */
#define MAX_TRIES    16

#define ACTIVE_ORDER 1 /* pages for the actives of one shared frame */
BUILD_CHECK(REFS_PER_FRAME * sizeof(struct active) == PAGE_SIZE << ACTIVE_ORDER);

/* --- the tables --- */

int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames)
{
	struct grant_table *gt;

	if (!max_frames || max_frames > GRANT_MAX_FRAMES ||
	    max_maptrack_frames > GRANT_MAX_MAPTRACK_FRAMES)
		return -XEN_EINVAL;
	gt = mem_new(struct grant_table);
	if (!gt)
		return -XEN_ENOMEM;
	spin_init(&gt->lock);
	spin_init(&gt->maptrack_lock);
	gt->free_head = MAPPING_NONE;
	gt->shared = mem_new_array(struct grant_entry_v1 *, max_frames);
	gt->active = mem_new_array(struct active *, max_frames);
	d->grant = gt;
	/* What is there is freed by grant_destroy(). */
	return gt->shared && gt->active ? 0 : -XEN_ENOMEM;
}

void grant_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant;

	if (!gt)
		return;
	for (u32 i = 0; i < gt->nr_frames; i++) {
		page_free_shared(gt->shared[i]);
		heap_free_virt(gt->active[i], ACTIVE_ORDER);
	}
	grant_maptrack_destroy(gt);
	mem_free(gt->shared);
	mem_free(gt->active);
	mem_free(gt);
	d->grant = NULL;
}

u32 grant_nr_frames(const struct domain *d)
{
	return d->grant ? __atomic_load_n(&d->grant->nr_frames, __ATOMIC_ACQUIRE) : 0;
}

static int grow_by_one(struct domain *d, struct grant_table *gt)
{
	struct active *active = heap_alloc_virt(ACTIVE_ORDER, HEAP_ZERO);
	struct grant_entry_v1 *shared;

	if (!active)
		return -XEN_ENOMEM;
	shared = page_alloc_shared(d);
	if (!shared) {
		heap_free_virt(active, ACTIVE_ORDER);
		return -XEN_ENOMEM;
	}
	gt->shared[gt->nr_frames] = shared;
	gt->active[gt->nr_frames] = active;
	/* Release: who sees the number sees the two. */
	__atomic_store_n(&gt->nr_frames, gt->nr_frames + 1, __ATOMIC_RELEASE);
	return 0;
}

int grant_grow(struct domain *d, u32 nr_frames)
{
	struct grant_table *gt = d->grant;
	int rc = 0;

	if (!gt || nr_frames > d->max_grant_frames)
		return -XEN_EINVAL;
	if (nr_frames <= grant_nr_frames(d))
		return 0;
	spin_lock(&gt->lock);
	while (!rc && gt->nr_frames < nr_frames)
		rc = grow_by_one(d, gt);
	spin_unlock(&gt->lock);
	return rc;
}

int grant_get_shared_frame(struct domain *d, u32 idx, mfn_t *ret_mfn)
{
	int rc;

	if (idx >= GRANT_MAX_FRAMES)
		return -XEN_EINVAL;
	rc = grant_grow(d, idx + 1);
	if (!rc)
		*ret_mfn = virt_to_mfn(d->grant->shared[idx]);
	return rc;
}

/* --- pins --- */

struct active *grant_active(const struct domain *d, grant_ref_t ref)
{
	/* Compared in frames, so that no multiplication can overflow. */
	if (ref / REFS_PER_FRAME >= grant_nr_frames(d))
		return NULL;
	return &d->grant->active[ref / REFS_PER_FRAME][ref % REFS_PER_FRAME];
}

static void active_lock(struct active *a)
{
	while (__atomic_exchange_n(&a->lock, 1, __ATOMIC_ACQUIRE))
		while (READ_ONCE(a->lock))
			hw_pause();
}

static void active_unlock(struct active *a) { __atomic_store_n(&a->lock, 0, __ATOMIC_RELEASE); }

static bool pins_writing(const struct active *a)
{
	return a->pin[PIN_HOST_WRITE] || a->pin[PIN_DEVICE_WRITE];
}

/* May `user` begin such a use of an entry that says this? */
static s16 check_entry(u16 flags, domid_t domid, domid_t user, bool write)
{
	if ((flags & GTF_type_mask) != GTF_permit_access || (flags & GTF_sub_page))
		return GNTST_bad_gntref;
	if (domid != user)
		return GNTST_permission_denied;
	if (write && (flags & GTF_readonly))
		return GNTST_permission_denied;
	/* Cache attributes are for device memory, which is not granted here. */
	if (flags & (GTF_PWT | GTF_PCD | GTF_PAT))
		return GNTST_general_error;
	return GNTST_okay;
}

/* Sets the in-use bits of the shared entry. */
static s16 mark_entry(struct grant_entry_v1 *e, domid_t user, bool write)
{
	u32 *word = (u32 *)e, old = READ_ONCE(*word);
	u32 mark = GTF_reading | (write ? GTF_writing : 0);
	s16 status;

	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		status = check_entry((u16)old, (domid_t)(old >> 16), user, write);
		if (status)
			return status;
		if (__atomic_compare_exchange_n(word, &old, old | mark, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

s16 grant_pin(struct domain *d, grant_ref_t ref, const struct domain *user, bool device, bool write,
	      u32 *ret_frame)
{
	enum pin kind = (device ? PIN_DEVICE_READ : PIN_HOST_READ) + write;
	struct active *a = grant_active(d, ref);
	s16 status = GNTST_okay;

	if (!a)
		return GNTST_bad_gntref;
	active_lock(a);
	if (a->pins && a->domid != user->id)
		status = GNTST_permission_denied;
	else if (a->pin[kind] == PIN_MAX)
		status = GNTST_no_space;
	else if (!a->pins || (write && !pins_writing(a)))
		status = mark_entry(grant_shared(d, ref), user->id, write);
	if (!status) {
		if (!a->pins) {
			/* Only now, in use, does it hold still; later uses take it from here. */
			a->frame = READ_ONCE(grant_shared(d, ref)->frame);
			a->domid = user->id;
		}
		a->pin[kind]++;
		*ret_frame = a->frame;
	}
	active_unlock(a);
	return status;
}

void grant_unpin(struct domain *d, grant_ref_t ref, bool device, bool write)
{
	struct grant_entry_v1 *e = grant_shared(d, ref);
	struct active *a = grant_active(d, ref);
	u16 clear = 0;

	active_lock(a);
	a->pin[(device ? PIN_DEVICE_READ : PIN_HOST_READ) + write]--;
	if (write && !pins_writing(a))
		clear |= GTF_writing;
	if (!a->pins)
		clear |= GTF_reading;
	/* Release: all accesses to the frame come before the granter may take it back. */
	if (clear)
		__atomic_fetch_and(&e->flags, (u16)~clear, __ATOMIC_SEQ_CST);
	active_unlock(a);
}

s16 grant_hold_page(struct domain *d, u32 frame, bool write, struct page_info **ret_pg)
{
	struct page_info *pg = page_get_by_mfn(_mfn(frame), d);
	int rc;

	/* Not memory, or not the granter's: one cannot grant on what one maps of others. */
	if (!pg)
		return GNTST_bad_page;
	if (write) {
		rc = page_get_type(pg, PAGE_WRITABLE);
		if (rc) {
			page_put(pg);
			return rc == -XEN_ERESTART ? GNTST_eagain : GNTST_general_error;
		}
	}
	*ret_pg = pg;
	return GNTST_okay;
}

s16 grant_swap(grant_ref_t ra, grant_ref_t rb)
{
	struct domain *d = current->domain;
	struct active *a = grant_active(d, min(ra, rb)), *b = grant_active(d, max(ra, rb));
	u64 *ea, *eb, tmp;
	s16 status = GNTST_okay;

	if (!a || !b)
		return GNTST_bad_gntref;
	if (a == b)
		return GNTST_okay;
	active_lock(a);
	active_lock(b);
	if (a->pins || b->pins) {
		status = GNTST_eagain;
	} else {
		ea = (u64 *)grant_shared(d, min(ra, rb));
		eb = (u64 *)grant_shared(d, max(ra, rb));
		tmp = READ_ONCE(*ea);
		WRITE_ONCE(*ea, READ_ONCE(*eb));
		WRITE_ONCE(*eb, tmp);
	}
	active_unlock(b);
	active_unlock(a);
	return status;
}

/* --- looking --- */

void grant_dump(struct domain *d)
{
	u32 nr = grant_nr_frames(d);

	log_raw("(XEN) d%u: %u of %u grant frames; references in use:\n", d->id, nr,
		d->max_grant_frames);
	for (grant_ref_t ref = 0; ref < nr * REFS_PER_FRAME; ref++) {
		struct active a = *grant_active(d, ref);

		if (a.pins)
			log_raw("(XEN)   %6u: frame %x by d%u, pins host %u+%uw device %u+%uw, "
				"flags %04x\n",
				ref, a.frame, a.domid, a.pin[PIN_HOST_READ], a.pin[PIN_HOST_WRITE],
				a.pin[PIN_DEVICE_READ], a.pin[PIN_DEVICE_WRITE],
				READ_ONCE(grant_shared(d, ref)->flags));
	}
}

/* --- the peer of a batch --- */

void grant_peer_end(struct grant_peer *p)
{
	if (p->d)
		domain_put(p->d);
	p->d = NULL;
}
