/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base-pointer - a kernel moves to another top table, and user mode has its own.
 *
 * Promised by xen.h: MMUEXT_NEW_BASEPTR installs a validated top table for kernel mode,
 * MMUEXT_NEW_USER_BASEPTR one for user mode (frame 0: none). The hypervisor's slots work in every
 * table. Frames that are no top tables are refused, and the old table stays. A table that is in use
 * cannot become writable.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("base-pointer", ROLE_DOM0 | ROLE_CHILD);

static void user_write(void *arg)
{
	*(volatile u32 *)arg = 5;
}

static u64 *top_copy(void)
{
	u64 *top = page_alloc(1);

	top[511] = *((u64 *)start_info->pt_base + 511);
	page_protect(top, PTE_RO);
	return top;
}

static void kernel_test(void)
{
	u64 *top = top_copy();
	volatile u64 cr3 = 0;

	CHECK_RC(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(top), 0), 0);
	TRY(asm volatile("mov %%cr3, %0" : "=r" (cr3)));
	CHECK(cr3 >> PAGE_SHIFT == mfn_of(top), "cr3 is %lx on the table in frame %lx", cr3,
	      mfn_of(top));
	CHECK_RC(probe_read((void *)HYPERVISOR_VIRT_START), TRAP_NONE);
	CHECK_REFUSED(page_protect(top, PTE_RW));
	CHECK_RC(mmuext(MMUEXT_NEW_BASEPTR, page_top_mfn(), 0), 0);
	CHECK_RC(page_protect(top, PTE_RW), 0);
}

static void user_test(void)
{
	static u32 word;
	u64 *top = top_copy();

	CHECK_RC(user_run(user_write, &word), TRAP_USER_END);
	CHECK_RC(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(top), 0), 0);
	CHECK_RC(user_run(user_write, &word), TRAP_USER_END);
	CHECK(word == 5, "user mode wrote %u", word);
	CHECK_RC(pte_write(&top[511], 0, DOMID_SELF), 0);
	CHECK_RC(user_run(user_write, &word), TRAP_PF);
	CHECK((trap_last.error & 4) == 4, "a fault of user mode has error %lx", trap_last.error);
	CHECK_RC(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
	CHECK_RC(page_protect(top, PTE_RW), 0);
}

static void refused_test(void)
{
	u64 *data = page_alloc(1);
	u64 *l1 = page_alloc(1);

	CHECK_REFUSED(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(data), 0));
	CHECK_REFUSED(mmuext(MMUEXT_NEW_BASEPTR, 0xfffffffffUL, 0));
	CHECK_REFUSED(mmuext(MMUEXT_NEW_BASEPTR, (*pte_at(4, data) & PTE_FRAME) >> PAGE_SHIFT, 0));
	CHECK_REFUSED(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(data), 0));
	CHECK_REFUSED(mmuext(MMUEXT_NEW_USER_BASEPTR, ~0UL, 0));
	page_protect(l1, PTE_RO);
	CHECK_RC(table_pin(mfn_of(l1), 1), 0);
	CHECK_REFUSED(mmuext(MMUEXT_NEW_BASEPTR, mfn_of(l1), 0));
	CHECK_REFUSED(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn_of(l1), 0));
}

void test_main(void)
{
	kernel_test();
	user_test();
	refused_test();
}
