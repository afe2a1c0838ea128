/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References to frames, inline, for the code that takes and drops them for every entry of a page
 * table.  The meaning is that of the functions in xen/page.h, which are made of these
 * (core/page.c); what is not the usual case goes there.  Relied on by guest/pv and the memory
 * hypercalls only: everybody else calls the functions.
 */
#ifndef XEN_PAGE_FAST_H
#define XEN_PAGE_FAST_H

#include <xen/domain.h>
#include <xen/page.h>
#include <xen/smp.h>

static inline bool page_word_cas(u64 *word, u64 *old, u64 new)
{
	return __atomic_compare_exchange_n(word, old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

BUILD_CHECK(PAGE_TYPE_VALIDATED == 1ULL << (PAGE_TYPE_SHIFT - 1));
BUILD_CHECK(PAGE_TYPE_STAMP_SHIFT == 32 && PAGE_TYPE_SHIFT == 29);

static inline enum page_type page_word_type(u64 x) { return (x >> PAGE_TYPE_SHIFT) & 7; }
static inline u64 page_stamp_now(void) { return (u64)tlb_clock() << PAGE_TYPE_STAMP_SHIFT; }

/*
 * One more reference to a frame that a guest may hold; false when it is free, ours, or has too
 * many.  Frames given up but still mapped somewhere have neither of the two flags: no new
 * references.
 */
static inline bool page_count_get(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->count);

	do {
		/* Neither the first reference nor one too many. */
		if (((x + 1) & PAGE_COUNT_MASK) < 2 || !(x & (PAGE_ALLOCATED | PAGE_SHARED)))
			return false;
	} while (!page_word_cas(&pg->count, &x, x + 1));
	return true;
}

/* The last reference went: `flags` is what is left in the word. */
void page_put_last(struct page_info *pg, u64 flags);

static inline void page_put_inline(struct page_info *pg)
{
	u64 x = __atomic_sub_fetch(&pg->count, 1, __ATOMIC_SEQ_CST);

	if (unlikely(!(x & PAGE_COUNT_MASK)))
		page_put_last(pg, x);
}

static inline bool page_get_inline(struct page_info *pg, const struct domain *d)
{
	/*
	 * A look before the reference keeps strangers from delaying the release of each other's
	 * frames.
	 */
	if (READ_ONCE(pg->owner) != d->id || !page_count_get(pg))
		return false;
	if (likely(READ_ONCE(pg->owner) == d->id))
		return true;
	page_put_inline(pg);
	return false;
}

static inline bool page_get_type_if_used_inline(struct page_info *pg, enum page_type type)
{
	u64 x = READ_ONCE(pg->type);

	do {
		/* VALIDATED and, in the three bits above it, the type. */
		if (((u32)x >> (PAGE_TYPE_SHIFT - 1)) != ((u32)type << 1 | 1) ||
		    (x & PAGE_TYPE_COUNT) == PAGE_TYPE_COUNT)
			return false;
	} while (!page_word_cas(&pg->type, &x, x + 1));
	return true;
}

/* page_put_type() while other references stay. */
static inline void page_put_type_inline(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type);

	while (likely((x & PAGE_TYPE_COUNT) > 1))
		if (page_word_cas(&pg->type, &x, ((x - 1) & 0xffffffffULL) | page_stamp_now()))
			return;
	page_put_type(pg);
}

/*
 * For as long as an operation on a table takes: a general and a type reference to a frame that has
 * the type now, validated and in use; NULL when it has not.
 */
static inline struct page_info *page_hold_table(mfn_t m, const struct domain *d,
						enum page_type type)
{
	struct page_info *pg = mfn_to_page(m);

	if (!mfn_valid(m) || !page_get_inline(pg, d))
		return NULL;
	if (likely(page_get_type_if_used_inline(pg, type)))
		return pg;
	page_put_inline(pg);
	return NULL;
}

/*
 * The end of page_hold_table().  No mapping went with the reference, so the stamp stays as it is,
 * which is what page_put_type() would change.  False: these are the last references, and the caller
 * drops them the long way.
 */
static inline bool page_unhold_table(struct page_info *pg)
{
	u64 x = READ_ONCE(pg->type);

	do {
		if (unlikely((x & PAGE_TYPE_COUNT) <= 1))
			return false;
	} while (!page_word_cas(&pg->type, &x, x - 1));
	page_put_inline(pg);
	return true;
}

#endif
