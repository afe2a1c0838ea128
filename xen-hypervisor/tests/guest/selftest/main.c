/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selftest - the framework of the guest tests can print, allocate, catch exceptions and run user
 * mode.
 *
 * Promised by the ABI: a 64-bit PV kernel starts with its tables, list of frames and start_info in
 * place; traps go to the entries of its trap table; the iret hypercall enters user mode. Each is
 * used once, in the simplest way. A failure here makes every other guest test doubtful.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("selftest", ROLE_DOM0);

static volatile int user_value;

static void in_user_mode(void *arg)
{
	user_value = (long)arg;
}

static void memory_test(void)
{
	u8 *page = page_alloc(2);
	u64 *pte = pte_at(1, page);

	CHECK(page[0] == 0 && page[8191] == 0, "a new page is not zero");
	CHECK(pte && (*pte & PTE_FRAME) >> PAGE_SHIFT == mfn_of(page),
	      "the walk does not find the frame of a page");
	CHECK(page_of_mfn(mfn_of(page)) == page,
	      "the machine-to-physical table does not invert the list of frames");
}

void test_main(void)
{
	volatile u8 *nowhere = (u8 *)0x1000;

	memory_test();
	CHECK_TRAP(asm volatile("ud2"), TRAP_UD);
	CHECK_TRAP((void)*nowhere, TRAP_PF);
	CHECK(trap_last.cr2 == 0x1000, "cr2 is %lx after a read of 0x1000", trap_last.cr2);
	CHECK_TRAP(asm volatile("nop"), TRAP_NONE);
	CHECK_RC(user_run(in_user_mode, (void *)42), TRAP_USER_END);
	CHECK(user_value == 42, "user mode wrote %d instead of 42", user_value);
}
