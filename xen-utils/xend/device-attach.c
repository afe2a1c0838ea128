/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device comes: its nodes, its back end, its script; see device.h for the steps.
 *
 * Relies on the backend for xenstore and for running scripts. The front end's nodes belong to the
 * guest, who may write anything there; so nothing is ever taken from them but a state for show.
 */
#include <config.h>

#include "xend/device.h"
#include "xend/life.h"
#include "xend/xend.h"

#define NODE_TRIES	64	/* transactions lost to others before giving up */
#define NODE_PATH_MAX	256
#define NODE_VALUE_MAX	4096
#define ENV_MAX		32
#define POLL_FIRST_MS	2
#define POLL_LAST_MS	50

struct device_writer {
	struct backend *b;
	uint32_t tx;
	const struct domain *d;
	const struct device *dev;
	int rc;
};

/* One node; value NULL makes it without one. owner's peer may read it. */
static void put(struct device_writer *w, const char *path, const char *value, uint32_t owner,
		uint32_t peer)
{
	struct backend_perm perms[2] = { { .domid = owner }, { .domid = peer, .read = true } };

	if (w->rc)
		return;
	w->rc = value ? w->b->ops->xs_write(w->b, w->tx, path, value) :
			w->b->ops->xs_mkdir(w->b, w->tx, path);
	if (!w->rc)
		w->rc = w->b->ops->xs_perms(w->b, w->tx, path, perms, 2);
}

static void put_below(struct device_writer *w, const char *top, const char *node, uint32_t owner,
		      uint32_t peer, const char *fmt, va_list ap)
{
	char path[NODE_PATH_MAX], value[NODE_VALUE_MAX];
	int len = vsnprintf(value, sizeof(value), fmt, ap);

	if (len >= (int)sizeof(value))
		w->rc = w->rc ? w->rc : -E2BIG;
	snprintf(path, sizeof(path), "%s/%s", top, node);
	put(w, path, value, owner, peer);
}

void device_front(struct device_writer *w, const char *node, const char *fmt, ...)
{
	char top[NODE_PATH_MAX / 2];
	va_list ap;

	device_front_path(w->dev, w->d->domid, top, sizeof(top));
	va_start(ap, fmt);
	put_below(w, top, node, w->d->domid, w->dev->backend, fmt, ap);
	va_end(ap);
}

void device_back(struct device_writer *w, const char *node, const char *fmt, ...)
{
	char top[NODE_PATH_MAX / 2];
	va_list ap;

	device_back_path(w->dev, w->d->domid, top, sizeof(top));
	va_start(ap, fmt);
	put_below(w, top, node, w->dev->backend, w->d->domid, fmt, ap);
	va_end(ap);
}

static void put_all(struct xend *x, struct device_writer *w)
{
	char front[NODE_PATH_MAX], back[NODE_PATH_MAX];
	AUTO_FREE char *script = w->dev->class->script(x, w->dev);

	device_front_path(w->dev, w->d->domid, front, sizeof(front));
	device_back_path(w->dev, w->d->domid, back, sizeof(back));
	w->rc = w->b->ops->xs_rm(w->b, w->tx, front);
	if (!w->rc)
		w->rc = w->b->ops->xs_rm(w->b, w->tx, back);
	put(w, back, NULL, w->dev->backend, w->d->domid);
	put(w, front, NULL, w->d->domid, w->dev->backend);
	device_back(w, "frontend", "%s", front);
	device_back(w, "frontend-id", "%d", w->d->domid);
	device_back(w, "domain", "%s", w->d->name);
	device_back(w, "vm", "/vm/%s", w->d->uuid);
	device_back(w, "online", "1");
	if (script)
		device_back(w, "script", "%s", script);
	device_front(w, "backend", "%s", back);
	device_front(w, "backend-id", "%u", w->dev->backend);
	device_front(w, "handle", "%u", w->dev->devid);
	w->dev->class->write(w->d, w->dev, w);
	device_back(w, "state", "%d", DEVICE_STATE_INITIALISING);
	device_front(w, "state", "%d", DEVICE_STATE_INITIALISING);
}

static int fail(const struct domain *d, const struct device *dev, struct xend_error *err, int code,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "The disk xvda of domain 'web' " and the rest of the sentence. */
static int fail(const struct domain *d, const struct device *dev, struct xend_error *err, int code,
		const char *fmt, ...)
{
	char label[DEVICE_NAME_SIZE], rest[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	dev->class->label(d, dev, label);
	return xend_fail_key(err, code, dev->class->key, "The %s %s of domain '%s' %s",
			     dev->class->what, label, d->name, rest);
}

static int write_nodes(struct xend *x, const struct domain *d, const struct device *dev,
		       struct xend_error *err)
{
	struct device_writer w;

	for (int i = 0; i < NODE_TRIES; i++) {
		w = (struct device_writer){ .b = x->backend, .d = d, .dev = dev };
		w.rc = w.b->ops->xs_begin(w.b, &w.tx);
		if (w.rc)
			break;
		put_all(x, &w);
		if (w.rc)
			w.b->ops->xs_abort(w.b, w.tx);
		else
			w.rc = w.b->ops->xs_commit(w.b, w.tx);
		if (w.rc != -EAGAIN)
			break;
	}
	if (w.rc)
		return fail(d, dev, err, -w.rc, "has no place in xenstore: %s.", strerror(-w.rc));
	return 0;
}

/* ---- states ---- */

static unsigned int state_at(struct backend *b, const char *top)
{
	AUTO_FREE char *text = NULL;
	char path[NODE_PATH_MAX];
	uint64_t state;

	snprintf(path, sizeof(path), "%s/state", top);
	if (b->ops->xs_read(b, BACKEND_NO_TX, path, &text) || str_to_u64(text, 8, &state))
		return DEVICE_STATE_UNKNOWN;
	return state;
}

unsigned int device_front_state(struct backend *b, const struct device *dev, int domid)
{
	char top[NODE_PATH_MAX / 2];

	device_front_path(dev, domid, top, sizeof(top));
	return state_at(b, top);
}

unsigned int device_back_state(struct backend *b, const struct device *dev, int domid)
{
	char top[NODE_PATH_MAX / 2];

	device_back_path(dev, domid, top, sizeof(top));
	return state_at(b, top);
}

/* Until the back end's state is at least want, or it gave up, or the time is over. */
static unsigned int await_back(struct xend *x, const struct domain *d, const struct device *dev,
			       unsigned int want, int wait_ms)
{
	int step = POLL_FIRST_MS;
	unsigned int state;

	while ((state = device_back_state(x->backend, dev, d->domid)) < want && wait_ms > 0) {
		x->sleep_ms(x, step);
		wait_ms -= step;
		step = MIN(step * 2, POLL_LAST_MS);
	}
	return state;
}

/* What the kernel's back end wrote about its failure, or a word that says nothing is known. */
static void back_error(struct backend *b, const struct domain *d, const struct device *dev,
		       char *buf, size_t size)
{
	AUTO_FREE char *text = NULL;
	char path[NODE_PATH_MAX];

	snprintf(path, sizeof(path), "/local/domain/%u/error/backend/%s/%d/%u/error", dev->backend,
		 dev->class->name, d->domid, dev->devid);
	if (b->ops->xs_read(b, BACKEND_NO_TX, path, &text))
		text = NULL;
	snprintf(buf, size, "%s", text ? text : "it does not say why");
}

static int await_ready(struct xend *x, const struct domain *d, const struct device *dev,
		       struct xend_error *err)
{
	unsigned int state = await_back(x, d, dev, DEVICE_STATE_INIT_WAIT, DEVICE_STATE_MS);
	char why[256];

	if (state >= DEVICE_STATE_CLOSING) {
		back_error(x->backend, d, dev, why, sizeof(why));
		return fail(d, dev, err, EIO, "was refused by its back end: %s.", why);
	}
	if (state >= DEVICE_STATE_INIT_WAIT)
		return 0;
	if (dev->backend)
		return fail(d, dev, err, ETIMEDOUT,
			    "is not served by domain %u; see whether that domain has a back end "
			    "for %ss.",
			    dev->backend, dev->class->what);
	return fail(d, dev, err, ETIMEDOUT,
		    "is not served by domain 0; its kernel needs the module %s.",
		    dev->class->module);
}

/* ---- scripts ---- */

struct environment {
	char *item[ENV_MAX + 1];
	size_t count;
	bool failed;
};

static void env_add(struct environment *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void env_add(struct environment *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (e->count >= ENV_MAX || vasprintf(&e->item[e->count], fmt, ap) < 0) {
		e->item[e->count] = NULL;
		e->failed = true;
	} else {
		e->count++;
	}
	va_end(ap);
}

static void env_clear(struct environment *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->item[i]);
}

/* What scripts for today's toolstacks expect, and a little more. */
static void env_fill(struct environment *e, const struct domain *d, const struct device *dev,
		     int domid, const char *script)
{
	char back[NODE_PATH_MAX];

	device_back_path(dev, domid, back, sizeof(back));
	env_add(e, "PATH=" XEN_SBIN_DIR ":" XEN_BIN_DIR
		   ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(e, "LANG=C.UTF-8");
	env_add(e, "script=%s", script);
	env_add(e, "XENBUS_TYPE=%s", dev->class->name);
	env_add(e, "XENBUS_PATH=%s", back);
	env_add(e, "XENBUS_BASE_PATH=backend");
	env_add(e, "XEN_DOMID=%d", domid);
	env_add(e, "XEN_DOMAIN=%s", d->name);
	env_add(e, "XEN_DEVID=%u", dev->devid);
	if (dev->class->environment && e->count < ENV_MAX)
		e->count += dev->class->environment(d, dev, e->item + e->count,
						    ENV_MAX - e->count);
}

static char *script_path(struct xend *x, const struct device *dev)
{
	AUTO_FREE char *name = dev->class->script(x, dev);
	char *path;

	if (!name || name[0] == '/')
		return TAKE_PTR(name);
	return asprintf(&path, "%s/%s", x->script_dir, name) < 0 ? NULL : path;
}

static char *read_back(struct xend *x, const struct device *dev, int domid, const char *node)
{
	char top[NODE_PATH_MAX / 2], path[NODE_PATH_MAX], *value = NULL;

	device_back_path(dev, domid, top, sizeof(top));
	snprintf(path, sizeof(path), "%s/%s", top, node);
	if (x->backend->ops->xs_read(x->backend, BACKEND_NO_TX, path, &value))
		return NULL;
	return value;
}

/* The script's own words first: what it left in xenstore, else its last line. */
static int script_failed(struct xend *x, const struct domain *d, const struct device *dev,
			 int domid, const char *path, int status, const char *line,
			 struct xend_error *err)
{
	AUTO_FREE char *said = read_back(x, dev, domid, "hotplug-error");
	size_t len;

	if (status == -ETIMEDOUT)
		return fail(d, dev, err, ETIMEDOUT,
			    "is not ready: the script %s did not end within %d s and was "
			    "killed%s%s.",
			    path, DEVICE_SCRIPT_MS / 1000, line[0] ? "; its last words: " : "",
			    line);
	if (status < 0)
		return fail(d, dev, err, -status, "is not ready: the script %s cannot be run: %s.",
			    path, strerror(-status));
	if (said && said[0])
		line = said;
	len = strlen(line);
	if (len)
		return fail(d, dev, err, EIO, "is not ready: %s: %s%s", path, line,
			    line[len - 1] == '.' ? "" : ".");
	return fail(d, dev, err, EIO,
		    "is not ready: the script %s failed (status %d) without a word.", path,
		    status);
}

int device_script(struct xend *x, const struct domain *d, const struct device *dev, int domid,
		  const char *word, struct xend_error *err)
{
	AUTO_FREE char *path = script_path(x, dev);
	struct error_text output = { .text = "" };
	struct environment env = { .count = 0 };
	struct backend_script s = { .path = path, .word = word, .wait_ms = DEVICE_SCRIPT_MS };
	char lock[128];
	int status;

	if (!path)
		return 0;
	env_fill(&env, d, dev, domid, path);
	snprintf(lock, sizeof(lock), "%s-%s-%u", d->uuid, dev->class->name, dev->devid);
	s.lock = lock;
	s.env = env.item;
	status = env.failed ? -ENOMEM : x->backend->ops->run_script(x->backend, &s, &output);
	env_clear(&env);
	if (status)
		return script_failed(x, d, dev, domid, path, status, output.text, err);
	return 0;
}

static int run_online(struct xend *x, const struct domain *d, const struct device *dev,
		      struct xend_error *err)
{
	AUTO_FREE char *script = dev->class->script(x, dev);
	AUTO_FREE char *verdict = NULL;
	int rc;

	if (dev->backend || !script)
		return 0;	/* another domain runs its own scripts */
	rc = device_script(x, d, dev, d->domid, dev->class->online, err);
	if (rc)
		return rc;
	verdict = read_back(x, dev, d->domid, "hotplug-status");
	if (verdict && str_eq(verdict, "connected"))
		return 0;
	return script_failed(x, d, dev, d->domid, script, 1,
			     "it ended without hotplug-status 'connected' in xenstore", err);
}

/* ---- the whole ---- */

static int make_ready(struct xend *x, const struct domain *d, const struct device *dev,
		      struct xend_error *err)
{
	int rc;

	rc = await_ready(x, d, dev, err);
	return rc ? rc : run_online(x, d, dev, err);
}

static int load_module(struct xend *x, const struct device *dev)
{
	return dev->backend ? 0 : x->backend->ops->load_module(x->backend, dev->class->module);
}

int devices_attach(struct xend *x, struct domain *d, const struct progress *progress,
		   struct xend_error *err)
{
	struct device **list;
	size_t count;
	int rc = 0;

	if (devices_snapshot(x, d, &list, &count))
		return xend_fail(err, ENOMEM, "Domain '%s': no memory for its devices.", d->name);
	/* The kernel takes them up side by side while the scripts run one by one. */
	for (size_t i = 0; i < count && !rc; i++) {
		load_module(x, list[i]);
		rc = write_nodes(x, d, list[i], err);
	}
	for (size_t i = 0; i < count && !rc; i++) {
		progress_report(progress, "devices", i, count, "steps");
		rc = make_ready(x, d, list[i], err);
		if (!rc)
			device_set_phase(x, list[i], DEVICE_ATTACHED);
	}
	for (size_t i = 0; i < count; i++)
		device_put(list[i]);
	free(list);
	return rc;
}

/* Undo a device that came half, or the whole way but not onto disk. */
static void undo(struct xend *x, struct domain *d, struct device *dev)
{
	struct xend_error err = { 0 };

	if (device_detach(x, d, dev, true, &err))
		log_error("device: %s", err.text);
}

int device_attach(struct xend *x, struct domain *d, struct device *dev, struct xend_error *err)
{
	bool runs;
	int rc;

	rc = device_claim(x, d, dev, err);
	if (rc)
		return rc;
	rc = domain_save(x, d, err);
	if (rc) {
		device_unlink(x, d, dev);
		return rc;
	}
	load_module(x, dev);
	rc = write_nodes(x, d, dev, err);
	if (!rc)
		rc = make_ready(x, d, dev, err);
	if (!rc)
		rc = device_config_add(x, d, dev, err);
	if (!rc) {
		device_set_phase(x, dev, DEVICE_ATTACHED);
		rc = domain_save(x, d, err);
	}
	if (rc) {
		undo(x, d, dev);
		return rc;
	}
	xend_lock(x);
	runs = d->present && !d->info.paused && !d->info.shutdown;
	xend_unlock(x);
	if (runs)
		await_back(x, d, dev, DEVICE_STATE_CONNECTED, DEVICE_CONNECT_MS);
	return 0;
}
