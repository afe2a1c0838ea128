/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * small-stack - a return to a 16-bit stack tells nothing of where the hypervisor's own stack lies.
 *
 * Intel SDM volume 1, 6.2.2, and known as espfix: IRET to a program whose stack segment is of 16
 * bits loads SP and leaves bits 16 to 31 of ESP as they were, which is the stack of whoever
 * executed it. Guests have such segments by local descriptor tables. What is left may be what the
 * frame said, or a number as small as a processor's; it may not be part of an address.
 *
 * Peer: failure because its IRET leaves bits 16 to 31 of its own stack's address there.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("small-stack", ROLE_DOM0 | ROLE_CHILD);

#define DATA16 0x0000f3000000ffffUL
#define CODE32 0x00cffb000000ffffUL
#define SELECTOR(n) ((n) << 3 | 4 | 3)
#define MOST_PROCESSORS 256

static void return_to(u64 rsp)
{
	struct iret_context frame = {
		.rip = 0x1000,	/* nothing there: the fault's frame shows the registers */
		.cs = SELECTOR(2),
		.rflags = 0x202,
		.rsp = rsp,
		.ss = SELECTOR(1),
	};
	u32 high;

	CHECK_RC(user_iret(&frame, NULL), TRAP_PF);
	events_disable();
	high = (u32)trap_last.rsp >> 16;
	CHECK((u16)trap_last.rsp == (u16)rsp, "sp is %lx, not %lx", trap_last.rsp & 0xffff,
	      rsp & 0xffff);
	CHECK(high == (u32)rsp >> 16 || high < MOST_PROCESSORS,
	      "the upper half of esp is %x, part of an address of the hypervisor's", high);
}

void test_main(void)
{
	u64 *ldt = page_alloc(1);

	ldt[1] = DATA16;
	ldt[2] = CODE32;
	page_protect(ldt, PTE_RO);
	NEED(mmuext(MMUEXT_SET_LDT, (u64)ldt, 512));
	return_to(0x12348000);
	return_to(0xfffffff0);
	CHECK_RC(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
}
