/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /xend/node/perf: the hypervisor's performance counters, with names for the values of those that
 * have several.
 *
 * Relies on the backend, and on the hypervisor's names for its counters
 * (xen-hypervisor/include/xen/perfc-table.h); one that is not known here has numbered values.
 */
#include <config.h>

#include <public/arch-x86/xen-mca.h>

#include "xend/route.h"
#include "xend/xend.h"

#define CALL(name) [__HYPERVISOR_##name] = #name
static const char *const hypercalls[] = {
	CALL(set_trap_table), CALL(mmu_update), CALL(set_gdt), CALL(stack_switch),
	CALL(set_callbacks), CALL(fpu_taskswitch), CALL(sched_op_compat), CALL(platform_op),
	CALL(set_debugreg), CALL(get_debugreg), CALL(update_descriptor), CALL(memory_op),
	CALL(multicall), CALL(update_va_mapping), CALL(set_timer_op), CALL(xen_version),
	CALL(console_io), CALL(grant_table_op), CALL(vm_assist),
	CALL(update_va_mapping_otherdomain), CALL(iret), CALL(vcpu_op), CALL(set_segment_base),
	CALL(mmuext_op), CALL(nmi_op), CALL(sched_op), CALL(callback_op), CALL(event_channel_op),
	CALL(physdev_op), CALL(sysctl), CALL(domctl), CALL(mca),
};

static const char *const exceptions[] = {
	"divide-error", "debug", "nmi", "breakpoint", "overflow", "bound-range",
	"invalid-opcode", "no-fpu", "double-fault", "coprocessor-overrun", "invalid-tss",
	"segment-not-present", "stack-fault", "general-protection", "page-fault", NULL,
	"x87-error", "alignment-check", "machine-check", "simd-error", "virtualization",
	"control-protection",
};

static const char *const levels[] = {"level-1", "level-2", "level-3", "level-4"};
static const char *const softirqs[] = {"timer", "schedule", "console", "key", "rcu", "work"};

static const struct labels {
	const char *counter;
	const char *const *names;
	size_t count;
} labels[] = {
	{ "hypercalls", hypercalls, ARRAY_SIZE(hypercalls) },
	{ "exceptions-bounced", exceptions, ARRAY_SIZE(exceptions) },
	{ "tables-validated", levels, ARRAY_SIZE(levels) },
	{ "tables-invalidated", levels, ARRAY_SIZE(levels) },
	{ "softirqs", softirqs, ARRAY_SIZE(softirqs) },
};

static const struct labels *labels_of(const char *counter)
{
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (str_eq(labels[i].counter, counter))
			return &labels[i];
	return NULL;
}

static json_t *show_value(const struct labels *l, uint32_t index, uint32_t value)
{
	char number[16];
	const char *name = l && index < l->count ? l->names[index] : NULL;

	snprintf(number, sizeof(number), "%u", index);
	return json_pack("{s:s s:I}", "name", name ? name : number, "value", (json_int_t)value);
}

/* One counter; its values begin at vals. */
static json_t *show_counter(const struct xen_sysctl_perfc_desc *desc, const uint32_t *vals)
{
	const struct labels *l;
	char name[sizeof(desc->name) + 1] = "";
	json_t *o = json_object(), *values;
	json_int_t total = 0;

	memcpy(name, desc->name, sizeof(desc->name));
	l = labels_of(name);
	for (uint32_t i = 0; i < desc->nr_vals; i++)
		total += vals[i];
	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "total", json_integer(total));
	if (desc->nr_vals <= 1)
		return o;
	values = json_array();
	for (uint32_t i = 0; i < desc->nr_vals; i++)
		json_array_append_new(values, show_value(l, i, vals[i]));
	json_object_set_new(o, "values", values);
	return o;
}

/* NULL when the names claim more values than there are. */
static json_t *show_counters(const struct libxen_perf *perf)
{
	json_t *list = json_array();
	uint32_t first = 0;

	for (uint32_t i = 0; i < perf->nr_counters; i++) {
		const struct xen_sysctl_perfc_desc *desc = &perf->counters[i];

		if (desc->nr_vals > perf->nr_vals - first) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, show_counter(desc, perf->vals + first));
		first += desc->nr_vals;
	}
	return list;
}

static int perf_fail(struct call *c, int rc)
{
	if (rc == -ENOSYS || rc == -EOPNOTSUPP)
		return xend_fail(&c->err, EOPNOTSUPP,
				 "This hypervisor keeps no performance counters.");
	return xend_fail(&c->err, -rc, "The hypervisor's performance counters cannot be had: %s.",
			 strerror(-rc));
}

int api_node_perf(struct call *c)
{
	AUTO_FREE struct libxen_perf *perf = NULL;
	json_t *counters;
	int rc = c->x->backend->ops->perf(c->x->backend, &perf);

	if (rc)
		return perf_fail(c, rc);
	counters = show_counters(perf);
	if (!counters)
		return perf_fail(c, -EIO);
	c->result = json_pack("{s:o}", "counters", counters);
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

int api_node_perf_reset(struct call *c)
{
	int rc = c->x->backend->ops->perf_reset(c->x->backend);

	return rc ? perf_fail(c, rc) : 0;
}
