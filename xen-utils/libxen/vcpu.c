/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual CPUs: register state, affinity, accounting. Relies on hypercall.c.
 */
#include <config.h>

#include "libxen/internal.h"

static int domctl_do(struct libxen *x, struct xen_domctl *op)
{
	long r = libxen_domctl(x, op);

	return r < 0 ? (int)r : 0;
}

int libxen_vcpu_set_context(struct libxen *x, uint32_t domid, uint32_t vcpu,
			    const struct vcpu_guest_context *context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpucontext, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	vcpu_guest_context_t *copy = NULL;
	int rc = -ENOMEM;

	if (context) {
		copy = libxen_buffer_copy(x, context, sizeof(*context));
		if (!copy)
			goto out;
	}
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, copy);
	rc = domctl_do(x, &op);
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_vcpu_get_context(struct libxen *x, uint32_t domid, uint32_t vcpu,
			    struct vcpu_guest_context *ret_context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpucontext, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	vcpu_guest_context_t *copy = libxen_buffer_get(x, sizeof(*copy));
	int rc = -ENOMEM;

	if (!copy)
		goto out;
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, copy);
	rc = domctl_do(x, &op);
	if (!rc)
		*ret_context = *copy;
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_vcpu_info(struct libxen *x, uint32_t domid, uint32_t vcpu,
		     struct xen_domctl_getvcpuinfo *ret_info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo, .domain = (domid_t)domid };
	int rc;

	op.u.getvcpuinfo.vcpu = vcpu;
	rc = domctl_do(x, &op);
	if (!rc)
		*ret_info = op.u.getvcpuinfo;
	return rc;
}

static int bitmap_attach(struct libxen *x, struct xenctl_bitmap *map, const uint8_t *bits,
			 unsigned int nr_bits, uint8_t **ret_buffer)
{
	uint8_t *buffer = libxen_buffer_copy(x, bits, (nr_bits + 7) / 8);

	if (!buffer)
		return -ENOMEM;
	map->nr_bits = nr_bits;
	set_xen_guest_handle(map->bitmap, buffer);
	*ret_buffer = buffer;
	return 0;
}

static int affinity_op(struct libxen *x, struct xen_domctl *op, uint8_t *hard, uint8_t *soft,
		       unsigned int nr_bits)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	size_t mark = libxen_buffer_mark(x), size = (nr_bits + 7) / 8;
	uint8_t *hard_copy = NULL, *soft_copy = NULL;
	int rc = 0;

	if (hard) {
		a->flags |= XEN_VCPUAFFINITY_HARD;
		rc = bitmap_attach(x, &a->cpumap_hard, hard, nr_bits, &hard_copy);
	}
	if (!rc && soft) {
		a->flags |= XEN_VCPUAFFINITY_SOFT;
		rc = bitmap_attach(x, &a->cpumap_soft, soft, nr_bits, &soft_copy);
	}
	if (!rc)
		rc = domctl_do(x, op);
	if (!rc && hard)
		memcpy(hard, hard_copy, size);
	if (!rc && soft)
		memcpy(soft, soft_copy, size);
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_vcpu_set_affinity(struct libxen *x, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			     uint8_t *soft, unsigned int nr_bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuaffinity, .domain = (domid_t)domid };

	op.u.vcpuaffinity.vcpu = vcpu;
	return affinity_op(x, &op, hard, soft, nr_bits);
}

int libxen_vcpu_get_affinity(struct libxen *x, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			     uint8_t *soft, unsigned int nr_bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuaffinity, .domain = (domid_t)domid };

	op.u.vcpuaffinity.vcpu = vcpu;
	return affinity_op(x, &op, hard, soft, nr_bits);
}

int libxen_vcpu_get_extstate(struct libxen *x, uint32_t domid, uint32_t vcpu, uint64_t *mask,
			     void *buffer, uint64_t *size)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuextstate, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	uint64_t room = *size;
	void *copy = NULL;
	int rc = -ENOMEM;

	op.u.vcpuextstate.vcpu = vcpu;
	op.u.vcpuextstate.xfeature_mask = *mask;
	if (buffer) {
		copy = libxen_buffer_get(x, room);
		if (!copy)
			goto out;
		op.u.vcpuextstate.size = room;
		set_xen_guest_handle(op.u.vcpuextstate.buffer, copy);
	}
	rc = domctl_do(x, &op);
	if (rc)
		goto out;
	if (buffer && op.u.vcpuextstate.size > room) {
		rc = -ENOBUFS;
		goto out;
	}
	if (buffer)
		memcpy(buffer, copy, op.u.vcpuextstate.size);
	*mask = op.u.vcpuextstate.xfeature_mask;
	*size = op.u.vcpuextstate.size;
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_vcpu_set_extstate(struct libxen *x, uint32_t domid, uint32_t vcpu, uint64_t feature_mask,
			     const void *buffer, uint64_t size)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuextstate, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	void *copy = libxen_buffer_copy(x, buffer, size);
	int rc = -ENOMEM;

	if (!copy)
		goto out;
	op.u.vcpuextstate.vcpu = vcpu;
	op.u.vcpuextstate.xfeature_mask = feature_mask;
	op.u.vcpuextstate.size = size;
	set_xen_guest_handle(op.u.vcpuextstate.buffer, copy);
	rc = domctl_do(x, &op);
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_vcpu_get_extcontext(struct libxen *x, uint32_t domid, uint32_t vcpu,
			       struct xen_domctl_ext_vcpucontext *ret_context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_ext_vcpucontext, .domain = (domid_t)domid };
	int rc;

	op.u.ext_vcpucontext.vcpu = vcpu;
	rc = domctl_do(x, &op);
	if (!rc)
		*ret_context = op.u.ext_vcpucontext;
	return rc;
}

int libxen_vcpu_set_extcontext(struct libxen *x, uint32_t domid,
			       const struct xen_domctl_ext_vcpucontext *context)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_ext_vcpucontext, .domain = (domid_t)domid };

	op.u.ext_vcpucontext = *context;
	return domctl_do(x, &op);
}
