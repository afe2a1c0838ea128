/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the grant tables: what core/grant.c, core/grant_map.c and core/grant_copy.c share.  Locks:
 * core/grant.c.
 */
#ifndef CORE_GRANT_IMPL_H
#define CORE_GRANT_IMPL_H

#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lock.h>
#include <xen/page.h>

#define REFS_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))

/* How many uses of each kind an entry has; a pin is one use. */
enum pin { PIN_HOST_READ, PIN_HOST_WRITE, PIN_DEVICE_READ, PIN_DEVICE_WRITE, NR_PINS };
#define PIN_MAX 0xffffu

/*
 * The hypervisor's side of an entry.  While `pins` is not zero, frame and domid are what the guest
 * said when the first use began, whatever its entry says since.
 */
struct active {
	union {
		u16 pin[NR_PINS];
		u64 pins;
	};
	u32 frame;
	domid_t domid;
	u16 lock;
};
BUILD_CHECK(sizeof(struct active) == 16);

/* A mapping that the domain has made.  Free: flags 0, `ref` links the free list. */
struct mapping {
	u64 host_addr;
	u32 ref;
	u16 flags;     /* GNTMAP_host_map ... contains_pte, MAPPING_*; atomic */
	domid_t domid; /* granter, which one reference keeps alive */
};
BUILD_CHECK(sizeof(struct mapping) == 16);
#define MAPPING_BUSY	   0x8000u /* a vCPU is undoing it */
#define MAPPINGS_PER_FRAME (PAGE_SIZE / sizeof(struct mapping))
#define MAPPING_NONE	   (~0u)

struct grant_table {
	spinlock_t lock; /* growth */
	u32 nr_frames;	 /* published with release once frame and actives are there */
	struct grant_entry_v1 **shared; /* max_grant_frames pointers each */
	struct active **active;

	spinlock_t maptrack_lock; /* the free list and its growth */
	u32 nr_mappings;	  /* published with release */
	u32 free_head;
	struct mapping **maptrack; /* max_maptrack_frames pointers; made with the first mapping */
	u32 release_next;	   /* grant_release_mappings() goes on here */
};

/* Both sides of a reference, or NULL when the table has no such entry. */
struct active *grant_active(const struct domain *d, grant_ref_t ref);
static inline struct grant_entry_v1 *grant_shared(const struct domain *d, grant_ref_t ref)
{
	return &d->grant->shared[ref / REFS_PER_FRAME][ref % REFS_PER_FRAME];
}

/*
 * Begins (ends) a use of an entry by `user`: GNTST_okay with the frame, which is stable until the
 * end.
 */
s16 grant_pin(struct domain *d, grant_ref_t ref, const struct domain *user, bool device, bool write,
	      u32 *ret_frame);
void grant_unpin(struct domain *d, grant_ref_t ref, bool device, bool write);
/* References to the frame for one use: general, and writable type if `write`. GNTST_*. */
s16 grant_hold_page(struct domain *d, u32 frame, bool write, struct page_info **ret_pg);
static inline void grant_drop_page(struct page_info *pg, bool write)
{
	if (write)
		page_put_writable(pg);
	else
		page_put(pg);
}

void grant_maptrack_destroy(struct grant_table *gt);

#endif
