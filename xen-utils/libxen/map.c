/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping memory of other domains through privcmd. Relies on the handle only: the kernel makes
 * the hypercalls. Mappings outlive nothing: the caller unmaps them with libxen_unmap().
 */
#include <config.h>

#include <stdlib.h>

#include "libxen/internal.h"

static int reserve(struct libxen *x, size_t count, int prot, void **ret_address)
{
	void *p;

	if (!count || count > SIZE_MAX >> LIBXEN_PAGE_SHIFT)
		return -EINVAL;
	p = x->ops->mmap(x->context, count << LIBXEN_PAGE_SHIFT, prot, MAP_SHARED, x->privcmd_fd,
			 0);
	if (p == MAP_FAILED)
		return errno ? -errno : -ENOMEM;
	*ret_address = p;
	return 0;
}

/*
 * The kernel answers 0 when every frame was mapped; ENOENT when some frame was paged out and asks
 * to be tried again; any other trouble is in the per-frame array with a result of 0.
 */
static int map_batch(struct libxen *x, uint32_t domid, const xen_pfn_t *frames, size_t count,
		     int *errors, void *address)
{
	struct privcmd_mmapbatch_v2 batch = {
		.num = (unsigned int)count, .dom = (domid_t)domid,
		.addr = libxen_address(address), .arr = frames, .err = errors,
	};
	long r = libxen_ioctl(x, x->privcmd_fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &batch);

	return r == -ENOENT ? 0 : (int)r;
}

static int first_error(const int *errors, size_t count, size_t *ret_mapped)
{
	size_t i, mapped = 0;
	int rc = 0;

	for (i = 0; i < count; i++) {
		if (!errors[i])
			mapped++;
		else if (!rc)
			rc = errors[i];
	}
	*ret_mapped = mapped;
	return rc;
}

int libxen_map_frames(struct libxen *x, uint32_t domid, int prot, const xen_pfn_t *frames,
		      size_t count, int *errors, void **ret_address)
{
	int *own_errors = errors;
	void *address = NULL;
	size_t mapped;
	int rc;

	if (count > UINT32_MAX)
		return -EINVAL;
	rc = reserve(x, count, prot, &address);
	if (rc)
		return rc;
	if (!own_errors)
		own_errors = calloc(count, sizeof(*own_errors));
	if (!own_errors) {
		rc = -ENOMEM;
		goto out;
	}
	rc = map_batch(x, domid, frames, count, own_errors, address);
	if (rc)
		goto out;
	rc = first_error(own_errors, count, &mapped);
	if (errors && mapped)
		rc = 0;
out:
	if (own_errors != errors)
		free(own_errors);
	if (rc)
		libxen_unmap(x, address, count);
	else
		*ret_address = address;
	return rc;
}

int libxen_map_frame(struct libxen *x, uint32_t domid, int prot, xen_pfn_t frame,
		     void **ret_address)
{
	return libxen_map_frames(x, domid, prot, &frame, 1, NULL, ret_address);
}

int libxen_map_resource(struct libxen *x, uint32_t domid, uint32_t type, uint32_t id,
			uint32_t index, uint32_t count, int prot, void **ret_address)
{
	struct privcmd_mmap_resource resource = {
		.dom = (domid_t)domid, .type = type, .id = id, .idx = index, .num = count,
	};
	void *address;
	long r;
	int rc;

	rc = reserve(x, count, prot, &address);
	if (rc)
		return rc;
	resource.addr = libxen_address(address);
	r = libxen_ioctl(x, x->privcmd_fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &resource);
	if (r < 0) {
		libxen_unmap(x, address, count);
		return (int)r;
	}
	*ret_address = address;
	return 0;
}

void libxen_unmap(struct libxen *x, void *address, size_t count)
{
	if (address)
		x->ops->munmap(x->context, address, count << LIBXEN_PAGE_SHIFT);
}
