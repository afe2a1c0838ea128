/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's console ring, appended to hypervisor.log as it grows.
 *
 * The hypervisor numbers the bytes of its ring; the number up to which they are in the log is kept
 * in a file of the run directory (which, like the ring, is gone after a reboot), so a restart
 * continues without gap or repetition. Relies on libxen.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "xenconsoled/consoled.h"

#define READ_SIZE    16384
#define POLL_SECONDS 1

struct hypervisor_log {
	struct consoled *daemon;
	struct logfile log;
	evtchn_port_t port;     /* 0: the event is taken, the ring is looked at now and then */
	struct event *poll;
	uint32_t index;         /* the next byte to read */
	int index_fd;           /* -1: cannot be kept */
};

static void index_load(struct hypervisor_log *h)
{
	char path[512];
	uint32_t index;

	snprintf(path, sizeof(path), "%s/hypervisor.index", h->daemon->config.run_dir);
	h->index_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (h->index_fd < 0)
		log_warn_errno(errno,
			       "%s: cannot open; after a restart hypervisor.log repeats itself",
			       path);
	else if (pread(h->index_fd, &index, sizeof(index), 0) == sizeof(index))
		h->index = index;
}

static void index_save(struct hypervisor_log *h)
{
	if (h->index_fd >= 0 &&
	    pwrite(h->index_fd, &h->index, sizeof(h->index), 0) != sizeof(h->index))
		log_warn("the position in the hypervisor's console cannot be saved");
}

static void collect(struct hypervisor_log *h)
{
	char buffer[READ_SIZE];
	uint32_t index;
	int got;

	do {
		index = h->index;
		got = libxen_console_read(h->daemon->x, buffer, sizeof(buffer), false, true,
					  &index);
		if (got <= 0)
			return;
		logfile_write(&h->log, buffer, (size_t)got);
		h->index = index;
		index_save(h);
	} while (got == (int)sizeof(buffer));
}

static void on_poll(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	collect(context);
}

static int start_polling(struct hypervisor_log *h)
{
	struct timeval every = { .tv_sec = POLL_SECONDS };

	h->poll = event_new(h->daemon->base, -1, EV_PERSIST, on_poll, h);
	if (!h->poll)
		return -ENOMEM;
	return event_add(h->poll, &every) ? -ENOMEM : 0;
}

int hypervisor_start(struct consoled *d)
{
	struct hypervisor_log *h = calloc(1, sizeof(*h));
	int rc;

	if (!h)
		return -ENOMEM;
	h->daemon = d;
	h->index_fd = -1;
	d->hypervisor = h;
	rc = logfile_open(&h->log, d->config.log_dir, "hypervisor", &d->config.limits);
	if (rc)
		return rc;
	index_load(h);
	rc = libxen_evtchn_bind_virq(d->evtchn, VIRQ_CON_RING, &h->port);
	if (rc) {
		log_warn_errno(
			rc,
			"the hypervisor's console event is taken; looking every second instead");
		h->port = 0;
		rc = start_polling(h);
	} else {
		libxen_evtchn_unmask(d->evtchn, h->port);
	}
	collect(h);
	return rc;
}

bool hypervisor_event(struct consoled *d, evtchn_port_t port)
{
	struct hypervisor_log *h = d->hypervisor;

	if (!h || !h->port || h->port != port)
		return false;
	/* Unmasked first: what is added while we read raises the event again. */
	libxen_evtchn_unmask(d->evtchn, port);
	collect(h);
	return true;
}

void hypervisor_reopen_log(struct consoled *d)
{
	if (d->hypervisor)
		logfile_reopen(&d->hypervisor->log);
}

void hypervisor_stop(struct consoled *d)
{
	struct hypervisor_log *h = d->hypervisor;

	if (!h)
		return;
	if (h->port)
		libxen_evtchn_unbind(d->evtchn, h->port);
	if (h->poll)
		event_free(h->poll);
	if (h->index_fd >= 0)
		close(h->index_fd);
	logfile_close(&h->log);
	free(h);
	d->hypervisor = NULL;
}
