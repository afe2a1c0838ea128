/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operation costs beside its instructions: loads of CR3, flushes, interrupts between
 * processors, by the hypervisor's own counters (sysctl perfc_op), where it has them.
 */
#include <public/sysctl.h>
#include "bench.h"

#define MAX_DESCS  128
#define MAX_VALUES 1024

static struct xen_sysctl_perfc_desc descs[MAX_DESCS];
static xen_sysctl_perfc_val_t values[MAX_VALUES];
static unsigned int nr_descs;

static long perfc_query(struct xen_sysctl *op)
{
	op->cmd = XEN_SYSCTL_perfc_op;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	op->u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	return hypercall(__HYPERVISOR_sysctl, op);
}

bool counters_present(void)
{
	struct xen_sysctl op = {};

	if (perfc_query(&op) || op.u.perfc_op.nr_counters > MAX_DESCS ||
	    op.u.perfc_op.nr_vals > MAX_VALUES)
		return false;
	set_xen_guest_handle(op.u.perfc_op.desc, descs);
	if (perfc_query(&op))
		return false;
	nr_descs = op.u.perfc_op.nr_counters;
	return true;
}

/* The sum of all whose names begin so. */
static u32 sum_of(const char *prefix)
{
	unsigned int i, j, first = 0;
	u32 sum = 0;

	for (i = 0; i < nr_descs; first += descs[i++].nr_vals) {
		if (memcmp(descs[i].name, prefix, strlen(prefix)))
			continue;
		for (j = 0; j < descs[i].nr_vals; j++)
			sum += values[first + j];
	}
	return sum;
}

void counters_read(struct counters *c)
{
	struct xen_sysctl op = {};

	set_xen_guest_handle(op.u.perfc_op.val, values);
	NEED(perfc_query(&op));
	c->cr3_loads = sum_of("cr3-loads");
	/* those for types are among the others */
	c->flushes = sum_of("tlb-flushes") - sum_of("tlb-flushes-for-types");
	c->ipis = sum_of("ipis-");
}
