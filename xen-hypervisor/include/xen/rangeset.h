/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of numbers kept as disjoint, ascending, maximal ranges [first, last].  The caller locks.
 * Source: lib/rangeset.c.
 */
#ifndef XEN_RANGESET_H
#define XEN_RANGESET_H

#include <xen/types.h>

struct range { u64 first, last; };
struct rangeset {
	struct range *ranges;
	u32 count, capacity;
};

/* first <= last.  0, or -XEN_ENOMEM with the set unchanged. */
int rangeset_add(struct rangeset *r, u64 first, u64 last);
int rangeset_remove(struct rangeset *r, u64 first, u64 last);
/* Is every number of [first, last] in the set? */
bool rangeset_contains(const struct rangeset *r, u64 first, u64 last);
bool rangeset_overlaps(const struct rangeset *r, u64 first, u64 last);
void rangeset_clear(struct rangeset *r);	/* frees the memory; usable again */

#endif
