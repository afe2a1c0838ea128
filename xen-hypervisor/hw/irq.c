/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device interrupts: descriptors, the vectors they take on a CPU, and what happens when one comes.
 *
 * A level-triggered interrupt is masked at its source, then acknowledged, and opened when all
 * guests bound to it have handled it; so a guest that never answers costs its own line and nothing
 * else.  An edge is acknowledged at once.
 *
 * An interrupt follows the vCPU it is for: when it comes on another CPU, its vector is taken there
 * as well (the same number, so that telling the source is one write that cannot be seen half done)
 * and the old CPU keeps its entry until the next move, when nothing sent before can still be under
 * way.  If that vector is in use there it stays where it is.
 *
 * desc->lock: the descriptor.  vector_lock nests in it: the tables of all CPUs.  Relied on by
 * core/irq.c and the serial lines.
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/console.h>
#include <xen/hw.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pci.h>
#include <xen/percpu.h>
#include <xen/time.h>
#include <xen/vectors.h>

/*
 * A line that comes more often than STORM_COUNT times in STORM_WINDOW is silenced for STORM_PAUSE.
 */
#define STORM_WINDOW (100 * NS_PER_MS)
#define STORM_COUNT 20000
#define STORM_PAUSE (10 * NS_PER_MS)
#define STORM_REPORT (10 * NS_PER_SEC)
#define MOVE_INTERVAL (100 * NS_PER_MS)

/* Written under vector_lock, read by the CPU itself. */
DEFINE_PER_CPU(struct irq_desc *[256], vector_descs);
static spinlock_t vector_lock = SPINLOCK_INIT;
static u8 vector_hint = VECTOR_DYNAMIC_FIRST;
static u64 nr_stray;

static bool (*deliver)(struct irq_desc *desc);
static void (*silent)(struct irq_desc *desc);
void irqhw_set_deliver(bool (*fn)(struct irq_desc *desc)) { deliver = fn; }
void irqhw_set_silent(void (*fn)(struct irq_desc *desc)) { silent = fn; }

/* --- vectors --- */

static bool block_free(unsigned int cpu, unsigned int first, unsigned int count)
{
	if (first + count - 1 > VECTOR_DYNAMIC_LAST)
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (first + i == VECTOR_INT80 || per_cpu(vector_descs, cpu)[first + i])
			return false;
	return true;
}

/*
 * vector_lock held: the first vector of a free block, or 0.  The search goes round, so a vector
 * rests after use.
 */
static unsigned int find_block(unsigned int cpu, unsigned int count)
{
	unsigned int span = VECTOR_DYNAMIC_LAST + 1 - VECTOR_DYNAMIC_FIRST;
	unsigned int start = ROUND_UP((unsigned int)vector_hint, count) - VECTOR_DYNAMIC_FIRST;

	for (unsigned int i = 0; i < span; i += count) {
		unsigned int v = VECTOR_DYNAMIC_FIRST + (start + i) % span;

		if (v % count == 0 && block_free(cpu, v, count))
			return v;
	}
	return 0;
}

int irqhw_take_vectors(struct irq_desc **descs, unsigned int count, unsigned int cpu)
{
	unsigned long flags = spin_lock_irqsave(&vector_lock);
	unsigned int first = find_block(cpu, count), other;

	if (!first) {
		for_each_online_cpu(other) {
			cpu = irqhw_reachable_cpu(other);
			first = find_block(cpu, count);
			if (first)
				break;
		}
	}
	for (unsigned int i = 0; first && i < count; i++) {
		descs[i]->vector = first + i;
		descs[i]->cpu = descs[i]->want_cpu = cpu;
		descs[i]->old_cpu = IRQ_NO_CPU;
		per_cpu(vector_descs, cpu)[first + i] = descs[i];
	}
	if (first)
		vector_hint =
			first + count > VECTOR_DYNAMIC_LAST ? VECTOR_DYNAMIC_FIRST : first + count;
	spin_unlock_irqrestore(&vector_lock, flags);
	return first ? 0 : -XEN_ENOSPC;
}

static void forget_old_cpu(struct irq_desc *desc)
{
	if (desc->old_cpu != IRQ_NO_CPU)
		per_cpu(vector_descs, desc->old_cpu)[desc->vector] = NULL;
	desc->old_cpu = IRQ_NO_CPU;
}

void irqhw_give_vector(struct irq_desc *desc)
{
	unsigned long flags = spin_lock_irqsave(&vector_lock);

	if (desc->vector) {
		forget_old_cpu(desc);
		per_cpu(vector_descs, desc->cpu)[desc->vector] = NULL;
		desc->vector = 0;
	}
	spin_unlock_irqrestore(&vector_lock, flags);
}

unsigned int irqhw_reachable_cpu(unsigned int cpu)
{
	return cpumask_test(&cpu_online_map, cpu) && cpu_apic_id[cpu] < 255 ? cpu : 0;
}

/*
 * Takes the vector on desc->want_cpu too, if it is free there; lock held.  True: the source is to
 * be told.
 */
static bool take_move(struct irq_desc *desc)
{
	unsigned int cpu = irqhw_reachable_cpu(desc->want_cpu);
	bool moved = false;

	spin_lock(&vector_lock);
	if (cpu == desc->old_cpu) {
		desc->old_cpu = desc->cpu;
		desc->cpu = cpu;
		moved = true;
	} else if (cpu != desc->cpu && !per_cpu(vector_descs, cpu)[desc->vector]) {
		forget_old_cpu(desc);
		per_cpu(vector_descs, cpu)[desc->vector] = desc;
		desc->old_cpu = desc->cpu;
		desc->cpu = cpu;
		moved = true;
	}
	spin_unlock(&vector_lock);
	return moved;
}

static void follow(struct irq_desc *desc)
{
	u64 now;

	if (likely(desc->want_cpu == desc->cpu) || desc->fixed_cpu || !desc->vector)
		return;
	now = time_now();
	if (now - desc->moved_at < MOVE_INTERVAL)
		return;
	desc->moved_at = now;
	if (take_move(desc))
		desc->chip->route(desc);
}

/* --- masks --- */

void irqhw_mask(struct irq_desc *desc, u32 reason)
{
	if (!desc->mask)
		desc->chip->mask(desc);
	desc->mask |= reason;
}

void irqhw_unmask(struct irq_desc *desc, u32 reason)
{
	if (!(desc->mask & reason))
		return;
	desc->mask &= ~reason;
	if (desc->mask)
		return;
	follow(desc);
	desc->chip->unmask(desc);
}

void irqhw_name(const struct irq_desc *desc, char *buf, size_t size)
{
	if (desc->msi)
		msi_name(desc, buf, size);
	else
		snprintf(buf, size, "GSI %u", desc->line);
}

static void handle_own(struct irq_desc *desc)
{
	void (*fn)(void *) = desc->own_fn;

	/* Set once at boot; called without the lock, since it may print. */
	spin_unlock(&desc->lock);
	fn(desc->own_data);
	spin_lock(&desc->lock);
	irqhw_unmask(desc, IRQ_MASK_EOI);
}

/* --- storms --- */

/*
 * An edge that came while the line was held back is lost, so whoever handles it is told to look
 * once.
 */
static void end_storm(struct irq_desc *desc)
{
	irqhw_unmask(desc, IRQ_MASK_STORM);
	if (desc->level)
		return;
	if (desc->own_fn)
		handle_own(desc);
	else if (deliver)
		deliver(desc);
}

static void timer_ran(void *data)
{
	struct irq_desc *desc = data;
	unsigned long flags = spin_lock_irqsave(&desc->lock);

	if (desc->mask & IRQ_MASK_STORM)
		end_storm(desc);
	else if (silent && desc->sharers)
		silent(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
}

static NOINLINE void storm(struct irq_desc *desc, u64 now)
{
	char name[40];

	irqhw_mask(desc, IRQ_MASK_STORM);
	timer_set(&desc->timer, now + STORM_PAUSE);
	if (desc->reported_at && now - desc->reported_at < STORM_REPORT)
		return;
	desc->reported_at = now;
	irqhw_name(desc, name, sizeof(name));
	log_warn("irq: %s came %u times within %lu ms; it is held back for %lu ms at a time (look "
		 "for a device that "
		 "nobody drives on it)",
		 name, desc->window_count, (now - desc->window_start) / NS_PER_MS,
		 STORM_PAUSE / NS_PER_MS);
}

/* The clock is read once in 256 interrupts: counting costs next to nothing. */
static void account(struct irq_desc *desc)
{
	u64 now;

	desc->count++;
	if (likely(++desc->window_count & 0xff))
		return;
	now = time_now();
	if (now - desc->window_start > STORM_WINDOW) {
		desc->window_start = now;
		desc->window_count = 0;
	} else if (desc->window_count > STORM_COUNT) {
		storm(desc, now);
		desc->window_start = now;
		desc->window_count = 0;
	}
}

/* --- an interrupt --- */

static bool is_ours(const struct irq_desc *desc, unsigned int vector, unsigned int cpu)
{
	return desc->vector == vector && (desc->cpu == cpu || desc->old_cpu == cpu);
}

static void irq_interrupt(unsigned int vector, struct cpu_regs *regs)
{
	struct irq_desc *desc = READ_ONCE(this_cpu(vector_descs)[vector]);

	if (unlikely(!desc)) {
		/* Sent just before its source was given up. */
		nr_stray++;
		apic_eoi();
		return;
	}
	spin_lock(&desc->lock);
	if (unlikely(!is_ours(desc, vector, hw_cpu_id()))) {
		nr_stray++;
		apic_eoi();
		spin_unlock(&desc->lock);
		return;
	}
	if (desc->level)
		irqhw_mask(desc, IRQ_MASK_EOI);
	apic_eoi();
	account(desc);
	if (desc->own_fn)
		handle_own(desc);
	else if (!deliver || (desc->mask & IRQ_MASK_UNUSED) || !deliver(desc))
		irqhw_unmask(desc, IRQ_MASK_EOI);
	if (!desc->level)
		follow(desc);
	spin_unlock(&desc->lock);
}

/* --- GSIs --- */

int irqhw_start(struct irq_desc *desc, unsigned int cpu)
{
	unsigned long flags = spin_lock_irqsave(&desc->lock);
	int rc = 0;

	if (!desc->vector) {
		rc = irqhw_take_vectors(&desc, 1, irqhw_reachable_cpu(cpu));
		if (!rc)
			desc->chip->route(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int irqhw_setup_gsi(u32 gsi, bool level, bool low)
{
	struct irq_desc *desc = irqhw_gsi(gsi);
	unsigned long flags;
	int rc = 0;

	if (!desc)
		return -XEN_EINVAL;
	flags = spin_lock_irqsave(&desc->lock);
	if (desc->level == level && desc->low == low) {
		/* As it is already. */
	} else if (desc->own_fn || !(desc->mask & IRQ_MASK_UNUSED)) {
		rc = -XEN_EEXIST;
	} else {
		desc->level = level;
		desc->low = low;
		if (desc->vector)
			desc->chip->route(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

int irqhw_set_own(u32 isa_irq, void (*fn)(void *data), void *data)
{
	struct irq_desc *desc = isa_irq < 16 ? irqhw_gsi(acpi_info.isa[isa_irq].gsi) : NULL;
	unsigned long flags;
	int rc;

	if (!desc)
		return -XEN_ENODEV;
	rc = irqhw_start(desc, 0);
	if (rc)
		return rc;
	flags = spin_lock_irqsave(&desc->lock);
	if (desc->own_fn || desc->sharers) {
		rc = -XEN_EBUSY;
	} else {
		desc->own_data = data;
		desc->own_fn = fn;
		irqhw_unmask(desc, IRQ_MASK_UNUSED);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return rc;
}

/* --- debug key i --- */

static void dump_one(struct irq_desc *desc)
{
	char name[40];

	if (!desc->chip || (!desc->vector && !desc->count))
		return;
	irqhw_name(desc, name, sizeof(name));
	log_raw("(XEN) %s: %s vector %#x CPU %u, %s%s, count %lu%s%s%s%s\n", name, desc->chip->name,
		desc->vector, desc->cpu, desc->level ? "level" : "edge", desc->low ? " low" : "",
		desc->count, desc->own_fn ? ", own" : "",
		desc->mask & IRQ_MASK_UNUSED ? ", unused" : "",
		desc->mask & IRQ_MASK_EOI ? ", waits for a guest" : "",
		desc->mask & IRQ_MASK_STORM ? ", held back" : "");
}

static void key_dump(char key)
{
	for (u32 gsi = 0; gsi < irqhw_nr_gsis(); gsi++)
		if (irqhw_gsi(gsi))
			dump_one(irqhw_gsi(gsi));
	msi_for_each(dump_one);
	log_raw("(XEN) %lu stray interrupts\n", nr_stray);
}

void irqhw_desc_init(struct irq_desc *desc, const struct irq_chip *chip, u32 line)
{
	spin_init(&desc->lock);
	desc->line = line;
	desc->mask = IRQ_MASK_UNUSED;
	desc->old_cpu = IRQ_NO_CPU;
	timer_init(&desc->timer, timer_ran, desc, 0);
	desc->chip = chip;
}

void irqhw_init(void)
{
	for (unsigned int v = VECTOR_DYNAMIC_FIRST; v <= VECTOR_DYNAMIC_LAST; v++)
		vector_set_handler(v, irq_interrupt);
	pci_init();
	ioapic_init();
	key_register('i', key_dump, "interrupts");
}
