/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a domain, and its restart, which is an end and a beginning.
 *
 * Relies on the backend, tree.c, record.c. Order matters for a kill at any point: the phase on disk
 * says first what is about to happen, and the record goes last, so that a returning xend always
 * finds either nothing to do or a record that tells what is left to do.
 */
#include <config.h>

#include "xend/life.h"
#include "xend/record.h"
#include "xend/tree.h"
#include "xend/xend.h"

#define GONE_POLL_MS	50
#define RENAME_TRIES	1000

/*
 * The hypervisor's number of the domain with this UUID: 1 and *ret, 0 when there is
 * none, -errno.
 */
static int find_in_hypervisor(struct xend *x, const struct domain *d, struct backend_domain *ret)
{
	struct backend_domain *list = NULL;
	char uuid[DOMAIN_UUID_LEN + 1];
	size_t count = 0;
	int rc;

	rc = x->backend->ops->list(x->backend, &list, &count);
	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc; i++) {
		uuid_format(list[i].handle, uuid);
		if (list[i].domid == 0 || !str_eq(uuid, d->uuid))
			continue;
		if (d->domid != DOMAIN_NONE && d->phase != PHASE_BUILDING &&
		    d->domid != (int)list[i].domid)
			continue;
		*ret = list[i];
		rc = 1;
	}
	free(list);
	return rc;
}

/* Until the hypervisor does not list it any more: its memory is free then. */
static int wait_gone(struct xend *x, const struct domain *d, int wait_ms, struct xend_error *err)
{
	int64_t until = x->now(x) + (wait_ms + 999) / 1000;
	struct backend_domain bd;
	int rc, waited = 0;

	while ((rc = find_in_hypervisor(x, d, &bd)) == 1) {
		if (waited >= wait_ms || x->now(x) > until)
			return xend_fail(
				err, ETIMEDOUT,
				"Domain '%s' (id %u) is dying, but %llu kB of its "
				"memory are still in use by others; it goes when they let go.",
				d->name, bd.domid, (unsigned long long)bd.memory_kb);
		x->sleep_ms(x, GONE_POLL_MS);
		waited += GONE_POLL_MS;
	}
	if (rc)
		return xend_fail(err, -rc, "The hypervisor's list of domains cannot be read: %s.",
				 strerror(-rc));
	return 0;
}

int domain_take_down(struct xend *x, struct domain *d, int wait_ms, struct xend_error *err)
{
	struct backend_domain bd;
	int rc, r, domid = d->domid;

	rc = find_in_hypervisor(x, d, &bd);
	if (rc < 0)
		return xend_fail(err, -rc, "The hypervisor's list of domains cannot be read: %s.",
				 strerror(-rc));
	if (rc == 1) {
		domid = bd.domid;
		r = x->backend->ops->destroy(x->backend, domid);
		if (r && r != -ESRCH)
			return xend_fail(err, -r, "Domain '%s' (id %d) cannot be destroyed: %s.",
					 d->name, domid, strerror(-r));
	}
	/*
	 * Devices before the wait: a back end that has pages of a dying domain mapped keeps them.
	 * Not before it is dying, else the guest could see its tree vanish and write
	 * into the void.
	 */
	r = devices_detach_all(x, d, domid, err);
	if (!r)
		r = tree_remove(x->backend, domid, d->uuid, err);
	if (domid > 0 && rc == 1)
		x->backend->ops->xs_release(x->backend, domid);
	rc = wait_gone(x, d, wait_ms, err);
	rc = rc ? rc : r;
	if (rc)
		return rc;
	xend_lock(x);
	d->domid = DOMAIN_NONE;
	d->present = false;
	xend_unlock(x);
	return 0;
}

int domain_destroy(struct xend *x, struct domain *d, int wait_ms, const char *reason,
		   struct xend_error *err)
{
	bool foreign = d->phase == PHASE_FOREIGN;	/* has no record */
	int rc = 0, domid = d->domid;

	if (!foreign) {
		domain_set_phase(x, d, PHASE_ENDING);
		rc = domain_save(x, d, err);
	}
	if (rc)	/* a full disk must not keep anybody from ending a domain */
		log_warn("destroy: %s", err ? err->text : d->name);
	rc = domain_take_down(x, d, wait_ms, err);
	if (!rc && !foreign)
		rc = record_remove(x->state_dir, d->uuid, err);
	if (rc)
		return rc;
	event_emit(x->events, x->now(x), "domain.destroyed", d->name, d->uuid, domid, reason);
	domain_remove(x, d);
	return 0;
}

int domain_restart(struct xend *x, struct domain *d, const char *reason,
		   const struct progress *progress, struct xend_error *err)
{
	int rc, old = d->domid;

	domain_set_phase(x, d, PHASE_RESTARTING);
	rc = domain_save(x, d, err);
	if (!rc)
		rc = domain_take_down(x, d, XEND_DESTROY_WAIT_MS, err);
	if (rc)
		return rc;
	d->restarts++;
	d->end_asked = false;
	d->start_paused = false;
	rc = domain_bring_up(x, d, progress, err);
	if (!rc) {
		event_emit(x->events, x->now(x), "domain.restarted", d->name, d->uuid, d->domid,
			   reason);
		return 0;
	}
	log_error("restart: domain '%s' (was id %d): %s", d->name, old, err->text);
	event_emit(x->events, x->now(x), "domain.restart-failed", d->name, d->uuid, old, err->text);
	domain_destroy(x, d, XEND_DESTROY_WAIT_MS, "restart failed", NULL);
	return rc;
}

/* NAME-1, NAME-2 ...: the first that is free. */
static int spare_name(struct xend *x, const char *name, char *buf, size_t size)
{
	int suffix;

	for (int i = 1; i < RENAME_TRIES; i++) {
		suffix = i < 10 ? 2 : i < 100 ? 3 : 4;
		snprintf(buf, size, "%.*s-%d", CONFIG_NAME_MAX - suffix, name, i);
		if (domain_name_free(x, buf))
			return 0;
	}
	return -EEXIST;
}

/* A second register entry, for the new domain, with a copy of the configuration. */
static struct domain *twin(const struct domain *d)
{
	struct config_report report = { 0 };
	struct domain *t = domain_new(d->name, d->uuid);
	json_t *json = domain_config_to_json(d->config);

	if (!t || !json || domain_config_from_json(json, &t->config, &report)) {
		domain_free(t);
		t = NULL;
	}
	json_decref(json);
	config_report_clear(&report);
	if (t) {
		t->restarts = d->restarts + 1;
		t->created_at = d->created_at;
		t->phase = PHASE_RESTARTING;
	}
	return t;
}

/*
 * The ended domain moves aside: a new record for it, a new handle, new nodes. The old UUID's record
 * says RESTARTING from the first step on, so a kill anywhere leads to a restart; in the worst case
 * the ended domain is not kept.
 */
static int move_aside(struct xend *x, struct domain *d, struct domain *t, struct xend_error *err)
{
	char uuid[DOMAIN_UUID_LEN + 1], name[CONFIG_NAME_MAX + 1], old[DOMAIN_UUID_LEN + 1];
	uint8_t handle[16];
	int rc;

	if (spare_name(x, d->name, name, sizeof(name)) || uuid_random(uuid))
		return xend_fail(err, EEXIST, "Domain '%s': no free name to keep it under.",
				 d->name);
	rc = record_save(x->state_dir, t, err);
	if (rc)
		return rc;
	memcpy(old, d->uuid, sizeof(old));
	uuid_parse(uuid, handle);
	xend_lock(x);
	memcpy(d->uuid, uuid, sizeof(uuid));
	memcpy(d->name, name, sizeof(name));
	d->phase = PHASE_PRESERVED;
	xend_unlock(x);
	rc = domain_save(x, d, err);
	if (!rc) {
		rc = x->backend->ops->set_handle(x->backend, d->domid, handle);
		if (rc)
			xend_fail(err, -rc, "Domain '%s': its UUID cannot be changed: %s.", d->name,
				  strerror(-rc));
	}
	if (!rc)
		rc = tree_move_vm(x->backend, d->domid, old, uuid, name, err);
	return rc;
}

int domain_rename_restart(struct xend *x, struct domain *d, const char *reason,
			  struct xend_error *err)
{
	struct domain *t = twin(d);
	int rc;

	if (!t)
		return xend_fail(err, ENOMEM, "Domain '%s': no memory to restart it.", d->name);
	/*
	 * The new domain is to have them. First, while the nodes are still those of d's UUID: after
	 * a kill the same is done again and finds nothing.
	 */
	rc = devices_detach_all(x, d, d->domid, err);
	if (!rc)
		rc = move_aside(x, d, t, err);
	if (rc) {
		domain_free(t);
		return rc;
	}
	event_emit(x->events, x->now(x), "domain.preserved", d->name, d->uuid, d->domid, reason);
	t->busy = "restart";
	t->refs = 1;
	rc = domain_adopt(x, t);
	if (rc) {
		domain_free(t);
		return xend_fail(err, -rc,
				 "Domain '%s' is kept, but there is no room for a new one.",
				 d->name);
	}
	rc = domain_restart(x, t, reason, NULL, err);
	domain_end(x, t);
	domain_put(x, t);
	return rc;
}
