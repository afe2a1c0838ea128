/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables and the machine-to-physical table of other domains. Relies on hypercall.c.
 */
#include <config.h>

#include "libxen/internal.h"

int libxen_mmu_ext_op(struct libxen *x, uint32_t domid, unsigned int command, xen_pfn_t mfn)
{
	size_t mark = libxen_buffer_mark(x);
	struct mmuext_op *op = libxen_buffer_get(x, sizeof(*op));
	long r = -ENOMEM;

	if (!op)
		goto out;
	op->cmd = command;
	op->arg1.mfn = mfn;
	r = libxen_hypercall(x, __HYPERVISOR_mmuext_op, libxen_address(op), 1, 0, domid, 0);
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}

int libxen_mmu_update(struct libxen *x, uint32_t domid, const struct mmu_update *updates,
		      unsigned int count, unsigned int *ret_done)
{
	size_t mark = libxen_buffer_mark(x);
	struct mmu_update *copy = libxen_buffer_copy(x, updates, count * sizeof(*copy));
	unsigned int *done = libxen_buffer_get(x, sizeof(*done));
	long r = -ENOMEM;

	if (!copy || !done)
		goto out;
	r = libxen_hypercall(x, __HYPERVISOR_mmu_update, libxen_address(copy), count,
			     libxen_address(done), domid, 0);
	if (ret_done)
		*ret_done = *done;
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}
