/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privileged-instructions - what a PV kernel may still execute works, and the rest is a general
 * protection fault.
 *
 * Promised by the PV ABI: moves to and from control registers, clts, wbinvd, hlt-like privileged
 * instructions are emulated for the kernel or fault; nothing of the machine can be changed by them;
 * user mode always faults. cr0 and cr4 show the hypervisor's choice, cr3 the guest's table, cr2 the
 * last fault. lgdt, lidt, lldt, ltr, invlpg, rdpmc, sysret, swapgs, iret to another privilege:
 * fault.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("privileged-instructions", ROLE_DOM0 | ROLE_CHILD);

static void registers_test(void)
{
	volatile u64 value = 0;

	CHECK_TRAP(asm volatile("mov %%cr0, %0" : "=r" (value)), TRAP_NONE);
	CHECK((value & 0x80000001) == 0x80000001, "cr0 is %lx", value);
	CHECK_TRAP(asm volatile("mov %%cr3, %0" : "=r" (value)), TRAP_NONE);
	CHECK(value >> PAGE_SHIFT == page_top_mfn(), "cr3 is %lx, the top table is frame %lx",
	      value, page_top_mfn());
	CHECK_TRAP(asm volatile("mov %%cr4, %0" : "=r" (value)), TRAP_NONE);
	CHECK(value & 0x20, "cr4 is %lx, without PAE", value);
	CHECK_TRAP(asm volatile("mov %0, %%cr4" :: "r" (value)), TRAP_NONE);
	probe_read((void *)0x5000);
	CHECK_TRAP(asm volatile("mov %%cr2, %0" : "=r" (value)), TRAP_NONE);
	CHECK(value == 0x5000, "cr2 is %lx after a fault at 5000", value);
}

static void task_switched_test(void)
{
	volatile u64 value = 0;

	CHECK_RC(hypercall(__HYPERVISOR_fpu_taskswitch, 1), 0);
	CHECK_TRAP(asm volatile("fnop"), TRAP_NM);
	CHECK_RC(hypercall(__HYPERVISOR_fpu_taskswitch, 1), 0);
	CHECK_TRAP(asm volatile("clts"), TRAP_NONE);
	CHECK_TRAP(asm volatile("fnop"), TRAP_NONE);
	CHECK_TRAP(asm volatile("mov %%cr0, %0" : "=r" (value)), TRAP_NONE);
	CHECK_TRAP(asm volatile("mov %0, %%cr0" :: "r" (value | 8)), TRAP_NONE);
	CHECK_TRAP(asm volatile("fnop"), TRAP_NM);
	TRY(asm volatile("clts"));
}

static struct { u16 limit; u64 base; } __attribute__((packed)) table_register = { 0xfff, 0x1000 };

static void refused_test(void)
{
	CHECK_TRAP(asm volatile("mov %0, %%cr0" :: "r" (0UL)), TRAP_GP);
	CHECK_TRAP(asm volatile("mov %0, %%cr3" :: "r" (0x1000UL)), TRAP_GP);
	CHECK_TRAP(asm volatile("lgdt %0" :: "m" (table_register)), TRAP_GP);
	CHECK_TRAP(asm volatile("lidt %0" :: "m" (table_register)), TRAP_GP);
	CHECK_TRAP(asm volatile("lldt %%ax" :: "a" (0)), TRAP_GP);
	CHECK_TRAP(asm volatile("ltr %%ax" :: "a" (0xe040)), TRAP_GP);
	CHECK_TRAP(asm volatile("invlpg (%0)" :: "r" (0x1000UL)), TRAP_GP);
	CHECK_TRAP(asm volatile("swapgs"), TRAP_GP);
	CHECK_TRAP(asm volatile("sysretq" ::: "rcx"), TRAP_GP);
	CHECK_TRAP(asm volatile("hlt"), TRAP_GP);
	CHECK_TRAP(asm volatile("mov %0, %%cr8" :: "r" (0UL)), TRAP_GP);
	CHECK_TRAP(asm volatile("lmsw %%ax" :: "a" (1)), TRAP_GP);
}

/* Carried out as wbinvd, which loses nothing, or refused: the machine never executes it. */
static void invd_test(void)
{
	static volatile u64 word;
	unsigned int vector;

	word = 4711;
	vector = TRY(asm volatile("invd" ::: "memory"));
	CHECK(vector == TRAP_GP || vector == TRAP_NONE, "invd raised %u", vector);
	CHECK(word == 4711, "invd lost a write: %lu", word);
}

/* Not in kernel mode only: the debug and control registers, in user mode. */
static void user_cr(void *unused)
{
	u64 value;

	asm volatile("mov %%cr3, %0" : "=r" (value));
}

static void user_clts(void *unused)
{
	asm volatile("clts");
}

static void user_cli(void *unused)
{
	asm volatile("cli");
}

void test_main(void)
{
	registers_test();
	task_switched_test();
	refused_test();
	invd_test();
	CHECK_RC(user_run(user_cr, NULL), TRAP_GP);
	CHECK_RC(user_run(user_clts, NULL), TRAP_GP);
	CHECK_RC(user_run(user_cli, NULL), TRAP_GP);
}
