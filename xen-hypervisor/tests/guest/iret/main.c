/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iret - the iret hypercall restores a whole frame, in both modes, and the event mask from IF.
 *
 * Promised by xen-x86_64.h: it takes an iret_context from the kernel's stack: rip, cs, rflags, rsp,
 * ss, rax, r11, rcx; privilege 3 in cs means user mode. IF in rflags becomes the inverse of
 * evtchn_upcall_mask. With VGCF_in_syscall rcx and r11 may be lost. All arithmetic flags and
 * registers arrive.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("iret", ROLE_DOM0 | ROLE_CHILD);

static u8 stack[4096] __attribute__((aligned(16)));
extern volatile u64 seen[4];
volatile u64 seen[4];

/* In user mode: what arrived, then back by a breakpoint. */
extern char user_probe[];
asm(".pushsection .text\nuser_probe:\n\t"
    "mov %rax, seen(%rip)\n\tmov %rcx, seen+8(%rip)\n\tmov %r11, seen+16(%rip)\n\tmov %rsp, "
    "seen+24(%rip)\n\t"
    "int3\n.popsection");

static struct iret_context frame_make(u64 flags, u64 rflags)
{
	return (struct iret_context) {
		.rax = 0x1111, .rcx = 0x2222, .r11 = 0x3333, .flags = flags, .rip = (u64)user_probe,
		.cs = FLAT_USER_CS, .rflags = rflags, .rsp = (u64)stack + 2048, .ss = FLAT_USER_SS,
	};
}

static void user_test(u64 flags, u64 rflags)
{
	struct iret_context frame = frame_make(flags, rflags);

	CHECK_RC(user_iret(&frame, NULL), TRAP_BP);
	CHECK(seen[0] == 0x1111, "rax is %lx with flags %lx", seen[0], flags);
	if (!(flags & VGCF_in_syscall))
		CHECK(seen[1] == 0x2222 && seen[2] == 0x3333, "rcx is %lx and r11 %lx", seen[1],
		      seen[2]);
	CHECK(seen[3] == (u64)stack + 2048, "rsp is %lx", seen[3]);
	CHECK((trap_last.cs & 3) == 3, "cs is %lx in user mode", trap_last.cs);
	CHECK((trap_last.rflags & 0xed5) == ((rflags | 0x200) & 0xed5), "rflags is %lx after %lx",
	      trap_last.rflags, rflags);
}

static void mask_test(void)
{
	struct iret_context frame = frame_make(0, 0x2);

	frame.rflags = 0x202;
	user_iret(&frame, NULL);
	CHECK(trap_last.mask == 0, "IF set left events masked");
	events_disable();
}

/* To kernel mode: cs with privilege 0, as frames from kernel mode have it. */
static void kernel_test(void)
{
	struct iret_context frame = frame_make(0, 0x202);

	frame.cs = FLAT_KERNEL_CS & ~3;
	CHECK_RC(user_iret(&frame, NULL), TRAP_BP);
	CHECK((trap_last.cs & 3) == 0, "cs is %lx in kernel mode", trap_last.cs);
	CHECK(seen[1] == 0x2222 && seen[2] == 0x3333, "rcx is %lx and r11 %lx", seen[1], seen[2]);
	events_disable();
}

void test_main(void)
{
	user_test(0, 0x202);
	user_test(0, 0x202 | 0x8d5);
	user_test(VGCF_in_syscall, 0x202);
	mask_test();
	kernel_test();
}
