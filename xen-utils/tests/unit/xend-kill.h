/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend killed with SIGKILL at every single step of a deed, and started again.
 *
 * Relies on xend-fake.h. Relied on by xend-crash.c and xend-device.c.
 */
#ifndef TESTS_XEND_KILL_H
#define TESTS_XEND_KILL_H

#include "tests/tap.h"
#include "tests/unit/xend-fake.h"

extern struct xend x;

typedef void (*deed_fn)(void);

/* A new machine, with a domain that nobody is to touch. */
void kill_prepare(void);
/* Run a deed in a child that is killed at step `at` (0: never). True when it lived to the end. */
bool kill_run_child(deed_fn deed, int at, bool after);
/*
 * xend is back: a few rounds of the reaper. True when everybody knows the same domains and devices,
 * each of them whole.
 */
bool kill_come_back(const char *where, int at);
/* The domain that nobody is to touch is as it was. */
bool kill_bystander_ok(void);
/* How often it was killed, how often something was wrong afterwards. */
struct kill_result {
	int killed;
	int disorder;			/* something is half, or left over */
	int hurt;			/* the bystander was touched */
};

/* All of it, at every step; before() is done first and not disturbed. */
struct kill_result kill_every_step(const char *name, deed_fn before, deed_fn deed);

/* The same as three tests of the program that includes this. */
#define kill_test(name, before, deed) ({ \
	struct kill_result r_ = kill_every_step(name, before, deed); \
	tap_ok(r_.killed > 20, "%s: xend was killed at %d points", name, r_.killed); \
	tap_is_int(r_.disorder, 0, "%s: after each of them all is in order again", name); \
	tap_is_int(r_.hurt, 0, "%s: a domain that ran meanwhile was not touched", name); })

#endif /* TESTS_XEND_KILL_H */
