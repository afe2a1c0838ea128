/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: page tables. An entry is changed for good each time: between two frames, or between
 * writable and not, so that no row measures a request that changes nothing.
 */
#include "bench.h"

#define BATCH 64

static u8 *pages; /* BATCH of them, each mapped at its place */
static struct mmu_update *requests;
static u64 frames[2];

static void pages_prepare(void)
{
	unsigned int i;

	pages = page_alloc(BATCH);
	requests = page_alloc(1);
	for (i = 0; i < 2; i++)
		frames[i] = pte_make(mfn_of(page_alloc(1)), PTE_RW);
}

static void pages_finish(void)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		NEED(page_restore(pages + i * PAGE_SIZE));
}

static u64 batch_run(unsigned int count, unsigned int batch, u64 command)
{
	unsigned int i, turn = 0;
	u64 ticks = 0;

	for (; count >= batch; count -= batch, turn ^= 1) {
		for (i = 0; i < batch; i++) {
			u8 *page = pages + i * PAGE_SIZE;

			requests[i].ptr = pte_machine(pte_at(1, page)) | command;
			requests[i].val = command == MMU_PT_UPDATE_PRESERVE_AD
						  ? pte_make(mfn_of(page), turn ? PTE_RW : PTE_RO)
						  : frames[turn];
		}
		ticks += BENCH_TICKS(NEED(mmu_update(requests, batch, NULL, DOMID_SELF)));
	}
	return ticks;
}

static u64 update_one_run(unsigned int count)
{
	return batch_run(count, 1, MMU_NORMAL_PT_UPDATE);
}

static u64 update_batch_run(unsigned int count)
{
	return batch_run(count, BATCH, MMU_NORMAL_PT_UPDATE);
}

static u64 protect_batch_run(unsigned int count)
{
	return batch_run(count, BATCH, MMU_PT_UPDATE_PRESERVE_AD);
}

static u64 va_run(unsigned int count, unsigned long flags)
{
	return BENCH_TICKS(while (count--)
				   NEED(update_va_mapping(pages, frames[count & 1], flags)));
}

static u64 va_none_run(unsigned int count)
{
	return va_run(count, UVMF_NONE);
}

static u64 va_invlpg_run(unsigned int count)
{
	return va_run(count, UVMF_INVLPG);
}

const struct bench_row rows_tables[] = {
	{"mmu-update", 400, pages_prepare, update_one_run, pages_finish},
	{"mmu-update-entry", 10 * BATCH, pages_prepare, update_batch_run, pages_finish},
	{"mprotect-entry", 10 * BATCH, pages_prepare, protect_batch_run, pages_finish},
	{"update-va-mapping", 400, pages_prepare, va_none_run, pages_finish},
	{"update-va-mapping-invlpg", 400, pages_prepare, va_invlpg_run, pages_finish},
	{}
};
