/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pseudo-terminal of a guest, whose device other tools find in xenstore (console/tty).
 *
 * Output waits in a queue of limited length from which the oldest is dropped, because most of the
 * time nobody has the terminal open. Relies on guest.c for input.
 */
#include <config.h>

#include <errno.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/io.h"
#include "xenconsoled/consoled.h"

#define QUEUE_MAX 65536

struct tty {
	struct guest *guest;
	int master, slave;      /* the slave stays open: without one the master reports errors */
	char path[64];
	struct evbuffer *queue;
	struct event *readable, *writable;
};

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct tty *t = context;
	struct evbuffer *in = evbuffer_new();

	(void)what;
	if (!in)
		return;
	if (evbuffer_read(in, fd, 1024) > 0)
		guest_input(t->guest, in);
	evbuffer_free(in);
}

static void flush_queue(struct tty *t)
{
	if (evbuffer_get_length(t->queue))
		evbuffer_write(t->queue, t->master);
	if (evbuffer_get_length(t->queue))
		event_add(t->writable, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	flush_queue(context);
}

void tty_output(struct tty *t, const char *data, size_t size)
{
	size_t len;

	evbuffer_add(t->queue, data, size);
	len = evbuffer_get_length(t->queue);
	if (len > QUEUE_MAX)
		evbuffer_drain(t->queue, len - QUEUE_MAX);
	if (!event_pending(t->writable, EV_WRITE, NULL))
		flush_queue(t);
}

void tty_allow_input(struct tty *t, bool allow)
{
	if (allow)
		event_add(t->readable, NULL);
	else
		event_del(t->readable);
}

static int open_pair(struct tty *t)
{
	struct termios raw;
	char path[sizeof(t->path)];

	if (openpty(&t->master, &t->slave, path, NULL, NULL))
		return -errno;
	memcpy(t->path, path, sizeof(path));
	if (tcgetattr(t->slave, &raw))
		return -errno;
	cfmakeraw(&raw);
	if (tcsetattr(t->slave, TCSAFLUSH, &raw))
		return -errno;
	return io_set_nonblock(t->master);
}

int tty_create(struct guest *g, struct tty **ret_tty, const char **ret_path)
{
	struct tty *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->guest = g;
	t->master = t->slave = -1;
	rc = open_pair(t);
	if (rc)
		goto out;
	rc = -ENOMEM;
	t->queue = evbuffer_new();
	t->readable = event_new(g->daemon->base, t->master, EV_READ | EV_PERSIST, on_readable, t);
	t->writable = event_new(g->daemon->base, t->master, EV_WRITE, on_writable, t);
	if (!t->queue || !t->readable || !t->writable)
		goto out;
	event_add(t->readable, NULL);
	*ret_tty = t;
	*ret_path = t->path;
	return 0;
out:
	tty_destroy(t);
	return rc;
}

void tty_destroy(struct tty *t)
{
	if (!t)
		return;
	if (t->readable)
		event_free(t->readable);
	if (t->writable)
		event_free(t->writable);
	if (t->queue)
		evbuffer_free(t->queue);
	if (t->master >= 0)
		close(t->master);
	if (t->slave >= 0)
		close(t->slave);
	free(t);
}
