/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unprivileged - an ordinary guest can make none of the calls that manage the machine or other
 * domains.
 *
 * Promised by domctl.h, sysctl.h, platform.h: they are for the privileged domain. A guest gets an
 * error for each operation; it cannot shut down, map, bind to, or learn about another domain; nor
 * write the physical console's input. The initial domain goes on afterwards.
 */
#include "event.h"
#include "grant.h"
#include "page.h"
#include <public/domctl.h>
#include <public/platform.h>
#include <public/sysctl.h>

TEST("unprivileged", ROLE_CHILD);

static void management_test(void)
{
	union {
		struct xen_domctl domctl;
		struct xen_sysctl sysctl;
		struct xen_platform_op platform;
	} op;
	unsigned int cmd;

	for (cmd = 0; cmd < 100; cmd++) {
		memset(&op, 0, sizeof(op));
		op.domctl.cmd = cmd;
		op.domctl.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		CHECK(hypercall(__HYPERVISOR_domctl, &op) < 0, "domctl %u was done", cmd);
		op.sysctl.cmd = cmd;
		op.sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
		CHECK(hypercall(__HYPERVISOR_sysctl, &op) < 0, "sysctl %u was done", cmd);
		op.platform.cmd = cmd;
		op.platform.interface_version = XENPF_INTERFACE_VERSION;
		CHECK(hypercall(__HYPERVISOR_platform_op, &op) < 0, "platform_op %u was done", cmd);
	}
}

static void others_test(void)
{
	struct sched_remote_shutdown remote = {.domain_id = 0};
	struct evtchn_alloc_unbound alloc = {.dom = 0, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain bind = {.remote_dom = 0, .remote_port = 1};
	struct evtchn_status status = {.dom = 0, .port = 1};
	struct evtchn_reset reset = {.dom = 0};
	struct gnttab_setup_table setup = {.dom = 0, .nr_frames = 1};
	struct xen_memory_reservation res = {.nr_extents = 1, .domid = 0};
	unsigned long frame;

	set_xen_guest_handle(setup.frame_list, &frame);
	set_xen_guest_handle(res.extent_start, &frame);
	CHECK_REFUSED(sched_op(SCHEDOP_remote_shutdown, &remote));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_alloc_unbound, &alloc));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_interdomain, &bind));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_status, &status));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_reset, &reset));
	grant_table_op(GNTTABOP_setup_table, &setup, 1);
	CHECK(setup.status != GNTST_okay, "the initial domain's grant table was given");
	CHECK(memory_op(XENMEM_populate_physmap, &res) <= 0,
	      "the initial domain's memory was changed");
	CHECK(memory_op(XENMEM_decrease_reservation, &res) <= 0,
	      "the initial domain's memory was changed");
	CHECK_REFUSED(hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, 8, &setup));
}

void test_main(void)
{
	management_test();
	others_test();
}
