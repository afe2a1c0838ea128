/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which guests there are. xenstore says which domains have a console and where its ring is; the
 * hypervisor says which of them exist. Whenever either may have changed, everything is looked at
 * again: with that, no event can be missed for good.
 *
 * Relies on libxenstore, libxen, guest.c. Nodes read, below /local/domain/<id>: name, console/type
 * ("xenconsoled" or none), console/ring-ref, console/port. Nodes written: console/tty, and
 * console/tcp-port while that port is listened on.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenconsoled/consoled.h"

#define RETRY_SECONDS     1
#define RECONNECT_MS      100
#define DOMAINS_PATH      "/local/domain"

static int node_path(char *path, size_t room, uint32_t domid, const char *node)
{
	int n = snprintf(path, room, DOMAINS_PATH "/%u/%s", domid, node);

	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : 0;
}

/* A string node into @out; what is not there gives an empty string. */
static void read_text(struct consoled *d, uint32_t domid, const char *node, char *out, size_t room)
{
	char path[128], *value = NULL;

	out[0] = '\0';
	if (!node_path(path, sizeof(path), domid, node) &&
	    !xenstore_read(d->store, XENSTORE_NO_TX, path, &value, NULL))
		snprintf(out, room, "%s", value);
	free(value);
}

static int read_number(struct consoled *d, uint32_t domid, const char *node, uint64_t *ret_value)
{
	char path[128];
	int rc = node_path(path, sizeof(path), domid, node);

	return rc ? rc : xenstore_read_u64(d->store, XENSTORE_NO_TX, path, ret_value);
}

static struct guest *guest_find(struct consoled *d, uint32_t domid)
{
	struct guest *g;

	LIST_FOREACH(g, &d->guests, link)
		if (g->domid == domid)
			return g;
	return NULL;
}

static bool has_our_console(struct consoled *d, uint32_t domid, uint64_t *ret_ring,
			    uint64_t *ret_port)
{
	char type[32];

	read_text(d, domid, "console/type", type, sizeof(type));
	if (type[0] && strcmp(type, "xenconsoled"))
		return false;
	return !read_number(d, domid, "console/ring-ref", ret_ring) &&
	       !read_number(d, domid, "console/port", ret_port) && *ret_port &&
	       *ret_port <= UINT32_MAX;
}

/* Its nodes are watched one by one: xend may write them before or after introducing the domain. */
static void watch_console(struct consoled *d, uint32_t domid)
{
	char path[128];
	int rc;

	if (node_path(path, sizeof(path), domid, "console"))
		return;
	rc = xenstore_watch(d->store, path, "console");
	if (rc && rc != -EEXIST)
		log_warn_errno(rc, "%s: cannot be watched", path);
}

static void unwatch_console(struct consoled *d, uint32_t domid)
{
	char path[128];

	if (!node_path(path, sizeof(path), domid, "console"))
		xenstore_unwatch(d->store, path, "console");
}

static void look_at_domain(struct consoled *d, uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;
	struct guest *g = guest_find(d, domid);
	uint64_t ring_ref, port;
	char name[128];

	if (libxen_domain_info(d->x, domid, &info) || (info.flags & XEN_DOMINF_dying))
		return;
	if (g && memcmp(g->handle, info.handle, sizeof(g->handle))) {
		guest_destroy(g);
		g = NULL;
	}
	watch_console(d, domid);
	if (!has_our_console(d, domid, &ring_ref, &port)) {
		/*
		 * Without nodes a connected console stays: a guest's life does not hang on
		 * xenstore.
		 */
		if (g)
			g->seen = true;
		return;
	}
	if (!g) {
		read_text(d, domid, "name", name, sizeof(name));
		if (!name[0])
			snprintf(name, sizeof(name), "%u", domid);
		if (guest_create(d, domid, name, info.handle, &g))
			return;
	}
	g->seen = true;
	guest_connect(g, ring_ref, (evtchn_port_t)port);
}

static void drop_unseen(struct consoled *d)
{
	struct guest *g, *next;

	for (g = LIST_FIRST(&d->guests); g; g = next) {
		next = LIST_NEXT(g, link);
		if (g->seen)
			continue;
		log_info("domain %u (%s): console closed", g->domid, g->name);
		unwatch_console(d, g->domid);
		guest_destroy(g);
	}
}

static void scan(struct consoled *d)
{
	struct guest *g;
	uint64_t domid;
	char **names;
	size_t nr, i;
	int rc;

	rc = xenstore_directory(d->store, XENSTORE_NO_TX, DOMAINS_PATH, &names, &nr);
	/* No such directory is a fresh store; anything else tells nothing about the domains. */
	if (rc && rc != -ENOENT)
		return;
	LIST_FOREACH(g, &d->guests, link)
		g->seen = false;
	for (i = 0; !rc && i < nr; i++)
		if (!str_to_u64(names[i], DOMID_FIRST_RESERVED - 1, &domid) && domid)
			look_at_domain(d, (uint32_t)domid);
	if (!rc)
		free(names);
	/* A domain missing from a store that lost its contents is still a domain. */
	LIST_FOREACH(g, &d->guests, link) {
		struct xen_domctl_getdomaininfo info;

		if (!g->seen && !libxen_domain_info(d->x, g->domid, &info) &&
		    !(info.flags & XEN_DOMINF_dying) &&
		    !memcmp(g->handle, info.handle, sizeof(g->handle)))
			g->seen = true;
	}
	drop_unseen(d);
}

static void retry_later(struct consoled *d)
{
	struct timeval later = { .tv_sec = RETRY_SECONDS };

	event_del(d->store_event);
	evtimer_add(d->store_retry, &later);
}

static int watch_event_add(struct consoled *d);

static void on_retry(evutil_socket_t fd, short what, void *context)
{
	struct consoled *d = context;

	(void)fd;
	(void)what;
	if (xenstore_reconnect(d->store, RECONNECT_MS) || watch_event_add(d)) {
		retry_later(d);
		return;
	}
	log_info("xenstore is back");
	scan(d);
}

static void on_store(evutil_socket_t fd, short what, void *context)
{
	struct consoled *d = context;
	struct xenstore_event event;
	bool changed = false;
	int rc;

	(void)fd;
	(void)what;
	while ((rc = xenstore_next_watch(d->store, &event)) > 0) {
		changed = true;
		xenstore_event_free(&event);
	}
	if (rc < 0) {
		log_warn_errno(rc,
			       "xenstore does not answer; consoles go on, new guests have to wait");
		retry_later(d);
		return;
	}
	if (changed)
		scan(d);
}

/* The descriptor is asked for anew because a reconnection may have changed it. */
static int watch_event_add(struct consoled *d)
{
	if (d->store_event)
		event_free(d->store_event);
	d->store_event =
		event_new(d->base, xenstore_fd(d->store), EV_READ | EV_PERSIST, on_store, d);
	if (!d->store_event || event_add(d->store_event, NULL))
		return -ENOMEM;
	return 0;
}

int domains_start(struct consoled *d)
{
	int rc = xenstore_open(NULL, &d->store);

	if (rc)
		return rc;
	d->store_retry = evtimer_new(d->base, on_retry, d);
	if (!d->store_retry)
		return -ENOMEM;
	rc = watch_event_add(d);
	if (!rc)
		rc = xenstore_watch(d->store, "@introduceDomain", "domains");
	if (!rc)
		rc = xenstore_watch(d->store, "@releaseDomain", "domains");
	if (rc)
		return rc;
	d->starting = true;
	scan(d);
	d->starting = false;
	return 0;
}

void domains_stop(struct consoled *d)
{
	while (!LIST_EMPTY(&d->guests))
		guest_destroy(LIST_FIRST(&d->guests));
	if (d->store_event)
		event_free(d->store_event);
	if (d->store_retry)
		event_free(d->store_retry);
	if (d->store)
		xenstore_close(d->store);
	d->store = NULL;
}
