/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joining the register with what the hypervisor says: which domains are there, in what state, and
 * which of them nobody told xend about.
 *
 * Relies on domain.c. Known domains are recognised by their handle (the UUID), foreign ones by
 * number and handle, because other tools may leave the handle zero. Invariant: a list that is older
 * than the last removal from the register is never merged, else a domain just destroyed would come
 * back as a foreign one.
 */
#include <config.h>

#include "xend/xend.h"

#define REFRESH_TRIES	16

struct sighting {
	char uuid[DOMAIN_UUID_LEN + 1];
	char *name;		/* from xenstore, only for foreign domains new to us */
	bool unknown;
};

static struct domain *match(struct xend *x, const struct backend_domain *bd, const char *uuid)
{
	for (struct domain *d = x->domains; d; d = d->next) {
		if (!str_eq(d->uuid, uuid))
			continue;
		if (d->phase != PHASE_FOREIGN) {
			/*
			 * Two may share a handle while another tool plays; ours is the
			 * one with our number.
			 */
			if (d->domid == DOMAIN_NONE || d->domid == (int)bd->domid)
				return d;
		} else if (d->domid == (int)bd->domid) {
			return d;
		}
	}
	return NULL;
}

static char *foreign_name(struct xend *x, uint32_t domid)
{
	char path[64], *name = NULL;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	if (x->backend->ops->xs_read(x->backend, BACKEND_NO_TX, path, &name) == 0 && name[0])
		return name;
	free(name);
	if (domid == 0)
		return strdup("Domain-0");
	if (asprintf(&name, "unknown-%u", domid) < 0)
		return NULL;
	return name;
}

static void add_foreign(struct xend *x, const struct backend_domain *bd, const struct sighting *s)
{
	struct domain *d;

	if (x->nr_domains >= XEND_DOMAINS_MAX || !s->name)
		return;
	d = domain_new(s->name, s->uuid);
	if (!d)
		return;
	d->phase = PHASE_FOREIGN;
	d->domid = bd->domid;
	d->present = true;
	d->info = *bd;
	d->next = x->domains;
	x->domains = d;
	x->nr_domains++;
	d->listed = true;
	d->refs = 1;
}

/* With the lock held. */
static void merge(struct xend *x, const struct backend_domain *list, const struct sighting *seen,
		  size_t count)
{
	struct domain *d, *next;

	for (d = x->domains; d; d = d->next)
		d->present = false;
	for (size_t i = 0; i < count; i++) {
		d = match(x, &list[i], seen[i].uuid);
		if (!d) {
			add_foreign(x, &list[i], &seen[i]);
			continue;
		}
		d->present = true;
		d->info = list[i];
	}
	for (d = x->domains; d; d = next) {
		next = d->next;
		if (d->phase == PHASE_FOREIGN && !d->present && !d->busy)
			domain_unlink_locked(x, d);
	}
}

static int refresh_once(struct xend *x)
{
	struct backend_domain *list = NULL;
	struct sighting *seen;
	uint64_t removed;
	size_t count = 0;
	int rc;

	xend_lock(x);
	removed = x->nr_removed;
	xend_unlock(x);
	rc = x->backend->ops->list(x->backend, &list, &count);
	if (rc)
		return rc;
	seen = calloc(count + 1, sizeof(*seen));
	if (!seen) {
		free(list);
		return -ENOMEM;
	}
	xend_lock(x);
	for (size_t i = 0; i < count; i++) {
		uuid_format(list[i].handle, seen[i].uuid);
		seen[i].unknown = !match(x, &list[i], seen[i].uuid);
	}
	xend_unlock(x);
	for (size_t i = 0; i < count; i++)
		if (seen[i].unknown)
			seen[i].name = foreign_name(x, list[i].domid);
	xend_lock(x);
	rc = removed == x->nr_removed ? 0 : -EAGAIN;
	if (!rc)
		merge(x, list, seen, count);
	xend_unlock(x);
	for (size_t i = 0; i < count; i++)
		free(seen[i].name);
	free(seen);
	free(list);
	return rc;
}

int domains_refresh(struct xend *x, struct xend_error *err)
{
	int rc = -EAGAIN;

	for (int i = 0; i < REFRESH_TRIES && rc == -EAGAIN; i++)
		rc = refresh_once(x);
	if (rc == -EAGAIN)
		return 0;	/* domains come and go without pause; the last view will do */
	if (rc)
		return xend_fail(err, -rc, "The hypervisor's list of domains cannot be read: %s.",
				 strerror(-rc));
	return 0;
}
