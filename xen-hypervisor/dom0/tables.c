/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dom0's first page tables and its frame list.  They are written here directly; that they obey the
 * rules is then established by the same validation that every guest's tables go through, when the
 * top-level table is pinned.
 */
#include <public/errno.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/x86.h>

#include "dom0.h"

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

static u64 *frame_va(const struct dom0_build *b, u64 pfn) { return mfn_to_virt(_mfn(b->p2m[pfn])); }

/*
 * Table frames for the mapped part come from pfn_tables, those of the frame list from behind the
 * list.
 */
static u64 new_table(struct dom0_build *b)
{
	u64 pfn = b->table_next++;

	memset(frame_va(b, pfn), 0, PAGE_SIZE);
	return b->p2m[pfn];
}

static void map(struct dom0_build *b, u64 va, u64 pfn, bool writable)
{
	u64 *table = mfn_to_virt(b->l4);

	for (unsigned int shift = 39; shift > 12; shift -= 9) {
		u64 *e = &table[(va >> shift) & 511];

		if (!(*e & PTE_P))
			*e = new_table(b) << PAGE_SHIFT | TABLE_FLAGS;
		table = mfn_to_virt(_mfn((*e & PTE_ADDR_MASK) >> PAGE_SHIFT));
	}
	table[(va >> 12) & 511] = b->p2m[pfn] << PAGE_SHIFT | PTE_P | PTE_US | PTE_A |
				  (writable ? PTE_RW | PTE_D : 0);
}

static bool is_table(const struct dom0_build *b, u64 pfn)
{
	return pfn >= b->pfn_tables && pfn < b->pfn_tables + b->nr_tables;
}

static void write_p2m(struct dom0_build *b)
{
	for (u64 i = 0; i < b->nr_p2m; i++) {
		u64 *list = frame_va(b, b->pfn_p2m + i);

		for (u64 j = 0; j < PAGE_SIZE / 8; j++) {
			u64 pfn = i * (PAGE_SIZE / 8) + j;

			list[j] = pfn < b->nr_pages ? b->p2m[pfn] : ~0ULL;
		}
	}
}

int dom0_make_tables(struct dom0_build *b, struct error_text *err)
{
	int rc;

	b->table_next = b->pfn_tables;
	b->l4 = _mfn(new_table(b));
	for (u64 pfn = 0; pfn < b->pfn_mapped_end; pfn++)
		map(b, dom0_va(b, pfn), pfn, !is_table(b, pfn));
	if (b->table_next > b->pfn_tables + b->nr_tables)
		return error_text_fail(err, -XEN_EINVAL,
				       "dom0's first page tables need more frames than were laid "
				       "out");
	write_p2m(b);
	if (b->nr_p2m_tables) {
		b->table_next = b->pfn_p2m + b->nr_p2m;
		for (u64 i = 0; i < b->nr_p2m; i++)
			map(b, b->va_p2m + (i << PAGE_SHIFT), b->pfn_p2m + i, true);
	}
	do
		rc = page_pin(mfn_to_page(b->l4), PAGE_L4);
	while (rc == -XEN_ERESTART || rc == -XEN_EINTR);
	if (rc)
		return error_text_fail(err, rc, "dom0's first page tables were refused (error %d)",
				       rc);
	return 0;
}
