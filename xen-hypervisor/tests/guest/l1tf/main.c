/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * l1tf - on a processor with L1TF a guest that writes an entry which reads the cache is ended.
 *
 * Published as XSA-273: on such a processor an entry that is not present, with the address of
 * memory in it, lets a program see what the cache holds of that memory. Entries with other
 * addresses (as kernels write them: inverted), with flags alone, or empty, are good. The option
 * pv-l1tf of the hypervisor's command line leaves the initial domain alone and ends others.
 *
 * Machine: -cpu Skylake-Client-v1,-smap
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"

TEST("l1tf", ROLE_DOM0);

enum { STARTED = 1, GOOD_ONES, BAD_ONE };

static void child_main(void)
{
	volatile u32 *stage = page_of_mfn(start_info->store_mfn);
	void *page = page_alloc(1);
	u64 bad = pte_make(mfn_of(page), PTE_RW & ~PTE_P), frame = bad & PTE_FRAME;

	*stage = STARTED;
	CHECK_RC(update_va_mapping(page, 0, UVMF_INVLPG), 0);
	CHECK_RC(update_va_mapping(page, (~frame & PTE_FRAME) | 0x1e0, UVMF_INVLPG), 0);
	CHECK_RC(update_va_mapping(page, 0x1e0, UVMF_INVLPG), 0);
	*stage = GOOD_ONES;
	update_va_mapping(page, bad, UVMF_INVLPG);
	*stage = BAD_ONE;
}

void test_main(void)
{
	void *page = page_alloc(1);
	u64 own = pte_make(mfn_of(page), PTE_RW);
	struct child child;
	u32 stage;

	if (!is_dom0) {
		child_main();
		return;
	}
	child_create(&child, "");
	child_unpause(&child);
	child_wait(&child, 5000);
	stage = *(volatile u32 *)child.store;
	CHECK(stage == GOOD_ONES && !child.ended,
	      "the guest came to step %u of %u and was %sended", stage, BAD_ONE,
	      child.ended ? "not " : "");
	child_destroy(&child);
	CHECK_RC(update_va_mapping(page, own & ~PTE_P, UVMF_INVLPG), 0);
	CHECK_RC(update_va_mapping(page, own, UVMF_INVLPG), 0);
}
