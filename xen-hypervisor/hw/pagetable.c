/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's address space: what lies in the sixteen top-level slots of layout.h, below one
 * table that idle CPUs run on.  The tables themselves are hw/maps.c's.
 *
 * The level-3 tables of all sixteen slots exist from the start and are shared by every address
 * space, so filling a guest's top-level table is a copy of sixteen entries and a mapping made later
 * is seen everywhere.  Nothing is both writable and executable once hw_pagetable_finish() has run.
 */
#include <hw/percpu-layout.h>
#include <public/errno.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/percpu.h>
#include <xen/pv.h>
#include <xen/smp.h>

mfn_t hv_l4_mfn;
u64 frame_count;

static spinlock_t devmap_lock = SPINLOCK_INIT;
static u64 devmap_next = DEVMAP_START;

extern char __text_start[], __text_end[], __rodata_end[], __init_begin[], __init_end[],
	__image_end[], __stub_page[];
extern u64 boot_l4[512];

#define PTE_KERNEL (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)

/* A table of the hypervisor that grows with memory: fresh frames in 2 MB pieces, mapped at va. */
static void map_fresh(u64 va, u64 size, u64 ro_alias)
{
	for (u64 off = 0; off < size; off += 1UL << 21) {
		u64 start = mfn_x(boot_alloc_frames(512, 512)) << PAGE_SHIFT;

		hw_map_range(va + off, start, start + (1UL << 21), PTE_KERNEL | PTE_G);
		if (ro_alias)
			hw_map_range(ro_alias + off, start, start + (1UL << 21),
				  PTE_P | PTE_A | PTE_US | PTE_NX);
	}
}

static u64 image_maddr(const char *p) { return (u64)p - IMAGE_START; }

static void map_image(void)
{
	hw_map_range((u64)__text_start, image_maddr(__text_start), image_maddr(__text_end),
		  PTE_P | PTE_A | PTE_G);
	hw_map_range((u64)__text_end, image_maddr(__text_end), image_maddr(__rodata_end),
		  PTE_P | PTE_A | PTE_NX | PTE_G);
	hw_map_range((u64)__rodata_end, image_maddr(__rodata_end), image_maddr(__init_begin),
		  PTE_KERNEL | PTE_G);
	/*
	 * Boot-only code and data are both in one range; it is gone before the first guest runs,
	 * page by page, so it has no large ones.
	 */
	for (const char *p = __init_begin; p < __init_end; p += PAGE_SIZE)
		hw_map_page((u64)p, _mfn(image_maddr(p) >> PAGE_SHIFT),
			    PTE_P | PTE_RW | PTE_A | PTE_D);
	hw_map_range((u64)__init_end, image_maddr(__init_end), image_maddr(__image_end),
		  PTE_KERNEL | PTE_G);
}

/*
 * Memory at its own address.  Ranges need not begin and end with a page: what shares a page with
 * memory or firmware tables is mapped with them, once; nothing is allocated from such a page.
 */
static void map_memory(u64 start, u64 end)
{
	start = ROUND_DOWN(start, PAGE_SIZE);
	end = min(ROUND_UP(end, PAGE_SIZE), (u64)DIRECTMAP_SIZE);
	if (start < end)
		hw_map_range(DIRECTMAP_START + start, start, end, PTE_KERNEL | PTE_G);
}

static void map_directmap(void)
{
	u64 top = 0;

	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 end = min(e->start + e->size, (u64)DIRECTMAP_SIZE);

		/* Firmware tables are read through the direct map as well. */
		if (e->type == E820_RAM || e->type == E820_ACPI || e->type == E820_NVS)
			map_memory(e->start, end);
		if (e->type == E820_RAM)
			top = max(top, end);
	}
	/* The legacy area and firmware regions marked reserved that hold ACPI's root pointer. */
	map_memory(0x9f000, 0x100000);
	frame_count = ROUND_UP(top, PAGE_SIZE) >> PAGE_SHIFT;
}

void hw_pagetable_init(void)
{
	u64 *l4;

	hv_l4_mfn = boot_alloc_frames(1, 1);
	l4 = mfn_to_virt(hv_l4_mfn);
	hv_l4 = l4;
	for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
		l4[slot] = mfn_x(boot_alloc_frames(1, 1)) << PAGE_SHIFT | HW_PTE_TABLE;
	map_directmap();
	map_image();
	map_fresh(FRAMETABLE_START, ROUND_UP(frame_count * sizeof(struct page_info), 1UL << 21), 0);
	map_fresh(M2P_RW_START, ROUND_UP(frame_count * 8, 1UL << 21), M2P_RO_START);
	/* Code and stack are at the same addresses in the new table. */
	hw_write_cr3(mfn_x(hv_l4_mfn) << PAGE_SHIFT);
	memset((void *)M2P_RW_START, 0xff, ROUND_UP(frame_count * 8, 1UL << 21));
}

void hw_pagetable_finish(void)
{
	u64 start = (u64)__init_begin, end = (u64)__init_end;

	for (u64 va = start; va < end; va += PAGE_SIZE) {
		/* Left mapped, the heap would hand out memory that is writable and executable. */
		if (!hw_walk_l1(va, false))
			panic("boot-only memory at %#lx is not mapped by a page of its own", va);
		hw_unmap_page(va);
	}
	hw_tlb_flush_local_all();
	if (end > start)
		heap_add_range(_mfn(image_maddr(__init_begin) >> PAGE_SHIFT),
			       _mfn(image_maddr(__init_end) >> PAGE_SHIFT));
	log_info("boot: %lu kB of boot-only code and data freed", (end - start) >> 10);
}

void *hw_map_device(maddr_t start, u64 size, bool wc)
{
	u64 a = maddr_x(start), first = ROUND_DOWN(a, PAGE_SIZE),
	    last = ROUND_UP(a + size, PAGE_SIZE), va;

	spin_lock(&devmap_lock);
	va = devmap_next;
	if (last <= first || last - first > M2P_RW_START - va) {
		spin_unlock(&devmap_lock);
		return NULL;
	}
	devmap_next += last - first + PAGE_SIZE; /* a page between mappings stays unmapped */
	spin_unlock(&devmap_lock);
	for (u64 off = 0; off < last - first; off += PAGE_SIZE) {
		u64 *e = hw_walk_l1(va + off, true);

		if (!e)
			return NULL;
		*e = (first + off) | PTE_KERNEL | PTE_G | (wc ? PTE_PAT : PTE_PCD | PTE_PWT);
	}
	return (void *)(va + (a - first));
}

void hw_fill_hv_slots(u64 *l4)
{
	for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
		l4[slot] = hv_l4[slot];
}

/* --- per-CPU areas --- */

BUILD_CHECK(PERCPU_AREA_SIZE == 1 << 16 && !(PERCPU_START & 0xffffffff)); /* percpu-layout.h */

unsigned long hw_cpu_area(unsigned int cpu) { return PERCPU_START + (u64)cpu * PERCPU_AREA_SIZE; }

static void map_cpu_page(unsigned int cpu, unsigned int offset)
{
	void *page = heap_alloc_virt(0, HEAP_ZERO);

	if (!page)
		panic("no memory for CPU %u", cpu);
	hw_map_page(hw_cpu_area(cpu) + offset, virt_to_mfn(page), PTE_KERNEL);
}

void hw_map_cpu_area(unsigned int cpu)
{
	hw_map_page(hw_cpu_area(cpu) + PERCPU_STUB, _mfn(image_maddr(__stub_page) >> PAGE_SHIFT),
		    PTE_P | PTE_A);
	map_cpu_page(cpu, PERCPU_TSS);
	for (unsigned int off = PERCPU_STACK; off < PERCPU_STACK_TOP; off += PAGE_SIZE)
		if (off != PERCPU_STACK_GUARD)
			map_cpu_page(cpu, off);
}

/* --- descriptor windows --- */

#define DESC_SLOTS_MAX (1u << 16)
static u64 desc_used[DESC_SLOTS_MAX / 64];
static spinlock_t desc_lock = SPINLOCK_INIT;

static u64 desc_va(unsigned int slot, unsigned int index)
{
	return DESC_START + ((u64)slot * DESC_WINDOW_PAGES + index) * PAGE_SIZE;
}

int hw_desc_alloc_slot(unsigned int *ret_slot)
{
	unsigned int slot;
	int rc = 0;

	spin_lock(&desc_lock);
	/* the first ones are the idle CPUs' */
	slot = bit_find_next_zero(desc_used, DESC_SLOTS_MAX, NR_CPUS);
	if (slot == DESC_SLOTS_MAX)
		rc = -XEN_ENOSPC;
	else
		bit_set_plain(desc_used, slot);
	spin_unlock(&desc_lock);
	if (rc)
		return rc;
	if (!hw_walk_l1(desc_va(slot, 0), true)) {
		hw_desc_free_slot(slot);
		return -XEN_ENOMEM;
	}
	*ret_slot = slot;
	return 0;
}

void hw_desc_free_slot(unsigned int slot)
{
	spin_lock(&desc_lock);
	bit_clear_plain(desc_used, slot);
	spin_unlock(&desc_lock);
}

void hw_desc_map(unsigned int slot, unsigned int index, mfn_t m, bool writable)
{
	u64 *e = hw_walk_l1(desc_va(slot, index), true);

	/*
	 * The processor sets the accessed bit of descriptors in a write of its own, so guests'
	 * pages are mapped writable for the hypervisor; supervisor-only, hence out of the guest's
	 * reach.
	 */
	if (e)
		WRITE_ONCE(*e, mfn_x(m) << PAGE_SHIFT | PTE_P | PTE_A | PTE_D | PTE_NX |
				       (writable ? PTE_RW : 0));
	hw_tlb_flush_local_page(desc_va(slot, index));
}

void hw_desc_unmap(unsigned int slot, unsigned int index) { hw_unmap_page(desc_va(slot, index)); }
