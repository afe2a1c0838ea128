/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenconsoled: the daemon behind guests' consoles. A map of it:
 *
 *	main.c        options, opening everything, the event loop
 *	domains.c     which guests there are (xenstore)
 *	guest.c       one guest: its ring, and where its bytes go
 *	client.c      people: unix sockets and TCP ports, one listener of each a guest
 *	tty.c         the pseudo-terminal of a guest, for tools that expect one
 *	hypervisor.c  the hypervisor's own console ring
 *	ring.c history.c logfile.c   the parts that know of no other
 *
 * One thread, one event loop. The daemon may be killed at any moment: the kernel gives back rings
 * and event channels, guests wait or go on, and the next instance finds them in xenstore, continues
 * each ring where it stood and takes the history for late clients from the end of the log file.
 *
 * A slow reader never stops a guest: what it cannot take is dropped for it alone (it is told). A
 * chatty guest is slowed by leaving its event channel masked until its next time slot.
 */
#ifndef XENCONSOLED_CONSOLED_H
#define XENCONSOLED_CONSOLED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/log.h"
#include "libxen/libxen.h"
#include "libxenstore/xenstore.h"
#include "xenconsoled/history.h"
#include "xenconsoled/logfile.h"
#include "xenconsoled/ring.h"

struct consoled_config {
	const char *log_dir;            /* XEN_LOG_DIR/console */
	const char *run_dir;            /* XENCONSOLED_RUN_DIR */
	struct logfile_limits limits;
	bool log_guests, log_hypervisor;
	uint32_t rate;                  /* bytes a second from one guest */
	const char *tcp_address;        /* NULL: no TCP ports */
	unsigned int tcp_base;
};

struct client;
LIST_HEAD(client_list, client);

struct guest {
	LIST_ENTRY(guest) link;
	struct consoled *daemon;
	uint32_t domid;
	xen_domain_handle_t handle;     /* tells a domain from a later one of the same number */
	char name[128];
	bool seen;                      /* by the scan in progress */

	/* the connection; port 0: none */
	struct ring ring;
	void *page;
	bool page_granted;              /* else mapped as foreign memory */
	uint64_t ring_ref;
	evtchn_port_t remote_port, port;

	/* output */
	struct history history;
	struct logfile log;
	uint32_t budget;                /* what it may still put out in this time slot */
	struct event *slot_timer;       /* pending while a time slot is open */
	bool throttled;                 /* its port stays masked until the slot is over */
	struct log_ratelimit trouble;

	/* input */
	struct evbuffer *input;
	bool input_stopped;

	struct tty *tty;
	struct evconnlistener *unix_listener, *tcp_listener;
	struct client_list clients;
	struct client *writer;          /* whose input goes to the guest; NULL: who types first */
};

struct consoled {
	struct consoled_config config;
	struct event_base *base;
	struct libxen *x;
	struct libxen_evtchn *evtchn;
	struct event *evtchn_event;
	struct xenstore *store;
	struct event *store_event, *store_retry;
	struct hypervisor_log *hypervisor;
	bool starting;                  /* guests found now were there before us */
	LIST_HEAD(, guest) guests;
};

/* ---- domains.c: who is there -------------------------------------------------------------- */

/* Connects to xenstore and takes in the guests there are. -errno when there is no store. */
int domains_start(struct consoled *d);
void domains_stop(struct consoled *d);

/* ---- guest.c ------------------------------------------------------------------------------ */

int guest_create(struct consoled *d, uint32_t domid, const char *name,
		 const xen_domain_handle_t handle, struct guest **ret_guest);
void guest_destroy(struct guest *g);
/* (Re)connects when ring or port differ from what is connected; 0 or -errno. */
int guest_connect(struct guest *g, uint64_t ring_ref, evtchn_port_t remote_port);
/* Its event channel fired. */
void guest_event(struct guest *g);
/* Input for the guest from a client or the tty; taken out of @from as far as there is room. */
void guest_input(struct guest *g, struct evbuffer *from);

/* ---- client.c ----------------------------------------------------------------------------- */

int client_listen(struct guest *g);
void client_unlisten(struct guest *g);
/* To every client of the guest. */
void client_output(struct guest *g, const char *data, size_t size);
/* Whether clients' input is read at all. */
void client_allow_input(struct guest *g, bool allow);
/* Removes sockets left by guests that are gone. */
void client_clean_directory(struct consoled *d);

/* ---- tty.c -------------------------------------------------------------------------------- */

/* Makes the pseudo-terminal; *ret_path is its device, valid as long as it. */
int tty_create(struct guest *g, struct tty **ret_tty, const char **ret_path);
void tty_destroy(struct tty *t);
void tty_output(struct tty *t, const char *data, size_t size);
void tty_allow_input(struct tty *t, bool allow);

/* ---- hypervisor.c ------------------------------------------------------------------------- */

int hypervisor_start(struct consoled *d);
void hypervisor_stop(struct consoled *d);
/* True if @port was its event channel. */
bool hypervisor_event(struct consoled *d, evtchn_port_t port);
void hypervisor_reopen_log(struct consoled *d);

#endif /* XENCONSOLED_CONSOLED_H */
