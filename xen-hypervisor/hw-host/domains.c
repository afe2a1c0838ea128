/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains for host tests that do not link core/domain.c: a table by id, references counted, PV
 * parts allocated so that guest/pv's memory code works.  Nothing is scheduled.
 */
#include <stdlib.h>
#include <hw/host.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pv.h>

struct domain *dom0, *idle_domain, *dom_io, *dom_xen;
static struct domain *by_id[0x8000];
static spinlock_t table_lock = SPINLOCK_INIT;

struct domain *host_domain_create(domid_t id, bool privileged, u64 max_pages, unsigned int nr_vcpus)
{
	struct domain *d = calloc(1, sizeof(*d));

	d->id = id;
	d->privileged = d->is_hardware = privileged;
	d->refs = 1;
	d->max_pages = max_pages;
	d->max_vcpus = nr_vcpus;
	d->vcpus = calloc(nr_vcpus, sizeof(*d->vcpus));
	d->pv = calloc(1, sizeof(*d->pv));
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		struct vcpu *v = aligned_alloc(64, ROUND_UP(sizeof(*v), 64));

		memset(v, 0, sizeof(*v));
		v->pv = calloc(1, sizeof(*v->pv));
		v->domain = d;
		v->id = i;
		v->pv->desc_slot = id * 8 + i;
		d->vcpus[i] = v;
	}
	by_id[id] = d;
	return d;
}

void host_domain_free(struct domain *d)
{
	by_id[d->id] = NULL;
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		free(d->vcpus[i]->pv);
		free(d->vcpus[i]);
	}
	free(d->vcpus);
	free(d->pv);
	free(d);
}

struct domain *domain_get(domid_t id)
{
	struct domain *d;

	spin_lock(&table_lock);
	d = id < 0x8000 ? by_id[id] : NULL;
	if (d)
		domain_hold(d);
	spin_unlock(&table_lock);
	return d;
}

void domain_hold(struct domain *d) { __atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED); }

void domain_put(struct domain *d)
{
	if (__atomic_fetch_sub(&d->refs, 1, __ATOMIC_ACQ_REL) == 0)
		panic("domain %u: more references put than taken", d->id);
}

void domain_crash(struct domain *d, const char *why) { d->crash_reason = why; }
