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

static inline int update_entry(struct mmu_call *c, const struct mmu_update *req)
{
	u64 addr = req->ptr & ~3ULL;
	unsigned int index = (addr & (PAGE_SIZE - 1)) / sizeof(u64);
	enum pv_update_mode mode;
	int rc;

	if (addr & (sizeof(u64) - 1))
		return -XEN_EINVAL;
	rc = find_table(c, addr >> PAGE_SHIFT);
	if (rc)
		return rc;
	mode = (req->ptr & 3) == MMU_PT_UPDATE_PRESERVE_AD ? PV_UPDATE_PRESERVE_AD :
							     PV_UPDATE_PLAIN;
	if (likely(c->pt_type == PAGE_L1))
		return pv_l1_update(c->pt, index, req->val, mode, NULL, c->pt_owner, c->pg_owner);
	if (c->pt_type == PAGE_WRITABLE) {
		WRITE_ONCE(((u64 *)page_to_virt(c->pt))[index], req->val);
		return 0;
	}
	return pv_entry_update(c->pt, c->pt_type, index, req->val, mode, NULL, c->pt_owner,
			       c->pg_owner);
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

static inline int one_request(struct mmu_call *c, struct vcpu *v, const struct mmu_update *req)
{
	int rc = pv_finish_dropped(v);

	if (rc)
		return rc;
	return unlikely((req->ptr & 3) == MMU_MACHPHYS_UPDATE) ? update_m2p(c, req) : update_entry(c, req);
}

/* The next few requests; the most usual number is one. */
static inline bool copy_requests(struct mmu_update *reqs, u64 ureqs, unsigned int n)
{
	return n == 1 ? !copy_16_from_guest(reqs, ureqs) :
			!copy_from_guest_raw(reqs, ureqs, n * sizeof(*reqs));
}
BUILD_CHECK(sizeof(struct mmu_update) == 16);

static int run_requests(struct mmu_call *c, u64 ureqs, unsigned int count, unsigned int *ret_done)
{
	struct vcpu *v = current;
	struct mmu_update reqs[CHUNK];
	unsigned int done = 0, i, n;
	int rc = 0;

	while (done < count && !rc) {
		n = min(count - done, (unsigned int)CHUNK);
		/* Requests that may take long stop by themselves. */
		if (done && hypercall_preempt_check())
			rc = -XEN_ERESTART;
		else if (!copy_requests(reqs, ureqs + done * sizeof(reqs[0]), n))
			rc = -XEN_EFAULT;
		for (i = 0; !rc && i < n; i++)
			rc = one_request(c, v, &reqs[i]);
		/* The last one of those that were tried failed. */
		done += rc && i ? i - 1 : i;
	}
	*ret_done = done;
	perfc_add(PERFC_MMU_UPDATES, done);
	release_table(c);
	if (!rc)
		rc = pv_finish_dropped(v);
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

long do_mmu_update(u64 ureqs, u64 count_arg, u64 pdone, u64 foreigndom)
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
