/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of domains: reservations, physical maps, claims. Relies on hypercall.c.
 */
#include <config.h>

#include "libxen/internal.h"

/*
 * @in and @out are the extents going in and coming out; either may be NULL. The count done comes
 * from the result; a failure before the first extent is an error.
 */
static long reservation_op(struct libxen *x, unsigned int command, uint32_t domid,
			   const xen_pfn_t *in, xen_pfn_t *out, unsigned long count,
			   unsigned int order, unsigned int flags)
{
	size_t mark = libxen_buffer_mark(x);
	xen_pfn_t *copy = libxen_buffer_get(x, count * sizeof(*copy));
	struct xen_memory_reservation op = {
		.nr_extents = count, .extent_order = order, .mem_flags = flags,
		.domid = (domid_t)domid,
	};
	long r = -ENOMEM;

	if (!copy)
		goto out;
	if (in)
		memcpy(copy, in, count * sizeof(*copy));
	set_xen_guest_handle(op.extent_start, copy);
	r = libxen_memory_op(x, command, &op, sizeof(op));
	if (r > (long)count)
		r = (long)count;
	if (r > 0 && out)
		memcpy(out, copy, (size_t)r * sizeof(*copy));
	if (r == 0 && count)
		r = -ENOMEM;
out:
	libxen_buffer_release(x, mark);
	return r;
}

long libxen_memory_populate(struct libxen *x, uint32_t domid, xen_pfn_t *frames,
			    unsigned long count, unsigned int order, unsigned int flags)
{
	return reservation_op(x, XENMEM_populate_physmap, domid, frames, frames, count, order,
			      flags);
}

long libxen_memory_increase(struct libxen *x, uint32_t domid, xen_pfn_t *ret_frames,
			    unsigned long count, unsigned int order, unsigned int flags)
{
	return reservation_op(x, XENMEM_increase_reservation, domid, NULL, ret_frames, count, order,
			      flags);
}

long libxen_memory_decrease(struct libxen *x, uint32_t domid, const xen_pfn_t *frames,
			    unsigned long count, unsigned int order)
{
	return reservation_op(x, XENMEM_decrease_reservation, domid, frames, NULL, count, order, 0);
}

int libxen_memory_exchange(struct libxen *x, uint32_t domid, const xen_pfn_t *in,
			   unsigned long count_in, unsigned int order_in, xen_pfn_t *out,
			   unsigned long count_out, unsigned int order_out, unsigned int flags,
			   unsigned long *ret_done)
{
	size_t mark = libxen_buffer_mark(x);
	xen_pfn_t *in_copy = libxen_buffer_copy(x, in, count_in * sizeof(*in));
	xen_pfn_t *out_copy = libxen_buffer_copy(x, out, count_out * sizeof(*out));
	struct xen_memory_exchange op = {
		.in = { .nr_extents = count_in, .extent_order = order_in, .domid = (domid_t)domid },
		.out = { .nr_extents = count_out, .extent_order = order_out, .mem_flags = flags,
			 .domid = (domid_t)domid },
	};
	long r = -ENOMEM;

	if (!in_copy || !out_copy)
		goto out;
	set_xen_guest_handle(op.in.extent_start, in_copy);
	set_xen_guest_handle(op.out.extent_start, out_copy);
	r = libxen_memory_op(x, XENMEM_exchange, &op, sizeof(op));
	memcpy(out, out_copy, count_out * sizeof(*out));
	if (ret_done)
		*ret_done = op.nr_exchanged;
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}

static long domain_query(struct libxen *x, unsigned int command, uint32_t domid)
{
	struct xen_memory_domain op = { .domid = (domid_t)domid };

	return libxen_memory_op(x, command, &op, sizeof(op));
}

long libxen_memory_maximum_reservation(struct libxen *x, uint32_t domid)
{
	return domain_query(x, XENMEM_maximum_reservation, domid);
}

long libxen_memory_current_reservation(struct libxen *x, uint32_t domid)
{
	return domain_query(x, XENMEM_current_reservation, domid);
}

long libxen_memory_maximum_gpfn(struct libxen *x, uint32_t domid)
{
	return domain_query(x, XENMEM_maximum_gpfn, domid);
}

long libxen_memory_maximum_ram_page(struct libxen *x)
{
	return libxen_hypercall(x, __HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
}

int libxen_memory_add_to_physmap(struct libxen *x, uint32_t domid, unsigned int space,
				 uint64_t index, xen_pfn_t gpfn)
{
	struct xen_add_to_physmap op = {
		.domid = (domid_t)domid, .space = space, .idx = index, .gpfn = gpfn,
	};
	long r = libxen_memory_op(x, XENMEM_add_to_physmap, &op, sizeof(op));

	return r < 0 ? (int)r : 0;
}

int libxen_memory_claim(struct libxen *x, uint32_t domid, uint64_t pages)
{
	struct xen_memory_reservation op = { .nr_extents = pages, .domid = (domid_t)domid };
	long r = libxen_memory_op(x, XENMEM_claim_pages, &op, sizeof(op));

	return r < 0 ? (int)r : 0;
}

int libxen_memory_set_map(struct libxen *x, uint32_t domid,
			  const struct libxen_memory_region *regions, unsigned int count)
{
	struct xen_foreign_memory_map op = { .domid = (domid_t)domid, .map.nr_entries = count };
	size_t mark = libxen_buffer_mark(x);
	void *copy = libxen_buffer_copy(x, regions, count * sizeof(*regions));
	long r = -ENOMEM;

	if (copy) {
		set_xen_guest_handle(op.map.buffer, copy);
		r = libxen_memory_op(x, XENMEM_set_memory_map, &op, sizeof(op));
	}
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}

int libxen_memory_m2p_frames(struct libxen *x, xen_pfn_t *frames, unsigned int max)
{
	struct xen_machphys_mfn_list op = { .max_extents = max };
	size_t mark = libxen_buffer_mark(x);
	xen_pfn_t *copy = libxen_buffer_get(x, max * sizeof(*copy));
	long r = -ENOMEM;

	if (!copy)
		goto out;
	set_xen_guest_handle(op.extent_start, copy);
	r = libxen_memory_op(x, XENMEM_machphys_mfn_list, &op, sizeof(op));
	if (r < 0)
		goto out;
	r = op.nr_extents > max ? max : op.nr_extents;
	memcpy(frames, copy, (size_t)r * sizeof(*copy));
out:
	libxen_buffer_release(x, mark);
	return (int)r;
}
