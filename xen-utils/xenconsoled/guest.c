/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's console: its ring in the middle, and around it the log, the history, the tty and the
 * clients. Relies on ring.c for everything that touches shared memory.
 *
 * Rate: every event a guest sends costs EVENT_COST and every byte one, out of a budget that is
 * filled anew each time slot. When it is used up the port stays masked until the slot is over.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "xenconsoled/consoled.h"

#define SLOT_MS       200
#define EVENT_COST    512
#define INPUT_HIGH    4096      /* waiting input above which nobody's is read */
#define LAST_WORDS_PASSES 4     /* over the ring of a guest that goes; it may still be talking */
#define MARKER_PREFIX "[xenconsoled: domain "

/* ---- connection --------------------------------------------------------------------------- */

static int map_ring(struct guest *g, uint64_t ring_ref)
{
	struct libxen *x = g->daemon->x;
	int rc;

	rc = libxen_grant_map_one(x, g->domid, PROT_READ | PROT_WRITE, GNTTAB_RESERVED_CONSOLE,
				  &g->page);
	if (!rc) {
		g->page_granted = true;
		return 0;
	}
	log_debug("domain %u: no console grant (%s), mapping frame 0x%" PRIx64, g->domid,
		  strerror(-rc), ring_ref);
	g->page_granted = false;
	return libxen_map_frame(x, g->domid, PROT_READ | PROT_WRITE, ring_ref, &g->page);
}

static void unmap_ring(struct guest *g)
{
	if (!g->page)
		return;
	if (g->page_granted)
		libxen_grant_unmap(g->daemon->x, g->page, 1);
	else
		libxen_unmap(g->daemon->x, g->page, 1);
	g->page = NULL;
}

static void disconnect(struct guest *g)
{
	if (g->port)
		libxen_evtchn_unbind(g->daemon->evtchn, g->port);
	g->port = 0;
	unmap_ring(g);
}

int guest_connect(struct guest *g, uint64_t ring_ref, evtchn_port_t remote_port)
{
	evtchn_port_t port;
	int rc;

	if (g->port && g->ring_ref == ring_ref && g->remote_port == remote_port)
		return 0;
	disconnect(g);
	rc = map_ring(g, ring_ref);
	if (rc) {
		log_error_errno(rc, "domain %u (%s): cannot map its console ring", g->domid,
				g->name);
		return rc;
	}
	rc = libxen_evtchn_bind_interdomain(g->daemon->evtchn, g->domid, remote_port, &port);
	if (rc) {
		log_error_errno(rc, "domain %u (%s): cannot bind to its console event channel %u",
				g->domid, g->name, remote_port);
		unmap_ring(g);
		return rc;
	}
	g->port = port;
	g->ring_ref = ring_ref;
	g->remote_port = remote_port;
	ring_attach(&g->ring, g->page);
	log_info("domain %u (%s): console connected", g->domid, g->name);
	/* What was said before we listened caused no event that we got. */
	guest_event(g);
	return 0;
}

/* ---- output ------------------------------------------------------------------------------- */

static void distribute(struct guest *g, const char *data, size_t size)
{
	history_add(&g->history, data, size);
	if (g->daemon->config.log_guests)
		logfile_write(&g->log, data, size);
	if (g->tty)
		tty_output(g->tty, data, size);
	client_output(g, data, size);
}

static void complain(struct guest *g)
{
	unsigned int dropped;

	if (log_allowed(&g->trouble, &dropped))
		log_warn("domain %u (%s): its console ring holds impossible indices; output was "
			 "skipped",
			 g->domid, g->name);
}

static void charge(struct guest *g, uint32_t cost)
{
	struct timeval slot = { .tv_usec = SLOT_MS * 1000 };

	g->budget = g->budget > cost ? g->budget - cost : 0;
	if (!evtimer_pending(g->slot_timer, NULL))
		evtimer_add(g->slot_timer, &slot);
}

/* One pass over the ring; true when something was taken. */
static bool drain(struct guest *g)
{
	char buffer[sizeof(g->ring.page->out)];
	ssize_t got = ring_read(&g->ring, buffer, sizeof(buffer));

	if (got < 0) {
		complain(g);
		return true;
	}
	if (!got)
		return false;
	charge(g, (uint32_t)got);
	distribute(g, buffer, (size_t)got);
	return true;
}

static bool feed(struct guest *g)
{
	size_t len = evbuffer_get_length(g->input), space = ring_space(&g->ring), put;
	const char *data;

	if (!len || !space)
		return false;
	if (len > space)
		len = space;
	data = (const char *)evbuffer_pullup(g->input, (ev_ssize_t)len);
	put = data ? ring_write(&g->ring, data, len) : 0;
	evbuffer_drain(g->input, put);
	return put > 0;
}

static void allow_input(struct guest *g, bool allow)
{
	if (g->input_stopped != allow)
		return;
	g->input_stopped = !allow;
	client_allow_input(g, allow);
	if (g->tty)
		tty_allow_input(g->tty, allow);
}

/* The port is masked now; unmasked at the end unless the guest has used up its slot. */
void guest_event(struct guest *g)
{
	bool worked = false;

	if (!g->port)
		return;
	charge(g, EVENT_COST);
	while (g->budget && drain(g))
		worked = true;
	if (feed(g))
		worked = true;
	if (evbuffer_get_length(g->input) < INPUT_HIGH)
		allow_input(g, true);
	if (worked)
		libxen_evtchn_notify(g->daemon->evtchn, g->port);
	g->throttled = !g->budget;
	if (!g->throttled)
		libxen_evtchn_unmask(g->daemon->evtchn, g->port);
}

static uint32_t slot_budget(const struct guest *g)
{
	return g->daemon->config.rate / (1000 / SLOT_MS);
}

static void slot_over(evutil_socket_t fd, short what, void *context)
{
	struct guest *g = context;

	(void)fd;
	(void)what;
	g->budget = slot_budget(g);
	if (g->throttled)
		guest_event(g);
}

/* ---- input -------------------------------------------------------------------------------- */

void guest_input(struct guest *g, struct evbuffer *from)
{
	evbuffer_add_buffer(g->input, from);
	if (g->port && feed(g))
		libxen_evtchn_notify(g->daemon->evtchn, g->port);
	if (evbuffer_get_length(g->input) >= INPUT_HIGH)
		allow_input(g, false);
}

/* ---- life --------------------------------------------------------------------------------- */

/* The line in the log file where a domain's output begins, so that a restart finds it again. */
static void write_marker(struct guest *g)
{
	char line[256], when[32];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	n = snprintf(line, sizeof(line), MARKER_PREFIX "%u (%s) started %s]\r\n", g->domid, g->name,
		     when);
	if (n > 0 && (size_t)n < sizeof(line))
		logfile_write(&g->log, line, (size_t)n);
}

/*
 * Output is appended in order of time, so what follows the last marker is this domain's if the
 * marker is; without any, this domain has filled the whole of what we look at. False: not ours.
 */
static bool find_own_start(const struct guest *g, const char *data, size_t size, size_t *ret_start)
{
	const size_t len = strlen(MARKER_PREFIX);
	const char *at = data, *end = data + size, *found, *line_end;
	bool ours = true;

	*ret_start = 0;
	while ((found = memmem(at, (size_t)(end - at), MARKER_PREFIX, len))) {
		line_end = memchr(found, '\n', (size_t)(end - found));
		at = line_end ? line_end + 1 : end;
		ours = strtoul(found + len, NULL, 10) == g->domid;
		*ret_start = (size_t)(at - data);
	}
	return ours && size;
}

/* False when the log tells nothing of this domain. */
static bool restore_history(struct guest *g)
{
	char *tail = malloc(HISTORY_SIZE + 1);
	bool ours = false;
	size_t size, start;

	if (!tail)
		return false;
	size = logfile_tail(&g->log, tail, HISTORY_SIZE);
	tail[size] = '\0';
	ours = find_own_start(g, tail, size, &start);
	if (ours)
		history_add(&g->history, tail + start, size - start);
	free(tail);
	return ours;
}

static int open_log(struct guest *g)
{
	char clean[sizeof(g->name)], name[sizeof(g->name) + 8];
	int rc;

	logfile_clean_name(g->name, clean, sizeof(clean));
	snprintf(name, sizeof(name), "guest-%s", clean);
	rc = logfile_open(&g->log, g->daemon->config.log_dir, name, &g->daemon->config.limits);
	if (rc)
		return rc;
	if (!g->daemon->starting || !restore_history(g))
		write_marker(g);
	return 0;
}

static void publish_tty(struct guest *g, const char *path)
{
	char node[64];
	int rc;

	snprintf(node, sizeof(node), "/local/domain/%u/console/tty", g->domid);
	rc = xenstore_write_str(g->daemon->store, XENSTORE_NO_TX, node, path);
	if (rc)
		log_warn_errno(rc, "domain %u (%s): cannot publish its terminal in xenstore",
			       g->domid, g->name);
}

/* For xend, which shows it to people. A port that an earlier instance wrote goes away. */
static void publish_tcp(struct guest *g)
{
	struct consoled *d = g->daemon;
	char node[64];
	int rc;

	snprintf(node, sizeof(node), "/local/domain/%u/console/tcp-port", g->domid);
	if (g->tcp_listener)
		rc = xenstore_printf(d->store, XENSTORE_NO_TX, node, "%u",
				     d->config.tcp_base + g->domid);
	else
		rc = xenstore_rm(d->store, XENSTORE_NO_TX, node);
	if (rc && rc != -ENOENT)
		log_warn_errno(rc, "domain %u (%s): cannot publish its TCP port in xenstore",
			       g->domid, g->name);
}

/* A guest without a terminal or without sockets still has its log: neither failure is fatal. */
static void open_ways_in(struct guest *g)
{
	const char *path;
	int rc;

	rc = tty_create(g, &g->tty, &path);
	if (rc)
		log_warn_errno(rc, "domain %u (%s): no pseudo-terminal", g->domid, g->name);
	else
		publish_tty(g, path);
	rc = client_listen(g);
	if (rc)
		log_warn_errno(rc, "domain %u (%s): cannot listen for clients", g->domid, g->name);
	publish_tcp(g);
}

int guest_create(struct consoled *d, uint32_t domid, const char *name,
		 const xen_domain_handle_t handle, struct guest **ret_guest)
{
	struct guest *g = calloc(1, sizeof(*g));
	int rc = -ENOMEM;

	if (!g)
		return -ENOMEM;
	g->daemon = d;
	g->domid = domid;
	g->log.fd = -1;
	LIST_INIT(&g->clients);
	memcpy(g->handle, handle, sizeof(g->handle));
	snprintf(g->name, sizeof(g->name), "%s", name);
	g->budget = slot_budget(g);
	g->slot_timer = evtimer_new(d->base, slot_over, g);
	g->input = evbuffer_new();
	LIST_INSERT_HEAD(&d->guests, g, link);
	if (!g->slot_timer || !g->input)
		goto out;
	if (d->config.log_guests) {
		rc = open_log(g);
		if (rc)
			goto out;
	}
	open_ways_in(g);
	*ret_guest = g;
	return 0;
out:
	guest_destroy(g);
	return rc;
}

void guest_destroy(struct guest *g)
{
	unsigned int passes = LAST_WORDS_PASSES;

	/* Last words: the ring can be read as long as it is mapped, but not for ever. */
	while (g->port && passes-- && drain(g))
		;
	disconnect(g);
	client_unlisten(g);
	tty_destroy(g->tty);
	if (g->slot_timer)
		event_free(g->slot_timer);
	if (g->input)
		evbuffer_free(g->input);
	history_free(&g->history);
	logfile_close(&g->log);
	LIST_REMOVE(g, link);
	free(g);
}
