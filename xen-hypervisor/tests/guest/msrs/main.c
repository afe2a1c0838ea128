/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msrs - model-specific registers of the machine can be read only where harmless, and never
 * changed.
 *
 * Promised by the PV ABI: rdmsr and wrmsr of a PV kernel are emulated or fault. What a write could
 * hurt (system call targets, the local APIC, memory types, machine checks, microcode, speculation
 * controls beyond those offered, virtual machines) is refused or ignored; the hypervisor goes on as
 * before. In user mode both fault.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("msrs", ROLE_DOM0 | ROLE_CHILD);

static unsigned int msr_write(u32 msr, u64 value)
{
	return TRY(asm volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32))));
}

static unsigned int msr_read(u32 msr, u64 *value)
{
	volatile u32 low = 0, high = 0;
	unsigned int vector = TRY(asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr)));

	*value = (u64)high << 32 | low;
	return vector;
}

static void user_rdmsr(void *unused) { asm volatile("rdmsr" ::"c"(0xc0000080) : "eax", "edx"); }

/* Refused, or without effect: the value that is read is the one from before. */
static void no_change(u32 msr, u64 value)
{
	u64 before = 0, after = 0;
	unsigned int readable = msr_read(msr, &before), written = msr_write(msr, value);

	if (readable != TRAP_NONE) {
		check_that(true, "-");
		return;
	}
	msr_read(msr, &after);
	CHECK(before == after, "MSR %x changed from %lx to %lx, its write raised %u", msr, before,
	      after, written);
}

/* The time-stamp counter runs on: refused or ignored, a write shows in no jump. */
static void counter_test(void)
{
	u64 before = rdtsc();

	msr_write(0x10, 0);
	CHECK(rdtsc() >= before, "the time-stamp counter went back from %lx", before);
	msr_write(0x10, ~0UL >> 1);
	CHECK(rdtsc() - before < 1UL << 40, "the time-stamp counter jumped from %lx", before);
}

void test_main(void)
{
	static const u32 msr[] = {
		0x1b,	    0x174,	0x175,	    0x176,	0x1a0,	    0x1d9,	0x277,
		0x2ff,	    0x200,	0x400,	    0x79,	0x8b,	    0x3a,	0x480,
		0x830,	    0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0010010,
		0xc0010015, 0xc0010114, 0xc0010117, 0x48,	0x49,	    0x10b,	0x12345678};
	unsigned int i;
	u64 value;

	CHECK_RC(msr_read(0xc0000080, &value), TRAP_NONE);
	CHECK((value & 0x501) == 0x501, "EFER is %lx", value);
	CHECK_RC(msr_read(0x12345678, &value), TRAP_GP);
	CHECK_RC(msr_write(0x12345678, 0), TRAP_GP);
	for (i = 0; i < ARRAY_SIZE(msr); i++) {
		no_change(msr[i], 0);
		no_change(msr[i], ~0UL);
		no_change(msr[i], HYPERVISOR_VIRT_START);
	}
	counter_test();
	CHECK_RC(xen_version(XENVER_version, NULL), 4 << 16 | 17);
	CHECK_RC(user_run(user_rdmsr, NULL), TRAP_GP);
}
