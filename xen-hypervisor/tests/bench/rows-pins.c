/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: whole trees of page tables, as a process has them, pinned and unpinned: a table each of
 * levels 4, 3 and 2, LEAVES full ones of level 1; and a single entry written by a plain
 * instruction, which faults and is done by the hypervisor.
 */
#include "bench.h"

#define LEAVES 8
#define TABLES (LEAVES + 3)
#define PAGES  64 /* that the tree maps, again and again */

static u64 *tables; /* TABLES of them: levels 4, 3, 2, then the leaves */
static u8 *pages;

static u64 *table_at(unsigned int i)
{
	return tables + i * (PAGE_SIZE / sizeof(u64));
}

static void tree_prepare(void)
{
	unsigned int i;

	tables = page_alloc(TABLES);
	pages = page_alloc(PAGES);
	table_at(0)[0] = pte_make(mfn_of(table_at(1)), PTE_RW);
	table_at(1)[0] = pte_make(mfn_of(table_at(2)), PTE_RW);
	for (i = 0; i < LEAVES; i++)
		table_at(2)[i] = pte_make(mfn_of(table_at(3 + i)), PTE_RW);
	for (i = 0; i < LEAVES * 512; i++)
		table_at(3)[i] = pte_make(mfn_of(pages + i % PAGES * PAGE_SIZE), PTE_RW);
	for (i = 0; i < TABLES; i++)
		NEED(page_protect(table_at(i), PTE_RO));
}

static void tree_finish(void)
{
	unsigned int i;

	for (i = 0; i < TABLES; i++)
		NEED(page_protect(table_at(i), PTE_RW));
}

static u64 tree_run(unsigned int count, bool pinning)
{
	unsigned long mfn = mfn_of(table_at(0));
	u64 pins = 0, unpins = 0;

	while (count--) {
		pins += BENCH_TICKS(NEED(table_pin(mfn, 4)));
		unpins += BENCH_TICKS(NEED(table_unpin(mfn)));
	}
	return pinning ? pins : unpins;
}

static u64 pin_run(unsigned int count) { return tree_run(count, true); }
static u64 unpin_run(unsigned int count) { return tree_run(count, false); }

/* ------------------------------------------------------------ a write that faults */
static volatile u64 *entry;
static u64 values[2];

static void write_prepare(void)
{
	pages = page_alloc(2);
	entry = pte_at(1, pages);
	values[0] = pte_make(mfn_of(pages), PTE_RW);
	values[1] = pte_make(mfn_of(pages + PAGE_SIZE), PTE_RW);
}

static void write_finish(void) { NEED(page_restore(pages)); }

static u64 write_run(unsigned int count)
{
	return BENCH_TICKS(while (count--) *entry = values[count & 1]);
}

const struct bench_row rows_pins[] = {
	{"pin-tree", 2, tree_prepare, pin_run, tree_finish},
	{"unpin-tree", 2, tree_prepare, unpin_run, tree_finish},
	{"table-write-fault", 200, write_prepare, write_run, write_finish},
	{}
};
