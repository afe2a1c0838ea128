/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * People at a guest's console: a unix socket each guest (owner only), and where configured a TCP
 * port each guest. A connection gets the recent output first, then raw bytes both ways. Relies on
 * guest.c for input.
 *
 * Any number may be connected to a console and read. One writes: who types first, until it hangs
 * up. What others type does not reach the guest; they are told so, and one key of theirs takes
 * over. Only readers' input is looked at, a writer's bytes are never touched.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/io.h"
#include "xenconsoled/consoled.h"

#define CLIENTS_MAX     64              /* connected to one guest */
#define BACKLOG_MAX     (512UL << 10)   /* bytes waiting for one slow client */
#define SOCKET_PREFIX   "domain-"
#define TAKE_OVER       0x14            /* Ctrl-T */

struct client {
	LIST_ENTRY(client) link;
	struct guest *guest;
	struct bufferevent *stream;
	size_t lost;            /* bytes it was too slow for and has not been told of */
	bool ended;             /* sends nothing any more, but may be listening */
	bool told;              /* that somebody else writes */
};

/* A line of ours among the guest's. */
static void tell(struct client *c, const char *text)
{
	evbuffer_add_printf(bufferevent_get_output(c->stream), "\r\n[xenconsoled: %s]\r\n", text);
}

static void give_up_writing(struct client *c)
{
	if (c->guest->writer == c)
		c->guest->writer = NULL;
}

static void client_free(struct client *c)
{
	give_up_writing(c);
	LIST_REMOVE(c, link);
	bufferevent_free(c->stream);
	free(c);
}

/* A socket whose other end is closed altogether, not only for sending. */
static bool is_dead(struct client *c)
{
	struct pollfd p = { .fd = bufferevent_getfd(c->stream) };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void purge_dead(struct guest *g)
{
	struct client *c, *next;

	for (c = LIST_FIRST(&g->clients); c; c = next) {
		next = LIST_NEXT(c, link);
		if (c->ended && is_dead(c))
			client_free(c);
	}
}

static void become_writer(struct client *c)
{
	if (c->guest->writer) {
		tell(c->guest->writer, "somebody else writes now; Ctrl-T takes over again");
		c->guest->writer->told = true;
		tell(c, "you write now");
	}
	c->guest->writer = c;
	c->told = false;
}

/* What a reader types goes nowhere, but for what follows the key that makes it the writer. */
static void look_at_reader(struct client *c, struct evbuffer *input)
{
	static const char key = TAKE_OVER;
	struct evbuffer_ptr at = evbuffer_search(input, &key, 1, NULL);

	if (at.pos < 0) {
		evbuffer_drain(input, evbuffer_get_length(input));
		if (!c->told)
			tell(c, "somebody else writes here, you only read; Ctrl-T takes over");
		c->told = true;
		return;
	}
	evbuffer_drain(input, (size_t)at.pos + 1);
	become_writer(c);
}

static void on_read(struct bufferevent *stream, void *context)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct client *c = context;

	if (!c->guest->writer)
		become_writer(c);
	else if (c->guest->writer != c)
		look_at_reader(c, input);
	if (c->guest->writer == c && evbuffer_get_length(input))
		guest_input(c->guest, input);
}

static void on_event(struct bufferevent *stream, short what, void *context)
{
	struct client *c = context;

	if ((what & BEV_EVENT_EOF) && !is_dead(c)) {
		bufferevent_disable(stream, EV_READ);
		c->ended = true;
		give_up_writing(c);
	} else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		client_free(c);
	}
}

static void replay(struct client *c)
{
	const char *piece[2];
	size_t size[2];
	unsigned int i;

	history_pieces(&c->guest->history, piece, size);
	for (i = 0; i < 2; i++)
		if (size[i])
			bufferevent_write(c->stream, piece[i], size[i]);
}

static unsigned int count_clients(const struct guest *g)
{
	const struct client *c;
	unsigned int nr = 0;

	LIST_FOREACH(c, &g->clients, link)
		nr++;
	return nr;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int size, void *context)
{
	struct guest *g = context;
	struct client *c = NULL;

	(void)listener;
	(void)address;
	(void)size;
	purge_dead(g);
	if (count_clients(g) < CLIENTS_MAX)
		c = calloc(1, sizeof(*c));
	if (c)
		c->stream = bufferevent_socket_new(g->daemon->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->stream) {
		log_warn("domain %u (%s): a client was turned away: no memory or %d are connected",
			 g->domid, g->name, CLIENTS_MAX);
		free(c);
		close(fd);
		return;
	}
	c->guest = g;
	LIST_INSERT_HEAD(&g->clients, c, link);
	bufferevent_setcb(c->stream, on_read, NULL, on_event, c);
	replay(c);
	bufferevent_enable(c->stream, g->input_stopped ? EV_WRITE : EV_READ | EV_WRITE);
}

void client_output(struct guest *g, const char *data, size_t size)
{
	struct client *c;

	LIST_FOREACH(c, &g->clients, link) {
		struct evbuffer *out = bufferevent_get_output(c->stream);

		if (evbuffer_get_length(out) + size > BACKLOG_MAX) {
			c->lost += size;
			continue;
		}
		if (c->lost)
			evbuffer_add_printf(out, "\r\n[xenconsoled: %zu bytes were lost here]\r\n",
					    c->lost);
		c->lost = 0;
		bufferevent_write(c->stream, data, size);
	}
}

void client_allow_input(struct guest *g, bool allow)
{
	struct client *c;

	LIST_FOREACH(c, &g->clients, link) {
		if (allow && !c->ended)
			bufferevent_enable(c->stream, EV_READ);
		else if (!allow)
			bufferevent_disable(c->stream, EV_READ);
	}
}

/* ---- listening ---------------------------------------------------------------------------- */

static int listen_unix(struct guest *g)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int n;

	n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SOCKET_PREFIX "%u",
		     g->daemon->config.run_dir, g->domid);
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	unlink(address.sun_path);
	/* From its first moment on nobody but the owner may connect. */
	mask = umask(0177);
	errno = 0;
	g->unix_listener = evconnlistener_new_bind(
		g->daemon->base, on_accept, g, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
		(struct sockaddr *)&address, sizeof(address));
	umask(mask);
	return g->unix_listener ? 0 : errno ? -errno : -ENOMEM;
}

static int listen_tcp(struct guest *g)
{
	const struct consoled_config *config = &g->daemon->config;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	char port[16];
	int rc = 0;

	if (!config->tcp_address)
		return 0;
	if (config->tcp_base + g->domid > 65535)
		return -ERANGE;
	snprintf(port, sizeof(port), "%u", config->tcp_base + g->domid);
	if (getaddrinfo(config->tcp_address, port, &hints, &found))
		return -EADDRNOTAVAIL;
	errno = 0;
	g->tcp_listener = evconnlistener_new_bind(g->daemon->base, on_accept, g,
						  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
						  LEV_OPT_REUSEABLE, -1, found->ai_addr,
						  (int)found->ai_addrlen);
	if (!g->tcp_listener)
		rc = errno ? -errno : -ENOMEM;
	freeaddrinfo(found);
	return rc;
}

int client_listen(struct guest *g)
{
	int rc = listen_unix(g), tcp = listen_tcp(g);

	return rc ? rc : tcp;
}

void client_unlisten(struct guest *g)
{
	char path[512];

	if (g->unix_listener) {
		evconnlistener_free(g->unix_listener);
		snprintf(path, sizeof(path), "%s/" SOCKET_PREFIX "%u", g->daemon->config.run_dir,
			 g->domid);
		unlink(path);
	}
	if (g->tcp_listener)
		evconnlistener_free(g->tcp_listener);
	g->unix_listener = g->tcp_listener = NULL;
	while (!LIST_EMPTY(&g->clients)) {
		struct client *c = LIST_FIRST(&g->clients);

		/*
		 * A last try to hand over what it has not got yet; whatever does not fit is lost.
		 */
		evbuffer_write(bufferevent_get_output(c->stream), bufferevent_getfd(c->stream));
		client_free(c);
	}
}

void client_clean_directory(struct consoled *d)
{
	DIR *dir = opendir(d->config.run_dir);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (!strncmp(e->d_name, SOCKET_PREFIX, strlen(SOCKET_PREFIX)))
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
}
