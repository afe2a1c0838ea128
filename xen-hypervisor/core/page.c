/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames: owners, general references, types.  The invariants are on the first page of xen/page.h.
 *
 * Everything is done with compare-and-exchange on the two words of a frame, so lookups take no
 * lock.  A type changes hands only through count 0 or BUSY.  d->page_lock protects a domain's list
 * of frames and its counts, nothing else; the heap's lock does not nest in it.
 *
 * A domain with frames on its list is kept in existence by one domain reference, so that the owner
 * found through a referenced frame is always there.  Relies on core/heap.c, core/tlb.c and
 * guest/pv/pagetable.c (what entries mean).
 */
#include <xen/errno.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page-fast.h>
#include <xen/perfc.h>
#include <xen/pv.h>
#include <xen/smp.h>

unsigned int page_paddr_bits = 36; /* the least any 64-bit processor has, until page_init() */

/* ------------------------------------------------------------------ ownership */

struct domain *page_owner(const struct page_info *pg)
{
	u32 id = READ_ONCE(pg->owner);
	struct domain *d;

	if (id == PAGE_OWNER_NONE)
		return NULL;
	if (current && current->domain->id == id)
		return current->domain;
	if (id == DOMID_IO)
		return dom_io;
	if (id == DOMID_XEN)
		return dom_xen;
	d = domain_get(id);
	/* The frame keeps the domain, so the reference that the lookup took is not needed. */
	if (d)
		domain_put(d);
	return d;
}

bool page_get(struct page_info *pg, struct domain *d) { return page_get_inline(pg, d); }

struct page_info *page_get_by_mfn(mfn_t m, struct domain *d)
{
	return mfn_valid(m) && page_get_inline(mfn_to_page(m), d) ? mfn_to_page(m) : NULL;
}

struct page_info *page_get_any(mfn_t m, struct domain **ret_owner)
{
	struct page_info *pg;
	struct domain *d;

	if (!mfn_valid(m) || !page_count_get(pg = mfn_to_page(m)))
		return NULL;
	d = page_owner(pg);
	if (d) {
		*ret_owner = d;
		return pg;
	}
	page_put(pg);
	return NULL;
}

struct page_info *page_get_given_up(mfn_t m, const struct domain *d)
{
	struct page_info *pg = mfn_to_page(m);
	u64 x;

	if (!mfn_valid(m))
		return NULL;
	x = READ_ONCE(pg->count);
	do {
		if (!(x & PAGE_COUNT_MASK) || (x & (PAGE_HV | PAGE_FREE | PAGE_MMIO)))
			return NULL;
	} while (!page_word_cas(&pg->count, &x, x + 1));
	if (READ_ONCE(pg->owner) == d->id)
		return pg;
	page_put(pg);
	return NULL;
}

void page_hold(struct page_info *pg)
{
	__atomic_fetch_add(&pg->count, 1, __ATOMIC_RELAXED);
}

static void list_append(struct domain *d, struct page_info *pg)
{
	u32 m = (u32)mfn_x(page_to_mfn(pg));

	pg->next = 0;
	pg->prev = d->page_list.tail;
	if (pg->prev)
		mfn_to_page(_mfn(pg->prev))->next = m;
	else
		d->page_list.head = m;
	d->page_list.tail = m;
}

static void list_unlink(struct domain *d, struct page_info *pg)
{
	if (pg->next)
		mfn_to_page(_mfn(pg->next))->prev = pg->prev;
	else
		d->page_list.tail = pg->prev;
	if (pg->prev)
		mfn_to_page(_mfn(pg->prev))->next = pg->next;
	else
		d->page_list.head = pg->next;
	pg->next = pg->prev = 0;
}

/* Takes a frame off its owner's list; the last one lets the domain go. */
static void disown(struct domain *d, struct page_info *pg)
{
	bool last;

	spin_lock(&d->page_lock);
	list_unlink(d, pg);
	last = --d->nr_pages == 0;
	spin_unlock(&d->page_lock);
	m2p_set(page_to_mfn(pg), M2P_INVALID);
	if (last)
		domain_put(d);
}

void page_put_last(struct page_info *pg, u64 flags)
{
	if (!(flags & PAGE_SHARED))
		disown(page_owner(pg), pg);
	heap_free_pages(pg, 0);
}

void page_put(struct page_info *pg) { page_put_inline(pg); }

void page_mark_foreign(struct page_info *pg)
{
	if (!(READ_ONCE(pg->count) & PAGE_FOREIGN))
		__atomic_fetch_or(&pg->count, PAGE_FOREIGN, __ATOMIC_SEQ_CST);
}

/* ------------------------------------------------------------------ types */

static u64 type_word(enum page_type type) { return (u64)type << PAGE_TYPE_SHIFT; }
static bool is_table(enum page_type type) { return type >= PAGE_L1 && type <= PAGE_L4; }

enum page_type page_type(const struct page_info *pg) { return page_word_type(READ_ONCE(pg->type)); }

enum page_type page_type_in_use(const struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type);

	return x & PAGE_TYPE_COUNT ? page_word_type(x) : PAGE_NONE;
}

/* The CPUs whose TLB may hold translations of a frame, or structures cached from it. */
static void stale_cpus(const struct page_info *pg, cpumask_t *mask)
{
	struct domain *d = READ_ONCE(pg->count) & PAGE_FOREIGN ? NULL : page_owner(pg);
	struct vcpu *v;

	if (!d) {
		*mask = cpu_online_map;
		return;
	}
	cpumask_zero(mask);
	for_each_vcpu(d, v)
		cpumask_or(mask, mask, &v->dirty_cpus);
}

static void flush_stale(const struct page_info *pg, u64 old_word)
{
	cpumask_t mask;

	stale_cpus(pg, &mask);
	tlb_filter(&mask, (u32)(old_word >> PAGE_TYPE_STAMP_SHIFT));
	if (cpumask_empty(&mask))
		return;
	perfc_inc(PERFC_TYPE_FLUSHES);
	tlb_flush_mask(&mask, TLB_ALL);
}

/* Ends BUSY; nobody else writes the word meanwhile. */
static void settle(struct page_info *pg, u64 word)
{
	__atomic_store_n(&pg->type, word, __ATOMIC_SEQ_CST);
}

/*
 * The frame is BUSY for us with a type count of 1.  `resumed`: a PARTIAL state's references are
 * ours to pass on: its type reference becomes the caller's, its general reference is dropped when
 * nothing is left to do.
 */
static int validate_busy(struct page_info *pg, enum page_type type, bool resumed)
{
	struct domain *d = page_owner(pg);
	int rc = d ? pv_table_validate(pg, d, type) : -XEN_EINVAL;

	if (!rc) {
		if (is_table(type))
			perfc_inc_at(PERFC_VALIDATIONS, type - PAGE_L1);
		settle(pg, type_word(type) | PAGE_TYPE_VALIDATED | 1);
		if (resumed)
			page_put(pg);
		return 0;
	}
	if (!resumed)
		page_hold(pg);
	settle(pg, type_word(type) | PAGE_TYPE_PARTIAL | 1);
	/*
	 * A failed table is undone at once, or if that takes long by whoever needs the frame next.
	 */
	if (rc != -XEN_ERESTART && page_undo_partial(pg))
		log_debug("page: undoing of a table put off\n");
	return rc;
}

static int invalidate_busy(struct page_info *pg, enum page_type type, bool resumed,
			   bool preemptible)
{
	int rc = pv_table_invalidate(pg, type, preemptible);

	if (!rc) {
		if (is_table(type))
			perfc_inc_at(PERFC_INVALIDATIONS, type - PAGE_L1);
		settle(pg, type_word(type) | page_stamp_now());
		if (resumed)
			page_put(pg);
		return 0;
	}
	if (!resumed)
		page_hold(pg);
	settle(pg, type_word(type) | PAGE_TYPE_PARTIAL | 1);
	return rc;
}

int page_undo_partial(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type);

	do {
		if (x & PAGE_TYPE_BUSY)
			return -XEN_EBUSY;
		if (!(x & PAGE_TYPE_PARTIAL))
			return 0;
	} while (!page_word_cas(&pg->type, &x, (x & ~PAGE_TYPE_PARTIAL) | PAGE_TYPE_BUSY));
	return invalidate_busy(pg, page_word_type(x), true, true);
}

/* From no use at all (word x) to the first reference of `type`. 1: lost a race, look again. */
static int type_start(struct page_info *pg, enum page_type type, u64 x)
{
	enum page_type old = page_word_type(x);
	/*
	 * A frame that was writable may still be written through stale entries; one that was a
	 * table may still be walked through cached structures.  Descriptor pages are unmapped from
	 * the windows with a flush of their own.
	 */
	bool stale = old != type && (is_table(old) || old == PAGE_WRITABLE);

	if (type == PAGE_WRITABLE && !stale)
		return !page_word_cas(&pg->type, &x, type_word(type) | PAGE_TYPE_VALIDATED | 1);
	if (!page_word_cas(&pg->type, &x, type_word(type) | PAGE_TYPE_BUSY | 1))
		return 1;
	if (stale)
		flush_stale(pg, x);
	if (type == PAGE_WRITABLE) {
		settle(pg, type_word(type) | PAGE_TYPE_VALIDATED | 1);
		return 0;
	}
	pg->aux = 0;
	return validate_busy(pg, type, false);
}

static NOINLINE int get_type_slow(struct page_info *pg, enum page_type type)
{
	for (;;) {
		u64 x = READ_ONCE(pg->type);
		int rc;

		if (x & PAGE_TYPE_BUSY) {
			/*
			 * Only for the same type may we wait: validations wait for tables of lower
			 * levels alone, so they cannot wait for each other in a circle, nor a table
			 * that maps itself for itself.  Not with interrupts off (a selector that is
			 * loaded in a context switch): the other CPU may wait for us to flush.
			 */
			if (page_word_type(x) != type || !hw_irqs_enabled())
				return -XEN_EINVAL;
			hw_pause();
		} else if (x & PAGE_TYPE_PARTIAL) {
			if (page_word_type(x) == type) {
				if (page_word_cas(&pg->type, &x,
						  (x & ~PAGE_TYPE_PARTIAL) | PAGE_TYPE_BUSY))
					return validate_busy(pg, type, true);
			} else {
				rc = page_undo_partial(pg);
				if (rc == -XEN_ERESTART)
					return rc;
			}
		} else if (!(x & PAGE_TYPE_COUNT)) {
			rc = type_start(pg, type, x);
			if (rc != 1)
				return rc;
		} else if (page_word_type(x) != type || (x & PAGE_TYPE_COUNT) == PAGE_TYPE_COUNT) {
			return -XEN_EINVAL;
		} else if (page_word_cas(&pg->type, &x, x + 1)) {
			return 0;
		}
	}
}

bool page_get_type_if_used(struct page_info *pg, enum page_type type)
{
	return page_get_type_if_used_inline(pg, type);
}

int page_get_type(struct page_info *pg, enum page_type type)
{
	return likely(page_get_type_if_used_inline(pg, type)) ? 0 : get_type_slow(pg, type);
}

static int put_type(struct page_info *pg, bool preemptible)
{
	u64 x = READ_ONCE(pg->type), n;
	enum page_type type;

	for (;;) {
		type = page_word_type(x);
		if ((x & PAGE_TYPE_COUNT) > 1)
			n = ((x - 1) & 0xffffffffULL) | page_stamp_now();
		else if (!is_table(type))
			n = type_word(type) | page_stamp_now();
		else
			n = type_word(type) | PAGE_TYPE_BUSY | 1;
		if (page_word_cas(&pg->type, &x, n))
			break;
	}
	if (!(n & PAGE_TYPE_BUSY))
		return 0;
	pg->aux = PAGE_SIZE / sizeof(u64);
	return invalidate_busy(pg, type, false, preemptible);
}

void page_put_type(struct page_info *pg)
{
	/* Not preemptible: never anything else than 0. */
	(void)put_type(pg, false);
}

int page_put_type_preemptible(struct page_info *pg) { return put_type(pg, true); }

bool page_get_writable(struct page_info *pg, struct domain *d)
{
	if (!page_get(pg, d))
		return false;
	if (!page_get_type(pg, PAGE_WRITABLE))
		return true;
	page_put(pg);
	return false;
}

void page_put_writable(struct page_info *pg)
{
	page_put_type(pg);
	page_put(pg);
}

int page_pin(struct page_info *pg, enum page_type type)
{
	struct domain *d = page_owner(pg);
	int rc = page_get_type(pg, type);

	if (rc)
		return rc;
	if (__atomic_fetch_or(&pg->type, PAGE_TYPE_PINNED, __ATOMIC_SEQ_CST) & PAGE_TYPE_PINNED) {
		page_put_type(pg);
		return -XEN_EINVAL;
	}
	page_hold(pg);
	perfc_inc(PERFC_PINS);
	/* Teardown looks at each frame once; what is pinned behind its back is let go here. */
	if (d && READ_ONCE(d->dying) != DOMAIN_ALIVE) {
		rc = page_unpin(pg);
		return rc == -XEN_ERESTART ? rc : -XEN_EINVAL;
	}
	return 0;
}

int page_unpin(struct page_info *pg)
{
	int rc;

	if (!(__atomic_fetch_and(&pg->type, ~PAGE_TYPE_PINNED, __ATOMIC_SEQ_CST) &
	      PAGE_TYPE_PINNED)) {
		/* An unpinning that was preempted goes on here. */
		if (!(READ_ONCE(pg->type) & PAGE_TYPE_PARTIAL))
			return -XEN_EINVAL;
		rc = page_undo_partial(pg);
		return rc ? -XEN_ERESTART : 0;
	}
	perfc_inc(PERFC_UNPINS);
	rc = page_put_type_preemptible(pg);
	page_put(pg);
	return rc;
}

/* ------------------------------------------------------------------ giving and taking */

int page_assign(struct domain *d, struct page_info *pg, unsigned int order, bool no_limit)
{
	u64 n = 1ULL << order;
	int rc = 0;

	spin_lock(&d->page_lock);
	if (d->dying != DOMAIN_ALIVE)
		rc = -XEN_EINVAL;
	else if (!no_limit && (d->nr_pages > d->max_pages || n > d->max_pages - d->nr_pages))
		rc = -XEN_E2BIG;
	else if (!d->nr_pages)
		domain_hold(d);
	for (u64 i = 0; !rc && i < n; i++) {
		pg[i].owner = d->id;
		pg[i].aux = 0;
		/*
		 * The type word stays: 0 from the heap; of a frame that page_steal() took and
		 * nobody wanted, it says which CPUs may still write to it through stale
		 * translations.
		 */
		list_append(d, &pg[i]);
		/* Release: a reference can be had only to a frame whose state is complete. */
		__atomic_store_n(&pg[i].count, PAGE_ALLOCATED | 1 | (pg[i].count & PAGE_FOREIGN),
				 __ATOMIC_RELEASE);
	}
	if (!rc)
		d->nr_pages += n;
	spin_unlock(&d->page_lock);
	return rc;
}

struct page_info *page_alloc_domain(struct domain *d, unsigned int order, unsigned int heap_flags)
{
	struct page_info *pg;

	/* The limit is checked again with the lock held; here it saves the heap the trouble. */
	if (READ_ONCE(d->nr_pages) + (1ULL << order) > d->max_pages)
		return NULL;
	pg = heap_alloc_for_domain(d, order, heap_flags);
	if (pg && page_assign(d, pg, order, false)) {
		heap_free_pages(pg, order);
		pg = NULL;
	}
	return pg;
}

void page_share_with_guest(struct page_info *pg, struct domain *d, bool writable)
{
	pg->owner = d->id;
	pg->next = pg->prev = 0;
	/*
	 * One type reference of our own: it forbids tables and descriptors, and writing unless
	 * allowed.
	 */
	pg->type = type_word(writable ? PAGE_WRITABLE : PAGE_NONE) | PAGE_TYPE_VALIDATED | 1;
	__atomic_fetch_add(&d->nr_shared_pages, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&pg->count, PAGE_SHARED | 1, __ATOMIC_RELEASE);
}

void *page_alloc_shared(struct domain *d)
{
	struct page_info *pg = heap_alloc_pages(0, HEAP_ZERO);

	if (!pg)
		return NULL;
	page_share_with_guest(pg, d, true);
	return page_to_virt(pg);
}

void page_free_shared(void *va)
{
	struct page_info *pg;
	struct domain *d;

	if (!va)
		return;
	pg = virt_to_page(va);
	d = page_owner(pg);
	if (d)
		__atomic_fetch_sub(&d->nr_shared_pages, 1, __ATOMIC_RELAXED);
	/* No new references from here on; those that exist do not need the owner any more. */
	WRITE_ONCE(pg->owner, PAGE_OWNER_NONE);
	page_put_type(pg);
	page_put(pg);
}

int page_release(struct page_info *pg, struct domain *d)
{
	u64 x = READ_ONCE(pg->count);

	do {
		if (!(x & PAGE_ALLOCATED) || READ_ONCE(pg->owner) != d->id)
			return -XEN_EINVAL;
	} while (!page_word_cas(&pg->count, &x, x & ~PAGE_ALLOCATED));
	page_put(pg);
	return 0;
}

int page_steal(struct domain *d, struct page_info *pg)
{
	u64 x = READ_ONCE(pg->count);

	do {
		if (READ_ONCE(pg->owner) != d->id || (x & ~PAGE_FOREIGN) != (PAGE_ALLOCATED | 2))
			return -XEN_EBUSY;
	} while (!page_word_cas(&pg->count, &x, PAGE_HV | (x & PAGE_FOREIGN) | 1));
	disown(d, pg);
	WRITE_ONCE(pg->owner, PAGE_OWNER_NONE);
	return 0;
}

/* ------------------------------------------------------------------ teardown */

/* Drops what the dying domain itself holds on one of its frames. */
static int relinquish_page(struct domain *d, struct page_info *pg)
{
	if (page_undo_partial(pg))
		return -XEN_ERESTART;
	if ((READ_ONCE(pg->type) & PAGE_TYPE_PINNED) && page_unpin(pg) == -XEN_ERESTART)
		return -XEN_ERESTART;
	/* Fails when it was given up before: then others hold it. */
	if (page_release(pg, d))
		log_debug("page: frame %llx of d%u was released before\n",
			  (unsigned long long)mfn_x(page_to_mfn(pg)), d->id);
	return 0;
}

/*
 * The first frame of the list not visited yet, referenced. NULL: none; *ret_retry: one is just
 * being freed.
 */
static struct page_info *relinquish_next(struct domain *d, bool *ret_retry)
{
	struct page_info *pg = NULL;
	u64 x;

	*ret_retry = false;
	spin_lock(&d->page_lock);
	if (d->page_list.head) {
		pg = mfn_to_page(_mfn(d->page_list.head));
		x = READ_ONCE(pg->count);
		while ((x & PAGE_COUNT_MASK) && !page_word_cas(&pg->count, &x, x + 1))
			;
		if (x & PAGE_VISITED) {
			spin_unlock(&d->page_lock);
			if (x & PAGE_COUNT_MASK)
				page_put(pg);
			return NULL;
		}
		if (!(x & PAGE_COUNT_MASK)) {
			*ret_retry = true;
			pg = NULL;
		}
	}
	spin_unlock(&d->page_lock);
	return pg;
}

int page_relinquish_domain(struct domain *d)
{
	unsigned int n = 0;
	bool retry;

	for (;;) {
		struct page_info *pg = relinquish_next(d, &retry);
		int rc;

		if (retry) {
			hw_pause();
			continue;
		}
		if (!pg)
			return 0;
		rc = relinquish_page(d, pg);
		if (!rc) {
			/*
			 * What others still map stays, behind those not visited yet, until they let
			 * go.
			 */
			spin_lock(&d->page_lock);
			__atomic_fetch_or(&pg->count, PAGE_VISITED, __ATOMIC_RELAXED);
			list_unlink(d, pg);
			list_append(d, pg);
			spin_unlock(&d->page_lock);
		}
		page_put(pg);
		if (rc)
			return rc;
		if (!(++n & 63) && hypercall_preempt_check())
			return -XEN_ERESTART;
	}
}

/* ------------------------------------------------------------------ boot, M2P */

/* The RAM range of the E820 map that ends above `addr` and starts lowest; false: none. */
static bool next_ram(u64 addr, u64 *ret_start, u64 *ret_end)
{
	const struct e820_entry *e;
	bool found = false;

	for (unsigned int i = 0; (e = boot_e820_entry(i)) != NULL; i++) {
		u64 start = ROUND_UP(e->start, PAGE_SIZE),
		    end = ROUND_DOWN(e->start + e->size, PAGE_SIZE);

		if (e->type != E820_RAM || end <= addr || end <= start ||
		    (found && start >= *ret_start))
			continue;
		*ret_start = start;
		*ret_end = end;
		found = true;
	}
	return found;
}

void page_init(unsigned int paddr_bits)
{
	u64 at = 0, limit = frame_count << PAGE_SHIFT, start = 0, end = 0;

	page_paddr_bits = paddr_bits;
	while (at < limit) {
		if (!next_ram(at, &start, &end))
			start = end = limit;
		for (; at < min(start, limit); at += PAGE_SIZE)
			mfn_to_page(_mfn(at >> PAGE_SHIFT))->count = PAGE_MMIO;
		at = max(at, end);
	}
}

void m2p_set(mfn_t m, u64 pfn) { WRITE_ONCE(hw_m2p()[mfn_x(m)], pfn); }
u64 m2p_get(mfn_t m) { return READ_ONCE(hw_m2p()[mfn_x(m)]); }
