/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout and initial page tables of a new domain; see build-layout.h for the picture. Pure
 * functions.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "domain/build-layout.h"

#define ENTRIES_PER_TABLE 512
#define PTE_PRESENT  0x001UL
#define PTE_WRITE    0x002UL
#define PTE_USER     0x004UL
#define PTE_ACCESSED 0x020UL
#define PTE_DIRTY    0x040UL
#define PTE_FRAME(e) (((e) >> BUILD_PAGE_SHIFT) & 0xffffffffffUL)
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_READONLY (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

#define HYPERVISOR_FIRST 0xffff800000000000UL
#define HYPERVISOR_LAST  0xffff87ffffffffffUL

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + BUILD_PAGE_SIZE - 1) >> BUILD_PAGE_SHIFT;
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* Tables of one level that it takes for [@first, @last], each covering 2^@shift bytes. */
static uint64_t tables_at(uint64_t first, uint64_t last, unsigned int shift)
{
	return (last >> shift) - (first >> shift) + 1;
}

/* Tables below the top level for @count pages from @va. */
static uint64_t tables_below_top(uint64_t va, uint64_t count)
{
	uint64_t last = va + (count << BUILD_PAGE_SHIFT) - 1;

	return tables_at(va, last, 21) + tables_at(va, last, 30) + tables_at(va, last, 39);
}

static struct build_extent take(uint64_t *next, uint64_t count)
{
	struct build_extent e = { .pfn = *next, .count = count };

	*next += count;
	return e;
}

/* The region's end after @end_pfn: padded and, as a virtual address, on a 4 MB boundary. */
static uint64_t region_end(const struct build_layout *l, uint64_t end_pfn)
{
	uint64_t va = round_up(build_layout_va(l, end_pfn) + BUILD_MIN_PADDING, BUILD_REGION_ALIGN);

	return (va - l->virt_base) >> BUILD_PAGE_SHIFT;
}

/*
 * The page tables lie in the region they map, so their number depends on itself; it only grows and
 * soon stands still.
 */
static void place_tables(struct build_layout *l, uint64_t first)
{
	uint64_t count = 0, needed = 1, next;

	while (count != needed) {
		count = needed;
		next = first;
		l->tables = take(&next, count);
		l->stack = take(&next, 1);
		l->mapped_pages = region_end(l, next);
		needed = 1 + tables_below_top(l->virt_base, l->mapped_pages);
	}
}

static void place(const struct kernel_image *image, uint64_t ramdisk_pages, uint64_t p2m_pages,
		  struct build_layout *l)
{
	uint64_t next = l->kernel.pfn + l->kernel.count;

	if (l->ramdisk_mapped)
		l->ramdisk = take(&next, ramdisk_pages);
	if (l->p2m_mapped)
		l->p2m = take(&next, p2m_pages);
	l->start_info = take(&next, 1);
	l->store = take(&next, 1);
	l->console = take(&next, 1);
	place_tables(l, next);
	next = l->mapped_pages;
	if (!l->ramdisk_mapped)
		l->ramdisk = take(&next, ramdisk_pages);
	if (!l->p2m_mapped) {
		l->p2m = take(&next, p2m_pages);
		l->p2m_tables = take(&next, tables_below_top(image->init_p2m, p2m_pages));
	}
	l->p2m_va = l->p2m_mapped ? build_layout_va(l, l->p2m.pfn) : image->init_p2m;
	l->end = next;
}

static bool range_is_legal(uint64_t va, uint64_t pages)
{
	uint64_t last = va + (pages << BUILD_PAGE_SHIFT) - 1;
	bool low = last < 1UL << 47, high = va >= HYPERVISOR_FIRST;

	if (last < va || (!low && !high))
		return false;
	return last < HYPERVISOR_FIRST || va > HYPERVISOR_LAST;
}

/* The two mappings must not share a table below the top level. */
static bool ranges_are_apart(const struct build_layout *l)
{
	uint64_t first = l->virt_base >> 39;
	uint64_t last = (build_layout_va(l, l->mapped_pages) - 1) >> 39;
	uint64_t p2m_first = l->p2m_va >> 39;
	uint64_t p2m_last = (l->p2m_va + (l->p2m.count << BUILD_PAGE_SHIFT) - 1) >> 39;

	return l->p2m_mapped || p2m_last < first || p2m_first > last;
}

/*
 * Whether the initial mapping stays below the end of the address space, with room for its tables.
 */
static bool region_fits(const struct build_layout *l, const struct kernel_image *image)
{
	uint64_t bytes = image->end;

	if (l->ramdisk_mapped)
		bytes += l->ramdisk_bytes;
	if (l->p2m_mapped)
		bytes += l->nr_pages * sizeof(uint64_t);
	return bytes + bytes / 128 + 4 * BUILD_REGION_ALIGN <= UINT64_MAX - l->virt_base;
}

static int refuse_addresses(const char *kernel, const struct kernel_image *image,
			    struct error_text *err)
{
	return error_text_fail(err, -EINVAL,
			       "%s: wants to be mapped at 0x%llx and its frame list at 0x%llx, "
			       "which is not possible for a "
			       "paravirtual domain of this size",
			       kernel, (unsigned long long)image->virt_base,
			       (unsigned long long)image->init_p2m);
}

int build_layout_compute(const char *kernel, const struct kernel_image *image,
			 uint64_t ramdisk_bytes, uint64_t nr_pages, struct build_layout *ret_layout,
			 struct error_text *err)
{
	struct build_layout l = { .nr_pages = nr_pages, .virt_base = image->virt_base };

	l.kernel.pfn = image->start >> BUILD_PAGE_SHIFT;
	l.kernel.count = pages_of(image->end) - l.kernel.pfn;
	l.ramdisk_mapped = !image->ramdisk_unmapped;
	l.p2m_mapped = image->init_p2m == KERNEL_UNSET;
	l.ramdisk_bytes = ramdisk_bytes;
	if (!region_fits(&l, image))
		return refuse_addresses(kernel, image, err);
	place(image, pages_of(ramdisk_bytes), pages_of(nr_pages * sizeof(uint64_t)), &l);
	if (l.end > nr_pages)
		return error_text_fail(err, -ENOMEM,
				       "%s: needs %llu kB to start (kernel, RAM disk of %llu kB "
				       "and tables) but the domain is given "
				       "%llu kB; raise memory",
				       kernel, (unsigned long long)l.end * 4,
				       (unsigned long long)ramdisk_bytes >> 10,
				       (unsigned long long)nr_pages * 4);
	if (!range_is_legal(l.virt_base, l.mapped_pages) ||
	    !range_is_legal(l.p2m_va, l.p2m.count) || !ranges_are_apart(&l))
		return refuse_addresses(kernel, image, err);
	*ret_layout = l;
	return 0;
}

/* ---- page tables -------------------------------------------------------------------------- */

/*
 * While the tables grow, entries hold pseudo-physical frames, so that a walk can find a table's
 * contents again; at the end they are turned into machine frames.
 */
struct pool {
	uint64_t *pages;
	struct build_extent extent;
	uint64_t used;
};

struct filler {
	struct pool main, p2m;
};

static uint64_t *pool_table(struct pool *pool, uint64_t pfn)
{
	if (pfn < pool->extent.pfn || pfn - pool->extent.pfn >= pool->used)
		return NULL;
	return pool->pages + (pfn - pool->extent.pfn) * ENTRIES_PER_TABLE;
}

static uint64_t *table_find(struct filler *f, uint64_t pfn)
{
	uint64_t *table = pool_table(&f->main, pfn);

	return table ? table : pool_table(&f->p2m, pfn);
}

static int table_new(struct pool *pool, uint64_t *ret_pfn)
{
	if (pool->used == pool->extent.count)
		return -EIO;
	*ret_pfn = pool->extent.pfn + pool->used++;
	memset(pool_table(pool, *ret_pfn), 0, BUILD_PAGE_SIZE);
	return 0;
}

/* The level 1 table for @va, made from @pool down from the top as needed. */
static int table_walk(struct filler *f, struct pool *pool, uint64_t va, uint64_t **ret_table)
{
	uint64_t *table = f->main.pages, *entry, pfn;
	unsigned int shift;
	int rc;

	for (shift = 39; shift > 12; shift -= 9) {
		entry = &table[(va >> shift) % ENTRIES_PER_TABLE];
		if (!*entry) {
			rc = table_new(pool, &pfn);
			if (rc)
				return rc;
			*entry = pfn << BUILD_PAGE_SHIFT | PTE_TABLE;
		}
		table = table_find(f, PTE_FRAME(*entry));
		if (!table)
			return -EIO;
	}
	*ret_table = table;
	return 0;
}

/* A page table must not be writable to the guest: the hypervisor refuses such a mapping. */
static int map_pages(const struct build_layout *l, struct filler *f, struct pool *pool, uint64_t va,
		     struct build_extent what)
{
	uint64_t i, pfn, *table;
	int rc;

	for (i = 0; i < what.count; i++, va += BUILD_PAGE_SIZE) {
		pfn = what.pfn + i;
		rc = table_walk(f, pool, va, &table);
		if (rc)
			return rc;
		table[(va >> BUILD_PAGE_SHIFT) % ENTRIES_PER_TABLE] = pfn << BUILD_PAGE_SHIFT |
			(pfn - l->tables.pfn < l->tables.count ? PTE_READONLY : PTE_TABLE);
	}
	return 0;
}

static void to_machine(struct pool *pool, const uint64_t *mfns)
{
	uint64_t i, e;

	for (i = 0; i < pool->used * ENTRIES_PER_TABLE; i++) {
		e = pool->pages[i];
		if (e)
			pool->pages[i] = mfns[PTE_FRAME(e)] << BUILD_PAGE_SHIFT |
					 (e & (BUILD_PAGE_SIZE - 1));
	}
}

int build_layout_fill_tables(const struct build_layout *l, const uint64_t *mfns, uint64_t *tables,
			     uint64_t *p2m_tables)
{
	struct filler f = {
		.main = { .pages = tables, .extent = l->tables },
		.p2m = { .pages = p2m_tables, .extent = l->p2m_tables },
	};
	struct build_extent all = { .pfn = 0, .count = l->mapped_pages };
	uint64_t top;
	int rc;

	rc = table_new(&f.main, &top);
	if (!rc)
		rc = map_pages(l, &f, &f.main, l->virt_base, all);
	if (!rc && !l->p2m_mapped)
		rc = map_pages(l, &f, &f.p2m, l->p2m_va, l->p2m);
	if (rc)
		return rc;
	if (f.main.used != f.main.extent.count || f.p2m.used != f.p2m.extent.count)
		return -EIO;
	to_machine(&f.main, mfns);
	to_machine(&f.p2m, mfns);
	return 0;
}
