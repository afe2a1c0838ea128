/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xend does when domains end by themselves: the policy alone, and carried out over simulated
 * time on the fake machine.
 */
#include <config.h>

#include "tests/tap.h"
#include "tests/unit/xend-fake.h"

static struct xend x;

static void test_table(void)
{
	struct domain_config c = {
		.on_poweroff = DOMAIN_ACTION_DESTROY, .on_reboot = DOMAIN_ACTION_RESTART,
		.on_crash = DOMAIN_ACTION_PRESERVE, .on_watchdog = DOMAIN_ACTION_RENAME_RESTART,
	};
	struct policy_verdict v;

	tap_is_int(policy_on_end(&c, SHUTDOWN_poweroff, 100, 0).action, DOMAIN_ACTION_DESTROY,
		   "poweroff asks on_poweroff");
	tap_is_int(policy_on_end(&c, SHUTDOWN_reboot, 100, 0).action, DOMAIN_ACTION_RESTART,
		   "reboot asks on_reboot");
	tap_is_int(policy_on_end(&c, SHUTDOWN_crash, 1, 0).action, DOMAIN_ACTION_PRESERVE,
		   "crash asks on_crash");
	tap_is_int(policy_on_end(&c, SHUTDOWN_watchdog, 100, 0).action,
		   DOMAIN_ACTION_RENAME_RESTART, "watchdog asks on_watchdog");
	tap_is_int(policy_on_end(&c, 77, 100, 0).action, DOMAIN_ACTION_DESTROY,
		   "a reason nobody knows ends the domain");
	v = policy_on_end(&c, SHUTDOWN_reboot, XEND_RESTART_MIN_S - 1, 0);
	tap_ok(v.action == DOMAIN_ACTION_RESTART && v.too_fast,
	       "19 s of life are too short to restart at once");
	v = policy_on_end(&c, SHUTDOWN_reboot, XEND_RESTART_MIN_S, 0);
	tap_ok(v.action == DOMAIN_ACTION_RESTART && !v.too_fast, "20 s are enough");
	v = policy_on_end(&c, SHUTDOWN_watchdog, 0, 0);
	tap_ok(v.action == DOMAIN_ACTION_PRESERVE && v.too_fast,
	       "rename-restart still keeps the old one");
	tap_is_int(policy_on_end(&c, SHUTDOWN_reboot, -5, 0).action, DOMAIN_ACTION_RESTART,
		   "a clock that was set back does not end a domain");
	tap_ok(policy_on_end(&c, SHUTDOWN_reboot, 39, 1).too_fast &&
	       !policy_on_end(&c, SHUTDOWN_reboot, 40, 1).too_fast,
	       "after one short life the next must last 40 s");
	tap_is_int(policy_restart_delay(100), 320, "after many 320 s");
	c.on_crash = DOMAIN_ACTION_COREDUMP_RESTART;
	v = policy_on_end(&c, SHUTDOWN_crash, 100, 0);
	tap_ok(v.action == DOMAIN_ACTION_RESTART && v.dump, "coredump-restart dumps and restarts");
	c.on_crash = DOMAIN_ACTION_COREDUMP_DESTROY;
	v = policy_on_end(&c, SHUTDOWN_crash, 100, 0);
	tap_ok(v.action == DOMAIN_ACTION_DESTROY && v.dump, "coredump-destroy dumps and destroys");
}

/* restart= of Xen 2.0, for each kind of end: does the domain live on? */
static void test_restart_key(void)
{
	static const struct { const char *value; bool poweroff, reboot, crash; } rows[] = {
		{ "always", true, true, true },
		{ "onreboot", false, true, false },
		{ "never", false, false, false },
	};
	static const unsigned int reasons[] = {SHUTDOWN_poweroff, SHUTDOWN_reboot, SHUTDOWN_crash};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t r = 0; r < ARRAY_SIZE(reasons); r++) {
			bool want[] = { rows[i].poweroff, rows[i].reboot, rows[i].crash };
			struct xend_error err = { 0 };
			char text[256];

			fake_start(&x);
			snprintf(text, sizeof(text), FAKE_GUEST "name='r'\nrestart='%s'\n",
				 rows[i].value);
			fake_create(&x, text, &err);
			fake->clock += 60;
			fake_end(1, reasons[r]);
			reaper_round(&x);
			tap_is_int(fake_nr_domains(), want[r], "restart=%s, %s: it %s",
				   rows[i].value, policy_reason_name(reasons[r]),
				   want[r] ? "lives again" : "is gone");
			fake_stop_xend(&x);
		}
	}
}

static void test_restart(void)
{
	struct xend_error err = { 0 };
	struct domain *d;
	char uuid[DOMAIN_UUID_LEN + 1];

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='r'\non_reboot='restart'\n", &err);
	d = domain_find(&x, "r", &err);
	memcpy(uuid, d->uuid, sizeof(uuid));
	fake->clock += 30;
	fake_end(1, SHUTDOWN_reboot);
	reaper_round(&x);
	tap_ok(d->listed && d->domid == 2, "a reboot gives the domain a new number");
	tap_is_str(d->uuid, uuid, "and leaves its UUID");
	tap_is_int(fake_nr_nodes("/local/domain/1"), 0, "the old tree is gone");
	tap_is_str(fake_value("/local/domain/2/name"), "r", "the new tree is there");
	tap_ok(!fake_domain(2)->info.paused, "it runs");
	tap_is_int(fake_nr_records(), 1, "there is one record");
	fake->clock += 19;
	fake_end(2, SHUTDOWN_reboot);
	reaper_round(&x);
	tap_ok(d->listed && d->domid == 2, "a second reboot after 19 s waits");
	fake->clock += 1;
	reaper_round(&x);
	tap_ok(d->listed && d->domid == 3, "until 20 s are over");
	tap_is_int(fake_nr_records(), 1, "there is still one record");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

/* How long the restart of a domain takes that ends as soon as it is there. */
static int64_t wait_for_restart(struct domain *d)
{
	int domid = d->domid;
	int64_t from = fake->clock;

	fake_end(domid, SHUTDOWN_crash);
	while (d->domid == domid && fake->clock < from + 1000) {
		reaper_round(&x);
		fake->clock++;
	}
	return fake->clock - 1 - from;
}

static void test_back_off(void)
{
	static const int64_t want[] = { 0, 20, 40, 80, 160, 320, 320 };
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='l'\non_crash='restart'\n", &err);
	d = domain_find(&x, "l", &err);
	fake->clock += 60;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		tap_is_int(wait_for_restart(d), want[i] ? want[i] - 1 : 0,
			   "crash %zu in a row is followed by a restart %lld s after the last",
			   i + 1, (long long)want[i]);
	fake->clock += 400;
	tap_is_int(wait_for_restart(d), 0, "a longer life makes good");
	tap_is_int(wait_for_restart(d), 19, "and then it begins again");
	fake_end(d->domid, SHUTDOWN_crash);
	reaper_round(&x);
	tap_ok(d->restart_at > fake->clock, "it waits again");
	domain_begin(&x, d, "destroy", 0, &err);
	tap_is_int(domain_destroy(&x, d, 0, "test", &err), 0, "one that waits can be destroyed");
	domain_end(&x, d);
	domain_put(&x, d);
	fake_stop_xend(&x);
}

/* Fast machines boot in a second: only a loop that nobody asked for is one. */
static void test_fast(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='q'\non_reboot='restart'\n", &err);
	d = domain_find(&x, "q", &err);
	fake->clock += 1;
	fake_end(1, SHUTDOWN_reboot);
	reaper_round(&x);
	tap_ok(d->listed && d->domid == 2, "a first reboot after 1 s starts it again");
	fake->clock += 1;
	d->end_asked = true;
	fake_end(2, SHUTDOWN_reboot);
	reaper_round(&x);
	tap_ok(d->listed && d->domid == 3, "so does a second that a person asked for");
	tap_ok(!d->end_asked, "which counts for one restart");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

static void test_preserve(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='k'\non_crash='preserve'\n", &err);
	fake_end(1, SHUTDOWN_crash);
	reaper_round(&x);
	reaper_round(&x);
	tap_ok(fake_domain(1) != NULL, "a crashed domain is kept for inspection");
	tap_is_str(fake_value("/local/domain/1/name"), "k", "with its tree");
	d = domain_find(&x, "k", &err);
	tap_is_int(d->phase, PHASE_PRESERVED, "xend knows that it is kept");
	domain_begin(&x, d, "destroy", 0, &err);
	tap_is_int(domain_destroy(&x, d, 0, "test", &err), 0, "it can be destroyed");
	domain_end(&x, d);
	domain_put(&x, d);
	fake_stop_xend(&x);
}

static void test_rename_restart(void)
{
	struct xend_error err = { 0 };
	struct domain *old, *new;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='w'\non_crash='rename-restart'\n", &err);
	fake->clock += 60;
	fake_end(1, SHUTDOWN_crash);
	reaper_round(&x);
	old = domain_find(&x, "w-1", &err);
	new = domain_find(&x, "w", &err);
	tap_ok(old && old->domid == 1 && old->phase == PHASE_PRESERVED,
	       "the old one is kept as w-1");
	tap_ok(new && new->domid == 2 && new->phase == PHASE_RUNNING, "a new one runs as w");
	tap_is_str(fake_value("/local/domain/1/name"), "w-1", "xenstore says so");
	tap_is_int(fake_nr_records(), 2, "both have records");
	tap_ok(old && new && strcmp(old->uuid, new->uuid) != 0, "their UUIDs differ");
	domain_put(&x, old);
	domain_put(&x, new);
	fake_stop_xend(&x);
	fake_restart_xend(&x);
	reaper_round(&x);
	tap_is_int(x.nr_domains, 3, "a new xend knows both");
	tap_is_int(fake_nr_domains(), 2, "and leaves both alone");
	fake_stop_xend(&x);
}

static void test_others(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='g'\n", &err);
	fake_domain(1)->used = false;
	reaper_round(&x);
	tap_ok(!domain_find(&x, "g", &err), "a domain that another tool destroyed is forgotten");
	tap_is_int(fake_nr_nodes("/local/domain/1") + fake_nr_records(), 0,
		   "nothing of it is left");
	fake_create(&x, FAKE_GUEST "name='s'\n", &err);
	fake_end(2, SHUTDOWN_suspend);
	reaper_round(&x);
	tap_ok(fake_domain(2) != NULL, "a suspended domain is left to who suspended it");
	fake->domain[5] = (struct fake_domain){ .used = true, .info = { .domid = 9 } };
	reaper_round(&x);
	d = domain_find(&x, "9", &err);
	tap_ok(d && d->phase == PHASE_FOREIGN, "a domain of another tool is shown");
	domain_put(&x, d);
	fake_end(9, SHUTDOWN_poweroff);
	reaper_round(&x);
	tap_ok(fake_domain(9) != NULL, "but not touched when it ends");
	fake->domain[5].used = false;
	reaper_round(&x);
	tap_ok(!domain_find(&x, "9", &err), "and gone from the list when it is gone");
	fake_stop_xend(&x);
}

/* A restart that fails at any step: the domain lives, or nothing of it is left. */
static void test_restart_faults(void)
{
	int bad = 0, at;

	for (at = 1; at < 1000; at++) {
		struct xend_error err = { 0 };

		fake_start(&x);
		fake_create(&x, FAKE_GUEST "name='f'\non_reboot='restart'\n", &err);
		fake->clock += 60;
		fake_end(1, SHUTDOWN_reboot);
		fake_arm(at, 0, false);
		reaper_round(&x);
		fake_disarm();
		if (fake->steps < at) {
			fake_stop_xend(&x);
			break;
		}
		for (int i = 0; i < 4; i++)
			reaper_round(&x);
		if (fake_nr_domains() != fake_nr_records() ||
		    fake_nr_domains() + 1 != x.nr_domains ||
		    (fake_nr_domains() == 0 && fake_nr_nodes("/vm/"))) {
			bad++;
			tap_diag("step %d: domains %u records %u listed %u", at, fake_nr_domains(),
				 fake_nr_records(), x.nr_domains);
		}
		fake_stop_xend(&x);
	}
	tap_ok(at > 50, "a restart was made to fail at each of its %d steps", at - 1);
	tap_is_int(bad, 0, "hypervisor, records and register agree after each");
}

int main(void)
{
	test_table();
	test_restart_key();
	test_restart();
	test_back_off();
	test_fast();
	test_preserve();
	test_rename_restart();
	test_others();
	test_restart_faults();
	fake_finish();
	return tap_done();
}
