/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system-calls - user mode's system calls reach its kernel and nobody else, however they are made.
 *
 * Promised by the PV ABI: syscall in user mode enters the syscall callback with all registers,
 * never the hypervisor's table of hypercalls; rcx is the address after it and r11 the flags.
 * sysenter and hypercall-like numbers in user mode do no more than syscall does. Trap flag,
 * direction flag and the edges of the address space do no harm.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("system-calls", ROLE_DOM0 | ROLE_CHILD);

static void user_call(void *number)
{
	asm volatile("mov $0x5a5a, %%edx\n\tsyscall" ::"a"(number), "D"(0), "S"(0)
		     : "rcx", "rdx", "r11", "memory");
}

static void user_flags(void *flags)
{
	asm volatile("push %0\n\tpopf\n\tsyscall" ::"r"(flags) : "rcx", "r11", "memory", "cc");
}

static void user_sysenter(void *unused) { asm volatile("sysenter" ::: "memory"); }

/* A system call in the last two bytes of the lower half: the address after it is not canonical. */
static void edge_test(void)
{
	u64 *l3 = page_alloc(1), *l2 = page_alloc(1), *l1 = page_alloc(1),
	    *top = (u64 *)start_info->pt_base;
	u8 *code = page_alloc(1);
	struct iret_context frame = {
		.rip = 0x7ffffffffffe,
		.cs = FLAT_USER_CS,
		.rflags = 0x202,
		.rsp = (u64)code + 2048,
		.ss = FLAT_USER_SS,
	};
	unsigned int vector;

	code[4094] = 0x0f;
	code[4095] = 0x05;
	l1[511] = pte_make(mfn_of(code), PTE_RW);
	l2[511] = pte_make(mfn_of(l1), PTE_RW);
	l3[511] = pte_make(mfn_of(l2), PTE_RW);
	page_protect(l1, PTE_RO);
	page_protect(l2, PTE_RO);
	page_protect(l3, PTE_RO);
	NEED(pte_write(&top[255], pte_make(mfn_of(l3), PTE_RW), DOMID_SELF));
	vector = user_iret(&frame, NULL);
	CHECK(vector == TRAP_SYSCALL || vector == TRAP_GP || vector == TRAP_PF,
	      "a system call at the edge came by %u", vector);
	if (vector != TRAP_SYSCALL)
		return;
	/* Back to where it came from, by the short way: it must not be taken. */
	frame.rip = 0x800000000000;
	frame.flags = VGCF_in_syscall;
	vector = user_iret(&frame, NULL);
	CHECK(vector == TRAP_GP || vector == TRAP_PF || vector == TRAP_FAILSAFE,
	      "a return beyond the edge came by %u", vector);
}

void test_main(void)
{
	static const u64 number[] = {
		0, __HYPERVISOR_domctl, __HYPERVISOR_sched_op, __HYPERVISOR_iret, 0xffffffff, ~0UL};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(number); i++) {
		CHECK_RC(user_run(user_call, (void *)number[i]), TRAP_SYSCALL);
		CHECK(trap_last.rax == number[i], "rax of system call %lx is %lx", number[i],
		      trap_last.rax);
	}
	CHECK_RC(user_run(user_flags, (void *)0x602), TRAP_SYSCALL);
	CHECK(trap_last.rflags & 0x400, "the direction flag was lost: %lx", trap_last.rflags);
	CHECK_RC(user_run(user_flags, (void *)0x3202), TRAP_SYSCALL);
	CHECK(!(trap_last.rflags & 0x3000), "user mode has IOPL: %lx", trap_last.rflags);
	i = user_run(user_flags, (void *)0x302);
	CHECK(i == TRAP_DB || i == TRAP_SYSCALL, "a single step came by %u", i);
	i = user_run(user_sysenter, NULL);
	CHECK(i == TRAP_GP || i == TRAP_UD || i == TRAP_SYSENTER, "sysenter came by %u", i);
	edge_test();
}
