/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * descriptors - a kernel has its own descriptor tables, in which nothing gives it more privilege.
 *
 * Promised by xen.h: set_gdt installs pages of descriptors (14 at most, 512 in each), which become
 * descriptor pages; update_descriptor changes one by its machine address; MMUEXT_SET_LDT installs a
 * local table by address. Code and data descriptors of privilege 3 are usable; system segments,
 * gates to the hypervisor and privilege below 3 are refused or reduced. Descriptor pages cannot be
 * writable, and writable pages cannot be descriptor pages.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("descriptors", ROLE_DOM0 | ROLE_CHILD);

#define DATA3 0x00cff3000000ffffUL
#define DATA0 0x00cf93000000ffffUL
#define CODE3 0x00affb000000ffffUL
#define CODE0 0x00af9b000000ffffUL

static u64 *gdt;

static u64 load_ds(u16 selector) { return TRY(asm volatile("mov %0, %%ds" ::"r"(selector))); }

static void install(void)
{
	unsigned long frame;

	gdt = page_alloc(1);
	gdt[1] = DATA3;
	frame = mfn_of(gdt);
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, &frame, 512)); /* it is writable */
	page_protect(gdt, PTE_RO);
	CHECK_RC(hypercall(__HYPERVISOR_set_gdt, &frame, 512), 0);
	CHECK_REFUSED(page_protect(gdt, PTE_RW));
	CHECK_RC(load_ds(1 << 3 | 3), TRAP_NONE);
	CHECK_RC(load_ds(2 << 3 | 3), TRAP_GP);
	CHECK_RC(load_ds(0), TRAP_NONE);
}

static long update(u64 machine, u64 descriptor)
{
	return hypercall(__HYPERVISOR_update_descriptor, machine, descriptor);
}

static void update_test(void)
{
	u64 machine = (u64)mfn_of(gdt) << PAGE_SHIFT;
	u8 *page = page_alloc(1);
	unsigned int type, dpl;

	CHECK_RC(update(machine + 16, DATA3), 0);
	CHECK_RC(load_ds(2 << 3 | 3), TRAP_NONE);
	CHECK_RC(update(machine + 16, 0), 0);
	CHECK_RC(load_ds(0), TRAP_NONE);
	for (dpl = 0; dpl < 3; dpl++) {
		update(machine + 24, DATA0 | (u64)dpl << 45);
		CHECK((READ(gdt[3]) >> 45 & 3) == 3 || !(READ(gdt[3]) >> 47 & 1),
		      "a descriptor of privilege %u is %lx", dpl, gdt[3]);
		update(machine + 24, CODE0 | (u64)dpl << 45);
		CHECK((READ(gdt[3]) >> 45 & 3) == 3 || !(READ(gdt[3]) >> 47 & 1),
		      "a code descriptor of privilege %u is %lx", dpl, gdt[3]);
	}
	for (type = 1; type < 16; type++) {
		u64 system = 0x0000e00000000000UL | (u64)type << 40 | 0xe0330000UL;

		update(machine + 24, 0);
		CHECK(update(machine + 24, system) < 0 || type == 12 || type == 4,
		      "system type %u was set", type);
		CHECK(type == 12 || type == 4 || READ(gdt[3]) == 0,
		      "system type %u is in the table", type);
	}
	CHECK_REFUSED(update(machine + 4, DATA3));
	CHECK_REFUSED(update(0xfffffffffUL << PAGE_SHIFT, DATA3));
	CHECK_REFUSED(update((u64)page_top_mfn() << PAGE_SHIFT, DATA3));
	CHECK_RC(update((u64)mfn_of(page) << PAGE_SHIFT, DATA3), 0); /* plain data */
}

static void local_table_test(void)
{
	u64 *ldt = page_alloc(1);

	ldt[1] = DATA3;
	page_protect(ldt, PTE_RO);
	CHECK_RC(mmuext(MMUEXT_SET_LDT, (u64)ldt, 512), 0);
	CHECK_RC(load_ds(1 << 3 | 4 | 3), TRAP_NONE);
	CHECK_RC(load_ds(2 << 3 | 4 | 3), TRAP_GP);
	/* Either it stays read-only, or it is no table any more. */
	if (page_protect(ldt, PTE_RW) == 0)
		CHECK(load_ds(1 << 3 | 4 | 3) != TRAP_NONE,
		      "a writable page serves as local table");
	load_ds(0);
	CHECK_RC(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	CHECK_RC(load_ds(1 << 3 | 4 | 3), TRAP_GP);
	CHECK_RC(page_protect(ldt, PTE_RW), 0);
	CHECK_REFUSED(mmuext(MMUEXT_SET_LDT, (u64)ldt, 8193));
	CHECK_REFUSED(mmuext(MMUEXT_SET_LDT, (u64)ldt + 8, 512));
	CHECK_REFUSED(mmuext(MMUEXT_SET_LDT, HYPERVISOR_VIRT_START, 512));
}

static void refused_test(void)
{
	unsigned long frames[16];
	unsigned int i;
	u64 *bad = page_alloc(1);

	for (i = 0; i < 16; i++)
		frames[i] = mfn_of(gdt);
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, frames, 7169));
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, frames, 0x80000000));
	frames[0] = 0xfffffffffUL;
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, frames, 512));
	frames[0] = page_top_mfn();
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, frames, 512));
	bad[0] = 0x0000890000000000UL; /* an available task-state segment */
	page_protect(bad, PTE_RO);
	frames[0] = mfn_of(bad);
	CHECK_REFUSED(hypercall(__HYPERVISOR_set_gdt, frames, 512));
	CHECK_REFUSED(page_protect(gdt, PTE_RW));
	CHECK_RC(hypercall(__HYPERVISOR_set_gdt, frames, 0), 0);
	CHECK_RC(page_protect(gdt, PTE_RW), 0);
}

void test_main(void)
{
	install();
	update_test();
	local_table_test();
	refused_test();
}
