/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin - tables are pinned at the level they are fit for, once, and unpinned once.
 *
 * Promised by xen.h: MMUEXT_PIN_L1..L4_TABLE validates a frame as a table of that level and keeps
 * it so; MMUEXT_UNPIN_TABLE ends that. Pinning at another level while in use, twice, of frames that
 * are not there or not one's own, and unpinning of what is not pinned, are refused, and leave
 * everything as it was.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("pin", ROLE_DOM0 | ROLE_CHILD);

static u64 *table_new(void)
{
	u64 *table = page_alloc(1);

	page_protect(table, PTE_RO);
	return table;
}

static void once_test(unsigned int level)
{
	unsigned long mfn = mfn_of(table_new());
	unsigned int other;

	CHECK(table_pin(mfn, level) == 0, "an empty page cannot be pinned at level %u", level);
	for (other = 1; other <= 4; other++)
		CHECK(table_pin(mfn, other) < 0, "a table of level %u was pinned again at level %u",
		      level, other);
	CHECK_RC(table_unpin(mfn), 0);
	CHECK_REFUSED(table_unpin(mfn));
}

static void tree_test(void)
{
	u64 *l1 = table_new(), *l2 = page_alloc(1), *l3 = page_alloc(1);

	l2[5] = pte_make(mfn_of(l1), PTE_RW);
	page_protect(l2, PTE_RO);
	l3[7] = pte_make(mfn_of(l2), PTE_RW);
	page_protect(l3, PTE_RO);
	CHECK_RC(table_pin(mfn_of(l3), 3), 0);
	CHECK_REFUSED(page_protect(l1, PTE_RW));
	CHECK_REFUSED(table_pin(mfn_of(l1), 2));
	CHECK_RC(table_pin(mfn_of(l1), 1), 0);
	CHECK_RC(table_unpin(mfn_of(l3)), 0);
	CHECK_RC(page_protect(l3, PTE_RW), 0);
	CHECK_RC(page_protect(l2, PTE_RW), 0);
	CHECK_REFUSED(page_protect(l1, PTE_RW));
	CHECK_RC(table_unpin(mfn_of(l1)), 0);
	CHECK_RC(page_protect(l1, PTE_RW), 0);
}

static void wrong_test(void)
{
	u64 *l2 = page_alloc(1), *data = page_alloc(1);
	unsigned int level;

	data[0] = ~0UL;
	page_protect(data, PTE_RO);
	for (level = 1; level <= 4; level++)
		CHECK(table_pin(mfn_of(data), level) < 0, "rubbish was pinned at level %u", level);
	l2[0] = pte_make(mfn_of(data), PTE_RW);
	page_protect(l2, PTE_RO);
	CHECK_REFUSED(table_pin(mfn_of(l2), 2));
	CHECK_RC(page_protect(l2, PTE_RW), 0);
	CHECK_RC(page_protect(data, PTE_RW), 0);
	CHECK_REFUSED(table_pin(0xfffffffffUL, 1));
	CHECK_REFUSED(table_pin(~0UL, 1));
	CHECK_REFUSED(table_pin(start_info->shared_info >> PAGE_SHIFT, 1));
	CHECK_REFUSED(table_unpin(mfn_of(data)));
	CHECK_REFUSED(table_unpin(0xfffffffffUL));
	CHECK_REFUSED(table_unpin(~0UL));
}

/* Large pages are not for PV guests. */
static void large_test(void)
{
	u64 *l2 = page_alloc(1);

	l2[0] = pte_make(mfn_of(l2) & ~511UL, PTE_RW | PTE_PSE);
	page_protect(l2, PTE_RO);
	CHECK_REFUSED(table_pin(mfn_of(l2), 2));
	CHECK_REFUSED(pte_write(pte_at(2, (void *)GUEST_BASE) + 100, l2[0], DOMID_SELF));
}

void test_main(void)
{
	unsigned int level;

	for (level = 1; level <= 4; level++)
		once_test(level);
	tree_test();
	wrong_test();
	large_test();
}
