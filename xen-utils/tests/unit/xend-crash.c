/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend killed with SIGKILL at every single step of what it does, and started again: what was
 * acknowledged is there, what was not is whole or gone, and running domains are never touched.
 */
#include <config.h>

#include "tests/unit/xend-kill.h"

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

	kill_prepare();
	tap_ok(kill_run_child(deed_create, 0, false), "a create that is not disturbed ends well");
	kill_come_back("acknowledged", 0);
	d = domain_find(&x, "c", &err);
	tap_ok(d && d->phase == PHASE_RUNNING && d->domid == 2,
	       "a new xend knows what was acknowledged");
	tap_ok(d && d->config && d->config->memory_mb == 64, "with its configuration");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

static void test_reboot_of_machine(void)
{
	kill_prepare();
	for (int i = 1; i < FAKE_DOMAINS; i++)
		fake->domain[i].used = false;
	memset(&fake->store, 0, sizeof(fake->store));
	tap_ok(kill_come_back("machine", 0),
	       "after a reboot of the machine old records are cleared");
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
	kill_prepare();
	write_file(U1 ".json", "{ \"record\": 1, ");
	write_file(U2 ".json", "{\"record\": 1, \"uuid\": \"" U1 "\", \"name\": \"x\"}");
	write_file(U1 ".json.aB3xYz", "torn");
	write_file("README", "not a record");
	tap_ok(kill_come_back("bad records", 0), "records that are damaged do not stop xend");
	tap_ok(file_exists(U1 ".bad") && file_exists(U2 ".bad"), "they are set aside");
	tap_ok(!file_exists(U1 ".json.aB3xYz"), "remains of a write are removed");
	tap_ok(file_exists("README"), "other files are left alone");
	tap_ok(kill_bystander_ok(), "the good record counts");
	fake_stop_xend(&x);
}

int main(void)
{
	test_acknowledged();
	test_reboot_of_machine();
	test_bad_records();
	kill_test("create", NULL, deed_create);
	kill_test("destroy", deed_create, deed_destroy);
	kill_test("restart", before_reboot, deed_round);
	kill_test("rename-restart", before_rename, deed_round);
	fake_finish();
	return tap_done();
}
