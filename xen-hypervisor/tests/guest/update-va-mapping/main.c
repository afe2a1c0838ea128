/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update-va-mapping - one page's mapping changes by its address, and the TLB is flushed as asked.
 *
 * Promised by xen.h: update_va_mapping(va, value, flags) changes the level-1 entry of va in the
 * current tables; flags ask for no flush, a whole one or one page, on this CPU, a set or all.
 * Addresses without a level-1 table, and values that mmu_update would refuse, are refused; the
 * foreign form needs rights over the domain.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("update-va-mapping", ROLE_DOM0 | ROLE_CHILD);

static void flush_test(unsigned long flags)
{
	u8 *a = page_alloc(1), *b = page_alloc(1);

	*a = 1;
	*b = 2;
	CHECK(update_va_mapping(a, pte_make(mfn_of(b), PTE_RW), flags) == 0,
	      "flags %lx are refused", flags);
	CHECK(READ(*a) == 2, "flags %lx left the old page in the TLB", flags);
	CHECK(update_va_mapping(a, 0, flags) == 0, "unmapping with flags %lx is refused", flags);
	CHECK_RC(probe_read(a), TRAP_PF);
	page_protect(a, PTE_RW);
	CHECK(READ(*a) == 1, "the page came back with %u", *a);
}

static void refused_test(void)
{
	u8 *a = page_alloc(1);
	u64 value = pte_make(mfn_of(a), PTE_RW);

	CHECK_RC(update_va_mapping((void *)0x1000, value, UVMF_INVLPG), -XEN_EINVAL);
	CHECK_REFUSED(update_va_mapping((void *)HYPERVISOR_VIRT_START, value, UVMF_INVLPG));
	CHECK_REFUSED(update_va_mapping((void *)0xffff830000000000, value, UVMF_INVLPG));
	CHECK_REFUSED(update_va_mapping((void *)0x800000000000, value, UVMF_INVLPG));
	CHECK_REFUSED(update_va_mapping(a, pte_make(mfn_of((void *)start_info->pt_base), PTE_RW),
					UVMF_INVLPG));
	CHECK_REFUSED(update_va_mapping(a, pte_make(0xfffffffffUL, PTE_RW), UVMF_INVLPG));
	CHECK((READ(*pte_at(1, a)) & PTE_FRAME) >> PAGE_SHIFT == mfn_of(a),
	      "a refused value was written: %lx", *pte_at(1, a));
	CHECK_REFUSED(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, a, value, UVMF_INVLPG,
				0x7ff5));
	CHECK_REFUSED(
		hypercall(__HYPERVISOR_update_va_mapping_otherdomain, a, value, UVMF_INVLPG, 1234));
	CHECK_RC(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, a, value, UVMF_INVLPG,
			   DOMID_SELF),
		 0);
}

void test_main(void)
{
	u64 cpus = 1;

	flush_test(UVMF_INVLPG);
	flush_test(UVMF_INVLPG | UVMF_LOCAL);
	flush_test(UVMF_INVLPG | UVMF_ALL);
	flush_test(UVMF_TLB_FLUSH);
	flush_test(UVMF_TLB_FLUSH | UVMF_ALL);
	flush_test(UVMF_TLB_FLUSH | (unsigned long)&cpus);
	refused_test();
}
