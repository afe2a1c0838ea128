/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The xenstore half of the real backend.
 *
 * Relies on libxenstore. xenstored may be killed and come back at any time (it keeps its nodes): a
 * call that finds the connection broken connects again and is repeated once, unless it belongs to a
 * transaction, which is lost with the connection and reported as -EAGAIN so that the caller begins
 * it anew.
 */
#include <config.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "common/util.h"
#include "xend/backend-xen.h"

#define RECONNECT_MS	3000	/* xenstored restarts well within */
#define DOWN_MS		1000	/* fail at once for so long after a reconnect failed */
#define PERMS_MAX	8

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static bool is_broken(int rc)
{
	return rc == -ECONNRESET || rc == -ENOTCONN || rc == -EPIPE;
}

/* With xs_lock held. 0 when the connection stands again. */
static int reconnect(struct backend_xen *b)
{
	int rc;

	if (now_ms() < b->down_until_ms)
		return -EAGAIN;
	rc = xenstore_reconnect(b->xs, RECONNECT_MS);
	if (!rc)
		return 0;
	b->down_until_ms = now_ms() + DOWN_MS;
	return -EAGAIN;
}

/*
 * Run a call, and once more after the connection was made again. An expression cannot be passed, so
 * this is a macro around one; it evaluates call at most twice.
 */
#define XS_CALL(b, tx, call) ({ \
	int rc_; \
	pthread_mutex_lock(&(b)->xs_lock); \
	rc_ = (call); \
	if (is_broken(rc_)) { \
		rc_ = reconnect(b); \
		if (!rc_) \
			rc_ = (tx) ? -EAGAIN : (call); \
	} \
	pthread_mutex_unlock(&(b)->xs_lock); \
	rc_; })

int backend_store_open(struct backend_xen *b, struct error_text *err)
{
	int rc;

	b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->wake_fd < 0)
		return error_text_fail(err, -errno, "no event descriptor can be had");
	rc = xenstore_open(NULL, &b->xs);
	if (!rc)
		rc = xenstore_open(NULL, &b->watch);
	if (rc)
		return error_text_fail(err, rc, "xenstored does not answer (%s); start it first",
				       strerror(-rc));
	return 0;
}

void backend_store_close(struct backend_xen *b)
{
	if (b->xs)
		xenstore_close(b->xs);
	if (b->watch)
		xenstore_close(b->watch);
	if (b->wake_fd >= 0)
		close(b->wake_fd);
}

int backend_xs_begin(struct backend *base, uint32_t *ret_tx)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, 0, xenstore_transaction_start(b->xs, ret_tx));
}

int backend_xs_commit(struct backend *base, uint32_t tx)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, tx, xenstore_transaction_end(b->xs, tx, true));
}

void backend_xs_abort(struct backend *base, uint32_t tx)
{
	struct backend_xen *b = backend_xen_of(base);

	XS_CALL(b, tx, xenstore_transaction_end(b->xs, tx, false));
}

int backend_xs_read(struct backend *base, uint32_t tx, const char *path, char **ret_value)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, tx, xenstore_read(b->xs, tx, path, ret_value, NULL));
}

int backend_xs_write(struct backend *base, uint32_t tx, const char *path, const char *value)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, tx, xenstore_write_str(b->xs, tx, path, value));
}

int backend_xs_mkdir(struct backend *base, uint32_t tx, const char *path)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, tx, xenstore_mkdir(b->xs, tx, path));
}

int backend_xs_rm(struct backend *base, uint32_t tx, const char *path)
{
	struct backend_xen *b = backend_xen_of(base);
	int rc = XS_CALL(b, tx, xenstore_rm(b->xs, tx, path));

	return rc == -ENOENT ? 0 : rc;
}

int backend_xs_list(struct backend *base, uint32_t tx, const char *path, char ***ret_names,
		    size_t *ret_count)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, tx, xenstore_directory(b->xs, tx, path, ret_names, ret_count));
}

int backend_xs_perms(struct backend *base, uint32_t tx, const char *path,
		     const struct backend_perm *perms, size_t nr_perms)
{
	struct backend_xen *b = backend_xen_of(base);
	struct xenstore_perm list[PERMS_MAX];

	if (nr_perms > PERMS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < nr_perms; i++) {
		list[i].domid = perms[i].domid;
		list[i].bits = (perms[i].read ? XENSTORE_PERM_READ : 0) |
			       (perms[i].write ? XENSTORE_PERM_WRITE : 0);
	}
	return XS_CALL(b, tx, xenstore_set_perms(b->xs, tx, path, list, nr_perms));
}

int backend_xs_introduce(struct backend *base, uint32_t domid, uint64_t mfn, uint32_t port)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, 0, xenstore_introduce(b->xs, domid, mfn, port));
}

int backend_xs_release(struct backend *base, uint32_t domid)
{
	struct backend_xen *b = backend_xen_of(base);

	return XS_CALL(b, 0, xenstore_release(b->xs, domid));
}

/* Both special watches, once a connection. The library registers them again by itself. */
static int watch_start(struct backend_xen *b)
{
	int rc = 0;

	if (b->watching)
		return 0;
	rc = xenstore_watch(b->watch, "@releaseDomain", "xend");
	if (!rc || rc == -EEXIST)
		rc = xenstore_watch(b->watch, "@introduceDomain", "xend");
	if (rc == -EEXIST)
		rc = 0;
	b->watching = !rc;
	return rc;
}

/* Take every event that is there; how many. */
static int watch_drain(struct backend_xen *b)
{
	struct xenstore_event event;
	int n = 0, rc;

	while ((rc = xenstore_next_watch(b->watch, &event)) == 1) {
		xenstore_event_free(&event);
		n++;
	}
	return rc < 0 ? rc : n;
}

int backend_wait(struct backend *base, int timeout_ms)
{
	struct backend_xen *b = backend_xen_of(base);
	struct pollfd fds[2];
	uint64_t count;
	int rc;

	rc = watch_start(b);
	if (!rc)
		rc = watch_drain(b);
	if (rc == 0) {
		fds[0] = (struct pollfd){ .fd = xenstore_fd(b->watch), .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = b->wake_fd, .events = POLLIN };
		if (poll(fds, 2, timeout_ms) <= 0)
			return 0;
		if (fds[1].revents && read(b->wake_fd, &count, sizeof(count)) > 0)
			return 1;
		rc = watch_drain(b);
	}
	if (is_broken(rc)) {
		rc = xenstore_reconnect(b->watch, RECONNECT_MS);
		return rc ? rc : 1;
	}
	return rc > 0 ? 1 : rc;
}

void backend_wake(struct backend *base)
{
	uint64_t one = 1;
	ssize_t r = write(backend_xen_of(base)->wake_fd, &one, sizeof(one));

	(void)r;	/* full means that it is awake already */
}
