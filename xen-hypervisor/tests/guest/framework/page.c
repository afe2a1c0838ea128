/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages and page tables of a test kernel (see page.h). Relies on the builder having mapped every
 * page of the image, and its own tables read-only, at GUEST_BASE + pfn * 4096.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

#define POOL_PAGES 400

static u8 pool[POOL_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int pool_used;

void *page_alloc(unsigned int n)
{
	void *page;

	NEED_THAT(n <= POOL_PAGES - pool_used, "the pool has no %u pages left", n);
	page = pool[pool_used];
	pool_used += n;
	return page;
}

unsigned int page_mark(void) { return pool_used; }

void page_release(unsigned int mark)
{
	memset(pool[mark], 0, (pool_used - mark) * PAGE_SIZE);
	pool_used = mark;
}

unsigned int page_index(unsigned int level, u64 va)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;
}

/* The builder puts the top table first. */
unsigned long page_top_mfn(void) { return mfn_of((void *)start_info->pt_base); }

u64 *pte_at(unsigned int level, const volatile void *va)
{
	u64 *table = (u64 *)start_info->pt_base;
	unsigned int at;

	for (at = 4; at > level; at--) {
		u64 entry = READ(table[page_index(at, (u64)va)]);

		if (!(entry & PTE_P))
			return NULL;
		table = page_of_mfn((entry & PTE_FRAME) >> PAGE_SHIFT);
	}
	return &table[page_index(level, (u64)va)];
}

u64 pte_machine(const u64 *entry)
{
	return (u64)mfn_of(entry) << PAGE_SHIFT | ((u64)entry & (PAGE_SIZE - 1));
}

long pte_write_raw(u64 machine_address_and_type, u64 value, domid_t dom)
{
	struct mmu_update req = {.ptr = machine_address_and_type, .val = value};

	return mmu_update(&req, 1, NULL, dom);
}

long pte_write(const u64 *entry, u64 value, domid_t dom)
{
	return pte_write_raw(pte_machine(entry) | MMU_NORMAL_PT_UPDATE, value, dom);
}

long page_protect(void *page, u64 flags)
{
	return update_va_mapping(page, pte_make(mfn_of(page), flags), UVMF_INVLPG);
}

void *page_window(void) { return page_alloc(1); }

long page_show(void *window, unsigned long mfn, u64 flags, domid_t dom)
{
	long rc = pte_write(pte_at(1, window), pte_make(mfn, flags), dom);

	if (!rc)
		mmuext(MMUEXT_INVLPG_LOCAL, (u64)window, 0);
	return rc;
}

long page_restore(void *window) { return page_protect(window, PTE_RW); }

long table_pin(unsigned long mfn, unsigned int level)
{
	return mmuext(MMUEXT_PIN_L1_TABLE + level - 1, mfn, 0);
}

long table_unpin(unsigned long mfn) { return mmuext(MMUEXT_UNPIN_TABLE, mfn, 0); }
