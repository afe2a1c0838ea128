/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a test kernel: the image with its pool of pages is all it uses, and all of it was
 * mapped by its builder at GUEST_BASE + pfn * 4096. Pages are handed out and seldom taken back: a
 * test is short.
 */
#ifndef GUEST_PAGE_H
#define GUEST_PAGE_H

#include "test.h"

#define GUEST_BASE 0xffffffff80000000UL
#define PAGE_SIZE  4096UL
#define PAGE_SHIFT 12

#define PTE_P	   0x001UL
#define PTE_W	   0x002UL
#define PTE_U	   0x004UL
#define PTE_PWT	   0x008UL
#define PTE_PCD	   0x010UL
#define PTE_A	   0x020UL
#define PTE_D	   0x040UL
#define PTE_PSE	   0x080UL
#define PTE_G	   0x100UL
#define PTE_NX	   (1UL << 63)
#define PTE_FRAME  0x000ffffffffff000UL
#define PTE_RW	   (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define PTE_RO	   (PTE_P | PTE_U | PTE_A)

/* n consecutive pages of zeroes; ends the test when there are no more. */
void *page_alloc(unsigned int n);
/* All that was handed out since the mark is taken back; it must be mapped as it was. */
unsigned int page_mark(void);
void page_release(unsigned int mark);
unsigned int page_index(unsigned int level, u64 va);

static inline unsigned long pfn_of(const volatile void *va)
{
	return ((unsigned long)va - GUEST_BASE) >> PAGE_SHIFT;
}

static inline void *page_of_pfn(unsigned long pfn)
{
	return (void *)(GUEST_BASE + (pfn << PAGE_SHIFT));
}

static inline unsigned long *p2m(void) { return (unsigned long *)start_info->mfn_list; }

static inline unsigned long mfn_of(const volatile void *va) { return p2m()[pfn_of(va)]; }

static inline void *page_of_mfn(unsigned long mfn)
{
	return page_of_pfn(machine_to_phys_mapping[mfn]);
}

static inline u64 pte_make(unsigned long mfn, u64 flags) { return (u64)mfn << PAGE_SHIFT | flags; }

/* An entry of the tables as they are now: level 4 is the top, level 1 has the pages. Or NULL. */
unsigned long page_top_mfn(void);
u64 *pte_at(unsigned int level, const volatile void *va);
/* Machine address of an entry, as mmu_update wants it. */
u64 pte_machine(const u64 *entry);

/* One entry by MMU_NORMAL_PT_UPDATE, with frames of another domain if dom is not DOMID_SELF. */
long pte_write(const u64 *entry, u64 value, domid_t dom);
long pte_write_raw(u64 machine_address_and_type, u64 value, domid_t dom);

/* Own page: mapped with these flags at its place. */
long page_protect(void *page, u64 flags);
/*
 * A page of the pool whose mapping shows another frame; its own frame is out of sight until
 * page_restore().
 */
void *page_window(void);
long page_show(void *window, unsigned long mfn, u64 flags, domid_t dom);
long page_restore(void *window);

/* An empty (or filled by the caller) page made read-only and pinned as a table of that level. */
long table_pin(unsigned long mfn, unsigned int level);
long table_unpin(unsigned long mfn);

#endif
