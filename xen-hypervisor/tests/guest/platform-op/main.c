/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform-op - the initial domain sets the time and learns about processors and firmware.
 *
 * Promised by platform.h: another interface version gives -EACCES; settime64 sets the wall clock
 * that every domain sees; get_cpuinfo tells of each processor; unknown operations and firmware
 * questions without an answer are refused.
 */
#include "hypercall.h"
#include "page.h"
#include "time.h"
#include <public/platform.h>

TEST("platform-op", ROLE_DOM0);

static long platform(struct xen_platform_op *op, unsigned int cmd)
{
	op->cmd = cmd;
	op->interface_version = XENPF_INTERFACE_VERSION;
	return hypercall(__HYPERVISOR_platform_op, op);
}

static void time_test(void)
{
	struct xen_platform_op op = {};
	u64 base;

	op.u.settime64.secs = 2000000000;
	op.u.settime64.system_time = time_now();
	base = 2000000000 - op.u.settime64.system_time / 1000000000;
	CHECK_RC(platform(&op, XENPF_settime64), 0);
	CHECK(shared_info->wc_sec + 2 >= base && shared_info->wc_sec <= base,
	      "the wall clock's base is %u, not %lu", shared_info->wc_sec, base);
	op.u.settime64.mbz = 1;
	CHECK_REFUSED(platform(&op, XENPF_settime64));
}

static void cpu_test(void)
{
	struct xen_platform_op op = {};

	op.u.pcpu_info.xen_cpuid = 0;
	CHECK_RC(platform(&op, XENPF_get_cpuinfo), 0);
	CHECK(op.u.pcpu_info.flags & XEN_PCPU_FLAGS_ONLINE, "processor 0 is not online: %x",
	      op.u.pcpu_info.flags);
	CHECK(op.u.pcpu_info.max_present == 0, "the last processor present is %u",
	      op.u.pcpu_info.max_present);
}

void test_main(void)
{
	struct xen_platform_op op = {.cmd = XENPF_get_cpuinfo, .interface_version = 0x01000001};

	CHECK_RC(hypercall(__HYPERVISOR_platform_op, &op), -XEN_EACCES);
	CHECK_RC(hypercall(__HYPERVISOR_platform_op, 0x1000), -XEN_EFAULT);
	CHECK_REFUSED(platform(&op, 999));
	op.u.firmware_info.type = 99;
	CHECK_REFUSED(platform(&op, XENPF_firmware_info));
	time_test();
	cpu_test();
}
