/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/O APICs (Intel 82093AA data sheet; ICH9 data sheet 13.5): an index and a data register, and a
 * 64-bit redirection entry an input.
 *
 * Every input is masked at start.  Entries are written from a copy in memory: reading is slow and
 * never needed.  io_lock, irqs off, innermost: the index registers and the copies.  Inputs'
 * descriptors are hw/irq.c's.
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/log.h>

#define REG_ID 0
#define REG_VERSION 1
#define REG_ENTRY(n) (0x10 + 2 * (n))

#define ENTRY_NMI (4u << 8)
#define ENTRY_LOW (1u << 13)
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_MASKED (1u << 16)

/* Inputs of one I/O APIC at most (the version register has eight bits for the highest). */
#define MAX_INPUTS 256
#define MAX_GSIS 4096

struct ioapic {
	volatile u32 *regs;
	u64 address;
	u32 gsi_base, nr_inputs;
	u32 *low;		/* copies of the entries' low halves */
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned int nr_ioapics;
static struct irq_desc *gsis;	/* nr_gsis of them, chip NULL where no I/O APIC has the number */
static unsigned int nr_gsis;
static spinlock_t io_lock = SPINLOCK_INIT;

unsigned int irqhw_nr_gsis(void) { return nr_gsis; }

struct irq_desc *irqhw_gsi(u32 gsi) { return gsi < nr_gsis && gsis[gsi].chip ? &gsis[gsi] : NULL; }

static u32 read_reg(struct ioapic *io, u32 reg)
{
	io->regs[0] = reg;
	return io->regs[4];
}

static void write_reg(struct ioapic *io, u32 reg, u32 v)
{
	io->regs[0] = reg;
	io->regs[4] = v;
}

static struct ioapic *ioapic_of(u32 gsi, u32 *ret_input)
{
	for (unsigned int i = 0; i < nr_ioapics; i++) {
		if (gsi >= ioapics[i].gsi_base &&
		    gsi < ioapics[i].gsi_base + ioapics[i].nr_inputs) {
			*ret_input = gsi - ioapics[i].gsi_base;
			return &ioapics[i];
		}
	}
	/* Descriptors exist for inputs only. */
	BUG();
}

static void set_masked(struct irq_desc *desc, bool masked)
{
	u32 input;
	struct ioapic *io = ioapic_of(desc->line, &input);
	unsigned long flags = spin_lock_irqsave(&io_lock);

	io->low[input] = masked ? io->low[input] | ENTRY_MASKED : io->low[input] & ~ENTRY_MASKED;
	write_reg(io, REG_ENTRY(input), io->low[input]);
	spin_unlock_irqrestore(&io_lock, flags);
}

static void ioapic_mask(struct irq_desc *desc)
{
	u32 input;
	struct ioapic *io;
	unsigned long flags;

	set_masked(desc, true);
	/*
	 * The write may still be on its way; the acknowledgement must come after it, or the line
	 * fires again.
	 */
	io = ioapic_of(desc->line, &input);
	flags = spin_lock_irqsave(&io_lock);
	read_reg(io, REG_ENTRY(input));
	spin_unlock_irqrestore(&io_lock, flags);
}

static void ioapic_unmask(struct irq_desc *desc) { set_masked(desc, false); }

/* Fixed delivery to one physical CPU.  The upper half alone changes on a move. */
static void ioapic_route(struct irq_desc *desc)
{
	u32 input, low;
	struct ioapic *io = ioapic_of(desc->line, &input);
	unsigned long flags = spin_lock_irqsave(&io_lock);

	if ((io->low[input] & ENTRY_NMI) == ENTRY_NMI) {
		spin_unlock_irqrestore(&io_lock, flags);
		return;
	}
	low = desc->vector | (desc->low ? ENTRY_LOW : 0) | (desc->level ? ENTRY_LEVEL : 0) |
	      (io->low[input] & ENTRY_MASKED);
	write_reg(io, REG_ENTRY(input) + 1, cpu_apic_id[desc->cpu] << 24);
	if (low != io->low[input])
		write_reg(io, REG_ENTRY(input), low);
	io->low[input] = low;
	spin_unlock_irqrestore(&io_lock, flags);
}

const struct irq_chip ioapic_chip = {
	.name = "I/O APIC", .mask = ioapic_mask, .unmask = ioapic_unmask, .route = ioapic_route,
};

static void nobody(void *data) {}

int ioapic_make_nmi(u32 gsi)
{
	struct irq_desc *desc = irqhw_gsi(gsi);
	unsigned long flags;
	struct ioapic *io;
	u32 input;

	if (!desc)
		return -XEN_ENODEV;
	flags = spin_lock_irqsave(&desc->lock);
	if (desc->own_fn || desc->sharers) {
		spin_unlock_irqrestore(&desc->lock, flags);
		return -XEN_EBUSY;
	}
	desc->own_fn = nobody; /* no guest gets it any more */
	io = ioapic_of(gsi, &input);
	spin_lock(&io_lock);
	/* NMIs have no vector and are edges; all ones is every CPU. */
	io->low[input] = ENTRY_NMI;
	write_reg(io, REG_ENTRY(input) + 1, 0xffu << 24);
	write_reg(io, REG_ENTRY(input), io->low[input]);
	spin_unlock(&io_lock);
	spin_unlock_irqrestore(&desc->lock, flags);
	return 0;
}

int ioapic_guest_read(u64 base, u32 reg, u32 *ret_value)
{
	for (unsigned int i = 0; i < nr_ioapics; i++) {
		struct ioapic *io = &ioapics[i];
		unsigned long flags;

		if (io->address != base)
			continue;
		if (reg > REG_ENTRY(io->nr_inputs - 1) + 1)
			return -XEN_EINVAL;
		flags = spin_lock_irqsave(&io_lock);
		*ret_value = read_reg(io, reg);
		spin_unlock_irqrestore(&io_lock, flags);
		return 0;
	}
	return -XEN_ENODEV;
}

/* --- boot --- */

static void add_ioapic(u32 address, u32 gsi_base)
{
	struct ioapic *io = &ioapics[nr_ioapics];
	u32 version;

	io->address = address;
	io->regs = hw_map_device(_maddr(address), 0x20, false);
	version = io->regs ? read_reg(io, REG_VERSION) : ~0u;
	if (version == ~0u || gsi_base >= MAX_GSIS - MAX_INPUTS) {
		log_warn("ioapic: the one at %#x (GSI %u on) cannot be used; its interrupts are "
			 "missing",
			 address, gsi_base);
		return;
	}
	io->gsi_base = gsi_base;
	io->nr_inputs = (version >> 16 & 0xff) + 1;
	io->low = mem_alloc_array(io->nr_inputs, sizeof(*io->low));
	if (!io->low)
		panic("no memory for an I/O APIC");
	for (u32 i = 0; i < io->nr_inputs; i++) {
		io->low[i] = ENTRY_MASKED;
		write_reg(io, REG_ENTRY(i), ENTRY_MASKED);
		write_reg(io, REG_ENTRY(i) + 1, 0);
	}
	nr_gsis = max(nr_gsis, gsi_base + io->nr_inputs);
	nr_ioapics++;
	log_notice("ioapic: at %#x, version %#x, GSI %u to %u", address, version & 0xff, gsi_base,
		   gsi_base + io->nr_inputs - 1);
}

/*
 * Trigger and polarity of ISA interrupts by the MADT's overrides (ACPI 5.2.12.5); PCI's are level,
 * active low.
 */
static void set_isa_modes(void)
{
	for (unsigned int irq = 0; irq < 16; irq++) {
		struct irq_desc *desc = irqhw_gsi(acpi_info.isa[irq].gsi);
		u16 flags = acpi_info.isa[irq].flags;
		bool sci = irq == acpi_info.sci;

		/*
		 * Interrupt 2 is the cascade of the old controllers; its number is usually the
		 * timer's input.
		 */
		if (!desc || (irq == 2 && !flags))
			continue;
		desc->low = (flags & 3) == 3 || (!(flags & 3) && sci);
		desc->level = (flags >> 2 & 3) == 3 || (!(flags >> 2 & 3) && sci);
	}
}

void ioapic_init(void)
{
	for (unsigned int i = 0; i < acpi_info.nr_ioapics; i++)
		add_ioapic(acpi_info.ioapic[i].addr, acpi_info.ioapic[i].gsi_base);
	if (!nr_ioapics) {
		log_warn("ioapic: none found; devices' line interrupts don't work, only their "
			 "message interrupts do");
		return;
	}
	gsis = mem_alloc_array(nr_gsis, sizeof(*gsis));
	if (!gsis)
		panic("no memory for %u interrupts", nr_gsis);
	for (unsigned int i = 0; i < nr_ioapics; i++) {
		for (u32 n = 0; n < ioapics[i].nr_inputs; n++) {
			struct irq_desc *desc = &gsis[ioapics[i].gsi_base + n];

			irqhw_desc_init(desc, &ioapic_chip, ioapics[i].gsi_base + n);
			desc->level = desc->low = desc->line >= 16;
		}
	}
	set_isa_modes();
}
