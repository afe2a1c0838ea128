/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of page tables that are not present and name memory: on a processor with the L1TF fault
 * they end their domain, wherever they come from; on others they are the guest's own affair.
 */
#include <hw/asm.h>
#include <hw/host.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/page.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/rights.h>
#include <xen/x86.h>

#include "tap.h"

#define FRAMES 1024
#define NAMES_MEMORY 0x200000ULL
/* As kernels write it: the address inverted. */
#define NAMES_NOTHING (~0x200000ULL & PTE_ADDR_MASK)

struct boot_info boot_info;
bool rights_iomem_ok(struct domain *d, u64 first, u64 last) { return false; }

static struct domain *guest;

static int update(struct page_info *pt, enum page_type level, u64 val)
{
	guest->crash_reason = NULL;
	return pv_entry_update(pt, level, 3, val, PV_UPDATE_PLAIN, NULL, guest, guest);
}

static struct page_info *table(enum page_type level)
{
	struct page_info *pg = page_alloc_domain(guest, 0, HEAP_ZERO);

	return pg && !page_get_type(pg, level) ? pg : NULL;
}

static void test_entries(enum page_type level)
{
	struct page_info *pt = table(level);
	u64 *t = page_to_virt(pt);

	spec_l1tf = false;
	tap_ok(!update(pt, level, NAMES_MEMORY) && t[3] == NAMES_MEMORY && !guest->crash_reason,
	       "level %u: where it does no harm, an entry that is not present says what it likes",
	       level);
	spec_l1tf = true;
	tap_ok(!update(pt, level, 0) && !update(pt, level, NAMES_NOTHING) &&
		       !update(pt, level, 0x1fe) && !guest->crash_reason,
	       "level %u: an empty entry, an inverted address and mere flags are good", level);
	tap_ok(update(pt, level, NAMES_MEMORY | 0x80) == -XEN_EINVAL && t[3] == 0x1fe &&
		       guest->crash_reason,
	       "level %u: one that names memory is not written, and ends the domain", level);
	tap_ok(update(pt, level, 1ULL << 45 | NAMES_MEMORY | 1ULL << 50) == 0 &&
		       update(pt, level, 1ULL << 50 | NAMES_MEMORY) == -XEN_EINVAL,
	       "level %u: address bits that the processor does not have do not hide it", level);
}

static void test_tables(enum page_type level)
{
	struct page_info *pg = page_alloc_domain(guest, 0, HEAP_ZERO);
	u64 *t = page_to_virt(pg);

	guest->crash_reason = NULL;
	t[511] = NAMES_MEMORY;
	tap_ok(page_get_type(pg, level) == -XEN_EINVAL && guest->crash_reason,
	       "a page with such an entry becomes no table of level %u", level);
	guest->crash_reason = NULL;
	t[511] = NAMES_NOTHING;
	tap_ok(!page_get_type(pg, level) && !guest->crash_reason, "without it does");
}

static void test_dom0(void)
{
	struct page_info *pt = table(PAGE_L1);

	dom0 = guest;
	tap_ok(update(pt, PAGE_L1, NAMES_MEMORY) == 0 && !guest->crash_reason,
	       "the initial domain is let be");
	dom0 = NULL;
}

int main(void)
{
	host_machine_init(FRAMES, 1);
	boot_info.nr_e820 = 1;
	boot_info.e820[0] = (struct e820_entry){ 0, FRAMES * PAGE_SIZE, E820_RAM };
	page_init(46);
	heap_add_range(_mfn(1), _mfn(FRAMES));
	guest = host_domain_create(1, false, 64, 1);
	host_cpu_start(0, guest->vcpus[0]);
	for (enum page_type level = PAGE_L1; level <= PAGE_L4; level++) {
		test_entries(level);
		test_tables(level);
	}
	test_dom0();
	return tap_done();
}
