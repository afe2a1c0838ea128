/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables: mapping other domains' frames, and undoing it.  Relies on core/grant.c (pins) and
 * guest/pv/grantmap.c (page-table entries); hypercall/grant_table_op.c relies on it.
 *
 * A mapping, named by its handle, holds: a pin of its kind in the granter's entry, a general
 * reference to the frame (and a writable-type one unless read-only), and a reference to the
 * granter.  The page-table entry has references of its own.  A mapping is undone only at the
 * address where it was made (XSA-234), so that an entry for a granted frame exists only at the
 * address of a mapping that is alive.
 *
 * Undoing: a vCPU makes the mapping its own (MAPPING_BUSY), takes the page-table entry away, and
 * only after a flush of the TLBs gives pins and references back.  So two vCPUs with the same handle
 * cannot both do it (XSA-218), and a handle on the free list belongs to nobody (XSA-228).
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/perfc.h>
#include <xen/smp.h>

#include "grant_impl.h"

#define MAP_FLAGS \
	(GNTMAP_device_map | GNTMAP_host_map | GNTMAP_readonly | GNTMAP_application_map | \
	 GNTMAP_contains_pte)
#define MAP_KINDS (GNTMAP_device_map | GNTMAP_host_map)

/* --- handles --- */

static struct mapping *mapping_at(const struct grant_table *gt, grant_handle_t handle)
{
	return &gt->maptrack[handle / MAPPINGS_PER_FRAME][handle % MAPPINGS_PER_FRAME];
}

/* maptrack_lock held; the free list is empty. */
static bool maptrack_grow(struct domain *d, struct grant_table *gt)
{
	u32 frame = gt->nr_mappings / MAPPINGS_PER_FRAME, first = gt->nr_mappings;
	struct mapping *m;

	if (frame >= d->max_maptrack_frames)
		return false;
	if (!gt->maptrack)
		gt->maptrack = mem_new_array(struct mapping *, d->max_maptrack_frames);
	if (!gt->maptrack)
		return false;
	m = heap_alloc_virt(0, HEAP_ZERO);
	if (!m)
		return false;
	for (u32 i = 0; i < MAPPINGS_PER_FRAME; i++)
		m[i].ref = i + 1 < MAPPINGS_PER_FRAME ? first + i + 1 : MAPPING_NONE;
	gt->maptrack[frame] = m;
	gt->free_head = first;
	/* Release: who finds the handle in range finds its record. */
	__atomic_store_n(&gt->nr_mappings, first + MAPPINGS_PER_FRAME, __ATOMIC_RELEASE);
	return true;
}

static grant_handle_t handle_get(struct domain *d)
{
	struct grant_table *gt = d->grant;
	grant_handle_t h = MAPPING_NONE;

	spin_lock(&gt->maptrack_lock);
	if (gt->free_head != MAPPING_NONE || maptrack_grow(d, gt)) {
		h = gt->free_head;
		gt->free_head = mapping_at(gt, h)->ref;
	}
	spin_unlock(&gt->maptrack_lock);
	return h;
}

/* Its flags are 0, so nobody else takes it for a mapping. */
static void handle_put(struct domain *d, grant_handle_t h)
{
	struct grant_table *gt = d->grant;

	spin_lock(&gt->maptrack_lock);
	mapping_at(gt, h)->ref = gt->free_head;
	gt->free_head = h;
	spin_unlock(&gt->maptrack_lock);
}

/*
 * Makes a mapping the caller's to undo; NULL: no such mapping, or somebody is at it.  *ret_flags:
 * without BUSY.
 */
static struct mapping *mapping_claim(const struct domain *d, grant_handle_t h, u16 *ret_flags)
{
	struct grant_table *gt = d->grant;
	struct mapping *m;
	u16 flags;

	if (h >= __atomic_load_n(&gt->nr_mappings, __ATOMIC_ACQUIRE))
		return NULL;
	m = mapping_at(gt, h);
	flags = READ_ONCE(m->flags);
	do {
		if (!(flags & MAP_KINDS) || (flags & MAPPING_BUSY))
			return NULL;
	} while (!__atomic_compare_exchange_n(&m->flags, &flags, flags | MAPPING_BUSY, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	*ret_flags = flags;
	return m;
}

/* Ends the claim with what is left of the mapping; nothing: the handle is free. */
static void mapping_settle(struct domain *d, grant_handle_t h, struct mapping *m, u16 flags)
{
	bool gone = !(flags & MAP_KINDS);

	__atomic_store_n(&m->flags, gone ? 0 : flags, __ATOMIC_RELEASE);
	if (gone)
		handle_put(d, h);
}

void grant_maptrack_destroy(struct grant_table *gt)
{
	for (u32 i = 0; i < gt->nr_mappings / MAPPINGS_PER_FRAME; i++)
		heap_free_virt(gt->maptrack[i], 0);
	mem_free(gt->maptrack);
}

/* --- mapping --- */

static struct domain *peer_get(struct grant_peer *p, domid_t id)
{
	if (p->d && p->id == id)
		return p->d;
	grant_peer_end(p);
	p->d = domain_get(id);
	p->id = id;
	return p->d;
}

/* Pins of one mapping, by the kinds it consists of; all or none. */
static s16 pin_kinds(struct domain *d, const struct gnttab_map_grant_ref *op, bool write,
		     u32 *ret_frame)
{
	const struct domain *self = current->domain;
	s16 status = GNTST_okay;

	if (op->flags & GNTMAP_device_map)
		status = grant_pin(d, op->ref, self, true, write, ret_frame);
	if (!status && (op->flags & GNTMAP_host_map)) {
		status = grant_pin(d, op->ref, self, false, write, ret_frame);
		if (status && (op->flags & GNTMAP_device_map))
			grant_unpin(d, op->ref, true, write);
	}
	return status;
}

static void unpin_kinds(struct domain *d, grant_ref_t ref, u16 kinds, bool write)
{
	if (kinds & GNTMAP_host_map)
		grant_unpin(d, ref, false, write);
	if (kinds & GNTMAP_device_map)
		grant_unpin(d, ref, true, write);
}

/* With the frame pinned: references and the page-table entry. */
static s16 map_frame(struct domain *d, const struct gnttab_map_grant_ref *op, bool write, u32 frame)
{
	struct page_info *pg;
	s16 status = grant_hold_page(d, frame, write, &pg);

	if (status)
		return status;
	if (d != current->domain)
		page_mark_foreign(pg);
	if (op->flags & GNTMAP_host_map)
		status = pv_grant_map(op->host_addr, _mfn(frame), op->flags, false, 0);
	if (status)
		grant_drop_page(pg, write);
	return status;
}

static s16 check_map(const struct gnttab_map_grant_ref *op)
{
	if (!(op->flags & MAP_KINDS))
		return GNTST_bad_gntref;
	/* The bits above are the guest's own, for its page-table entry. */
	if (op->flags & ~(u32)(MAP_FLAGS | GNTMAP_guest_avail_mask))
		return GNTST_general_error;
	return GNTST_okay;
}

static s16 map_from(struct domain *d, struct gnttab_map_grant_ref *op)
{
	bool write = !(op->flags & GNTMAP_readonly);
	struct domain *self = current->domain;
	grant_handle_t h = handle_get(self);
	struct mapping *m;
	s16 status;
	u32 frame;

	if (h == MAPPING_NONE)
		return GNTST_no_space;
	status = pin_kinds(d, op, write, &frame);
	if (!status) {
		status = map_frame(d, op, write, frame);
		if (status)
			unpin_kinds(d, op->ref, op->flags & MAP_KINDS, write);
	}
	if (status) {
		handle_put(self, h);
		return status;
	}
	m = mapping_at(self->grant, h);
	m->host_addr = op->host_addr;
	m->ref = op->ref;
	m->domid = d->id;
	domain_hold(d);
	/* Release: whoever sees the flags sees the rest. */
	__atomic_store_n(&m->flags, (u16)(op->flags & MAP_FLAGS), __ATOMIC_RELEASE);
	op->handle = h;
	op->dev_bus_addr = (u64)frame << PAGE_SHIFT;
	return GNTST_okay;
}

void grant_map(struct gnttab_map_grant_ref *op, struct grant_peer *peer)
{
	struct domain *d;

	perfc_inc(PERFC_GRANT_MAPS);
	op->status = check_map(op);
	if (op->status)
		return;
	d = peer_get(peer, op->dom);
	if (!d || !d->grant)
		op->status = GNTST_bad_domain;
	else
		op->status = map_from(d, op);
	if (op->status)
		log_guest(LOG_DEBUG, "grant: map: reference %u of d%u: status %d", op->ref, op->dom,
			  op->status);
}

/* --- undoing --- */

/* The frame of a mapping that the caller has claimed: pinned, so stable. */
static u32 mapping_frame(const struct mapping *m, const struct domain *granter)
{
	return grant_active(granter, m->ref)->frame;
}

/* First half: page-table entries go.  The claim stays when something was undone. */
static void unmap_begin(struct grant_unmap *u)
{
	struct domain *self = current->domain;
	struct mapping *m;
	u16 flags;
	u32 frame;

	u->undone = 0;
	u->status = GNTST_okay;
	m = mapping_claim(self, u->handle, &flags);
	if (!m) {
		u->status = GNTST_bad_handle;
		return;
	}
	/* The mapping's reference keeps the granter. */
	frame = mapping_frame(m, domain_find(m->domid));
	if (u->dev_bus_addr && (flags & GNTMAP_device_map)) {
		if (u->dev_bus_addr >> PAGE_SHIFT == frame)
			u->undone |= GNTMAP_device_map;
		else
			u->status = GNTST_bad_dev_addr;
	}
	if (!u->status && u->host_addr && (flags & GNTMAP_host_map)) {
		if (u->host_addr == m->host_addr)
			u->status = pv_grant_unmap(u->host_addr, _mfn(frame), u->new_addr, flags);
		else
			u->status = GNTST_bad_virt_addr;
		if (!u->status)
			u->undone |= GNTMAP_host_map;
		else
			u->undone = 0;
	}
	if (!u->undone)
		mapping_settle(self, u->handle, m, flags);
}

/*
 * Gives back what the kinds `undone` of a claimed mapping hold; the frame's references go with the
 * last.
 */
static void mapping_give_back(struct domain *self, grant_handle_t h, u16 undone)
{
	struct mapping *m = mapping_at(self->grant, h);
	u16 flags = READ_ONCE(m->flags) & ~MAPPING_BUSY;
	bool write = !(flags & GNTMAP_readonly);
	struct domain *granter = domain_find(m->domid);
	bool last = !(flags & MAP_KINDS & ~undone);
	struct page_info *pg = mfn_to_page(_mfn(mapping_frame(m, granter)));

	if (last)
		grant_drop_page(pg, write);
	unpin_kinds(granter, m->ref, undone, write);
	mapping_settle(self, h, m, flags & ~undone);
	if (last)
		domain_put(granter);
}

static void flush_batch(const struct grant_unmap *batch, unsigned int count)
{
	bool hosts = false;
	cpumask_t cpus;
	struct vcpu *v;

	for (unsigned int i = 0; i < count; i++)
		hosts |= !!(batch[i].undone & GNTMAP_host_map);
	if (!hosts)
		return;
	cpumask_zero(&cpus);
	for_each_vcpu (current->domain, v)
		cpumask_or(&cpus, &cpus, &v->dirty_cpus);
	/*
	 * Everything, even for a single address: the guest may have hooked the table at several,
	 * and whoever granted the frame must not be written to through any of them.
	 */
	tlb_flush_mask(&cpus, TLB_ALL);
}

/* Second half, for a run of operations. */
static void unmap_finish(struct grant_unmap *batch, unsigned int count)
{
	flush_batch(batch, count);
	for (unsigned int i = 0; i < count; i++)
		if (batch[i].undone)
			mapping_give_back(current->domain, batch[i].handle, batch[i].undone);
}

/* Is the mapping half done by an operation of the same run? */
static bool is_claimed_by(const struct grant_unmap *batch, unsigned int count, grant_handle_t h)
{
	for (unsigned int i = 0; i < count; i++)
		if (batch[i].undone && batch[i].handle == h)
			return true;
	return false;
}

void grant_unmap(struct grant_unmap *batch, unsigned int count)
{
	unsigned int first = 0;

	perfc_add(PERFC_GRANT_UNMAPS, count);
	for (unsigned int i = 0; i < count; i++) {
		unmap_begin(&batch[i]);
		/* The host's and the device's half of a mapping, one after the other. */
		if (batch[i].status == GNTST_bad_handle &&
		    is_claimed_by(batch + first, i - first, batch[i].handle)) {
			unmap_finish(batch + first, i - first);
			first = i;
			unmap_begin(&batch[i]);
		}
	}
	unmap_finish(batch + first, count - first);
}

int grant_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grant;
	u16 flags;

	if (!gt)
		return 0;
	while (gt->release_next < gt->nr_mappings) {
		grant_handle_t h = gt->release_next++;

		if (mapping_claim(d, h, &flags))
			mapping_give_back(d, h, flags & MAP_KINDS);
		if (h % 64 == 63 && hypercall_preempt_check())
			return -XEN_ERESTART;
	}
	return 0;
}
