/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physdev_op: the machine's devices for the domain that drives them, and each guest's own I/O
 * privilege level.
 *
 * Each sub-operation has a row with the right it needs, the size of its argument, and whether the
 * argument goes back.
 */
#include <public/errno.h>
#include <public/physdev.h>
#include <xen/domain.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/irq.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pv-guest.h>

union physdev_arg {
	struct physdev_set_iopl set_iopl;
	struct physdev_set_iobitmap set_iobitmap;
	struct physdev_eoi eoi;
	struct physdev_pirq_eoi_gmfn eoi_gmfn;
	struct physdev_irq_status_query status;
	struct physdev_apic apic;
	struct physdev_irq irq;
	struct physdev_map_pirq map;
	struct physdev_unmap_pirq unmap;
	struct physdev_setup_gsi setup_gsi;
	struct physdev_get_free_pirq free_pirq;
	struct physdev_manage_pci manage;
	struct physdev_manage_pci_ext manage_ext;
	struct physdev_restore_msi restore;
	struct physdev_pci_device device;
	struct physdev_pci_device_add add;
	struct physdev_pci_mmcfg_reserved window;
	struct physdev_dbgp_op dbgp;
};

static int op_set_iopl(union physdev_arg *a, u64 arg)
{
	if (a->set_iopl.iopl > 3)
		return -XEN_EINVAL;
	current->pv->iopl = a->set_iopl.iopl;
	return 0;
}

static int op_set_iobitmap(union physdev_arg *a, u64 arg)
{
	u64 va = (u64)a->set_iobitmap.bitmap.p;

	if (a->set_iobitmap.nr_ports > 65536 ||
	    (a->set_iobitmap.nr_ports && !GUEST_RANGE_OK(va, 8192)))
		return -XEN_EINVAL;
	current->pv->iobitmap_va = a->set_iobitmap.nr_ports ? va : 0;
	current->pv->iobitmap_bits = a->set_iobitmap.nr_ports;
	return 0;
}

/* --- interrupts --- */

static int op_eoi(union physdev_arg *a, u64 arg)
{
	return irq_guest_eoi(current->domain, a->eoi.irq);
}

static int op_eoi_gmfn(union physdev_arg *a, u64 arg)
{
	return irq_set_eoi_map(current->domain, a->eoi_gmfn.gmfn);
}

static int op_unmask_notify(union physdev_arg *a, u64 arg)
{
	irq_guest_eoi_all(current->domain);
	return 0;
}

static int op_status(union physdev_arg *a, u64 arg)
{
	return irq_status(current->domain, a->status.irq, &a->status.flags);
}

/* The domain whose pirqs are meant, referenced: the caller's own, or for the privileged one any. */
static int pirq_domain(domid_t id, struct domain **ret_d)
{
	struct domain *d = domain_get_self_or(id);

	if (!d)
		return -XEN_ESRCH;
	if (d->irqs && (d == current->domain || current->domain->privileged)) {
		*ret_d = d;
		return 0;
	}
	domain_put(d);
	return d == current->domain ? -XEN_EINVAL : -XEN_EPERM;
}

static int map_message(struct domain *d, struct physdev_map_pirq *m)
{
	struct msi_request rq = {
		/*
		 * The older form has no segment: there the upper half of `bus` was never written.
		 */
		.segment = m->type == MAP_PIRQ_TYPE_MSI ? 0 : (u32)m->bus >> 16,
		.bus = m->bus,
		.devfn = m->devfn,
		.msix = m->type != MAP_PIRQ_TYPE_MULTI_MSI && m->table_base != 0,
		.count = 1,
		.table_base = m->table_base,
	};
	int rc;

	if (m->devfn < 0 || m->devfn > 0xff ||
	    (m->type == MAP_PIRQ_TYPE_MSI && (m->bus < 0 || m->bus > 0xff)) || (m->bus & 0xff00))
		return -XEN_EINVAL;
	if (m->type == MAP_PIRQ_TYPE_MULTI_MSI) {
		if (m->entry_nr < 1 || m->entry_nr > MSI_BLOCK_MAX)
			return -XEN_EINVAL;
		/*
		 * Vectors come in powers of two; the kernel asks for the number it got from the
		 * capability, rounded up.
		 */
		while (rq.count < (u32)m->entry_nr)
			rq.count *= 2;
	} else if (rq.msix) {
		if (m->entry_nr < 0)
			return -XEN_EINVAL;
		rq.entry = m->entry_nr;
	}
	rc = irq_map_msi(d, &rq, &m->pirq);
	if (!rc)
		m->entry_nr = m->type == MAP_PIRQ_TYPE_MULTI_MSI ? (int)rq.count : m->entry_nr;
	return rc;
}

static int op_map_pirq(union physdev_arg *a, u64 arg)
{
	struct physdev_map_pirq *m = &a->map;
	struct domain *d;
	int rc = pirq_domain(m->domid, &d);

	if (rc)
		return rc;
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		rc = m->index < 0 ? -XEN_EINVAL : irq_map_gsi(d, m->index, &m->pirq);
		break;
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		rc = map_message(d, m);
		break;
	default:
		rc = -XEN_EINVAL;
	}
	domain_put(d);
	return rc;
}

static int op_unmap_pirq(union physdev_arg *a, u64 arg)
{
	struct domain *d;
	int rc = pirq_domain(a->unmap.domid, &d);

	if (rc)
		return rc;
	rc = a->unmap.pirq < 0 ? -XEN_EINVAL : irq_unmap(d, a->unmap.pirq);
	domain_put(d);
	return rc;
}

static int op_setup_gsi(union physdev_arg *a, u64 arg)
{
	if (a->setup_gsi.gsi < 0 || a->setup_gsi.triggering > 1 || a->setup_gsi.polarity > 1)
		return -XEN_EINVAL;
	return irqhw_setup_gsi(a->setup_gsi.gsi, a->setup_gsi.triggering, a->setup_gsi.polarity);
}

static int op_get_free_pirq(union physdev_arg *a, u64 arg)
{
	int number;

	if (a->free_pirq.type != MAP_PIRQ_TYPE_GSI && a->free_pirq.type != MAP_PIRQ_TYPE_MSI)
		return -XEN_EINVAL;
	number = irq_reserve_pirq(current->domain, a->free_pirq.type == MAP_PIRQ_TYPE_GSI);
	if (number < 0)
		return number;
	a->free_pirq.pirq = number;
	return 0;
}

/*
 * Old kernels wrote the vector into I/O APIC entries themselves; today's only want to hear that
 * there is one.
 */
static int op_alloc_irq_vector(union physdev_arg *a, u64 arg)
{
	struct irq_desc *desc = irqhw_gsi(a->irq.irq);
	int rc = desc ? irqhw_start(desc, current->cpu) : -XEN_EINVAL;

	if (!rc)
		a->irq.vector = desc->vector;
	return rc;
}

/* A GSI keeps its vector once it has one. */
static int op_free_irq_vector(union physdev_arg *a, u64 arg)
{
	return irqhw_gsi(a->irq.irq) ? 0 : -XEN_EINVAL;
}

static int op_apic_read(union physdev_arg *a, u64 arg)
{
	return ioapic_guest_read(a->apic.apic_physbase, a->apic.reg, &a->apic.value);
}

/*
 * The hypervisor alone writes these registers; a kernel that tries believes to have done so and
 * goes on.
 */
static int op_apic_write(union physdev_arg *a, u64 arg)
{
	u32 now;

	return ioapic_guest_read(a->apic.apic_physbase, a->apic.reg, &now);
}

/* --- PCI devices --- */

static int op_manage_pci_add(union physdev_arg *a, u64 arg)
{
	struct pci_device dev = { .addr = { 0, a->manage.bus, a->manage.devfn }, .node = ~0u };

	return pci_device_add(&dev);
}

static int op_manage_pci_remove(union physdev_arg *a, u64 arg)
{
	return pci_device_remove((pci_addr_t){ 0, a->manage.bus, a->manage.devfn });
}

static int op_manage_pci_add_ext(union physdev_arg *a, u64 arg)
{
	struct pci_device dev = {
		.addr = { 0, a->manage_ext.bus, a->manage_ext.devfn }, .node = ~0u,
		.is_virtual = a->manage_ext.is_virtfn, .is_extended = a->manage_ext.is_extfn,
		.physfn_bus = a->manage_ext.physfn.bus, .physfn_devfn = a->manage_ext.physfn.devfn,
	};

	return pci_device_add(&dev);
}

static int op_pci_device_add(union physdev_arg *a, u64 arg)
{
	struct pci_device dev = {
		.addr = { a->add.seg, a->add.bus, a->add.devfn },
		.node = ~0u,
		.is_virtual = a->add.flags & XEN_PCI_DEV_VIRTFN,
		.is_extended = a->add.flags & XEN_PCI_DEV_EXTFN,
		.physfn_bus = a->add.physfn.bus,
		.physfn_devfn = a->add.physfn.devfn,
	};

	if ((a->add.flags & XEN_PCI_DEV_PXM) &&
	    copy_from_guest_raw(&dev.node, arg + offsetof(struct physdev_pci_device_add, optarr),
				sizeof(dev.node)))
		return -XEN_EFAULT;
	return pci_device_add(&dev);
}

static int op_pci_device_remove(union physdev_arg *a, u64 arg)
{
	return pci_device_remove((pci_addr_t){ a->device.seg, a->device.bus, a->device.devfn });
}

static int op_mmcfg_reserved(union physdev_arg *a, u64 arg)
{
	return pci_window_reserved(a->window.address, a->window.segment, a->window.start_bus,
				   a->window.end_bus, a->window.flags & XEN_PCI_MMCFG_RESERVED);
}

static int op_restore_msi(union physdev_arg *a, u64 arg)
{
	return msi_restore(0, a->restore.bus, a->restore.devfn);
}

static int op_restore_msi_ext(union physdev_arg *a, u64 arg)
{
	return msi_restore(a->device.seg, a->device.bus, a->device.devfn);
}

/*
 * Before a device goes to a guest and after: its table is found when its first message is mapped,
 * so only its being there counts.
 */
static int op_msix_owner(union physdev_arg *a, u64 arg)
{
	pci_addr_t addr = { a->device.seg, a->device.bus, a->device.devfn };

	return pci_exists(addr) && pci_find_capability(addr, PCI_CAP_MSIX) ? 0 : -XEN_ENODEV;
}

/* No console of ours is on a USB debug port, so its controller may be reset at will. */
static int op_dbgp(union physdev_arg *a, u64 arg)
{
	if (a->dbgp.op != PHYSDEVOP_DBGP_RESET_PREPARE && a->dbgp.op != PHYSDEVOP_DBGP_RESET_DONE)
		return -XEN_ENOSYS;
	return a->dbgp.bus > PHYSDEVOP_DBGP_BUS_PCI ? -XEN_EINVAL : 0;
}

/*
 * ANY: concerns the caller's own vCPU or pirqs.  HARDWARE: the domain that drives the machine.
 * PRIVILEGED: may name others.
 */
enum { ANY, HARDWARE, PRIVILEGED };

#define ROW(fn, arg, right, back) { fn, sizeof(struct physdev_##arg), right, back }
static const struct row {
	int (*fn)(union physdev_arg *a, u64 arg);
	u8 size, right;
	bool back;
} rows[] = {
	[PHYSDEVOP_IRQ_UNMASK_NOTIFY] = { op_unmask_notify, 0, ANY, false },
	[PHYSDEVOP_irq_status_query] = ROW(op_status, irq_status_query, ANY, true),
	[PHYSDEVOP_set_iopl] = ROW(op_set_iopl, set_iopl, ANY, false),
	[PHYSDEVOP_set_iobitmap] = ROW(op_set_iobitmap, set_iobitmap, ANY, false),
	[PHYSDEVOP_apic_read] = ROW(op_apic_read, apic, HARDWARE, true),
	[PHYSDEVOP_apic_write] = ROW(op_apic_write, apic, HARDWARE, false),
	[PHYSDEVOP_alloc_irq_vector] = ROW(op_alloc_irq_vector, irq, HARDWARE, true),
	[PHYSDEVOP_free_irq_vector] = ROW(op_free_irq_vector, irq, HARDWARE, false),
	[PHYSDEVOP_eoi] = ROW(op_eoi, eoi, ANY, false),
	[PHYSDEVOP_map_pirq] = ROW(op_map_pirq, map_pirq, PRIVILEGED, true),
	[PHYSDEVOP_unmap_pirq] = ROW(op_unmap_pirq, unmap_pirq, PRIVILEGED, false),
	[PHYSDEVOP_manage_pci_add] = ROW(op_manage_pci_add, manage_pci, HARDWARE, false),
	[PHYSDEVOP_manage_pci_remove] = ROW(op_manage_pci_remove, manage_pci, HARDWARE, false),
	/*
	 * 17, pirq_eoi_gmfn_v1, in which unmasking an event acknowledges, isn't offered: kernels
	 * then use eoi.
	 */
	[PHYSDEVOP_restore_msi] = ROW(op_restore_msi, restore_msi, HARDWARE, false),
	[PHYSDEVOP_manage_pci_add_ext] =
		ROW(op_manage_pci_add_ext, manage_pci_ext, HARDWARE, false),
	[PHYSDEVOP_setup_gsi] = ROW(op_setup_gsi, setup_gsi, HARDWARE, false),
	[PHYSDEVOP_get_free_pirq] = ROW(op_get_free_pirq, get_free_pirq, PRIVILEGED, true),
	[PHYSDEVOP_pci_mmcfg_reserved] =
		ROW(op_mmcfg_reserved, pci_mmcfg_reserved, HARDWARE, false),
	[PHYSDEVOP_pci_device_add] = { op_pci_device_add,
				       offsetof(struct physdev_pci_device_add, optarr), HARDWARE,
				       false },
	[PHYSDEVOP_pci_device_remove] = ROW(op_pci_device_remove, pci_device, HARDWARE, false),
	[PHYSDEVOP_restore_msi_ext] = ROW(op_restore_msi_ext, pci_device, HARDWARE, false),
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = ROW(op_eoi_gmfn, pirq_eoi_gmfn, ANY, false),
	[PHYSDEVOP_dbgp_op] = ROW(op_dbgp, dbgp_op, HARDWARE, false),
	[PHYSDEVOP_prepare_msix] = ROW(op_msix_owner, pci_device, HARDWARE, false),
	[PHYSDEVOP_release_msix] = ROW(op_msix_owner, pci_device, HARDWARE, false),
};

static bool allowed(u8 right)
{
	const struct domain *d = current->domain;

	return right == ANY || (right == HARDWARE && d->is_hardware) ||
	       (right == PRIVILEGED && d->privileged);
}

long do_physdev_op(u64 op, u64 arg)
{
	u32 cmd = op;
	union physdev_arg a;
	const struct row *row;
	int rc;

	if (cmd >= ARRAY_SIZE(rows) || !rows[cmd].fn)
		return -XEN_ENOSYS;
	row = &rows[cmd];
	if (!allowed(row->right))
		return -XEN_EPERM;
	memset(&a, 0, sizeof(a));
	if (row->size && copy_from_guest_raw(&a, arg, row->size))
		return -XEN_EFAULT;
	rc = row->fn(&a, arg);
	if (!rc && row->back && copy_to_guest_raw(arg, &a, row->size))
		rc = -XEN_EFAULT;
	return rc;
}
