/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels: ports, binding, closing, status.  Raising them is in core/event_send.c, the two
 * ways of storing them in core/event_2l.c and core/event_fifo.c.  Relies on the interrupt layer for
 * physical interrupts; the hypercall, the control calls and the dom0 builder rely on it.  Locks and
 * what makes lookups safe: event_impl.h.
 *
 * Invariant: a channel in state INTERDOMAIN has a peer in state INTERDOMAIN that points back.  Both
 * change together, under both table locks and both channel locks.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/irq.h>
#include <xen/log.h>
#include <xen/sched.h>

#include "event_impl.h"

/* --- locks --- */

static void lock_tables(struct evtchn_table *a, struct evtchn_table *b)
{
	if (a == b) {
		spin_lock(&a->lock);
		return;
	}
	spin_lock(a < b ? &a->lock : &b->lock);
	spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_tables(struct evtchn_table *a, struct evtchn_table *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

static unsigned long lock_pair(struct evtchn *a, struct evtchn *b)
{
	unsigned long flags = spin_lock_irqsave(a < b ? &a->lock : &b->lock);

	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
	return flags;
}

static void unlock_pair(struct evtchn *a, struct evtchn *b, unsigned long flags)
{
	if (a != b)
		spin_unlock(a < b ? &b->lock : &a->lock);
	spin_unlock_irqrestore(a < b ? &a->lock : &b->lock, flags);
}

/* --- ports --- */

static struct evtchn *new_bucket(u32 first_port)
{
	struct evtchn *bucket = mem_new_array(struct evtchn, BUCKET_CHANNELS);

	for (u32 i = 0; bucket && i < BUCKET_CHANNELS; i++)
		bucket[i].port = first_port + i;
	return bucket;
}

/* Makes the next BUCKET_CHANNELS ports valid; table locked. */
static int add_bucket(struct evtchn_table *t)
{
	u32 first = t->valid_ports;
	struct evtchn ***group = &t->groups[first >> (BUCKET_SHIFT + GROUP_SHIFT)], *bucket;

	if (!*group)
		*group = mem_new_array(struct evtchn *, GROUP_BUCKETS);
	if (!*group)
		return -XEN_ENOMEM;
	bucket = new_bucket(first);
	if (!bucket)
		return -XEN_ENOMEM;
	(*group)[(first >> BUCKET_SHIFT) & (GROUP_BUCKETS - 1)] = bucket;
	/* Release: who sees the port valid sees its channel. */
	__atomic_store_n(&t->valid_ports, first + BUCKET_CHANNELS, __ATOMIC_RELEASE);
	return 0;
}

/* A free port may still hang in a FIFO queue of its former life; then it is not to be had yet. */
static bool is_available(struct domain *d, const struct evtchn *chn)
{
	const struct event_layout *l = d->evtchn->layout;

	return chn->state == EVTCHN_FREE && !(l->is_busy && l->is_busy(d, chn));
}

/* Chooses a port and marks it reserved; table locked. */
static int get_port(struct domain *d, struct evtchn **ret_chn)
{
	struct evtchn_table *t = d->evtchn;
	u32 limit = min(t->layout_ports, t->max_port + 1);
	struct evtchn *chn;
	int rc;

	if (t->closing)
		return -XEN_ESRCH;
	for (u32 port = t->next_free; port < limit; port++) {
		if (port >= t->valid_ports) {
			rc = add_bucket(t);
			if (rc)
				return rc;
		}
		chn = evtchn_at(t, port);
		if (!is_available(d, chn))
			continue;
		/* Ports below that were skipped as busy are found again when they are closed next
		 * or the end is reached. */
		t->next_free = port + 1;
		t->active++;
		WRITE_ONCE(chn->state, EVTCHN_RESERVED);
		chn->notify_vcpu = 0;
		chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		*ret_chn = chn;
		return 0;
	}
	t->next_free = 1;
	return -XEN_ENOSPC;
}

static void put_port(struct evtchn_table *t, struct evtchn *chn)
{
	chn->state = EVTCHN_FREE;
	chn->remote = NULL;
	t->active--;
	t->next_free = min(t->next_free, chn->port);
}

/* A reserved channel gets its state and thereby becomes visible to senders; table locked. */
static void activate(struct domain *d, struct evtchn *chn, enum evtchn_state state)
{
	unsigned long flags;

	if (d->evtchn->layout->init_port)
		d->evtchn->layout->init_port(d, chn);
	flags = spin_lock_irqsave(&chn->lock);
	chn->state = state;
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* --- binding --- */

/* The domain a call speaks of: the caller's own, or any for the privileged one.  Referenced. */
static int get_subject(domid_t id, struct domain **ret_d)
{
	struct domain *d = domain_get_self_or(id);

	if (!d)
		return -XEN_ESRCH;
	if (d != current->domain && !current->domain->privileged) {
		domain_put(d);
		return -XEN_EPERM;
	}
	if (!d->evtchn) {
		domain_put(d);
		return -XEN_ESRCH;
	}
	*ret_d = d;
	return 0;
}

int evtchn_alloc_unbound_for(struct domain *d, domid_t remote, u32 *ret_port)
{
	struct evtchn *chn;
	int rc;

	spin_lock(&d->evtchn->lock);
	rc = get_port(d, &chn);
	if (!rc) {
		chn->remote_domid = remote;
		activate(d, chn, EVTCHN_UNBOUND);
		*ret_port = chn->port;
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int evtchn_op_alloc_unbound(struct evtchn_alloc_unbound *a)
{
	domid_t remote = a->remote_dom == DOMID_SELF ? current->domain->id : a->remote_dom;
	struct domain *d;
	int rc = get_subject(a->dom, &d);

	if (rc)
		return rc;
	rc = evtchn_alloc_unbound_for(d, remote, &a->port);
	domain_put(d);
	return rc;
}

/* Joins ld's reserved channel and rd's unbound one; tables locked. */
static void join(struct domain *ld, struct evtchn *lchn, struct domain *rd, struct evtchn *rchn)
{
	unsigned long flags;

	if (ld->evtchn->layout->init_port)
		ld->evtchn->layout->init_port(ld, lchn);
	flags = lock_pair(lchn, rchn);
	lchn->remote = rd;
	lchn->remote_port = rchn->port;
	lchn->state = EVTCHN_INTERDOMAIN;
	rchn->remote = ld;
	rchn->remote_port = lchn->port;
	rchn->state = EVTCHN_INTERDOMAIN;
	/* A send before the bind had nobody to tell: have the binder look. */
	evtchn_raise(ld, lchn);
	unlock_pair(lchn, rchn, flags);
}

static int bind_locked(struct domain *ld, struct domain *rd, u32 rport, u32 *ret_port)
{
	struct evtchn *rchn = evtchn_find(rd->evtchn, rport), *lchn;
	int rc;

	if (!rchn || rchn->state != EVTCHN_UNBOUND || rchn->remote_domid != ld->id)
		return -XEN_EINVAL;
	rc = get_port(ld, &lchn);
	if (rc)
		return rc;
	/* (A domain may bind to a port of its own: the new port is another one, the old one is in
	 * use.) */
	join(ld, lchn, rd, rchn);
	*ret_port = lchn->port;
	return 0;
}

int evtchn_op_bind_interdomain(struct evtchn_bind_interdomain *a)
{
	struct domain *ld = current->domain, *rd = domain_get_self_or(a->remote_dom);
	int rc;

	if (!rd)
		return -XEN_ESRCH;
	if (!rd->evtchn) {
		domain_put(rd);
		return -XEN_EINVAL;
	}
	lock_tables(ld->evtchn, rd->evtchn);
	rc = bind_locked(ld, rd, a->remote_port, &a->local_port);
	unlock_tables(ld->evtchn, rd->evtchn);
	domain_put(rd);
	return rc;
}

static int bind_virq_locked(struct domain *d, struct vcpu *v, u32 virq, u32 *ret_port)
{
	struct evtchn *chn;
	unsigned long flags;
	int rc;

	if (v->virq_to_evtchn[virq])
		return -XEN_EEXIST;
	rc = get_port(d, &chn);
	if (rc)
		return rc;
	chn->remote_port = virq;
	chn->notify_vcpu = v->id;
	activate(d, chn, EVTCHN_VIRQ);
	flags = spin_lock_irqsave(&v->virq_lock);
	v->virq_to_evtchn[virq] = chn->port;
	spin_unlock_irqrestore(&v->virq_lock, flags);
	*ret_port = chn->port;
	return 0;
}

int evtchn_op_bind_virq(struct evtchn_bind_virq *a)
{
	struct domain *d = current->domain;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	int rc;

	if (a->virq >= NR_VIRQS)
		return -XEN_EINVAL;
	if (!virq_is_per_vcpu(a->virq) && a->vcpu != 0)
		return -XEN_EINVAL;
	if (!v)
		return -XEN_ENOENT;
	spin_lock(&d->evtchn->lock);
	rc = bind_virq_locked(d, v, a->virq, &a->port);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int evtchn_op_bind_ipi(struct evtchn_bind_ipi *a)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	int rc;

	if (!domain_vcpu(d, a->vcpu))
		return -XEN_ENOENT;
	spin_lock(&d->evtchn->lock);
	rc = get_port(d, &chn);
	if (!rc) {
		chn->notify_vcpu = a->vcpu;
		activate(d, chn, EVTCHN_IPI);
		a->port = chn->port;
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

static int bind_pirq_locked(struct domain *d, struct evtchn_bind_pirq *a)
{
	struct evtchn *chn;
	int rc = get_port(d, &chn);

	if (rc)
		return rc;
	chn->remote_port = a->pirq;
	/* Active first: the interrupt may come as soon as it is bound. */
	activate(d, chn, EVTCHN_PIRQ);
	rc = irq_guest_bind(d->vcpus[0], a->pirq, chn->port, a->flags & BIND_PIRQ__WILL_SHARE);
	if (rc) {
		unsigned long flags = spin_lock_irqsave(&chn->lock);

		put_port(d->evtchn, chn);
		spin_unlock_irqrestore(&chn->lock, flags);
		return rc;
	}
	a->port = chn->port;
	return 0;
}

int evtchn_op_bind_pirq(struct evtchn_bind_pirq *a)
{
	struct domain *d = current->domain;
	int rc;

	if (a->flags & ~BIND_PIRQ__WILL_SHARE)
		return -XEN_EINVAL;
	if (!d->vcpus[0])
		return -XEN_ENOENT;
	spin_lock(&d->evtchn->lock);
	rc = bind_pirq_locked(d, a);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

/* --- closing --- */

static void unbind_virq(struct domain *d, const struct evtchn *chn)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		unsigned long flags = spin_lock_irqsave(&v->virq_lock);

		if (v->virq_to_evtchn[chn->remote_port] == chn->port)
			v->virq_to_evtchn[chn->remote_port] = 0;
		spin_unlock_irqrestore(&v->virq_lock, flags);
	}
}

/* Everything but pairs; table locked. */
static void close_single(struct domain *d, struct evtchn *chn)
{
	unsigned long flags;

	if (chn->state == EVTCHN_VIRQ)
		unbind_virq(d, chn);
	else if (chn->state == EVTCHN_PIRQ)
		irq_guest_unbind(d, chn->remote_port, chn->port);
	flags = spin_lock_irqsave(&chn->lock);
	d->evtchn->layout->clear_pending(d, chn);
	put_port(d->evtchn, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* The far end becomes unbound, for us to bind again; both tables locked. */
static void close_pair(struct domain *d, struct evtchn *chn)
{
	struct evtchn *peer = evtchn_at(chn->remote->evtchn, chn->remote_port);
	unsigned long flags = lock_pair(chn, peer);

	peer->state = EVTCHN_UNBOUND;
	peer->remote = NULL;
	peer->remote_domid = d->id;
	d->evtchn->layout->clear_pending(d, chn);
	put_port(d->evtchn, chn);
	unlock_pair(chn, peer, flags);
}

/* With our table locked: the domain at the far end of a pair, referenced, or NULL when it isn't
 * one. The far end's domain has not given up its own references while a channel of it is bound. */
static struct domain *hold_peer(const struct evtchn *chn)
{
	if (chn->state != EVTCHN_INTERDOMAIN)
		return NULL;
	domain_hold(chn->remote);
	return chn->remote;
}

static int close_port(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_find(d->evtchn, port);
	struct domain *peer;
	bool done = false;

	if (!chn)
		return -XEN_EINVAL;
	while (!done) {
		spin_lock(&d->evtchn->lock);
		if (chn->state == EVTCHN_FREE) {
			spin_unlock(&d->evtchn->lock);
			return -XEN_EINVAL;
		}
		peer = hold_peer(chn);
		if (!peer) {
			close_single(d, chn);
			spin_unlock(&d->evtchn->lock);
			return 0;
		}
		spin_unlock(&d->evtchn->lock);
		/* Both tables in their order; meanwhile the far end may have closed. */
		lock_tables(d->evtchn, peer->evtchn);
		done = chn->state == EVTCHN_INTERDOMAIN && chn->remote == peer;
		if (done)
			close_pair(d, chn);
		unlock_tables(d->evtchn, peer->evtchn);
		domain_put(peer);
	}
	return 0;
}

int evtchn_op_close(struct evtchn_close *a)
{
	return close_port(current->domain, a->port);
}

/* Closes all ports from t->sweep on; -XEN_ERESTART when there is more urgent work. */
static int close_all(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	/* Two vCPUs may reset at once: each goes on from its own copy of the position. */
	u32 port = max(READ_ONCE(t->sweep), 1u);

	while (evtchn_valid(t, port)) {
		if (READ_ONCE(evtchn_at(t, port)->state) != EVTCHN_FREE)
			close_port(d, port);
		if (++port % 64 == 0 && hypercall_preempt_check()) {
			WRITE_ONCE(t->sweep, port);
			return -XEN_ERESTART;
		}
	}
	WRITE_ONCE(t->sweep, 1);
	return 0;
}

int evtchn_destroy(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	int rc;

	spin_lock(&t->lock);
	if (!t->closing)
		t->sweep = 1;
	t->closing = true; /* no new ports from here on */
	spin_unlock(&t->lock);
	rc = close_all(d);
	if (rc)
		return rc;
	event_forget_handler(d);
	spin_lock(&t->lock);
	evtchn_fifo_destroy(d);
	spin_unlock(&t->lock);
	return 0;
}

/* --- questions and settings --- */

static void fill_status(const struct evtchn *chn, struct evtchn_status *a)
{
	a->vcpu = chn->notify_vcpu;
	switch (chn->state) {
	case EVTCHN_UNBOUND:
		a->status = EVTCHNSTAT_unbound;
		a->u.unbound.dom = chn->remote_domid;
		break;
	case EVTCHN_INTERDOMAIN:
		a->status = EVTCHNSTAT_interdomain;
		a->u.interdomain.dom = chn->remote->id;
		a->u.interdomain.port = chn->remote_port;
		break;
	case EVTCHN_PIRQ:
		a->status = EVTCHNSTAT_pirq;
		a->u.pirq = chn->remote_port;
		break;
	case EVTCHN_VIRQ:
		a->status = EVTCHNSTAT_virq;
		a->u.virq = chn->remote_port;
		break;
	case EVTCHN_IPI:
		a->status = EVTCHNSTAT_ipi;
		break;
	default:
		a->status = EVTCHNSTAT_closed;
	}
}

int evtchn_op_status(struct evtchn_status *a)
{
	struct evtchn *chn;
	struct domain *d;
	int rc = get_subject(a->dom, &d);

	if (rc)
		return rc;
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, a->port);
	if (chn)
		fill_status(chn, a);
	else
		rc = -XEN_EINVAL;
	spin_unlock(&d->evtchn->lock);
	domain_put(d);
	return rc;
}

static int set_vcpu(struct domain *d, struct evtchn *chn, struct vcpu *v)
{
	switch (chn->state) {
	case EVTCHN_VIRQ:
		if (virq_is_per_vcpu(chn->remote_port))
			return -XEN_EINVAL;
		break;
	case EVTCHN_PIRQ:
		irq_guest_set_affinity(d, chn->remote_port, chn->port, v);
		break;
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
		break;
	default:
		return -XEN_EINVAL;
	}
	WRITE_ONCE(chn->notify_vcpu, v->id);
	return 0;
}

int evtchn_op_bind_vcpu(struct evtchn_bind_vcpu *a)
{
	struct domain *d = current->domain;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	struct evtchn *chn;
	int rc = -XEN_EINVAL;

	if (!v)
		return -XEN_ENOENT;
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, a->port);
	if (chn)
		rc = set_vcpu(d, chn, v);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int evtchn_op_unmask(struct evtchn_unmask *a)
{
	struct domain *d = current->domain;
	struct evtchn *chn = evtchn_find(d->evtchn, a->port);
	unsigned long flags;

	if (!chn)
		return -XEN_EINVAL;
	/* A channel in use under its lock keeps the layout as it is. */
	flags = spin_lock_irqsave(&chn->lock);
	if (chn->state != EVTCHN_FREE)
		d->evtchn->layout->unmask(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

bool event_port_valid(struct domain *d, u32 port)
{
	return d->evtchn && evtchn_valid(d->evtchn, port);
}

bool event_port_pending(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_find(d->evtchn, port);
	unsigned long flags;
	bool pending;

	if (!chn)
		return false;
	flags = spin_lock_irqsave(&chn->lock);
	pending = chn->state != EVTCHN_FREE && d->evtchn->layout->is_pending(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return pending;
}

void event_vcpu_info_moved(struct vcpu *v)
{
	/* A sender that still used the old place set its pending bit before: look at everything
	 * once. */
	if (v->domain->evtchn && v->domain->evtchn->layout == &event_layout_2l)
		__atomic_store_n(&v->info->evtchn_pending_sel, ~0UL, __ATOMIC_SEQ_CST);
	vcpu_mark_events_pending(v);
}

/* --- the layouts --- */

static void use_2l(struct evtchn_table *t)
{
	t->layout = &event_layout_2l;
	t->layout_ports = EVTCHN_2L_NR_CHANNELS;
}

int evtchn_op_reset(struct evtchn_reset *a)
{
	struct domain *d;
	int rc = get_subject(a->dom, &d);

	if (rc)
		return rc;
	/* One at a time: the sweep's position is kept in the table between calls. */
	spin_lock(&d->evtchn->lock);
	if (d->evtchn->closing)
		rc = -XEN_ESRCH;
	spin_unlock(&d->evtchn->lock);
	if (!rc)
		rc = close_all(d);
	if (!rc) {
		spin_lock(&d->evtchn->lock);
		/* Ports bound meanwhile (by another vCPU of the domain) hold the layout; the caller
		 * tries again. */
		if (d->evtchn->active) {
			rc = -XEN_EAGAIN;
		} else {
			evtchn_fifo_destroy(d);
			use_2l(d->evtchn);
		}
		spin_unlock(&d->evtchn->lock);
	}
	domain_put(d);
	return rc;
}

int evtchn_op_init_control(struct evtchn_init_control *a)
{
	struct domain *d = current->domain;
	int rc;

	spin_lock(&d->evtchn->lock);
	rc = d->evtchn->closing ? -XEN_ESRCH : evtchn_fifo_init_control(d, a);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int evtchn_op_expand_array(struct evtchn_expand_array *a)
{
	struct domain *d = current->domain;
	int rc;

	spin_lock(&d->evtchn->lock);
	rc = d->evtchn->closing ? -XEN_ESRCH : evtchn_fifo_expand_array(d, a);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

int evtchn_op_set_priority(struct evtchn_set_priority *a)
{
	struct domain *d = current->domain;
	struct evtchn *chn;
	int rc = 0;

	if (a->priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -XEN_EINVAL;
	spin_lock(&d->evtchn->lock);
	chn = evtchn_find(d->evtchn, a->port);
	if (!chn || chn->state == EVTCHN_FREE)
		rc = -XEN_EINVAL;
	else if (d->evtchn->layout != &event_layout_fifo)
		rc = -XEN_ENOSYS;
	else
		WRITE_ONCE(chn->priority, a->priority);
	spin_unlock(&d->evtchn->lock);
	return rc;
}

/* --- life --- */

int evtchn_init(struct domain *d)
{
	struct evtchn_table *t = mem_new(struct evtchn_table);

	if (!t)
		return -XEN_ENOMEM;
	spin_init(&t->lock);
	t->max_port = min(d->max_evtchn_port, (u32)EVTCHN_FIFO_NR_CHANNELS - 1);
	t->next_free = t->sweep = 1; /* port 0 is never given: it means "none" */
	use_2l(t);
	d->evtchn = t;
	return add_bucket(t);
}

void evtchn_destroy_final(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;

	evtchn_fifo_destroy(d);
	for (u32 port = 0; port < t->valid_ports; port += BUCKET_CHANNELS)
		mem_free(t->groups[port >> (BUCKET_SHIFT + GROUP_SHIFT)]
				  [(port >> BUCKET_SHIFT) & (GROUP_BUCKETS - 1)]);
	for (u32 i = 0; i < NR_GROUPS; i++)
		mem_free(t->groups[i]);
	mem_free(t);
	d->evtchn = NULL;
}

/* --- debug key e --- */

static void dump_channel(struct domain *d, const struct evtchn *chn)
{
	static const char *const names[] = { "free", "reserved", "unbound", "interdomain",
					     "pirq", "virq",	 "ipi" };
	const struct event_layout *l = d->evtchn->layout;

	log_raw("  %5u %-11s v%u%s%s", chn->port, names[chn->state], chn->notify_vcpu,
		l->is_pending(d, chn) ? " pending" : "", l->is_masked(d, chn) ? " masked" : "");
	if (chn->state == EVTCHN_INTERDOMAIN)
		log_raw(" to d%u port %u\n", chn->remote->id, chn->remote_port);
	else if (chn->state == EVTCHN_UNBOUND)
		log_raw(" for d%u\n", chn->remote_domid);
	else
		log_raw(" number %u\n", chn->remote_port);
}

void event_dump(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;

	if (!t)
		return;
	spin_lock(&t->lock);
	log_raw("d%u: %u ports in use, %s\n", d->id, t->active,
		t->layout == &event_layout_2l ? "two-level" : "fifo");
	for (u32 port = 1; port < t->valid_ports; port++)
		if (evtchn_at(t, port)->state != EVTCHN_FREE)
			dump_channel(d, evtchn_at(t, port));
	spin_unlock(&t->lock);
}
