/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu-areas - vcpu_info, run states and time records go where the guest registers them.
 *
 * Promised by vcpu.h: register_vcpu_info moves the record once to a place within one page; events
 * then show there. register_runstate_memory_area keeps a copy of the run state whose times add up
 * to system time, and with the assist runstate_update_flag says when it is being written.
 * register_vcpu_time_memory_area does so with the time record. Areas that cross a page, frames that
 * are not there or are tables, and vCPUs that do not exist are refused.
 */
#include "event.h"
#include "page.h"
#include "time.h"
#include "trap.h"

TEST("vcpu-areas", ROLE_DOM0 | ROLE_CHILD);

static void runstate_test(void)
{
	static struct vcpu_runstate_info area;
	struct vcpu_register_runstate_memory_area reg = {.addr.v = &area};
	struct sched_poll poll = {.nr_ports = 0};
	u64 sum;

	CHECK_RC(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0);
	CHECK(READ(area.state) == RUNSTATE_running, "a running vCPU's state is %u", area.state);
	/*
	 * A busy host may let the time pass before the vCPU has begun to wait, hence several tries.
	 */
	for (int i = 0; i < 100 && READ(area.time[RUNSTATE_blocked]) < 5 * MILLISECOND; i++) {
		poll.timeout = time_now() + 10 * MILLISECOND;
		sched_op(SCHEDOP_poll, &poll);
	}
	CHECK(READ(area.time[RUNSTATE_blocked]) >= 5 * MILLISECOND,
	      "up to 100 waits of 10 ms are %lu ns blocked", area.time[RUNSTATE_blocked]);
	sum = area.time[0] + area.time[1] + area.time[2] + area.time[3];
	CHECK(sum <= time_now(), "the run states add up to %lu ns, the system is up for %lu", sum,
	      time_now());
	reg.addr.v = (void *)HYPERVISOR_VIRT_START;
	CHECK(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg) <= 0,
	      "the hypervisor's addresses as run state");
	poll.timeout = time_now() + MILLISECOND;
	sched_op(SCHEDOP_poll, &poll);
}

static void time_test(void)
{
	static struct vcpu_time_info area;
	struct vcpu_register_time_memory_area reg = {.addr.v = &area};
	long rc = vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &reg);

	if (rc == -XEN_ENOSYS)
		return;
	CHECK(rc == 0, "registering a time record gave %ld", rc);
	CHECK(time_read(&area) + MILLISECOND >= time_now(), "the time record says %lu at %lu",
	      time_read(&area), time_now());
}

static void info_test(void)
{
	struct vcpu_info *area = (struct vcpu_info *)((u8 *)page_alloc(1) + 128);
	struct vcpu_register_vcpu_info reg = {.mfn = mfn_of(area), .offset = 4096 - 32};
	unsigned int port = event_ipi(0);

	CHECK_REFUSED(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg));
	reg.offset = 128;
	CHECK_RC(vcpu_op(VCPUOP_register_vcpu_info, 9, &reg), -XEN_ENOENT);
	reg.mfn = page_top_mfn();
	CHECK_REFUSED(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg));
	reg.mfn = 0xfffffffffUL;
	CHECK_REFUSED(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg));
	reg.mfn = mfn_of(area);
	CHECK_RC(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg), 0);
	CHECK(READ(area->evtchn_upcall_mask) == 1, "the mask did not move along");
	area->evtchn_upcall_pending = 0;
	area->evtchn_pending_sel = 0;
	event_clear_all();
	event_unmask(port);
	CHECK_RC(event_send(port), 0);
	CHECK(READ(area->evtchn_upcall_pending), "an event does not show in the registered record");
	CHECK(READ(area->time.version) != 0 && time_read(&area->time) > 0,
	      "the registered record has no time");
	CHECK_REFUSED(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg));
}

void test_main(void)
{
	runstate_test();
	time_test();
	info_test();
}
