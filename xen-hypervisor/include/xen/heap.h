/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap: whole frames by a buddy allocator, and small objects carved from them.
 *
 * One heap serves the hypervisor and all guests, since all memory is directly mapped.  Frames that
 * a domain gave back are scrubbed before anybody else sees them: free frames are either clean or
 * marked dirty, and an allocation hands out scrubbed frames only.  "Dirty" also says that some CPU
 * may still have translations of the frame: scrubbing is preceded by the flush that the TLB clock
 * finds necessary.  Context: any, but never from an NMI.  An allocation with interrupts disabled
 * fails where it would have to flush another CPU's TLB, so allocate with interrupts enabled once
 * guests run.  Sources: core/heap.c, core/slab.c.
 */
#ifndef XEN_HEAP_H
#define XEN_HEAP_H

#include <xen/types.h>

struct domain;
struct page_info;

#define HEAP_MAX_ORDER 18 /* 1 GB */

/* pages come back zeroed (they are always free of another domain's data) */
#define HEAP_ZERO 1u
#define HEAP_BELOW_4G 2u   /* machine address below 4 GB (devices with 32-bit DMA) */
#define HEAP_NO_SCRUB 4u   /* caller overwrites every byte before a guest sees the pages */
#define HEAP_BITS(n) ((u32)(n) << 8) /* machine address below 2^n; 0 = no limit */

/*
 * Boot: gives the frames [from, to) to the heap; every frame outside such ranges is never
 * allocated.
 */
void heap_add_range(mfn_t from, mfn_t to);

/*
 * 2^order contiguous, naturally aligned frames for the hypervisor itself (owner none, one reference
 * held by the caller), or NULL.  heap_free_pages() gives them back.
 */
struct page_info *heap_alloc_pages(unsigned int order, unsigned int flags);
void heap_free_pages(struct page_info *pg, unsigned int order);

/* The same as mapped addresses, for tables and stacks of the hypervisor's own. */
void *heap_alloc_virt(unsigned int order, unsigned int flags);
void heap_free_virt(void *va, unsigned int order);

/*
 * Boot-time choice of a contiguous, aligned region of any number of frames; panics when there is
 * none.
 */
mfn_t heap_alloc_boot(u64 nr_frames, u64 align_frames);

/*
 * The same as heap_alloc_pages() for a page of d: honours the claims of other domains and uses up
 * d's.
 */
struct page_info *heap_alloc_for_domain(struct domain *d, unsigned int order, unsigned int flags);
/*
 * Stakes out memory so that d can grow to `pages` in all (XENMEM_claim_pages); 0 gives the claim
 * up. -XEN_EINVAL: has a claim already, or has that many pages; -XEN_ENOMEM: not so much unclaimed
 * memory.
 */
int heap_claim(struct domain *d, u64 pages);

u64 heap_free_count(void);  /* free frames */
u64 heap_claimed_count(void);
u64 heap_total_count(void); /* frames ever given to the heap */
/* Free blocks of each order. */
void heap_count_orders(u64 ret_blocks[HEAP_MAX_ORDER + 1]);
u64 heap_dirty_count(void); /* free frames still to be scrubbed */

/* Scrubs up to `max` dirty free frames; idle CPUs call it.  Returns whether there is more to do. */
bool heap_scrub_some(unsigned int max);

/*
 * Small objects, zeroed, aligned to 16 bytes (to 64 from 64 bytes up); NULL when memory is out.
 * mem_free(NULL) does nothing.
 */
void *mem_alloc(size_t size);
void mem_free(void *p);
#define mem_new(type) ((type *)mem_alloc(sizeof(type)))
/* n objects of `size` bytes; NULL also when the product overflows. */
static inline void *mem_alloc_array(size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : mem_alloc(bytes);
}
#define mem_new_array(type, n) ((type *)mem_alloc_array(n, sizeof(type)))

#endif
