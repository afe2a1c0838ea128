/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Performance counters: one instruction each, on the CPU where it happens, always on.
 *
 * They lie with the CPU's other data at the top of its stack, so counting takes no register that
 * `current` does not take; hw/entry.S counts in them, too.  A CPU writes its own only, without a
 * lock prefix, interrupts included: nothing is ever set back.  A reset remembers where all stood.
 * Values are 32 bits wide, as the ABI has them, and wrap: differences are what means something.
 * Table: xen/perfc-table.h.  Source: core/perfc.c.
 */
#ifndef XEN_PERFC_H
#define XEN_PERFC_H

#include <hw/asm.h>
#include <xen/perfc-table.h>
#include <xen/types.h>

/* One instruction, whatever the compiler thinks: an interrupt may count in the middle of two. */
#define perfc_inc(c) perfc_inc_at(c, 0)
#define perfc_inc_at(c, i) \
	__asm__("incl %0" : "+m"(hw_cpu_info()->perfc[(c) + (i)])::"cc")
#define perfc_add(c, n) \
	__asm__("addl %1, %0" : "+m"(hw_cpu_info()->perfc[c]) : "ri"((u32)(n)) : "cc")

struct perfc_row {
	const char *name;
	u16 first, values;
};
extern const struct perfc_row perfc_rows[];
extern const unsigned int perfc_nr_rows;

/* Since the last reset, over all CPUs; `value` < NR_PERFC. */
u32 perfc_read(unsigned int value);
void perfc_reset(void);
/* Keys of the console. */
void perfc_dump(void);

/* The values of a CPU that was started; NULL for others. */
const u32 *hw_perfc_of(unsigned int cpu);

#endif
