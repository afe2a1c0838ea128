/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where everything goes in a new 64-bit paravirtual domain: arithmetic only, no hypervisor.
 *
 * The initial mapping is one-to-one from virt_base on; the public ABI gives the order:
 *
 *	pseudo-physical   0 ...  kernel | RAM disk* | frame list* | start_info | xenstore |
 *	                         console | page tables | boot stack |
 *	                         padding to 4 MB (at least 512 kB)
 *	not mapped by it:        RAM disk* | frame list* and the page tables that map it at INIT_P2M
 *
 * where * is in the lower row if the kernel says it can take it there, else in the upper.
 *
 * Relies on kernel.h. Used by: build.c, the unit tests' independent checker.
 */
#ifndef DOMAIN_BUILD_LAYOUT_H
#define DOMAIN_BUILD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/kernel.h"

#define BUILD_PAGE_SIZE   4096UL
#define BUILD_PAGE_SHIFT  12
#define BUILD_REGION_ALIGN (4UL << 20)
#define BUILD_MIN_PADDING  (512UL << 10)

/* A run of frames, by pseudo-physical frame number. */
struct build_extent {
	uint64_t pfn, count;
};

struct build_layout {
	uint64_t nr_pages;              /* of the domain */
	uint64_t virt_base;
	struct build_extent kernel, ramdisk, p2m, start_info, store, console, tables, stack;
	uint64_t mapped_pages;          /* the initial mapping covers frames 0 to this */
	/* page tables for the frame list at init_p2m; may be empty */
	struct build_extent p2m_tables;
	bool ramdisk_mapped, p2m_mapped;
	uint64_t p2m_va;                /* where the kernel finds the frame list */
	uint64_t ramdisk_bytes;
	uint64_t end;                   /* first frame nothing was put in */
};

/* 0; or -ENOMEM, -EINVAL and a sentence when it does not fit. */
int build_layout_compute(const char *kernel, const struct kernel_image *image,
			 uint64_t ramdisk_bytes, uint64_t nr_pages, struct build_layout *ret_layout,
			 struct error_text *err);

static inline uint64_t build_layout_va(const struct build_layout *l, uint64_t pfn)
{
	return l->virt_base + (pfn << BUILD_PAGE_SHIFT);
}

/*
 * The initial page tables: written to ordinary memory, entries holding machine frames from @mfns
 * (indexed by pseudo-physical frame). @tables has room for layout->tables.count pages, @p2m_tables
 * for layout->p2m_tables.count. The first of @tables is the top level. -EIO if the layout did not
 * set aside exactly what was needed (a defect, caught before a domain runs on it).
 */
int build_layout_fill_tables(const struct build_layout *l, const uint64_t *mfns, uint64_t *tables,
			     uint64_t *p2m_tables);

#endif /* DOMAIN_BUILD_LAYOUT_H */
