/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: control of a domain by a privileged one (hypercall/table.c lets nobody else in).  Copies
 * the argument once, looks at the table, finds the domain, calls the operation, copies back.
 *
 * Operations that are not in the table do not exist here: -XEN_ENOSYS.  Those that make no sense
 * for paravirtual guests or wait for a part of the hypervisor that is not there are named in it and
 * give -XEN_EOPNOTSUPP.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>

#define GIVES	 1u /* the argument is copied back */
#define NOT_SELF 2u /* not on the caller's own domain */
#define FINDS	 4u /* finds or makes the domain itself */

static long unsupported(struct domain *d, struct xen_domctl *op) { return -XEN_EOPNOTSUPP; }

static const struct row {
	domctl_fn *fn;
	u32 flags;
} rows[] = {
	[XEN_DOMCTL_createdomain] = {domctl_createdomain, FINDS | GIVES},
	[XEN_DOMCTL_destroydomain] = {domctl_destroydomain, NOT_SELF},
	[XEN_DOMCTL_pausedomain] = {domctl_pausedomain, NOT_SELF},
	[XEN_DOMCTL_unpausedomain] = {domctl_unpausedomain, NOT_SELF},
	[XEN_DOMCTL_getdomaininfo] = {domctl_getdomaininfo, FINDS | GIVES},
	[XEN_DOMCTL_setvcpuaffinity] = {domctl_setvcpuaffinity, GIVES},
	[XEN_DOMCTL_max_mem] = {domctl_max_mem, 0},
	[XEN_DOMCTL_setvcpucontext] = {domctl_setvcpucontext, NOT_SELF},
	[XEN_DOMCTL_getvcpucontext] = {domctl_getvcpucontext, NOT_SELF},
	[XEN_DOMCTL_getvcpuinfo] = {domctl_getvcpuinfo, GIVES},
	[XEN_DOMCTL_max_vcpus] = {domctl_max_vcpus, NOT_SELF},
	[XEN_DOMCTL_scheduler_op] = {domctl_scheduler_op, GIVES},
	[XEN_DOMCTL_setdomainhandle] = {domctl_setdomainhandle, 0},
	[XEN_DOMCTL_setdebugging] = {domctl_setdebugging, NOT_SELF},
	[XEN_DOMCTL_irq_permission] = {domctl_irq_permission, 0},
	[XEN_DOMCTL_iomem_permission] = {domctl_iomem_permission, 0},
	[XEN_DOMCTL_ioport_permission] = {domctl_ioport_permission, 0},
	[XEN_DOMCTL_hypercall_init] = {domctl_hypercall_init, 0},
	[XEN_DOMCTL_settimeoffset] = {domctl_settimeoffset, 0},
	[XEN_DOMCTL_getvcpuaffinity] = {domctl_getvcpuaffinity, GIVES},
	[XEN_DOMCTL_resumedomain] = {domctl_resumedomain, NOT_SELF},
	[XEN_DOMCTL_sendtrigger] = {domctl_sendtrigger, 0},
	[XEN_DOMCTL_set_address_size] = {domctl_set_address_size, 0},
	[XEN_DOMCTL_get_address_size] = {domctl_get_address_size, GIVES},
	[XEN_DOMCTL_memory_mapping] = {domctl_memory_mapping, 0},
	[XEN_DOMCTL_set_ext_vcpucontext] = {domctl_set_ext_vcpucontext, NOT_SELF},
	[XEN_DOMCTL_get_ext_vcpucontext] = {domctl_get_ext_vcpucontext, GIVES | NOT_SELF},
	[XEN_DOMCTL_gettscinfo] = {domctl_gettscinfo, GIVES | NOT_SELF},
	[XEN_DOMCTL_settscinfo] = {domctl_settscinfo, NOT_SELF},
	[XEN_DOMCTL_getpageframeinfo3] = {domctl_getpageframeinfo3, 0},
	[XEN_DOMCTL_setvcpuextstate] = {domctl_setvcpuextstate, NOT_SELF},
	[XEN_DOMCTL_getvcpuextstate] = {domctl_getvcpuextstate, GIVES | NOT_SELF},
	[XEN_DOMCTL_set_virq_handler] = {domctl_set_virq_handler, 0},
	[XEN_DOMCTL_setnodeaffinity] = {domctl_setnodeaffinity, 0},
	[XEN_DOMCTL_getnodeaffinity] = {domctl_getnodeaffinity, GIVES},
	[XEN_DOMCTL_get_vcpu_msrs] = {domctl_get_vcpu_msrs, GIVES | NOT_SELF},
	[XEN_DOMCTL_set_vcpu_msrs] = {domctl_set_vcpu_msrs, NOT_SELF},
	[XEN_DOMCTL_get_cpu_policy] = {domctl_get_cpu_policy, GIVES},
	[XEN_DOMCTL_set_cpu_policy] = {domctl_set_cpu_policy, GIVES | NOT_SELF},

	/* Dirty-page logging comes with live migration. */
	[XEN_DOMCTL_shadow_op] = {unsupported, 0},
	/*
	 * A vCPU's real-mode area, its suspend event: no guest of ours has the one, tools use
	 * xenstore for the other.
	 */
	[XEN_DOMCTL_real_mode_area] = {unsupported, 0},
	[XEN_DOMCTL_subscribe] = {unsupported, 0},
	/* Guests with translated memory, and device models for them. */
	[XEN_DOMCTL_gethvmcontext] = {unsupported, 0},
	[XEN_DOMCTL_sethvmcontext] = {unsupported, 0},
	[XEN_DOMCTL_gethvmcontext_partial] = {unsupported, 0},
	[XEN_DOMCTL_ioport_mapping] = {unsupported, 0},
	[XEN_DOMCTL_set_target] = {unsupported, 0},
	[XEN_DOMCTL_soft_reset] = {unsupported, 0},
	[XEN_DOMCTL_get_paging_mempool_size] = {unsupported, 0},
	[XEN_DOMCTL_set_paging_mempool_size] = {unsupported, 0},
	/* IOMMUs. */
	[XEN_DOMCTL_assign_device] = {unsupported, 0},
	[XEN_DOMCTL_test_assign_device] = {unsupported, 0},
	[XEN_DOMCTL_deassign_device] = {unsupported, 0},
	[XEN_DOMCTL_get_device_group] = {unsupported, 0},
	[XEN_DOMCTL_bind_pt_irq] = {unsupported, 0},
	[XEN_DOMCTL_unbind_pt_irq] = {unsupported, 0},
	/* NUMA placement: the machine is one node. */
	[XEN_DOMCTL_setvnumainfo] = {unsupported, 0},
};

static long call_on_domain(const struct row *row, struct xen_domctl *op)
{
	struct domain *d;
	long rc;

	if (row->flags & FINDS)
		return row->fn(NULL, op);
	d = domain_get_self_or(op->domain);
	if (!d)
		return -XEN_ESRCH;
	if ((row->flags & NOT_SELF) && d == current->domain)
		rc = -XEN_EINVAL;
	else
		rc = row->fn(d, op);
	domain_put(d);
	return rc;
}

long do_domctl(u64 u_domctl)
{
	const struct row *row;
	struct xen_domctl op;
	long rc;

	if (copy_from_guest_raw(&op, u_domctl, sizeof(op)))
		return -XEN_EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -XEN_EACCES;
	if (op.cmd >= ARRAY_SIZE(rows) || !rows[op.cmd].fn)
		return -XEN_ENOSYS;
	row = &rows[op.cmd];
	rc = call_on_domain(row, &op);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_domctl, 1, u_domctl);
	/* Some say in the argument what was wrong with it, or how much room it takes. */
	if ((!rc || rc == -XEN_ENOBUFS || op.cmd == XEN_DOMCTL_set_cpu_policy) &&
	    (row->flags & GIVES) && copy_to_guest_raw(u_domctl, &op, sizeof(op)))
		return -XEN_EFAULT;
	return rc;
}

/* --- bitmaps --- */

int bitmap_from_tools(cpumask_t *mask, const struct xenctl_bitmap *from)
{
	unsigned int bits = min(from->nr_bits, (u32)NR_CPUS), bytes = DIV_ROUND_UP(bits, 8u);

	cpumask_zero(mask);
	if (copy_from_guest_raw(mask->bits, handle_va(from->bitmap), bytes))
		return -XEN_EFAULT;
	if (bits % 64)
		mask->bits[bits / 64] &= (1ULL << bits % 64) - 1;
	return 0;
}

int bitmap_to_tools(const struct xenctl_bitmap *to, const cpumask_t *mask)
{
	unsigned int bits = min(to->nr_bits, (u32)NR_CPUS), bytes = DIV_ROUND_UP(bits, 8u);
	cpumask_t copy = *mask;

	if (bits % 64)
		copy.bits[bits / 64] &= (1ULL << bits % 64) - 1;
	if (copy_to_guest_raw(handle_va(to->bitmap), copy.bits, bytes))
		return -XEN_EFAULT;
	/* The rest of a longer map is all zeros. */
	bits = DIV_ROUND_UP(min(to->nr_bits, 0x10000u), 8u);
	if (bits > bytes && clear_guest_raw(handle_va(to->bitmap) + bytes, bits - bytes))
		return -XEN_EFAULT;
	return 0;
}
