/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench - what operations of the interface cost, in instructions.
 *
 * Runs the rows that the command line names (rows=A,B), or all, and prints a line "ROW name value"
 * for each, with what the hypervisor counted for an operation behind it: loads of CR3, flushes,
 * interrupts to other processors. A tick of the time stamp counter is made into instructions by a
 * loop of known length, so the figures are those of the machine's clock, whatever its rate. The
 * least of several rounds counts: the others had an interrupt of the hypervisor's in them. As a
 * second domain it is the partner of the rows that need one (pair.h).
 */
#include "bench.h"
#include "pair.h"

TEST("bench", ROLE_DOM0);

#define ROUNDS		    25
#define CALIBRATION_LOOPS   1000000UL
#define CALIBRATION_INSNS   (2 * CALIBRATION_LOOPS)

static const struct bench_row *const sets[] = {rows_calls, rows_entries, rows_tables,
					       rows_pins, rows_events, rows_grants};
static u64 calibration; /* ticks of CALIBRATION_INSNS instructions */
static bool counting;    /* the hypervisor counts, too */
u64 bench_read_cost;    /* ticks of reading the counter itself */

void bench_trap(unsigned int vector, char *entry)
{
	struct trap_info table[] = {{vector, 0, FLAT_KERNEL_CS, (unsigned long)entry}, {}};

	NEED(hypercall(__HYPERVISOR_set_trap_table, table));
}

void bench_traps_restore(void)
{
	trap_init();
}

static u64 calibration_round(void)
{
	u64 loops = CALIBRATION_LOOPS;

	return BENCH_TICKS(asm volatile("1: dec %0\n\tjnz 1b" : "+r"(loops)));
}

static void calibrate(void)
{
	u64 ticks, least = ~0UL;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ticks = BENCH_TICKS(barrier());
		least = ticks < least ? ticks : least;
	}
	bench_read_cost = least;
	calibration = ~0UL;
	for (i = 0; i < ROUNDS; i++) {
		ticks = calibration_round();
		calibration = ticks < calibration ? ticks : calibration;
	}
	NEED_THAT(calibration, "the time stamp counter stands still");
}

/* Is name one of the words between commas after "rows="? */
static bool row_wanted(const char *name)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t len = strlen(name);

	while (*s && memcmp(s, "rows=", 5))
		s++;
	if (!*s)
		return true;
	for (s += 5; *s && *s != ' '; s++) {
		if (!memcmp(s, name, len) && (s[len] == ',' || s[len] == ' ' || !s[len]))
			return true;
		while (*s && *s != ',' && *s != ' ')
			s++;
		if (*s != ',')
			break;
	}
	return false;
}

/* In tenths of an instruction. */
static u64 row_measure(const struct bench_row *row)
{
	u64 best = ~0UL;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		u64 ticks = row->run(row->count);

		best = ticks < best ? ticks : best;
	}
	return best * 10 * CALIBRATION_INSNS / calibration / row->count;
}

/* " a.b" of an operation, or " -". */
static void counter_print(const struct bench_row *row, u32 before, u32 after)
{
	u64 tenths = ((u64)(after - before) * 10 + row->count / 2) / row->count;

	if (counting)
		print(" %lu.%lu", tenths / 10, tenths % 10);
	else
		print(" -");
}

/* One more round, for what is counted in it. */
static void row_count(const struct bench_row *row, struct counters *before, struct counters *after)
{
	if (!counting)
		return;
	counters_read(before);
	row->run(row->count);
	counters_read(after);
}

static void row_run(const struct bench_row *row)
{
	struct counters before = {}, after = {};
	unsigned int mark = page_mark();
	u64 value;

	if (row->prepare)
		row->prepare();
	value = row_measure(row);
	row_count(row, &before, &after);
	if (row->finish)
		row->finish();
	page_release(mark);
	print("ROW %s %lu.%lu", row->name, value / 10, value % 10);
	counter_print(row, before.cr3_loads, after.cr3_loads);
	counter_print(row, before.flushes, after.flushes);
	counter_print(row, before.ipis, after.ipis);
	print("\n");
}

void test_main(void)
{
	unsigned int i, ran = 0;
	const struct bench_row *row;

	if (!is_dom0) {
		pair_child_main();
		return;
	}
	calibrate();
	counting = counters_present();
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		for (row = sets[i]; row->name; row++) {
			if (!row_wanted(row->name))
				continue;
			row_run(row);
			ran++;
		}
	}
	CHECK(ran, "the command line names no row that there is");
}
