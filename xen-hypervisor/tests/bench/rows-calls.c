/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows: hypercalls that do next to nothing, so that what remains is the way in and out. */
#include "bench.h"

#define MULTICALL_ENTRIES 32

static u64 empty_run(unsigned int count)
{
	return BENCH_TICKS(while (count--) xen_version(XENVER_version, NULL));
}

static struct multicall_entry *list;

static void multicall_prepare(void)
{
	list = page_alloc(1);
}

static u64 multicall_run(unsigned int count)
{
	unsigned int i;
	u64 ticks = 0;

	for (; count; count -= MULTICALL_ENTRIES) {
		for (i = 0; i < MULTICALL_ENTRIES; i++)
			list[i] = (struct multicall_entry){
				.op = __HYPERVISOR_xen_version, .args = {XENVER_version, 0}};
		ticks += BENCH_TICKS(NEED(multicall(list, MULTICALL_ENTRIES)));
	}
	return ticks;
}

const struct bench_row rows_calls[] = {
	{"empty-hypercall", 1000, NULL, empty_run, NULL},
	{"multicall-entry", 20 * MULTICALL_ENTRIES, multicall_prepare, multicall_run, NULL},
	{}
};
