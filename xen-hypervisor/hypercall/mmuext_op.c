/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmuext_op: pinning tables, changing top-level tables, flushes, LDT.  One row a command.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/smp.h>

#define PREEMPTED 0x80000000u /* in count, see hypercall/mmu_update.c */

typedef int mmuext_fn(const struct mmuext_op *op, struct domain *pg_owner);

/* ------------------------------------------------------------------ pins and top-level tables */

static int op_pin(const struct mmuext_op *op, struct domain *d)
{
	struct page_info *pg;
	int rc;

	if (d != current->domain && READ_ONCE(d->dying) != DOMAIN_ALIVE)
		return -XEN_EINVAL;
	pg = page_get_by_mfn(_mfn(op->arg1.mfn), d);
	if (!pg)
		return -XEN_EINVAL;
	rc = page_pin(pg, PAGE_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));
	if (rc && rc != -XEN_ERESTART)
		log_guest(LOG_DEBUG, "mm: frame %lx cannot be pinned as level %u\n", op->arg1.mfn,
			  op->cmd - MMUEXT_PIN_L1_TABLE + 1);
	page_put(pg);
	return rc;
}

static int op_unpin(const struct mmuext_op *op, struct domain *d)
{
	struct page_info *pg = page_get_by_mfn(_mfn(op->arg1.mfn), d);
	int rc;

	if (!pg)
		return -XEN_EINVAL;
	rc = page_unpin(pg);
	page_put(pg);
	return rc;
}

static int op_new_base(const struct mmuext_op *op, struct domain *d)
{
	return d == current->domain ? pv_set_kernel_table(current, _mfn(op->arg1.mfn)) : -XEN_EPERM;
}

static int op_new_user_base(const struct mmuext_op *op, struct domain *d)
{
	return d == current->domain ? pv_set_user_table(current, _mfn(op->arg1.mfn)) : -XEN_EPERM;
}

/* ------------------------------------------------------------------ flushes */

static int flush_cpus(const cpumask_t *mask, u64 va)
{
	if (va == TLB_ALL || GUEST_ADDR_OK(va))
		tlb_flush_mask(mask, va);
	return 0;
}

static int op_flush_local(const struct mmuext_op *op, struct domain *d)
{
	unsigned long flags;

	if (d != current->domain)
		return -XEN_EPERM;
	flags = hw_irq_save();
	hw_tlb_flush_local();
	hw_irq_restore(flags);
	return 0;
}

static int op_invlpg_local(const struct mmuext_op *op, struct domain *d)
{
	if (d != current->domain)
		return -XEN_EPERM;
	if (GUEST_ADDR_OK(op->arg1.linear_addr))
		hw_tlb_flush_local_page(op->arg1.linear_addr);
	return 0;
}

static u64 flush_address(const struct mmuext_op *op)
{
	return op->cmd == MMUEXT_TLB_FLUSH_MULTI || op->cmd == MMUEXT_TLB_FLUSH_ALL ?
		       TLB_ALL :
		       op->arg1.linear_addr;
}

static int op_flush_multi(const struct mmuext_op *op, struct domain *d)
{
	cpumask_t mask;
	int rc;

	if (d != current->domain)
		return -XEN_EPERM;
	rc = pv_vcpumask_to_cpus(d, handle_va(op->arg2.vcpumask), &mask);
	return rc ? rc : flush_cpus(&mask, flush_address(op));
}

static int op_flush_all(const struct mmuext_op *op, struct domain *d)
{
	cpumask_t mask;

	if (d != current->domain)
		return -XEN_EPERM;
	pv_dirty_cpus(d, &mask);
	return flush_cpus(&mask, flush_address(op));
}

static void wbinvd(void *unused)
{
#ifndef XEN_HOST_BUILD
	__asm__ volatile("wbinvd" ::: "memory");
#endif
}

/*
 * Only those who may make memory uncached have a use for it; for others it would be a way to slow
 * everybody down.
 */
static int op_flush_cache(const struct mmuext_op *op, struct domain *d)
{
	if (d != current->domain)
		return -XEN_EPERM;
	if (!d->is_hardware)
		return -XEN_EACCES;
	if (op->cmd == MMUEXT_FLUSH_CACHE_GLOBAL)
		smp_call(&cpu_online_map, wbinvd, NULL, true);
	else
		wbinvd(NULL);
	return 0;
}

/* ------------------------------------------------------------------ the rest */

static int op_set_ldt(const struct mmuext_op *op, struct domain *d)
{
	return d == current->domain ? pv_set_ldt(current, op->arg1.linear_addr, op->arg2.nr_ents) :
				      -XEN_EPERM;
}

static int op_clear_page(const struct mmuext_op *op, struct domain *d)
{
	struct page_info *pg = page_get_by_mfn(_mfn(op->arg1.mfn), d);
	int rc;

	if (!pg)
		return -XEN_EINVAL;
	rc = page_get_type(pg, PAGE_WRITABLE);
	if (!rc) {
		memset(page_to_virt(pg), 0, PAGE_SIZE);
		page_put_type(pg);
	}
	page_put(pg);
	return rc;
}

static int op_copy_page(const struct mmuext_op *op, struct domain *d)
{
	struct page_info *src = page_get_by_mfn(_mfn(op->arg2.src_mfn), d), *dst;
	int rc = -XEN_EINVAL;

	if (!src)
		return rc;
	dst = page_get_by_mfn(_mfn(op->arg1.mfn), d);
	if (dst) {
		rc = page_get_type(dst, PAGE_WRITABLE);
		if (!rc) {
			memcpy(page_to_virt(dst), page_to_virt(src), PAGE_SIZE);
			page_put_type(dst);
		}
		page_put(dst);
	}
	page_put(src);
	return rc;
}

/* Superpages of PV guests are not offered. */
static int op_super(const struct mmuext_op *op, struct domain *d) { return -XEN_EOPNOTSUPP; }

static mmuext_fn *const operations[] = {
	[MMUEXT_PIN_L1_TABLE] = op_pin,
	[MMUEXT_PIN_L2_TABLE] = op_pin,
	[MMUEXT_PIN_L3_TABLE] = op_pin,
	[MMUEXT_PIN_L4_TABLE] = op_pin,
	[MMUEXT_UNPIN_TABLE] = op_unpin,
	[MMUEXT_NEW_BASEPTR] = op_new_base,
	[MMUEXT_TLB_FLUSH_LOCAL] = op_flush_local,
	[MMUEXT_INVLPG_LOCAL] = op_invlpg_local,
	[MMUEXT_TLB_FLUSH_MULTI] = op_flush_multi,
	[MMUEXT_INVLPG_MULTI] = op_flush_multi,
	[MMUEXT_TLB_FLUSH_ALL] = op_flush_all,
	[MMUEXT_INVLPG_ALL] = op_flush_all,
	[MMUEXT_FLUSH_CACHE] = op_flush_cache,
	[MMUEXT_SET_LDT] = op_set_ldt,
	[MMUEXT_NEW_USER_BASEPTR] = op_new_user_base,
	[MMUEXT_CLEAR_PAGE] = op_clear_page,
	[MMUEXT_COPY_PAGE] = op_copy_page,
	[MMUEXT_FLUSH_CACHE_GLOBAL] = op_flush_cache,
	[MMUEXT_MARK_SUPER] = op_super,
	[MMUEXT_UNMARK_SUPER] = op_super,
};

static int one_operation(const struct mmuext_op *op, struct domain *pg_owner)
{
	int rc = pv_finish_dropped(current);

	if (rc)
		return rc;
	if (op->cmd >= ARRAY_SIZE(operations) || !operations[op->cmd])
		return -XEN_ENOSYS;
	return operations[op->cmd](op, pg_owner);
}

static int run_operations(u64 uops, u32 count, struct domain *pg_owner, unsigned int *ret_done)
{
	struct mmuext_op op;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < count && !rc; i++) {
		if (i && hypercall_preempt_check()) {
			rc = -XEN_ERESTART;
			break;
		}
		if (copy_from_guest_raw(&op, uops + i * sizeof(op), sizeof(op))) {
			rc = -XEN_EFAULT;
			break;
		}
		rc = one_operation(&op, pg_owner);
		if (rc)
			break;
	}
	*ret_done = i;
	if (!rc)
		rc = pv_finish_dropped(current);
	return rc;
}

long do_mmuext_op(u64 uops, u64 count_arg, u64 pdone, u64 foreigndom)
{
	u32 count = (u32)count_arg, before = 0;
	struct domain *pg_owner;
	unsigned int done;
	int rc;

	if (count & PREEMPTED) {
		count &= ~PREEMPTED;
		if (pdone && copy_from_guest_raw(&before, pdone, sizeof(before)))
			return -XEN_EFAULT;
	}
	rc = pv_get_owner((domid_t)foreigndom, &pg_owner);
	if (rc)
		return rc;
	rc = run_operations(uops, count, pg_owner, &done);
	pv_put_owner(pg_owner);

	before += done;
	if (pdone && copy_to_guest_raw(pdone, &before, sizeof(before)))
		return -XEN_EFAULT;
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4,
					  uops + done * sizeof(struct mmuext_op),
					  (u64)((count - done) | PREEMPTED), pdone, foreigndom);
	return rc;
}
