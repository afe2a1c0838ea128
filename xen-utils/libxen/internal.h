/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of libxen share and nobody else sees: the handle.
 *
 * The hypercall memory is a stack: a resident arena for the small structures that nearly every
 * call needs, and mappings of their own, chained in order, for what does not fit. A mark records
 * the depth; releasing to it gives back everything taken since.
 */
#ifndef LIBXEN_INTERNAL_H
#define LIBXEN_INTERNAL_H

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "libxen/libxen.h"
#include "libxen/kernel-abi.h"

#define ARENA_PAGES 16

struct buffer {
	struct buffer *below;
	size_t size;            /* bytes of the mapping */
	void *address;
	size_t depth;           /* mark before this buffer was taken */
};

struct libxen {
	const struct libxen_ops *ops;
	void *context;
	int privcmd_fd;
	int hypercall_fd;       /* -1: the kernel has no such device; memory is locked instead */
	int gntdev_fd;          /* -1 until the first grant is mapped */
	uint8_t *arena;
	size_t arena_used;
	size_t depth;           /* arena bytes and mappings taken; only ever compared */
	struct buffer *top;
};

static inline long libxen_ioctl(struct libxen *x, int fd, unsigned long request, void *argument)
{
	return x->ops->ioctl(x->context, fd, request, argument);
}

static inline uint64_t libxen_address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static inline size_t libxen_round_page(size_t size)
{
	return (size + LIBXEN_PAGE_SIZE - 1) & ~(LIBXEN_PAGE_SIZE - 1);
}

/* Resident memory of @size bytes (rounded to pages) outside the stack; NULL on failure. */
void *libxen_memory_map(struct libxen *x, size_t size);
void libxen_memory_unmap(struct libxen *x, void *address, size_t size);

/* A copy of @size bytes of @from in hypercall memory, or NULL. */
void *libxen_buffer_copy(struct libxen *x, const void *from, size_t size);

#endif /* LIBXEN_INTERNAL_H */
