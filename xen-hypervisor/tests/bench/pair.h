/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second domain for rows that need two: it grants its pages to the first, and answers each of
 * its events with one. Both sides wait by SCHEDOP_block, and are entered by bench_event_entry.
 */
#ifndef GUEST_BENCH_PAIR_H
#define GUEST_BENCH_PAIR_H

#include "bench.h"

#define PAIR_GRANTS    32
#define PAIR_FIRST_REF 8

extern domid_t pair_domid;
extern unsigned int pair_port; /* of the first domain */

/* prepare and finish of such rows. */
void pair_create(void);
void pair_destroy(void);
/* What the second domain does instead of rows. */
void pair_child_main(void);

/* Entered by bench_event_entry from now on; until events_restore(). Pending ports are below 64. */
void events_quick(void);
void events_restore(void);
/* Sends an event and sleeps until the answer comes; events are masked before and after. */
void pair_exchange(unsigned int port);

#endif
