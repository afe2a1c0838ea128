/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables, version 1: shared frames, mappings, copies.  The protocol with the guests and the
 * locks are at the top of core/grant.c.  Sources: core/grant.c (tables and pins), core/grant_map.c,
 * core/grant_copy.c; hypercall/grant_table_op.c calls them.
 *
 * Functions that take an operation of the ABI work on the hypervisor's own copy of it and set its
 * status (GNTST_*). They act for the current domain.
 */
#ifndef XEN_GRANT_H
#define XEN_GRANT_H

#include <public/grant_table.h>
#include <xen/types.h>

struct domain;
struct page_info;

/* Limits of what createdomain may ask for: 2 million references, 16 million mappings. */
#define GRANT_MAX_FRAMES	  4096u
#define GRANT_MAX_MAPTRACK_FRAMES 65536u

/* 0, -XEN_EINVAL (limits), -XEN_ENOMEM. */
int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames);
/*
 * Dying domain, no vCPU of it runs: forgets what it mapped of others (its page tables keep
 * references of their own until they are taken apart); 0 or -XEN_ERESTART.
 */
int grant_release_mappings(struct domain *d);
/* The domain's last reference has gone. */
void grant_destroy(struct domain *d);

/*
 * Makes the shared table at least nr_frames long: 0, -XEN_EINVAL beyond d->max_grant_frames,
 * -XEN_ENOMEM.
 */
int grant_grow(struct domain *d, u32 nr_frames);
u32 grant_nr_frames(const struct domain *d);
/*
 * Frame idx of the shared table, for setup_table and XENMEM_acquire_resource; grows the table if
 * allowed.
 */
int grant_get_shared_frame(struct domain *d, u32 idx, mfn_t *ret_mfn);

/*
 * The domain looked up last, so that a batch looks up once.  { 0 } at first; grant_peer_end() when
 * done.
 */
struct grant_peer {
	struct domain *d;
	domid_t id;
};
void grant_peer_end(struct grant_peer *p);

void grant_map(struct gnttab_map_grant_ref *op, struct grant_peer *peer);

/* Mappings to be undone together with one flush of the TLBs. */
#define GRANT_UNMAP_BATCH 32
struct grant_unmap {
	u64 host_addr, dev_bus_addr, new_addr; /* new_addr 0: nothing takes its place */
	grant_handle_t handle;
	s16 status; /* result */
	u16 undone; /* GNTMAP_host_map, GNTMAP_device_map; for grant_map.c */
};
void grant_unmap(struct grant_unmap *batch, unsigned int count);

/*
 * One end of a copy, held from one operation to the next.  { 0 } at first; grant_copy_end() when
 * done.
 */
struct grant_copy_side {
	struct gnttab_copy_ptr ptr; /* what it is, offset aside */
	bool by_ref;
	struct domain *d; /* NULL: none held */
	struct page_info *pg;
};
struct grant_copy_state {
	struct grant_copy_side source, dest;
};
void grant_copy(struct grant_copy_state *s, struct gnttab_copy *op);
void grant_copy_end(struct grant_copy_state *s);

/* Exchanges two unused entries of the current domain's table. GNTST_*. */
s16 grant_swap(grant_ref_t a, grant_ref_t b);

/* Prints the references in use (debug key, dump_table). */
void grant_dump(struct domain *d);

/*
 * Implemented by guest/pv (mm): writes the mapping of a granted frame into the current domain's
 * page tables. flags GNTMAP_*; addr = host virtual address, or machine address of the PTE when
 * GNTMAP_contains_pte. The new entry must hold references as any entry does.  GNTST_* result.
 */
int pv_grant_map(u64 addr, mfn_t frame, unsigned int flags, bool io, u64 cache_flags);
/*
 * Removes it (or replaces by the mapping at new_addr when nonzero); checks it maps `frame`.
 * GNTST_*.  No flush: the caller keeps a general (and, for writable mappings, a writable-type)
 * reference of its own until it has flushed.
 */
int pv_grant_unmap(u64 addr, mfn_t frame, u64 new_addr, unsigned int flags);

#endif
