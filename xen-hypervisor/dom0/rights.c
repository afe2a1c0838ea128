/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the machine dom0 may touch: everything but what the hypervisor drives itself.
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/init.h>
#include <xen/page.h>
#include <xen/rights.h>

#include "dom0.h"

#define PIRQ_MAX 4095 /* more than any machine has: rights are checked before numbers */

int dom0_grant_rights(struct domain *d)
{
	/* Interrupt controllers and timers. */
	static const struct {
		u16 first, last;
	} ports[] = { { 0x20, 0x21 }, { 0xa0, 0xa1 }, { 0x40, 0x43 }, { 0x61, 0x61 } };
	int rc = rights_ioport_grant(d, 0, 0xffff);

	for (unsigned int i = 0; !rc && i < sizeof(ports) / sizeof(ports[0]); i++)
		rc = rights_ioport_revoke(d, ports[i].first, ports[i].last);
	/* The reset and sleep ports stay dom0's; the PM timer is read by both. */
	if (!rc)
		rc = rights_iomem_grant(d, 0, ~0ULL >> PAGE_SHIFT);
	if (!rc)
		rc = rights_iomem_revoke(d, acpi_info.lapic_addr >> PAGE_SHIFT,
					 acpi_info.lapic_addr >> PAGE_SHIFT);
	for (unsigned int i = 0; !rc && i < acpi_info.nr_ioapics; i++)
		rc = rights_iomem_revoke(d, acpi_info.ioapic[i].addr >> PAGE_SHIFT,
					 acpi_info.ioapic[i].addr >> PAGE_SHIFT);
	for (unsigned int line = 0; !rc && line < 2; line++) {
		u16 port;

		if (serial_line_port(line, &port))
			rc = rights_ioport_revoke(d, port, port + 7);
	}
	if (!rc)
		rc = rights_irq_grant(d, 0, PIRQ_MAX);
	/* Memory is owned frame by frame, not by right. */
	for (unsigned int i = 0; !rc && i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 first = ROUND_UP(e->start, PAGE_SIZE) >> PAGE_SHIFT,
		    end = (e->start + e->size) >> PAGE_SHIFT;

		if (e->type == E820_RAM && e->start >= 0x100000 && end > first)
			rc = rights_iomem_revoke(d, first, end - 1);
	}
	return rc;
}
