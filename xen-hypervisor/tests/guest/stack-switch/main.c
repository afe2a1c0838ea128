/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack-switch - exceptions from user mode arrive on the stack that stack_switch names.
 *
 * Promised by xen.h: stack_switch(ss, rsp) sets the kernel stack for entries from user mode;
 * entries from kernel mode stay on the current one. fpu_taskswitch makes the next use of floating
 * point a fault until it is reset. A stack that is not there ends the domain, not the hypervisor,
 * be it entered by an exception, a system call or a page fault, or be it the kernel's own stack
 * when the kernel faults (that part is done in domains of their own).
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("stack-switch", ROLE_DOM0);

static u8 other[8192] __attribute__((aligned(16)));
static u64 at;

static bool where(struct trap_frame *frame)
{
	at = (u64)frame;
	return false;
}

static void breakpoint(void *unused) { asm volatile("int3"); }
static void system_call(void *unused) { asm volatile("syscall" ::: "rcx", "r11", "memory"); }
static void page_fault(void *unused) { asm volatile("mov 0x1000, %%al" ::: "rax", "memory"); }
static void (*const ways[])(void *) = { breakpoint, system_call, page_fault };

static void child_main(void)
{
	static const u64 bad[] = {0x1000, 0x800000000000, HYPERVISOR_VIRT_START + 64,
				  0xffff82d080200000, 8};

	check_that(true, "-");
	if (hypercall(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, bad[argument("bad", 0)]))
		return; /* refused: as good */
	if (argument("way", 0) < ARRAY_SIZE(ways))
		user_run(ways[argument("way", 0)], NULL);
	else /* the kernel's own fault, on a stack that it has set itself */
		asm volatile("mov %0, %%rsp\n\tmov 0x1000, %%al" ::"r"(bad[argument("bad", 0)])
			     : "rax", "memory");
	test_failure("the child went on with a kernel stack at %lx", bad[argument("bad", 0)]);
}

static void bad_stacks(void)
{
	static char text[] = "bad=0 way=0";
	struct child child;

	for (unsigned int i = 0; i < 5 * (ARRAY_SIZE(ways) + 1); i++) {
		text[4] = '0' + i % 5;
		text[10] = '0' + i / 5;
		child_create(&child, text);
		child_unpause(&child);
		child_wait(&child, 5000);
		child_destroy(&child);
	}
}

void test_main(void)
{
	if (!is_dom0) {
		child_main();
		return;
	}
	trap_hook = where;
	CHECK_RC(hypercall(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, other + sizeof(other)), 0);
	CHECK_RC(user_run(breakpoint, NULL), TRAP_BP);
	CHECK(at > (u64)other && at < (u64)other + sizeof(other),
	      "the frame is at %lx, not on the stack at %lx", at, (u64)other);
	CHECK_TRAP(asm volatile("int3"), TRAP_BP);
	CHECK(at < (u64)other || at > (u64)other + sizeof(other),
	      "a frame of kernel mode is on the other stack");
	CHECK_RC(hypercall(__HYPERVISOR_fpu_taskswitch, 1), 0);
	CHECK_TRAP(asm volatile("fnop"), TRAP_NM);
	CHECK_RC(hypercall(__HYPERVISOR_fpu_taskswitch, 0), 0);
	CHECK_TRAP(asm volatile("fnop"), TRAP_NONE);
	trap_hook = NULL;
	bad_stacks();
}
