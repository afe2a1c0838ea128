/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segment-base - the bases of fs and gs are set by hypercall and by MSR, and stay with their mode.
 *
 * Promised by xen-x86_64.h: set_segment_base sets fs, the kernel's gs and the user's gs, or loads
 * the user's gs selector; the two gs change places with the mode. The MSRs FS_BASE, GS_BASE and
 * KERNEL_GS_BASE do the same. Addresses that are not canonical are refused.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("segment-base", ROLE_DOM0 | ROLE_CHILD);

static u64 words[4] = {11, 22, 33, 44};
static volatile u64 user_saw;

static u64 read_gs(void)
{
	u64 value;

	asm volatile("mov %%gs:0, %0" : "=r"(value));
	return value;
}

static u64 read_fs(void)
{
	u64 value;

	asm volatile("mov %%fs:0, %0" : "=r"(value));
	return value;
}

static void user_look(void *unused) { user_saw = read_gs(); }

static long base(unsigned int which, u64 value)
{
	return hypercall(__HYPERVISOR_set_segment_base, which, value);
}

static unsigned int msr_write(u32 msr, u64 value)
{
	return TRY(asm volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32))));
}

static u64 msr_read(u32 msr)
{
	volatile u32 low = 0, high = 0;

	CHECK_TRAP(asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr)), TRAP_NONE);
	return (u64)high << 32 | low;
}

void test_main(void)
{
	CHECK_RC(base(SEGBASE_FS, (u64)&words[0]), 0);
	CHECK_RC(base(SEGBASE_GS_KERNEL, (u64)&words[1]), 0);
	CHECK_RC(base(SEGBASE_GS_USER, (u64)&words[2]), 0);
	CHECK(read_fs() == 11 && read_gs() == 22, "fs and gs show %lu and %lu", read_fs(),
	      read_gs());
	CHECK_RC(user_run(user_look, NULL), TRAP_USER_END);
	CHECK(user_saw == 33, "user mode's gs shows %lu", user_saw);
	CHECK(read_gs() == 22, "gs shows %lu after user mode", read_gs());
	CHECK_RC(msr_write(0xc0000100, (u64)&words[3]), TRAP_NONE);
	CHECK(read_fs() == 44, "fs shows %lu after a write of FS_BASE", read_fs());
	CHECK(msr_read(0xc0000100) == (u64)&words[3], "FS_BASE is %lx", msr_read(0xc0000100));
	CHECK(msr_read(0xc0000101) == (u64)&words[1], "GS_BASE is %lx", msr_read(0xc0000101));
	CHECK(msr_read(0xc0000102) == (u64)&words[2], "KERNEL_GS_BASE is %lx",
	      msr_read(0xc0000102));
	CHECK_REFUSED(base(SEGBASE_FS, 0x800000000000));
	CHECK_REFUSED(base(SEGBASE_GS_USER, 0x800000000000));
	CHECK_REFUSED(base(SEGBASE_GS_KERNEL, 0xffff7fffffffffff));
	CHECK_RC(msr_write(0xc0000100, 0x800000000000), TRAP_GP);
	CHECK_RC(base(SEGBASE_GS_USER_SEL, 0), 0);
	CHECK_RC(base(9, 0), -XEN_EINVAL);
}
