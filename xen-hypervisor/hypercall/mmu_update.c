/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmu_update: a list of page-table entries to write and machine-to-physical entries to set.
 * Requests are copied in a few at a time.  Requests that follow one another to the same table,
 * which is how a kernel in lazy mode sends them, share one reference to it.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/page-fast.h>
#include <xen/perfc.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/x86.h>

/* In count: a continuation; pdone then holds what was done before. */
#define PREEMPTED 0x80000000u
#define CHUNK 16

struct mmu_call {
	struct domain *pt_owner;	/* whose tables */
	struct domain *pg_owner;	/* whose frames the entries name */
	/* table of the last request: general and, unless plain, type reference */
	struct page_info *pt;
	enum page_type pt_type;
	u64 pt_mfn;
};

static void release_table(struct mmu_call *c)
{
	struct page_info *pt = c->pt;

	if (!pt)
		return;
	c->pt = NULL;
	if (likely(page_unhold_table(pt)))
		return;
	/*
	 * Ours may be the last reference by now.  What cannot be taken apart at once waits for
	 * whoever needs the frame.
	 */
	if (page_put_type_preemptible(pt) == -XEN_ERESTART && !current->pv->dropped_table)
		current->pv->dropped_table = pt;
	else
		page_put(pt);
}

/*
 * The table that a request names, as what it is now: a table in use, or a page that the guest may
 * write to.
 */
static NOINLINE int find_table_slow(struct mmu_call *c, u64 mfn)
{
	struct page_info *pg;
	int rc;

	pg = page_get_by_mfn(_mfn(mfn), c->pt_owner);
	if (!pg)
		return -XEN_EINVAL;
	c->pt_type = page_type_in_use(pg);
	if (c->pt_type >= PAGE_L1 && c->pt_type <= PAGE_L4) {
		rc = page_get_type_if_used(pg, c->pt_type) ? 0 : -XEN_EINVAL;
	} else {
		c->pt_type = PAGE_WRITABLE;
		rc = page_get_type(pg, PAGE_WRITABLE);
	}
	if (rc) {
		page_put(pg);
		return rc;
	}
	c->pt = pg;
	c->pt_mfn = mfn;
	return 0;
}

static inline int find_table(struct mmu_call *c, u64 mfn)
{
	if (c->pt && c->pt_mfn == mfn)
		return 0;
	release_table(c);
	/* Nine of ten are level-1 tables. */
	c->pt = page_hold_table(_mfn(mfn), c->pt_owner, PAGE_L1);
	if (unlikely(!c->pt))
		return find_table_slow(c, mfn);
	c->pt_type = PAGE_L1;
	c->pt_mfn = mfn;
	return 0;
}

/* An entry of an upper level, or a word of a page that is no table. */
static int update_other(struct mmu_call *c, const struct mmu_update *req)
{
	unsigned int index = (req->ptr & (PAGE_SIZE - 1)) / sizeof(u64);

	if (c->pt_type == PAGE_WRITABLE) {
		WRITE_ONCE(((u64 *)page_to_virt(c->pt))[index], req->val);
		return 0;
	}
	return pv_entry_update(c->pt, c->pt_type, index, req->val,
			       (req->ptr & 3) == MMU_PT_UPDATE_PRESERVE_AD ? PV_UPDATE_PRESERVE_AD :
									     PV_UPDATE_PLAIN,
			       NULL, c->pt_owner, c->pg_owner);
}

static int update_m2p(struct mmu_call *c, const struct mmu_update *req)
{
	mfn_t m = _mfn(req->ptr >> PAGE_SHIFT);
	struct page_info *pg = page_get_by_mfn(m, c->pg_owner);

	if (!pg)
		return -XEN_EINVAL;
	m2p_set(m, req->val);
	page_put(pg);
	return 0;
}

/* The first request or, of those to a level-1 table, more: *ret_done, less the one that failed. */
static int some_requests(struct mmu_call *c, const struct mmu_update *reqs, unsigned int n,
			 unsigned int *ret_done)
{
	int rc = pv_finish_dropped(current);

	*ret_done = 0;
	if (rc)
		return rc;
	if (unlikely((reqs->ptr & 3) == MMU_MACHPHYS_UPDATE)) {
		rc = update_m2p(c, reqs);
	} else {
		if (reqs->ptr & 4)
			return -XEN_EINVAL;
		rc = find_table(c, reqs->ptr >> PAGE_SHIFT);
		if (rc)
			return rc;
		if (likely(c->pt_type == PAGE_L1))
			return pv_l1_update_run(c->pt, reqs, n, ret_done, c->pt_owner, c->pg_owner);
		rc = update_other(c, reqs);
	}
	*ret_done = !rc;
	return rc;
}

static int run_requests(struct mmu_call *c, u64 ureqs, unsigned int count, unsigned int *ret_done)
{
	struct mmu_update reqs[CHUNK];
	unsigned int done = 0, n, i, some;
	int rc = 0;

	while (done < count && !rc) {
		n = min(count - done, (unsigned int)CHUNK);
		/* Requests that may take long stop by themselves. */
		if (done && hypercall_preempt_check())
			rc = -XEN_ERESTART;
		else if (copy_from_guest_raw(reqs, ureqs + done * sizeof(reqs[0]),
					     n * sizeof(reqs[0])))
			rc = -XEN_EFAULT;
		for (i = 0; !rc && i < n; i += some, done += some)
			rc = some_requests(c, reqs + i, n - i, &some);
	}
	*ret_done = done;
	perfc_add(PERFC_MMU_UPDATES, done);
	release_table(c);
	if (!rc)
		rc = pv_finish_dropped(current);
	return rc;
}

/* The high half of foreigndom is the owner of the tables plus one, or 0: the caller. */
static int get_owners(struct mmu_call *c, u32 foreigndom)
{
	u32 pt_dom = foreigndom >> 16;
	int rc;

	/* Nearly always; and the caller needs no reference to itself. */
	if (likely(foreigndom == DOMID_SELF)) {
		c->pt_owner = c->pg_owner = current->domain;
		return 0;
	}
	rc = pv_get_owner(pt_dom ? pt_dom - 1 : DOMID_SELF, &c->pt_owner);
	if (rc)
		return rc;
	if (c->pt_owner == dom_io ||
	    (c->pt_owner != current->domain && READ_ONCE(c->pt_owner->dying))) {
		pv_put_owner(c->pt_owner);
		return -XEN_EINVAL;
	}
	rc = pv_get_owner(foreigndom & 0xffff, &c->pg_owner);
	if (rc)
		pv_put_owner(c->pt_owner);
	return rc;
}

static NOINLINE long mmu_update(u64 ureqs, u64 count_arg, u64 pdone, u64 foreigndom)
{
	struct mmu_call c = { 0 };
	u32 count = (u32)count_arg, before = 0;
	unsigned int done;
	int rc;

	if (count & PREEMPTED) {
		count &= ~PREEMPTED;
		if (pdone && copy_from_guest_raw(&before, pdone, sizeof(before)))
			return -XEN_EFAULT;
	}
	rc = get_owners(&c, (u32)foreigndom);
	if (rc)
		return rc;
	rc = run_requests(&c, ureqs, count, &done);
	if (unlikely((u32)foreigndom != DOMID_SELF)) {
		pv_put_owner(c.pt_owner);
		pv_put_owner(c.pg_owner);
	}

	before += done;
	if (pdone && copy_to_guest_raw(pdone, &before, sizeof(before)))
		return -XEN_EFAULT;
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_mmu_update, 4,
					  ureqs + done * sizeof(struct mmu_update),
					  (u64)((count - done) | PREEMPTED), pdone, foreigndom);
	return rc;
}

/*
 * The commonest call of all, as a kernel outside of lazy mode makes it: one entry of a level-1
 * table of its own.  1: it is something else, or needs the long way; nothing was changed.
 */
static int update_one(u64 ureq)
{
	struct domain *d = current->domain;
	struct mmu_update req;
	struct page_info *pt;
	int rc;

	BUILD_CHECK(sizeof(req) == 16);
	if (pv_finish_dropped(current) || copy_16_from_guest(&req, ureq))
		return 1;
	if ((req.ptr & (sizeof(u64) - 1)) != MMU_NORMAL_PT_UPDATE)
		return 1;
	pt = page_hold_table(_mfn(req.ptr >> PAGE_SHIFT), d, PAGE_L1);
	if (!pt)
		return 1;
	rc = pv_l1_update(pt, (req.ptr & (PAGE_SIZE - 1)) / sizeof(u64), req.val, PV_UPDATE_PLAIN,
			  NULL, d, d);
	if (unlikely(!page_unhold_table(pt)))
		pv_unwalk_l1(pt);
	if (likely(!rc))
		perfc_inc(PERFC_MMU_UPDATES);
	return rc == -XEN_ERESTART ? 1 : rc;
}

long do_mmu_update(u64 ureqs, u64 count_arg, u64 pdone, u64 foreigndom)
{
	if (count_arg == 1 && !pdone && foreigndom == DOMID_SELF) {
		int rc = update_one(ureqs);

		if (likely(rc <= 0))
			return rc;
	}
	return mmu_update(ureqs, count_arg, pdone, foreigndom);
}
