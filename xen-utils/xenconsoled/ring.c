/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console ring; see ring.h for what is trusted (nothing). Memory order: the guest fills data,
 * then moves its index; we read the index (acquire), then data, then publish ours (release).
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "xenconsoled/ring.h"

#define OUT_SIZE (sizeof(((struct xencons_interface *)0)->out))
#define IN_SIZE  (sizeof(((struct xencons_interface *)0)->in))

static uint32_t index_read(const XENCONS_RING_IDX *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* A full barrier beside the release: the guest must see the index before it sees our event. */
static void index_publish(XENCONS_RING_IDX *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void ring_attach(struct ring *r, void *page)
{
	uint32_t prod, cons;

	r->page = page;
	r->out_cons = index_read(&r->page->out_cons);
	prod = index_read(&r->page->out_prod);
	if (prod - r->out_cons > OUT_SIZE)
		r->out_cons = prod;
	r->in_prod = index_read(&r->page->in_prod);
	cons = index_read(&r->page->in_cons);
	if (r->in_prod - cons > IN_SIZE)
		r->in_prod = cons;
}

/*
 * Copies @size bytes from position @index of a ring of @ring_size; the two pieces around its end.
 */
static void copy_out(char *to, const char *ring, size_t ring_size, uint32_t index, size_t size)
{
	size_t at = index & (ring_size - 1), first = ring_size - at;

	if (first > size)
		first = size;
	memcpy(to, ring + at, first);
	memcpy(to + first, ring, size - first);
}

static void copy_in(char *ring, size_t ring_size, uint32_t index, const char *from, size_t size)
{
	size_t at = index & (ring_size - 1), first = ring_size - at;

	if (first > size)
		first = size;
	memcpy(ring + at, from, first);
	memcpy(ring, from + first, size - first);
}

ssize_t ring_read(struct ring *r, char *buffer, size_t size)
{
	uint32_t prod = index_read(&r->page->out_prod);
	size_t available = prod - r->out_cons;

	if (available > OUT_SIZE) {
		r->out_cons = prod;
		index_publish(&r->page->out_cons, r->out_cons);
		return -EPROTO;
	}
	if (size > available)
		size = available;
	if (!size)
		return 0;
	copy_out(buffer, r->page->out, OUT_SIZE, r->out_cons, size);
	r->out_cons += (uint32_t)size;
	index_publish(&r->page->out_cons, r->out_cons);
	return (ssize_t)size;
}

size_t ring_space(const struct ring *r)
{
	uint32_t used = r->in_prod - index_read(&r->page->in_cons);

	return used > IN_SIZE ? 0 : IN_SIZE - used;
}

size_t ring_write(struct ring *r, const char *data, size_t size)
{
	size_t space = ring_space(r);

	if (size > space)
		size = space;
	if (!size)
		return 0;
	copy_in(r->page->in, IN_SIZE, r->in_prod, data, size);
	r->in_prod += (uint32_t)size;
	index_publish(&r->page->in_prod, r->in_prod);
	return size;
}
