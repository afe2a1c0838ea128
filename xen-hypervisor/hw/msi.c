/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Message-signalled interrupts (PCI Local Bus Specification 3.0, section 6.8; Intel SDM volume 3,
 * 11.11 for the message).
 *
 * Address and data are written by the hypervisor alone; whoever drives the device turns the
 * capability on and off.  A message is always masked here where the device can mask it (MSI-X
 * always, MSI where the capability says so).  Records are recycled, never freed (see xen/irqhw.h);
 * pool_lock protects their list, and a record in use is its descriptor's lock's.
 */
#include <public/errno.h>
#include <xen/apic.h>
#include <xen/boot.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pci.h>

#define MSI_CONTROL 2
#define MSI_CONTROL_ENABLE 1u
#define MSI_CONTROL_64BIT 0x80u
#define MSI_CONTROL_MASKABLE 0x100u
#define MSIX_TABLE 4
#define MSIX_ENTRY_MASKED 1u

struct msi {
	struct irq_desc desc;		/* first */
	pci_addr_t addr;
	unsigned int cap;		/* offset of the capability */
	bool msix, wide, maskable;
	u32 index;			/* MSI-X: entry; MSI: place in its block */
	/* MSI-X: four words: address, upper address, data, control */
	volatile u32 *entry;
	struct msi *next;		/* all records */
	bool used;			/* pool_lock */
};

static struct msi *pool;
static u32 pool_count;
static spinlock_t pool_lock = SPINLOCK_INIT;
/* mask registers of MSI capabilities; irqs off, nests in a descriptor's lock */
static spinlock_t mask_lock = SPINLOCK_INIT;

/* --- the chips --- */

static u32 message_address(const struct irq_desc *desc)
{
	return 0xfee00000u | (cpu_apic_id[desc->cpu] & 0xff) << 12;
}

static unsigned int mask_offset(const struct msi *m) { return m->cap + (m->wide ? 0x10 : 0x0c); }

static void msi_set_masked(struct msi *m, bool masked)
{
	u32 bits;

	if (!m->maskable)
		return;
	/* The bits of a block share the register. */
	spin_lock(&mask_lock);
	bits = pci_read(m->addr, mask_offset(m), 4);
	bits = masked ? bits | 1u << m->index : bits & ~(1u << m->index);
	pci_write(m->addr, mask_offset(m), 4, bits);
	spin_unlock(&mask_lock);
}

static void msi_mask(struct irq_desc *desc) { msi_set_masked(desc->msi, true); }
static void msi_unmask(struct irq_desc *desc) { msi_set_masked(desc->msi, false); }

static void msi_route(struct irq_desc *desc)
{
	struct msi *m = desc->msi;

	/* The first of a block speaks for all. */
	if (m->index)
		return;
	pci_write(m->addr, m->cap + 4, 4, message_address(desc));
	if (m->wide)
		pci_write(m->addr, m->cap + 8, 4, 0);
	pci_write(m->addr, m->cap + (m->wide ? 12 : 8), 2, desc->vector);
}

static void msix_mask(struct irq_desc *desc)
{
	desc->msi->entry[3] |= MSIX_ENTRY_MASKED;
	(void)desc->msi->entry[3]; /* the write has arrived when the read is answered */
}

static void msix_unmask(struct irq_desc *desc) { desc->msi->entry[3] &= ~MSIX_ENTRY_MASKED; }

/*
 * Address and data are sampled when the entry is open, so with only the address changing one write
 * does.
 */
static void msix_route(struct irq_desc *desc)
{
	volatile u32 *e = desc->msi->entry;

	e[0] = message_address(desc);
	if (e[1])
		e[1] = 0;
	if (e[2] != desc->vector)
		e[2] = desc->vector;
}

static const struct irq_chip msi_chip = {
	.name = "MSI", .mask = msi_mask, .unmask = msi_unmask, .route = msi_route
};
static const struct irq_chip msix_chip = {
	.name = "MSI-X", .mask = msix_mask, .unmask = msix_unmask, .route = msix_route
};

/* --- records --- */

static struct msi *take_record(void)
{
	unsigned long flags = spin_lock_irqsave(&pool_lock);
	struct msi *m;

	for (m = pool; m && m->used; m = m->next)
		;
	if (m)
		m->used = true;
	spin_unlock_irqrestore(&pool_lock, flags);
	if (m)
		return m;
	m = mem_new(struct msi);
	if (!m)
		return NULL;
	m->used = true;
	flags = spin_lock_irqsave(&pool_lock);
	irqhw_desc_init(&m->desc, NULL, pool_count++);
	m->next = pool;
	__atomic_store_n(&pool, m, __ATOMIC_RELEASE);
	spin_unlock_irqrestore(&pool_lock, flags);
	return m;
}

static void give_record(struct msi *m)
{
	unsigned long flags = spin_lock_irqsave(&m->desc.lock);

	irqhw_give_vector(&m->desc);
	timer_stop(&m->desc.timer);
	m->desc.chip = NULL;
	m->desc.mask = IRQ_MASK_UNUSED;
	m->desc.fixed_cpu = false;
	m->desc.count = m->desc.window_count = 0;
	spin_unlock_irqrestore(&m->desc.lock, flags);
	flags = spin_lock_irqsave(&pool_lock);
	m->used = false;
	spin_unlock_irqrestore(&pool_lock, flags);
}

void msi_for_each(void (*fn)(struct irq_desc *desc))
{
	for (struct msi *m = __atomic_load_n(&pool, __ATOMIC_ACQUIRE); m; m = m->next)
		if (READ_ONCE(m->used))
			fn(&m->desc);
}

void msi_name(const struct irq_desc *desc, char *buf, size_t size)
{
	const struct msi *m = desc->msi;
	char place[16];

	pci_name(m->addr, place, sizeof(place));
	snprintf(buf, size, "%s %u of %s", m->msix ? "MSI-X" : "MSI", m->index, place);
}

static bool same_place(const struct msi *m, pci_addr_t a)
{
	return m->addr.segment == a.segment && m->addr.bus == a.bus && m->addr.devfn == a.devfn;
}

/* A message of the same kind (and entry) is in use: two owners of one message make no sense. */
static bool is_taken(const struct msi_request *rq, pci_addr_t a)
{
	for (struct msi *m = __atomic_load_n(&pool, __ATOMIC_ACQUIRE); m; m = m->next)
		if (READ_ONCE(m->used) && m->desc.chip && same_place(m, a) &&
		    (m->msix != rq->msix || !m->msix || m->index == rq->entry))
			return true;
	return false;
}

/* --- MSI-X tables --- */

/* The address in a base address register; 0 when there is none or it isn't memory. */
static u64 bar_address(pci_addr_t a, unsigned int n)
{
	u32 low = pci_read(a, PCI_BAR0 + 4 * n, 4);

	if (low == ~0u || (low & 1))
		return 0;
	if ((low & 6) == 4 && n < 5)
		return (low & ~0xfULL) | (u64)pci_read(a, PCI_BAR0 + 4 * n + 4, 4) << 32;
	return low & ~0xfU;
}

static bool overlaps_ram(u64 start, u64 size)
{
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type != E820_RESERVED && start < e->start + e->size &&
		    e->start < start + size)
			return true;
	}
	return false;
}

/* Maps the device's table once (again when it has moved): 0 or -XEN_E*. */
static int map_table(struct pci_device *dev, unsigned int cap, u64 table_base)
{
	u32 where = pci_read(dev->addr, cap + MSIX_TABLE, 4);
	u32 entries = (pci_read(dev->addr, cap + MSI_CONTROL, 2) & 0x7ff) + 1;
	u64 base = (where & 7) < 6 ? bar_address(dev->addr, where & 7) : 0, address;

	if (!(pci_read(dev->addr, PCI_COMMAND, 2) & 2) && !dev->is_virtual)
		return -XEN_ENXIO; /* memory is off: nothing would answer */
	if (!base)
		base = table_base;
	address = base + (where & ~7u);
	/* Whatever a device claims, memory isn't written through it. */
	if (!base || address >> cpu_features.phys_bits || overlaps_ram(address, entries * 16ULL))
		return -XEN_ENXIO;
	if (dev->msix_address == address && dev->msix_entries == entries && dev->msix_table)
		return 0;
	dev->msix_table = hw_map_device(_maddr(address), (u64)entries * 16, false);
	dev->msix_address = address;
	dev->msix_entries = entries;
	return dev->msix_table ? 0 : -XEN_ENOMEM;
}

/* --- creation --- */

static int fill_msix(struct msi *m, struct pci_device *dev, const struct msi_request *rq)
{
	int rc = map_table(dev, m->cap, rq->table_base);

	if (rc)
		return rc;
	if (rq->entry >= dev->msix_entries || rq->count != 1)
		return -XEN_EINVAL;
	m->maskable = true;
	m->index = rq->entry;
	m->entry = dev->msix_table + 4 * rq->entry;
	return 0;
}

static int fill_msi(struct msi *m, const struct msi_request *rq, unsigned int place)
{
	u16 control = pci_read(m->addr, m->cap + MSI_CONTROL, 2);

	if (rq->count > 1u << (control >> 1 & 7) || (rq->count & (rq->count - 1)))
		return -XEN_EINVAL;
	m->wide = control & MSI_CONTROL_64BIT;
	m->maskable = control & MSI_CONTROL_MASKABLE;
	m->index = place;
	if (!place && !(control & MSI_CONTROL_ENABLE)) {
		unsigned int log2 = rq->count > 1 ? 31 - __builtin_clz(rq->count) : 0;

		pci_write(m->addr, m->cap + MSI_CONTROL, 2, (control & ~0x70u) | log2 << 4);
	}
	return 0;
}

static int make_record(const struct msi_request *rq, struct pci_device *dev, unsigned int cap,
		       unsigned int place, struct irq_desc **ret_desc)
{
	struct msi *m = take_record();
	int rc;

	if (!m)
		return -XEN_ENOMEM;
	m->addr = dev->addr;
	m->cap = cap;
	m->msix = rq->msix;
	m->wide = m->maskable = false;
	m->entry = NULL;
	m->desc.msi = m;
	m->desc.fixed_cpu = rq->count > 1;
	rc = rq->msix ? fill_msix(m, dev, rq) : fill_msi(m, rq, place);
	if (rc) {
		give_record(m);
		return rc;
	}
	m->desc.chip = rq->msix ? &msix_chip : &msi_chip;
	*ret_desc = &m->desc;
	return 0;
}

static void program(struct irq_desc *desc)
{
	unsigned long flags = spin_lock_irqsave(&desc->lock);

	desc->chip->mask(desc);
	desc->chip->route(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
}

int msi_create(const struct msi_request *rq, unsigned int cpu, struct irq_desc **ret_descs)
{
	pci_addr_t a = { rq->segment, rq->bus, rq->devfn };
	struct pci_device *dev = pci_device_get(a);
	unsigned int cap, n = 0;
	int rc = 0;

	if (!dev)
		return -XEN_ENOMEM;
	if (rq->count == 0 || rq->count > MSI_BLOCK_MAX)
		return -XEN_EINVAL;
	if (!pci_exists(a))
		return -XEN_ENODEV;
	cap = pci_find_capability(a, rq->msix ? PCI_CAP_MSIX : PCI_CAP_MSI);
	if (!cap)
		return -XEN_ENODEV;
	if (is_taken(rq, a))
		return -XEN_EEXIST;
	while (!rc && n < rq->count) {
		rc = make_record(rq, dev, cap, n, &ret_descs[n]);
		n += !rc;
	}
	if (!rc)
		rc = irqhw_take_vectors(ret_descs, n, irqhw_reachable_cpu(cpu));
	for (unsigned int i = 0; i < n; i++) {
		if (rc)
			give_record(ret_descs[i]->msi);
		else
			program(ret_descs[i]);
	}
	return rc;
}

void msi_destroy(struct irq_desc *desc)
{
	struct msi *m = desc->msi;
	unsigned long flags = spin_lock_irqsave(&desc->lock);

	if (pci_exists(m->addr)) {
		desc->chip->mask(desc);
		/*
		 * A message that cannot be masked is stopped at the capability, or its vector's
		 * next owner would get it.
		 */
		if (!m->msix && !m->index) {
			u32 control = pci_read(m->addr, m->cap + MSI_CONTROL, 2);

			if (control & MSI_CONTROL_ENABLE)
				pci_write(m->addr, m->cap + MSI_CONTROL, 2,
					  control & ~MSI_CONTROL_ENABLE);
		}
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	give_record(m);
}

static void restore_one(struct msi *m)
{
	unsigned long flags = spin_lock_irqsave(&m->desc.lock);

	if (m->desc.chip) {
		m->desc.chip->mask(&m->desc);
		m->desc.chip->route(&m->desc);
		if (!m->desc.mask)
			m->desc.chip->unmask(&m->desc);
	}
	spin_unlock_irqrestore(&m->desc.lock, flags);
}

int msi_restore(u16 segment, u8 bus, u8 devfn)
{
	pci_addr_t a = { segment, bus, devfn };

	if (!pci_exists(a))
		return -XEN_ENODEV;
	for (struct msi *m = __atomic_load_n(&pool, __ATOMIC_ACQUIRE); m; m = m->next)
		if (READ_ONCE(m->used) && same_place(m, a))
			restore_one(m);
	return 0;
}
