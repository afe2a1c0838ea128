/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reference-counts - a frame that is mapped thousands of times is counted right.
 *
 * Promised by the PV ABI: a frame may be mapped any number of times, a table hung into any number
 * of higher ones; when the last writable mapping has gone, and not before, it can become a table.
 * Counts that overflow or leak would show as a table that is writable, or a frame that never
 * becomes free for another use.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("reference-counts", ROLE_DOM0 | ROLE_CHILD);

#define SLOTS  512
#define TABLES 32

static u64 *l1[TABLES], *l2;
static u8 *page;

static void hang_up(void)
{
	unsigned int t, i;

	page = page_alloc(1);
	l2 = page_alloc(1);
	for (t = 0; t < TABLES; t++) {
		l1[t] = page_alloc(1);
		for (i = 0; i < SLOTS; i++)
			l1[t][i] = pte_make(mfn_of(page), PTE_RW);
		page_protect(l1[t], PTE_RO);
	}
	for (i = 0; i < SLOTS; i++)
		l2[i] = pte_make(mfn_of(l1[i % TABLES]), PTE_RW);
	page_protect(l2, PTE_RO);
	CHECK_RC(table_pin(mfn_of(l2), 2), 0);
}

/* Changes every entry of one table there and back: each change is one reference less or more. */
static void churn(void)
{
	unsigned int i, round, wrong = 0;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < SLOTS; i++) {
			u64 flags = round & 1 ? PTE_RW : PTE_RO;

			wrong += pte_write(&l1[0][i], pte_make(mfn_of(page), flags), DOMID_SELF) !=
				 0;
		}
	}
	CHECK(wrong == 0, "%u changes of a mapping were refused", wrong);
}

static void take_down(void)
{
	unsigned int t;

	CHECK_REFUSED(table_pin(mfn_of(page), 1));
	CHECK_RC(table_unpin(mfn_of(l2)), 0);
	for (t = 0; t < TABLES; t++)
		CHECK(page_protect(l1[t], PTE_RW) == 0, "table %u is still one", t);
	CHECK_RC(page_protect(l2, PTE_RW), 0);
	CHECK_REFUSED(table_pin(mfn_of(page), 1)); /* its own mapping is left */
	CHECK_RC(page_protect(page, PTE_RO), 0);
	CHECK_RC(table_pin(mfn_of(page), 1), 0);
	CHECK_REFUSED(page_protect(page, PTE_RW));
	CHECK_RC(table_unpin(mfn_of(page)), 0);
	CHECK_RC(page_protect(page, PTE_RW), 0);
}

void test_main(void)
{
	hang_up();
	churn();
	take_down();
}
