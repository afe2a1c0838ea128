/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of ranges in a sorted array: lookups by bisection, changes by shifting the tail.  The array
 * grows by halves again and is only replaced once the new one is whole, so that a failed change
 * leaves the set as it was. Invariant: ranges ascend, and between two of them at least one number
 * is missing.
 */
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/rangeset.h>

/* Index of the first range that ends at or after n. */
static u32 find_range(const struct rangeset *r, u64 n)
{
	u32 low = 0, high = r->count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (r->ranges[mid].last < n)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int reserve(struct rangeset *r, u32 count)
{
	u32 capacity = max(count + count / 2, 8u);
	struct range *p;

	if (count <= r->capacity)
		return 0;
	p = mem_new_array(struct range, capacity);
	if (!p)
		return -XEN_ENOMEM;
	if (r->count)
		memcpy(p, r->ranges, r->count * sizeof(*p));
	mem_free(r->ranges);
	r->ranges = p;
	r->capacity = capacity;
	return 0;
}

/* Puts `nr` ranges in place of those in [from, to). */
static int replace(struct rangeset *r, u32 from, u32 to, const struct range *with, u32 nr)
{
	u32 count = r->count - (to - from) + nr;
	int rc = reserve(r, count);

	if (rc)
		return rc;
	if (r->count > to)
		memmove(&r->ranges[from + nr], &r->ranges[to], (r->count - to) * sizeof(*with));
	if (nr)
		memcpy(&r->ranges[from], with, nr * sizeof(*with));
	r->count = count;
	return 0;
}

int rangeset_add(struct rangeset *r, u64 first, u64 last)
{
	u32 from = find_range(r, first ? first - 1 : 0), to = from;
	struct range all = { first, last };

	/* Whatever touches or overlaps becomes one range with the new one. */
	while (to < r->count && (r->ranges[to].first <= last || r->ranges[to].first == last + 1)) {
		all.first = min(all.first, r->ranges[to].first);
		all.last = max(all.last, r->ranges[to].last);
		to++;
	}
	return replace(r, from, to, &all, 1);
}

int rangeset_remove(struct rangeset *r, u64 first, u64 last)
{
	u32 from = find_range(r, first), to = from, nr = 0;
	struct range left[2];

	while (to < r->count && r->ranges[to].first <= last)
		to++;
	if (from == to)
		return 0;
	if (r->ranges[from].first < first)
		left[nr++] = (struct range){ r->ranges[from].first, first - 1 };
	if (r->ranges[to - 1].last > last)
		left[nr++] = (struct range){ last + 1, r->ranges[to - 1].last };
	return replace(r, from, to, left, nr);
}

bool rangeset_contains(const struct rangeset *r, u64 first, u64 last)
{
	u32 i = find_range(r, first);

	return i < r->count && r->ranges[i].first <= first && last <= r->ranges[i].last;
}

bool rangeset_overlaps(const struct rangeset *r, u64 first, u64 last)
{
	u32 i = find_range(r, first);

	return i < r->count && r->ranges[i].first <= last;
}

void rangeset_clear(struct rangeset *r)
{
	mem_free(r->ranges);
	*r = (struct rangeset){ 0 };
}
