/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains: creation, finding, references, pausing.  How they end is in core/domain_end.c. Relies on
 * every subsystem that hangs state on a domain; the control calls and the dom0 builder rely on it.
 *
 * The table: domain pointers by id in blocks that are allocated on demand and never freed.  Lookups
 * read it without a lock where the caller knows that the domain stays (domain_find), and under
 * table_lock where a reference has to be won (domain_get).  A domain leaves the table when its last
 * reference has gone.
 */
#include <public/domctl.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/heap.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/rights.h>
#include <xen/sched.h>
#include <xen/time.h>

#define BLOCK_SHIFT 9
#define BLOCK_SIZE (1u << BLOCK_SHIFT)

#define DEFAULT_GRANT_FRAMES 64
#define DEFAULT_MAPTRACK_FRAMES 1024

struct domain *dom0, *idle_domain, *dom_io, *dom_xen;

static struct domain **blocks[(DOMID_IDLE >> BLOCK_SHIFT) + 1];
static rwlock_t table_lock = RWLOCK_INIT;
static domid_t last_id;		/* under table_lock: ids are reused as late as possible */

/* --- finding --- */

struct domain *domain_find(domid_t id)
{
	struct domain **block;

	if (id > DOMID_IDLE)
		return NULL;
	block = __atomic_load_n(&blocks[id >> BLOCK_SHIFT], __ATOMIC_ACQUIRE);
	return block ? __atomic_load_n(&block[id & (BLOCK_SIZE - 1)], __ATOMIC_ACQUIRE) : NULL;
}

/* A domain whose count reached 0 is on its way out and cannot be had any more. */
static bool hold_unless_gone(struct domain *d)
{
	u32 refs = __atomic_load_n(&d->refs, __ATOMIC_RELAXED);

	while (refs)
		if (__atomic_compare_exchange_n(&d->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

struct domain *domain_get(domid_t id)
{
	struct domain *d;

	if (id > DOMID_MAX)
		return NULL;
	read_lock(&table_lock);
	d = domain_find(id);
	if (d && !hold_unless_gone(d))
		d = NULL;
	read_unlock(&table_lock);
	return d;
}

struct domain *domain_get_self_or(domid_t id)
{
	struct domain *self = current->domain;

	if (id == DOMID_SELF || id == self->id) {
		domain_hold(self);
		return self;
	}
	return domain_get(id);
}

struct domain *domain_get_next(domid_t from)
{
	struct domain *d = NULL;

	read_lock(&table_lock);
	for (unsigned int id = from; id <= DOMID_MAX; id++) {
		if (!blocks[id >> BLOCK_SHIFT]) {
			id |= BLOCK_SIZE - 1;
			continue;
		}
		d = domain_find(id);
		if (d && hold_unless_gone(d))
			break;
		d = NULL;
	}
	read_unlock(&table_lock);
	return d;
}

void domain_hold(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
}

/* --- the table --- */

/* Under table_lock for writing. */
static int table_set(domid_t id, struct domain *d)
{
	struct domain ***slot = &blocks[id >> BLOCK_SHIFT];

	if (!*slot) {
		struct domain **block = mem_new_array(struct domain *, BLOCK_SIZE);

		if (!block)
			return -XEN_ENOMEM;
		__atomic_store_n(slot, block, __ATOMIC_RELEASE);
	}
	/* Release: who finds the domain sees it initialised. */
	__atomic_store_n(&(*slot)[id & (BLOCK_SIZE - 1)], d, __ATOMIC_RELEASE);
	return 0;
}

static int table_choose_id(domid_t *ret_id)
{
	unsigned int id = last_id;

	for (unsigned int tries = 0; tries < DOMID_MAX; tries++) {
		id = id < DOMID_MAX ? id + 1 : 1;
		if (!domain_find(id)) {
			*ret_id = last_id = id;
			return 0;
		}
	}
	return -XEN_ENOMEM;
}

/* Gives d its id and makes it findable. */
static int table_insert(struct domain *d, domid_t id)
{
	int rc = 0;

	write_lock(&table_lock);
	if (id == DOMID_INVALID)
		rc = table_choose_id(&id);
	else if (domain_find(id))
		rc = -XEN_EEXIST;
	d->id = id;
	if (!rc)
		rc = table_set(id, d);
	write_unlock(&table_lock);
	return rc;
}

static void table_remove(struct domain *d)
{
	write_lock(&table_lock);
	table_set(d->id, NULL);
	write_unlock(&table_lock);
}

/* --- creation --- */

static bool is_pseudo(domid_t id)
{
	return id == DOMID_IDLE || id == DOMID_IO || id == DOMID_XEN;
}

static void take_config(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	d->max_vcpus = cfg->max_vcpus;
	d->createflags = cfg->flags;
	d->ssidref = cfg->ssidref;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	d->max_evtchn_port = min(cfg->max_evtchn_port, (u32)EVTCHN_FIFO_NR_CHANNELS - 1);
	d->max_grant_frames =
		cfg->max_grant_frames < 0 ? DEFAULT_GRANT_FRAMES : cfg->max_grant_frames;
	d->max_maptrack_frames = cfg->max_maptrack_frames < 0 ? DEFAULT_MAPTRACK_FRAMES
							      : cfg->max_maptrack_frames;
}

static int check_config(domid_t id, const struct xen_domctl_createdomain *cfg)
{
	if (is_pseudo(id))
		return 0;
	if (!cfg || (id > DOMID_MAX && id != DOMID_INVALID))
		return -XEN_EINVAL;
	if (cfg->max_vcpus == 0 || cfg->max_vcpus > MAX_VCPUS)
		return -XEN_EINVAL;
	return 0;
}

static struct domain *alloc_domain(domid_t id, const struct xen_domctl_createdomain *cfg,
				   bool privileged)
{
	struct domain *d = mem_new(struct domain);

	if (!d)
		return NULL;
	d->privileged = d->is_hardware = privileged;
	d->refs = 1;
	d->shutdown_code = -1;
	spin_init(&d->lock);
	spin_init(&d->shutdown_lock);
	spin_init(&d->page_lock);
	if (cfg)
		take_config(d, cfg);
	else
		d->max_vcpus = id == DOMID_IDLE ? NR_CPUS : 0;
	d->vcpus = mem_new_array(struct vcpu *, max(d->max_vcpus, 1u));
	if (!d->vcpus) {
		mem_free(d);
		return NULL;
	}
	return d;
}

static void init_shared_info(struct domain *d)
{
	/* A vCPU begins with its events masked. */
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
	time_update_wallclock(d);
}

/* What only real domains have; undone by domain_free_parts() as far as it came. */
static int init_parts(struct domain *d)
{
	int rc;

	d->shared_info = page_alloc_shared(d);
	if (!d->shared_info)
		return -XEN_ENOMEM;
	init_shared_info(d);
	rc = evtchn_init(d);
	if (!rc)
		rc = grant_init(d, d->max_grant_frames, d->max_maptrack_frames);
	if (!rc)
		rc = irq_domain_init(d);
	if (!rc)
		rc = pv_domain_create(d);
	return rc;
}

/* Every destructor accepts what its constructor never made. */
static void domain_free_parts(struct domain *d)
{
	if (d->pv)
		pv_domain_destroy(d);
	if (d->irqs)
		irq_domain_destroy(d);
	if (d->grant)
		grant_destroy(d);
	if (d->evtchn)
		evtchn_destroy_final(d);
	if (d->shared_info)
		page_free_shared(d->shared_info);
	d->shared_info = NULL;
}

static void domain_free(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		vcpu_destroy(v);
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdogs); i++)
		if (d->watchdogs[i].timer.fn)
			timer_kill(&d->watchdogs[i].timer);
	domain_free_parts(d);
	sched_domain_destroy(d);
	rights_destroy(d);
	table_remove(d);
	/* Now it cannot be found any more: the tools forget it, too. */
	if (d->dying == DOMAIN_DEAD)
		event_send_global_virq(VIRQ_DOM_EXC);
	mem_free(d->vcpus);
	mem_free(d);
}

void domain_put(struct domain *d)
{
	/* Release: all our uses come before the freeing; acquire: the freer sees all others' uses
	 * done. */
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) == 0)
		domain_free(d);
}

int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg, bool privileged,
		  struct domain **ret_d)
{
	int rc = check_config(id, cfg);
	struct domain *d;

	if (rc)
		return rc;
	d = alloc_domain(id, cfg, privileged);
	if (!d)
		return -XEN_ENOMEM;
	/* The id comes first: pages that the parts need are owned by number.  Until the end the
	 * domain is held by nobody (refs 0), so that nobody else can have it. */
	d->refs = 0;
	rc = table_insert(d, id);
	if (rc) {
		mem_free(d->vcpus);
		mem_free(d);
		return rc;
	}
	rc = rights_init(d);
	if (!rc)
		rc = sched_domain_init(d);
	if (!rc && !is_pseudo(id)) {
		domain_watchdog_init(d);
		rc = init_parts(d);
		d->pause_count = 1;
		d->paused_by_controller = true;
	}
	if (rc) {
		domain_free(d);
		return rc;
	}
	/* Release: from here on others can take references, and see the domain whole. */
	__atomic_store_n(&d->refs, 2, __ATOMIC_RELEASE);
	*ret_d = d;
	return 0;
}

/* --- pausing --- */

static void wake_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		vcpu_wake(v);
}

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	/* Sequentially consistent: counted before any vCPU's lock is taken below, so that the
	 * scheduler either sees the count or is seen running the vCPU. */
	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	for_each_vcpu(d, v)
		vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
	if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
		wake_all(d);
}

void vcpu_pause(struct vcpu *v)
{
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (__atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
		vcpu_wake(v);
}

int domain_pause_by_controller(struct domain *d)
{
	bool was;

	spin_lock(&d->lock);
	was = d->paused_by_controller;
	d->paused_by_controller = true;
	spin_unlock(&d->lock);
	if (!was)
		domain_pause(d);
	return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
	bool was;

	spin_lock(&d->lock);
	was = d->paused_by_controller;
	d->paused_by_controller = false;
	if (was)
		d->creation_finished = true;
	spin_unlock(&d->lock);
	if (was)
		domain_unpause(d);
	return 0;
}
