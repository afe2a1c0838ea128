/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows: pages that another domain granted, mapped, unmapped and copied, PAIR_GRANTS a call. */
#include "grant.h"
#include "pair.h"

static struct gnttab_map_grant_ref maps[PAIR_GRANTS];
static struct gnttab_unmap_grant_ref unmaps[PAIR_GRANTS];
static struct gnttab_copy copies[PAIR_GRANTS];
static u8 *window;

static void grants_prepare(void)
{
	pair_create();
	window = page_alloc(PAIR_GRANTS);
}

static void grants_finish(void)
{
	unsigned int i;

	for (i = 0; i < PAIR_GRANTS; i++)
		NEED(page_restore(window + i * PAGE_SIZE));
	pair_destroy();
}

static u64 map_batch(void)
{
	unsigned int i;
	u64 ticks;

	for (i = 0; i < PAIR_GRANTS; i++)
		maps[i] = (struct gnttab_map_grant_ref){
			.host_addr = (u64)(window + i * PAGE_SIZE), .flags = GNTMAP_host_map,
			.ref = PAIR_FIRST_REF + i, .dom = pair_domid};
	ticks = BENCH_TICKS(NEED(grant_table_op(GNTTABOP_map_grant_ref, maps, PAIR_GRANTS)));
	for (i = 0; i < PAIR_GRANTS; i++)
		NEED_THAT(maps[i].status == GNTST_okay, "mapping grant %u gave status %d",
			  PAIR_FIRST_REF + i, maps[i].status);
	return ticks;
}

static u64 unmap_batch(void)
{
	unsigned int i;
	u64 ticks;

	for (i = 0; i < PAIR_GRANTS; i++)
		unmaps[i] = (struct gnttab_unmap_grant_ref){.host_addr = maps[i].host_addr,
							    .handle = maps[i].handle};
	ticks = BENCH_TICKS(NEED(grant_table_op(GNTTABOP_unmap_grant_ref, unmaps, PAIR_GRANTS)));
	for (i = 0; i < PAIR_GRANTS; i++)
		NEED_THAT(unmaps[i].status == GNTST_okay, "unmapping grant %u gave status %d",
			  PAIR_FIRST_REF + i, unmaps[i].status);
	return ticks;
}

static u64 mapping_run(unsigned int count, bool mapping)
{
	u64 map = 0, unmap = 0;

	for (; count >= PAIR_GRANTS; count -= PAIR_GRANTS) {
		map += map_batch();
		unmap += unmap_batch();
	}
	return mapping ? map : unmap;
}

static u64 map_run(unsigned int count) { return mapping_run(count, true); }
static u64 unmap_run(unsigned int count) { return mapping_run(count, false); }

/* From the other domain's page to one of ours, the whole of it. */
static u64 copy_run(unsigned int count)
{
	u64 ticks = 0;
	unsigned int i;

	for (; count >= PAIR_GRANTS; count -= PAIR_GRANTS) {
		for (i = 0; i < PAIR_GRANTS; i++) {
			copies[i] = (struct gnttab_copy){.flags = GNTCOPY_source_gref,
							 .len = PAGE_SIZE};
			copies[i].source.u.ref = PAIR_FIRST_REF + i;
			copies[i].source.domid = pair_domid;
			copies[i].dest.u.gmfn = mfn_of(window + i * PAGE_SIZE);
			copies[i].dest.domid = DOMID_SELF;
		}
		ticks += BENCH_TICKS(NEED(grant_table_op(GNTTABOP_copy, copies, PAIR_GRANTS)));
		for (i = 0; i < PAIR_GRANTS; i++)
			NEED_THAT(copies[i].status == GNTST_okay, "copying grant %u gave status %d",
				  PAIR_FIRST_REF + i, copies[i].status);
	}
	return ticks;
}

const struct bench_row rows_grants[] = {
	{"grant-map", 4 * PAIR_GRANTS, grants_prepare, map_run, grants_finish},
	{"grant-unmap", 4 * PAIR_GRANTS, grants_prepare, unmap_run, grants_finish},
	{"grant-copy-page", 4 * PAIR_GRANTS, grants_prepare, copy_run, grants_finish},
	{}
};
