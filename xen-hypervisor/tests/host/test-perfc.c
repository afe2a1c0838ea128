/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Performance counters: the table, sums over CPUs, resets, wrapping, and the sysctl that shows
 * them.
 */
#include <string.h>
#include <hw/host.h>
#include <public/sysctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/perfc.h>
#include <xen/sysctl.h>

#include "tap.h"

#define CPUS 3

static u32 cpu_values[CPUS][NR_PERFC];
static u64 fault_from;

/* The first CPU is the one that counts here; the others are tables; a fourth never started. */
const u32 *hw_perfc_of(unsigned int cpu)
{
	if (cpu == 0)
		return host_cpu_info.perfc;
	return cpu < CPUS ? cpu_values[cpu] : NULL;
}

size_t copy_to_guest_raw(u64 va, const void *src, size_t size)
{
	if (fault_from && va + size > fault_from)
		return size;
	memcpy((void *)va, src, size);
	return 0;
}

static void table_test(void)
{
	unsigned int next = 0, bad = 0, same = 0;

	for (unsigned int i = 0; i < perfc_nr_rows; i++) {
		const struct perfc_row *row = &perfc_rows[i];

		bad += row->first != next || !row->values || strlen(row->name) >= 80;
		next += row->values;
		for (unsigned int j = 0; j < i; j++)
			same += !strcmp(row->name, perfc_rows[j].name);
	}
	tap_ok(!bad && next == NR_PERFC, "the rows follow one another and cover all values");
	tap_ok(!same, "no two counters have the same name");
}

static void count_test(void)
{
	perfc_inc(PERFC_PINS);
	perfc_inc(PERFC_PINS);
	perfc_inc_at(PERFC_HYPERCALLS, 63);
	perfc_add(PERFC_MMU_UPDATES, 1000);
	cpu_values[1][PERFC_PINS] = 10;
	cpu_values[2][PERFC_PINS] = 100;
	tap_ok(perfc_read(PERFC_PINS) == 112, "a counter is the sum over all processors");
	tap_ok(perfc_read(PERFC_HYPERCALLS_LAST) == 1 && perfc_read(PERFC_MULTICALL_ENTRIES) == 0,
	   "the last value of a counter with many is its own");
	tap_ok(perfc_read(PERFC_MMU_UPDATES) == 1000, "several can be counted at once");
}

static void reset_test(void)
{
	perfc_reset();
	tap_ok(perfc_read(PERFC_PINS) == 0 && perfc_read(PERFC_MMU_UPDATES) == 0,
	   "after a reset all are zero");
	tap_ok(cpu_values[1][PERFC_PINS] == 10, "a reset writes no other processor's counters");
	cpu_values[1][PERFC_PINS] = 9;		/* it went round: 2^32 - 1 more */
	perfc_inc(PERFC_PINS);
	perfc_inc(PERFC_PINS);
	tap_ok(perfc_read(PERFC_PINS) == 1, "counters wrap at 2^32");
}

static struct xen_sysctl_perfc_desc descs[NR_PERFC];
static xen_sysctl_perfc_val_t values[NR_PERFC];

static long query(bool names, bool want_values, struct xen_sysctl *op)
{
	memset(op, 0, sizeof(*op));
	op->u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	if (names)
		set_xen_guest_handle(op->u.perfc_op.desc, descs);
	if (want_values)
		set_xen_guest_handle(op->u.perfc_op.val, values);
	return sysctl_perfc(op);
}

static void sysctl_test(void)
{
	struct xen_sysctl op;
	unsigned int i, wrong = 0;

	tap_ok(query(false, false, &op) == 0 && op.u.perfc_op.nr_counters == perfc_nr_rows &&
		   op.u.perfc_op.nr_vals == NR_PERFC,
	   "a query without buffers tells how many there are");
	perfc_inc(PERFC_UNPINS);
	tap_ok(query(true, true, &op) == 0 && values[PERFC_UNPINS] == 1,
	       "a query gives the values");
	for (i = 0; i < perfc_nr_rows; i++)
		wrong += strcmp(descs[i].name, perfc_rows[i].name) ||
			 descs[i].nr_vals != perfc_rows[i].values;
	tap_ok(!wrong, "a query gives the names");
	fault_from = (u64)&descs[1];
	tap_ok(query(true, false, &op) == -XEN_EFAULT, "a bad buffer for names is told");
	fault_from = (u64)&values[NR_PERFC - 1];
	tap_ok(query(false, true, &op) == -XEN_EFAULT, "a buffer that ends too early is told");
	fault_from = 0;
	op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_reset;
	tap_ok(sysctl_perfc(&op) == 0 && perfc_read(PERFC_UNPINS) == 0, "the reset resets");
	op.u.perfc_op.cmd = 7;
	tap_ok(sysctl_perfc(&op) == -XEN_EINVAL, "another command is refused");
}

int main(void)
{
	host_machine_init(16, CPUS + 1);
	table_test();
	count_test();
	reset_test();
	sysctl_test();
	return tap_done();
}
