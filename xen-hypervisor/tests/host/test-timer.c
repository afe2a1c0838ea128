/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers: order of firing, re-arming, migration, killing, and a random comparison with a plain
 * list. */
#include <hw/core_host.h>
#include <hw/host.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

#include "tap.h"

#define MANY 500

static u64 fired[MANY], fired_at[MANY];
static unsigned int fired_cpu[MANY], nr_fired, order_errors;
static u64 last_expiry;
static struct timer timers[MANY];

static void fire(void *data)
{
	unsigned int i = (unsigned int)(uintptr_t)data;

	fired[i]++;
	fired_at[i] = host_now;
	fired_cpu[i] = hw_cpu_id();
	nr_fired++;
	if (timers[i].expires < last_expiry)
		order_errors++;
	last_expiry = timers[i].expires;
}

static void rearm(void *data)
{
	fired[0]++;
	if (fired[0] < 5)
		timer_set(data, host_now + 10);
}

static void test_basics(void)
{
	struct timer t;

	timer_init(&timers[1], fire, (void *)1, 0);
	timer_set(&timers[1], host_now + 100);
	host_run(99, 1000);
	tap_ok(fired[1] == 0, "a timer does not fire before its time");
	host_run(1, 1000);
	tap_ok(fired[1] == 1 && !timer_active(&timers[1]),
	       "it fires at its time and is inactive then");
	timer_set(&timers[1], 5);
	host_settle();
	tap_ok(fired[1] == 2, "a deadline in the past fires at once");
	timer_set(&timers[1], host_now + 100);
	timer_stop(&timers[1]);
	host_run(200, 1000);
	tap_ok(fired[1] == 2, "a stopped timer does not fire");
	timer_set(&timers[1], host_now + 100);
	timer_migrate(&timers[1], 1);
	host_run(200, 1000);
	tap_ok(fired[1] == 3 && fired_cpu[1] == 1,
	       "an active timer that moves fires on its new CPU");
	timer_set(&timers[1], host_now + 10);
	timer_kill(&timers[1]);
	timer_set(&timers[1], host_now + 10);
	host_run(200, 1000);
	tap_ok(fired[1] == 3, "a killed timer cannot be armed again");
	fired[0] = 0;
	timer_init(&t, rearm, &t, 0);
	timer_set(&t, host_now + 10);
	host_run(1000, 1000);
	tap_ok(fired[0] == 5, "a timer's function can arm it again");
}

/* Arms, re-arms, stops and moves at random; every armed timer must fire at its time and in
 * order. */
static void test_random(void)
{
	unsigned int expected = 0, wrong = 0;

	nr_fired = order_errors = 0;
	last_expiry = 0;
	memset(fired, 0, sizeof(fired));
	for (unsigned int i = 0; i < MANY; i++)
		timer_init(&timers[i], fire, (void *)(uintptr_t)i, 0);
	for (unsigned int n = 0; n < 20 * MANY; n++) {
		struct timer *t = &timers[host_random() % MANY];

		if (host_random() % 4 == 0)
			timer_stop(t);
		else
			timer_set(t, host_now + 1 + host_random() % 100000);
	}
	for (unsigned int i = 0; i < MANY; i++)
		expected += timer_active(&timers[i]);
	host_run(100001, 1000000);
	for (unsigned int i = 0; i < MANY; i++)
		wrong += fired[i] > 1 || (fired[i] && fired_at[i] != timers[i].expires);
	tap_ok(nr_fired == expected, "of %u random timers each armed one fires", MANY);
	tap_ok(wrong == 0, "each fires once and at its own time");
	tap_ok(order_errors == 0, "they fire in order of expiry");
}

int main(void)
{
	host_random_state = tap_seed();
	host_core_init(2, "bvt");
	test_basics();
	test_random();
	return tap_done();
}
