/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * software-interrupts - int n reaches the guest's entry only where the guest allows it.
 *
 * Promised by xen.h: bits 0-1 of a trap entry's flags are the lowest privilege that may call it by int n: kernel
 * mode counts as 0 and user mode as 3. What is not allowed is a general protection fault with the vector in its
 * error code. Only int 3, int 4 and int 0x80 are tried from user mode: QEMU 7.2 gives wrong error codes for others.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("software-interrupts", ROLE_DOM0 | ROLE_CHILD);

extern char trap_entry_128[];

static void int80(void *unused)
{
	asm volatile("int $0x80");
}

static void int4(void *unused)
{
	asm volatile("int $4");
}

void test_main(void)
{
	struct trap_info entry[2] = { { TRAP_INT80, 0, FLAT_KERNEL_CS, (u64)trap_entry_128 } };

	CHECK_RC(user_run(int80, NULL), TRAP_INT80);
	CHECK_RC(user_run(int4, NULL), TRAP_OF);
	CHECK_TRAP(asm volatile("int $0x80"), TRAP_INT80);
	CHECK_RC(hypercall(__HYPERVISOR_set_trap_table, entry), 0);
	CHECK_RC(user_run(int80, NULL), TRAP_GP);
	CHECK(trap_last.error == (TRAP_INT80 << 3 | 2), "a forbidden int 0x80 has error code %lx", trap_last.error);
}
