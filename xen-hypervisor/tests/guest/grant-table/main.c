/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grant-table - a domain sees, grows and versions its own grant table, and wrong operations are
 * refused.
 *
 * Promised by grant_table.h: setup_table gives the frames of one's table, query_size the number now
 * and at most; get_version and set_version tell and choose the layout; unknown operations give
 * -ENOSYS, counts beyond the limits an error; other domains' tables are for the privileged. A list
 * of operations that cannot be read gives -EFAULT. swap_grant_ref exchanges two entries whole;
 * transfer gives away nothing that it should not.
 */
#include "grant.h"
#include "trap.h"

TEST("grant-table", ROLE_DOM0 | ROLE_CHILD);

static void size_test(void)
{
	struct gnttab_query_size query = {.dom = DOMID_SELF};
	struct gnttab_setup_table setup = {.dom = DOMID_SELF};
	unsigned long frames[4];

	CHECK_RC(grant_table_op(GNTTABOP_query_size, &query, 1), 0);
	CHECK(query.status == GNTST_okay && query.max_nr_frames >= 4 &&
		      query.max_nr_frames >= query.nr_frames,
	      "query_size: status %d, %u of %u frames", query.status, query.nr_frames,
	      query.max_nr_frames);
	set_xen_guest_handle(setup.frame_list, frames);
	setup.nr_frames = 2;
	CHECK_RC(grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
	CHECK(setup.status == GNTST_okay && frames[0] && frames[1] && frames[0] != frames[1],
	      "setup_table of 2 frames: status %d, %lx, %lx", setup.status, frames[0], frames[1]);
	setup.nr_frames = query.max_nr_frames + 1;
	grant_table_op(GNTTABOP_setup_table, &setup, 1);
	CHECK(setup.status != GNTST_okay, "more frames than the maximum were given");
	setup.nr_frames = 1;
	setup.dom = 1234;
	grant_table_op(GNTTABOP_setup_table, &setup, 1);
	CHECK(setup.status != GNTST_okay, "a domain that does not exist has a table");
}

static void version_test(void)
{
	struct gnttab_get_version get = {.dom = DOMID_SELF};
	struct gnttab_set_version set = {.version = 3};

	CHECK_RC(grant_table_op(GNTTABOP_get_version, &get, 1), 0);
	CHECK(get.version == 1, "the version is %u", get.version);
	CHECK_REFUSED(grant_table_op(GNTTABOP_set_version, &set, 1));
	set.version = 1;
	CHECK_RC(grant_table_op(GNTTABOP_set_version, &set, 1), 0);
	CHECK(set.version == 1, "the version is %u after it was set to 1", set.version);
}

static void refused_test(void)
{
	struct gnttab_unmap_grant_ref unmap = {.handle = 12345};
	volatile struct grant_entry_v1 *table = grant_table();
	u8 *page = page_alloc(1);

	CHECK_RC(grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
	CHECK(unmap.status < 0, "a handle that does not exist was unmapped: %d", unmap.status);
	CHECK_RC(grant_table_op(GNTTABOP_map_grant_ref, (void *)0x1000, 1), -XEN_EFAULT);
	CHECK_RC(grant_table_op(GNTTABOP_copy, (void *)HYPERVISOR_VIRT_START, 1), -XEN_EFAULT);
	CHECK_RC(grant_table_op(GNTTABOP_map_grant_ref, page, 0), 0);
	CHECK_REFUSED(grant_table_op(GNTTABOP_map_grant_ref, page, 0x80000000));
	CHECK_RC(grant_table_op(99, page, 1), -XEN_ENOSYS);
	/* The table's own frame is the hypervisor's: it can be no page table. */
	CHECK_REFUSED(table_pin((*pte_at(1, (void *)table) & PTE_FRAME) >> PAGE_SHIFT, 1));
}

static int swap(grant_ref_t a, grant_ref_t b)
{
	struct gnttab_swap_grant_ref op = {.ref_a = a, .ref_b = b};

	CHECK_RC(grant_table_op(GNTTABOP_swap_grant_ref, &op, 1), 0);
	return op.status;
}

static void swap_test(void)
{
	volatile struct grant_entry_v1 *table = grant_table();
	u8 *one = page_alloc(1), *two = page_alloc(1);

	grant_give(&table[20], 0, mfn_of(one), GTF_permit_access);
	grant_give(&table[21], 7, mfn_of(two), GTF_permit_access | GTF_readonly);
	CHECK_RC(swap(20, 21), GNTST_okay);
	CHECK(table[20].domid == 7 && table[20].frame == mfn_of(two) &&
		      table[20].flags == (GTF_permit_access | GTF_readonly),
	      "after a swap entry 20 is %x %u %x", table[20].flags, table[20].domid,
	      table[20].frame);
	CHECK(table[21].domid == 0 && table[21].frame == mfn_of(one) &&
		      table[21].flags == GTF_permit_access,
	      "after a swap entry 21 is %x %u %x", table[21].flags, table[21].domid,
	      table[21].frame);
	CHECK_RC(swap(20, 20), GNTST_okay);
	CHECK(swap(20, 0x7fffffff) < 0 && swap(0xffffffff, 20) < 0,
	      "an entry beyond the table was swapped");
	CHECK(table[20].frame == mfn_of(two), "a refused swap changed an entry");
}

/*
 * Giving a frame away: by the call or by its status, what cannot be given is refused and stays.  A
 * hypervisor may know no transfer at all.
 */
static void transfer_test(void)
{
	u8 *page = page_alloc(1);
	struct gnttab_transfer op = {.mfn = mfn_of(page), .domid = 1234, .ref = 1};
	long rc = grant_table_op(GNTTABOP_transfer, &op, 1);

	CHECK(rc == -XEN_ENOSYS || (rc == 0 && op.status < 0),
	      "a frame was given to no domain: %ld, status %d", rc, op.status);
	op.mfn = 0xfffffff;
	op.domid = DOMID_SELF;
	rc = grant_table_op(GNTTABOP_transfer, &op, 1);
	CHECK(rc == -XEN_ENOSYS || (rc == 0 && op.status < 0),
	      "no frame at all was given: %ld, status %d", rc, op.status);
	page[7] = 'x';
	CHECK(page[7] == 'x', "the page is gone");
}

void test_main(void)
{
	swap_test();
	transfer_test();
	size_test();
	version_test();
	refused_test();
}
