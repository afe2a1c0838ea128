/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend killed with SIGKILL at every single step of what it does, and started again: what was
 * acknowledged is there, what was not is whole or gone, and running domains are never touched.
 */
#include <config.h>

#include <signal.h>
#include <sys/wait.h>

#include "tests/tap.h"
#include "tests/unit/xend-fake.h"

static struct xend x;

typedef void (*deed_fn)(void);

/* Run a deed in a child that is killed at step `at`. True when it lived to the end. */
static bool run_child(deed_fn deed, int at, bool after)
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
		tap_ok(false, "the child failed with status %d", status);
	return !WIFSIGNALED(status);
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
	if (!ok)
		tap_diag("%s, step %d: domains %u records %u listed %u nodes %u", where, at,
			 fake_nr_domains(), fake_nr_records(), x.nr_domains, fake_nr_nodes("/vm/"));
	return ok;
}

/* xend is back: a few rounds of the reaper, and all must be in order. */
static bool come_back(const char *where, int at)
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
static bool bystander_ok(void)
{
	struct fake_domain *d = fake_domain(1);

	return d && !d->info.paused && d->introduced && (int)d->unpauses == bystander_unpauses;
}

static void prepare(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='bystander'\n", &err);
	bystander_unpauses = fake_domain(1)->unpauses;
}

static void every_step(const char *name, deed_fn before, deed_fn deed)
{
	int killed = 0, bad = 0, hurt = 0;

	for (int after = 0; after < 2; after++) {
		for (int at = 1; at < 2000; at++) {
			bool lived;

			prepare();
			if (before)
				before();
			lived = run_child(deed, at, after);
			bad += !come_back(name, at);
			hurt += !bystander_ok();
			fake_stop_xend(&x);
			if (lived)
				break;
			killed++;
		}
	}
	tap_ok(killed > 20, "%s: xend was killed at %d points", name, killed);
	tap_is_int(bad, 0, "%s: after each of them all is in order again", name);
	tap_is_int(hurt, 0, "%s: a domain that ran meanwhile was not touched", name);
}

static void deed_create(void)
{
	struct xend_error err = { 0 };

	fake_create(&x, FAKE_GUEST "name='c'\n", &err);
}

static void deed_destroy(void)
{
	struct xend_error err = { 0 };
	struct domain *d = domain_find(&x, "c", &err);

	if (!d || domain_begin(&x, d, "destroy", 0, &err))
		return;
	domain_destroy(&x, d, 1000, "test", &err);
	domain_end(&x, d);
	domain_put(&x, d);
}

static void before_reboot(void)
{
	struct xend_error err = { 0 };

	fake_create(&x, FAKE_GUEST "name='c'\non_reboot='restart'\n", &err);
	fake->clock += 60;
	fake_end(2, SHUTDOWN_reboot);
}

static void before_rename(void)
{
	struct xend_error err = { 0 };

	fake_create(&x, FAKE_GUEST "name='c'\non_crash='rename-restart'\n", &err);
	fake->clock += 60;
	fake_end(2, SHUTDOWN_crash);
}

static void deed_round(void)
{
	reaper_round(&x);
}

static void test_acknowledged(void)
{
	struct domain *d;
	struct xend_error err = { 0 };

	prepare();
	tap_ok(run_child(deed_create, 0, false), "a create that is not disturbed ends well");
	come_back("acknowledged", 0);
	d = domain_find(&x, "c", &err);
	tap_ok(d && d->phase == PHASE_RUNNING && d->domid == 2,
	       "a new xend knows what was acknowledged");
	tap_ok(d && d->config && d->config->memory_mb == 64, "with its configuration");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

static void test_reboot_of_machine(void)
{
	prepare();
	for (int i = 1; i < FAKE_DOMAINS; i++)
		fake->domain[i].used = false;
	memset(&fake->store, 0, sizeof(fake->store));
	tap_ok(come_back("machine", 0), "after a reboot of the machine old records are cleared");
	tap_is_int(x.nr_domains, 1, "and domain 0 is all there is");
	fake_stop_xend(&x);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/domains/%s", fake_state_dir(), name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static bool file_exists(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/domains/%s", fake_state_dir(), name);
	return access(path, F_OK) == 0;
}

#define U1 "11111111-2222-3333-4444-555555555555"
#define U2 "11111111-2222-3333-4444-666666666666"

static void test_bad_records(void)
{
	prepare();
	write_file(U1 ".json", "{ \"record\": 1, ");
	write_file(U2 ".json", "{\"record\": 1, \"uuid\": \"" U1 "\", \"name\": \"x\"}");
	write_file(U1 ".json.aB3xYz", "torn");
	write_file("README", "not a record");
	tap_ok(come_back("bad records", 0), "records that are damaged do not stop xend");
	tap_ok(file_exists(U1 ".bad") && file_exists(U2 ".bad"), "they are set aside");
	tap_ok(!file_exists(U1 ".json.aB3xYz"), "remains of a write are removed");
	tap_ok(file_exists("README"), "other files are left alone");
	tap_ok(bystander_ok(), "the good record counts");
	fake_stop_xend(&x);
}

int main(void)
{
	test_acknowledged();
	test_reboot_of_machine();
	test_bad_records();
	every_step("create", NULL, deed_create);
	every_step("destroy", deed_create, deed_destroy);
	every_step("restart", before_reboot, deed_round);
	every_step("rename-restart", before_rename, deed_round);
	fake_finish();
	return tap_done();
}
