/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts of domains: mapping, sharing, acknowledging, giving back; random operations
 * checked against what must hold of every line.  The interrupts underneath are faked here: what is
 * looked at is core/irq.c alone.
 */
#include <hw/asm.h>
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

#include "tap.h"

#define NR_GSIS 24
#define NR_DOMAINS 3

/* --- what core/irq.c relies on --- */

_Thread_local struct cpu_info host_cpu_info;
unsigned long hw_percpu_offsets[NR_CPUS];
struct page_info *host_frame_table;
void *host_direct_map;
u64 *host_m2p;

static struct irq_desc gsis[NR_GSIS];
static const struct irq_chip fake_chip = { .name = "fake" };
static bool (*deliver)(struct irq_desc *desc);
static void (*silent)(struct irq_desc *desc);
static unsigned int nr_messages, nr_allocated;
static bool fail_alloc;
static unsigned int raised[NR_DOMAINS];
static struct domain domains[NR_DOMAINS];

void *mem_alloc(size_t size)
{
	if (fail_alloc)
		return NULL;
	nr_allocated++;
	return calloc(1, size);
}
void mem_free(void *p)
{
	nr_allocated -= p != NULL;
	free(p);
}
void log_write(enum log_level level, const char *fmt, ...) {}
u64 time_now(void) { return 0; }
void timer_set(struct timer *t, u64 expires) { t->active = true; }
void event_send_pirq(struct domain *d, unsigned int port) { raised[d->id]++; }
void irqhw_set_deliver(bool (*fn)(struct irq_desc *desc)) { deliver = fn; }
void irqhw_set_silent(void (*fn)(struct irq_desc *desc)) { silent = fn; }
unsigned int irqhw_nr_gsis(void) { return NR_GSIS; }
struct irq_desc *irqhw_gsi(u32 gsi) { return gsi < NR_GSIS ? &gsis[gsi] : NULL; }
int irqhw_start(struct irq_desc *desc, unsigned int cpu) { return 0; }
void irqhw_mask(struct irq_desc *desc, u32 reason) { desc->mask |= reason; }
void irqhw_unmask(struct irq_desc *desc, u32 reason) { desc->mask &= ~reason; }
struct page_info *page_get_by_mfn(mfn_t m, struct domain *d) { return NULL; }
int page_get_type(struct page_info *pg, enum page_type type) { return -XEN_EINVAL; }
void page_put(struct page_info *pg) {}
void page_put_writable(struct page_info *pg) {}

int msi_create(const struct msi_request *rq, unsigned int cpu, struct irq_desc **ret_descs)
{
	for (u32 i = 0; i < rq->count; i++) {
		ret_descs[i] = calloc(1, sizeof(struct irq_desc));
		ret_descs[i]->msi = (struct msi *)ret_descs[i];
		ret_descs[i]->mask = IRQ_MASK_UNUSED;
		nr_messages++;
	}
	return 0;
}
void msi_destroy(struct irq_desc *desc)
{
	if (desc->sharers)
		abort();
	nr_messages--;
	free(desc);
}

/* --- the tests --- */

static void interrupt(struct irq_desc *desc)
{
	if (desc->mask)
		return;
	if (desc->level)
		irqhw_mask(desc, IRQ_MASK_EOI);
	if (!deliver(desc))
		irqhw_unmask(desc, IRQ_MASK_EOI);
}

static void set_up(void)
{
	for (u32 i = 0; i < NR_GSIS; i++) {
		gsis[i] = (struct irq_desc){
			.chip = &fake_chip, .line = i, .mask = IRQ_MASK_UNUSED, .level = i >= 16
		};
		spin_init(&gsis[i].lock);
	}
	for (u32 i = 0; i < NR_DOMAINS; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		domains[i].id = i;
		domains[i].max_vcpus = 1;
		domains[i].vcpus = calloc(1, sizeof(v));
		domains[i].vcpus[0] = v;
		v->domain = &domains[i];
		irq_domain_init(&domains[i]);
	}
}

static int map_gsi(struct domain *d, u32 gsi, s32 pirq)
{
	int rc = irq_map_gsi(d, gsi, &pirq);

	return rc ? rc : pirq;
}

static void test_line(void)
{
	struct domain *d = &domains[0];
	u32 flags = 0;

	tap_ok(irq_guest_bind(d->vcpus[0], 17, 5, false) == -XEN_EINVAL,
	       "a pirq that isn't mapped cannot be bound");
	tap_ok(map_gsi(d, 17, -1) == 17, "a GSI becomes the pirq of the same number");
	tap_ok(map_gsi(d, 17, 17) == 17, "mapping it again says the same");
	tap_ok(map_gsi(d, NR_GSIS, -1) == -XEN_EINVAL, "a GSI that isn't there is refused");
	tap_ok(map_gsi(d, 18, IRQ_MAX_PIRQS) == -XEN_EINVAL, "a pirq beyond the table is refused");
	tap_ok(irq_guest_eoi(d, 17) == -XEN_EINVAL, "acknowledging an unbound pirq is refused");
	tap_ok(irq_guest_eoi(d, 0xffffffff) == -XEN_EINVAL,
	       "acknowledging a pirq out of range is refused");
	tap_ok(!irq_guest_bind(d->vcpus[0], 17, 5, true) && !gsis[17].mask,
	       "binding opens the line");
	tap_ok(irq_guest_bind(d->vcpus[0], 17, 6, true) == -XEN_EEXIST,
	       "a bound pirq cannot be bound again");
	interrupt(&gsis[17]);
	tap_ok(raised[0] == 1 && gsis[17].mask == IRQ_MASK_EOI,
	       "a level interrupt raises the event and stays masked");
	tap_ok(!irq_guest_eoi(d, 17) && !gsis[17].mask, "the guest's acknowledgement opens it");
	tap_ok(!irq_guest_eoi(d, 17) && !gsis[17].mask, "a second acknowledgement does no harm");
	tap_ok(!irq_status(d, 17, &flags) && (flags & XENIRQSTAT_needs_eoi),
	       "its status says that it wants acknowledging");
	tap_ok(irq_status(d, IRQ_MAX_PIRQS, &flags) == -XEN_EINVAL,
	       "the status of a pirq out of range is refused");
}

static void test_sharing(void)
{
	struct domain *a = &domains[0], *b = &domains[1];

	map_gsi(b, 17, -1);
	tap_ok(irq_guest_bind(b->vcpus[0], 17, 9, false) == -XEN_EBUSY,
	       "a line in use is not given to one who won't share");
	tap_ok(!irq_guest_bind(b->vcpus[0], 17, 9, true), "two domains share a line");
	raised[0] = raised[1] = 0;
	interrupt(&gsis[17]);
	tap_ok(raised[0] == 1 && raised[1] == 1, "both are told of an interrupt");
	irq_guest_eoi(a, 17);
	tap_ok(gsis[17].mask == IRQ_MASK_EOI, "the line waits for the other one");
	irq_guest_unbind(b, 17, 9);
	tap_ok(!gsis[17].mask, "a domain that leaves counts as through");
	irq_guest_bind(b->vcpus[0], 17, 9, true);
	interrupt(&gsis[17]);
	irq_guest_eoi(a, 17);
	silent(&gsis[17]);
	tap_ok(!gsis[17].mask && !gsis[17].nr_waiting,
	       "a domain that stays silent doesn't hold up the other for ever");
	map_gsi(a, 4, -1);
	map_gsi(b, 4, -1);
	irq_guest_bind(a->vcpus[0], 4, 7, true);
	tap_ok(irq_guest_bind(b->vcpus[0], 4, 7, true) == -XEN_EBUSY,
	       "an edge-triggered line is not shared");
	interrupt(&gsis[4]);
	tap_ok(!gsis[4].mask, "an edge-triggered interrupt stays open");
}

static void test_messages(void)
{
	struct domain *d = &domains[2];
	struct msi_request rq = { .count = 4 };
	s32 pirq = -1;
	int reserved;
	unsigned int before;

	tap_ok(!irq_map_msi(d, &rq, &pirq) && pirq >= NR_GSIS && nr_messages == 4,
	       "a block of messages gets pirqs above the GSIs");
	tap_ok(irq_is_mapped(d, pirq + 3) && !irq_is_mapped(d, pirq + 4), "one pirq each");
	irq_guest_bind(d->vcpus[0], pirq + 1, 3, false);
	tap_ok(!irq_unmap(d, pirq + 2) && nr_messages == 0 && !irq_is_mapped(d, pirq),
	       "unmapping one takes the block, bound or not");
	tap_ok(irq_unmap(d, pirq) == -XEN_EINVAL, "it cannot be unmapped twice");
	reserved = irq_reserve_pirq(d, false);
	rq.count = 1;
	pirq = -1;
	tap_ok(!irq_map_msi(d, &rq, &pirq) && pirq != reserved,
	       "a reserved pirq is not given away");
	pirq = reserved;
	tap_ok(!irq_map_msi(d, &rq, &pirq) && pirq == reserved, "but to a mapping that names it");
	tap_ok(irq_guest_bind(d->vcpus[0], irq_reserve_pirq(d, true), 8, false) == -XEN_EINVAL,
	       "a mere reservation cannot be bound");
	before = nr_messages;
	fail_alloc = true;
	pirq = -1;
	tap_ok(irq_map_msi(d, &rq, &pirq) == -XEN_ENOMEM && nr_messages == before,
	       "without memory nothing is mapped or left over");
	fail_alloc = false;
	d->dying = DOMAIN_DYING;
	tap_ok(irq_map_msi(d, &rq, &pirq) == -XEN_ESRCH && nr_messages == before,
	       "a dying domain gets no interrupts");
	d->dying = DOMAIN_ALIVE;
}

/* An event channel outlives its pirq's mapping; closing it then must not touch the next owner. */
static void test_old_port(void)
{
	struct domain *d = &domains[2];

	map_gsi(d, 5, -1);
	irq_guest_bind(d->vcpus[0], 5, 11, false);
	irq_unmap(d, 5);
	map_gsi(d, 5, -1);
	tap_ok(!irq_guest_bind(d->vcpus[0], 5, 12, false), "a pirq mapped anew is bound anew");
	irq_guest_unbind(d, 5, 11);
	raised[2] = 0;
	interrupt(&gsis[5]);
	tap_ok(raised[2] == 1 && !gsis[5].mask, "closing the old port leaves the new one bound");
	irq_guest_unbind(d, 5, 12);
	tap_ok(gsis[5].mask == IRQ_MASK_UNUSED, "and closing the new one unbinds it");
	irq_unmap(d, 5);
}

/* Of every line: the count of those it waits for, and masked exactly when unused or waited for. */
static bool lines_hold(void)
{
	for (u32 i = 0; i < NR_GSIS; i++) {
		u32 want = (gsis[i].sharers ? 0 : IRQ_MASK_UNUSED) |
			   (gsis[i].nr_waiting ? IRQ_MASK_EOI : 0);

		if (gsis[i].mask != want || (!gsis[i].level && gsis[i].nr_waiting))
			return false;
	}
	return true;
}

static void test_random(void)
{
	bool good = true;

	srandom(tap_seed());
	for (int n = 0; good && n < 200000; n++) {
		struct domain *d = &domains[random() % NR_DOMAINS];
		u32 pirq = random() % (NR_GSIS + 8);
		struct msi_request rq = { .count = 1u << random() % 3 };
		s32 number = -1;

		switch (random() % 9) {
		case 0: irq_map_gsi(d, pirq, &number); break;
		case 1: if (nr_messages < 40) irq_map_msi(d, &rq, &number); break;
		case 2: case 3: irq_guest_bind(d->vcpus[0], pirq, 1 + pirq, random() % 4); break;
		case 4: irq_guest_unbind(d, pirq, 1 + pirq); break;
		case 5: irq_guest_eoi(d, pirq); break;
		case 6: if (pirq < NR_GSIS) interrupt(&gsis[pirq]); break;
		case 7: if (random() % 8 == 0) irq_unmap(d, pirq); break;
		default: if (random() % 64 == 0) irq_guest_eoi_all(d); break;
		}
		good = lines_hold();
	}
	tap_ok(good, "after any sequence a line is masked exactly while unused or waited for");
}

int main(void)
{
	bool all_unused = true;

	set_up();
	test_line();
	test_sharing();
	test_messages();
	test_old_port();
	test_random();
	for (u32 i = 0; i < NR_DOMAINS; i++) {
		irq_domain_release(&domains[i]);
		irq_domain_destroy(&domains[i]);
		free(domains[i].vcpus[0]);
		free(domains[i].vcpus);
	}
	for (u32 i = 0; i < NR_GSIS; i++)
		all_unused &= gsis[i].mask == IRQ_MASK_UNUSED && !gsis[i].sharers;
	tap_ok(all_unused && !nr_messages, "the end of a domain gives every interrupt back");
	tap_ok(nr_allocated == 0, "and all of its memory");
	return tap_done();
}
