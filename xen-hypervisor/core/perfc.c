/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and resetting the performance counters (xen/perfc.h).
 *
 * A reset only remembers the sums of the moment, because no CPU may write another's counters;
 * reading subtracts them.  Both look at counters that go on counting.  reset_lock keeps two resets
 * apart; a reader beside one sees some counters before and some after it.
 */
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/perfc.h>
#include <xen/softirq.h>

#define ROW_ONE(id, name) {name, PERFC_##id, 1},
#define ROW_ARRAY(id, values, name) {name, PERFC_##id, values},
const struct perfc_row perfc_rows[] = {PERFC_TABLE(ROW_ONE, ROW_ARRAY)};
const unsigned int perfc_nr_rows = ARRAY_SIZE(perfc_rows);
BUILD_CHECK(PERFC_SOFTIRQS_LAST - PERFC_SOFTIRQS + 1 == NR_SOFTIRQS);

static u32 base[NR_PERFC];
static spinlock_t reset_lock = SPINLOCK_INIT;

static u32 sum(unsigned int value)
{
	unsigned int cpu;
	u32 total = 0;

	for_each_online_cpu(cpu) {
		const u32 *values = hw_perfc_of(cpu);

		if (values)
			total += READ_ONCE(values[value]);
	}
	return total;
}

u32 perfc_read(unsigned int value) { return sum(value) - READ_ONCE(base[value]); }

void perfc_reset(void)
{
	spin_lock(&reset_lock);
	for (unsigned int i = 0; i < NR_PERFC; i++)
		WRITE_ONCE(base[i], sum(i));
	spin_unlock(&reset_lock);
}

static void dump_row(const struct perfc_row *row)
{
	u32 value, total = 0;

	for (unsigned int i = 0; i < row->values; i++)
		total += perfc_read(row->first + i);
	log_raw("%10u  %s", total, row->name);
	for (unsigned int i = 0; row->values > 1 && i < row->values; i++) {
		value = perfc_read(row->first + i);
		if (value)
			log_raw(" [%u] %u", i, value);
	}
	log_raw("\n");
}

void perfc_dump(void)
{
	for (unsigned int i = 0; i < perfc_nr_rows; i++)
		dump_row(&perfc_rows[i]);
}
