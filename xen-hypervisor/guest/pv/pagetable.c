/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entries of a guest's page tables must satisfy, and the references they hold.
 *
 * Level 1: a present entry names a frame of the guest (or of the owner that the hypercall named)
 * and holds a general reference, and a writable one when it is writable; or it names I/O memory
 * that the guest may use, and holds none. Levels 2 to 4: a present entry names a frame of the same
 * guest and holds the next lower type on it.  There are no large pages, and no entry of a table
 * points to a table of its own or a higher level: linear ("recursive") mappings are refused, so the
 * tables of a guest form no loop.
 *
 * Adjustments of what the guest asks for: the user bit is set at every level, since the guest's
 * kernel runs in ring 3 as well; the global bit is cleared, since a load of CR3 must flush all of a
 * guest's translations (core/tlb.c); cache attributes of memory are write-back unless the guest
 * owns devices.
 *
 * An entry is replaced by one exchange: references for the new contents are taken before, those of
 * what it replaced are dropped after, so no lock is needed.  What must not change under it is the
 * type of the table, on which the caller holds a reference.  Owns no lock.  Relies on core/page.c;
 * the memory hypercalls rely on it.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page-fast.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/rights.h>
#include <xen/x86.h>

#define ENTRIES 512
#define PTE_CACHE (PTE_PWT | PTE_PCD | PTE_PAT)
/* Bits that software may use and no check looks at. */
#define PTE_SOFT (PTE_AVAIL | 0x7ff0000000000000ULL)
/* May change in an entry without looking at what it maps. */
#define PTE_FREE_BITS (PTE_SOFT | PTE_A | PTE_D | PTE_NX | PTE_G)

static u64 *table_of(const struct page_info *pg) { return page_to_virt(pg); }
static mfn_t entry_mfn(u64 e) { return _mfn((e & PTE_ADDR_MASK) >> PAGE_SHIFT); }

/* Address bits that the processor does not have. */
static u64 reserved_bits(void) { return PTE_ADDR_MASK & ~((1ULL << page_paddr_bits) - 1); }

static bool is_hv_slot(enum page_type level, unsigned int index)
{
	return level == PAGE_L4 && index >= HV_FIRST_SLOT && index <= HV_LAST_SLOT;
}

static bool cas(u64 *p, u64 *old, u64 new)
{
	return __atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/*
 * Writes the entry; *old becomes what it replaced.  False: not what was expected, nothing written.
 */
static inline bool entry_commit(u64 *p, u64 *old, u64 val, enum pv_update_mode mode,
				const u64 *expect)
{
	if (mode == PV_UPDATE_PLAIN) {
		*old = __atomic_exchange_n(p, val, __ATOMIC_SEQ_CST);
		return true;
	}
	if (mode == PV_UPDATE_EXPECT) {
		*old = *expect;
		return cas(p, old, val);
	}
	*old = READ_ONCE(*p);
	while (!cas(p, old, val | (*old & (PTE_A | PTE_D))))
		;
	return true;
}

/* ------------------------------------------------------------------ level 1 */

static inline u64 l1_adjust(u64 e, const struct domain *d)
{
	if (!(e & PTE_P))
		return e;
	e = (e | PTE_US) & ~PTE_G;
	if ((e & PTE_CACHE) && !d->is_hardware && !mfn_is_mmio(entry_mfn(e)))
		e &= ~PTE_CACHE;
	return e;
}

/*
 * A writable reference; a frame that is only an LDT page by our own lazy mapping is freed from
 * that.
 */
static NOINLINE int get_writable_type_slow(struct page_info *pg, struct domain *d)
{
	int rc = page_get_type(pg, PAGE_WRITABLE);

	if (rc == -XEN_EINVAL && page_type_in_use(pg) == PAGE_DESC && pv_forget_ldts(d))
		rc = page_get_type(pg, PAGE_WRITABLE);
	return rc;
}

static inline int get_writable_type(struct page_info *pg, struct domain *d)
{
	return likely(page_get_type_if_used_inline(pg, PAGE_WRITABLE)) ?
		       0 :
		       get_writable_type_slow(pg, d);
}

/* References of a present, adjusted entry. */
static ALWAYS_INLINE int l1_get(u64 e, struct domain *l1_owner, struct domain *pg_owner)
{
	mfn_t m = entry_mfn(e);
	struct page_info *pg;
	int rc = 0;

	if (mfn_is_mmio(m)) {
		/* (No frame of memory has them.) */
		if (e & reserved_bits())
			return -XEN_EINVAL;
		if (pg_owner != l1_owner && pg_owner != dom_io)
			return -XEN_EINVAL;
		return rights_iomem_ok(l1_owner, mfn_x(m), mfn_x(m)) ? 0 : -XEN_EPERM;
	}
	pg = mfn_to_page(m);
	if (!page_get_inline(pg, pg_owner))
		return -XEN_EINVAL;
	if (unlikely(pg_owner != l1_owner))
		page_mark_foreign(pg);
	if (e & PTE_RW)
		rc = get_writable_type(pg, pg_owner);
	if (rc)
		page_put(pg);
	return rc;
}

static inline void l1_put(u64 e)
{
	struct page_info *pg;

	if (!(e & PTE_P) || mfn_is_mmio(entry_mfn(e)))
		return;
	pg = mfn_to_page(entry_mfn(e));
	if (e & PTE_RW)
		page_put_type_inline(pg);
	page_put_inline(pg);
}

/* The entry keeps its frame and changes only its right to write.  1: do it the long way. */
static inline int l1_change_access(u64 *p, u64 old, u64 val, enum pv_update_mode mode,
			    struct domain *pg_owner)
{
	bool mmio = mfn_is_mmio(entry_mfn(val)), more = val & ~old & PTE_RW;
	struct page_info *pg = mfn_to_page(entry_mfn(val));
	int rc;

	if (mmio)
		return 1;
	if (more) {
		/*
		 * A frame of somebody else that was mapped read-only (a grant) must not become
		 * writable this way.
		 */
		if (READ_ONCE(pg->owner) != pg_owner->id)
			return -XEN_EINVAL;
		rc = get_writable_type(pg, pg_owner);
		if (rc)
			return rc;
	}
	if (mode == PV_UPDATE_PRESERVE_AD)
		val |= old & (PTE_A | PTE_D);
	if (!cas(p, &old, val)) {
		if (more)
			page_put_type(pg);
		return 1;
	}
	if (!more)
		page_put_type_inline(pg);
	return 0;
}

static ALWAYS_INLINE int l1_update(u64 *p, u64 val, enum pv_update_mode mode, u64 *expect,
			    struct domain *pt_owner, struct domain *pg_owner)
{
	u64 old = mode == PV_UPDATE_EXPECT ? *expect : READ_ONCE(*p), change;
	int rc;

	if (val & PTE_P) {
		val = l1_adjust(val, pt_owner);
		change = (old ^ val) & ~PTE_FREE_BITS;
		if (!change && (old & PTE_P)) {
			if (cas(p, &old,
				mode == PV_UPDATE_PRESERVE_AD ? val | (old & (PTE_A | PTE_D)) :
								val))
				return 0;
		} else if (change == PTE_RW && (old & PTE_P)) {
			rc = l1_change_access(p, old, val, mode, pg_owner);
			if (rc != 1)
				return rc;
		}
		rc = l1_get(val, pt_owner, pg_owner);
		if (rc)
			return rc;
	} else if (pv_l1tf_check(pt_owner, val)) {
		return -XEN_EINVAL;
	}
	if (!entry_commit(p, &old, val, mode, expect)) {
		l1_put(val);
		*expect = old;
		return -XEN_EAGAIN;
	}
	l1_put(old);
	return 0;
}

int pv_l1_update(struct page_info *pt, unsigned int index, u64 val, enum pv_update_mode mode,
		 u64 *expect, struct domain *pt_owner, struct domain *pg_owner)
{
	return l1_update(table_of(pt) + index, val, mode, expect, pt_owner, pg_owner);
}

int pv_l1_update_run(struct page_info *pt, const struct mmu_update *reqs, unsigned int n,
		     unsigned int *ret_done, struct domain *pt_owner, struct domain *pg_owner)
{
	u64 *t = table_of(pt), start = mfn_x(page_to_mfn(pt)) << PAGE_SHIFT;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++) {
		u64 offset = reqs[i].ptr - start, kind = offset & (sizeof(u64) - 1);

		/* Another table, or a request that is not for an entry. */
		if (offset >= PAGE_SIZE || (kind & 4) || kind == MMU_MACHPHYS_UPDATE)
			break;
		rc = l1_update(t + offset / sizeof(u64), reqs[i].val,
			       kind == MMU_PT_UPDATE_PRESERVE_AD ? PV_UPDATE_PRESERVE_AD :
								   PV_UPDATE_PLAIN,
			       NULL, pt_owner, pg_owner);
	}
	*ret_done = rc ? i - 1 : i;
	return rc;
}

static inline bool eight_absent(const u64 *t)
{
	return !((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) & PTE_P);
}

/*
 * The first present entry from i on; `end` or more: there is none below it.  Most of most tables is
 * empty, and every table of a process is looked through when it is born and when it ends: hence by
 * eights.
 */
static inline unsigned int next_present(const u64 *t, unsigned int i, unsigned int end)
{
	for (;; i++) {
		if (!(i & 7))
			while (i < end && eight_absent(t + i))
				i += 8;
		if (i >= end || (t[i] & PTE_P))
			return i;
	}
}

static int l1_validate(struct page_info *pg, struct domain *d)
{
	u64 *t = table_of(pg);
	int rc;

	for (unsigned int i = next_present(t, 0, ENTRIES); i < ENTRIES;
	     i = next_present(t, i + 1, ENTRIES)) {
		u64 e = l1_adjust(t[i], d);

		rc = l1_get(e, d, d);
		if (rc) {
			log_guest(LOG_DEBUG,
				  "mm: level-1 table %llx: entry %u is %016llx: refused\n",
				  (unsigned long long)mfn_x(page_to_mfn(pg)), i,
				  (unsigned long long)e);
			while (i--)
				l1_put(t[i]);
			return rc == -XEN_ERESTART ? rc : -XEN_EINVAL;
		}
		t[i] = e;
	}
	return 0;
}

/* ------------------------------------------------------------------ levels 2 to 4 */

/* References of a present, adjusted entry of an upper level. */
static int upper_get(u64 e, enum page_type level, struct domain *d)
{
	struct page_info *pg;
	int rc;

	/* Bit 7 means a large page or is reserved; the cache attributes of tables are ours. */
	if (e & (PTE_PS | PTE_PWT | PTE_PCD))
		return -XEN_EINVAL;
	/* Addresses with reserved bits name no frame that exists. */
	pg = mfn_to_page(entry_mfn(e));
	if (!mfn_valid(entry_mfn(e)) || !page_get_inline(pg, d))
		return -XEN_EINVAL;
	rc = page_get_type(pg, level - 1);
	if (rc)
		page_put(pg);
	return rc;
}

static int upper_validate(struct page_info *pg, struct domain *d, enum page_type level)
{
	u64 *t = table_of(pg);
	int rc;

	for (unsigned int i = next_present(t, pg->aux, ENTRIES); i < ENTRIES;
	     i = next_present(t, i + 1, ENTRIES)) {
		if (is_hv_slot(level, i))
			continue;
		pg->aux = i;
		rc = upper_get(t[i] | PTE_US, level, d);
		if (rc) {
			if (rc != -XEN_ERESTART)
				log_guest(LOG_DEBUG,
					  "mm: level-%u table %llx: entry %u is %016llx: refused\n",
					  level, (unsigned long long)mfn_x(page_to_mfn(pg)), i,
					  (unsigned long long)t[i]);
			return rc;
		}
		t[i] |= PTE_US;
		pg->aux = i + 1;
		if (i + 1 < ENTRIES && hypercall_preempt_check())
			return -XEN_ERESTART;
	}
	if (level == PAGE_L4)
		hw_fill_hv_slots(t);
	return 0;
}

/* The table at the entry where the work stopped may itself be half done: first that. */
static int undo_entry_at(struct page_info *pg, enum page_type level, bool preemptible)
{
	struct domain *d = page_owner(pg);
	unsigned int i = pg->aux;
	struct page_info *sub;
	int rc = 0;
	u64 e;

	if (i >= ENTRIES || is_hv_slot(level, i) || !d)
		return 0;
	e = table_of(pg)[i];
	if (!(e & PTE_P))
		return 0;
	sub = page_get_given_up(entry_mfn(e), d);
	if (!sub)
		return 0;
	/* Another CPU at work on it is not waited for: it might be waiting for us. */
	while (page_type(sub) == level - 1 && (rc = page_undo_partial(sub)) == -XEN_ERESTART &&
	       !preemptible)
		;
	page_put(sub);
	return rc == -XEN_ERESTART ? rc : 0;
}

static int upper_invalidate(struct page_info *pg, enum page_type level, bool preemptible)
{
	u64 *t = table_of(pg);
	unsigned int i = pg->aux;
	int rc = undo_entry_at(pg, level, preemptible);

	if (rc)
		return rc;
	while (i > 0) {
		struct page_info *sub;

		if (!(i & 7) && eight_absent(t + i - 8)) {
			i -= 8;
			continue;
		}
		i--;
		if (is_hv_slot(level, i) || !(t[i] & PTE_P))
			continue;
		sub = mfn_to_page(entry_mfn(t[i]));
		pg->aux = i;
		if (preemptible)
			rc = page_put_type_preemptible(sub);
		else
			page_put_type(sub);
		page_put(sub);
		if (rc || (preemptible && i && hypercall_preempt_check()))
			return -XEN_ERESTART;
	}
	if (level == PAGE_L4)
		memset(t + HV_FIRST_SLOT, 0, (HV_LAST_SLOT - HV_FIRST_SLOT + 1) * sizeof(*t));
	return 0;
}

/* ---------------------------------------------------------------- whole tables, for core/page.c */

static int desc_validate(struct page_info *pg)
{
	u64 *t = table_of(pg);

	for (unsigned int i = 0; i < ENTRIES; i++)
		if (!pv_descriptor_ok(&t[i]))
			return -XEN_EINVAL;
	return 0;
}

/* (The hypervisor's own slots, in the middle of a level-4 table, are overwritten.) */
static int check_not_present(struct page_info *pg, struct domain *d, enum page_type type)
{
	const u64 *t = table_of(pg);
	int rc;

	if (type < PAGE_L1 || type > PAGE_L4)
		return 0;
	rc = pv_l1tf_check_table(d, t, 0, type == PAGE_L4 ? HV_FIRST_SLOT : ENTRIES);
	if (!rc && type == PAGE_L4)
		rc = pv_l1tf_check_table(d, t, HV_LAST_SLOT + 1, ENTRIES - HV_LAST_SLOT - 1);
	return rc;
}

int pv_table_validate(struct page_info *pg, struct domain *d, enum page_type type)
{
	int rc;

	if (unlikely(spec_l1tf) && check_not_present(pg, d, type))
		return -XEN_EINVAL;
	switch (type) {
	case PAGE_L1:
		rc = l1_validate(pg, d);
		pg->aux = rc ? 0 : ENTRIES;
		return rc;
	case PAGE_L2:
	case PAGE_L3:
	case PAGE_L4:
		return upper_validate(pg, d, type);
	case PAGE_DESC:
		pg->aux = 0;
		return desc_validate(pg);
	default:
		return -XEN_EINVAL;
	}
}

int pv_table_invalidate(struct page_info *pg, enum page_type type, bool preemptible)
{
	u64 *t = table_of(pg);

	if (type == PAGE_DESC)
		return 0;
	if (type != PAGE_L1)
		return upper_invalidate(pg, type, preemptible);
	for (unsigned int i = next_present(t, 0, pg->aux); i < pg->aux;
	     i = next_present(t, i + 1, pg->aux))
		l1_put(t[i]);
	pg->aux = 0;
	return 0;
}

/* ------------------------------------------------------------------ single entries */

/* Drops what a replaced upper entry held; what cannot be finished now is left with the vCPU. */
static void upper_drop(u64 e)
{
	struct page_info *sub;

	if (!(e & PTE_P))
		return;
	sub = mfn_to_page(entry_mfn(e));
	if (page_put_type_preemptible(sub) == -XEN_ERESTART)
		current->pv->dropped_table = sub;
	else
		page_put(sub);
}

int pv_finish_dropped_slow(struct vcpu *v)
{
	struct page_info *pg = v->pv->dropped_table;
	int rc = page_undo_partial(pg);

	if (rc)
		return -XEN_ERESTART;
	v->pv->dropped_table = NULL;
	page_put(pg);
	return 0;
}

static int upper_update(struct page_info *pt, enum page_type level, unsigned int index, u64 val,
			enum pv_update_mode mode, u64 *expect, struct domain *d)
{
	u64 *p = table_of(pt) + index, old = READ_ONCE(*p);
	int rc;

	if (is_hv_slot(level, index))
		return -XEN_EPERM;
	if (val & PTE_P) {
		val |= PTE_US;
		/* Only what is no right may change without validation (XSA-148, XSA-182). */
		if ((old & PTE_P) && !((old ^ val) & ~PTE_FREE_BITS) && mode == PV_UPDATE_PLAIN &&
		    cas(p, &old, val))
			return 0;
		rc = upper_get(val, level, d);
		if (rc)
			return rc;
	} else if (pv_l1tf_check(d, val)) {
		return -XEN_EINVAL;
	}
	if (!entry_commit(p, &old, val, mode, expect)) {
		upper_drop(val);
		*expect = old;
		return -XEN_EAGAIN;
	}
	upper_drop(old);
	return 0;
}

int pv_entry_update(struct page_info *pt, enum page_type level, unsigned int index, u64 val,
		    enum pv_update_mode mode, u64 *expect, struct domain *pt_owner,
		    struct domain *pg_owner)
{
	if (level == PAGE_L1)
		return pv_l1_update(pt, index, val, mode, expect, pt_owner, pg_owner);
	/* The vCPU can owe for one entry only. */
	if (pv_finish_dropped(current))
		return -XEN_ERESTART;
	return upper_update(pt, level, index, val, mode, expect, pt_owner);
}
