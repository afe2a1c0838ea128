/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grants - another domain's page is mapped, written, copied and given back by grant, and by grant
 * only.
 *
 * Promised by grant_table.h: who holds a grant maps the frame with map_grant_ref, read-only grants
 * only to read; the entry shows that it is in use, and is free again after unmap_grant_ref; copy
 * moves bytes between a granted frame and one's own. References to others, or of another domain,
 * are refused by the status of the operation, not by the call. The child grants pages to its
 * parent, which maps them; the parent grants nothing to the child, which tries.
 */
#include "child.h"
#include "grant.h"
#include "time.h"
#include "trap.h"

TEST("grants", ROLE_DOM0);

enum { REF_RW = 8, REF_RO = 9, REF_OTHER = 10, REF_ODD = 11 };

/* In the page that both see: how far each side is, and what the child found. */
struct shared {
	volatile u32 stage;
	volatile u32 in_use, free;
	volatile u64 mfn;
};

static void wait_stage(struct shared *s, u32 stage)
{
	while (s->stage < stage)
		sched_op(SCHEDOP_yield, NULL);
}

static void child_main(void)
{
	struct shared *s = page_of_mfn(start_info->store_mfn);
	volatile struct grant_entry_v1 *table = grant_table();
	u8 *rw = page_alloc(1), *ro = page_alloc(1);
	grant_handle_t handle;

	memset(rw, 'w', PAGE_SIZE);
	memset(ro, 'r', PAGE_SIZE);
	grant_give(&table[REF_RW], 0, mfn_of(rw), GTF_permit_access);
	grant_give(&table[REF_RO], 0, mfn_of(ro), GTF_permit_access | GTF_readonly);
	grant_give(&table[REF_OTHER], 77, mfn_of(rw), GTF_permit_access);
	grant_give(&table[REF_ODD], 0, 0xfffffff, GTF_permit_access);
	s->mfn = mfn_of(rw);
	CHECK(grant_map(0, REF_RW, page_alloc(1), GNTMAP_host_map, &handle) < 0,
	      "a grant that does not exist was mapped");
	s->stage = 1;
	wait_stage(s, 2); /* the parent has mapped */
	CHECK(table[REF_RW].flags & GTF_writing, "a mapped grant has the flags %x",
	      table[REF_RW].flags);
	CHECK(table[REF_RO].flags & GTF_reading, "a mapped read-only grant has the flags %x",
	      table[REF_RO].flags);
	CHECK(!(table[REF_RO].flags & GTF_writing), "a read-only grant is in use for writing");
	CHECK(rw[5] == 'p' && ro[5] == 'r', "the pages hold %c and %c", rw[5], ro[5]);
	s->stage = 3;
	wait_stage(s, 4); /* the parent has unmapped and copied */
	CHECK(!(table[REF_RW].flags & (GTF_reading | GTF_writing)),
	      "an unmapped grant has the flags %x", table[REF_RW].flags);
	CHECK(rw[100] == 'c' && rw[99] == 'w', "the copy is not where it was to go: %c %c", rw[99],
	      rw[100]);
}

static int copy(domid_t from_dom, u64 from, u16 from_off, domid_t to_dom, u64 to, u16 to_off,
		u16 len, u16 flags)
{
	struct gnttab_copy op = {
		.source = {.domid = from_dom, .offset = from_off},
		.dest = {.domid = to_dom, .offset = to_off},
		.len = len,
		.flags = flags,
	};

	if (flags & GNTCOPY_source_gref)
		op.source.u.ref = from;
	else
		op.source.u.gmfn = from;
	if (flags & GNTCOPY_dest_gref)
		op.dest.u.ref = to;
	else
		op.dest.u.gmfn = to;
	NEED(grant_table_op(GNTTABOP_copy, &op, 1));
	return op.status;
}

static void map_tests(domid_t dom, u8 *rw, u8 *ro, grant_handle_t handle[2])
{
	u8 *other = page_alloc(1);
	grant_handle_t none;

	CHECK_RC(grant_map(dom, REF_RW, rw, GNTMAP_host_map, &handle[0]), GNTST_okay);
	CHECK_RC(grant_map(dom, REF_RO, ro, GNTMAP_host_map | GNTMAP_readonly, &handle[1]),
		 GNTST_okay);
	CHECK(rw[5] == 'w' && ro[5] == 'r', "the granted pages hold %c and %c", rw[5], ro[5]);
	rw[5] = 'p';
	CHECK_RC(probe_write(ro), TRAP_PF);
	CHECK(grant_map(dom, REF_RO, other, GNTMAP_host_map, &none) < 0,
	      "a read-only grant was mapped writable");
	CHECK(grant_map(dom, REF_OTHER, other, GNTMAP_host_map, &none) < 0,
	      "another domain's grant was mapped");
	CHECK(grant_map(dom, REF_ODD, other, GNTMAP_host_map, &none) < 0,
	      "a grant of no frame was mapped");
	CHECK(grant_map(dom, 20, other, GNTMAP_host_map, &none) < 0, "an empty entry was mapped");
	CHECK(grant_map(dom, 0x7fffffff, other, GNTMAP_host_map, &none) < 0,
	      "an entry beyond the table was mapped");
	CHECK(grant_map(1234, REF_RW, other, GNTMAP_host_map, &none) < 0,
	      "a grant of no domain was mapped");
	CHECK(grant_map(dom, REF_RW, (void *)0x1000, GNTMAP_host_map, &none) < 0,
	      "a grant was mapped nowhere");
	CHECK(grant_map(dom, REF_RW, other, 0, &none) < 0, "a grant was mapped in no way");
	page_restore(other);
}

static void copy_tests(domid_t dom, struct shared *s)
{
	u8 *mine = page_alloc(1);
	u64 frame = mfn_of(mine);

	memset(mine, 'c', 8);
	CHECK_RC(copy(DOMID_SELF, frame, 0, dom, REF_RW, 100, 8, GNTCOPY_dest_gref), GNTST_okay);
	CHECK_RC(copy(dom, REF_RO, 0, DOMID_SELF, frame, 4096 - 8, 8, GNTCOPY_source_gref),
		 GNTST_okay);
	CHECK(mine[4095] == 'r' && mine[4087] == 0, "a copy from a grant gave %c after %u",
	      mine[4095], mine[4087]);
	CHECK(copy(DOMID_SELF, frame, 0, dom, REF_RO, 0, 8, GNTCOPY_dest_gref) < 0,
	      "a read-only grant was copied to");
	CHECK(copy(DOMID_SELF, frame, 0, dom, REF_RW, 4090, 8, GNTCOPY_dest_gref) < 0,
	      "a copy ran over its page");
	CHECK(copy(DOMID_SELF, frame, 4090, dom, REF_RW, 0, 8, GNTCOPY_dest_gref) < 0,
	      "a copy ran over its page");
	CHECK(copy(DOMID_SELF, frame, 0, dom, REF_OTHER, 0, 8, GNTCOPY_dest_gref) < 0,
	      "another's grant was copied to");
	CHECK(copy(DOMID_SELF, page_top_mfn(), 0, dom, REF_RW, 200, 8, GNTCOPY_dest_gref) <= 0,
	      "-");
	CHECK(copy(dom, REF_RW, 0, DOMID_SELF, page_top_mfn(), 8, 8, GNTCOPY_source_gref) < 0,
	      "a table was copied to");
	CHECK(copy(dom, REF_RW, 0, DOMID_SELF, s->mfn, 0, 8, GNTCOPY_source_gref) < 0,
	      "a foreign frame was copied to");
}

void test_main(void)
{
	struct child child;
	struct shared *s;
	grant_handle_t handle[2];
	u8 *rw, *ro;

	if (!is_dom0) {
		child_main();
		return;
	}
	rw = page_alloc(1);
	ro = page_alloc(1);
	child_create(&child, "");
	s = (struct shared *)child.store;
	child_unpause(&child);
	while (s->stage < 1 && child_poll(&child))
		sched_op(SCHEDOP_yield, NULL);
	NEED_THAT(s->stage == 1, "the child did not get as far as granting");
	map_tests(child.domid, rw, ro, handle);
	s->stage = 2;
	while (s->stage < 3 && child_poll(&child))
		sched_op(SCHEDOP_yield, NULL);
	CHECK(grant_unmap(rw, handle[0] + 1000) < 0, "a handle that does not exist was unmapped");
	CHECK(grant_unmap(ro, handle[0]) < 0, "a grant was unmapped where it is not");
	CHECK_RC(grant_unmap(rw, handle[0]), GNTST_okay);
	CHECK_RC(grant_unmap(ro, handle[1]), GNTST_okay);
	CHECK(grant_unmap(rw, handle[0]) < 0, "a grant was unmapped twice");
	CHECK_RC(probe_read(rw), TRAP_PF);
	copy_tests(child.domid, s);
	s->stage = 4;
	child_wait(&child, 5000);
	CHECK(child.ended, "the child was ended");
	page_restore(rw);
	page_restore(ro);
	child_destroy(&child);
}
