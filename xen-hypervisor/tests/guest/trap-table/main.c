/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trap-table - exceptions go to the entries that set_trap_table names, with the machine's error
 * codes.
 *
 * Promised by xen.h: each entry gives selector, address, the privilege that may call it by int, and
 * whether events are masked on entry; a list ends at an address of 0 and a null list clears all.
 * Divide error, breakpoint, overflow, invalid opcode, general protection and page fault arrive with
 * error code and cr2 as on the machine, the guest's kernel mode counting as supervisor mode. A list
 * that cannot be read gives -EFAULT, addresses that are not canonical -EINVAL or are never jumped
 * to.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("trap-table", ROLE_DOM0 | ROLE_CHILD);

extern char trap_entry_6[];

static void divide(void)
{
	asm volatile("xor %%edx, %%edx\n\txor %%ecx, %%ecx\n\tmov $1, %%eax\n\tdivl %%ecx" ::
			     : "eax", "ecx", "edx");
}

static void errors_test(void)
{
	volatile u8 *page = page_alloc(1);

	CHECK_TRAP(divide(), TRAP_DE);
	CHECK_TRAP(asm volatile("int3"), TRAP_BP);
	CHECK_TRAP(asm volatile("int $4"), TRAP_OF);
	CHECK_TRAP(asm volatile("ud2"), TRAP_UD);
	CHECK_TRAP(asm volatile("mov %0, %%fs" :: "r" (0x1234)), TRAP_GP);
	CHECK(trap_last.error == 0x1234, "#GP of selector 1234 has error code %lx",
	      trap_last.error);
	CHECK_TRAP((void)*(volatile u8 *)0x800000000000, TRAP_GP);
	CHECK_TRAP((void)*(volatile u8 *)0x123456, TRAP_PF);
	CHECK(trap_last.error == 0 && trap_last.cr2 == 0x123456,
	      "a read of nothing has error %lx, cr2 %lx", trap_last.error, trap_last.cr2);
	page_protect((void *)page, PTE_RO);
	CHECK_TRAP(*page = 1, TRAP_PF);
	CHECK(trap_last.error == 3 && trap_last.cr2 == (u64)page,
	      "a write to a read-only page has error %lx, cr2 %lx", trap_last.error, trap_last.cr2);
	page_protect((void *)page, PTE_RW | PTE_NX);
	CHECK_TRAP(((void (*)(void))page)(), TRAP_PF);
	CHECK(trap_last.error == 0x11, "execution of data has error %lx", trap_last.error);
}

static void masking_test(void)
{
	struct trap_info entry[2] = { { TRAP_UD, 4, FLAT_KERNEL_CS, (u64)trap_entry_6 } };
	u8 *mask = &shared_info->vcpu_info[0].evtchn_upcall_mask;

	*(volatile u8 *)mask = 0;
	TRY(asm volatile("ud2"));
	CHECK(trap_last.mask == 0, "an entry without bit 2 masked events");
	CHECK_RC(hypercall(__HYPERVISOR_set_trap_table, entry), 0);
	*(volatile u8 *)mask = 0;
	CHECK_TRAP(asm volatile("ud2"), TRAP_UD);
	CHECK(trap_last.mask == 1, "an entry with bit 2 did not mask events");
	CHECK(trap_last.rflags & 0x200, "the interrupted code's IF is clear in %lx",
	      trap_last.rflags);
	*(volatile u8 *)mask = 1;
	CHECK_TRAP(asm volatile("ud2"), TRAP_UD);
	CHECK(!(trap_last.rflags & 0x200),
	      "the interrupted code's IF is set in %lx though events were masked",
	      trap_last.rflags);
}

void test_main(void)
{
	errors_test();
	masking_test();
	CHECK_RC(hypercall(__HYPERVISOR_set_trap_table, 0x1000), -XEN_EFAULT);
	CHECK_RC(hypercall(__HYPERVISOR_set_trap_table, HYPERVISOR_VIRT_START + 0x10000000),
		 -XEN_EFAULT);
	CHECK_RC(hypercall(__HYPERVISOR_set_trap_table, 0x800000000000), -XEN_EFAULT);
	CHECK_TRAP(asm volatile("ud2"), TRAP_UD);
}
