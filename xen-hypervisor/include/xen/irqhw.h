/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device interrupts of the machine: I/O APIC inputs (GSIs) and message-signalled interrupts, and
 * the vectors they use. Sources: hw/irq.c (descriptors, vectors, dispatch), hw/ioapic.c, hw/msi.c.
 * Guests see them through xen/irq.h.
 *
 * An interrupt is a struct irq_desc for ever: those of GSIs are made at boot, those of messages are
 * recycled but never returned to the heap, so that an interrupt that comes late always finds a
 * descriptor and its lock.
 */
#ifndef XEN_IRQHW_H
#define XEN_IRQHW_H

#include <xen/lock.h>
#include <xen/timer.h>
#include <xen/types.h>

struct irq_desc;
struct msi;
struct pirq;

/*
 * What differs between sources.  All are called with the descriptor's lock held and interrupts off.
 */
struct irq_chip {
	const char *name;
	void (*mask)(struct irq_desc *desc);
	void (*unmask)(struct irq_desc *desc);
	/*
	 * Tells the source desc->vector and desc->cpu; with only the CPU changed it must be one
	 * indivisible write.
	 */
	void (*route)(struct irq_desc *desc);
};

/* Why an interrupt is masked: it is open when no reason is left. */
#define IRQ_MASK_UNUSED 1u	/* nobody is bound */
#define IRQ_MASK_EOI 2u		/* level-triggered, and a guest has not handled it yet */
#define IRQ_MASK_STORM 4u	/* too many; until a timer */

#define IRQ_NO_CPU (~0u)

struct irq_desc {
	spinlock_t lock;		/* irqs off; all fields below */
	const struct irq_chip *chip;	/* NULL: free (messages only) */
	struct msi *msi;		/* NULL: a GSI */
	u32 line;			/* GSI, or serial number of the message's record */
	u32 mask;			/* IRQ_MASK_*, 0: open */
	u8 vector;			/* 0: none yet */
	bool level, low;		/* trigger and polarity (GSIs) */
	bool fixed_cpu;			/* cannot move alone: one of a block of messages */
	/* where the vector is taken; old_cpu until late ones can no longer come */
	u32 cpu, old_cpu;
	u32 want_cpu;			/* lazily followed by cpu */
	u64 moved_at;
	void (*own_fn)(void *data);	/* the hypervisor's own; then no guest gets it */
	void *own_data;
	struct pirq *sharers;		/* core/irq.c: guests bound to it */
	unsigned int nr_waiting;	/* sharers that have not acknowledged */
	u64 count;			/* ever */
	u64 window_start;		/* storm detection */
	u32 window_count;
	u64 reported_at;
	struct timer timer;		/* ends a storm's mask, or a sharer's silence */
	struct irq_desc *next;		/* list of message interrupts */
};

/* --- boot --- */
void irqhw_init(void);			/* finds the I/O APICs and masks their inputs */
unsigned int irqhw_nr_gsis(void);

/*
 * The hypervisor's own use of a legacy interrupt (serial line, HPET): fn(data) in interrupt
 * context. 0 or -XEN_E*.
 */
int irqhw_set_own(u32 isa_irq, void (*fn)(void *data), void *data);

/* --- descriptors --- */
struct irq_desc *irqhw_gsi(u32 gsi);	/* NULL: there is no such input */

/* Trigger and polarity as dom0 read them; -XEN_EEXIST when it is in use with others. */
int irqhw_setup_gsi(u32 gsi, bool level, bool low);
/* The vector of a GSI is there from now on: 0 or -XEN_ENOSPC. */
int irqhw_start(struct irq_desc *desc, unsigned int cpu);
/*
 * Lock held.  The source itself is touched only when the first reason comes or the last one goes.
 */
void irqhw_mask(struct irq_desc *desc, u32 reason);
void irqhw_unmask(struct irq_desc *desc, u32 reason);
/* "GSI 16" or "MSI-X 3 of 0000:00:1f.2"; 40 bytes hold it. */
void irqhw_name(const struct irq_desc *desc, char *buf, size_t size);

/*
 * The layer that gives interrupts to guests: called with the lock held; it returns whether a
 * level-triggered interrupt stays masked until irqhw_unmask(IRQ_MASK_EOI).  It may set
 * desc->want_cpu.
 */
void irqhw_set_deliver(bool (*fn)(struct irq_desc *desc));
/*
 * The descriptor's timer ran and the interrupt isn't masked for a storm: a sharer was silent.  Lock
 * held.
 */
void irqhw_set_silent(void (*fn)(struct irq_desc *desc));

/* --- vectors (hw/irq.c), for the chips --- */
/*
 * `count` (a power of two) adjacent vectors, so aligned, on one CPU for descs[0..count-1]: 0 or
 * -XEN_ENOSPC.
 */
int irqhw_take_vectors(struct irq_desc **descs, unsigned int count, unsigned int cpu);
void irqhw_give_vector(struct irq_desc *desc);
/*
 * A CPU that interrupts can be sent to, `cpu` if possible: 8-bit destinations reach APIC ids below
 * 255.
 */
unsigned int irqhw_reachable_cpu(unsigned int cpu);

/* Makes a GSI an NMI on all CPUs, for good (hw/watchdog.c): 0, -XEN_ENODEV, -XEN_EBUSY. */
int ioapic_make_nmi(u32 gsi);

/* --- I/O APIC registers as dom0 may read them (PHYSDEVOP_apic_read) --- */
int ioapic_guest_read(u64 base, u32 reg, u32 *ret_value);
/* Makes a zeroed descriptor usable; hw/irq.c. */
void irqhw_desc_init(struct irq_desc *desc, const struct irq_chip *chip, u32 line);
void ioapic_init(void);
extern const struct irq_chip ioapic_chip;

/* --- messages (hw/msi.c) --- */
struct msi_request {
	u16 segment;
	u8 bus, devfn;
	bool msix;
	u32 entry;		/* MSI-X: which */
	u32 count;		/* MSI: how many, a power of two; MSI-X: 1 */
	/*
	 * MSI-X: address of the table's BAR, used where the device shows none (virtual functions)
	 */
	u64 table_base;
};
#define MSI_BLOCK_MAX 32
/* Programs the device, masked; descriptors in ret_descs[0..count-1]. 0 or -XEN_E*. */
int msi_create(const struct msi_request *rq, unsigned int cpu, struct irq_desc **ret_descs);
/* Of a block, each on its own; nobody is bound. */
void msi_destroy(struct irq_desc *desc);
/*
 * Writes all messages of a device anew after it lost them; -XEN_ENODEV when the device doesn't
 * answer.
 */
int msi_restore(u16 segment, u8 bus, u8 devfn);
void msi_name(const struct irq_desc *desc, char *buf, size_t size);
/* Calls fn for every message interrupt in use. Lock not held. */
void msi_for_each(void (*fn)(struct irq_desc *desc));

#endif
