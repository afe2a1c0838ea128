/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Killing xend at every step of a deed, and looking whether all is in order when it comes back; see
 * xend-kill.h.
 *
 * Relies on xend-fake.h, whose machine outlives the killed child.
 */
#include <config.h>

#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/xend-kill.h"

struct xend x;

/* Run a deed in a child that is killed at step `at`. True when it lived to the end. */
bool kill_run_child(deed_fn deed, int at, bool after)
{
	int status;
	pid_t pid;

	fake_arm(0, at, after);
	pid = fork();
	if (pid == 0) {
		fake_restart_xend(&x);
		deed();
		fake_stop_xend(&x);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	fake_disarm();
	if (!WIFSIGNALED(status) && WEXITSTATUS(status))
		tap_bail("the child failed with status %d", status);
	return !WIFSIGNALED(status);
}

/* Every device is attached, whole, and nothing else is there. */
static bool devices_in_order(void)
{
	unsigned int nr = 0, fronts = 0, total;
	char path[128];
	bool ok = true;

	for (struct domain *d = x.domains; d; d = d->next) {
		for (struct device *dev = d->devices; dev; dev = dev->next) {
			ok &= dev->phase == DEVICE_ATTACHED;
			ok &= device_back_state(x.backend, dev, d->domid) >= DEVICE_STATE_INIT_WAIT;
			device_front_path(dev, d->domid, path, sizeof(path));
			fronts += fake_value(path) != NULL;
			nr++;
		}
	}
	total = nr;
	for (int i = 0; i < FAKE_NODES; i++) {
		struct fake_node *n = &fake->store.node[i];

		if (n->used && str_has_prefix(n->path, "/local/domain/0/backend/") &&
		    strstr(n->path, "/frontend-id"))
			ok &= nr-- > 0, fronts--;
	}
	ok &= !nr && !fronts && fake_nr_held() == total;
	if (!ok)
		tap_diag("devices: %u without back end, %u without front end", nr, fronts);
	return ok;
}

/* The machine is in order: everybody knows the same domains, each with its whole tree. */
static bool in_order(const char *where, int at)
{
	bool ok = fake_nr_domains() == fake_nr_records() && fake_nr_domains() + 1 == x.nr_domains;

	for (struct domain *d = x.domains; d; d = d->next) {
		char path[128];

		if (d->domid == 0)
			continue;
		snprintf(path, sizeof(path), "/local/domain/%d/name", d->domid);
		ok &= d->phase == PHASE_RUNNING || d->phase == PHASE_PRESERVED;
		ok &= fake_value(path) && str_eq(fake_value(path), d->name);
		ok &= fake_domain(d->domid) && fake_domain(d->domid)->introduced;
		ok &= d->phase == PHASE_PRESERVED || !fake_domain(d->domid)->info.paused;
	}
	ok &= fake_nr_domains() || !fake_nr_nodes("/vm/");
	ok &= devices_in_order();
	if (!ok)
		tap_diag("%s, step %d: domains %u records %u listed %u nodes %u", where, at,
			 fake_nr_domains(), fake_nr_records(), x.nr_domains, fake_nr_nodes("/vm/"));
	return ok;
}

/* xend is back: a few rounds of the reaper, and all must be in order. */
bool kill_come_back(const char *where, int at)
{
	bool ok;

	fake_stop_xend(&x);
	fake_restart_xend(&x);
	for (int i = 0; i < 3; i++)
		reaper_round(&x);
	ok = in_order(where, at);
	return ok;
}

static int bystander_unpauses;

/* Another domain that runs all the time must be found exactly as it was. */
bool kill_bystander_ok(void)
{
	struct fake_domain *d = fake_domain(1);

	return d && !d->info.paused && d->introduced && (int)d->unpauses == bystander_unpauses;
}

void kill_prepare(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='bystander'\n", &err);
	bystander_unpauses = fake_domain(1)->unpauses;
}

/* Steps of an undisturbed deed; what of them is inside a transaction is in fake->in_tx. */
static int count_steps(deed_fn before, deed_fn deed)
{
	int steps;

	kill_prepare();
	if (before)
		before();
	kill_run_child(deed, 0, false);
	steps = fake->steps;
	fake_stop_xend(&x);
	return steps;
}

struct kill_result kill_every_step(const char *name, deed_fn before, deed_fn deed)
{
	struct kill_result r = { 0, 0, 0 };
	int steps = count_steps(before, deed);

	/*
	 * Killed after a step is killed before the next one, but for what lies between the two; and
	 * nothing that is done inside a transaction is seen before its end. Of those, some will do.
	 */
	for (int after = 0; after < 2; after++) {
		for (int at = 1; at <= steps; at += after ? 7 : 1) {
			if (fake->in_tx[at] && at % 16)
				continue;
			kill_prepare();
			if (before)
				before();
			r.killed += !kill_run_child(deed, at, after);
			r.disorder += !kill_come_back(name, at);
			r.hurt += !kill_bystander_ok();
			fake_stop_xend(&x);
		}
	}
	return r;
}
