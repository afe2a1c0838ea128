/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space, and what dom0 told of the devices in it.  Source: hw/pci.c.
 *
 * The hypervisor reaches configuration space through the memory window of the MCFG table where
 * there is one that the firmware keeps reserved, otherwise through ports 0xcf8 and 0xcfc, which it
 * shares with dom0: the guest's address register is kept here and loaded for each of its accesses,
 * so neither sees the other's.
 */
#ifndef XEN_PCI_H
#define XEN_PCI_H

#include <xen/types.h>

#define PCI_VENDOR 0x00
#define PCI_COMMAND 0x04
#define PCI_STATUS 0x06
#define PCI_HEADER_TYPE 0x0e
#define PCI_BAR0 0x10
#define PCI_CAP_POINTER 0x34
#define PCI_CAP_MSI 0x05
#define PCI_CAP_MSIX 0x11

typedef struct { u16 segment; u8 bus, devfn; } pci_addr_t;

void pci_init(void);
/* size 1, 2 or 4, aligned; all ones for what isn't there.  Any context. */
u32 pci_read(pci_addr_t a, unsigned int reg, unsigned int size);
void pci_write(pci_addr_t a, unsigned int reg, unsigned int size, u32 value);
/* Offset of a capability in the first 256 bytes, or 0. */
unsigned int pci_find_capability(pci_addr_t a, u8 id);
bool pci_exists(pci_addr_t a);
/* "0000:00:1f.2" */
void pci_name(pci_addr_t a, char *buf, size_t size);

/* dom0's own accesses to 0xcf8 (four bytes wide) and 0xcfc to 0xcff, its right checked already. */
static inline bool pci_is_address_port(u16 port, unsigned int size)
{
	return port == 0xcf8 && size == 4;
}
static inline bool pci_is_data_port(u16 port, unsigned int size)
{
	return port >= 0xcfc && port + size <= 0xd00;
}
u32 pci_guest_cf8_read(void);
void pci_guest_cf8_write(u32 value);
u32 pci_guest_data_in(u16 port, unsigned int size);
void pci_guest_data_out(u16 port, unsigned int size, u32 value);

/* Devices as dom0 reports them: a record stays until dom0 says that the device is gone. */
struct pci_device {
	pci_addr_t addr;
	bool present;			/* reported, and not removed */
	/* a virtual function; its place is in the physical one's slot space */
	bool is_virtual, is_extended;
	u8 physfn_bus, physfn_devfn;
	u32 node;			/* proximity domain, or ~0 */
	/* MSI-X table (hw/msi.c); address 0: not looked at yet. */
	u64 msix_address;
	volatile u32 *msix_table;
	u32 msix_entries;
	struct pci_device *next;
};
/*
 * Finds the record or makes one; NULL: no memory.  Records are never freed, so the pointer stays
 * good.
 */
struct pci_device *pci_device_get(pci_addr_t a);
int pci_device_add(const struct pci_device *info);	/* 0, -XEN_ENODEV, -XEN_ENOMEM */
int pci_device_remove(pci_addr_t a);			/* 0, -XEN_ENODEV */
/*
 * dom0 found the window of the MCFG table reserved by ACPI, or not: 0, -XEN_ENODEV for a window
 * that isn't in the table.
 */
int pci_window_reserved(u64 address, u16 segment, u8 start_bus, u8 end_bus, bool reserved);

#endif
