/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's watchdog over its own CPUs (option `watchdog`).  Source: hw/watchdog.c. */
#ifndef XEN_WATCHDOG_H
#define XEN_WATCHDOG_H

/*
 * When all CPUs run and this one is about to leave start-up, which runs no timers; does nothing
 * without the option.
 */
void watchdog_start(void);
/*
 * Somebody has a reason to keep this CPU from its timers for long (a dump on a slow line): it
 * counts as alive now.
 */
void watchdog_touch(void);

#endif
