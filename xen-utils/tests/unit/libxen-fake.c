/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pretend machine of libxen-fake.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libxen/kernel-abi.h"
#include "tests/unit/libxen-fake.h"

enum { FD_PRIVCMD = 100, FD_HYPERCALL, FD_EVTCHN, FD_GNTDEV };

void fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->memory = memfd_create("machine", MFD_CLOEXEC);
	if (f->memory < 0 || ftruncate(f->memory, (off_t)FAKE_FRAMES * 4096))
		abort();
	f->next_frame = 1024;
	f->free_pages = FAKE_FRAMES - 2048;
	f->next_port = 1;
	f->owner[FAKE_SHARED] = f->owner[FAKE_GRANTS] = FAKE_DOMID;
}

void fake_done(struct fake *f)
{
	close(f->memory);
}

void fake_read(struct fake *f, uint64_t maddr, void *to, size_t size)
{
	if (pread(f->memory, to, size, (off_t)maddr) != (ssize_t)size)
		memset(to, 0xee, size);
}

/* Whether this is the call that is to fail. */
static bool fails_now(struct fake *f)
{
	return ++f->calls == f->fail_at;
}

static bool in_hypercall_memory(struct fake *f, uint64_t address)
{
	unsigned int i;

	for (i = 0; i < f->nr_regions; i++)
		if (address - f->regions[i].start < f->regions[i].size)
			return true;
	f->stray_argument = true;
	return false;
}

/* ---- hypercalls -------------------------------------------------------------------------- */

static long do_getdomaininfo(struct fake *f, struct xen_domctl *op)
{
	if (!f->created || f->destroyed || op->domain > FAKE_DOMID)
		return -ESRCH;
	op->domain = FAKE_DOMID;
	op->u.getdomaininfo.domain = FAKE_DOMID;
	op->u.getdomaininfo.shared_info_frame = FAKE_SHARED;
	return 0;
}

static long do_create(struct fake *f, struct xen_domctl *op)
{
	if (f->created)
		return -EEXIST;
	f->created = true;
	f->config = op->u.createdomain;
	op->domain = FAKE_DOMID;
	return 0;
}

static long do_context(struct fake *f, struct xen_domctl *op)
{
	const void *p = op->u.vcpucontext.ctxt.p;

	if (!p || !in_hypercall_memory(f, (uintptr_t)p) || op->u.vcpucontext.vcpu)
		return -EFAULT;
	memcpy(&f->context, p, sizeof(f->context));
	f->have_context = true;
	return 0;
}

static long fake_domctl(struct fake *f, struct xen_domctl *op)
{
	if (f->domctl_error)
		return f->domctl_error;
	if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	switch (op->cmd) {
	case XEN_DOMCTL_createdomain:
		return do_create(f, op);
	case XEN_DOMCTL_destroydomain:
		f->destroyed = true;
		return 0;
	case XEN_DOMCTL_getdomaininfo:
		return op->domain == 0 ? 0 : do_getdomaininfo(f, op);
	case XEN_DOMCTL_max_vcpus:
		f->nr_vcpus = op->u.max_vcpus.max;
		return 0;
	case XEN_DOMCTL_max_mem:
		f->max_kb = op->u.max_mem.max_memkb;
		return 0;
	case XEN_DOMCTL_setvcpucontext:
		return do_context(f, op);
	case XEN_DOMCTL_hypercall_init:
		f->hypercall_page = op->u.hypercall_init.gmfn;
		return 0;
	}
	return -ENOSYS;
}

static long do_readconsole(struct fake *f, struct xen_sysctl *op)
{
	static const char text[] = "0123456789";
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	uint32_t at = r->incremental ? r->index : 0;
	uint32_t left = at < 10 ? 10 - at : 0;

	if (!in_hypercall_memory(f, (uintptr_t)r->buffer.p))
		return -EFAULT;
	if (left > r->count)
		left = r->count;
	memcpy(r->buffer.p, text + (left ? at : 0), left);
	r->count = left;
	r->index = at + left;
	return 0;
}

static long do_list(struct fake *f, struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	xen_domctl_getdomaininfo_t *to = l->buffer.p;

	if (!in_hypercall_memory(f, (uintptr_t)to))
		return -EFAULT;
	for (l->num_domains = 0; l->num_domains < l->max_domains && l->num_domains < 3;
	     l->num_domains++)
		to[l->num_domains].domain = (domid_t)(l->first_domain + l->num_domains);
	return 0;
}

/* Two counters, "one" with a value and "three" with as many. */
static long do_perfc(struct fake *f, struct xen_sysctl *op)
{
	struct xen_sysctl_perfc_op *p = &op->u.perfc_op;
	xen_sysctl_perfc_desc_t *desc = p->desc.p;
	xen_sysctl_perfc_val_t *val = p->val.p;

	if (p->cmd == XEN_SYSCTL_PERFCOP_reset)
		f->perf_resets++;
	if ((desc && !in_hypercall_memory(f, (uintptr_t)desc)) ||
	    (val && !in_hypercall_memory(f, (uintptr_t)val)))
		return -EFAULT;
	p->nr_counters = 2;
	p->nr_vals = f->perf_growing && desc ? 5 : 4;
	for (uint32_t i = 0; desc && i < 2; i++) {
		memset(&desc[i], 0, sizeof(desc[i]));
		strcpy(desc[i].name, i ? "three" : "one");
		desc[i].nr_vals = i ? 3 : 1;
	}
	for (uint32_t i = 0; val && i < 4; i++)
		val[i] = i + 100;
	return 0;
}

static long fake_sysctl(struct fake *f, struct xen_sysctl *op)
{
	if (f->sysctl_error)
		return f->sysctl_error;
	switch (op->cmd) {
	case XEN_SYSCTL_physinfo:
		op->u.physinfo.free_pages = f->free_pages;
		return 0;
	case XEN_SYSCTL_readconsole:
		return do_readconsole(f, op);
	case XEN_SYSCTL_getdomaininfolist:
		return do_list(f, op);
	case XEN_SYSCTL_perfc_op:
		return do_perfc(f, op);
	}
	return -ENOSYS;
}

/*
 * Large extents are contiguous; single frames come with gaps, so that a builder which confuses
 * frame numbers is found out.
 */
static long do_populate(struct fake *f, struct xen_memory_reservation *op)
{
	xen_pfn_t *list = op->extent_start.p;
	uint32_t pages = 1U << op->extent_order, i, j, first;

	if (!in_hypercall_memory(f, (uintptr_t)list))
		return -EFAULT;
	for (i = 0; i < op->nr_extents; i++) {
		if (f->no_large && op->extent_order)
			break;
		first = (f->next_frame + pages - 1) & ~(pages - 1);
		if (first + pages > FAKE_FRAMES)
			break;
		for (j = 0; j < pages; j++)
			f->owner[first + j] = op->domid;
		f->next_frame = first + pages + (op->extent_order ? 0 : first % 3);
		list[i] = first;
	}
	return i;
}

static long fake_memory(struct fake *f, unsigned int command, void *argument)
{
	struct xen_memory_reservation *r = argument;
	struct xen_foreign_memory_map *map = argument;

	switch (command) {
	case XENMEM_populate_physmap:
		return do_populate(f, r);
	case XENMEM_claim_pages:
		if (f->no_claim)
			return -ENOSYS;
		f->claimed = r->nr_extents;
		return 0;
	case XENMEM_set_memory_map:
		if (!in_hypercall_memory(f, (uintptr_t)map->map.buffer.p) ||
		    map->map.nr_entries != 1)
			return -EINVAL;
		memcpy(&f->map_size, (char *)map->map.buffer.p + 8, sizeof(f->map_size));
		return 0;
	}
	return -ENOSYS;
}

static long fake_mmuext(struct fake *f, const struct mmuext_op *op, uint64_t count, uint64_t domid)
{
	if (count != 1 || op->cmd != MMUEXT_PIN_L4_TABLE || domid != FAKE_DOMID)
		return -EINVAL;
	/* Pinning makes the tables read-only: the builder may have nothing mapped any more. */
	if (f->mappings)
		return -EBUSY;
	f->pinned_l4 = op->arg1.mfn;
	return 0;
}

static long fake_evtchn_op(struct fake *f, uint64_t command, struct evtchn_alloc_unbound *op)
{
	if (command != EVTCHNOP_alloc_unbound || op->dom != FAKE_DOMID)
		return -EINVAL;
	op->port = f->next_port++;
	return 0;
}

static long fake_grant_op(struct fake *f, uint64_t command, struct gnttab_setup_table *op)
{
	if (command != GNTTABOP_setup_table || !in_hypercall_memory(f, (uintptr_t)op->frame_list.p))
		return -EINVAL;
	*(xen_pfn_t *)op->frame_list.p = FAKE_GRANTS;
	op->status = GNTST_okay;
	return 0;
}

static long fake_hypercall(struct fake *f, struct privcmd_hypercall *call)
{
	void *first = (void *)(uintptr_t)call->arg[0], *second = (void *)(uintptr_t)call->arg[1];

	switch (call->op) {
	case __HYPERVISOR_domctl:
		return in_hypercall_memory(f, call->arg[0]) ? fake_domctl(f, first) : -EFAULT;
	case __HYPERVISOR_sysctl:
		return in_hypercall_memory(f, call->arg[0]) ? fake_sysctl(f, first) : -EFAULT;
	case __HYPERVISOR_memory_op:
		return in_hypercall_memory(f, call->arg[1]) ?
		       fake_memory(f, (unsigned int)call->arg[0], second) : -EFAULT;
	case __HYPERVISOR_mmuext_op:
		return in_hypercall_memory(f, call->arg[0]) ?
		       fake_mmuext(f, first, call->arg[1], call->arg[3]) : -EFAULT;
	case __HYPERVISOR_event_channel_op:
		return in_hypercall_memory(f, call->arg[1]) ?
		       fake_evtchn_op(f, call->arg[0], second) : -EFAULT;
	case __HYPERVISOR_grant_table_op:
		return in_hypercall_memory(f, call->arg[1]) ?
		       fake_grant_op(f, call->arg[0], second) : -EFAULT;
	}
	return -ENOSYS;
}

/* ---- devices ------------------------------------------------------------------------------ */

static int map_one(struct fake *f, uint64_t address, uint64_t frame, uint32_t domid)
{
	void *p;

	if (frame >= FAKE_FRAMES || f->owner[frame] != domid)
		return -EINVAL;
	p = mmap((void *)(uintptr_t)address, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 f->memory, (off_t)(frame * 4096));
	return p == MAP_FAILED ? -errno : 0;
}

static long fake_mmapbatch(struct fake *f, struct privcmd_mmapbatch_v2 *batch)
{
	unsigned int i;

	for (i = 0; i < batch->num; i++)
		batch->err[i] = map_one(f, batch->addr + i * 4096UL, batch->arr[i], batch->dom);
	return 0;
}

static long fake_resource(struct fake *f, struct privcmd_mmap_resource *r)
{
	if (f->no_resource || r->type != XENMEM_resource_grant_table || r->num != 1)
		return -EOPNOTSUPP;
	return map_one(f, r->addr, FAKE_GRANTS, r->dom);
}

static int fake_op_open(void *context, const char *path, int flags)
{
	struct fake *f = context;

	(void)flags;
	if (!strcmp(path, "/dev/xen/privcmd"))
		return FD_PRIVCMD;
	if (!strcmp(path, "/dev/xen/hypercall"))
		return f->no_hypercall_device ? -ENOENT : FD_HYPERCALL;
	if (!strcmp(path, "/dev/xen/evtchn"))
		return FD_EVTCHN;
	if (!strcmp(path, "/dev/xen/gntdev"))
		return FD_GNTDEV;
	return -ENOENT;
}

static int fake_op_close(void *context, int fd)
{
	(void)context;
	(void)fd;
	return 0;
}

static long fake_op_ioctl(void *context, int fd, unsigned long request, void *argument)
{
	struct fake *f = context;

	if (fd == FD_PRIVCMD && request != IOCTL_PRIVCMD_DM_OP && fails_now(f))
		return f->fail_with;
	if (fd == FD_PRIVCMD && request == IOCTL_PRIVCMD_HYPERCALL)
		return fake_hypercall(f, argument);
	if (fd == FD_PRIVCMD && request == IOCTL_PRIVCMD_MMAPBATCH_V2)
		return fake_mmapbatch(f, argument);
	if (fd == FD_PRIVCMD && request == IOCTL_PRIVCMD_MMAP_RESOURCE)
		return fake_resource(f, argument);
	if (fd == FD_EVTCHN && request == IOCTL_EVTCHN_BIND_VIRQ)
		return 40 + ((struct ioctl_evtchn_bind_virq *)argument)->virq;
	if (fd == FD_EVTCHN && request == IOCTL_EVTCHN_UNBIND)
		return 0;
	if (fd == FD_EVTCHN && request == IOCTL_EVTCHN_NOTIFY) {
		f->notified = ((struct ioctl_evtchn_notify *)argument)->port;
		return 0;
	}
	return -ENOTTY;
}

static void *fake_op_mmap(void *context, size_t size, int prot, int flags, int fd, off_t offset)
{
	struct fake *f = context;
	void *p;

	(void)prot;
	(void)flags;
	(void)offset;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return p;
	if (fd == FD_PRIVCMD) {
		f->mappings++;
	} else if (f->nr_regions < 64) {
		f->regions[f->nr_regions].start = (uintptr_t)p;
		f->regions[f->nr_regions++].size = size;
	}
	return p;
}

static int fake_op_munmap(void *context, void *address, size_t size)
{
	struct fake *f = context;
	unsigned int i;

	for (i = 0; i < f->nr_regions; i++) {
		if (f->regions[i].start != (uintptr_t)address)
			continue;
		f->regions[i] = f->regions[--f->nr_regions];
		return munmap(address, size);
	}
	f->mappings--;
	return munmap(address, size);
}

static ssize_t fake_op_read(void *context, int fd, void *buffer, size_t size)
{
	struct fake *f = context;
	size_t bytes = f->nr_pending * sizeof(f->pending[0]);

	if (fd != FD_EVTCHN)
		return -EBADF;
	if (!bytes)
		return -EAGAIN;
	if (bytes > size)
		bytes = size;
	memcpy(buffer, f->pending, bytes);
	f->nr_pending = 0;
	return (ssize_t)bytes;
}

static ssize_t fake_op_write(void *context, int fd, const void *buffer, size_t size)
{
	struct fake *f = context;

	if (fd != FD_EVTCHN || size != sizeof(f->unmasked))
		return -EINVAL;
	memcpy(&f->unmasked, buffer, sizeof(f->unmasked));
	return (ssize_t)size;
}

static const struct libxen_ops fake_ops = {
	.open = fake_op_open,
	.close = fake_op_close,
	.ioctl = fake_op_ioctl,
	.mmap = fake_op_mmap,
	.munmap = fake_op_munmap,
	.read = fake_op_read,
	.write = fake_op_write,
};

int fake_open(struct fake *f, struct libxen **ret_x)
{
	return libxen_open_with(&fake_ops, f, ret_x);
}
