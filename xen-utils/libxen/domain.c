/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domain life cycle: thin, typed wrappers of domctl. Relies on hypercall.c; checks nothing that
 * the hypervisor checks.
 */
#include <config.h>

#include "libxen/internal.h"

/* For the many operations whose argument goes in and nothing comes out. */
static int domctl_do(struct libxen *x, struct xen_domctl *op)
{
	long r = libxen_domctl(x, op);

	return r < 0 ? (int)r : 0;
}

static int domctl_plain(struct libxen *x, uint32_t domid, uint32_t command)
{
	struct xen_domctl op = { .cmd = command, .domain = (domid_t)domid };

	return domctl_do(x, &op);
}

int libxen_domain_create(struct libxen *x, const struct xen_domctl_createdomain *config,
			 uint32_t *domid)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_createdomain, .domain = (domid_t)*domid };
	int rc;

	op.u.createdomain = *config;
	rc = domctl_do(x, &op);
	if (!rc)
		*domid = op.domain;
	return rc;
}

int libxen_domain_destroy(struct libxen *x, uint32_t domid)
{
	return domctl_plain(x, domid, XEN_DOMCTL_destroydomain);
}

int libxen_domain_pause(struct libxen *x, uint32_t domid)
{
	return domctl_plain(x, domid, XEN_DOMCTL_pausedomain);
}

int libxen_domain_unpause(struct libxen *x, uint32_t domid)
{
	return domctl_plain(x, domid, XEN_DOMCTL_unpausedomain);
}

int libxen_domain_resume(struct libxen *x, uint32_t domid)
{
	return domctl_plain(x, domid, XEN_DOMCTL_resumedomain);
}

int libxen_domain_shutdown(struct libxen *x, uint32_t domid, unsigned int reason)
{
	size_t mark = libxen_buffer_mark(x);
	struct sched_remote_shutdown *arg = libxen_buffer_get(x, sizeof(*arg));
	long r = -ENOMEM;

	if (!arg)
		goto out;
	arg->domain_id = (domid_t)domid;
	arg->reason = reason;
	r = libxen_hypercall(x, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, libxen_address(arg),
			     0, 0, 0);
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}

int libxen_domain_info(struct libxen *x, uint32_t domid, struct xen_domctl_getdomaininfo *ret_info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = (domid_t)domid };
	int rc = domctl_do(x, &op);

	if (rc)
		return rc;
	/* A hypervisor may answer with the next domain that exists; that is not what was asked. */
	if (op.domain != domid)
		return -ESRCH;
	*ret_info = op.u.getdomaininfo;
	return 0;
}

int libxen_domain_list(struct libxen *x, uint32_t first, struct xen_domctl_getdomaininfo *list,
		       unsigned int max)
{
	size_t mark = libxen_buffer_mark(x);
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getdomaininfolist };
	void *buffer = libxen_buffer_get(x, max * sizeof(*list));
	unsigned int count = 0;
	long r = -ENOMEM;

	if (!buffer)
		goto out;
	op.u.getdomaininfolist.first_domain = (domid_t)first;
	op.u.getdomaininfolist.max_domains = max;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, buffer);
	r = libxen_sysctl(x, &op);
	if (r < 0)
		goto out;
	count = op.u.getdomaininfolist.num_domains;
	if (count > max)
		count = max;
	memcpy(list, buffer, count * sizeof(*list));
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : (int)count;
}

int libxen_domain_set_handle(struct libxen *x, uint32_t domid, const xen_domain_handle_t handle)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle, .domain = (domid_t)domid };

	memcpy(op.u.setdomainhandle.handle, handle, sizeof(xen_domain_handle_t));
	return domctl_do(x, &op);
}

int libxen_domain_max_mem(struct libxen *x, uint32_t domid, uint64_t max_kb)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_max_mem, .domain = (domid_t)domid };

	op.u.max_mem.max_memkb = max_kb;
	return domctl_do(x, &op);
}

int libxen_domain_max_vcpus(struct libxen *x, uint32_t domid, unsigned int nr_vcpus)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_max_vcpus, .domain = (domid_t)domid };

	op.u.max_vcpus.max = nr_vcpus;
	return domctl_do(x, &op);
}

int libxen_domain_set_time_offset(struct libxen *x, uint32_t domid, int64_t seconds)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_settimeoffset, .domain = (domid_t)domid };

	op.u.settimeoffset.time_offset_seconds = seconds;
	return domctl_do(x, &op);
}

int libxen_domain_set_tsc(struct libxen *x, uint32_t domid, const struct xen_domctl_tsc_info *info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_settscinfo, .domain = (domid_t)domid };

	op.u.tsc_info = *info;
	return domctl_do(x, &op);
}

int libxen_domain_get_tsc(struct libxen *x, uint32_t domid, struct xen_domctl_tsc_info *ret_info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_gettscinfo, .domain = (domid_t)domid };
	int rc = domctl_do(x, &op);

	if (!rc)
		*ret_info = op.u.tsc_info;
	return rc;
}

int libxen_domain_set_address_size(struct libxen *x, uint32_t domid, unsigned int bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_set_address_size, .domain = (domid_t)domid };

	op.u.address_size.size = bits;
	return domctl_do(x, &op);
}

int libxen_domain_get_address_size(struct libxen *x, uint32_t domid, unsigned int *ret_bits)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_get_address_size, .domain = (domid_t)domid };
	int rc = domctl_do(x, &op);

	if (!rc)
		*ret_bits = op.u.address_size.size;
	return rc;
}

int libxen_domain_hypercall_init(struct libxen *x, uint32_t domid, uint64_t gmfn)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_hypercall_init, .domain = (domid_t)domid };

	op.u.hypercall_init.gmfn = gmfn;
	return domctl_do(x, &op);
}

int libxen_domain_iomem_permission(struct libxen *x, uint32_t domid, uint64_t first_mfn,
				   uint64_t nr_mfns, bool allow)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_iomem_permission, .domain = (domid_t)domid };

	op.u.iomem_permission.first_mfn = first_mfn;
	op.u.iomem_permission.nr_mfns = nr_mfns;
	op.u.iomem_permission.allow_access = allow;
	return domctl_do(x, &op);
}

int libxen_domain_ioport_permission(struct libxen *x, uint32_t domid, uint32_t first_port,
				    uint32_t nr_ports, bool allow)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_ioport_permission, .domain = (domid_t)domid };

	op.u.ioport_permission.first_port = first_port;
	op.u.ioport_permission.nr_ports = nr_ports;
	op.u.ioport_permission.allow_access = allow;
	return domctl_do(x, &op);
}

int libxen_domain_irq_permission(struct libxen *x, uint32_t domid, uint32_t pirq, bool allow)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_irq_permission, .domain = (domid_t)domid };

	op.u.irq_permission.pirq = pirq;
	op.u.irq_permission.allow_access = allow;
	return domctl_do(x, &op);
}

int libxen_domain_send_trigger(struct libxen *x, uint32_t domid, uint32_t trigger, uint32_t vcpu)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_sendtrigger, .domain = (domid_t)domid };

	op.u.sendtrigger.trigger = trigger;
	op.u.sendtrigger.vcpu = vcpu;
	return domctl_do(x, &op);
}

int libxen_domain_scheduler_op(struct libxen *x, uint32_t domid,
			       struct xen_domctl_scheduler_op *sop)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_scheduler_op, .domain = (domid_t)domid };
	int rc;

	op.u.scheduler_op = *sop;
	rc = domctl_do(x, &op);
	if (!rc)
		*sop = op.u.scheduler_op;
	return rc;
}

int libxen_domain_shadow_op(struct libxen *x, uint32_t domid, uint32_t shadow_op, uint32_t mode,
			    uint8_t *bitmap, uint64_t *pages,
			    struct xen_domctl_shadow_op_stats *stats)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_shadow_op, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	size_t size = bitmap ? (*pages + 7) / 8 : 0;
	uint8_t *buffer = NULL;
	int rc = -ENOMEM;

	if (bitmap) {
		buffer = libxen_buffer_get(x, size);
		if (!buffer)
			goto out;
		set_xen_guest_handle(op.u.shadow_op.dirty_bitmap, buffer);
	}
	op.u.shadow_op.op = shadow_op;
	op.u.shadow_op.mode = mode;
	op.u.shadow_op.pages = pages ? *pages : 0;
	rc = domctl_do(x, &op);
	if (rc)
		goto out;
	if (bitmap)
		memcpy(bitmap, buffer, size);
	if (pages)
		*pages = op.u.shadow_op.pages;
	if (stats)
		*stats = op.u.shadow_op.stats;
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_domain_page_types(struct libxen *x, uint32_t domid, xen_pfn_t *frames,
			     unsigned int count)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getpageframeinfo3, .domain = (domid_t)domid };
	size_t mark = libxen_buffer_mark(x);
	xen_pfn_t *buffer = libxen_buffer_copy(x, frames, count * sizeof(*frames));
	int rc = -ENOMEM;

	if (!buffer)
		goto out;
	op.u.getpageframeinfo3.num = count;
	set_xen_guest_handle(op.u.getpageframeinfo3.array, buffer);
	rc = domctl_do(x, &op);
	if (!rc)
		memcpy(frames, buffer, count * sizeof(*frames));
out:
	libxen_buffer_release(x, mark);
	return rc;
}
