/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The macros of io/ring.h at work: a front and a back end exchange requests and responses over one
 * page, with indices that wrap, and events are asked for and sent when they must be.
 *
 * Relies on the public headers and tap.h only.
 */
#include <string.h>

#include <public/io/ring.h>

#include "tap.h"

struct echo_request {
	uint32_t id;
	uint32_t text[3];
};

struct echo_response {
	uint32_t id;
	uint32_t answer;
};

DEFINE_RING_TYPES(echo, struct echo_request, struct echo_response);

static union {
	struct echo_sring ring;
	unsigned char bytes[4096];
} page;

static void request_put(struct echo_front_ring *front, uint32_t id)
{
	struct echo_request *slot = RING_GET_REQUEST(front, front->req_prod_pvt);

	slot->id = id;
	slot->text[0] = id * 3;
	front->req_prod_pvt++;
}

/* Answers all that waits; returns how many requests that was. */
static unsigned int back_serve(struct echo_back_ring *back)
{
	struct echo_response answer;
	struct echo_request request;
	unsigned int served = 0;

	while (RING_HAS_UNCONSUMED_REQUESTS(back)) {
		RING_COPY_REQUEST(back, back->req_cons, &request);
		back->req_cons++;
		answer = (struct echo_response){ .id = request.id, .answer = request.text[0] };
		*RING_GET_RESPONSE(back, back->rsp_prod_pvt) = answer;
		back->rsp_prod_pvt++;
		served++;
	}
	return served;
}

static unsigned int front_collect(struct echo_front_ring *front, uint32_t first_id)
{
	struct echo_response answer;
	unsigned int right = 0;

	while (RING_HAS_UNCONSUMED_RESPONSES(front)) {
		RING_COPY_RESPONSE(front, front->rsp_cons, &answer);
		front->rsp_cons++;
		right += answer.id == first_id && answer.answer == answer.id * 3;
		first_id++;
	}
	return right;
}

static void test_wrap(void)
{
	struct echo_front_ring front;
	struct echo_back_ring back;
	unsigned int i, right = 0, rounds = 1000;
	int notify;

	SHARED_RING_INIT(&page.ring);
	/* Just below the end of 32 bits, so that the indices wrap on the way. */
	page.ring.req_prod = page.ring.rsp_prod = (RING_IDX)-300;
	page.ring.req_event = page.ring.rsp_event = (RING_IDX)-299;
	FRONT_RING_ATTACH(&front, &page.ring, (RING_IDX)-300, sizeof(page));
	BACK_RING_ATTACH(&back, &page.ring, (RING_IDX)-300, sizeof(page));
	for (i = 0; i < rounds; i++) {
		request_put(&front, i);
		RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
		back_serve(&back);
		RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, notify);
		right += front_collect(&front, i);
	}
	(void)notify;
	tap_ok(right == rounds,
	       "every request is answered once and in order while the indices wrap");
}

static void test_fill(void)
{
	struct echo_front_ring front;
	struct echo_back_ring back;
	unsigned int put = 0;

	SHARED_RING_INIT(&page.ring);
	FRONT_RING_INIT(&front, &page.ring, sizeof(page));
	BACK_RING_INIT(&back, &page.ring, sizeof(page));
	tap_ok(RING_SIZE(&front) == 128, "a page holds the power of two of slots that fits");
	while (!RING_FULL(&front))
		request_put(&front, put++);
	tap_ok(put == RING_SIZE(&front), "a ring is full when every slot is taken");
	RING_PUSH_REQUESTS(&front);
	tap_ok(back_serve(&back) == put, "a full ring is served whole");
	RING_PUSH_RESPONSES(&back);
	tap_ok(front_collect(&front, 0) == put && RING_FREE_REQUESTS(&front) == put,
	       "collected responses free their slots");
}

static void test_events(void)
{
	struct echo_front_ring front;
	struct echo_back_ring back;
	int notify, more;

	SHARED_RING_INIT(&page.ring);
	FRONT_RING_INIT(&front, &page.ring, sizeof(page));
	BACK_RING_INIT(&back, &page.ring, sizeof(page));
	request_put(&front, 1);
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
	tap_ok(notify, "the first request on a new ring asks for an event");
	request_put(&front, 2);
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
	tap_ok(!notify, "no event is sent to a back end that has not gone to sleep");
	RING_FINAL_CHECK_FOR_REQUESTS(&back, more);
	tap_ok(more, "a back end does not sleep while requests wait");
	back_serve(&back);
	RING_FINAL_CHECK_FOR_REQUESTS(&back, more);
	tap_ok(!more, "a back end sleeps when all are served");
	request_put(&front, 3);
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front, notify);
	tap_ok(notify, "a sleeping back end is sent an event");
}

static void test_hostile_index(void)
{
	struct echo_front_ring front;
	struct echo_back_ring back;

	SHARED_RING_INIT(&page.ring);
	FRONT_RING_INIT(&front, &page.ring, sizeof(page));
	BACK_RING_INIT(&back, &page.ring, sizeof(page));
	page.ring.req_prod = 5000;
	tap_ok(RING_REQUEST_PROD_OVERFLOW(&back, page.ring.req_prod),
	       "a producer index beyond the ring's size is recognised");
	tap_ok(RING_HAS_UNCONSUMED_REQUESTS(&back) <= RING_SIZE(&back),
	       "and never lets more requests be taken than there are slots");
	page.ring.rsp_prod = 5000;
	tap_ok(RING_RESPONSE_PROD_OVERFLOW(&front, page.ring.rsp_prod),
	       "the same holds for responses");
}

int main(void)
{
	test_fill();
	test_wrap();
	test_events();
	test_hostile_index();
	return tap_done();
}
