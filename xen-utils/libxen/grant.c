/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grants: mapping those made to us (gntdev), and writing the first entries of a new domain's
 * table. Relies on map.c for the latter.
 */
#include <config.h>

#include <fcntl.h>
#include <stdlib.h>

#include "libxen/internal.h"

#define GNTDEV_DEVICE "/dev/xen/gntdev"

static int gntdev_open(struct libxen *x)
{
	int fd;

	if (x->gntdev_fd >= 0)
		return 0;
	fd = x->ops->open(x->context, GNTDEV_DEVICE, O_RDWR);
	if (fd < 0)
		return fd;
	x->gntdev_fd = fd;
	return 0;
}

static void forget_refs(struct libxen *x, uint64_t index, unsigned int count)
{
	struct ioctl_gntdev_unmap_grant_ref unmap = { .index = index, .count = count };

	libxen_ioctl(x, x->gntdev_fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
}

static int insert_refs(struct libxen *x, uint32_t domid, const grant_ref_t *refs,
		       unsigned int count, uint64_t *ret_index)
{
	size_t size = sizeof(struct ioctl_gntdev_map_grant_ref) +
		      (count - 1) * sizeof(struct ioctl_gntdev_grant_ref);
	struct ioctl_gntdev_map_grant_ref *map = calloc(1, size);
	struct ioctl_gntdev_grant_ref *list;
	unsigned int i;
	long r;

	if (!map)
		return -ENOMEM;
	map->count = count;
	list = map->refs;
	for (i = 0; i < count; i++) {
		list[i].domid = domid;
		list[i].ref = refs[i];
	}
	r = libxen_ioctl(x, x->gntdev_fd, IOCTL_GNTDEV_MAP_GRANT_REF, map);
	if (r >= 0)
		*ret_index = map->index;
	free(map);
	return r < 0 ? (int)r : 0;
}

int libxen_grant_map(struct libxen *x, uint32_t domid, int prot, const grant_ref_t *refs,
		     unsigned int count, void **ret_address)
{
	uint64_t index = 0;
	void *p;
	int rc;

	if (!count)
		return -EINVAL;
	rc = gntdev_open(x);
	if (!rc)
		rc = insert_refs(x, domid, refs, count, &index);
	if (rc)
		return rc;
	p = x->ops->mmap(x->context, (size_t)count << LIBXEN_PAGE_SHIFT, prot, MAP_SHARED,
			 x->gntdev_fd, (off_t)index);
	if (p == MAP_FAILED) {
		rc = errno ? -errno : -EIO;
		forget_refs(x, index, count);
		return rc;
	}
	*ret_address = p;
	return 0;
}

int libxen_grant_map_one(struct libxen *x, uint32_t domid, int prot, grant_ref_t ref,
			 void **ret_address)
{
	return libxen_grant_map(x, domid, prot, &ref, 1, ret_address);
}

int libxen_grant_unmap(struct libxen *x, void *address, unsigned int count)
{
	struct ioctl_gntdev_get_offset_for_vaddr where = { .vaddr = libxen_address(address) };
	long r;
	int rc;

	if (!address)
		return 0;
	/* Asked before unmapping: afterwards the kernel no longer knows the address. */
	r = libxen_ioctl(x, x->gntdev_fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &where);
	if (r < 0)
		return (int)r;
	if (where.count != count)
		return -EINVAL;
	rc = x->ops->munmap(x->context, address, (size_t)count << LIBXEN_PAGE_SHIFT);
	if (rc)
		return rc;
	forget_refs(x, where.offset, count);
	return 0;
}

/* ---- seeding ----------------------------------------------------------------------------- */

/* The older way to reach the table: ask for its frame and map that as foreign memory. */
static int map_table_by_frame(struct libxen *x, uint32_t domid, void **ret_address)
{
	size_t mark = libxen_buffer_mark(x);
	struct gnttab_setup_table *op = libxen_buffer_get(x, sizeof(*op));
	xen_pfn_t *frame = libxen_buffer_get(x, sizeof(*frame));
	long r = -ENOMEM;

	if (!op || !frame)
		goto out;
	op->dom = (domid_t)domid;
	op->nr_frames = 1;
	set_xen_guest_handle(op->frame_list, frame);
	r = libxen_hypercall(x, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table,
			     libxen_address(op), 1, 0, 0);
	if (r >= 0 && op->status != GNTST_okay)
		r = -EIO;
	if (r >= 0)
		r = libxen_map_frame(x, domid, PROT_READ | PROT_WRITE, *frame, ret_address);
out:
	libxen_buffer_release(x, mark);
	return r < 0 ? (int)r : 0;
}

static void seed_entry(struct grant_entry_v1 *entry, uint32_t domid, xen_pfn_t frame)
{
	entry->domid = (domid_t)domid;
	entry->frame = (uint32_t)frame;
	/* The flags make the entry live, so they come last. */
	__atomic_store_n(&entry->flags, (uint16_t)GTF_permit_access, __ATOMIC_RELEASE);
}

int libxen_grant_seed(struct libxen *x, uint32_t domid, xen_pfn_t console_frame,
		      uint32_t console_domid, xen_pfn_t store_frame, uint32_t store_domid)
{
	struct grant_entry_v1 *table;
	void *address;
	int rc;

	/* A version 1 entry has 32 bits for the frame. */
	if (console_frame > UINT32_MAX || store_frame > UINT32_MAX)
		return -ERANGE;
	rc = libxen_map_resource(x, domid, XENMEM_resource_grant_table,
				 XENMEM_resource_grant_table_id_shared, 0, 1,
				 PROT_READ | PROT_WRITE, &address);
	if (rc)
		rc = map_table_by_frame(x, domid, &address);
	if (rc)
		return rc;
	table = address;
	seed_entry(&table[GNTTAB_RESERVED_CONSOLE], console_domid, console_frame);
	seed_entry(&table[GNTTAB_RESERVED_XENSTORE], store_domid, store_frame);
	libxen_unmap(x, address, 1);
	return 0;
}
