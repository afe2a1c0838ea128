/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space (PCI Local Bus Specification 3.0, chapter 6; PCI Firmware Specification
 * 3.0, 4.1.2 for MCFG).
 *
 * Relies on acpi_info for the windows.  Used by hw/msi.c, the physdev_op hypercall and port
 * emulation.  port_lock: the pair of ports and the guest's address register.  records_lock: the
 * list of devices (grows only).
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/boot.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/pci.h>

#define CF8_ENABLE 0x80000000u

static spinlock_t port_lock = SPINLOCK_INIT;
static u32 guest_cf8;

static spinlock_t records_lock = SPINLOCK_INIT;
static struct pci_device *records;

/*
 * Windows in use: those that the firmware's memory map keeps away from everything else, or that
 * dom0 vouched for.  A bus is mapped when a device on it is first spoken of, since most of a
 * window's 256 buses are empty; until then the ports serve.
 */
static struct window { bool usable; volatile u8 *bus[256]; } windows[ARRAY_SIZE(acpi_info.mcfg)];

static u64 window_size(unsigned int i)
{
	return acpi_info.mcfg[i].end_bus < acpi_info.mcfg[i].start_bus
		       ? 0
		       : (u64)(acpi_info.mcfg[i].end_bus - acpi_info.mcfg[i].start_bus + 1) << 20;
}

static int find_window(pci_addr_t a)
{
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++)
		if (READ_ONCE(windows[i].usable) && acpi_info.mcfg[i].segment == a.segment &&
		    a.bus >= acpi_info.mcfg[i].start_bus && a.bus <= acpi_info.mcfg[i].end_bus)
			return i;
	return -1;
}

/* Not from interrupts: it makes page tables. */
static void map_bus(pci_addr_t a)
{
	int i = find_window(a);

	if (i < 0)
		return;
	spin_lock(&records_lock);
	if (!windows[i].bus[a.bus])
		/*
		 * Release: the mapping is there before its address is seen (NULL: none to be had,
		 * the ports serve on).
		 */
		__atomic_store_n(&windows[i].bus[a.bus],
				 hw_map_device(_maddr(acpi_info.mcfg[i].base + ((u64)a.bus << 20)),
					       1 << 20, false),
				 __ATOMIC_RELEASE);
	spin_unlock(&records_lock);
}

static bool reserved_by_firmware(u64 start, u64 size)
{
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type == E820_RESERVED && e->start <= start &&
		    e->start + e->size >= start + size)
			return true;
	}
	return false;
}

void pci_init(void)
{
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
		u64 start = acpi_info.mcfg[i].base + ((u64)acpi_info.mcfg[i].start_bus << 20);

		if (reserved_by_firmware(start, window_size(i)))
			windows[i].usable = true;
		else
			log_notice("pci: the window at %#lx isn't reserved in the memory map; not "
				   "used unless dom0 vouches for it",
				   start);
	}
}

int pci_window_reserved(u64 address, u16 segment, u8 start_bus, u8 end_bus, bool reserved)
{
	for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
		if (acpi_info.mcfg[i].base != address || acpi_info.mcfg[i].segment != segment ||
		    acpi_info.mcfg[i].start_bus != start_bus || acpi_info.mcfg[i].end_bus < end_bus)
			continue;
		WRITE_ONCE(windows[i].usable, reserved);
		return 0;
	}
	return -XEN_ENODEV;
}

static volatile void *window_of(pci_addr_t a, unsigned int reg)
{
	int i = find_window(a);
	volatile u8 *bus = i < 0 ? NULL : __atomic_load_n(&windows[i].bus[a.bus], __ATOMIC_ACQUIRE);

	return bus ? bus + ((u32)a.devfn << 12 | reg) : NULL;
}

/* --- the ports --- */

static u32 data_in(u32 address, u16 port, unsigned int size)
{
	unsigned long flags = spin_lock_irqsave(&port_lock);
	u32 v;

	hw_outl(0xcf8, address);
	v = size == 1 ? hw_inb(port) : size == 2 ? hw_inw(port) : hw_inl(port);
	spin_unlock_irqrestore(&port_lock, flags);
	return v;
}

static void data_out(u32 address, u16 port, unsigned int size, u32 value)
{
	unsigned long flags = spin_lock_irqsave(&port_lock);

	hw_outl(0xcf8, address);
	if (size == 1)
		hw_outb(port, value);
	else if (size == 2)
		hw_outw(port, value);
	else
		hw_outl(port, value);
	spin_unlock_irqrestore(&port_lock, flags);
}

static u32 port_address(pci_addr_t a, unsigned int reg)
{
	return CF8_ENABLE | (u32)a.bus << 16 | (u32)a.devfn << 8 | (reg & 0xfc);
}

/* The low bits that the chipset doesn't keep read as zero, as on the machine itself. */
u32 pci_guest_cf8_read(void) { return READ_ONCE(guest_cf8); }
void pci_guest_cf8_write(u32 value) { WRITE_ONCE(guest_cf8, value & ~3u); }

u32 pci_guest_data_in(u16 port, unsigned int size)
{
	return data_in(READ_ONCE(guest_cf8), port, size);
}
void pci_guest_data_out(u16 port, unsigned int size, u32 value)
{
	data_out(READ_ONCE(guest_cf8), port, size, value);
}

/* --- registers --- */

u32 pci_read(pci_addr_t a, unsigned int reg, unsigned int size)
{
	volatile void *p = window_of(a, reg);

	if (p)
		return size == 1 ? *(volatile u8 *)p :
		       size == 2 ? *(volatile u16 *)p :
				   *(volatile u32 *)p;
	if (a.segment || reg > 0xff)
		return ~0u;
	return data_in(port_address(a, reg), 0xcfc + (reg & 3), size);
}

void pci_write(pci_addr_t a, unsigned int reg, unsigned int size, u32 value)
{
	volatile void *p = window_of(a, reg);

	if (p && size == 1)
		*(volatile u8 *)p = value;
	else if (p && size == 2)
		*(volatile u16 *)p = value;
	else if (p)
		*(volatile u32 *)p = value;
	else if (!a.segment && reg <= 0xff)
		data_out(port_address(a, reg), 0xcfc + (reg & 3), size, value);
}

bool pci_exists(pci_addr_t a)
{
	u32 id = pci_read(a, PCI_VENDOR, 4);

	/* A virtual function's vendor reads as all ones; its command register doesn't. */
	return id != ~0u || pci_read(a, PCI_COMMAND, 4) != ~0u;
}

unsigned int pci_find_capability(pci_addr_t a, u8 id)
{
	unsigned int pos;

	if (!(pci_read(a, PCI_STATUS, 2) & 0x10))
		return 0;
	pos = pci_read(a, PCI_CAP_POINTER, 1) & 0xfc;
	/* A damaged list may be a ring: it has 48 members at most. */
	for (unsigned int n = 0; n < 48 && pos >= 0x40; n++) {
		u32 v = pci_read(a, pos, 2);

		if ((v & 0xff) == 0xff)
			return 0;
		if ((v & 0xff) == id)
			return pos;
		pos = v >> 8 & 0xfc;
	}
	return 0;
}

void pci_name(pci_addr_t a, char *buf, size_t size)
{
	snprintf(buf, size, "%04x:%02x:%02x.%u", a.segment, a.bus, a.devfn >> 3, a.devfn & 7u);
}

/* --- records --- */

static struct pci_device *find_record(pci_addr_t a)
{
	for (struct pci_device *p = __atomic_load_n(&records, __ATOMIC_ACQUIRE); p; p = p->next)
		if (p->addr.segment == a.segment && p->addr.bus == a.bus &&
		    p->addr.devfn == a.devfn)
			return p;
	return NULL;
}

struct pci_device *pci_device_get(pci_addr_t a)
{
	struct pci_device *p = find_record(a), *fresh;

	if (p)
		return p;
	map_bus(a);
	fresh = mem_new(struct pci_device);
	if (!fresh)
		return NULL;
	fresh->addr = a;
	fresh->node = ~0u;
	spin_lock(&records_lock);
	p = find_record(a);
	if (!p) {
		p = fresh;
		fresh = NULL;
		p->next = records;
		/* Release: whoever walks the list sees a whole record. */
		__atomic_store_n(&records, p, __ATOMIC_RELEASE);
	}
	spin_unlock(&records_lock);
	mem_free(fresh);
	return p;
}

int pci_device_add(const struct pci_device *info)
{
	struct pci_device *p;

	map_bus(info->addr);
	if (!pci_exists(info->addr))
		return -XEN_ENODEV;
	p = pci_device_get(info->addr);
	if (!p)
		return -XEN_ENOMEM;
	spin_lock(&records_lock);
	p->is_virtual = info->is_virtual;
	p->is_extended = info->is_extended;
	p->physfn_bus = info->physfn_bus;
	p->physfn_devfn = info->physfn_devfn;
	p->node = info->node;
	p->present = true;
	spin_unlock(&records_lock);
	return 0;
}

int pci_device_remove(pci_addr_t a)
{
	struct pci_device *p = find_record(a);
	int rc = -XEN_ENODEV;

	spin_lock(&records_lock);
	if (p && p->present) {
		p->present = false;
		/* What comes next to this place may be another device. */
		p->msix_address = 0;
		rc = 0;
	}
	spin_unlock(&records_lock);
	return rc;
}
