/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life cycle of a domain: create, its place in xenstore, destroy, and the unwinding of a create
 * that fails at any of its steps.
 */
#include <config.h>

#include "tests/tap.h"
#include "tests/unit/xend-fake.h"

#define BASE_NODES	9u	/* what attach_all() writes for domain 0 */

static struct xend x;

/* Nothing of any domain is left anywhere. */
static bool all_clean(void)
{
	return fake_nr_domains() == 0 && fake_nr_records() == 0 && fake_nr_nodes("/vm/") == 0 &&
	       fake_nr_nodes("/local/domain/") + fake_nr_nodes("/vm") + fake_nr_nodes("/tool") ==
	       BASE_NODES;
}

static void test_create(void)
{
	struct xend_error err = { 0 };
	struct domain *d;
	int id;

	fake_start(&x);
	tap_ok(all_clean(), "an empty machine is clean");
	id = fake_create(&x, FAKE_GUEST "name='a'\nvcpus=2\nmaxvcpus=3\n", &err);
	tap_is_int(id, 1, "a domain is created");
	tap_is_str(fake_value("/local/domain/1/name"), "a", "its name is in xenstore");
	tap_is_str(fake_value("/local/domain/1/memory/target"), "65536", "so is its memory target");
	tap_is_str(fake_value("/local/domain/1/cpu/1/availability"), "online", "CPU 1 is on line");
	tap_is_str(fake_value("/local/domain/1/cpu/2/availability"), "offline", "CPU 2 is not");
	tap_is_str(fake_value("/local/domain/1/console/port"), "2", "the console's port is told");
	tap_is_str(fake_value("/local/domain/1/store/ring-ref"), "256", "the store's ring is told");
	tap_is_int(fake_owner("/local/domain/1/control/shutdown"), 1,
		   "the guest may answer requests");
	tap_is_int(fake_owner("/local/domain/1/memory/target"), 0, "it may not write its target");
	tap_is_int(fake_owner("/local/domain/1"), 0, "it does not own its tree");
	tap_ok(fake_domain(1)->introduced, "it is introduced to xenstored");
	tap_ok(!fake_domain(1)->info.paused, "it runs");
	tap_is_int(fake_nr_records(), 1, "its record is on disk");
	tap_is_int(fake_create(&x, FAKE_GUEST "name='a'\n", &err), -EEXIST, "a name is used once");
	tap_is_int(fake_nr_domains(), 1, "the refused one left nothing");
	d = domain_find(&x, "a", &err);
	domain_begin(&x, d, "destroy", 0, &err);
	tap_is_int(domain_destroy(&x, d, 0, "test", &err), 0, "it is destroyed");
	domain_end(&x, d);
	domain_put(&x, d);
	tap_ok(all_clean(), "nothing of it is left");
	tap_ok(!domain_find(&x, "a", &err) && err.code == ENOENT, "it is not found any more");
	fake_stop_xend(&x);
}

static void test_paused(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	tap_is_int(domain_create(&x, fake_config(FAKE_GUEST "name='p'\n"), true, NULL, &d, &err), 0,
		   "a domain is created paused");
	tap_ok(fake_domain(1)->info.paused, "it is paused");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

static void test_uuid(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='a'\nuuid='01234567-89ab-cdef-0123-456789abcdef'\n", &err);
	tap_ok(fake_nr_nodes("/vm/01234567-89ab-cdef-0123-456789abcdef") > 0,
	       "a UUID that is given is used");
	tap_is_int(fake_create(&x,
			       FAKE_GUEST "name='b'\nuuid='01234567-89AB-cdef-0123-456789abcdef'\n",
			       &err),
		   -EEXIST, "a UUID is used once");
	fake_stop_xend(&x);
}

static void test_refused(void)
{
	static const struct { const char *text, *what; int rc; } bad[] = {
		{ FAKE_GUEST "name='d'\ndisk=['phy:/dev/x,floppy,w']\n", "a disk of no name",
		  -EINVAL },
		{ FAKE_GUEST "name='d'\nvif=['mac=1']\n", "an interface of no address", -EINVAL },
		{ FAKE_GUEST "name='d'\nvcpus=129\n", "129 virtual CPUs", -EINVAL },
		{ FAKE_GUEST "name='d'\ncpus='9'\n", "a CPU the machine lacks", -EINVAL },
	};
	struct xend_error err = { 0 };

	fake_start(&x);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tap_is_int(fake_create(&x, bad[i].text, &err), bad[i].rc,
			   "a domain with %s is refused", bad[i].what);
		tap_ok(all_clean(), "and leaves nothing: %s", err.text);
	}
	fake_stop_xend(&x);
}

static void test_unwind(void)
{
	int steps = 0, dirty = 0, rc = -1;
	struct xend_error err;

	for (int at = 1; rc < 0; at++) {
		fake_start(&x);
		memset(&err, 0, sizeof(err));
		fake_arm(at, 0, false);
		rc = fake_create(&x, FAKE_GUEST "name='u'\ncpus='0-1'\ncpu_weight=300\n", &err);
		fake_disarm();
		if (rc < 0 && fake->steps < at)
			break;	/* failed for a reason that was not asked for */
		if (rc < 0 && (!all_clean() || x.nr_domains > 1 || !err.text[0])) {
			dirty++;
			tap_diag("step %d: domains %u records %u nodes %u: %s", at,
				 fake_nr_domains(), fake_nr_records(), fake_nr_nodes("/"),
				 err.text);
		}
		steps = at;
		fake_stop_xend(&x);
	}
	tap_ok(rc > 0, "a create without a fault succeeds after %d with one", steps - 1);
	tap_ok(steps > 100, "every step was made to fail: %d", steps);
	tap_is_int(dirty, 0, "after each of them nothing is left and a sentence says why");
}

static void test_conflicts(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	fake->conflicts = 5;
	tap_is_int(fake_create(&x, FAKE_GUEST "name='c'\n", &err), 1,
		   "a transaction that loses to others is repeated");
	fake_stop_xend(&x);
	fake_start(&x);
	fake->conflicts = 1000;
	tap_is_int(fake_create(&x, FAKE_GUEST "name='c'\n", &err), -EAGAIN, "but not for ever");
	tap_ok(all_clean(), "and nothing is left then");
	fake_stop_xend(&x);
}

static void test_zombie(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, FAKE_GUEST "name='z'\n", &err);
	fake_domain(1)->sticky = true;
	d = domain_find(&x, "z", &err);
	domain_begin(&x, d, "destroy", 0, &err);
	tap_is_int(domain_destroy(&x, d, 100, "test", &err), -ETIMEDOUT,
		   "a domain whose memory others hold is told so");
	domain_end(&x, d);
	tap_is_int(fake_nr_nodes("/local/domain/1"), 0, "its xenstore nodes are gone all the same");
	reaper_round(&x);
	tap_ok(d->listed, "it is shown as long as it is dying");
	fake_domain(1)->used = false;
	reaper_round(&x);
	tap_ok(!d->listed && fake_nr_records() == 0, "and cleared when it is gone");
	domain_put(&x, d);
	fake_stop_xend(&x);
}

int main(void)
{
	test_create();
	test_paused();
	test_uuid();
	test_refused();
	test_unwind();
	test_conflicts();
	test_zombie();
	fake_finish();
	return tap_done();
}
