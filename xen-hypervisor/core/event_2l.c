/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two-level layout: a pending and a mask bit for each of 4096 ports in shared_info, and a
 * selector word in each vcpu_info.  All of it is the guest's to write; nothing of it is trusted,
 * and a port number never comes from it.
 */
#include "event_impl.h"

BUILD_CHECK(EVTCHN_2L_NR_CHANNELS == sizeof(((struct shared_info *)0)->evtchn_pending) * 8);

/* The vCPU's selector: a bit a word of ports. */
static void select_word(struct vcpu *v, u32 port)
{
	if (!bit_test_and_set(&v->info->evtchn_pending_sel, port / 64))
		vcpu_mark_events_pending(v);
}

static void l2_set_pending(struct domain *d, struct evtchn *chn)
{
	struct shared_info *s = d->shared_info;

	if (bit_test_and_set(s->evtchn_pending, chn->port))
		return;
	if (!bit_test(s->evtchn_mask, chn->port))
		select_word(evtchn_vcpu(d, chn), chn->port);
}

static void l2_clear_pending(struct domain *d, struct evtchn *chn)
{
	bit_clear(d->shared_info->evtchn_pending, chn->port);
}

static void l2_unmask(struct domain *d, struct evtchn *chn)
{
	struct shared_info *s = d->shared_info;

	/* What came while it was masked is selected now. */
	if (bit_test_and_clear(s->evtchn_mask, chn->port) && bit_test(s->evtchn_pending, chn->port))
		select_word(evtchn_vcpu(d, chn), chn->port);
}

static bool l2_is_pending(struct domain *d, const struct evtchn *chn)
{
	return bit_test(d->shared_info->evtchn_pending, chn->port);
}

static bool l2_is_masked(struct domain *d, const struct evtchn *chn)
{
	return bit_test(d->shared_info->evtchn_mask, chn->port);
}

const struct event_layout event_layout_2l = {
	.set_pending = l2_set_pending,
	.clear_pending = l2_clear_pending,
	.unmask = l2_unmask,
	.is_pending = l2_is_pending,
	.is_masked = l2_is_masked,
};
