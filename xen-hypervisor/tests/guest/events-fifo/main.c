/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events-fifo - the queue form of event channels orders events, links them, and keeps to its pages.
 *
 * Promised by event_channel.h: init_control registers a vCPU's control block, expand_array pages of
 * event words; from then on an event is linked into the queue of its priority, whose ready bit is
 * set; set_priority changes it. Control blocks that cross a page or are not one's frames are
 * refused. A guest that spoils links hurts only itself.
 */
#include "event.h"
#include "page.h"
#include "trap.h"

TEST("events-fifo", ROLE_DOM0 | ROLE_CHILD);

static struct evtchn_fifo_control_block *control;
static volatile event_word_t *word;

static void setup(void)
{
	struct evtchn_init_control init = {.vcpu = 0, .offset = 0};
	struct evtchn_expand_array expand;
	long rc;

	control = page_alloc(1);
	word = page_alloc(1);
	init.control_gfn = mfn_of(control);
	expand.array_gfn = mfn_of((void *)word);
	init.offset = 4094;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_init_control, &init));
	init.offset = 4096 - 8;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_init_control, &init));
	init.offset = 0;
	init.vcpu = 9;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_init_control, &init));
	init.vcpu = 0;
	init.control_gfn = 0xfffffffffUL;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_init_control, &init));
	init.control_gfn = page_top_mfn();
	CHECK_REFUSED(event_channel_op(EVTCHNOP_init_control, &init));
	init.control_gfn = mfn_of(control);
	rc = event_channel_op(EVTCHNOP_init_control, &init);
	if (rc == -XEN_ENOSYS) {
		test_skip("the hypervisor has no FIFO event channels");
		report_end();
	}
	CHECK(rc == 0, "init_control gave %ld", rc);
	CHECK(init.link_bits == EVTCHN_FIFO_LINK_BITS, "link_bits is %u", init.link_bits);
	CHECK_RC(event_channel_op(EVTCHNOP_expand_array, &expand), 0);
}

/* Takes one event off the queue of a priority, as a guest does; 0 when there is none. */
static unsigned int take(unsigned int priority, u32 *head)
{
	unsigned int port = *head ? *head : READ(control->head[priority]);
	event_word_t w;

	if (!port)
		return 0;
	w = __atomic_and_fetch(&word[port], ~(1U << EVTCHN_FIFO_LINKED), __ATOMIC_SEQ_CST);
	*head = w & EVTCHN_FIFO_LINK_MASK;
	__atomic_and_fetch(&word[port], ~(EVTCHN_FIFO_LINK_MASK | 1U << EVTCHN_FIFO_PENDING),
			   __ATOMIC_SEQ_CST);
	return port;
}

static void order_test(void)
{
	unsigned int port[3] = {event_ipi(0), event_ipi(0), event_ipi(0)}, i;
	u32 head = 0;

	for (i = 0; i < 3; i++)
		__atomic_and_fetch(&word[port[i]], ~(1U << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	event_send(port[1]);
	event_send(port[0]);
	event_send(port[2]);
	event_send(port[1]);
	CHECK(READ(shared_info->vcpu_info[0].evtchn_upcall_pending), "no upcall is pending");
	CHECK(READ(control->ready) & 1U << EVTCHN_FIFO_PRIORITY_DEFAULT, "the ready bits are %x",
	      control->ready);
	CHECK_RC(take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[1]);
	CHECK_RC(take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[0]);
	CHECK_RC(take(EVTCHN_FIFO_PRIORITY_DEFAULT, &head), port[2]);
	CHECK(head == 0, "there is a fourth event, port %u", head);
	__atomic_store_n(&control->ready, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < 3; i++)
		event_close(port[i]);
}

static void priority_test(void)
{
	unsigned int port = event_ipi(0);
	struct evtchn_set_priority set = {.port = port, .priority = EVTCHN_FIFO_PRIORITY_MAX};
	u32 head = 0;

	CHECK_RC(event_channel_op(EVTCHNOP_set_priority, &set), 0);
	__atomic_and_fetch(&word[port], ~(1U << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	event_send(port);
	CHECK(READ(control->ready) & 1U << EVTCHN_FIFO_PRIORITY_MAX, "the ready bits are %x",
	      control->ready);
	CHECK_RC(take(EVTCHN_FIFO_PRIORITY_MAX, &head), port);
	set.priority = EVTCHN_FIFO_PRIORITY_MIN + 1;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_set_priority, &set));
	set.port = 5000;
	CHECK_REFUSED(event_channel_op(EVTCHNOP_set_priority, &set));
}

/* Links to nowhere, loops, all bits set: then events all the same. */
static void hostile_test(void)
{
	unsigned int port[8], i, round;

	for (i = 0; i < 8; i++)
		port[i] = event_ipi(0);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < 1024; i++)
			word[i] = random_next();
		for (i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++)
			control->head[i] = random_next();
		event_send(port[round % 8]);
	}
	memset((void *)word, 0xff, PAGE_SIZE);
	event_send(port[0]);
	memset((void *)word, 0, PAGE_SIZE);
	CHECK_RC(event_send(port[0]), 0);
}

void test_main(void)
{
	setup();
	order_test();
	priority_test();
	random_seed(argument("seed", 1));
	hostile_test();
}
