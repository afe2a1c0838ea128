/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * time-info - system time from the shared record never goes back, and the wall clock is set.
 *
 * Promised by xen.h: vcpu_info.time scales the TSC to nanoseconds since boot, guarded by an even
 * version; wc_sec is the wall clock at system time 0. Time read before and after a wait agrees with
 * the time waited for.
 */
#include "hypercall.h"
#include "page.h"
#include "time.h"

TEST("time-info", ROLE_DOM0 | ROLE_CHILD);

void test_main(void)
{
	struct sched_poll poll = { .nr_ports = 0 };
	u64 last = time_now(), now, start, back = 0;
	unsigned int i;

	CHECK(last > 0, "system time is 0");
	CHECK(!(shared_info->vcpu_info[0].time.version & 1),
	      "the record is for ever being written");
	for (i = 0; i < 100000; i++) {
		now = time_now();
		back += now < last;
		last = now;
	}
	CHECK(back == 0, "time went back %lu times", back);
	start = time_now();
	poll.timeout = start + 30 * MILLISECOND;
	sched_op(SCHEDOP_poll, &poll);
	now = time_now();
	CHECK(now + 1 * MILLISECOND >= poll.timeout, "a wait of 30 ms took %lu ns", now - start);
	CHECK(!(READ(shared_info->wc_version) & 1), "the wall clock is for ever being written");
	CHECK(shared_info->wc_sec > 1500000000, "the wall clock is %u", shared_info->wc_sec);
}
