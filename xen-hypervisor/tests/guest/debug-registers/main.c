/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug-registers - a kernel's breakpoints work by hypercall, and cannot be set on the hypervisor.
 *
 * Promised by xen.h: set_debugreg and get_debugreg serve registers 0-3, 6 and 7; a breakpoint on a
 * guest's address gives it a debug exception. Addresses in the hypervisor's space, registers 4, 5
 * and above 7, and unknown or reserved bits (general detect, I/O breakpoints without debug
 * extensions) are refused or dropped.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("debug-registers", ROLE_DOM0 | ROLE_CHILD);

static volatile u64 watched;

static long set(int n, u64 value) { return hypercall(__HYPERVISOR_set_debugreg, n, value); }

static u64 get(int n) { return hypercall(__HYPERVISOR_get_debugreg, n); }

void test_main(void)
{
	CHECK_RC(set(0, (u64)&watched), 0);
	CHECK(get(0) == (u64)&watched, "register 0 is %lx", get(0));
	CHECK_RC(set(7, 0xd0401 | 1), 0); /* writes of 4 bytes at register 0 */
	CHECK_TRAP(watched = 1, TRAP_DB);
	CHECK(get(6) & 1, "register 6 is %lx after a hit of breakpoint 0", get(6));
	CHECK_RC(set(7, 0x400), 0);
	CHECK_TRAP(watched = 2, TRAP_NONE);
	CHECK_REFUSED(set(0, HYPERVISOR_VIRT_START));
	CHECK_REFUSED(set(1, 0xffff82d080200000));
	CHECK_REFUSED(set(2, 0x800000000000));
	CHECK_REFUSED(set(8, 0));
	CHECK_REFUSED(set(-1, 0));
	CHECK((long)get(9) < 0, "register 9 is %lx", get(9));
	set(7, 0x2401);
	CHECK(!(get(7) & 0x2000), "general detect shows in %lx", get(7));
	CHECK_REFUSED(set(7, 0xffffffff00000400));
}
