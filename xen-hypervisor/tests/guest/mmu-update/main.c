/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmu-update - page-table entries and machine-to-physical entries change by mmu_update, and only if
 * they may.
 *
 * Promised by xen.h: each request names the machine address of an entry, its type in the low two
 * bits (normal, machine-to-physical, preserving accessed and dirty), and the new value; requests
 * are done in order, and the number done is told even when one is refused. Refused are entries in
 * frames that are not one's own, values with bits that a guest may not set, and unaligned or
 * unknown types.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("mmu-update", ROLE_DOM0 | ROLE_CHILD);

static void normal_test(void)
{
	u8 *a = page_alloc(1), *b = page_alloc(1);
	unsigned int done = 77;
	struct mmu_update req[2] = {
		{ pte_machine(pte_at(1, a)), pte_make(mfn_of(b), PTE_RW) },
		{ pte_machine(pte_at(1, b)), pte_make(mfn_of(a), PTE_RW) },
	};

	*a = 'a';
	*b = 'b';
	CHECK_RC(mmu_update(req, 2, &done, DOMID_SELF), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	CHECK(done == 2, "%u of 2 requests were done", done);
	CHECK(READ(*a) == 'b' && READ(*b) == 'a', "two exchanged pages show %c and %c", *a, *b);
	page_protect(a, PTE_RW);
	page_protect(b, PTE_RW);
	CHECK(READ(*a) == 'a' && READ(*b) == 'b', "the pages are not as before");
	CHECK_RC(mmu_update(req, 0, &done, DOMID_SELF), 0);
	CHECK(done == 0, "%u of no requests were done", done);
}

static void partial_test(void)
{
	u8 *a = page_alloc(1);
	u64 entry = pte_machine(pte_at(1, a));
	unsigned int done = 77;
	struct mmu_update req[3] = {
		{ entry, pte_make(mfn_of(a), PTE_RO) },
		{ entry, pte_make(mfn_of(a), PTE_RW | PTE_PSE | 1UL << 51) },
		{ entry, 0 },
	};

	CHECK_REFUSED(mmu_update(req, 3, &done, DOMID_SELF));
	CHECK(done == 1, "%u requests were done before a bad one at 1", done);
	CHECK((*pte_at(1, a) & PTE_FRAME) >> PAGE_SHIFT == mfn_of(a),
	      "a request after a refused one was done");
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)a, 0);
	CHECK_RC(probe_write(a), TRAP_PF);
}

static void m2p_test(void)
{
	u8 *a = page_alloc(1);
	u64 machine = (u64)mfn_of(a) << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;

	CHECK_RC(pte_write_raw(machine, 0x12345, DOMID_SELF), 0);
	CHECK(READ(machine_to_phys_mapping[mfn_of(a)]) == 0x12345,
	      "the machine-to-physical entry is %lx", machine_to_phys_mapping[mfn_of(a)]);
	CHECK_RC(pte_write_raw(machine, pfn_of(a), DOMID_SELF), 0);
	CHECK_REFUSED(
		pte_write_raw(0xfffffffffUL << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 1, DOMID_SELF));
}

static void preserve_test(void)
{
	volatile u8 *a = page_alloc(1);
	u64 *pte = pte_at(1, (void *)a);
	u64 plain = pte_make(mfn_of((void *)a), PTE_P | PTE_W | PTE_U);

	*a = 1;
	CHECK(READ(*pte) & PTE_D, "a written page is not dirty: %lx", *pte);
	CHECK_RC(pte_write_raw(pte_machine(pte) | MMU_PT_UPDATE_PRESERVE_AD, plain & ~PTE_W,
			       DOMID_SELF),
		 0);
	CHECK((READ(*pte) & (PTE_A | PTE_D | PTE_W)) == (PTE_A | PTE_D),
	      "accessed and dirty were not kept: %lx", *pte);
	CHECK_RC(pte_write(pte, plain, DOMID_SELF), 0);
	CHECK(!(READ(*pte) & (PTE_A | PTE_D)), "accessed and dirty were not cleared: %lx", *pte);
}

/* What lies in an ordinary page is data, and is not looked at. */
static void data_test(void)
{
	u64 *data = page_alloc(1);

	CHECK_RC(pte_write(&data[5], ~0UL, DOMID_SELF), 0);
	CHECK(READ(data[5]) == ~0UL, "an entry in a writable page is %lx", data[5]);
	page_protect(data, PTE_RO);
}

static void refused_test(void)
{
	u8 *data = page_alloc(1);
	u64 *pte = pte_at(1, data);
	u64 value = pte_make(mfn_of(data), PTE_RW);

	CHECK_REFUSED(pte_write_raw(pte_machine(pte) | 3 | 4, value, DOMID_SELF));
	CHECK_REFUSED(pte_write_raw(0xfffffffffUL << PAGE_SHIFT, value, DOMID_SELF));
	CHECK_REFUSED(pte_write_raw(pte_machine(pte), value, 0x7ff5));
	CHECK_REFUSED(pte_write(pte, pte_make(0xfffffffffUL, PTE_RW), DOMID_SELF));
	CHECK_RC(mmu_update((void *)0x1000, 1, NULL, DOMID_SELF), -XEN_EFAULT);
	page_protect(data, PTE_RW);
}

void test_main(void)
{
	normal_test();
	partial_test();
	m2p_test();
	preserve_test();
	data_test();
	refused_test();
}
