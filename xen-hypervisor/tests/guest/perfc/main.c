/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perfc - the initial domain reads named performance counters, which count what it does, and resets
 * them; an ordinary guest cannot.
 *
 * Promised by sysctl.h: PERFCOP_query with null handles tells how many counters and values there
 * are, with buffers their names and values; the values of all counters add up to nr_vals;
 * PERFCOP_reset sets them to zero. Both need privilege. Which counters there are is each
 * hypervisor's own matter; those that this test names exist here.
 * Peer: skip because the distribution's is built without counters
 */
#include "event.h"
#include "page.h"
#include "trap.h"
#include <public/sysctl.h>

TEST("perfc", ROLE_DOM0 | ROLE_CHILD);

#define MAX_DESCS  128
#define MAX_VALUES 1024

static struct xen_sysctl_perfc_desc descs[MAX_DESCS];
static xen_sysctl_perfc_val_t values[MAX_VALUES];
static u32 nr_descs, nr_values;

static long perfc_op(struct xen_sysctl *op, u32 cmd)
{
	op->cmd = XEN_SYSCTL_perfc_op;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	op->u.perfc_op.cmd = cmd;
	return hypercall(__HYPERVISOR_sysctl, op);
}

static void values_get(void)
{
	struct xen_sysctl op = {};

	set_xen_guest_handle(op.u.perfc_op.desc, descs);
	set_xen_guest_handle(op.u.perfc_op.val, values);
	CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_query), 0);
	CHECK(op.u.perfc_op.nr_counters == nr_descs && op.u.perfc_op.nr_vals == nr_values,
	      "the counts changed to %u and %u", op.u.perfc_op.nr_counters, op.u.perfc_op.nr_vals);
}

/* Value `index` of a counter, as last read. */
static u32 value_of(const char *name, u32 index)
{
	u32 i, first = 0;

	for (i = 0; i < nr_descs; i++) {
		if (!memcmp(descs[i].name, name, strlen(name) + 1)) {
			CHECK(index < descs[i].nr_vals, "%s has %u values", name, descs[i].nr_vals);
			return values[first + index];
		}
		first += descs[i].nr_vals;
	}
	test_failure("there is no counter \"%s\"", name);
	return 0;
}

static void sizes_test(void)
{
	struct xen_sysctl op = {};
	u32 i, sum = 0;

	CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_query), 0);
	nr_descs = op.u.perfc_op.nr_counters;
	nr_values = op.u.perfc_op.nr_vals;
	NEED_THAT(nr_descs && nr_descs <= MAX_DESCS && nr_values <= MAX_VALUES,
		  "%u counters with %u values are too many for this test", nr_descs, nr_values);
	values_get();
	for (i = 0; i < nr_descs; i++) {
		CHECK(descs[i].name[0] && !descs[i].name[79], "counter %u has no name", i);
		sum += descs[i].nr_vals;
	}
	CHECK(sum == nr_values, "the counters have %u values, not %u", sum, nr_values);
}

/* What is done here between two readings shows in them, at least as often as it was done. */
static void growth_test(void)
{
	u32 calls, multi, upcalls, traps, pins, entries;
	struct multicall_entry list[3] = {};
	unsigned int port = event_ipi(0);
	u8 *table = page_alloc(1);
	u32 i;

	values_get();
	calls = value_of("hypercalls", __HYPERVISOR_xen_version);
	multi = value_of("multicall-entries", 0);
	upcalls = value_of("events-sent", 0);
	traps = value_of("exceptions-bounced", TRAP_BP);
	pins = value_of("pins", 0);
	entries = value_of("mmu-update-entries", 0);
	for (i = 0; i < 3; i++) {
		list[i].op = __HYPERVISOR_xen_version;
		event_send(port);
		CHECK_TRAP(asm volatile("int3"), TRAP_BP);
	}
	NEED(multicall(list, 3));
	NEED(page_protect(table, PTE_RO));
	NEED(table_pin(mfn_of(table), 1));
	NEED(table_unpin(mfn_of(table)));
	NEED(pte_write(pte_at(1, table), pte_make(mfn_of(table), PTE_RW), DOMID_SELF));
	event_close(port);
	values_get();
	CHECK_RC(value_of("hypercalls", __HYPERVISOR_xen_version) - calls, 3);
	CHECK_RC(value_of("multicall-entries", 0) - multi, 3);
	CHECK_RC(value_of("events-sent", 0) - upcalls, 3);
	CHECK_RC(value_of("exceptions-bounced", TRAP_BP) - traps, 3);
	CHECK_RC(value_of("pins", 0) - pins, 1);
	CHECK_RC(value_of("mmu-update-entries", 0) - entries, 1);
	CHECK(value_of("tables-validated", 0) >= 1, "no table was validated");
}

static void reset_test(void)
{
	struct xen_sysctl op = {};

	CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_reset), 0);
	values_get();
	/* The initial domain is alone: nothing else happened in between. */
	CHECK_RC(value_of("hypercalls", __HYPERVISOR_xen_version), 0);
	CHECK_RC(value_of("pins", 0), 0);
	CHECK(value_of("hypercalls", __HYPERVISOR_sysctl) <= 1, "%u calls since the reset",
	      value_of("hypercalls", __HYPERVISOR_sysctl));
}

static void wrong_test(void)
{
	struct xen_sysctl op = {};

	CHECK_RC(perfc_op(&op, 0), -XEN_EINVAL);
	CHECK_RC(perfc_op(&op, 3), -XEN_EINVAL);
	op.u.perfc_op.val.p = (void *)HYPERVISOR_VIRT_START;
	CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_query), -XEN_EFAULT);
	op.u.perfc_op.val.p = NULL;
	op.u.perfc_op.desc.p = (void *)0x1000;
	CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_query), -XEN_EFAULT);
}

void test_main(void)
{
	struct xen_sysctl op = {};
	long rc;

	if (!is_dom0) {
		CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_query), -XEN_EPERM);
		CHECK_RC(perfc_op(&op, XEN_SYSCTL_PERFCOP_reset), -XEN_EPERM);
		return;
	}
	rc = perfc_op(&op, XEN_SYSCTL_PERFCOP_query);
	if (rc == -XEN_ENOSYS || rc == -XEN_EOPNOTSUPP) {
		test_skip("this hypervisor has no performance counters");
		return;
	}
	sizes_test();
	growth_test();
	reset_test();
	wrong_test();
}
