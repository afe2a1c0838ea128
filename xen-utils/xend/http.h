/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server: sockets, who may speak to them, and requests of bounded size.
 *
 * Relies on libmicrohttpd and route.h. Relied on by main.c. One thread a connection, at most
 * XEND_CONNECTIONS_MAX, so a long operation delays nobody else.
 */
#ifndef XEND_HTTP_H
#define XEND_HTTP_H

#include <stddef.h>

struct xend;
struct http_server;

/*
 * Listen on a unix socket that only root may use: the file's mode and the peer's credentials are
 * both checked. A socket file left by a dead xend is replaced. 0, or -errno with a sentence in why.
 */
int http_listen_unix(struct xend *x, const char *path, struct http_server **ret_server, char *why,
		     size_t why_size);

/*
 * Listen on a TCP address; encrypted, and for who has the token, when x->settings name certificate,
 * key and token. settings_check() has seen that an address others reach has them.
 */
int http_listen_tcp(struct xend *x, const char *address, unsigned int port,
		    struct http_server **ret_server, char *why, size_t why_size);

/*
 * Stop listening and wait for the requests that run; call event_log_stop() before. NULL
 * accepted.
 */
void http_stop(struct http_server *server);

#endif /* XEND_HTTP_H */
