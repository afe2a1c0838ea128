/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sched - yield, block, poll, the watchdog and the shutdown code do what sched.h says.
 *
 * Promised by sched.h: yield returns; block unmasks events and waits for one; poll waits for one of
 * a list of ports or a time, at once when one is pending, and for at most 128 ports; shutdown_code
 * wants a domain that is shut down; a watchdog slot is set, kept alive and cleared. Unknown
 * operations give -ENOSYS.
 */
#include "event.h"
#include "page.h"
#include "time.h"
#include "trap.h"

TEST("sched", ROLE_DOM0 | ROLE_CHILD);

static void block_test(void)
{
	unsigned int timer = event_virq(VIRQ_TIMER, 0);
	u64 start;

	event_hook = event_clear_all;
	event_clear_all();
	time_spin(20 * MILLISECOND);
	event_clear_all();
	event_upcalls = 0;
	start = time_now();
	hypercall(__HYPERVISOR_set_timer_op, start + 20 * MILLISECOND);
	CHECK_RC(sched_op(SCHEDOP_block, NULL), 0);
	CHECK(event_upcalls == 1, "%u upcalls ended a block", event_upcalls);
	CHECK(time_now() >= start + 19 * MILLISECOND, "a block of 20 ms took %lu ns",
	      time_now() - start);
	CHECK(!READ(shared_info->vcpu_info[0].evtchn_upcall_mask), "block left events masked");
	events_disable();
	event_close(timer);
}

static void poll_test(void)
{
	evtchn_port_t port[129];
	struct sched_poll poll = {.nr_ports = 1, .timeout = time_now() + 500 * MILLISECOND};
	u64 start = time_now();
	unsigned int i;

	port[0] = event_ipi(0);
	for (i = 1; i < ARRAY_SIZE(port); i++)
		port[i] = port[0];
	set_xen_guest_handle(poll.ports, port);
	event_mask(port[0]);
	event_send(port[0]);
	CHECK_RC(sched_op(SCHEDOP_poll, &poll), 0);
	CHECK(time_now() < start + 400 * MILLISECOND, "a poll of a pending port took %lu ns",
	      time_now() - start);
	event_clear(port[0]);
	poll.nr_ports = 128;
	poll.timeout = time_now() + 10 * MILLISECOND;
	start = time_now();
	CHECK_RC(sched_op(SCHEDOP_poll, &poll), 0);
	CHECK(time_now() >= start + 9 * MILLISECOND, "a poll of 10 ms took %lu ns",
	      time_now() - start);
	poll.nr_ports = 129;
	CHECK_RC(sched_op(SCHEDOP_poll, &poll), -XEN_EINVAL);
	poll.nr_ports = 1;
	port[0] = 0x10000000;
	CHECK_RC(sched_op(SCHEDOP_poll, &poll), -XEN_EINVAL);
	poll.ports.p = (void *)0x1000;
	CHECK_RC(sched_op(SCHEDOP_poll, &poll), -XEN_EFAULT);
}

static void watchdog_test(void)
{
	struct sched_watchdog dog = {.id = 0, .timeout = 60};
	long id = sched_op(SCHEDOP_watchdog, &dog);

	CHECK(id > 0, "a watchdog gave %ld", id);
	dog.id = id;
	CHECK_RC(sched_op(SCHEDOP_watchdog, &dog), 0);
	dog.timeout = 0;
	CHECK_RC(sched_op(SCHEDOP_watchdog, &dog), 0);
	dog.id = 77;
	CHECK_REFUSED(sched_op(SCHEDOP_watchdog, &dog));
}

void test_main(void)
{
	struct sched_shutdown code = {.reason = SHUTDOWN_suspend};
	struct sched_remote_shutdown remote = {.domain_id = 1234, .reason = 0};

	vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	CHECK_RC(sched_op(SCHEDOP_yield, NULL), 0);
	block_test();
	poll_test();
	watchdog_test();
	CHECK_REFUSED(sched_op(SCHEDOP_remote_shutdown, &remote));
	CHECK_RC(sched_op(SCHEDOP_shutdown, (void *)0x1000), -XEN_EFAULT);
	CHECK_RC(sched_op(99, &code), -XEN_ENOSYS);
}
