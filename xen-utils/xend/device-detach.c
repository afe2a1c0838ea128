/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device goes: asked of a guest that runs, cut off from one that does not, and finished by the
 * reaper where either took longer; see device.h for the steps.
 *
 * Relies on the states of io/xenbus.h: "online" 0 and the back end's state Closing ask the guest's
 * driver to close; a front end that is Closed makes domain 0's back end let go of the device, which
 * it tells by its own state Closed. For a guest that is gone, or is cut off, xend writes the front
 * end's Closed itself.
 */
#include <config.h>

#include "xend/device.h"
#include "xend/life.h"
#include "xend/xend.h"

#define PATH_MAX_HERE	256
#define OFFLINE_TRIES	3
#define POLL_MS		20

static int set(struct backend *b, const char *top, const char *node, const char *value)
{
	char path[PATH_MAX_HERE];

	snprintf(path, sizeof(path), "%s/%s", top, node);
	return b->ops->xs_write(b, BACKEND_NO_TX, path, value);
}

static int set_state(struct backend *b, const char *top, enum device_state state)
{
	char text[4];

	snprintf(text, sizeof(text), "%d", state);
	return set(b, top, "state", text);
}

/*
 * Are the back end's nodes there, and of this very domain? Numbers of domains are used again after
 * the machine was started anew. 1, 0, or -errno.
 */
static int is_ours(struct xend *x, const struct domain *d, const struct device *dev, int domid)
{
	char top[PATH_MAX_HERE / 2], path[PATH_MAX_HERE];
	AUTO_FREE char *vm = NULL;
	int rc;

	if (domid <= 0)
		return 0;
	device_back_path(dev, domid, top, sizeof(top));
	snprintf(path, sizeof(path), "%s/vm", top);
	rc = x->backend->ops->xs_read(x->backend, BACKEND_NO_TX, path, &vm);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	return str_has_prefix(vm, "/vm/") && str_eq(vm + 4, d->uuid);
}

/* Has the back end let go? A back end that never took the device up (Initialising) has nothing. */
static bool is_closed(struct xend *x, const struct device *dev, int domid)
{
	unsigned int state = device_back_state(x->backend, dev, domid);

	return state == DEVICE_STATE_CLOSED || state <= DEVICE_STATE_INITIALISING;
}

static bool await_closed(struct xend *x, const struct device *dev, int domid, int wait_ms)
{
	while (!is_closed(x, dev, domid)) {
		if (wait_ms <= 0)
			return false;
		x->sleep_ms(x, POLL_MS);
		wait_ms -= POLL_MS;
	}
	return true;
}

static int ask_guest(struct xend *x, const struct device *dev, int domid)
{
	char back[PATH_MAX_HERE / 2];
	int rc;

	device_back_path(dev, domid, back, sizeof(back));
	rc = set(x->backend, back, "online", "0");
	return rc ? rc : set_state(x->backend, back, DEVICE_STATE_CLOSING);
}

/* The front end is as good as closed, whatever the guest says. */
static int cut_off(struct xend *x, const struct device *dev, int domid)
{
	char front[PATH_MAX_HERE / 2], back[PATH_MAX_HERE / 2];
	int rc;

	device_front_path(dev, domid, front, sizeof(front));
	device_back_path(dev, domid, back, sizeof(back));
	rc = set(x->backend, back, "online", "0");
	return rc ? rc : set_state(x->backend, front, DEVICE_STATE_CLOSED);
}

/*
 * The script's second half, while its nodes are still there. A storage that is let go a moment
 * later than the back end says is a reason to try again, not to leave it behind.
 */
static void run_offline(struct xend *x, const struct domain *d, const struct device *dev,
			int domid)
{
	struct xend_error err = { 0 };

	if (dev->backend)
		return;
	for (int i = 0; i < OFFLINE_TRIES; i++) {
		if (!device_script(x, d, dev, domid, dev->class->offline, &err))
			return;
		log_warn("device: %s", err.text);
		x->sleep_ms(x, 200 << i);
	}
	log_error("device: something of it may be left; see what the script %s undoes",
		  dev->class->name);
}

static int remove_nodes(struct xend *x, const struct device *dev, int domid)
{
	char path[PATH_MAX_HERE];
	int rc, r;

	device_front_path(dev, domid, path, sizeof(path));
	rc = x->backend->ops->xs_rm(x->backend, BACKEND_NO_TX, path);
	device_back_path(dev, domid, path, sizeof(path));
	r = x->backend->ops->xs_rm(x->backend, BACKEND_NO_TX, path);
	return rc ? rc : r;
}

/* After the back end has let go, or was given up waiting for. */
static int finish(struct xend *x, const struct domain *d, const struct device *dev, int domid,
		  struct xend_error *err)
{
	int rc;

	run_offline(x, d, dev, domid);
	rc = remove_nodes(x, dev, domid);
	if (rc)
		return xend_fail(err, -rc,
				 "The nodes of a %s of domain '%s' cannot be removed from "
				 "xenstore: %s.",
				 dev->class->what, d->name, strerror(-rc));
	return 0;
}

static int fail_store(const struct domain *d, const struct device *dev, int rc,
		      struct xend_error *err)
{
	return xend_fail(err, -rc, "Xenstore does not answer for a %s of domain '%s': %s.",
			 dev->class->what, d->name, strerror(-rc));
}

/* ---- one device of a domain that runs ---- */

/*
 * The guest's driver, when it has the device at all, is asked, once: 1 it is closed or nobody there
 * uses it, 0 the guest holds on, -errno.
 */
static int close_by_guest(struct xend *x, const struct device *dev, int domid, int wait_ms)
{
	unsigned int front = device_front_state(x->backend, dev, domid);
	int rc = 0;

	if (front <= DEVICE_STATE_INITIALISING)
		return 1;
	if (device_back_state(x->backend, dev, domid) < DEVICE_STATE_CLOSING)
		rc = ask_guest(x, dev, domid);
	return rc ? rc : await_closed(x, dev, domid, wait_ms);
}

static int detached(struct xend *x, struct domain *d, struct device *dev, struct xend_error *err)
{
	device_unlink(x, d, dev);
	return domain_save(x, d, err);
}

/* Without the guest's consent. */
static int detach_forced(struct xend *x, struct domain *d, struct device *dev,
			 struct xend_error *err)
{
	int rc = is_ours(x, d, dev, d->domid);

	if (rc == 1) {
		rc = cut_off(x, dev, d->domid);
		if (!rc && !await_closed(x, dev, d->domid, DEVICE_STATE_MS))
			log_warn("device: domain '%s': the back end of %s %u does not let go",
				 d->name, dev->class->name, dev->devid);
		if (!rc)
			rc = finish(x, d, dev, d->domid, err);
		else
			rc = fail_store(d, dev, rc, err);
	} else if (rc < 0) {
		rc = fail_store(d, dev, rc, err);
	}
	return rc ? rc : detached(x, d, dev, err);
}

int device_detach(struct xend *x, struct domain *d, struct device *dev, bool force,
		  struct xend_error *err)
{
	char label[DEVICE_NAME_SIZE];
	int rc;

	device_set_phase(x, dev, DEVICE_DETACHING);
	device_config_remove(x, d, dev);
	rc = domain_save(x, d, err);
	if (rc && !force)
		return rc;
	rc = is_ours(x, d, dev, d->domid);
	if (rc < 0)
		return fail_store(d, dev, rc, err);
	if (rc && !force) {
		rc = close_by_guest(x, dev, d->domid, DEVICE_STATE_MS);
		if (rc < 0)
			return fail_store(d, dev, rc, err);
		dev->class->label(d, dev, label);
		if (!rc)
			return xend_fail(err, EBUSY,
					 "Domain '%s' still uses its %s %s; it goes as soon as the "
					 "guest lets go of it, or at once with 'force'.",
					 d->name, dev->class->what, label);
	}
	return detach_forced(x, d, dev, err);
}

/* ---- a domain that is gone ---- */

int devices_detach_all(struct xend *x, struct domain *d, int domid, struct xend_error *err)
{
	struct device **list;
	int rc = 0, wait_ms = DEVICE_STATE_MS, r;
	size_t count;
	bool *ours;

	if (devices_snapshot(x, d, &list, &count))
		return xend_fail(err, ENOMEM, "Domain '%s': no memory.", d->name);
	ours = calloc(count + 1, sizeof(*ours));
	if (!ours)
		rc = xend_fail(err, ENOMEM, "Domain '%s': no memory.", d->name);
	/* All at once; then the longest of them is waited for, not their sum. */
	for (size_t i = 0; i < count && !rc; i++) {
		r = is_ours(x, d, list[i], domid);
		ours[i] = r == 1;
		if (r == 1)
			r = cut_off(x, list[i], domid);
		if (r < 0)
			rc = fail_store(d, list[i], r, err);
	}
	for (size_t i = 0; i < count && !rc; i++) {
		if (!ours[i])
			continue;
		if (!await_closed(x, list[i], domid, wait_ms)) {
			log_warn("device: domain '%s': the back end of %s %u does not let go",
				 d->name, list[i]->class->name, list[i]->devid);
			wait_ms = 0;
		}
		rc = finish(x, d, list[i], domid, err);
	}
	for (size_t i = 0; i < count; i++) {
		if (!rc)
			device_unlink(x, d, list[i]);
		device_put(list[i]);
	}
	free(ours);
	free(list);
	return rc;
}

/* ---- what is left to do ---- */

bool devices_due(const struct domain *d)
{
	for (const struct device *dev = d->devices; dev; dev = dev->next)
		if (dev->phase != DEVICE_ATTACHED)
			return true;
	return false;
}

static void serve_one(struct xend *x, struct domain *d, struct device *dev)
{
	struct xend_error err = { 0 };
	bool cut = dev->phase == DEVICE_ATTACHING;
	int rc = is_ours(x, d, dev, d->domid);

	if (rc == 1 && !cut && close_by_guest(x, dev, d->domid, 0) != 1)
		return;		/* the guest uses it still */
	if (rc < 0)
		return;
	rc = device_detach(x, d, dev, true, &err);
	if (rc)
		log_error("device: %s", err.text);
	else
		log_info("device: domain '%s': %s %u is detached", d->name, dev->class->name,
			 dev->devid);
}

void devices_serve(struct xend *x, struct domain *d)
{
	struct device **list;
	size_t count;

	if (devices_snapshot(x, d, &list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		if (list[i]->phase != DEVICE_ATTACHED)
			serve_one(x, d, list[i]);
		device_put(list[i]);
	}
	free(list);
}
