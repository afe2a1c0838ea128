/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw hypercalls and the memory they may name.
 *
 * The hypervisor reads and writes arguments through the caller's page tables and cannot take a
 * page fault there. Memory from /dev/xen/hypercall is never moved or swapped by the kernel; on
 * kernels without it, ordinary memory is locked and kept out of forked children, which stops
 * swapping (and, short of memory compaction, moving).
 */
#include <config.h>

#include <stdlib.h>

#include "libxen/internal.h"

#define BUFFER_ALIGN 16
/* A hypercall which would take long gives up with one of these and wants to be asked again. */
#ifndef ERESTART
#define ERESTART 85
#endif

static void *map_locked(struct libxen *x, size_t size)
{
	void *p = x->ops->mmap(x->context, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mlock(p, size)) {
		x->ops->munmap(x->context, p, size);
		return NULL;
	}
	/* After a fork the first write copies the page: the child must not share ours. */
	madvise(p, size, MADV_DONTFORK);
	return p;
}

void *libxen_memory_map(struct libxen *x, size_t size)
{
	void *p;

	size = libxen_round_page(size);
	if (x->hypercall_fd < 0)
		return map_locked(x, size);
	p = x->ops->mmap(x->context, size, PROT_READ | PROT_WRITE, MAP_SHARED, x->hypercall_fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void libxen_memory_unmap(struct libxen *x, void *address, size_t size)
{
	x->ops->munmap(x->context, address, libxen_round_page(size));
}

size_t libxen_buffer_mark(struct libxen *x)
{
	return x->depth;
}

static void *arena_get(struct libxen *x, size_t size)
{
	size_t align = size >= LIBXEN_PAGE_SIZE ? LIBXEN_PAGE_SIZE : BUFFER_ALIGN;
	size_t start = (x->arena_used + align - 1) & ~(align - 1);
	size_t total = ARENA_PAGES * LIBXEN_PAGE_SIZE;

	if (start > total || size > total - start)
		return NULL;
	x->depth += start + size - x->arena_used;
	x->arena_used = start + size;
	return x->arena + start;
}

static void *mapping_get(struct libxen *x, size_t size)
{
	struct buffer *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->size = size;
	b->address = libxen_memory_map(x, size);
	if (!b->address) {
		free(b);
		return NULL;
	}
	b->depth = x->depth++;
	b->below = x->top;
	x->top = b;
	return b->address;
}

void *libxen_buffer_get(struct libxen *x, size_t size)
{
	void *p = arena_get(x, size);

	if (!p)
		p = mapping_get(x, size);
	if (p)
		memset(p, 0, size);
	return p;
}

void *libxen_buffer_copy(struct libxen *x, const void *from, size_t size)
{
	void *p = libxen_buffer_get(x, size);

	if (p && size)
		memcpy(p, from, size);
	return p;
}

/* Depth counts arena bytes plus one a mapping, so what is not mappings is arena. */
void libxen_buffer_release(struct libxen *x, size_t mark)
{
	while (x->top && x->top->depth >= mark) {
		struct buffer *b = x->top;
		size_t arena_since = x->depth - b->depth - 1;

		x->arena_used -= arena_since;
		x->depth = b->depth;
		x->top = b->below;
		libxen_memory_unmap(x, b->address, b->size);
		free(b);
	}
	if (x->depth > mark) {
		x->arena_used -= x->depth - mark;
		x->depth = mark;
	}
}

long libxen_hypercall(struct libxen *x, unsigned int number, uint64_t a0, uint64_t a1,
		      uint64_t a2, uint64_t a3, uint64_t a4)
{
	struct privcmd_hypercall call = { .op = number, .arg = { a0, a1, a2, a3, a4 } };

	return libxen_ioctl(x, x->privcmd_fd, IOCTL_PRIVCMD_HYPERCALL, &call);
}

/*
 * The two versioned control calls and memory operations: argument in, call, argument out. Output is
 * copied back on failure too, because some calls explain themselves there.
 */
static long call_with_copy(struct libxen *x, unsigned int number, bool command_first,
			   unsigned int command, void *op, size_t size)
{
	size_t mark = libxen_buffer_mark(x);
	void *copy = libxen_buffer_copy(x, op, size);
	long r = -ENOMEM;

	if (!copy)
		goto out;
	do {
		if (command_first)
			r = libxen_hypercall(x, number, command, libxen_address(copy), 0, 0, 0);
		else
			r = libxen_hypercall(x, number, libxen_address(copy), 0, 0, 0, 0);
	} while (r == -EAGAIN || r == -ERESTART);
	memcpy(op, copy, size);
out:
	libxen_buffer_release(x, mark);
	return r;
}

long libxen_domctl(struct libxen *x, struct xen_domctl *op)
{
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return call_with_copy(x, __HYPERVISOR_domctl, false, 0, op, sizeof(*op));
}

long libxen_sysctl(struct libxen *x, struct xen_sysctl *op)
{
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return call_with_copy(x, __HYPERVISOR_sysctl, false, 0, op, sizeof(*op));
}

long libxen_memory_op(struct libxen *x, unsigned int command, void *op, size_t size)
{
	return call_with_copy(x, __HYPERVISOR_memory_op, true, command, op, size);
}
