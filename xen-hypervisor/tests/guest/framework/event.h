/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels of the two-level kind: making ports, looking at their bits. */
#ifndef GUEST_EVENT_H
#define GUEST_EVENT_H

#include "hypercall.h"

/* Ends the test when the port cannot be had. */
static inline unsigned int event_ipi(unsigned int vcpu)
{
	struct evtchn_bind_ipi bind = {.vcpu = vcpu};

	NEED(event_channel_op(EVTCHNOP_bind_ipi, &bind));
	return bind.port;
}

static inline unsigned int event_virq(unsigned int virq, unsigned int vcpu)
{
	struct evtchn_bind_virq bind = {.virq = virq, .vcpu = vcpu};

	NEED(event_channel_op(EVTCHNOP_bind_virq, &bind));
	return bind.port;
}

static inline long event_send(unsigned int port)
{
	struct evtchn_send send = {.port = port};

	return event_channel_op(EVTCHNOP_send, &send);
}

static inline long event_close(unsigned int port)
{
	struct evtchn_close close = {.port = port};

	return event_channel_op(EVTCHNOP_close, &close);
}

static inline bool event_pending(unsigned int port)
{
	return READ(shared_info->evtchn_pending[port / 64]) >> port % 64 & 1;
}

static inline void event_clear(unsigned int port)
{
	__atomic_and_fetch(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64),
			   __ATOMIC_SEQ_CST);
}

static inline void event_mask(unsigned int port)
{
	__atomic_or_fetch(&shared_info->evtchn_mask[port / 64], 1UL << port % 64, __ATOMIC_SEQ_CST);
}

static inline void event_unmask(unsigned int port)
{
	__atomic_and_fetch(&shared_info->evtchn_mask[port / 64], ~(1UL << port % 64),
			   __ATOMIC_SEQ_CST);
}

/* Everything pending is forgotten, on vCPU 0. */
static inline void event_clear_all(void)
{
	unsigned int i;

	shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
	__atomic_exchange_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < 64; i++)
		__atomic_exchange_n(&shared_info->evtchn_pending[i], 0, __ATOMIC_SEQ_CST);
}

#endif
