/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain's life: its beginning (create.c), its end (teardown.c), what follows from its end
 * (policy.c, reaper.c) and xend's own return (attach.c).
 *
 * Relies on domain.h, tree.h and the backend. Relied on by the handlers and main.c. Every function
 * here that changes a domain expects the caller to be its one operation (domain_begin()).
 */
#ifndef XEND_LIFE_H
#define XEND_LIFE_H

#include "xend/domain.h"

struct xend;

/* Who wants to know how long work goes on. Any function may be NULL, and so may the whole. */
struct progress {
	void (*report)(void *context, const char *what, uint64_t done, uint64_t total,
		       const char *unit);
	void (*warn)(void *context, const struct xend_error *warning);
	void *context;
};

void progress_report(const struct progress *p, const char *what, uint64_t done, uint64_t total,
		     const char *unit);
void progress_warn(const struct progress *p, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- create.c ---- */

/*
 * Can this version of xend run such a domain? Checks what config.h does not know: the type,
 * devices, the number of virtual CPUs. Changes nothing. 0 or -errno with a sentence.
 */
int create_check(struct xend *x, const struct domain_config *config,
		 const struct progress *progress, struct xend_error *err);

/*
 * Make a new domain from config, which is taken over in every case. On success the domain runs (or
 * is paused, as asked), is on disk, and *ret_domain is counted. On failure no trace is left: not in
 * the hypervisor, xenstore, register or on disk.
 */
int domain_create(struct xend *x, struct domain_config *config, bool paused,
		  const struct progress *progress, struct domain **ret_domain,
		  struct xend_error *err);

/*
 * Build and start a domain that is in the register; the caller is its operation. On failure what
 * was built is gone again; register entry and record are left to the caller.
 */
int domain_bring_up(struct xend *x, struct domain *d, const struct progress *progress,
		    struct xend_error *err);

/* ---- teardown.c ---- */

/*
 * End the domain in the hypervisor and clear its xenstore nodes; wait until its memory is free.
 * Register and record stay. Idempotent. -ETIMEDOUT when it is still dying after wait_ms.
 */
int domain_take_down(struct xend *x, struct domain *d, int wait_ms, struct xend_error *err);

/* The same, then strike off record and register: the domain is gone. */
int domain_destroy(struct xend *x, struct domain *d, int wait_ms, const char *reason,
		   struct xend_error *err);

/* Destroy and bring up again under the same name and UUID. On failure the domain is gone. */
int domain_restart(struct xend *x, struct domain *d, const char *reason,
		   const struct progress *progress, struct xend_error *err);

/* Keep the ended domain under a new name and UUID, and start a new one in its place. */
int domain_rename_restart(struct xend *x, struct domain *d, const char *reason,
			  struct xend_error *err);

/* ---- dump.c ---- */

/*
 * Write a core file: to path, or to one that is named after the domain and the time (NULL).
 * ret_path[size] is the file's name then; nothing is left of one that fails.
 */
int domain_dump(struct xend *x, struct domain *d, const char *path, char *ret_path, size_t size,
		const struct progress *progress, struct xend_error *err);

/* ---- policy.c: pure ---- */

struct policy_verdict {
	enum domain_action action;	/* DESTROY, RESTART, PRESERVE or RENAME_RESTART */
	bool dump;			/* write a core file before anything else */
	bool too_fast;			/* too soon after the last one: RESTART waits */
};

/*
 * What is to be done with a domain that ended for this SHUTDOWN_* reason, lived_s seconds after its
 * last restart (negative: nothing is known, or none that counts), when fast of its last lives were
 * too short one after the other.
 */
struct policy_verdict policy_on_end(const struct domain_config *config, unsigned int reason,
				    int64_t lived_s, unsigned int fast);
/* Seconds from one restart to the next: 20, and twice as many each time up to 320. */
int64_t policy_restart_delay(unsigned int fast);
/* "poweroff", "reboot", ... for people and for the interface; "unknown" for other numbers. */
const char *policy_reason_name(unsigned int reason);

/* ---- reaper.c ---- */

enum reaper_duty {
	DUTY_NONE,
	DUTY_APPLY_POLICY,	/* it ended by itself */
	DUTY_CLEAR,		/* it is gone, dying or was never finished: clear what is left */
	DUTY_RESTART,		/* a restart was begun and not finished */
	DUTY_START,		/* it was finished, but perhaps not unpaused */
	DUTY_DEVICES,		/* a device came or went half */
};

/* What is to be done for a domain that no operation runs on. Pure; under the register's lock. */
enum reaper_duty reaper_duty(const struct domain *d);

/* Do what is due for one domain; begins and ends the operation itself. */
void reaper_serve(struct xend *x, struct domain *d);

/* One round over all domains; work goes to the worker pool, or is done here when there is none. */
void reaper_round(struct xend *x);

/* The thread's body: rounds whenever something happened, until x->stopping. */
void *reaper_main(void *x);

/* ---- attach.c ---- */

/* Take up every domain from disk and from the hypervisor. Before any request is served. */
int attach_all(struct xend *x, struct xend_error *err);

/* ---- network.c ---- */

/* Run the configured network script, if any. 0, its exit status, or -errno; it is logged. */
int network_start(struct xend *x);

#endif /* XEND_LIFE_H */
