/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events-misuse - wrong ports, domains, vCPUs and numbers are refused by every event-channel
 * operation.
 *
 * Promised by event_channel.h: errors for ports that do not exist or are of the wrong kind, domains
 * that do not exist, virtual interrupts that are global or do not exist, vCPUs that are not there.
 * Port 0 is never usable.
 */
#include "event.h"
#include "page.h"
#include "trap.h"

TEST("events-misuse", ROLE_DOM0 | ROLE_CHILD);

static void ports_test(unsigned int port)
{
	struct evtchn_unmask unmask = {.port = port};
	struct evtchn_bind_vcpu vcpu = {.port = port, .vcpu = 0};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF, .remote_port = port};

	CHECK(event_send(port) < 0, "port %u could be sent to", port);
	CHECK(event_close(port) < 0, "port %u could be closed", port);
	CHECK(port == 0 || port == 900 || event_channel_op(EVTCHNOP_unmask, &unmask) < 0,
	      "port %u was unmasked", port);
	CHECK(event_channel_op(EVTCHNOP_bind_vcpu, &vcpu) < 0, "port %u was bound to a vCPU", port);
	CHECK(event_channel_op(EVTCHNOP_bind_interdomain, &bind) < 0, "port %u was bound to", port);
}

static void domains_test(void)
{
	static const domid_t wrong[] = {1234,	   0x7fef,	  DOMID_IO,  DOMID_XEN,
					DOMID_COW, DOMID_INVALID, DOMID_IDLE};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct evtchn_alloc_unbound alloc = {.dom = wrong[i], .remote_dom = DOMID_SELF};
		struct evtchn_bind_interdomain bind = {.remote_dom = wrong[i], .remote_port = 1};
		struct evtchn_status status = {.dom = wrong[i], .port = 1};
		struct evtchn_reset reset = {.dom = wrong[i]};

		CHECK(event_channel_op(EVTCHNOP_alloc_unbound, &alloc) < 0, "domain %x got a port",
		      wrong[i]);
		CHECK(event_channel_op(EVTCHNOP_bind_interdomain, &bind) < 0,
		      "domain %x was bound to", wrong[i]);
		CHECK(event_channel_op(EVTCHNOP_status, &status) < 0, "domain %x told a status",
		      wrong[i]);
		CHECK(event_channel_op(EVTCHNOP_reset, &reset) < 0, "domain %x was reset",
		      wrong[i]);
	}
}

static void virqs_test(void)
{
	static const struct {
		u32 virq, vcpu;
	} wrong[] = {
		{24, 0}, {1000, 0}, {~0U, 0}, {VIRQ_TIMER, 5}, {VIRQ_TIMER, ~0U},
	};
	struct evtchn_bind_ipi ipi = {.vcpu = 77};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct evtchn_bind_virq bind = {.virq = wrong[i].virq, .vcpu = wrong[i].vcpu};

		CHECK(event_channel_op(EVTCHNOP_bind_virq, &bind) < 0,
		      "virq %u of vCPU %u was bound", wrong[i].virq, wrong[i].vcpu);
	}
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_ipi, &ipi));
	ipi.vcpu = ~0U;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_ipi, &ipi));
}

static void kinds_test(void)
{
	unsigned int ipi = event_ipi(0), virq = event_virq(VIRQ_DEBUG, 0);
	struct evtchn_bind_vcpu vcpu = {.port = ipi, .vcpu = 0};
	struct evtchn_bind_interdomain bind = {.remote_dom = DOMID_SELF, .remote_port = ipi};

	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_vcpu, &vcpu));
	vcpu.port = virq;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_vcpu, &vcpu));
	CHECK_REFUSED(event_channel_op(EVTCHNOP_bind_interdomain, &bind));
	CHECK_REFUSED(event_send(virq));
	CHECK_RC(event_channel_op(EVTCHNOP_send, (void *)0x1000), -XEN_EFAULT);
	CHECK_RC(event_channel_op(99, &vcpu), -XEN_ENOSYS);
}

void test_main(void)
{
	static const unsigned int port[] = {0, 900, 4096, 131072, 0x80000000, ~0U};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(port); i++)
		ports_test(port[i]);
	domains_test();
	virqs_test();
	kinds_test();
}
