/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timers - one-shot and periodic timers send VIRQ_TIMER when they are due, not before and not
 * never.
 *
 * Promised by xen.h and vcpu.h: set_timer_op takes an absolute system time (0 stops it);
 * VCPUOP_set_singleshot_timer does, and with the future flag may refuse a time that has passed with
 * -ETIME (4.17 sends the event); the periodic timer may be set and stopped, not below a
 * millisecond. The event is virtual interrupt VIRQ_TIMER on the same vCPU.
 */
#include "event.h"
#include "hypercall.h"
#include "page.h"
#include "time.h"
#include "trap.h"

TEST("timers", ROLE_DOM0 | ROLE_CHILD);

static unsigned int port;

/* Blocks until the timer's event; the system time then, or 0 after a second without. */
static u64 wait_event(void)
{
	evtchn_port_t list[1] = { port };
	struct sched_poll poll = { .nr_ports = 1, .timeout = time_now() + 1000 * MILLISECOND };

	set_xen_guest_handle(poll.ports, list);
	sched_op(SCHEDOP_poll, &poll);
	if (!event_pending(port))
		return 0;
	event_clear(port);
	return time_now();
}

/* However long this machine stood still between the call and the wait: not before its time. */
static void in_time(u64 came, u64 due, const char *what)
{
	CHECK(came, "%s: no event within a second", what);
	CHECK(!came || came + MILLISECOND >= due, "%s: an event %lu ns before its time", what,
	      due - came);
}

static void oneshot_test(void)
{
	struct vcpu_set_singleshot_timer set = { 0 };
	u64 due;
	long rc;

	time_spin(20 * MILLISECOND);	/* for what the periodic timer still sends */
	event_clear(port);
	due = time_now() + 20 * MILLISECOND;
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, due), 0);
	in_time(wait_event(), due, "set_timer_op");
	due = set.timeout_abs_ns = time_now() + 10 * MILLISECOND;
	CHECK_RC(vcpu_op(VCPUOP_set_singleshot_timer, 0, &set), 0);
	in_time(wait_event(), due, "the one-shot timer");
	due = set.timeout_abs_ns = time_now() - MILLISECOND;
	CHECK_RC(vcpu_op(VCPUOP_set_singleshot_timer, 0, &set), 0);
	in_time(wait_event(), due, "a time that has passed");
	set.flags = VCPU_SSHOTTMR_future;
	rc = vcpu_op(VCPUOP_set_singleshot_timer, 0, &set);
	CHECK(rc == -XEN_ETIME || (rc == 0 && wait_event()),
	      "a past time with the future flag gave %ld and no event", rc);
}

static void stop_test(void)
{
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, time_now() + 20 * MILLISECOND), 0);
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, 0), 0);
	event_clear(port);
	time_spin(40 * MILLISECOND);
	CHECK(!event_pending(port), "a stopped timer sent an event");
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, time_now() + 20 * MILLISECOND), 0);
	CHECK_RC(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	event_clear(port);
	time_spin(40 * MILLISECOND);
	CHECK(!event_pending(port), "a stopped one-shot timer sent an event");
}

static void periodic_test(void)
{
	struct vcpu_set_periodic_timer set = { .period_ns = 10 * MILLISECOND };
	unsigned int i;

	CHECK_RC(vcpu_op(VCPUOP_set_periodic_timer, 0, &set), 0);
	for (i = 0; i < 3; i++)
		CHECK(wait_event() != 0, "the periodic timer's event %u did not come", i);
	CHECK_RC(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	event_clear(port);
	time_spin(30 * MILLISECOND);
	CHECK(!event_pending(port), "a stopped periodic timer sent an event");
	set.period_ns = 1000;
	CHECK_RC(vcpu_op(VCPUOP_set_periodic_timer, 0, &set), -XEN_EINVAL);
}

void test_main(void)
{
	vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	port = event_virq(VIRQ_TIMER, 0);
	oneshot_test();
	stop_test();
	periodic_test();
	CHECK_RC(vcpu_op(VCPUOP_set_singleshot_timer, 5, &port), -XEN_ENOENT);
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, ~0UL), 0);
	CHECK_RC(hypercall(__HYPERVISOR_set_timer_op, 0), 0);
}
