/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second domain and its first one's side (see pair.h), over the framework's child.h. */
#include <public/callback.h>
#include "child.h"
#include "event.h"
#include "grant.h"
#include "pair.h"
#include "time.h"

/* In the page that both see. */
struct shared {
	volatile u32 port; /* of the first domain, for the second to bind to */
	volatile u32 ready, stop;
};

domid_t pair_domid;
unsigned int pair_port;
static struct child child;

static void event_entry_set(const char *entry)
{
	struct callback_register reg = {
		.type = CALLBACKTYPE_event, .address = (unsigned long)entry,
		.flags = CALLBACKF_mask_events,
	};

	NEED(hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, &reg));
}

void events_quick(void)
{
	event_clear_all();
	event_entry_set(bench_event_entry);
}

void events_restore(void)
{
	events_disable();
	event_entry_set(trap_entry_250);
}

/*
 * Events stay masked but while the hypervisor has us asleep: one that came between sending and
 * falling asleep would be waited for for ever.
 */
static void pair_wait(void)
{
	sched_op(SCHEDOP_block, NULL);
	events_disable();
}

void pair_exchange(unsigned int port)
{
	NEED(event_send(port));
	pair_wait();
}

/* -------------------------------------------------------------------- the second domain */
void pair_child_main(void)
{
	struct shared *s = page_of_mfn(start_info->store_mfn);
	volatile struct grant_entry_v1 *table = grant_table();
	u8 *pages = page_alloc(PAIR_GRANTS);
	struct evtchn_bind_interdomain bind = {.remote_port = s->port};
	unsigned int i;

	for (i = 0; i < PAIR_GRANTS; i++)
		grant_give(&table[PAIR_FIRST_REF + i], 0, mfn_of(pages + i * PAGE_SIZE),
			   GTF_permit_access);
	NEED(event_channel_op(EVTCHNOP_bind_interdomain, &bind));
	event_unmask(bind.local_port);
	events_quick();
	s->ready = 1;
	for (;;) {
		pair_wait();
		if (s->stop)
			break;
		NEED(event_send(bind.local_port));
	}
	events_restore();
	CHECK(!s->port || s->ready, "-");
}

/* --------------------------------------------------------------------- the first domain */
static struct shared *shared_page(void) { return (struct shared *)child.store; }

void pair_create(void)
{
	struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF};
	u64 end = time_now() + 10000 * MILLISECOND;

	child_create(&child, "");
	pair_domid = alloc.remote_dom = child.domid;
	NEED(event_channel_op(EVTCHNOP_alloc_unbound, &alloc));
	pair_port = alloc.port;
	shared_page()->port = alloc.port;
	child_unpause(&child);
	while (!shared_page()->ready && time_now() < end)
		sched_op(SCHEDOP_yield, NULL);
	NEED_THAT(shared_page()->ready, "the second domain does not come up");
	event_mask(child.console_port);
	event_unmask(pair_port);
	events_quick();
}

void pair_destroy(void)
{
	events_restore();
	shared_page()->stop = 1;
	NEED(event_send(pair_port));
	child_wait(&child, 10000);
	child_destroy(&child);
	event_close(pair_port);
}
