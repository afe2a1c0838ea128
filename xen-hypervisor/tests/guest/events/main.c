/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events - ports are allocated, bound, sent to, masked and closed, with the state that status
 * tells.
 *
 * Promised by event_channel.h: alloc_unbound, bind_interdomain, bind_ipi, bind_virq, send, unmask,
 * bind_vcpu, status and close; an event sets the pending bit always and the upcall only when it is
 * not masked; unmask delivers what is pending. Both ends may lie in one domain. A closed port is
 * free again.
 */
#include "event.h"
#include "page.h"
#include "trap.h"

TEST("events", ROLE_DOM0 | ROLE_CHILD);

static struct evtchn_status status_of(unsigned int port)
{
	struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

	CHECK(event_channel_op(EVTCHNOP_status, &status) == 0, "port %u has no status", port);
	return status;
}

static void pair_test(void)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF};

	CHECK_RC(event_channel_op(EVTCHNOP_alloc_unbound, &alloc), 0);
	CHECK(status_of(alloc.port).status == EVTCHNSTAT_unbound, "a new port's status is %u",
	      status_of(alloc.port).status);
	bind.remote_port = alloc.port;
	CHECK_RC(event_channel_op(EVTCHNOP_bind_interdomain, &bind), 0);
	CHECK(bind.local_port != alloc.port, "both ends are port %u", alloc.port);
	CHECK(status_of(alloc.port).status == EVTCHNSTAT_interdomain, "a bound port's status is %u",
	      status_of(alloc.port).status);
	CHECK(status_of(alloc.port).u.interdomain.port == bind.local_port,
	      "the other end is port %u", status_of(alloc.port).u.interdomain.port);
	event_clear_all();
	CHECK_RC(event_send(alloc.port), 0);
	CHECK(event_pending(bind.local_port) && !event_pending(alloc.port),
	      "the event is not at the other end");
	CHECK_RC(event_close(bind.local_port), 0);
	CHECK(status_of(alloc.port).status == EVTCHNSTAT_unbound,
	      "the port left alone has status %u", status_of(alloc.port).status);
	CHECK_RC(event_close(alloc.port), 0);
	CHECK(status_of(alloc.port).status == EVTCHNSTAT_closed, "a closed port's status is %u",
	      status_of(alloc.port).status);
	CHECK_RC(event_close(alloc.port), -XEN_EINVAL);
}

static void mask_test(void)
{
	unsigned int port = event_ipi(0);
	struct evtchn_unmask unmask = {.port = port};

	event_clear_all();
	event_mask(port);
	CHECK_RC(event_send(port), 0);
	CHECK(event_pending(port), "an event on a masked port is not pending");
	CHECK(!READ(shared_info->vcpu_info[0].evtchn_upcall_pending),
	      "a masked port raised the upcall");
	CHECK_RC(event_channel_op(EVTCHNOP_unmask, &unmask), 0);
	CHECK(READ(shared_info->vcpu_info[0].evtchn_upcall_pending),
	      "unmask did not raise the upcall");
	CHECK(READ(shared_info->vcpu_info[0].evtchn_pending_sel) >> port / 64 & 1,
	      "the selector bit is not set");
	CHECK(!(READ(shared_info->evtchn_mask[port / 64]) >> port % 64 & 1),
	      "unmask left the port masked");
	CHECK(status_of(port).status == EVTCHNSTAT_ipi, "an IPI port's status is %u",
	      status_of(port).status);
	event_close(port);
	event_clear_all();
}

static void virq_test(void)
{
	struct evtchn_bind_virq bind = {.virq = VIRQ_DEBUG, .vcpu = 0};
	unsigned int port = event_virq(VIRQ_DEBUG, 0);

	CHECK(status_of(port).status == EVTCHNSTAT_virq && status_of(port).u.virq == VIRQ_DEBUG,
	      "a virtual interrupt's status is %u, %u", status_of(port).status,
	      status_of(port).u.virq);
	CHECK_RC(event_channel_op(EVTCHNOP_bind_virq, &bind), -XEN_EEXIST);
	CHECK_RC(event_close(port), 0);
	CHECK_RC(event_channel_op(EVTCHNOP_bind_virq, &bind), 0);
	CHECK_RC(event_close(bind.port), 0);
}

/* All ports can be had and no more; then they are free again. */
static void many_test(void)
{
	static unsigned int port[4096];
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(port); n++) {
		struct evtchn_bind_ipi bind = {.vcpu = 0};

		if (event_channel_op(EVTCHNOP_bind_ipi, &bind))
			break;
		port[n] = bind.port;
	}
	CHECK(n > 900 && n < 4096, "%u ports could be had", n);
	for (i = 0; i < n; i++)
		CHECK(event_close(port[i]) == 0, "port %u cannot be closed", port[i]);
	CHECK(event_ipi(0) == port[0], "a closed port is not the next free one");
}

void test_main(void)
{
	pair_test();
	mask_test();
	virq_test();
	many_test();
}
