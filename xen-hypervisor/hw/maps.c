/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's page tables as a data structure: walking them, adding tables, mapping ranges.
 * What is mapped where is hw/pagetable.c's and the callers'.
 *
 * Tables come from the boot allocator and later from the heap, and are never taken away.  map_lock
 * protects the adding of tables; an entry belongs to whoever owns the address.
 */
#include <xen/boot.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/smp.h>

u64 *hv_l4;

static spinlock_t map_lock = SPINLOCK_INIT;
static bool heap_ready;

void hw_pagetable_heap_ready(void) { heap_ready = true; }

static u64 *table_new(mfn_t *ret_mfn)
{
	void *va;

	if (!heap_ready) {
		*ret_mfn = boot_alloc_frames(1, 1);
		return mfn_to_virt(*ret_mfn);
	}
	va = heap_alloc_virt(0, HEAP_ZERO);
	if (va)
		*ret_mfn = virt_to_mfn(va);
	return va;
}

static u64 *table_of(u64 entry) { return maddr_to_virt(_maddr(entry & PTE_ADDR_MASK)); }

/*
 * The entry for va at `level` (1..3), creating the tables above it; NULL when memory is out or a
 * large page is in the way.
 */
static u64 *walk(u64 va, unsigned int level, bool create)
{
	u64 *table = hv_l4;

	for (unsigned int l = 4; l > level; l--) {
		u64 *e = &table[(va >> (12 + 9 * (l - 1))) & 511];

		if (!(*e & PTE_P)) {
			mfn_t m;

			if (!create || !table_new(&m))
				return NULL;
			WRITE_ONCE(*e, mfn_x(m) << PAGE_SHIFT | HW_PTE_TABLE);
		}
		if (*e & PTE_PS)
			return NULL;
		table = table_of(*e);
	}
	return &table[(va >> (12 + 9 * (level - 1))) & 511];
}

u64 *hw_walk_l1(u64 va, bool create)
{
	u64 *e = walk(va, 1, false);

	/*
	 * Tables are never taken away, so a look needs no lock.  That matters in a context switch
	 * (hw_desc_map() with interrupts off): the holder may be waiting for this CPU to flush, for
	 * a frame from the heap.
	 */
	if (e || !create)
		return e;
	spin_lock(&map_lock);
	e = walk(va, 1, true);
	spin_unlock(&map_lock);
	return e;
}

void hw_map_page(u64 va, mfn_t m, u64 flags)
{
	u64 *e = hw_walk_l1(va, true);

	if (!e)
		panic("no memory for a page table at %#lx", va);
	WRITE_ONCE(*e, mfn_x(m) << PAGE_SHIFT | flags);
}

void hw_unmap_page(u64 va)
{
	u64 *e = hw_walk_l1(va, false);

	if (e)
		WRITE_ONCE(*e, 0);
	hw_tlb_flush_local_page(va);
}

/* Bytes from va to the end of the page that maps it; 0: not mapped. */
static u64 mapped_from(u64 va)
{
	u64 *table = hv_l4;

	for (unsigned int level = 4;; level--) {
		u64 size = PAGE_SIZE << 9 * (level - 1), e = table[va / size & 511];

		if (!(e & PTE_P))
			return 0;
		if (level == 1 || (e & PTE_PS))
			return size - (va & (size - 1));
		table = table_of(e);
	}
}

/* The largest page for what is left of a range, as far as alignment and length go. */
static unsigned int level_for(u64 va, u64 start, u64 size)
{
	if (cpu_features.pse1g && !((va | start) & ((1UL << 30) - 1)) && size >= 1UL << 30)
		return 3;
	return !((va | start) & ((1UL << 21) - 1)) && size >= 1UL << 21 ? 2 : 1;
}

/* Maps the first page of what is left; returns its size. */
static u64 map_one(u64 va, u64 start, u64 size, u64 flags)
{
	unsigned int level = level_for(va, start, size);
	u64 *e = walk(va, level, true);

	/* Where smaller pages are mapped already, only smaller ones fit between. */
	while (e && level > 1 && (*e & PTE_P))
		e = walk(va, --level, true);
	if (!e)
		panic("cannot map %#lx", va);
	*e = start | flags | (level > 1 ? PTE_PS : 0);
	return PAGE_SIZE << 9 * (level - 1);
}

void hw_map_range(u64 va, u64 start, u64 end, u64 flags)
{
	while (start < end) {
		u64 step = mapped_from(va);

		if (!step)
			step = map_one(va, start, end - start, flags);
		va += step;
		start += step;
	}
}
