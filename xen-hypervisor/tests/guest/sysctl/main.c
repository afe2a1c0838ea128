/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl - the initial domain learns about the machine, the log, the domains and the scheduler, by
 * the letter of 0x15.
 *
 * Promised by sysctl.h: another interface version gives -EACCES; physinfo, sched_id,
 * getdomaininfolist, readconsole, cputopoinfo, numainfo and availheap-like questions are answered
 * within the caller's buffers; unknown ones refused.
 */
#include "hypercall.h"
#include "page.h"
#include <public/sysctl.h>

TEST("sysctl", ROLE_DOM0);

static char text[256];

static long sysctl_call(struct xen_sysctl *op, unsigned int cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return hypercall(__HYPERVISOR_sysctl, op);
}

static void physinfo_test(void)
{
	struct xen_sysctl op = {};

	CHECK_RC(sysctl_call(&op, XEN_SYSCTL_physinfo), 0);
	CHECK(op.u.physinfo.nr_cpus >= 1 && op.u.physinfo.nr_cpus <= 2, "%u processors",
	      op.u.physinfo.nr_cpus);
	CHECK(op.u.physinfo.total_pages > 0x6000 && op.u.physinfo.total_pages <= 0x8000,
	      "%lu pages in all", op.u.physinfo.total_pages);
	CHECK(op.u.physinfo.free_pages && op.u.physinfo.free_pages < op.u.physinfo.total_pages,
	      "%lu pages are free", op.u.physinfo.free_pages);
	CHECK(op.u.physinfo.cpu_khz > 100000, "%u kHz", op.u.physinfo.cpu_khz);
	CHECK(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_pv, "PV is not offered: %x",
	      op.u.physinfo.capabilities);
}

static void domains_test(void)
{
	static struct xen_domctl_getdomaininfo info[4];
	struct xen_sysctl op = {};

	op.u.getdomaininfolist.max_domains = 4;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, info);
	CHECK_RC(sysctl_call(&op, XEN_SYSCTL_getdomaininfolist), 0);
	CHECK(op.u.getdomaininfolist.num_domains == 1 && info[0].domain == 0,
	      "%u domains, the first %u", op.u.getdomaininfolist.num_domains, info[0].domain);
	CHECK(info[0].tot_pages >= start_info->nr_pages && info[0].flags & XEN_DOMINF_running,
	      "%lu pages, flags %x", info[0].tot_pages, info[0].flags);
	op.u.getdomaininfolist.first_domain = 1;
	CHECK_RC(sysctl_call(&op, XEN_SYSCTL_getdomaininfolist), 0);
	CHECK(op.u.getdomaininfolist.num_domains == 0, "%u domains after the last",
	      op.u.getdomaininfolist.num_domains);
}

static void console_test(void)
{
	struct xen_sysctl op = {};

	op.u.readconsole.count = sizeof(text) - 1;
	set_xen_guest_handle(op.u.readconsole.buffer, text);
	CHECK_RC(sysctl_call(&op, XEN_SYSCTL_readconsole), 0);
	CHECK(op.u.readconsole.count > 0 && op.u.readconsole.count < sizeof(text),
	      "%u bytes of the log in %lu of room", op.u.readconsole.count, sizeof(text) - 1);
}

static void wrong_test(void)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo, .interface_version = 0x14};

	CHECK_RC(hypercall(__HYPERVISOR_sysctl, &op), -XEN_EACCES);
	CHECK_RC(hypercall(__HYPERVISOR_sysctl, 0x1000), -XEN_EFAULT);
	CHECK_REFUSED(sysctl_call(&op, 999));
	CHECK_REFUSED(sysctl_call(&op, 0));
	memset(&op, 0, sizeof(op));
	op.u.readconsole.count = 16;
	op.u.readconsole.buffer.p = (void *)HYPERVISOR_VIRT_START;
	CHECK_REFUSED(sysctl_call(&op, XEN_SYSCTL_readconsole));
}

void test_main(void)
{
	struct xen_sysctl op = {};

	physinfo_test();
	domains_test();
	console_test();
	wrong_test();
	CHECK_RC(sysctl_call(&op, XEN_SYSCTL_sched_id), 0);
}
