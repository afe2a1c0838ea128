/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts as guests see them: each domain's pirqs, and who is bound to which interrupt.
 *
 * Relies on hw/irq.c for the interrupts and on the event channels for telling the guest.  The
 * physdev_op hypercall and the event channels rely on it.
 *
 * irqs->lock: a domain's table.  The descriptor's lock nests in it and covers what the interrupt
 * handler reads: the ring of sharers and their state.  Invariant: desc->nr_waiting counts the
 * sharers whose `waiting` is set, and a level-triggered interrupt is masked for IRQ_MASK_EOI while
 * it is not zero.
 */
#include <public/physdev.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/heap.h>
#include <xen/irq.h>
#include <xen/irqhw.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/time.h>

/* How long a guest may keep others that share its line waiting. */
#define SHARER_PATIENCE NS_PER_SEC

struct pirq {
	struct irq_desc *desc;		/* NULL: the number is only reserved */
	struct domain *d;
	u32 number;
	u32 block_first, block_count;	/* messages mapped together */
	/* desc->lock: */
	struct vcpu *v;			/* NULL: not bound */
	u32 port;
	/* forced: the line was opened without this guest's answer */
	bool share, waiting, forced;
	struct pirq *next;		/* next sharer */
};

struct irq_domain {
	spinlock_t lock;
	struct pirq **pirqs;		/* IRQ_MAX_PIRQS; NULL until the first mapping */
	u64 *eoi_map;			/* the guest's page */
	struct page_info *eoi_page;
};

/* --- what the interrupt handler calls --- */

/* Any sharer that is not through keeps the line masked. */
static bool deliver(struct irq_desc *desc)
{
	for (struct pirq *p = desc->sharers; p; p = p->next) {
		if (desc->level && !p->waiting) {
			p->waiting = true;
			desc->nr_waiting++;
		}
		event_send_pirq(p->d, p->port);
	}
	if (!desc->sharers)
		return false;
	desc->want_cpu = READ_ONCE(desc->sharers->v->cpu);
	if (desc->level && desc->sharers->next)
		timer_set(&desc->timer, time_now() + SHARER_PATIENCE);
	return desc->level;
}

static void stop_waiting(struct irq_desc *desc, struct pirq *p)
{
	if (p->waiting) {
		p->waiting = false;
		desc->nr_waiting--;
	}
	if (!desc->nr_waiting)
		irqhw_unmask(desc, IRQ_MASK_EOI);
}

/* A second has passed since a shared line's last interrupt. */
static void silent(struct irq_desc *desc)
{
	if (!desc->nr_waiting || !desc->sharers || !desc->sharers->next)
		return;
	for (struct pirq *p = desc->sharers; p; p = p->next) {
		if (p->waiting && !p->forced) {
			p->forced = true;
			log_warn("irq: d%u has not answered pirq %u, which others share, for a "
				 "second; the line goes on without it",
				 p->d->id, p->number);
		}
		stop_waiting(desc, p);
	}
}

/* --- the table --- */

static struct pirq *find(struct irq_domain *irqs, u32 number)
{
	return irqs->pirqs && number < IRQ_MAX_PIRQS ? irqs->pirqs[number] : NULL;
}

/* The numbers below belong to GSIs in every domain, so that a kernel finds its GSI n as pirq n. */
static u32 first_message(void) { return max(irqhw_nr_gsis(), 16u); }

static bool is_free(struct irq_domain *irqs, u32 first, u32 count)
{
	if (first >= IRQ_MAX_PIRQS || count > IRQ_MAX_PIRQS - first)
		return false;
	for (u32 i = 0; i < count; i++)
		if (irqs->pirqs[first + i])
			return false;
	return true;
}

/* Table locked: a free run, or IRQ_MAX_PIRQS. */
static u32 find_free(struct irq_domain *irqs, u32 from, u32 count)
{
	while (from < IRQ_MAX_PIRQS && !is_free(irqs, from, count))
		from++;
	return from;
}

static int need_table(struct irq_domain *irqs)
{
	struct pirq **table;

	if (irqs->pirqs)
		return 0;
	table = mem_new_array(struct pirq *, IRQ_MAX_PIRQS);
	if (!table)
		return -XEN_ENOMEM;
	spin_lock(&irqs->lock);
	if (!irqs->pirqs) {
		irqs->pirqs = table;
		table = NULL;
	}
	spin_unlock(&irqs->lock);
	mem_free(table);
	return 0;
}

/* Table locked: puts new pirqs at first..first+count-1, all or none. */
static int fill(struct domain *d, u32 first, u32 count, struct irq_desc **descs)
{
	for (u32 i = 0; i < count; i++) {
		struct pirq *p = mem_new(struct pirq);

		if (!p) {
			while (i--) {
				mem_free(d->irqs->pirqs[first + i]);
				d->irqs->pirqs[first + i] = NULL;
			}
			return -XEN_ENOMEM;
		}
		p->desc = descs ? descs[i] : NULL;
		p->d = d;
		p->number = first + i;
		p->block_first = first;
		p->block_count = count;
		d->irqs->pirqs[first + i] = p;
	}
	return 0;
}

/* Table locked: a reservation gives way to the mapping it was made for. */
static void drop_reservation(struct irq_domain *irqs, u32 number)
{
	struct pirq *p = find(irqs, number);

	if (p && !p->desc) {
		irqs->pirqs[number] = NULL;
		mem_free(p);
	}
}

static int place(struct domain *d, s32 *pirq, u32 preferred, u32 count, struct irq_desc **descs)
{
	struct irq_domain *irqs = d->irqs;
	u32 first;
	int rc = need_table(irqs);

	if (rc)
		return rc;
	spin_lock(&irqs->lock);
	if (*pirq >= 0) {
		first = *pirq;
		for (u32 i = 0; first < IRQ_MAX_PIRQS && i < count; i++)
			drop_reservation(irqs, first + i);
		rc = first >= IRQ_MAX_PIRQS	 ? -XEN_EINVAL :
		     is_free(irqs, first, count) ? 0 :
						   -XEN_EEXIST;
	} else {
		first = is_free(irqs, preferred, count) ? preferred :
							  find_free(irqs, first_message(), count);
		rc = first < IRQ_MAX_PIRQS ? 0 : -XEN_ENOSPC;
	}
	if (!rc && READ_ONCE(d->dying) != DOMAIN_ALIVE)
		rc = -XEN_ESRCH;
	if (!rc)
		rc = fill(d, first, count, descs);
	spin_unlock(&irqs->lock);
	if (!rc)
		*pirq = first;
	return rc;
}

/* --- mapping --- */

/* The pirq under which d has the GSI already. */
static s32 gsi_pirq(struct irq_domain *irqs, const struct irq_desc *desc)
{
	s32 found = -1;

	spin_lock(&irqs->lock);
	for (u32 i = 0; irqs->pirqs && found < 0 && i < IRQ_MAX_PIRQS; i++)
		if (irqs->pirqs[i] && irqs->pirqs[i]->desc == desc)
			found = i;
	spin_unlock(&irqs->lock);
	return found;
}

int irq_map_gsi(struct domain *d, u32 gsi, s32 *pirq)
{
	struct irq_desc *desc = irqhw_gsi(gsi);
	s32 have;

	if (!desc)
		return -XEN_EINVAL;
	have = gsi_pirq(d->irqs, desc);
	if (have >= 0) {
		if (*pirq >= 0 && *pirq != have)
			return -XEN_EEXIST;
		*pirq = have;
		return 0;
	}
	return place(d, pirq, gsi, 1, &desc);
}

int irq_map_msi(struct domain *d, const struct msi_request *rq, s32 *pirq)
{
	struct irq_desc *descs[MSI_BLOCK_MAX];
	int rc = msi_create(rq, d->vcpus && d->vcpus[0] ? READ_ONCE(d->vcpus[0]->cpu) : 0, descs);

	if (rc)
		return rc;
	rc = place(d, pirq, first_message(), rq->count, descs);
	for (u32 i = 0; rc && i < rq->count; i++)
		msi_destroy(descs[i]);
	return rc;
}

int irq_reserve_pirq(struct domain *d, bool for_gsi)
{
	u32 number;
	int rc = need_table(d->irqs);

	if (rc)
		return rc;
	spin_lock(&d->irqs->lock);
	number = find_free(d->irqs, for_gsi ? 16 : first_message(), 1);
	rc = number < IRQ_MAX_PIRQS ? fill(d, number, 1, NULL) : -XEN_ENOSPC;
	spin_unlock(&d->irqs->lock);
	return rc ? rc : (int)number;
}

bool irq_is_mapped(struct domain *d, u32 pirq)
{
	struct pirq *p;
	bool mapped;

	spin_lock(&d->irqs->lock);
	p = find(d->irqs, pirq);
	mapped = p && p->desc;
	spin_unlock(&d->irqs->lock);
	return mapped;
}

/* --- binding --- */

static void eoi_bit(struct domain *d, u32 number, bool needed)
{
	u64 *map = d->irqs->eoi_map;

	if (!map)
		return;
	if (needed)
		bit_set(map, number);
	else
		bit_clear(map, number);
}

static int join(struct irq_desc *desc, struct pirq *p, struct vcpu *v, u32 port, bool share)
{
	if (desc->own_fn)
		return -XEN_EBUSY;
	if (p->v)
		return -XEN_EEXIST;
	for (struct pirq *other = desc->sharers; other; other = other->next)
		if (!share || !other->share || !desc->level)
			return -XEN_EBUSY;
	p->v = v;
	p->port = port;
	p->share = share;
	p->waiting = p->forced = false;
	p->next = desc->sharers;
	desc->sharers = p;
	desc->want_cpu = READ_ONCE(desc->sharers->v->cpu);
	irqhw_unmask(desc, IRQ_MASK_UNUSED);
	return 0;
}

static void leave(struct irq_desc *desc, struct pirq *p)
{
	struct pirq **link = &desc->sharers;

	if (!p->v)
		return;
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	p->v = NULL;
	if (!desc->sharers)
		irqhw_mask(desc, IRQ_MASK_UNUSED);
	stop_waiting(desc, p);
}

int irq_guest_bind(struct vcpu *v, u32 pirq, u32 port, bool share)
{
	struct domain *d = v->domain;
	struct pirq *p;
	unsigned long flags;
	int rc = -XEN_EINVAL;

	spin_lock(&d->irqs->lock);
	p = find(d->irqs, pirq);
	if (p && p->desc)
		rc = irqhw_start(p->desc, READ_ONCE(v->cpu));
	if (!rc) {
		flags = spin_lock_irqsave(&p->desc->lock);
		/* The guest looks at the bit when the first interrupt comes. */
		eoi_bit(d, pirq, p->desc->level);
		rc = join(p->desc, p, v, port, share);
		spin_unlock_irqrestore(&p->desc->lock, flags);
	}
	spin_unlock(&d->irqs->lock);
	return rc;
}

/* Table locked. */
static void unbind(struct domain *d, struct pirq *p)
{
	unsigned long flags = spin_lock_irqsave(&p->desc->lock);

	leave(p->desc, p);
	spin_unlock_irqrestore(&p->desc->lock, flags);
	eoi_bit(d, p->number, false);
}

/* Table locked: the pirq if `port` is what it is bound to; ports change with the table locked. */
static struct pirq *find_bound(struct irq_domain *irqs, u32 number, u32 port)
{
	struct pirq *p = find(irqs, number);

	return p && p->desc && p->v && p->port == port ? p : NULL;
}

void irq_guest_unbind(struct domain *d, u32 pirq, u32 port)
{
	struct pirq *p;

	spin_lock(&d->irqs->lock);
	p = find_bound(d->irqs, pirq, port);
	if (p)
		unbind(d, p);
	spin_unlock(&d->irqs->lock);
}

/* Table locked. */
static int acknowledge(struct pirq *p)
{
	unsigned long flags;
	int rc = -XEN_EINVAL;

	if (!p || !p->desc)
		return rc;
	flags = spin_lock_irqsave(&p->desc->lock);
	if (p->v) {
		stop_waiting(p->desc, p);
		p->forced = false;
		rc = 0;
	}
	spin_unlock_irqrestore(&p->desc->lock, flags);
	return rc;
}

int irq_guest_eoi(struct domain *d, u32 pirq)
{
	int rc;

	spin_lock(&d->irqs->lock);
	rc = acknowledge(find(d->irqs, pirq));
	spin_unlock(&d->irqs->lock);
	return rc;
}

void irq_guest_eoi_all(struct domain *d)
{
	spin_lock(&d->irqs->lock);
	for (u32 i = 0; d->irqs->pirqs && i < IRQ_MAX_PIRQS; i++)
		(void)acknowledge(d->irqs->pirqs[i]);
	spin_unlock(&d->irqs->lock);
}

void irq_guest_set_affinity(struct domain *d, u32 pirq, u32 port, struct vcpu *v)
{
	struct pirq *p;
	unsigned long flags;

	spin_lock(&d->irqs->lock);
	p = find_bound(d->irqs, pirq, port);
	if (p) {
		flags = spin_lock_irqsave(&p->desc->lock);
		p->v = v; /* the next interrupt finds it and follows */
		spin_unlock_irqrestore(&p->desc->lock, flags);
	}
	spin_unlock(&d->irqs->lock);
}

/* --- questions --- */

int irq_status(struct domain *d, u32 pirq, u32 *ret_flags)
{
	struct pirq *p;
	u32 flags = 0;

	if (pirq >= IRQ_MAX_PIRQS)
		return -XEN_EINVAL;
	spin_lock(&d->irqs->lock);
	p = find(d->irqs, pirq);
	/*
	 * A guest asks once, and kernels do so before they tell the trigger by setup_gsi: so every
	 * GSI is said to need it (it does an edge no harm).  Messages never do.
	 */
	if (p && p->desc && !p->desc->msi)
		flags |= XENIRQSTAT_needs_eoi;
	if (p && p->desc && p->desc->level)
		flags |= XENIRQSTAT_shared;
	spin_unlock(&d->irqs->lock);
	*ret_flags = flags;
	return 0;
}

int irq_set_eoi_map(struct domain *d, u64 frame)
{
	struct page_info *pg = page_get_by_mfn(_mfn(frame), d);
	int rc;

	if (!pg)
		return -XEN_EINVAL;
	rc = page_get_type(pg, PAGE_WRITABLE);
	if (rc) {
		page_put(pg);
		return rc;
	}
	spin_lock(&d->irqs->lock);
	if (d->irqs->eoi_map) {
		rc = -XEN_EBUSY;
	} else {
		d->irqs->eoi_page = pg;
		d->irqs->eoi_map = page_to_virt(pg);
		for (u32 i = 0; d->irqs->pirqs && i < IRQ_MAX_PIRQS; i++)
			if (d->irqs->pirqs[i] && d->irqs->pirqs[i]->desc)
				eoi_bit(d, i,
					d->irqs->pirqs[i]->v && d->irqs->pirqs[i]->desc->level);
	}
	spin_unlock(&d->irqs->lock);
	if (rc)
		page_put_writable(pg);
	return rc;
}

/* --- the end --- */

/* Table locked: takes p out; the message itself is destroyed by the caller afterwards. */
static struct irq_desc *take_out(struct domain *d, struct pirq *p)
{
	struct irq_desc *desc = p->desc;

	if (desc)
		unbind(d, p);
	d->irqs->pirqs[p->number] = NULL;
	mem_free(p);
	return desc && desc->msi ? desc : NULL;
}

int irq_unmap(struct domain *d, u32 pirq)
{
	struct irq_desc *messages[MSI_BLOCK_MAX];
	struct pirq *p;
	u32 n = 0, first, count;

	spin_lock(&d->irqs->lock);
	p = find(d->irqs, pirq);
	if (!p) {
		spin_unlock(&d->irqs->lock);
		return -XEN_EINVAL;
	}
	first = p->block_first;
	count = p->block_count;
	for (u32 i = 0; i < count; i++) {
		struct irq_desc *desc = take_out(d, d->irqs->pirqs[first + i]);

		if (desc)
			messages[n++] = desc;
	}
	spin_unlock(&d->irqs->lock);
	while (n--)
		msi_destroy(messages[n]);
	return 0;
}

void irq_domain_release(struct domain *d)
{
	struct irq_domain *irqs = d->irqs;
	struct page_info *page;

	if (!irqs)
		return;
	for (u32 i = 0; irqs->pirqs && i < IRQ_MAX_PIRQS; i++)
		if (READ_ONCE(irqs->pirqs[i]))
			irq_unmap(d, i);
	spin_lock(&irqs->lock);
	page = irqs->eoi_page;
	irqs->eoi_page = NULL;
	irqs->eoi_map = NULL;
	spin_unlock(&irqs->lock);
	if (page)
		page_put_writable(page);
}

int irq_domain_init(struct domain *d)
{
	d->irqs = mem_new(struct irq_domain);
	if (!d->irqs)
		return -XEN_ENOMEM;
	irqhw_set_deliver(deliver);
	irqhw_set_silent(silent);
	return 0;
}

void irq_domain_destroy(struct domain *d)
{
	if (!d->irqs)
		return;
	mem_free(d->irqs->pirqs);
	mem_free(d->irqs);
	d->irqs = NULL;
}
