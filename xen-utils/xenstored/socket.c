/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Socket clients; the contract is in socket.h.
 *
 * Output that is queued in a callback leaves the process only when the event loop runs again, so
 * the store_flush() at the end of each callback keeps the journal's invariant.
 */
#include <config.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "xenstored/conn.h"
#include "xenstored/socket.h"
#include "xenstored/wire.h"

#define BATCH		64		/* requests of one client in one go */
#define OUT_PAUSE	(1u << 20)	/* unread bytes at which requests wait */
#define OUT_MAX		(64u << 20)	/* unread bytes at which the client is dropped */

struct client {
	struct conn conn;
	struct client *next, **pprev;
	struct socket_server *server;
	struct bufferevent *bev;
	bool overflowed;
};

struct socket_server {
	struct store *s;
	struct event_base *base;
	struct evconnlistener *listener;
	struct client *clients;
};

static void client_free(struct client *cl)
{
	conn_fini(cl->server->s, &cl->conn);
	*cl->pprev = cl->next;
	if (cl->next)
		cl->next->pprev = cl->pprev;
	bufferevent_free(cl->bev);
	free(cl);
}

static void client_send(struct conn *c, const struct xsd_sockmsg *hdr, const void *data)
{
	struct client *cl = container_of(c, struct client, conn);
	struct evbuffer *out = bufferevent_get_output(cl->bev);

	if (cl->overflowed)
		return;
	if (evbuffer_get_length(out) + hdr->len > OUT_MAX ||
	    evbuffer_expand(out, sizeof(*hdr) + hdr->len) < 0) {
		log_warn("%s: dropped: it does not read its messages", c->name);
		cl->overflowed = true;
		/* We may be in the middle of this client's request: its end comes as an event. */
		shutdown(bufferevent_getfd(cl->bev), SHUT_RDWR);
		return;
	}
	evbuffer_add(out, hdr, sizeof(*hdr));
	evbuffer_add(out, data, hdr->len);
}

static const struct conn_ops client_ops = { .send = client_send };

/* 1: a request was executed; 0: none is whole yet; -EPROTO: this is not our protocol. */
static int take_request(struct client *cl)
{
	struct evbuffer *in = bufferevent_get_input(cl->bev);
	char body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr;

	if (evbuffer_copyout(in, &hdr, sizeof(hdr)) < (ssize_t)sizeof(hdr))
		return 0;
	if (hdr.len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	if (evbuffer_get_length(in) < sizeof(hdr) + hdr.len)
		return 0;
	evbuffer_drain(in, sizeof(hdr));
	evbuffer_remove(in, body, hdr.len);
	wire_handle(cl->server->s, &cl->conn, &hdr, body);
	return 1;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct client *cl = arg;
	struct store *s = cl->server->s;
	int rc = 1;

	for (int i = 0; i < BATCH && rc > 0; i++) {
		if (evbuffer_get_length(bufferevent_get_output(bev)) > OUT_PAUSE)
			break;
		rc = take_request(cl);
	}
	store_flush(s);
	if (rc < 0) {
		log_warn("%s: dropped: its message is longer than the protocol allows",
			 cl->conn.name);
		client_free(cl);
	} else if (rc > 0) {
		/* More is buffered: let the others have a turn, come back by on_write or here. */
		if (evbuffer_get_length(bufferevent_get_output(bev)) > OUT_PAUSE)
			bufferevent_disable(bev, EV_READ);
		else
			bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	}
}

static void on_write(struct bufferevent *bev, void *arg)
{
	if (bufferevent_get_enabled(bev) & EV_READ)
		return;
	bufferevent_enable(bev, EV_READ);
	on_read(bev, arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *cl = arg;
	struct store *s = cl->server->s;

	(void)bev;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	log_debug("%s: closed", cl->conn.name);
	client_free(cl);
	store_flush(s);
}

static void name_client(struct client *cl, int fd)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		cred.pid = 0;
	snprintf(cl->conn.name, sizeof(cl->conn.name), "socket %d (process %d)", fd,
		 (int)cred.pid);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int sa_len, void *arg)
{
	struct socket_server *server = arg;
	struct client *cl = calloc(1, sizeof(*cl));

	(void)listener;
	(void)sa;
	(void)sa_len;
	if (cl)
		cl->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!cl || !cl->bev) {
		log_error("socket: a client was refused: out of memory");
		free(cl);
		close(fd);
		return;
	}
	cl->server = server;
	conn_init(&cl->conn, server->s, &client_ops, 0);
	name_client(cl, fd);
	cl->next = server->clients;
	cl->pprev = &server->clients;
	if (cl->next)
		cl->next->pprev = &cl->next;
	server->clients = cl;
	bufferevent_setcb(cl->bev, on_read, on_write, on_event, cl);
	bufferevent_setwatermark(cl->bev, EV_WRITE, OUT_PAUSE / 2, 0);
	bufferevent_enable(cl->bev, EV_READ | EV_WRITE);
	log_debug("%s: connected", cl->conn.name);
}

static int bind_path(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	/* The mode is set on the descriptor first: no moment at which others could connect. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    chmod(path, 0600) < 0 || listen(fd, SOMAXCONN) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int socket_listen(struct store *s, struct event_base *base, const char *path,
		  struct socket_server **ret_server)
{
	struct socket_server *server = calloc(1, sizeof(*server));
	int fd;

	if (!server)
		return -ENOMEM;
	fd = bind_path(path);
	if (fd < 0) {
		free(server);
		return fd;
	}
	server->s = s;
	server->base = base;
	server->listener = evconnlistener_new(base, on_accept, server,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!server->listener) {
		close(fd);
		free(server);
		return -ENOMEM;
	}
	*ret_server = server;
	return 0;
}

void socket_close(struct socket_server *server)
{
	if (!server)
		return;
	evconnlistener_free(server->listener);
	while (server->clients)
		client_free(server->clients);
	free(server);
}
