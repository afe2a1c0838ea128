/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things lie in dom0's pseudo-physical memory when its kernel starts (public/xen.h, "start of
 * day").
 *
 *   0 ... kernel ... | start_info |
 *   first page tables | boot stack | padding  mapped at virt_base, one to one
 *   frame list | its page tables              mapped at the kernel's INIT_P2M
 *   initrd                                    not mapped (MOD_START_PFN)
 *   everything else
 *
 * A kernel without an INIT_P2M note gets its frame list in the mapped part instead, and one that
 * cannot take its initrd by frame number has that mapped, too.
 */
#include <public/errno.h>
#include <xen/page.h>

#include "dom0.h"

#define MB4_PAGES 1024

/* Tables needed to map [va, va + pages): levels 1 to 3, without the top. */
static u64 tables_for(u64 va, u64 pages)
{
	u64 end = va + (pages << PAGE_SHIFT) - 1, n = 0;

	for (unsigned int shift = 21; shift <= 39; shift += 9)
		n += (end >> shift) - (va >> shift) + 1;
	return n;
}

int dom0_layout(struct dom0_build *b, struct error_text *err)
{
	const struct kernel_image *k = &b->kernel;
	u64 p2m_pages = DIV_ROUND_UP(b->nr_pages * sizeof(u64), PAGE_SIZE),
	    next = DIV_ROUND_UP(k->end, PAGE_SIZE);
	bool p2m_apart = k->init_p2m != KERNEL_UNSET;
	u64 start;

	b->nr_initrd = DIV_ROUND_UP(b->initrd_size, PAGE_SIZE);
	b->nr_p2m = p2m_pages;
	if (!k->ramdisk_unmapped) {
		b->pfn_initrd = next;
		next += b->nr_initrd;
	}
	if (!p2m_apart) {
		b->pfn_p2m = next;
		b->va_p2m = dom0_va(b, next);
		next += p2m_pages;
	}
	b->pfn_start_info = next++;
	b->pfn_tables = start = next;
	/* The tables map themselves: grow until the number of tables covers its own growth. */
	for (u64 n = 1;; n = b->nr_tables) {
		next = start + n + 1; /* and the stack */
		/* at least 512 kB of padding, to a 4 MB boundary */
		b->pfn_mapped_end = ROUND_UP(next + 128, (u64)MB4_PAGES);
		b->nr_tables = 1 + tables_for(k->virt_base, b->pfn_mapped_end);
		if (b->nr_tables <= n) {
			b->nr_tables = n;
			break;
		}
	}
	b->pfn_stack = start + b->nr_tables;
	next = b->pfn_mapped_end;
	if (p2m_apart) {
		b->pfn_p2m = next;
		b->va_p2m = k->init_p2m;
		b->nr_p2m_tables = tables_for(b->va_p2m, p2m_pages);
		next += p2m_pages + b->nr_p2m_tables;
	}
	if (k->ramdisk_unmapped) {
		b->pfn_initrd = next;
		next += b->nr_initrd;
	}
	b->pfn_end = next;
	if (next > b->nr_pages)
		return error_text_fail(err, -XEN_ENOMEM,
				       "dom0_mem gives dom0 %lu MB, but its kernel and initrd need "
				       "%lu MB; give it more",
				       b->nr_pages >> 8, (next >> 8) + 1);
	return 0;
}
