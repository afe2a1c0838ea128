/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-table-writable - a frame in use as a page table is never mapped writable, in whatever order
 * one tries.
 *
 * Promised by the PV ABI (and the rule on which all isolation rests): a frame is either a page
 * table or writable. A writable mapping of a table is refused at every level of table; a page with
 * a writable mapping cannot become a table; nor can two tables disagree, be their own lower level,
 * or reach the hypervisor's slots.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("page-table-writable", ROLE_DOM0 | ROLE_CHILD);

/*
 * A hypervisor may emulate a write to a table that is mapped read-only, as mmu_update would do it:
 * so the value is one that no table may hold, and the question is whether it got there.
 */
static bool table_store(volatile u64 *entry, u64 value)
{
	TRY(*entry = value);
	return READ(*entry) == value;
}

static void map_tables_test(void)
{
	u8 *window = page_alloc(1);
	unsigned long i;

	for (i = 0; i < start_info->nr_pt_frames; i++) {
		u8 *table = (u8 *)start_info->pt_base + i * PAGE_SIZE;

		CHECK(page_show(window, mfn_of(table), PTE_RW, DOMID_SELF) < 0,
		      "table %lu was mapped writable", i);
		CHECK(page_protect(table, PTE_RW) < 0, "table %lu was made writable where it is",
		      i);
		CHECK(page_show(window, mfn_of(table), PTE_RO, DOMID_SELF) == 0,
		      "table %lu was not mapped to read", i);
		CHECK(!table_store((u64 *)window + 3, pte_make(mfn_of(table), PTE_RW)),
		      "table %lu could be written", i);
	}
	page_restore(window);
}

static void become_table_test(void)
{
	u8 *page = page_alloc(1), *other = page_alloc(1);
	unsigned long mfn = mfn_of(page);

	CHECK_REFUSED(table_pin(mfn, 1));
	CHECK_RC(page_show(other, mfn, PTE_RW, DOMID_SELF), 0);
	CHECK_RC(page_protect(page, PTE_RO), 0);
	CHECK_REFUSED(table_pin(mfn, 1));
	CHECK_RC(page_restore(other), 0);
	CHECK_RC(table_pin(mfn, 1), 0);
	CHECK_REFUSED(page_protect(page, PTE_RW));
	CHECK(!table_store((u64 *)page, pte_make(mfn, PTE_RW)), "a pinned table could be written");
	CHECK_RC(table_unpin(mfn), 0);
	CHECK_RC(page_protect(page, PTE_RW), 0);
	*page = 1;
}

/* An unused slot of the top table, to hang things into. */
static u64 *free_slot(unsigned int level)
{
	return pte_at(level, (void *)GUEST_BASE) - (level == 4 ? 200 : level == 3 ? 300 : -100);
}

static void own_mapping_test(void)
{
	u64 *table = page_alloc(1);
	unsigned long mfn = mfn_of(table);

	/* A level-1 table that maps itself writable, and one that maps itself to read. */
	table[0] = pte_make(mfn, PTE_RW);
	page_protect(table, PTE_RO);
	CHECK_REFUSED(table_pin(mfn, 1));
	page_protect(table, PTE_RW);
	table[0] = pte_make(mfn, PTE_RO);
	page_protect(table, PTE_RO);
	CHECK_RC(table_pin(mfn, 1), 0);
	CHECK_REFUSED(pte_write(&table[1], pte_make(mfn, PTE_RW), DOMID_SELF));
	CHECK_RC(table_unpin(mfn), 0);
}

static void levels_test(void)
{
	u64 *l1 = page_alloc(1);
	unsigned long mfn = mfn_of(l1), top = page_top_mfn();

	page_protect(l1, PTE_RO);
	CHECK_RC(pte_write(free_slot(2), pte_make(mfn, PTE_RW), DOMID_SELF), 0);
	CHECK_REFUSED(pte_write(free_slot(3), pte_make(mfn, PTE_RW), DOMID_SELF));
	CHECK_REFUSED(pte_write(free_slot(4), pte_make(mfn, PTE_RW), DOMID_SELF));
	CHECK_REFUSED(pte_write(free_slot(4), pte_make(top, PTE_RW), DOMID_SELF));
	CHECK_REFUSED(pte_write(free_slot(3), pte_make(top, PTE_RO), DOMID_SELF));
	CHECK_REFUSED(pte_write(free_slot(2), pte_make(top, PTE_RO), DOMID_SELF));
	CHECK_REFUSED(page_protect(l1, PTE_RW));
	CHECK_RC(pte_write(free_slot(2), 0, DOMID_SELF), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	CHECK_RC(page_protect(l1, PTE_RW), 0);
}

/* Slots 256 to 271 of a top table are the hypervisor's. */
static void hypervisor_slots_test(void)
{
	u64 *top = (u64 *)start_info->pt_base;
	unsigned int slot;

	for (slot = 256; slot < 272; slot++) {
		CHECK(pte_write(&top[slot], 0, DOMID_SELF) < 0, "slot %u was cleared", slot);
		CHECK(pte_write(&top[slot], top[511], DOMID_SELF) < 0, "slot %u was set", slot);
	}
}

void test_main(void)
{
	map_tables_test();
	become_table_test();
	own_mapping_test();
	levels_test();
	hypervisor_slots_test();
}
