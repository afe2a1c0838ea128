/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Life of domains as xenstore sees it; the contract is in domain.h.
 *
 * A domain that was released while it lives stays in the list without a ring until the hypervisor
 * says that it is dead: then its number is taken out of all permissions, before another domain
 * gets the same number.
 */
#include <config.h>

#include "xenstored/domain.h"
#include "xenstored/state.h"
#include "xenstored/watch.h"

struct domain *domain_find(struct store *s, uint16_t domid)
{
	struct domain *d = s->domains;

	while (d && d->domid != domid)
		d = d->next;
	return d;
}

struct domain *domain_find_port(struct store *s, uint32_t port)
{
	struct domain *d = s->domains;

	while (d && d->port != port)
		d = d->next;
	return d;
}

static struct domain *domain_new(struct store *s, uint16_t domid)
{
	struct domain *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->store = s;
	d->domid = domid;
	d->port = PORT_NONE;
	d->remote_port = PORT_NONE;
	conn_init(&d->conn, s, &ring_conn_ops, domid);
	d->conn.durable = true;
	d->next = s->domains;
	s->domains = d;
	return d;
}

struct domain *domain_restore(struct store *s, uint16_t domid)
{
	struct domain *d = domain_find(s, domid);

	return d ? d : domain_new(s, domid);
}

static void detach(struct store *s, struct domain *d)
{
	if (d->port != PORT_NONE)
		s->backend->ops->unbind(s->backend, d->port);
	if (d->page)
		s->backend->ops->unmap(s->backend, d->domid, d->page);
	d->port = PORT_NONE;
	d->page = NULL;
	ring_clear(d);
}

void domain_forget(struct store *s, struct domain *d)
{
	struct domain **pp = &s->domains;

	while (*pp != d)
		pp = &(*pp)->next;
	*pp = d->next;
	detach(s, d);
	conn_fini(s, &d->conn);
	strbuf_free(&d->in);
	strbuf_free(&d->out);
	free(d);
}

void domains_free(struct store *s)
{
	while (s->domains)
		domain_forget(s, s->domains);
}

static int map_page(struct store *s, struct domain *d)
{
	int rc = s->backend->ops->map(s->backend, d->domid, d->mfn, &d->page);

	if (rc < 0)
		log_error_errno(rc, "%s: its ring cannot be mapped (grant 1, frame %#llx)",
				d->conn.name, (unsigned long long)d->mfn);
	return rc;
}

static int bind_port(struct store *s, struct domain *d)
{
	int rc;

	if (d->port != PORT_NONE)
		s->backend->ops->unbind(s->backend, d->port);
	d->port = PORT_NONE;
	rc = s->backend->ops->bind(s->backend, d->domid, d->remote_port, &d->port);
	if (rc < 0)
		log_error_errno(rc, "%s: its event channel port %u cannot be bound", d->conn.name,
				d->remote_port);
	return rc;
}

static int connect_ring(struct store *s, struct domain *d, uint64_t mfn, uint32_t port)
{
	int rc;

	d->mfn = mfn;
	d->remote_port = port;
	rc = map_page(s, d);
	if (!rc)
		rc = bind_port(s, d);
	if (rc < 0) {
		detach(s, d);
		return -EINVAL;		/* of the errors the protocol knows */
	}
	d->introduced = true;
	d->shut_down = false;
	ring_attach(s, d, false);
	return 0;
}

/* Known already: a guest that was resumed has a new port, one that boots anew a new page. */
static int introduce_again(struct store *s, struct domain *d, uint64_t mfn, uint32_t port)
{
	int rc;

	if (mfn != d->mfn || !d->page) {
		detach(s, d);
		conn_reset(s, &d->conn);
		return connect_ring(s, d, mfn, port);
	}
	d->remote_port = port;
	rc = bind_port(s, d);
	state_domain(s, d);
	d->dirty = d->consumed = true;
	return rc < 0 ? -EINVAL : 0;
}

int domain_introduce(struct store *s, uint16_t domid, uint64_t mfn, uint32_t port)
{
	struct domain *d = domain_find(s, domid);
	bool is_new = !d;
	int rc;

	if (domid == 0 || domid >= DOMID_LIMIT)
		return -EINVAL;
	if (!s->backend)
		return -ENOSYS;
	if (d && d->introduced)
		return introduce_again(s, d, mfn, port);
	if (is_new)
		d = domain_new(s, domid);
	if (!d)
		return -ENOMEM;
	rc = connect_ring(s, d, mfn, port);
	if (rc < 0) {
		if (is_new)
			domain_forget(s, d);
		return rc;
	}
	log_info("%s: introduced", d->conn.name);
	watch_fire_special(s, 0);
	return 0;
}

int domain_introduce_local(struct store *s, struct xenstore_domain_interface *page,
			   uint32_t remote_port)
{
	struct domain *d = domain_find(s, 0);
	bool known = d && d->introduced;
	int rc;

	if (!d)
		d = domain_new(s, 0);
	if (!d)
		return -ENOMEM;
	d->remote_port = remote_port;
	d->page = page;
	rc = bind_port(s, d);
	if (rc < 0)
		return rc;
	d->introduced = true;
	ring_attach(s, d, known);
	return 0;
}

/* The domain is dead: nobody may inherit its rights. */
static void bury(struct store *s, struct domain *d)
{
	uint16_t domid = d->domid;
	int rc;

	conn_reset(s, &d->conn);
	state_domain_del(s, domid);
	domain_forget(s, d);
	rc = store_purge_domain(s, domid);
	if (rc < 0)
		log_error_errno(rc, "d%u: its permissions could not all be removed", domid);
	for (struct domain *o = s->domains; o; o = o->next) {
		if (o->conn.who.target == domid) {
			o->conn.who.target = -1;
			state_domain(s, o);
		}
	}
}

static bool is_alive(struct store *s, uint16_t domid)
{
	int state = s->backend->ops->state(s->backend, domid);

	return state == DOMAIN_ALIVE || state == DOMAIN_SHUT_DOWN;
}

int domain_release(struct store *s, uint16_t domid)
{
	struct domain *d = domain_find(s, domid);

	if (domid == 0)
		return -EINVAL;
	if (!d || !d->introduced)
		return -ENOENT;
	log_info("%s: released", d->conn.name);
	if (is_alive(s, domid)) {
		detach(s, d);
		conn_reset(s, &d->conn);
		d->introduced = false;
		state_domain(s, d);
		state_ring(s, d);
	} else {
		bury(s, d);
	}
	watch_fire_special(s, 1);
	return 0;
}

int domain_resume(struct store *s, uint16_t domid)
{
	struct domain *d = domain_find(s, domid);

	if (!d || !d->introduced)
		return -ENOENT;
	d->shut_down = false;
	state_domain(s, d);
	return 0;
}

int domain_set_target(struct store *s, uint16_t domid, uint16_t target)
{
	struct domain *d = domain_find(s, domid);

	if (!d || !d->introduced || !domain_find(s, target))
		return -ENOENT;
	d->conn.who.target = target;
	state_domain(s, d);
	return 0;
}

/* One look at one domain. True when watchers of @releaseDomain have something to see. */
static bool check_one(struct store *s, struct domain *d)
{
	int state = s->backend->ops->state(s->backend, d->domid);

	if (state == DOMAIN_DEAD) {
		log_info("%s: is dead", d->conn.name);
		bury(s, d);
		return true;
	}
	if (state == DOMAIN_SHUT_DOWN && !d->shut_down) {
		log_info("%s: has shut down", d->conn.name);
		d->shut_down = true;
		state_domain(s, d);
		return true;
	}
	return false;
}

void domains_check(struct store *s)
{
	struct domain *d, *next;
	bool fire = false;

	for (d = s->domains; d; d = next) {
		next = d->next;
		if (d->domid)
			fire |= check_one(s, d);
	}
	if (fire)
		watch_fire_special(s, 1);
}

static void reattach(struct store *s, struct domain *d)
{
	if (map_page(s, d) < 0)
		return;		/* it is dying: domains_check() says the rest */
	bind_port(s, d);	/* without it nobody wakes us, but what is there is answered */
	ring_attach(s, d, true);
	ring_event(s, d);	/* one batch; the event loop does the rest */
	store_flush(s);
}

void domains_reattach(struct store *s)
{
	for (struct domain *d = s->domains; d; d = d->next) {
		if (d->domid && d->introduced)
			reattach(s, d);
	}
	domains_check(s);
}

void domains_publish(struct store *s)
{
	for (struct domain *d = s->domains; d; d = d->next) {
		if (d->dirty)
			ring_publish(s, d);
	}
}
