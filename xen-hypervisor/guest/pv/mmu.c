/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address spaces of paravirtual vCPUs: their two top-level tables, walks, which CPUs a flush
 * must reach, and whose frames a memory hypercall speaks of.
 *
 * v->pv->kernel_table and user_table hold a general and a level-4 type reference each; only v
 * itself, or somebody who made sure that v does not run, changes them.  Relies on core/page.c and
 * guest/pv/pagetable.c.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page-fast.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/smp.h>
#include <xen/x86.h>

/* ------------------------------------------------------------------ top-level tables */

/* References for a new top-level table of v. */
static int table_get(struct vcpu *v, mfn_t l4, struct page_info **ret_pg)
{
	struct page_info *pg = page_get_by_mfn(l4, v->domain);
	int rc;

	if (!pg)
		return -XEN_EINVAL;
	rc = page_get_type(pg, PAGE_L4);
	if (rc)
		page_put(pg);
	else
		*ret_pg = pg;
	return rc;
}

/* Drops a table that no CPU has loaded for v any more; what is left to do stays with the vCPU. */
static int table_put(struct vcpu *v, struct page_info *pg)
{
	if (!pg)
		return 0;
	if (page_put_type_preemptible(pg) == -XEN_ERESTART) {
		v->pv->dropped_table = pg;
		return -XEN_ERESTART;
	}
	page_put(pg);
	return 0;
}

int pv_set_kernel_table(struct vcpu *v, mfn_t l4)
{
	struct page_info *pg, *old = v->pv->kernel_table;
	int rc = pv_finish_dropped(v);

	if (rc)
		return rc;
	/* Also the way back in after -XEN_ERESTART from dropping the old one. */
	if (old && mfn_eq(page_to_mfn(old), l4)) {
		pv_load_cr3(v);
		return 0;
	}
	rc = table_get(v, l4, &pg);
	if (rc)
		return rc;
	v->pv->kernel_table = pg;
	v->pv->cr3_kernel = maddr_x(mfn_to_maddr(l4));
	pv_load_cr3(v);
	return table_put(v, old);
}

int pv_set_user_table(struct vcpu *v, mfn_t l4)
{
	struct page_info *pg = NULL, *old = v->pv->user_table;
	int rc = pv_finish_dropped(v);

	if (rc)
		return rc;
	if (old ? mfn_eq(page_to_mfn(old), l4) : !mfn_x(l4)) {
		if (old)
			pv_user_table_chosen(v);
		return 0;
	}
	if (mfn_x(l4)) {
		rc = table_get(v, l4, &pg);
		if (rc)
			return rc;
	}
	v->pv->user_table = pg;
	v->pv->cr3_user = maddr_x(mfn_to_maddr(l4));
	/*
	 * Loaded at the next return to user mode, but the old one may be loaded now (a call from
	 * user mode).
	 */
	pv_user_table_chosen(v);
	return table_put(v, old);
}

static int drop_tables(struct vcpu *v)
{
	struct page_info *pg;
	int rc;

	tlb_flush_mask(&v->dirty_cpus, TLB_ALL);
	rc = pv_finish_dropped(v);
	if (rc)
		return rc;
	pg = v->pv->user_table;
	v->pv->user_table = NULL;
	v->pv->cr3_user = 0;
	rc = table_put(v, pg);
	if (rc)
		return rc;
	pg = v->pv->kernel_table;
	v->pv->kernel_table = NULL;
	v->pv->cr3_kernel = 0;
	return table_put(v, pg);
}

void pv_drop_tables(struct vcpu *v)
{
	while (drop_tables(v))
		;
}

int pv_mm_relinquish(struct domain *d)
{
	struct vcpu *v;
	void *e820;
	int rc;

	for_each_vcpu(d, v) {
		if (!v->pv)
			continue;
		rc = drop_tables(v);
		if (rc)
			return rc;
		pv_drop_gdt(v);
		pv_drop_ldt(v);
	}
	if (d->pv) {
		spin_lock(&d->page_lock);
		e820 = d->pv->e820;
		d->pv->e820 = NULL;
		d->pv->nr_e820 = 0;
		spin_unlock(&d->page_lock);
		mem_free(e820);
	}
	return 0;
}

/* ------------------------------------------------------------------ walks */

/*
 * One entry of a table that may be changing under us: another vCPU may have unhooked it, and the
 * frame may be anything by now.  Memory is always mapped, so the look is safe; what comes of it is
 * checked at the end of the walk.
 */
static u64 peek_entry(mfn_t table, unsigned int index)
{
	return mfn_is_mmio(table) ? 0 : READ_ONCE(((u64 *)mfn_to_virt(table))[index]);
}

static unsigned int va_index(u64 va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & 511;
}
static mfn_t entry_mfn(u64 e) { return _mfn((e & PTE_ADDR_MASK) >> PAGE_SHIFT); }

void pv_walk(struct vcpu *v, bool user, u64 va, u64 ret_entries[4])
{
	struct page_info *top = user ? v->pv->user_table : v->pv->kernel_table;
	u64 e = PTE_P;
	mfn_t m = top ? page_to_mfn(top) : _mfn(0);

	for (unsigned int level = 4; level >= 1; level--) {
		bool go = top && (e & PTE_P) && (level == 4 || !(e & PTE_PS));

		e = go ? peek_entry(m, va_index(va, level)) : 0;
		ret_entries[4 - level] = e;
		m = entry_mfn(e);
	}
}

struct page_info *pv_walk_l1(struct vcpu *v, bool user, u64 va, unsigned int *ret_index)
{
	struct page_info *pg = user ? v->pv->user_table : v->pv->kernel_table;
	mfn_t m;

	if (!pg || !GUEST_ADDR_OK(va))
		return NULL;
	m = page_to_mfn(pg);
	for (unsigned int level = 4; level > 1; level--) {
		u64 e = peek_entry(m, va_index(va, level));

		if (!(e & PTE_P) || (e & PTE_PS))
			return NULL;
		m = entry_mfn(e);
	}
	*ret_index = va_index(va, 1);
	return page_hold_table(m, v->domain, PAGE_L1);
}

void pv_unwalk_l1(struct page_info *l1)
{
	if (likely(page_unhold_table(l1)))
		return;
	page_put_type(l1);
	page_put(l1);
}

void pv_dump_walk(struct vcpu *v, u64 va)
{
	static const char *const names[4] = { "L4", "L3", "L2", "L1" };
	u64 e[4];

	pv_walk(v, !(v->pv->flags & PV_KERNEL_MODE) && v->pv->user_table, va, e);
	log_raw("page walk of %016llx:\n", (unsigned long long)va);
	for (unsigned int i = 0; i < 4 && (!i || (e[i - 1] & PTE_P)); i++)
		log_raw("  %s[%03x] = %016llx\n", names[i], va_index(va, 4 - i),
			(unsigned long long)e[i]);
}

/* ------------------------------------------------------------------ whom to flush, whose frames */

void pv_dirty_cpus(struct domain *d, cpumask_t *mask)
{
	struct vcpu *v;

	cpumask_zero(mask);
	for_each_vcpu(d, v)
		cpumask_or(mask, mask, &v->dirty_cpus);
}

int pv_vcpumask_to_cpus(struct domain *d, u64 guest_bitmap, cpumask_t *mask)
{
	u64 bits[BITS_TO_LONGS(MAX_VCPUS)] = { 0 };
	size_t size = DIV_ROUND_UP(min(d->max_vcpus, (unsigned int)MAX_VCPUS), 8u);
	struct vcpu *v;

	/* Whole bytes and no more, so that a bitmap at the end of a mapping does not fault. */
	if (copy_from_guest_raw(bits, guest_bitmap, size))
		return -XEN_EFAULT;
	cpumask_zero(mask);
	for_each_vcpu(d, v)
		if (bit_test(bits, v->id))
			cpumask_or(mask, mask, &v->dirty_cpus);
	return 0;
}

/*
 * Of those that are there for as long as the call no reference is taken: this is on the way of
 * every update.
 */
static bool is_permanent(const struct domain *d)
{
	return d == current->domain || d == dom_io || d == dom_xen;
}

int pv_get_owner(domid_t id, struct domain **ret_d)
{
	struct domain *self = current->domain, *d;

	if (id == DOMID_SELF || id == self->id) {
		*ret_d = self;
		return 0;
	}
	/* Which of it a guest may have is decided frame by frame. */
	if (id == DOMID_IO) {
		*ret_d = dom_io;
		return 0;
	}
	if (!self->privileged)
		return -XEN_EPERM;
	if (id == DOMID_XEN) {
		*ret_d = dom_xen;
		return 0;
	}
	d = id < DOMID_FIRST_RESERVED ? domain_get(id) : NULL;
	if (!d)
		return -XEN_ESRCH;
	*ret_d = d;
	return 0;
}

void pv_put_owner(struct domain *d)
{
	if (!is_permanent(d))
		domain_put(d);
}
