/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_op: dispatch.  What exists only for translated guests, memory sharing and paging is
 * refused by name.
 */
#include <public/memory.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/hypercall.h>
#include <xen/memop.h>

long memop_continue(unsigned int cmd, u64 done, u64 arg)
{
	return hypercall_continue(__HYPERVISOR_memory_op, 2, (u64)cmd | done << MEMOP_EXTENT_SHIFT,
				  arg);
}

int memop_domain(u16 id, struct domain **ret_d)
{
	struct domain *self = current->domain;

	if (id == DOMID_SELF || id == self->id) {
		domain_hold(self);
		*ret_d = self;
		return 0;
	}
	if (!self->privileged)
		return -XEN_EPERM;
	*ret_d = id < DOMID_FIRST_RESERVED ? domain_get(id) : NULL;
	return *ret_d ? 0 : -XEN_ESRCH;
}

unsigned int memop_max_order(void)
{
	/* 2 MB for guests; the control domain and what drives devices may want more at a time. */
	return current->domain->privileged || current->domain->is_hardware ? HEAP_MAX_ORDER : 9;
}

static long not_for_pv(unsigned int cmd, u64 start, u64 arg) { return -XEN_EOPNOTSUPP; }

/* Counts of the memory sharing machinery that is not here. */
static long no_sharing(unsigned int cmd, u64 start, u64 arg) { return 0; }

static long (*const operations[])(unsigned int cmd, u64 start, u64 arg) = {
	[XENMEM_increase_reservation] = memop_reservation,
	[XENMEM_decrease_reservation] = memop_reservation,
	[XENMEM_populate_physmap] = memop_reservation,
	[XENMEM_exchange] = memop_exchange,
	[XENMEM_maximum_ram_page] = memop_maximum_ram_page,
	[XENMEM_current_reservation] = memop_domain_size,
	[XENMEM_maximum_reservation] = memop_domain_size,
	[XENMEM_maximum_gpfn] = memop_domain_size,
	[XENMEM_machphys_mfn_list] = memop_machphys_list,
	[XENMEM_machphys_mapping] = memop_machphys_mapping,
	[XENMEM_memory_map] = memop_memory_map,
	[XENMEM_set_memory_map] = memop_set_memory_map,
	[XENMEM_machine_memory_map] = memop_machine_memory_map,
	[XENMEM_claim_pages] = memop_claim,
	[XENMEM_get_pod_target] = memop_pod_target,
	[XENMEM_get_sharing_freed_pages] = no_sharing,
	[XENMEM_get_sharing_shared_pages] = no_sharing,
	[XENMEM_reserved_device_memory_map] = memop_rdm_map,
	[XENMEM_acquire_resource] = memop_acquire_resource,
	[XENMEM_add_to_physmap] = not_for_pv,
	[XENMEM_add_to_physmap_batch] = not_for_pv,
	[XENMEM_remove_from_physmap] = not_for_pv,
	[XENMEM_get_vnumainfo] = not_for_pv,
};

long do_memory_op(u64 cmd, u64 arg)
{
	unsigned int op = cmd & MEMOP_CMD_MASK;

	if (op >= ARRAY_SIZE(operations) || !operations[op])
		return -XEN_ENOSYS;
	return operations[op](op, cmd >> MEMOP_EXTENT_SHIFT, arg);
}
