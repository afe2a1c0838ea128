/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physdev_op: the machine's devices for the domain that drives them, and each guest's own I/O privilege level.
 *
 * Each sub-operation has a row with the right it needs, the size of its argument, and whether the argument goes back.
 */
#include <public/errno.h>
#include <public/physdev.h>
#include <xen/domain.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/pv-guest.h>

union physdev_arg {
	struct physdev_set_iopl set_iopl;
	struct physdev_set_iobitmap set_iobitmap;
};

static int op_set_iopl(union physdev_arg *a)
{
	if (a->set_iopl.iopl > 3)
		return -XEN_EINVAL;
	current->pv->iopl = a->set_iopl.iopl;
	return 0;
}

static int op_set_iobitmap(union physdev_arg *a)
{
	u64 va = (u64)a->set_iobitmap.bitmap.p;

	if (a->set_iobitmap.nr_ports > 65536 || (a->set_iobitmap.nr_ports && !GUEST_RANGE_OK(va, 8192)))
		return -XEN_EINVAL;
	current->pv->iobitmap_va = a->set_iobitmap.nr_ports ? va : 0;
	current->pv->iobitmap_bits = a->set_iobitmap.nr_ports;
	return 0;
}

enum { ANY, HARDWARE };

static const struct row {
	int (*fn)(union physdev_arg *a);
	u8 size, right;
	bool back;
} rows[] = {
	[PHYSDEVOP_set_iopl] = { op_set_iopl, sizeof(struct physdev_set_iopl), ANY, false },
	[PHYSDEVOP_set_iobitmap] = { op_set_iobitmap, sizeof(struct physdev_set_iobitmap), ANY, false },
};

long do_physdev_op(u64 cmd, u64 arg)
{
	union physdev_arg a;
	const struct row *row;
	int rc;

	if (cmd >= ARRAY_SIZE(rows) || !rows[cmd].fn)
		return -XEN_ENOSYS;
	row = &rows[cmd];
	if (row->right == HARDWARE && !current->domain->is_hardware)
		return -XEN_EPERM;
	memset(&a, 0, sizeof(a));
	if (copy_from_guest_raw(&a, arg, row->size))
		return -XEN_EFAULT;
	rc = row->fn(&a);
	if (!rc && row->back && copy_to_guest_raw(arg, &a, row->size))
		rc = -XEN_EFAULT;
	return rc;
}
