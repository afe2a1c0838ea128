/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon as a whole: its limits and the one structure that every part is handed.
 *
 * A map of xend:
 *   main.c settings.c            start, options, /etc/xen/xend-config.sxp
 *   http.c request.c route.c     the HTTP interface (doc/xend-http.md) and its table of operations
 *   stream.c worker.c            answers that come line by line; threads for long work
 *   api-*.c show.c               the handlers of the table, and domains as clients see them
 *   domain.c refresh.c record.c  the register of domains, joined with the hypervisor's list; on
 * disk   create.c teardown.c tree.c   a domain's beginning, its end, its place in xenstore
 *   device*.c disk.c             devices: their classes, how they come and go
 *   sharing.c                    which storage is the same, and who has it
 *   network.c                    the network script of the configuration
 *   script.c                     running the administrator's scripts
 *   policy.c reaper.c attach.c   what happens when a domain ends; what happens when xend comes back
 *   event.c error.c              what is told to whom
 *   backend.h backend-xen.c      the only door to hypervisor, builder and xenstore
 *
 * Lock order: domain `busy` (see domain.h) > device_lock > xend.lock > event and stream locks
 * (leaves).
 */
#ifndef XEND_XEND_H
#define XEND_XEND_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "common/log.h"
#include "common/util.h"
#include "xend/backend.h"
#include "xend/device.h"
#include "xend/domain.h"
#include "xend/error.h"
#include "xend/event.h"
#include "xend/settings.h"
#include "xend/sharing.h"

/* Limits, all of them stated in xend(1). */
#define XEND_DOMAINS_MAX	4096u	/* domains at a time */
#define XEND_BODY_MAX		(4u << 20)	/* bytes of a request's body */
#define XEND_URL_MAX		2048u	/* bytes of a request's path */
#define XEND_CONNECTIONS_MAX	128u	/* HTTP connections at a time */
#define XEND_JOBS_MAX		32u	/* long operations at a time */
#define XEND_VCPUS_MAX		128u	/* virtual CPUs of a domain */
#define XEND_BUSY_WAIT_MS	5000	/* an operation waits this long for another on its domain */
#define XEND_DESTROY_WAIT_MS	30000 /* a destroyed domain's memory is free by then */
#define XEND_RESTART_MIN_S	20	/* from one restart by policy to the next (Xen 2.0) */
#define XEND_RESTART_DOUBLINGS	4u	/* of that time, for a domain that ends again and again */
#define XEND_HTTP_IDLE_S	60u
#define XEND_POLL_MS		2000 /* the hypervisor is asked this often anyway */

struct worker_pool;

struct xend {
	struct backend *backend;
	struct settings settings;
	const char *state_dir;		/* holds domains/UUID.json */
	int64_t started_at;
	struct event_log *events;
	struct worker_pool *workers;

	pthread_mutex_t lock;
	pthread_cond_t changed;		/* a busy field was cleared, a domain came or went */
	struct domain *domains;
	unsigned int nr_domains;
	uint64_t nr_removed;		/* how many were ever struck off; see refresh.c */
	bool ready;			/* re-attachment is over, requests are served */
	bool stopping;
	unsigned int http_idle_s;	/* a connection on which nothing moves is closed then */
	pthread_mutex_t device_lock;	/* claims of devices, see device.h */
	const char *script_dir;		/* where scripts without a path are */
	/* For the sharing guard: what is before /sys and /proc, and stat(). */
	const char *host_root;
	int (*host_stat)(const struct sharing_host *host, const char *path, struct stat *ret);

	/* The clock, in seconds since 1970; a test has its own. */
	int64_t (*now)(struct xend *x);
	void (*sleep_ms)(struct xend *x, int ms);
};

/* Mutex, condition, clock, event log. backend and state_dir are the caller's. 0 or -errno. */
int xend_init(struct xend *x);
/* Frees what xend_init() made and every domain structure; no thread may be using them. */
void xend_clear(struct xend *x);

static inline void xend_lock(struct xend *x)
{
	pthread_mutex_lock(&x->lock);
}

static inline void xend_unlock(struct xend *x)
{
	pthread_mutex_unlock(&x->lock);
}

#endif /* XEND_XEND_H */
