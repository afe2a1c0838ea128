/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the hypervisor's benchmark: one operation each, measured in instructions.
 *
 * Relies on the frame of the guest tests (tests/guest/framework) and on a machine whose time stamp
 * counter counts instructions (QEMU's -icount). main.c goes through the sets of rows; a new row is
 * a line in one of them. What a row prepares it puts back, for the rows after it.
 */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

#include "hypercall.h"
#include "page.h"
#include "test.h"
#include "trap.h"

struct bench_row {
	const char *name;
	unsigned int count;              /* operations in a round */
	void (*prepare)(void);           /* or NULL */
	u64 (*run)(unsigned int count);  /* a round; returns the ticks its operations took */
	void (*finish)(void);            /* or NULL */
};

/* Each set ends with a row without a name. */
extern const struct bench_row rows_calls[], rows_entries[], rows_tables[], rows_pins[],
	rows_events[], rows_grants[];

/* Ticks of a statement that does some operations. Reading the counter is not among them. */
#define BENCH_TICKS(statement) ({			\
	u64 bench_began = rdtsc();			\
	statement;					\
	rdtsc() - bench_began - bench_read_cost;	\
})
extern u64 bench_read_cost;

/* Of entry.S: entry points that do as little as a kernel can. See there. */
extern char bench_syscall_entry[], bench_skip_entry[], bench_event_entry[];
extern volatile u32 bench_upcalls; /* by bench_event_entry */

/* counters.c: false where the hypervisor has none. */
struct counters {
	u32 cr3_loads, flushes, ipis;
};
bool counters_present(void);
void counters_read(struct counters *c);

/* The vector's entry point, called with events masked or not. */
void bench_trap(unsigned int vector, char *entry);
/* All entry points as the framework has them. */
void bench_traps_restore(void);

#endif
