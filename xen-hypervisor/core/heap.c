/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame heap: a binary buddy allocator over the frame table.
 *
 * Free blocks hang on lists by zone and order.  A zone is the number of bits that the frame number
 * needs, so "below 2^n" means the lower zones, and an allocation without a limit takes from the
 * highest zone first.  Each list has its clean blocks before its dirty ones, so clean memory is
 * found first and idle CPUs find the dirty at the tail.  The first frame of a dirty block keeps (in
 * aux) how many frames from its start are clean for certain.
 *
 * A frame that somebody used is dirty: it may hold their data, and CPUs may hold translations of
 * it.  Before it is handed out (or when an idle CPU gets to it) the TLBs are flushed first, then
 * the frame is zeroed: the other way round a guest could still write to it after the zeroing.
 *
 * Owns heap_lock, a leaf, taken with interrupts disabled.  Frame 0 is never given to the heap:
 * links use 0 as none.  Relies on the frame table, the direct map and core/tlb.c.
 */
#include <xen/errno.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/smp.h>

#define NR_ZONES 41
#define NR_ORDERS (HEAP_MAX_ORDER + 1)

static spinlock_t heap_lock = SPINLOCK_INIT;
static struct { u32 head, tail; } free_lists[NR_ZONES][NR_ORDERS];
static u32 zone_orders[NR_ZONES];	/* bit n: the list of order n is not empty */
static u64 free_frames, total_frames, dirty_frames, claimed_frames;

static struct page_info *frame(u64 m) { return mfn_to_page(_mfn(m)); }
static u32 number(const struct page_info *pg) { return (u32)mfn_x(page_to_mfn(pg)); }
static unsigned int block_order(const struct page_info *pg) { return pg->type & 0xff; }

static unsigned int block_zone(u64 m, unsigned int order)
{
	return 64 - __builtin_clzll(m + (1ULL << order) - 1);
}

/* ------------------------------------------------------------------ lists, under heap_lock */

/* clean: frames from the block's start that are clean for certain; all of them: a clean block. */
static void block_insert(struct page_info *pg, unsigned int order, u32 clean)
{
	u32 m = number(pg);
	unsigned int zone = block_zone(m, order);
	__typeof__(&free_lists[0][0]) l = &free_lists[zone][order];
	bool dirty = clean < 1u << order;

	pg->type = (pg->type & ~0xffULL & ~PAGE_FREE_ANY_DIRTY) | PAGE_FREE_HEAD | order |
		   (dirty ? PAGE_FREE_ANY_DIRTY : 0);
	pg->aux = clean;
	pg->next = dirty ? 0 : l->head;
	pg->prev = dirty ? l->tail : 0;
	if (pg->next)
		frame(pg->next)->prev = m;
	else
		l->tail = m;
	if (pg->prev)
		frame(pg->prev)->next = m;
	else
		l->head = m;
	zone_orders[zone] |= 1u << order;
}

static void block_remove(struct page_info *pg)
{
	unsigned int order = block_order(pg), zone = block_zone(number(pg), order);
	__typeof__(&free_lists[0][0]) l = &free_lists[zone][order];

	if (pg->next)
		frame(pg->next)->prev = pg->prev;
	else
		l->tail = pg->prev;
	if (pg->prev)
		frame(pg->prev)->next = pg->next;
	else
		l->head = pg->next;
	if (!l->head)
		zone_orders[zone] &= ~(1u << order);
	pg->next = pg->prev = pg->aux = 0;
	pg->type &= ~(PAGE_FREE_HEAD | PAGE_FREE_ANY_DIRTY | 0xffULL);
}

/* Gives a block of free frames (not on a list) back, joined with its free buddies. */
static void block_release(struct page_info *pg, unsigned int order, u32 clean)
{
	u64 m = number(pg);

	while (order < HEAP_MAX_ORDER) {
		u64 other = m ^ (1ULL << order);
		struct page_info *buddy = frame(other);
		u32 size = 1u << order;

		if (other >= frame_count || READ_ONCE(buddy->count) != PAGE_FREE ||
		    !(buddy->type & PAGE_FREE_HEAD) || block_order(buddy) != order)
			break;
		if (other > m)
			clean = clean < size ? clean : size + buddy->aux;
		else
			clean = buddy->aux < size ? buddy->aux : size + clean;
		block_remove(buddy);
		m &= ~(1ULL << order++);
	}
	block_insert(frame(m), order, clean);
}

/*
 * Takes a listed block and splits it down to the part of 2^order frames around frame `at` of it,
 * whose frames stay marked free.  *ret_clean as for block_insert().
 */
static struct page_info *block_take(struct page_info *pg, unsigned int order, u32 at,
				    u32 *ret_clean)
{
	unsigned int o = block_order(pg);
	u32 clean = pg->aux;

	block_remove(pg);
	while (o-- > order) {
		u32 half = 1u << o;

		if (at >= half) {
			block_insert(pg, o, min(clean, half));
			pg += half;
			at -= half;
			clean = clean > half ? clean - half : 0;
		} else {
			block_insert(pg + half, o, clean > half ? clean - half : 0);
			clean = min(clean, half);
		}
	}
	*ret_clean = clean;
	return pg;
}

static struct page_info *block_find(unsigned int order, unsigned int max_zone)
{
	for (int zone = max_zone; zone >= 0; zone--) {
		u32 orders = zone_orders[zone] >> order;

		if (orders)
			return frame(free_lists[zone][order + __builtin_ctz(orders)].head);
	}
	return NULL;
}

/* ------------------------------------------------------------------ flushing and scrubbing */

/*
 * Flushes what may hold translations of the dirty frames of a block.  False where that needs other
 * CPUs but interrupts are disabled.
 */
static bool flush_dirty(struct page_info *pg, u64 count)
{
	u32 now = tlb_clock(), youngest = ~0u;
	bool found = false;
	cpumask_t mask = cpu_online_map;
	unsigned int cpu;

	for (u64 i = 0; i < count; i++) {
		if (!(pg[i].type & PAGE_FREE_DIRTY))
			continue;
		found = true;
		youngest = min(youngest, now - (u32)(pg[i].type >> PAGE_TYPE_STAMP_SHIFT));
	}
	if (!found)
		return true;
	tlb_filter(&mask, now - youngest);
	cpu = cpumask_next(&mask, 0);
	if (!hw_irqs_enabled() && cpu < NR_CPUS &&
	    (cpu != hw_cpu_id() || cpumask_next(&mask, cpu + 1) < NR_CPUS))
		return false;
	tlb_flush_mask(&mask, TLB_ALL);
	return true;
}

static u64 scrub(struct page_info *pg, u64 count, bool write)
{
	u64 n = 0;

	for (u64 i = 0; i < count; i++) {
		if (!(pg[i].type & PAGE_FREE_DIRTY))
			continue;
		if (write)
			memset(page_to_virt(&pg[i]), 0, PAGE_SIZE);
		pg[i].type = 0;
		n++;
	}
	return n;
}

static void forget_dirty(u64 n)
{
	if (n)
		__atomic_fetch_sub(&dirty_frames, n, __ATOMIC_RELAXED);
}

bool heap_scrub_some(unsigned int max)
{
	struct page_info *pg = NULL;
	unsigned int order = 0, want = max ? 31 - __builtin_clz(max) : 0;
	unsigned long flags;
	u32 clean;

	if (!READ_ONCE(dirty_frames))
		return false;
	flags = spin_lock_irqsave(&heap_lock);
	for (int zone = NR_ZONES - 1; zone >= 0 && !pg; zone--)
		for (u32 orders = zone_orders[zone]; orders && !pg; orders &= orders - 1) {
			order = __builtin_ctz(orders);
			pg = frame(free_lists[zone][order].tail);
			if (!(pg->type & PAGE_FREE_ANY_DIRTY))
				pg = NULL;
		}
	if (pg)
		pg = block_take(pg, order = min(order, want), pg->aux, &clean);
	spin_unlock_irqrestore(&heap_lock, flags);
	if (!pg)
		return false;

	/*
	 * Nobody finds the block now: it is on no list, and its frames are neither heads nor
	 * allocated.
	 */
	bool flushed = flush_dirty(pg, 1UL << order);

	if (flushed)
		forget_dirty(scrub(pg, 1UL << order, true));
	flags = spin_lock_irqsave(&heap_lock);
	block_release(pg, order, flushed ? 1u << order : clean);
	spin_unlock_irqrestore(&heap_lock, flags);
	return flushed && READ_ONCE(dirty_frames);
}

/* ------------------------------------------------------------------ allocation */

static unsigned int flags_to_zone(unsigned int flags)
{
	unsigned int bits = flags >> 8;

	if ((flags & HEAP_BELOW_4G) && (!bits || bits > 32))
		bits = 32;
	if (!bits || bits > PAGE_SHIFT + NR_ZONES - 1)
		return NR_ZONES - 1;
	return bits > PAGE_SHIFT ? bits - PAGE_SHIFT : 0;
}

/* May 2^order frames go to d (NULL: the hypervisor) in view of the claims?  Under heap_lock. */
static bool claim_allows(const struct domain *d, u64 count)
{
	return !d || count + claimed_frames <= free_frames || count <= d->outstanding_claim;
}

static void claim_use(struct domain *d, u64 count)
{
	u64 n = d ? min(d->outstanding_claim, count) : 0;

	if (n) {
		d->outstanding_claim -= n;
		claimed_frames -= n;
	}
}

static void give_back(struct page_info *pg, unsigned int order, bool all_dirty)
{
	u64 stamp = (u64)tlb_clock() << PAGE_TYPE_STAMP_SHIFT;
	unsigned long flags = spin_lock_irqsave(&heap_lock);

	for (u64 i = 0; i < 1ULL << order; i++) {
		if (all_dirty) {
			pg[i].type = stamp | PAGE_FREE_DIRTY;
			pg[i].aux = 0;
			pg[i].next = pg[i].prev = 0;
		}
		pg[i].owner = PAGE_OWNER_NONE;
		/* Release: whoever sees the frame free sees the rest of its state. */
		__atomic_store_n(&pg[i].count, PAGE_FREE, __ATOMIC_RELEASE);
	}
	if (all_dirty)
		__atomic_fetch_add(&dirty_frames, 1ULL << order, __ATOMIC_RELAXED);
	free_frames += 1ULL << order;
	block_release(pg, order, 0);
	spin_unlock_irqrestore(&heap_lock, flags);
}

static struct page_info *allocate(struct domain *d, unsigned int order, unsigned int alloc_flags)
{
	struct page_info *pg = NULL;
	unsigned long flags;
	u32 clean = 0;

	if (order > HEAP_MAX_ORDER)
		return NULL;
	flags = spin_lock_irqsave(&heap_lock);
	if (claim_allows(d, 1ULL << order))
		pg = block_find(order, flags_to_zone(alloc_flags));
	if (pg) {
		pg = block_take(pg, order, 0, &clean);
		pg->aux = 0;
		for (u64 i = 0; i < 1ULL << order; i++)
			pg[i].count = PAGE_HV | 1;
		free_frames -= 1ULL << order;
		claim_use(d, 1ULL << order);
	}
	spin_unlock_irqrestore(&heap_lock, flags);
	if (!pg || clean == 1u << order)
		return pg;
	if (!flush_dirty(pg, 1UL << order)) {
		give_back(pg, order, false);
		return NULL;
	}
	forget_dirty(scrub(pg, 1UL << order,
			   !(alloc_flags & HEAP_NO_SCRUB) || (alloc_flags & HEAP_ZERO)));
	return pg;
}

struct page_info *heap_alloc_pages(unsigned int order, unsigned int flags)
{
	return allocate(NULL, order, flags);
}

struct page_info *heap_alloc_for_domain(struct domain *d, unsigned int order, unsigned int flags)
{
	return allocate(d, order, flags);
}

void heap_free_pages(struct page_info *pg, unsigned int order)
{
	if (pg)
		give_back(pg, order, true);
}

void *heap_alloc_virt(unsigned int order, unsigned int flags)
{
	struct page_info *pg = heap_alloc_pages(order, flags);

	return pg ? page_to_virt(pg) : NULL;
}

void heap_free_virt(void *va, unsigned int order)
{
	if (va)
		heap_free_pages(virt_to_page(va), order);
}

int heap_claim(struct domain *d, u64 pages)
{
	unsigned long flags = spin_lock_irqsave(&heap_lock);
	u64 held = READ_ONCE(d->nr_pages);
	int rc = 0;

	if (!pages) {
		claimed_frames -= d->outstanding_claim;
		d->outstanding_claim = 0;
	} else if (d->outstanding_claim || pages <= held || pages > d->max_pages) {
		rc = -XEN_EINVAL;
	} else if (pages - held > free_frames - min(free_frames, claimed_frames)) {
		rc = -XEN_ENOMEM;
	} else {
		d->outstanding_claim = pages - held;
		claimed_frames += pages - held;
	}
	spin_unlock_irqrestore(&heap_lock, flags);
	return rc;
}

/* ------------------------------------------------------------------ boot */

void heap_add_range(mfn_t from, mfn_t to)
{
	u64 m = max(mfn_x(from), 1ULL), end = min(mfn_x(to), frame_count);

	while (m < end) {
		unsigned int order =
			min((unsigned int)__builtin_ctzll(m), (unsigned int)HEAP_MAX_ORDER);

		while (m + (1ULL << order) > end)
			order--;
		total_frames += 1ULL << order;
		give_back(frame(m), order, true);
		m += 1ULL << order;
	}
}

/* Length of the run of free frames at m, at most `want`; m is the first frame of a block. */
static u64 free_run(u64 m, u64 want)
{
	u64 n = 0;

	while (n < want && m + n < frame_count) {
		struct page_info *pg = frame(m + n);

		if (pg->count != PAGE_FREE || !(pg->type & PAGE_FREE_HEAD))
			break;
		n += 1ULL << block_order(pg);
	}
	return min(n, want);
}

/* Takes the blocks that cover [m, m + count) off their lists and gives what lies outside back. */
static void carve(u64 start, u64 m, u64 count)
{
	u64 at = start, end = m + count;

	while (at < end) {
		struct page_info *pg = frame(at);
		unsigned int order = block_order(pg);
		u64 next = at + (1ULL << order);

		block_remove(pg);
		for (u64 i = at; i < next; i++)
			if (i < m || i >= end)
				block_release(frame(i), 0, 0);
		at = next;
	}
}

mfn_t heap_alloc_boot(u64 nr_frames, u64 align_frames)
{
	u64 found = 0, found_start = 0;
	unsigned long flags = spin_lock_irqsave(&heap_lock);

	for (u64 m = 1; m < frame_count;) {
		struct page_info *pg = frame(m);
		u64 first = ROUND_UP(m, align_frames), run;

		if (pg->count != PAGE_FREE || !(pg->type & PAGE_FREE_HEAD)) {
			m++;
			continue;
		}
		/* The highest place that fits wins: low memory is worth more. */
		run = free_run(m, first - m + nr_frames);
		if (run == first - m + nr_frames) {
			found = first;
			found_start = m;
		}
		m += 1ULL << block_order(pg);
	}
	if (!found)
		panic("heap: no %llu free contiguous frames: the machine has too little memory",
		      (unsigned long long)nr_frames);
	while (found_start + (1ULL << block_order(frame(found_start))) <= found)
		found_start += 1ULL << block_order(frame(found_start));
	carve(found_start, found, nr_frames);
	for (u64 i = 0; i < nr_frames; i++) {
		frame(found + i)->count = PAGE_HV | 1;
		frame(found + i)->aux = 0;
	}
	free_frames -= nr_frames;
	spin_unlock_irqrestore(&heap_lock, flags);

	flush_dirty(frame(found), nr_frames);
	forget_dirty(scrub(frame(found), nr_frames, true));
	return _mfn(found);
}

u64 heap_free_count(void) { return READ_ONCE(free_frames); }
u64 heap_total_count(void) { return READ_ONCE(total_frames); }
u64 heap_dirty_count(void) { return READ_ONCE(dirty_frames); }
u64 heap_claimed_count(void) { return READ_ONCE(claimed_frames); }

/* A list at a time: this may take long, and interrupts are off under the lock. */
void heap_count_orders(u64 ret_blocks[HEAP_MAX_ORDER + 1])
{
	for (unsigned int order = 0; order < NR_ORDERS; order++) {
		ret_blocks[order] = 0;
		for (unsigned int zone = 0; zone < NR_ZONES; zone++) {
			unsigned long flags = spin_lock_irqsave(&heap_lock);

			for (u32 m = free_lists[zone][order].head; m; m = frame(m)->next)
				ret_blocks[order]++;
			spin_unlock_irqrestore(&heap_lock, flags);
		}
	}
}
