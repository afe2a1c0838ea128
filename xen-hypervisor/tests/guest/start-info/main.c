/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start-info - a PV kernel finds start_info, its frames and its tables as xen.h describes them.
 *
 * Promised by xen.h: rsi points at start_info, which begins with "xen-3.0-x86_64"; nr_pages is the
 * memory; shared_info is a machine address; pt_base is the top table of nr_pt_frames page-table
 * frames, all mapped read only; mfn_list inverts the machine-to-physical table; the initial domain
 * has SIF_INITDOMAIN and SIF_PRIVILEGED. At least 512 kB are mapped after the boot stack.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("start-info", ROLE_DOM0);

static void frames_test(void)
{
	unsigned long pfn, wrong = 0;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		wrong += machine_to_phys_mapping[p2m()[pfn]] != pfn;
	CHECK(wrong == 0, "%lu of %lu frames are not inverted by the machine-to-physical table",
	      wrong, start_info->nr_pages);
}

static void tables_test(void)
{
	u8 *table = (u8 *)start_info->pt_base;
	unsigned long i;

	CHECK(start_info->nr_pt_frames >= 4, "there are %lu page-table frames",
	      start_info->nr_pt_frames);
	for (i = 0; i < start_info->nr_pt_frames; i++, table += PAGE_SIZE) {
		u64 *pte = pte_at(1, table);

		CHECK(pte && (*pte & PTE_P) && !(*pte & PTE_W), "page table %lu is mapped with %lx",
		      i, pte ? *pte : 0);
	}
	for (i = 0; i < 128; i++, table += PAGE_SIZE)
		CHECK(probe_read(table) == TRAP_NONE, "page %lu after the tables is not mapped", i);
}

void test_main(void)
{
	unsigned long rsp;

	asm volatile("mov %%rsp, %0" : "=r" (rsp));
	CHECK(!memcmp(start_info->magic, "xen-3.0-x86_64", 14), "the magic is \"%s\"",
	      start_info->magic);
	CHECK((start_info->flags & (SIF_INITDOMAIN | SIF_PRIVILEGED)) ==
		      (SIF_INITDOMAIN | SIF_PRIVILEGED),
	      "the flags of the initial domain are %x", start_info->flags);
	CHECK(start_info->nr_pages >= 1024 && start_info->nr_pages <= 6 * 1024,
	      "24 MB are %lu pages", start_info->nr_pages);
	CHECK((start_info->shared_info & (PAGE_SIZE - 1)) == 0 && start_info->shared_info,
	      "shared_info is at %lx", start_info->shared_info);
	CHECK(argument("seed", 0) != 0,
	      "the command line \"%s\" has no seed=", (char *)start_info->cmd_line);
	CHECK(!start_info->mod_len, "there is a module of %lu bytes", start_info->mod_len);
	CHECK((start_info->mfn_list & 7) == 0 && start_info->mfn_list > GUEST_BASE,
	      "mfn_list is %lx", start_info->mfn_list);
	frames_test();
	tables_test();
}
