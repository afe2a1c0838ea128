/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Software timers: one pairing heap a CPU, ordered by expiry, run from SOFTIRQ_TIMER with
 * interrupts enabled. The heap's links are in struct timer, so that arming never allocates and
 * there is no limit to their number. All functions may be called in any context (interrupts too),
 * except timer_kill(). Source: core/timer.c.
 */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/lock.h>
#include <xen/types.h>

struct timer {
	u64 expires;		/* system time, ns */
	void (*fn)(void *data);
	void *data;
	struct timer *child;	/* leftmost child */
	struct timer *next;	/* next sibling */
	struct timer *prev;	/* previous sibling, or the parent of a leftmost child */
	u32 cpu;		/* heap it belongs to */
	u32 running;		/* runs of fn in progress, atomic */
	bool active, dead;	/* in the heap; killed */
};

void timer_cpu_init(unsigned int cpu);	/* before the first timer of that CPU */
/* The function runs on `cpu`. It may re-arm or stop the timer, but not free it. */
void timer_init(struct timer *t, void (*fn)(void *data), void *data, unsigned int cpu);
/* (Re)arms; a deadline in the past fires at once (from the softirq). Does nothing to a killed
 * timer. */
void timer_set(struct timer *t, u64 expires);
/* Disarms; the function may still be running on another CPU. */
void timer_stop(struct timer *t);
/* Disarms for ever and waits until the function isn't running (not from within it; interrupts
 * enabled). */
void timer_kill(struct timer *t);
/* Moves an active or idle timer to another CPU's heap. */
void timer_migrate(struct timer *t, unsigned int cpu);
static inline bool timer_active(const struct timer *t) { return READ_ONCE(t->active); }
void timer_dump(void);	/* debug key a */

#endif
