/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl perfc_op: names and values of the performance counters, and their reset.  A caller asks
 * with null handles for how many there are, and then makes room for them; the counts are the same
 * until the next boot.
 */
#include <public/sysctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sysctl.h>

static int put_names(u64 at)
{
	struct xen_sysctl_perfc_desc desc;

	for (unsigned int i = 0; i < perfc_nr_rows; i++) {
		memset(&desc, 0, sizeof(desc));
		snprintf(desc.name, sizeof(desc.name), "%s", perfc_rows[i].name);
		desc.nr_vals = perfc_rows[i].values;
		if (copy_to_guest_raw(at + i * sizeof(desc), &desc, sizeof(desc)))
			return -XEN_EFAULT;
	}
	return 0;
}

static int put_values(u64 at)
{
	xen_sysctl_perfc_val_t value;

	for (unsigned int i = 0; i < NR_PERFC; i++) {
		value = perfc_read(i);
		if (copy_to_guest_raw(at + i * sizeof(value), &value, sizeof(value)))
			return -XEN_EFAULT;
	}
	return 0;
}

static long query(const struct xen_sysctl_perfc_op *p)
{
	int rc = 0;

	if (!handle_is_null(p->desc))
		rc = put_names(handle_va(p->desc));
	if (!rc && !handle_is_null(p->val))
		rc = put_values(handle_va(p->val));
	return rc;
}

long sysctl_perfc(struct xen_sysctl *op)
{
	struct xen_sysctl_perfc_op *p = &op->u.perfc_op;

	p->nr_counters = perfc_nr_rows;
	p->nr_vals = NR_PERFC;
	switch (p->cmd) {
	case XEN_SYSCTL_PERFCOP_reset:
		perfc_reset();
		return 0;
	case XEN_SYSCTL_PERFCOP_query:
		return query(p);
	default:
		return -XEN_EINVAL;
	}
}
