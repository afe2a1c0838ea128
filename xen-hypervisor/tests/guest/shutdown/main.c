/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shutdown - a domain's shutdown reason reaches who manages it, and a crash is a reason of its own.
 *
 * Promised by sched.h and domctl.h: SCHEDOP_shutdown stops the domain and getdomaininfo shows the
 * reason; a kernel whose trap handlers are gone is ended with the reason crash;
 * SCHEDOP_remote_shutdown sets the reason of another.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"

TEST("shutdown", ROLE_DOM0);

enum { HOW_CRASH = 100, HOW_WAIT = 101 };

static void child_main(void)
{
	unsigned int how = argument("how", 0);
	struct sched_shutdown shutdown = {.reason = how};

	if (how == HOW_CRASH) {
		hypercall(__HYPERVISOR_set_trap_table, 0);
		asm volatile("ud2");
	}
	while (how == HOW_WAIT)
		sched_op(SCHEDOP_yield, NULL);
	sched_op(SCHEDOP_shutdown, &shutdown);
}

static unsigned int reason_of(struct child *c)
{
	struct xen_domctl op = {};

	if (domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid))
		return 1000;
	if (!(op.u.getdomaininfo.flags & XEN_DOMINF_shutdown))
		return 1001;
	return op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
}

static void one(const char *cmd_line, unsigned int want, bool remote)
{
	struct sched_remote_shutdown op = {.reason = want};
	struct child child;
	unsigned int reason;

	child_create(&child, cmd_line);
	child_unpause(&child);
	if (remote) {
		sched_op(SCHEDOP_yield, NULL);
		op.domain_id = child.domid;
		CHECK_RC(sched_op(SCHEDOP_remote_shutdown, &op), 0);
	}
	child_wait(&child, 5000);
	reason = reason_of(&child);
	CHECK(reason == want, "\"%s\" ended with reason %u, not %u", cmd_line, reason, want);
	child_destroy(&child);
}

void test_main(void)
{
	if (!is_dom0) {
		child_main();
		return;
	}
	one("how=0", SHUTDOWN_poweroff, false);
	one("how=1", SHUTDOWN_reboot, false);
	one("how=2", SHUTDOWN_suspend, false);
	one("how=3", SHUTDOWN_crash, false);
	one("how=100", SHUTDOWN_crash, false);
	one("how=101", SHUTDOWN_poweroff, true);
}
