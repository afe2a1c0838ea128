/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame heap and small objects against a simple model: no frame is handed out twice, blocks are
 * aligned, memory comes zeroed, limits and claims hold, counts agree, and everything joins again.
 */
#include <pthread.h>
#include <hw/host.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/page.h>
#include "tap.h"

#define FRAMES (1u << 15)
#define LOW_HOLE_START 700
#define LOW_HOLE_END 1000
#define MAX_BLOCKS 4096
#define NR_THREADS 4

static u8 taken[FRAMES];
static bool model_ok = true;

struct block { struct page_info *pg; unsigned int order; };

static bool all_zero(struct page_info *pg, unsigned int order)
{
	const u64 *p = page_to_virt(pg);

	for (size_t i = 0; i < (PAGE_SIZE << order) / sizeof(*p); i++)
		if (p[i])
			return false;
	return true;
}

static bool claim_block(struct page_info *pg, unsigned int order)
{
	u64 m = mfn_x(page_to_mfn(pg));

	if (m & ((1ULL << order) - 1))
		return false;
	for (u64 i = 0; i < 1ULL << order; i++)
		if (m + i >= FRAMES || (m + i >= LOW_HOLE_START && m + i < LOW_HOLE_END) ||
		    __atomic_exchange_n(&taken[m + i], 1, __ATOMIC_SEQ_CST))
			return false;
	return true;
}

static void drop_block(struct block b)
{
	u64 m = mfn_x(page_to_mfn(b.pg));

	memset(page_to_virt(b.pg), 0xa5, PAGE_SIZE << b.order);
	for (u64 i = 0; i < 1ULL << b.order; i++)
		__atomic_store_n(&taken[m + i], 0, __ATOMIC_SEQ_CST);
	heap_free_pages(b.pg, b.order);
}

static bool exercise(unsigned int rounds)
{
	static _Thread_local struct block blocks[MAX_BLOCKS / NR_THREADS];
	unsigned int n = 0;
	bool good = true;

	for (unsigned int i = 0; i < rounds; i++) {
		if (n < ARRAY_SIZE(blocks) && host_random() % 100 < 52) {
			unsigned int bits = host_random() % 4 ? 0 : 12 + host_random() % 16;
			unsigned int order =
				host_random() % 3 ? host_random() % 3 : host_random() % 8;
			struct page_info *pg = heap_alloc_pages(order, HEAP_BITS(bits));

			if (!pg)
				continue;
			good &= claim_block(pg, order) && all_zero(pg, order);
			if (bits)
				good &= mfn_x(page_to_mfn(pg)) + (1ULL << order) <=
					1ULL << (bits - 12);
			blocks[n++] = (struct block){ pg, order };
		} else if (n) {
			unsigned int k = host_random() % n;

			drop_block(blocks[k]);
			blocks[k] = blocks[--n];
		}
		if (host_random() % 16 == 0)
			heap_scrub_some(1 + host_random() % 64);
	}
	while (n)
		drop_block(blocks[--n]);
	return good;
}

static void *thread_main(void *arg)
{
	unsigned long n = (unsigned long)arg;

	host_cpu_start(n % 4, NULL);
	host_random_state = n * 7919 + 1;
	if (!exercise(3000))
		__atomic_store_n(&model_ok, false, __ATOMIC_SEQ_CST);
	return NULL;
}

static void test_threads(unsigned long seed)
{
	pthread_t t[NR_THREADS];
	u64 before = heap_free_count();

	for (unsigned long i = 0; i < NR_THREADS; i++)
		pthread_create(&t[i], NULL, thread_main, (void *)(seed + i + 1));
	for (unsigned int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	tap_ok(model_ok,
	       "blocks are aligned, disjoint, within their limit and zeroed, on four threads");
	tap_ok(heap_free_count() == before, "all frames are free again");
}

static void test_joining(void)
{
	struct page_info *pg;

	while (heap_scrub_some(64))
		;
	tap_ok(heap_dirty_count() == 0, "idle scrubbing leaves no dirty frame");
	pg = heap_alloc_pages(14, 0);
	tap_ok(pg && mfn_x(page_to_mfn(pg)) == 1u << 14,
	       "free buddies join to the largest block there can be");
	heap_free_pages(pg, 14);
	tap_ok(heap_alloc_pages(HEAP_MAX_ORDER + 1, 0) == NULL,
	       "an order beyond the largest is refused");
	tap_ok(heap_alloc_pages(0, HEAP_BITS(12)) == NULL, "no frame lies below one page");
}

static void test_boot_alloc(void)
{
	u64 before = heap_free_count();
	mfn_t m = heap_alloc_boot(5001, 8);
	bool good = !(mfn_x(m) & 7);

	for (u64 i = 0; i < 5001; i++)
		good &= !taken[mfn_x(m) + i] && mfn_to_page(mfn_add(m, i))->count == (PAGE_HV | 1);
	tap_ok(good, "a boot region of any size is contiguous and aligned");
	tap_ok(heap_free_count() == before - 5001, "and counted");
	for (u64 i = 0; i < 5001; i++)
		heap_free_pages(mfn_to_page(mfn_add(m, i)), 0);
	tap_ok(heap_free_count() == before, "and its frames can be given back singly");
}

static void test_claims(void)
{
	struct domain *a = host_domain_create(1, false, ~0ULL, 1),
		      *b = host_domain_create(2, false, ~0ULL, 1);
	u64 all = heap_free_count();
	struct page_info *pg;

	tap_ok(heap_claim(a, all + 1) == -XEN_ENOMEM, "more than there is cannot be claimed");
	tap_ok(!heap_claim(a, all - 10), "most of memory can be claimed");
	tap_ok(heap_claim(a, 5) == -XEN_EINVAL, "a second claim is refused");
	tap_ok(heap_claim(b, 11) == -XEN_ENOMEM, "what is claimed cannot be claimed again");
	tap_ok(heap_alloc_for_domain(b, 4, 0) == NULL, "another domain cannot dip into the claim");
	pg = heap_alloc_for_domain(b, 3, 0);
	tap_ok(pg != NULL, "but it gets what is left");
	heap_free_pages(pg, 3);
	pg = heap_alloc_for_domain(a, 4, 0);
	tap_ok(pg && a->outstanding_claim == all - 10 - 16,
	       "the claimant's allocation uses the claim up");
	heap_free_pages(pg, 4);
	tap_ok(!heap_claim(a, 0) && heap_claimed_count() == 0, "a claim can be given up");
	host_domain_free(a);
	host_domain_free(b);
}

static void test_irqs_off(void)
{
	struct page_info *pg = heap_alloc_pages(0, 0);

	/*
	 * Other CPUs never flushed since, so the frame must not be had with interrupts disabled, as
	 * it would need them.
	 */
	while (heap_scrub_some(64))
		;
	heap_free_pages(pg, 0);
	hw_irq_disable();
	pg = heap_alloc_pages(0, 0);
	hw_irq_enable();
	tap_ok(!pg || all_zero(pg, 0), "with interrupts disabled an allocation is clean or fails");
	heap_free_pages(pg, 0);
}

static void test_small(void)
{
	static void *p[2000];
	static size_t size[2000];
	u64 before = heap_free_count();
	bool zero = true, aligned = true, intact = true;

	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int i = host_random() % ARRAY_SIZE(p);

		if (p[i]) {
			for (size_t k = 0; k < size[i]; k++)
				intact &= ((u8 *)p[i])[k] == (u8)i;
			mem_free(p[i]);
			p[i] = NULL;
			continue;
		}
		size[i] = host_random() % 20 ? 1 + host_random() % 1500 : 1 + host_random() % 20000;
		p[i] = mem_alloc(size[i]);
		if (!p[i])
			continue;
		for (size_t k = 0; k < size[i]; k++)
			zero &= !((u8 *)p[i])[k];
		aligned &= !((u64)p[i] & (size[i] >= 64 ? 63 : 15));
		memset(p[i], (int)i, size[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		mem_free(p[i]);
	tap_ok(zero, "small objects come zeroed");
	tap_ok(aligned, "and aligned to 16 bytes, to 64 from 64 bytes up");
	tap_ok(intact, "and do not overlap");
	tap_ok(before - heap_free_count() <= 7, "at most one empty slab of each class is kept");
	mem_free(NULL);
	tap_ok(mem_alloc(~0UL) == NULL && mem_alloc(1UL << 60) == NULL, "absurd sizes are refused");
}

int main(void)
{
	unsigned long seed = tap_seed();

	host_machine_init(FRAMES, 4);
	host_random_state = seed | 1;
	heap_add_range(_mfn(0), _mfn(LOW_HOLE_START));
	heap_add_range(_mfn(LOW_HOLE_END), _mfn(FRAMES));
	tap_ok(heap_total_count() == FRAMES - 1 - (LOW_HOLE_END - LOW_HOLE_START),
	       "the heap has every frame it was given except frame 0");
	test_threads(seed);
	test_joining();
	test_boot_alloc();
	test_claims();
	test_irqs_off();
	test_small();
	return tap_done();
}
