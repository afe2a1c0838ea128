/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame table: who owns a machine frame, what it is used as, and by how many.
 *
 * THE INVARIANTS on which the safety of paravirtual guests rests (the checker in tests/host
 * verifies them):
 *  1. A frame has at most one owner.  It is freed when its last general reference goes, never
 *     before.
 *  2. A frame has one type at a time: none, page table of level 1 to 4, descriptor page (GDT/LDT),
 *     or writable. The type may change only while its type count is 0.
 *  3. While a frame's type is a page table or a descriptor page, no guest has a writable mapping of
 *     it.
 *  4. A frame typed as level-N table holds only entries that were validated: each present entry of
 *     a level N > 1 holds one type reference of level N-1 on its target; each entry of level 1
 *     holds a general reference on its target, and a writable-type reference when it maps it
 *     writable.
 *  5. Each type reference comes with a general reference.  A pinned frame holds one type reference
 *     for the pin.
 *  6. Nothing of the hypervisor's own, and no free frame, is reachable from a guest's tables except
 *     the shared top-level slots (layout.h) and pages shared deliberately (page_share_with_guest).
 *
 * References and types are atomic words, so lookups take no lock.  Validation of a table is
 * preemptible.  Sources: core/page.c (ownership and counts), guest/pv/pagetable.c (what a level's
 * entries must satisfy).
 */
#ifndef XEN_PAGE_H
#define XEN_PAGE_H

#include <hw/asm.h>
#include <xen/layout.h>
#include <xen/list.h>
#include <xen/types.h>

struct domain;

enum page_type {
	PAGE_NONE,
	PAGE_L1, PAGE_L2, PAGE_L3, PAGE_L4, /* page tables */
	PAGE_DESC,			    /* GDT or LDT page */
	PAGE_WRITABLE,
};

struct page_info {
	u64 count;		/* general references and flags, atomic; bits in core/page.c */
	/* type, validated, partial, pinned, type count, atomic; bits in core/page.c */
	u64 type;
	/* PAGE_OWNER_NONE, or the owner's domid (stable while a reference is held) */
	u32 owner;
	u32 aux;		/* page table: progress of a preempted validation */
	u32 next, prev;		/* list links as frame numbers (owner's list, free list); 16 TB */
};
BUILD_CHECK(sizeof(struct page_info) == 32);

#define PAGE_OWNER_NONE 0xffffffffu

/*
 * count: 48 bits of references below these flags.  A frame with none of ALLOCATED, SHARED, FREE and
 * MMIO is the hypervisor's own, or nobody's: no guest can get a reference to it.
 */
#define PAGE_COUNT_MASK 0x0000ffffffffffffULL
#define PAGE_ALLOCATED (1ULL << 63)	/* on its owner's list; one reference stands for this */
#define PAGE_FREE (1ULL << 62)		/* in the heap */
#define PAGE_HV (1ULL << 61)		/* allocated by the hypervisor for itself */
/* not memory; set at boot for ever; references are not counted */
#define PAGE_MMIO (1ULL << 60)
/* the hypervisor's, shared with its owner; not on the list */
#define PAGE_SHARED (1ULL << 59)
#define PAGE_FOREIGN (1ULL << 58)	/* some domain other than the owner has mapped it */
#define PAGE_VISITED (1ULL << 57)	/* page_relinquish_domain() has been here */

/*
 * type: one word, so that each transition is one compare-and-exchange.  The stamp is the TLB clock
 * of the moment the type count last fell; it says which CPUs may have stale translations when the
 * type changes.
 *   63-32 stamp | 31-29 type | 28 VALIDATED | 27 PARTIAL | 26 PINNED | 25 BUSY | 24-0 count
 * BUSY: one CPU validates or invalidates; others wait.  PARTIAL: that was preempted; entries below
 * `aux` hold their references, and the state itself holds one type and one general reference.
 * Whoever needs the frame next goes on (same type) or undoes it (another type).  VALIDATED:
 * references may be added without looking at the contents.
 */
#define PAGE_TYPE_COUNT 0x01ffffffULL
#define PAGE_TYPE_BUSY (1ULL << 25)
#define PAGE_TYPE_PINNED (1ULL << 26)
#define PAGE_TYPE_PARTIAL (1ULL << 27)
#define PAGE_TYPE_VALIDATED (1ULL << 28)
#define PAGE_TYPE_SHIFT 29
#define PAGE_TYPE_STAMP_SHIFT 32
/* In a free frame the word below the stamp says instead: */
#define PAGE_FREE_HEAD (1ULL << 31)	/* first frame of a free block; order in the low byte */
#define PAGE_FREE_DIRTY (1ULL << 30)	/* this frame is to be flushed and scrubbed */
#define PAGE_FREE_ANY_DIRTY (1ULL << 29) /* (head) some frame of the block may be */

extern u64 frame_count; /* every mfn below has an entry in the frame table; defined by hw */
/* width of the processor's machine addresses, as page_init() was told */
extern unsigned int page_paddr_bits;

static inline struct page_info *mfn_to_page(mfn_t m) { return hw_frame_table() + mfn_x(m); }
static inline mfn_t page_to_mfn(const struct page_info *pg)
{
	return _mfn((u64)(pg - hw_frame_table()));
}
static inline bool mfn_valid(mfn_t m) { return mfn_x(m) < frame_count; }

/*
 * Boot, once, before the heap gets its frames: those that the E820 map does not call RAM become
 * MMIO.
 */
void page_init(unsigned int paddr_bits);
/* Not memory: beyond the frame table or marked so.  Never changes for a frame. */
static inline bool mfn_is_mmio(mfn_t m)
{
	return !mfn_valid(m) || (READ_ONCE(mfn_to_page(m)->count) & PAGE_MMIO);
}

/* The direct map: every RAM frame, always mapped, writable, never executable. */
static inline void *mfn_to_virt(mfn_t m)
{
	return (char *)hw_direct_map() + (mfn_x(m) << PAGE_SHIFT);
}
static inline void *maddr_to_virt(maddr_t a) { return (char *)hw_direct_map() + maddr_x(a); }
static inline void *page_to_virt(const struct page_info *pg)
{
	return mfn_to_virt(page_to_mfn(pg));
}
/* Only for direct-map addresses (heap memory), not for the image. */
static inline mfn_t virt_to_mfn(const void *va)
{
	return _mfn((u64)((const char *)va - (const char *)hw_direct_map()) >> PAGE_SHIFT);
}
static inline struct page_info *virt_to_page(const void *va)
{
	return mfn_to_page(virt_to_mfn(va));
}

/*
 * The owner, or NULL for the hypervisor's own and free frames.  The answer stays true only while
 * the caller holds a general reference (or the domain's lists are known to be stable).
 */
struct domain *page_owner(const struct page_info *pg);

/*
 * Takes a general reference if the frame is allocated to `d`; false otherwise (also on count
 * overflow).
 */
bool page_get(struct page_info *pg, struct domain *d) MUST_CHECK;
/* The same by frame number, for any number a guest may give. NULL when not RAM or not d's. */
struct page_info *page_get_by_mfn(mfn_t m, struct domain *d) MUST_CHECK;
/*
 * The same whoever owns it (not free, not the hypervisor's own); the owner is returned, its life
 * secured by the reference to the page.
 */
struct page_info *page_get_any(mfn_t m, struct domain **ret_owner) MUST_CHECK;
/* A frame of d also after page_release(), for taking apart what it still holds. */
struct page_info *page_get_given_up(mfn_t m, const struct domain *d) MUST_CHECK;
/* One more reference to a frame of which the caller holds one. */
void page_hold(struct page_info *pg);
/* Drops a general reference; the last one frees the frame. */
void page_put(struct page_info *pg);

/*
 * Type references.  page_get_type: the caller holds a general reference already.  0, -XEN_EINVAL
 * (other type in use, or contents fail validation), -XEN_EPERM, or -XEN_ERESTART (preempted: try
 * again, progress is kept in the frame).  Interrupts are enabled: it may wait for another CPU's
 * validation, and flush TLBs.  With interrupts disabled it does not wait: such a frame is refused.
 */
int page_get_type(struct page_info *pg, enum page_type type) MUST_CHECK;
/*
 * The quick half of it: one more reference if the frame has that type, validated and in use, now.
 */
bool page_get_type_if_used(struct page_info *pg, enum page_type type) MUST_CHECK;
/*
 * The last put of a page table takes its entries' references back.  The preemptible form returns
 * -XEN_ERESTART when that is not finished; the reference is gone all the same, and
 * page_undo_partial() goes on.
 */
void page_put_type(struct page_info *pg);
int page_put_type_preemptible(struct page_info *pg) MUST_CHECK;
/*
 * Finishes undoing a preempted validation or invalidation (nothing to do: 0); -XEN_ERESTART: call
 * again; -XEN_EBUSY: another CPU is at work on the frame.  The caller holds a general reference.
 */
int page_undo_partial(struct page_info *pg) MUST_CHECK;
enum page_type page_type(const struct page_info *pg);
/*
 * Type in use now (count not zero), else PAGE_NONE.  Advice only, unless the caller holds a type
 * reference.
 */
enum page_type page_type_in_use(const struct page_info *pg);
/* Marks that a domain other than the owner maps the frame; before the mapping is made. */
void page_mark_foreign(struct page_info *pg);

/* Pins: the frame keeps the type while nothing points at it.  0, -XEN_EINVAL, -XEN_ERESTART. */
int page_pin(struct page_info *pg, enum page_type type) MUST_CHECK;
/* 0, -XEN_EINVAL: not pinned; -XEN_ERESTART: call again (it then goes on with what is left). */
int page_unpin(struct page_info *pg) MUST_CHECK;

/*
 * Implemented by guest/pv/pagetable.c: take (drop) the references that the entries of a table or
 * descriptor page of domain d hold.  Start at pg->aux; on -XEN_ERESTART it is the number of entries
 * that hold theirs.  validate: on any other error all have been dropped again, or -XEN_ERESTART's
 * state is kept by the caller to be undone.
 */
int pv_table_validate(struct page_info *pg, struct domain *d, enum page_type type);
int pv_table_invalidate(struct page_info *pg, enum page_type type, bool preemptible);

/* Both at once. */
/* general + writable type */
bool page_get_writable(struct page_info *pg, struct domain *d) MUST_CHECK;
void page_put_writable(struct page_info *pg);

/*
 * Gives 2^order fresh frames to d's page list, within d->max_pages (unless nolimit).  -XEN_ENOMEM /
 * -XEN_E2BIG...
 */
struct page_info *page_alloc_domain(struct domain *d, unsigned int order, unsigned int heap_flags);
/* Assigns already allocated hypervisor frames to d. */
int page_assign(struct domain *d, struct page_info *pg, unsigned int order, bool no_limit);
/*
 * Lets guests of d map a hypervisor page (shared_info, grant frames, ...), read-only or writable.
 * The page is then owned by d, is not on its page list and not counted; it is freed by
 * page_free_shared().
 */
void page_share_with_guest(struct page_info *pg, struct domain *d, bool writable);
/* Allocates + shares one zeroed page; NULL when memory is out. */
void *page_alloc_shared(struct domain *d);
/* drops the hypervisor's own reference; freed when the guest's mappings go */
void page_free_shared(void *va);

/*
 * Removes the allocation reference of a frame of d (decrease_reservation, teardown): 0 or
 * -XEN_EINVAL.  The caller holds another reference; with that the frame goes, unless somebody else
 * maps it.
 */
int page_release(struct page_info *pg, struct domain *d);

/*
 * Takes every page of a dying domain back, a bounded step at a time: 0 done, -XEN_ERESTART call
 * again.
 */
int page_relinquish_domain(struct domain *d);

/*
 * Takes 2^order pages away from d that nobody but its allocation and the caller (one general
 * reference each) uses, so that they can be given to another domain: 0, or -XEN_EBUSY with nothing
 * changed.
 */
int page_steal(struct domain *d, struct page_info *pg);

/* Machine-to-physical table. */
void m2p_set(mfn_t m, u64 pfn);
u64 m2p_get(mfn_t m);
#define M2P_INVALID (~0ULL)

#endif
