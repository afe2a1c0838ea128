/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grant tables of version 1: setting up one frame of entries, granting, mapping. */
#ifndef GUEST_GRANT_H
#define GUEST_GRANT_H

#include "hypercall.h"
#include "page.h"

/* The first frame of the table, mapped; the test ends if it cannot be had. */
static inline volatile struct grant_entry_v1 *grant_table(void)
{
	unsigned long frame = 0;
	struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
	void *table = page_alloc(1);

	set_xen_guest_handle(setup.frame_list, &frame);
	NEED(grant_table_op(GNTTABOP_setup_table, &setup, 1));
	NEED_THAT(setup.status == GNTST_okay, "setup_table gave status %d", setup.status);
	NEED(page_show(table, frame, PTE_RW, DOMID_SELF));
	return table;
}

static inline void grant_give(volatile struct grant_entry_v1 *entry, domid_t to, unsigned long mfn,
			      u16 flags)
{
	entry->domid = to;
	entry->frame = mfn;
	barrier();
	entry->flags = flags;
}

static inline int grant_map(domid_t dom, grant_ref_t ref, void *where, u32 flags,
			    grant_handle_t *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = (u64)where, .flags = flags, .ref = ref, .dom = dom};

	NEED(grant_table_op(GNTTABOP_map_grant_ref, &op, 1));
	*handle = op.handle;
	return op.status;
}

static inline int grant_unmap(void *where, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = (u64)where, .handle = handle};

	NEED(grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1));
	return op.status;
}

#endif
