/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handle: opening the devices, the real system calls, and the first question to the
 * hypervisor. Relies on the kernel's privcmd driver; every other file of libxen relies on it.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libxen/internal.h"

#define PRIVCMD_DEVICE   "/dev/xen/privcmd"
#define HYPERCALL_DEVICE "/dev/xen/hypercall"

static int real_open(void *context, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	(void)context;
	return fd < 0 ? -errno : fd;
}

static int real_close(void *context, int fd)
{
	(void)context;
	return close(fd) ? -errno : 0;
}

/* The C library's ioctl() returns an int; some hypercalls return more than fits in one. */
static long real_ioctl(void *context, int fd, unsigned long request, void *argument)
{
	long r = syscall(SYS_ioctl, fd, request, argument);

	(void)context;
	return r < 0 ? -errno : r;
}

static void *real_mmap(void *context, size_t size, int prot, int flags, int fd, off_t offset)
{
	(void)context;
	return mmap(NULL, size, prot, flags, fd, offset);
}

static int real_munmap(void *context, void *address, size_t size)
{
	(void)context;
	return munmap(address, size) ? -errno : 0;
}

static ssize_t real_read(void *context, int fd, void *buffer, size_t size)
{
	ssize_t r = read(fd, buffer, size);

	(void)context;
	return r < 0 ? -errno : r;
}

static ssize_t real_write(void *context, int fd, const void *buffer, size_t size)
{
	ssize_t r = write(fd, buffer, size);

	(void)context;
	return r < 0 ? -errno : r;
}

static const struct libxen_ops real_ops = {
	.open = real_open,
	.close = real_close,
	.ioctl = real_ioctl,
	.mmap = real_mmap,
	.munmap = real_munmap,
	.read = real_read,
	.write = real_write,
};

int libxen_open(struct libxen **ret_x)
{
	return libxen_open_with(&real_ops, NULL, ret_x);
}

int libxen_open_with(const struct libxen_ops *ops, void *context, struct libxen **ret_x)
{
	struct libxen *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return -ENOMEM;
	x->ops = ops;
	x->context = context;
	x->gntdev_fd = -1;
	x->hypercall_fd = -1;
	x->privcmd_fd = ops->open(context, PRIVCMD_DEVICE, O_RDWR);
	if (x->privcmd_fd < 0) {
		rc = x->privcmd_fd;
		goto out;
	}
	x->hypercall_fd = ops->open(context, HYPERCALL_DEVICE, O_RDWR);
	x->arena = libxen_memory_map(x, ARENA_PAGES * LIBXEN_PAGE_SIZE);
	if (!x->arena) {
		rc = -ENOMEM;
		goto out;
	}
	*ret_x = x;
	return 0;
out:
	libxen_close(x);
	return rc;
}

static void close_if_open(struct libxen *x, int fd)
{
	if (fd >= 0)
		x->ops->close(x->context, fd);
}

void libxen_close(struct libxen *x)
{
	if (!x)
		return;
	libxen_buffer_release(x, 0);
	if (x->arena)
		libxen_memory_unmap(x, x->arena, ARENA_PAGES * LIBXEN_PAGE_SIZE);
	close_if_open(x, x->gntdev_fd);
	close_if_open(x, x->hypercall_fd);
	close_if_open(x, x->privcmd_fd);
	free(x);
}

/*
 * A domctl or sysctl with the wrong interface version is refused with EACCES before anything else
 * is looked at, and one from an unprivileged domain with EPERM: that tells the two apart.
 */
static int probe_interface(const char *name, unsigned int version, long r, struct error_text *err)
{
	if (r >= 0)
		return 0;
	if (r == -EACCES)
		return error_text_fail(err, -EACCES,
				       "the hypervisor does not speak %s interface version 0x%x "
				       "which these utilities need: "
				       "install a hypervisor and utilities of the same release",
				       name, version);
	if (r == -EPERM)
		return error_text_fail(err, -EPERM,
				       "the hypervisor refuses management calls from this domain: "
				       "run this in domain 0");
	return error_text_fail(err, (int)r, "the hypervisor does not answer a %s call: %s", name,
			       strerror((int)-r));
}

int libxen_probe(struct libxen *x, struct error_text *err)
{
	struct xen_sysctl sysctl = { .cmd = XEN_SYSCTL_physinfo };
	struct xen_domctl domctl = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = 0 };
	int rc;

	rc = probe_interface("sysctl", XEN_SYSCTL_INTERFACE_VERSION, libxen_sysctl(x, &sysctl),
			     err);
	if (rc)
		return rc;
	return probe_interface("domctl", XEN_DOMCTL_INTERFACE_VERSION, libxen_domctl(x, &domctl),
			       err);
}
