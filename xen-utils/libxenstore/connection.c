/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection under libxenstore: connecting, sending a request, waiting for its answer, sorting
 * out watch events, connecting again.
 *
 * Relies on common/strbuf. The invariant of event_fd stands in internal.h.
 */
#include <config.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "common/io.h"
#include "libxenstore/internal.h"

#define XENBUS_DEVICE	"/dev/xen/xenbus"
#define RETRY_MS	50

static void signal_user(struct xenstore *xs, bool on)
{
	uint64_t n = 1;
	ssize_t r UNUSED;

	if (xs->signalled == on)
		return;
	if (on)
		r = write(xs->event_fd, &n, sizeof(n));
	else
		r = read(xs->event_fd, &n, sizeof(n));
	xs->signalled = on;
}

static int broken(struct xenstore *xs)
{
	if (xs->fd >= 0)
		close(xs->fd);		/* leaves the epoll set with it */
	xs->fd = -1;
	strbuf_reset(&xs->in);
	signal_user(xs, true);
	return -ECONNRESET;
}

static int connect_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

static int connect_path(const char *path)
{
	struct stat st;
	int fd, rc;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISSOCK(st.st_mode))
		return connect_socket(path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = S_ISCHR(st.st_mode) ? 0 : -ENOTSOCK;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

static int attach(struct xenstore *xs)
{
	struct epoll_event ee = { .events = EPOLLIN };
	int fd = connect_path(xs->path);
	int rc;

	if (fd < 0)
		return fd;
	rc = io_set_nonblock(fd);
	if (!rc && epoll_ctl(xs->poll_fd, EPOLL_CTL_ADD, fd, &ee) < 0)
		rc = -errno;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	xs->fd = fd;
	signal_user(xs, xs->events != NULL);
	return 0;
}

static int make_poll_fds(struct xenstore *xs)
{
	struct epoll_event ee = { .events = EPOLLIN };

	xs->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	xs->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (xs->event_fd < 0 || xs->poll_fd < 0 ||
	    epoll_ctl(xs->poll_fd, EPOLL_CTL_ADD, xs->event_fd, &ee) < 0)
		return -errno;
	return 0;
}

static int open_at(const char *path, struct xenstore **ret_xs)
{
	struct xenstore *xs = calloc(1, sizeof(*xs));
	int rc;

	if (!xs)
		return -ENOMEM;
	xs->fd = xs->poll_fd = xs->event_fd = -1;
	xs->events_end = &xs->events;
	xs->path = strdup(path);
	rc = xs->path ? make_poll_fds(xs) : -ENOMEM;
	if (!rc)
		rc = attach(xs);
	if (rc < 0) {
		xenstore_close(xs);
		return rc;
	}
	*ret_xs = xs;
	return 0;
}

int xenstore_open(const char *path, struct xenstore **ret_xs)
{
	int rc;

	if (!path)
		path = getenv("XENSTORED_SOCKET");
	if (path)
		return open_at(path, ret_xs);
	rc = open_at(XENSTORED_RUN_DIR "/socket", ret_xs);
	if (rc == -ENOENT || rc == -ECONNREFUSED) {
		int r = open_at(XENBUS_DEVICE, ret_xs);

		/* Without a daemon and without the device the socket's error tells more. */
		if (r != -ENOENT)
			rc = r;
	}
	return rc;
}

void xenstore_event_free(struct xenstore_event *event)
{
	free(event->path);	/* one block holds both strings */
	event->path = event->token = NULL;
}

static void watch_free(struct watch *w)
{
	free(w->path);
	free(w->token);
	free(w);
}

void xenstore_close(struct xenstore *xs)
{
	if (!xs)
		return;
	for (struct event *e = xs->events, *next; e; e = next) {
		next = e->next;
		xenstore_event_free(&e->ev);
		free(e);
	}
	for (struct watch *w = xs->watches, *next; w; w = next) {
		next = w->next;
		watch_free(w);
	}
	if (xs->fd >= 0)
		close(xs->fd);
	if (xs->poll_fd >= 0)
		close(xs->poll_fd);
	if (xs->event_fd >= 0)
		close(xs->event_fd);
	strbuf_free(&xs->in);
	free(xs->path);
	free(xs);
}

int xenstore_fd(const struct xenstore *xs)
{
	return xs->poll_fd;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* Wait for the connection. Returns 1 when ready, 0 when @deadline (-1: none) passed, or -errno. */
static int wait_fd(struct xenstore *xs, short what, int64_t deadline)
{
	struct pollfd p = { .fd = xs->fd, .events = what };
	int r;

	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();

		if (deadline >= 0 && left < 0)
			left = 0;
		r = poll(&p, 1, (int)MIN(left, (int64_t)INT32_MAX));
		if (r >= 0)
			return r > 0;
		if (errno != EINTR)
			return -errno;
	}
}

/* A daemon that died is an error code for the caller, not a signal for the program. */
static ssize_t send_some(struct xenstore *xs, const char *data, size_t len)
{
	ssize_t r = send(xs->fd, data, len, MSG_NOSIGNAL);

	/* The kernel's device; it takes a request in one write. */
	if (r < 0 && errno == ENOTSOCK)
		r = write(xs->fd, data, len);
	return r;
}

static int send_all(struct xenstore *xs, const char *data, size_t len)
{
	ssize_t r;
	int rc;

	while (len) {
		r = send_some(xs, data, len);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN) {
			rc = wait_fd(xs, POLLOUT, -1);
			if (rc < 0)
				return rc;
			continue;
		}
		if (r <= 0)
			return broken(xs);
		data += r;
		len -= r;
	}
	return 0;
}

/* Read what is there. Returns 1 when something came, 0 when nothing is there, or -errno. */
static int fill(struct xenstore *xs)
{
	char buf[4096];
	ssize_t r;

	do {
		r = read(xs->fd, buf, sizeof(buf));
	} while (r < 0 && errno == EINTR);
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (r <= 0)
		return broken(xs);
	return strbuf_add(&xs->in, buf, r) < 0 ? -ENOMEM : 1;
}

static int queue_event(struct xenstore *xs, const char *data, size_t len)
{
	const char *end = len ? memchr(data, '\0', len) : NULL;
	struct event *e;

	if (!end || data[len - 1] != '\0' || end == data + len - 1)
		return -EPROTO;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->ev.path = malloc(len);
	if (!e->ev.path) {
		free(e);
		return -ENOMEM;
	}
	memcpy(e->ev.path, data, len);
	e->ev.token = e->ev.path + (end - data) + 1;
	*xs->events_end = e;
	xs->events_end = &e->next;
	signal_user(xs, true);
	return 0;
}

/* The first whole message in the buffer: 1 with its header, 0 when there is none yet, or -errno. */
static int peek_message(struct xenstore *xs, struct xsd_sockmsg *ret_hdr)
{
	if (xs->in.len < sizeof(*ret_hdr))
		return 0;
	memcpy(ret_hdr, xs->in.data, sizeof(*ret_hdr));
	if (ret_hdr->len > XENSTORE_PAYLOAD_MAX) {
		broken(xs);
		return -EPROTO;
	}
	return xs->in.len >= sizeof(*ret_hdr) + ret_hdr->len;
}

/* Take the message out of the buffer; an event goes to the queue, anything else stays with us. */
static int take_message(struct xenstore *xs, const struct xsd_sockmsg *hdr, uint32_t want_id,
			char **ret_reply, bool *ret_is_reply)
{
	const char *body = xs->in.data + sizeof(*hdr);
	char *copy;
	int rc = 0;

	*ret_is_reply = false;
	if (hdr->type == XS_WATCH_EVENT) {
		rc = queue_event(xs, body, hdr->len);
	} else if (want_id && hdr->req_id == want_id) {
		copy = malloc(hdr->len + 1);
		if (copy) {
			memcpy(copy, body, hdr->len);
			copy[hdr->len] = '\0';
			*ret_reply = copy;
			*ret_is_reply = true;
		} else {
			rc = -ENOMEM;
		}
	}
	strbuf_consume(&xs->in, sizeof(*hdr) + hdr->len);
	return rc;
}

/* Move whole messages from the buffer to the queue; answers nobody waits for are dropped. */
static int sort_input(struct xenstore *xs)
{
	struct xsd_sockmsg hdr;
	bool is_reply;
	int rc;

	while ((rc = peek_message(xs, &hdr)) > 0) {
		rc = take_message(xs, &hdr, 0, NULL, &is_reply);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int wait_reply(struct xenstore *xs, uint32_t id, struct xsd_sockmsg *ret_hdr, char **ret)
{
	bool is_reply;
	int rc;

	for (;;) {
		rc = peek_message(xs, ret_hdr);
		if (rc > 0) {
			rc = take_message(xs, ret_hdr, id, ret, &is_reply);
			if (rc < 0)
				return rc;
			/* What came behind it must not sleep in the buffer while the user polls. */
			if (is_reply)
				return sort_input(xs);
			continue;
		}
		if (!rc)
			rc = wait_fd(xs, POLLIN, -1);
		if (rc >= 0)
			rc = fill(xs);
		if (rc < 0)
			return rc;
	}
}

static int error_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
		if (str_eq(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	}
	return -EINVAL;
}

static int build_request(struct strbuf *out, struct xsd_sockmsg *hdr, const struct iovec *parts,
			 int nr)
{
	size_t len = 0;

	for (int i = 0; i < nr; i++)
		len += parts[i].iov_len;
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	hdr->len = len;
	strbuf_add(out, hdr, sizeof(*hdr));
	for (int i = 0; i < nr; i++)
		strbuf_add(out, parts[i].iov_base, parts[i].iov_len);
	return out->failed ? -ENOMEM : 0;
}

int xs_call(struct xenstore *xs, uint32_t type, uint32_t tx, const struct iovec *parts, int nr,
	    char **ret_reply, size_t *ret_len)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = tx };
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	AUTO_FREE char *reply = NULL;
	int rc;

	if (xs->fd < 0)
		return -ENOTCONN;
	if (!++xs->last_id)
		xs->last_id = 1;	/* events carry 0 */
	hdr.req_id = xs->last_id;
	rc = build_request(&out, &hdr, parts, nr);
	if (!rc)
		rc = send_all(xs, out.data, out.len);
	if (!rc)
		rc = wait_reply(xs, hdr.req_id, &hdr, &reply);
	if (rc < 0)
		return rc;
	if (hdr.type == XS_ERROR)
		return error_from_name(reply);
	if (hdr.type != type)
		return -EPROTO;
	if (ret_reply)
		*ret_reply = TAKE_PTR(reply);
	if (ret_len)
		*ret_len = hdr.len;
	return 0;
}

int xs_call_str(struct xenstore *xs, uint32_t type, uint32_t tx, const char *arg,
		char **ret_reply, size_t *ret_len)
{
	struct iovec part = xs_str(arg);

	return xs_call(xs, type, tx, &part, 1, ret_reply, ret_len);
}

static bool pop_event(struct xenstore *xs, struct xenstore_event *ret_event)
{
	struct event *e = xs->events;

	if (!e)
		return false;
	xs->events = e->next;
	if (!xs->events)
		xs->events_end = &xs->events;
	*ret_event = e->ev;
	free(e);
	signal_user(xs, xs->events || xs->fd < 0);
	return true;
}

int xenstore_next_watch(struct xenstore *xs, struct xenstore_event *ret_event)
{
	int rc;

	for (;;) {
		if (pop_event(xs, ret_event))
			return 1;
		if (xs->fd < 0)
			return -ENOTCONN;
		rc = fill(xs);
		if (rc <= 0)
			return rc;
		rc = sort_input(xs);
		if (rc < 0)
			return rc;
	}
}

int xenstore_wait_watch(struct xenstore *xs, int timeout_ms, struct xenstore_event *ret_event)
{
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	int rc;

	for (;;) {
		rc = xenstore_next_watch(xs, ret_event);
		if (rc)
			return rc;
		rc = wait_fd(xs, POLLIN, deadline);
		if (rc <= 0)
			return rc;
	}
}

int xenstore_watch(struct xenstore *xs, const char *path, const char *token)
{
	struct iovec parts[] = { xs_str(path), xs_str(token) };
	struct watch *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->path = strdup(path);
	w->token = strdup(token);
	rc = w->path && w->token ? 0 : -ENOMEM;
	if (!rc)
		rc = xs_call(xs, XS_WATCH, 0, parts, 2, NULL, NULL);
	if (rc < 0) {
		watch_free(w);
		return rc;
	}
	w->next = xs->watches;
	xs->watches = w;
	return 0;
}

/* Events of a watch that is gone must not surprise the caller. */
static void drop_events(struct xenstore *xs, const char *token)
{
	struct event **pp = &xs->events, *e;

	while ((e = *pp)) {
		if (str_eq(e->ev.token, token)) {
			*pp = e->next;
			xenstore_event_free(&e->ev);
			free(e);
		} else {
			pp = &e->next;
		}
	}
	xs->events_end = pp;
	signal_user(xs, xs->events || xs->fd < 0);
}

static bool token_in_use(const struct xenstore *xs, const char *token)
{
	for (struct watch *w = xs->watches; w; w = w->next) {
		if (str_eq(w->token, token))
			return true;
	}
	return false;
}

int xenstore_unwatch(struct xenstore *xs, const char *path, const char *token)
{
	struct iovec parts[] = { xs_str(path), xs_str(token) };
	struct watch **pp = &xs->watches, *w;
	int rc;

	while ((w = *pp) && !(str_eq(w->path, path) && str_eq(w->token, token)))
		pp = &w->next;
	rc = xs_call(xs, XS_UNWATCH, 0, parts, 2, NULL, NULL);
	if (w && (!rc || xs->fd < 0)) {
		*pp = w->next;
		if (!token_in_use(xs, w->token))
			drop_events(xs, w->token);
		watch_free(w);
	}
	return rc;
}

int xenstore_reset_watches(struct xenstore *xs)
{
	int rc = xs_call_str(xs, XS_RESET_WATCHES, 0, "", NULL, NULL);
	struct watch *w;

	if (rc < 0)
		return rc;
	while ((w = xs->watches)) {
		xs->watches = w->next;
		drop_events(xs, w->token);
		watch_free(w);
	}
	return 0;
}

static int register_again(struct xenstore *xs)
{
	int rc;

	for (struct watch *w = xs->watches; w; w = w->next) {
		struct iovec parts[] = { xs_str(w->path), xs_str(w->token) };

		rc = xs_call(xs, XS_WATCH, 0, parts, 2, NULL, NULL);
		if (rc < 0 && rc != -EEXIST) {
			broken(xs);
			return rc;
		}
	}
	return 0;
}

int xenstore_reconnect(struct xenstore *xs, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;
	int rc;

	for (;;) {
		if (xs->fd >= 0)
			return 0;
		rc = attach(xs);
		if (!rc)
			rc = register_again(xs);
		if (!rc || now_ms() >= deadline)
			return rc;
		poll(NULL, 0, RETRY_MS);
	}
}
