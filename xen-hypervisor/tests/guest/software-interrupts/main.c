/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * software-interrupts - int n of user mode and kernel mode reaches the guest's own entry.
 *
 * Promised by xen.h: bits 0-1 of a trap entry's flags are the lowest privilege that may call it by
 * int n; kernel mode counts as 0 and user mode as 3. Tried with the vectors that a machine lets
 * user mode call without a fault to decode: int3, int 4 and int 0x80. (QEMU 7.2 gives a wrong error
 * code for the fault of every other vector, so a hypervisor cannot tell there which was meant.)
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("software-interrupts", ROLE_DOM0 | ROLE_CHILD);

static void int80(void *unused)
{
	asm volatile("int $0x80");
}

static void int4(void *unused)
{
	asm volatile("int $4");
}

static void int3(void *unused)
{
	asm volatile("int3");
}

void test_main(void)
{
	CHECK_RC(user_run(int80, NULL), TRAP_INT80);
	CHECK(trap_last.rip == (u64)int80 + 6 || *(u8 *)(trap_last.rip - 2) == 0xcd,
	      "rip after int 0x80 is %lx, which is not after it", trap_last.rip);
	CHECK_RC(user_run(int4, NULL), TRAP_OF);
	CHECK_RC(user_run(int3, NULL), TRAP_BP);
	CHECK_TRAP(asm volatile("int $0x80"), TRAP_INT80);
	CHECK_TRAP(asm volatile("int $4"), TRAP_OF);
	CHECK_TRAP(asm volatile("int3"), TRAP_BP);
}
