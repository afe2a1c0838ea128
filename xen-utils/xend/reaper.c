/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching domains end, and doing what their configuration says then.
 *
 * Relies on policy.c for the decision, teardown.c for the deed, worker.h for threads. One thread
 * sleeps in backend wait() (xenstore's @releaseDomain, and a poll every XEND_POLL_MS in case
 * nothing is heard) and looks at all domains; what is due is done by workers, one domain each.
 *
 * A glance at the register only suggests a duty: reaper_serve() becomes the domain's operation and
 * looks again before it acts.
 */
#include <config.h>

#include "xend/life.h"
#include "xend/tree.h"
#include "xend/worker.h"
#include "xend/xend.h"

enum reaper_duty reaper_duty(const struct domain *d)
{
	switch (d->phase) {
	case PHASE_FOREIGN:
		return DUTY_NONE;
	case PHASE_BUILDING:
	case PHASE_ENDING:
		return DUTY_CLEAR;
	case PHASE_RESTARTING:
		return DUTY_RESTART;
	case PHASE_STARTING:
		return d->present && !d->info.dying ? DUTY_START : DUTY_CLEAR;
	case PHASE_PRESERVED:
		return d->present && !d->info.dying ? DUTY_NONE : DUTY_CLEAR;
	case PHASE_RUNNING:
		if (!d->present || d->info.dying)
			return DUTY_CLEAR;
		/* Who suspended it (save, migration) deals with it. */
		if (d->info.shutdown && d->info.shutdown_reason != SHUTDOWN_suspend)
			return DUTY_APPLY_POLICY;
		return devices_due(d) ? DUTY_DEVICES : DUTY_NONE;
	}
	return DUTY_NONE;
}

static void preserve(struct xend *x, struct domain *d, const char *reason)
{
	struct xend_error err = { 0 };

	domain_set_phase(x, d, PHASE_PRESERVED);
	if (domain_save(x, d, &err))
		log_warn("reaper: %s", err.text);
	event_emit(x->events, x->now(x), "domain.preserved", d->name, d->uuid, d->domid, reason);
}

static void apply_policy(struct xend *x, struct domain *d)
{
	const char *reason = policy_reason_name(d->info.shutdown_reason);
	int64_t lived = d->created_at ? x->now(x) - d->created_at : XEND_RESTART_MIN_S;
	bool loop;
	struct policy_verdict v;
	struct xend_error err = { 0 };
	int rc = 0;

	/* The limit is on restarts that follow each other unasked: a guest that ends in a loop. */
	xend_lock(x);
	loop = d->restarts && !d->end_asked;
	xend_unlock(x);
	v = policy_on_end(d->config, d->info.shutdown_reason, loop ? lived : XEND_RESTART_MIN_S);
	event_emit(x->events, x->now(x),
		   d->info.shutdown_reason == SHUTDOWN_crash ? "domain.crashed" : "domain.shutdown",
		   d->name, d->uuid, d->domid, reason);
	log_info("reaper: domain '%s' (id %d) ended: %s; it ran %lld s; now: %s", d->name, d->domid,
		 reason, (long long)lived, domain_action_name(v.action));
	if (v.too_fast)
		log_error("reaper: domain '%s' was restarted only %lld s ago, less than %d s: it "
			  "is not restarted again, see what it says on its console",
			  d->name, (long long)lived, XEND_RESTART_MIN_S);
	switch (v.action) {
	case DOMAIN_ACTION_RESTART:
		rc = domain_restart(x, d, reason, NULL, &err);
		break;
	case DOMAIN_ACTION_RENAME_RESTART:
		rc = domain_rename_restart(x, d, reason, &err);
		break;
	case DOMAIN_ACTION_PRESERVE:
		preserve(x, d, reason);
		break;
	default:
		rc = domain_destroy(x, d, XEND_DESTROY_WAIT_MS,
				    v.too_fast ? "restarted too fast" : reason, &err);
		break;
	}
	if (rc)
		log_error("reaper: domain '%s': %s", d->name, err.text);
}

/* What is left of a domain that is gone, or was never finished. */
static void clear_away(struct xend *x, struct domain *d, bool was_running)
{
	struct xend_error err = { 0 };
	int rc;

	if (was_running)
		log_info("reaper: domain '%s' (id %d) was ended by somebody else or with the "
			 "machine",
			 d->name, d->domid);
	rc = domain_destroy(x, d, 0, "cleared", &err);
	if (rc && rc != -ETIMEDOUT)	/* ETIMEDOUT: still dying, the next round comes by again */
		log_error("reaper: domain '%s': %s", d->name, err.text);
}

static void finish_start(struct xend *x, struct domain *d)
{
	struct xend_error err = { 0 };

	/* An error means that it was unpaused already; if it was not, `xm unpause` is at hand. */
	if (!d->start_paused)
		x->backend->ops->unpause(x->backend, d->domid);
	domain_set_phase(x, d, PHASE_RUNNING);
	if (domain_save(x, d, &err))
		log_warn("reaper: %s", err.text);
}

void reaper_serve(struct xend *x, struct domain *d)
{
	struct xend_error err = { 0 };
	enum reaper_duty duty;
	bool was_running;

	if (domain_begin(x, d, "cleanup", 0, &err))
		return;		/* whoever has it, or the next round, will see */
	if (domains_refresh(x, &err)) {
		log_warn("reaper: %s", err.text);
		domain_end(x, d);
		return;
	}
	xend_lock(x);
	duty = reaper_duty(d);
	was_running = d->phase == PHASE_RUNNING;
	if (duty == DUTY_RESTART || duty == DUTY_APPLY_POLICY)
		d->busy = "restart policy";
	xend_unlock(x);
	switch (duty) {
	case DUTY_NONE:
		break;
	case DUTY_APPLY_POLICY:
		apply_policy(x, d);
		break;
	case DUTY_CLEAR:
		clear_away(x, d, was_running);
		break;
	case DUTY_RESTART:
		if (domain_restart(x, d, "interrupted restart", NULL, &err))
			log_error("reaper: domain '%s': %s", d->name, err.text);
		break;
	case DUTY_START:
		finish_start(x, d);
		break;
	case DUTY_DEVICES:
		devices_serve(x, d);
		break;
	}
	domain_end(x, d);
}

static void serve_job(void *x, void *d)
{
	reaper_serve(x, d);
	domain_put(x, d);
}

void reaper_round(struct xend *x)
{
	struct xend_error err = { 0 };
	struct domain **list;
	size_t count;

	if (domains_refresh(x, &err)) {
		log_warn("reaper: %s", err.text);
		return;
	}
	if (domains_snapshot(x, &list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		struct domain *d = list[i];
		bool due;

		xend_lock(x);
		due = d->listed && !d->busy && reaper_duty(d) != DUTY_NONE;
		if (due)
			d->refs++;
		xend_unlock(x);
		if (!due)
			continue;
		if (!x->workers)
			serve_job(x, d);
		else if (worker_submit(x->workers, serve_job, x, d))
			domain_put(x, d);	/* too busy: the next round comes by again */
	}
	domains_put(x, list, count);
}

void *reaper_main(void *arg)
{
	struct xend *x = arg;
	bool stopping = false;
	int rc;

	while (!stopping) {
		reaper_round(x);
		rc = x->backend->ops->wait(x->backend, XEND_POLL_MS);
		if (rc < 0) {
			log_warn_errno(-rc, "reaper: xenstored is not heard; polling goes on");
			x->sleep_ms(x, XEND_POLL_MS);
		}
		xend_lock(x);
		stopping = x->stopping;
		xend_unlock(x);
	}
	return NULL;
}
