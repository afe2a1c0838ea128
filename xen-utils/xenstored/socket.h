/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unix socket: programs in the control domain, all of them privileged (the socket's mode keeps
 * others out).
 *
 * Relies on libevent, wire.c and store.c. Used by main.c.
 */
#ifndef XENSTORED_SOCKET_H
#define XENSTORED_SOCKET_H

#include <event2/event.h>

#include "xenstored/store.h"

struct socket_server;

/* Listen on @path, replacing what a dead daemon left there. The journal's lock is held. */
int socket_listen(struct store *s, struct event_base *base, const char *path,
		  struct socket_server **ret_server);

/* Close the listener and every client. Accepts NULL. */
void socket_close(struct socket_server *server);

#endif
