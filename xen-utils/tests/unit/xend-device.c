/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of domains: how they come and go, whose words reach the user when they cannot, and xend
 * killed at every step of it.
 *
 * Relies on the fake machine; its scripts hold something from add to remove, so a device that was
 * not undone is seen.
 */
#include <config.h>

#include "tests/unit/xend-kill.h"

#define DISK_GUEST	FAKE_GUEST "name='c'\ndisk=['phy:/dev/a,xvda,w','phy:/dev/b,xvdb,r']\n"
#define BACK(n)		"/local/domain/0/backend/vbd/1/" n
#define FRONT(n)	"/local/domain/1/device/vbd/" n

static void test_nodes(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	tap_is_int(fake_create(&x, DISK_GUEST, &err), 1, "a domain with two disks is made");
	tap_is_str(fake_value(FRONT("51712/backend")), BACK("51712"),
		   "the front end names its back end");
	tap_is_str(fake_value(FRONT("51712/virtual-device")), "51712", "and its number");
	tap_is_str(fake_value(BACK("51712/params")), "/dev/a", "the back end knows the storage");
	tap_is_str(fake_value(BACK("51712/mode")), "w", "and the mode");
	tap_is_str(fake_value(BACK("51728/mode")), "r", "of either disk");
	tap_is_int(fake_owner(FRONT("51712/state")), 1, "the front end belongs to the guest");
	tap_is_int(fake_owner(BACK("51712/state")), 0, "the back end belongs to domain 0");
	tap_is_int(fake_nr_held(), 2, "each disk's script has run");
	fake_stop_xend(&x);
}

static void test_destroy(void)
{
	struct xend_error err = { 0 };
	struct domain *d;

	fake_start(&x);
	fake_create(&x, DISK_GUEST, &err);
	d = domain_find(&x, "c", &err);
	domain_begin(&x, d, "destroy", 0, &err);
	tap_is_int(domain_destroy(&x, d, 1000, "test", &err), 0, "it is destroyed");
	domain_end(&x, d);
	domain_put(&x, d);
	tap_is_int(fake_nr_held(), 0, "its scripts have undone what they did");
	tap_is_int(fake_nr_nodes("/local/domain/0/backend/vbd/"), 0, "no back end is left");
	fake_stop_xend(&x);
}

static void test_failures(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	strcpy(fake->script_says, "losetup: /dev/a: no such file");
	tap_is_int(fake_create(&x, DISK_GUEST, &err), -EIO, "a script that fails stops the create");
	tap_ok(strstr(err.text, "losetup: /dev/a: no such file") && strstr(err.text, "xvda"),
	       "its last line and the disk's name reach the user");
	tap_is_int(fake_nr_domains() + fake_nr_records() + fake_nr_nodes("/vm/"), 0,
		   "and nothing is left");
	fake->script_says[0] = '\0';
	fake->no_back_end = true;
	tap_is_int(fake_create(&x, DISK_GUEST, &err), -ETIMEDOUT, "without a back end it fails");
	tap_ok(strstr(err.text, "xen-blkback") != NULL, "with the name of the module");
	tap_is_int(fake_nr_held() + fake_nr_nodes("/local/domain/0/backend/vbd/"), 0,
		   "and nothing is left");
	fake_stop_xend(&x);
}

static struct device *attach(const char *spec, struct xend_error *err)
{
	struct domain *d = domain_find(&x, "c", err);
	struct device *dev = NULL;

	domain_begin(&x, d, "device", 0, err);
	if (!device_new(&x, &device_vbd, spec, &dev, err) && device_attach(&x, d, dev, err)) {
		device_put(dev);
		dev = NULL;
	}
	domain_end(&x, d);
	domain_put(&x, d);
	return dev;
}

static int detach(const char *name, bool force, struct xend_error *err)
{
	struct domain *d = domain_find(&x, "c", err);
	struct device *dev;
	int rc = -ENOENT;

	domain_begin(&x, d, "device", 0, err);
	dev = device_find(&x, d, &device_vbd, name, err);
	if (dev)
		rc = device_detach(&x, d, dev, force, err);
	device_put(dev);
	domain_end(&x, d);
	domain_put(&x, d);
	return rc;
}

static size_t nr_disks(void)
{
	struct xend_error err = { 0 };
	struct domain *d = domain_find(&x, "c", &err);
	size_t n = d->config->disk.count;

	domain_put(&x, d);
	return n;
}

static void test_hot(void)
{
	struct xend_error err = { 0 };
	struct device *dev;

	fake_start(&x);
	fake_create(&x, DISK_GUEST, &err);
	dev = attach("/dev/c,raw,xvdc,rw", &err);
	tap_ok(dev && dev->phase == DEVICE_ATTACHED, "a disk is attached to a running domain");
	device_put(dev);
	tap_is_int(fake_nr_held(), 3, "its script has run");
	tap_is_int(nr_disks(), 3, "a restart will have it too");
	dev = attach("phy:/dev/d,xvdc,r", &err);
	tap_ok(!dev && err.code == EEXIST, "a second one of the same name is refused");
	tap_is_int(detach("xvdz", false, &err), -ENOENT, "one that is not there is not detached");
	tap_is_int(detach("xvdc", false, &err), 0, "it is detached again");
	tap_is_int(fake_nr_held() * 10 + nr_disks(), 22, "and is gone everywhere");
	strcpy(fake->script_says, "cannot");
	tap_ok(!attach("phy:/dev/d,xvdd,r", &err), "an attach whose script fails");
	tap_is_int(fake_nr_nodes(BACK("51760")) * 10 + nr_disks(), 2, "leaves nothing");
	fake_stop_xend(&x);
}

static void make_connected(const char *devid)
{
	for (int i = 0; i < FAKE_NODES; i++)
		if (fake->store.node[i].used && strstr(fake->store.node[i].path, devid) &&
		    strstr(fake->store.node[i].path, "/state"))
			strcpy(fake->store.node[i].value, "4");
}

static void test_busy(void)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	fake_create(&x, DISK_GUEST, &err);
	make_connected("51712");
	make_connected("51728");
	fake->guest_holds = true;
	tap_is_int(detach("xvda", false, &err), -EBUSY, "a guest that uses its disk keeps it");
	reaper_round(&x);
	tap_is_int(fake_nr_held(), 2, "as long as it does");
	tap_is_int(detach("xvdb", true, &err), 0, "with force it is cut off");
	tap_is_int(fake_nr_held(), 1, "and the storage is free");
	fake->guest_holds = false;
	fake_kernel_tick();
	reaper_round(&x);
	tap_is_int(fake_nr_held(), 0, "when the guest lets go, the detach is finished");
	fake_stop_xend(&x);
}

static void deed_create(void)
{
	struct xend_error err = { 0 };

	fake_create(&x, DISK_GUEST, &err);
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

static void deed_attach(void)
{
	struct xend_error err = { 0 };

	device_put(attach("phy:/dev/c,xvdc,w", &err));
}

static void deed_detach(void)
{
	struct xend_error err = { 0 };

	detach("xvda", false, &err);
}

static void before_reboot(void)
{
	deed_create();
	fake->clock += 60;
	fake_end(2, SHUTDOWN_reboot);
}

static void before_rename(void)
{
	struct xend_error err = { 0 };

	fake_create(&x, DISK_GUEST "on_crash='rename-restart'\n", &err);
	fake->clock += 60;
	fake_end(2, SHUTDOWN_crash);
}

static void deed_round(void)
{
	reaper_round(&x);
}

/* Every step fails once: the create fails or works, and leaves nothing or everything. */
static void test_fail_every_step(void)
{
	int failed = 0, bad = 0;

	for (int at = 1; at < 2000; at++) {
		struct xend_error err = { 0 };
		int rc;

		kill_prepare();
		fake_arm(at, 0, false);
		rc = fake_create(&x, DISK_GUEST, &err);
		fake_disarm();
		failed += rc < 0;
		bad += rc < 0 && !err.text[0];
		bad += !kill_come_back("fail", at);
		fake_stop_xend(&x);
		if (fake->steps < at)
			break;
	}
	tap_ok(failed > 50, "a create with disks failed at %d steps", failed);
	tap_is_int(bad, 0, "each time with a sentence, and with nothing left over");
}

int main(void)
{
	test_nodes();
	test_destroy();
	test_failures();
	test_hot();
	test_busy();
	test_fail_every_step();
	kill_test("create with disks", NULL, deed_create);
	kill_test("destroy with disks", deed_create, deed_destroy);
	kill_test("reboot with disks", before_reboot, deed_round);
	kill_test("rename-restart with disks", before_rename, deed_round);
	kill_test("attach", deed_create, deed_attach);
	kill_test("detach", deed_create, deed_detach);
	fake_finish();
	return tap_done();
}
