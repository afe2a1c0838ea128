/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physdev - interrupts and PCI devices are handed to the initial domain only.
 *
 * Promised by physdev.h: irq_status_query, eoi, get_free_pirq, map_pirq, PCI device notices; each
 * refuses what is out of range, and an unprivileged domain gets nothing mapped. Unknown operations
 * give -ENOSYS.
 */
#include "event.h"
#include "hypercall.h"
#include "page.h"
#include <public/physdev.h>

TEST("physdev", ROLE_DOM0 | ROLE_CHILD);

static long physdev(int cmd, void *arg) { return hypercall(__HYPERVISOR_physdev_op, cmd, arg); }

static void ranges_test(void)
{
	struct physdev_irq_status_query query = {.irq = 100000};
	struct physdev_eoi eoi = {.irq = 100000};
	struct physdev_map_pirq map = {
		.domid = 1234, .type = MAP_PIRQ_TYPE_GSI, .index = 4, .pirq = -1};
	struct evtchn_bind_pirq bind = {.pirq = 100000};

	CHECK_REFUSED(physdev(PHYSDEVOP_irq_status_query, &query));
	CHECK_REFUSED(physdev(PHYSDEVOP_eoi, &eoi));
	CHECK_REFUSED(physdev(PHYSDEVOP_map_pirq, &map));
	map.domid = DOMID_SELF;
	map.index = 100000;
	CHECK_REFUSED(physdev(PHYSDEVOP_map_pirq, &map));
	map.type = 77;
	CHECK_REFUSED(physdev(PHYSDEVOP_map_pirq, &map));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_pirq, &bind));
	CHECK_RC(physdev(99, &query), -XEN_ENOSYS);
	CHECK_RC(physdev(PHYSDEVOP_irq_status_query, (void *)0x1000), -XEN_EFAULT);
}

static void interrupt_test(void)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 10, .pirq = 10};
	struct physdev_setup_gsi setup = {.gsi = 10, .triggering = 1, .polarity = 1};
	struct evtchn_bind_pirq bind = {.pirq = 10};
	struct physdev_unmap_pirq unmap = {.domid = DOMID_SELF, .pirq = 10};

	CHECK_RC(physdev(PHYSDEVOP_map_pirq, &map), 0);
	CHECK_RC(physdev(PHYSDEVOP_setup_gsi, &setup), 0);
	CHECK_RC(event_channel_op(EVTCHNOP_bind_pirq, &bind), 0);
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_pirq, &bind));
	CHECK_RC(event_close(bind.port), 0);
	CHECK_RC(physdev(PHYSDEVOP_unmap_pirq, &unmap), 0);
}

/* Notices of PCI devices: the first function of the machine's bridge to ISA is at 0:1.0. */
static void pci_test(void)
{
	struct physdev_pci_device_add add = {.bus = 0, .devfn = 8};
	struct physdev_manage_pci manage = {.bus = 0, .devfn = 8};
	struct physdev_pci_device none = {.seg = 0, .bus = 200, .devfn = 248};

	CHECK_RC(physdev(PHYSDEVOP_pci_device_add, &add), 0);
	CHECK_RC(physdev(PHYSDEVOP_pci_device_add, &add), 0);
	CHECK_RC(physdev(PHYSDEVOP_manage_pci_remove, &manage), 0);
	CHECK_RC(physdev(PHYSDEVOP_manage_pci_add, &manage), 0);
	CHECK_REFUSED(physdev(PHYSDEVOP_restore_msi_ext, &none));
	CHECK_REFUSED(physdev(PHYSDEVOP_prepare_msix, &none));
	CHECK_REFUSED(physdev(PHYSDEVOP_pci_device_remove, &none));
	CHECK_RC(physdev(PHYSDEVOP_pci_device_add, (void *)0x1000), -XEN_EFAULT);
	CHECK_RC(physdev(PHYSDEVOP_manage_pci_add, (void *)HYPERVISOR_VIRT_START), -XEN_EFAULT);
}

static void guest_pci_test(void)
{
	struct physdev_pci_device_add add = {.bus = 0, .devfn = 8};
	struct physdev_manage_pci manage = {.bus = 0, .devfn = 8};
	struct physdev_pci_mmcfg_reserved window = {.address = 0xb0000000, .end_bus = 255};

	CHECK_REFUSED(physdev(PHYSDEVOP_pci_device_add, &add));
	CHECK_REFUSED(physdev(PHYSDEVOP_manage_pci_add, &manage));
	CHECK_REFUSED(physdev(PHYSDEVOP_manage_pci_remove, &manage));
	CHECK_REFUSED(physdev(PHYSDEVOP_pci_mmcfg_reserved, &window));
}

static void guest_test(void)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 10, .pirq = 10};
	struct physdev_pci_device pci = {.bus = 0, .devfn = 8};
	struct evtchn_bind_pirq bind = {.pirq = 10};

	CHECK_REFUSED(physdev(PHYSDEVOP_map_pirq, &map));
	CHECK_REFUSED(physdev(PHYSDEVOP_prepare_msix, &pci));
	CHECK_REFUSED(physdev(PHYSDEVOP_restore_msi_ext, &pci));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_pirq, &bind));
}

void test_main(void)
{
	ranges_test();
	if (is_dom0) {
		interrupt_test();
		pci_test();
	} else {
		guest_test();
		guest_pci_test();
	}
}
