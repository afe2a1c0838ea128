/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypercall-numbers - a number without a call is refused, and a call spoils no register but its
 * own.
 *
 * Promised by xen.h: numbers are fixed; those that are not in the table give -ENOSYS, whatever the
 * upper half of rax holds. Arguments come back unchanged, and so do all registers other than rax,
 * rcx and r11.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("hypercall-numbers", ROLE_DOM0 | ROLE_CHILD);

static void numbers_test(void)
{
	static const u64 none[] = { 11,	  43,	      44,	 45,	    46,	 47, 50,
				    51,	  55,	      56,	 63,	    64,	 65, 255,
				    1000, 0xffffffff, 1UL << 32, 1UL << 63, ~0UL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		long rc = hypercall(none[i], 0);

		CHECK(rc == -XEN_ENOSYS, "number %lx gave %ld, not -ENOSYS", none[i], rc);
	}
}

/* What a call must keep has a known value before it, and its sum is the same afterwards. */
static void registers_test(void)
{
	u64 rbx = 1, rdi = XENVER_version, rsi = 0, rdx = 33, sum;
	long rax = __HYPERVISOR_xen_version;

	asm volatile("mov $100, %%r8\n\tmov $101, %%r9\n\tmov $102, %%r10\n\tmov $103, %%r12\n\t"
		     "mov $104, %%r13\n\tmov $105, %%r14\n\tmov %%rbp, %%r15\n\tsyscall\n\t"
		     "sub %%rbp, %%r15\n\tadd %%r8, %%r15\n\tadd %%r9, %%r15\n\tadd %%r10, "
		     "%%r15\n\t"
		     "add %%r12, %%r15\n\tadd %%r13, %%r15\n\tadd %%r14, %%r15\n\tmov %%r15, %5"
		     : "+a"(rax), "+b"(rbx), "+D"(rdi), "+S"(rsi), "+d"(rdx), "=m"(sum)::"rcx",
		       "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	CHECK(rbx == 1 && rdi == XENVER_version && rsi == 0 && rdx == 33,
	      "an argument or rbx was changed");
	CHECK(sum == 100 + 101 + 102 + 103 + 104 + 105,
	      "one of rbp, r8-r10, r12-r15 was changed: %lu", sum);
}

/* rcx and r11 hold what syscall put there: nothing of the hypervisor's shows in them. */
static void leftovers_test(void)
{
	u64 rcx, r11, here;
	long rax = __HYPERVISOR_xen_version;

	asm volatile("lea 1f(%%rip), %2\n\tsyscall\n1:\tmov %%r11, %1"
		     : "=c"(rcx), "=r"(r11), "=&b"(here), "+a"(rax)
		     : "D"(0), "S"(0)
		     : "r11", "memory");
	CHECK(rcx == here, "rcx is %lx after a call from %lx", rcx, here);
	CHECK((r11 & 2) && !(r11 >> 32), "r11 is %lx after a call", r11);
}

void test_main(void)
{
	numbers_test();
	registers_test();
	leftovers_test();
}
