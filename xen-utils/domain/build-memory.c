/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a domain under construction. Frames are asked for in batches, so that progress can
 * be told and no single hypercall is long; writing goes through a window of mapped frames.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domain/build-memory.h"

#define BATCH_PAGES  (32UL << 10)       /* asked for at once: 128 MB */
#define WINDOW_PAGES 2048UL             /* mapped at once: 8 MB */
#define PAGE_MASK    (LIBXEN_PAGE_SIZE - 1)

/* Large pieces make short work for the hypervisor; when it has none left, smaller ones. */
static const unsigned int orders[] = { 9, 5, 0 };

/*
 * One batch of extents of 2^@order pages from frame @first; the pages given, which may be none, or
 * -errno for trouble that smaller extents would not cure.
 */
static int64_t populate_batch(struct build_memory *m, uint64_t first, uint64_t extents,
			      unsigned int order, xen_pfn_t *list)
{
	uint64_t i, j, pages = 1UL << order;
	long done;

	for (i = 0; i < extents; i++)
		list[i] = first + i * pages;
	done = libxen_memory_populate(m->x, m->domid, list, extents, order, 0);
	if (done == -ENOMEM)
		return 0;
	if (done < 0)
		return done;
	for (i = 0; i < (uint64_t)done; i++)
		for (j = 0; j < pages; j++)
			m->mfns[first + i * pages + j] = list[i] + j;
	return done << order;
}

static uint64_t batch_extents(uint64_t left, unsigned int order)
{
	uint64_t extents = (left < BATCH_PAGES ? left : BATCH_PAGES) >> order;

	/* Single pages go in smaller batches: the hypervisor checks each. */
	return order || extents < 4096 ? extents : 4096;
}

static int populate_all(struct build_memory *m, xen_pfn_t *list, build_progress_fn progress,
			void *context, uint64_t *ret_done)
{
	unsigned int choice = 0;
	uint64_t done = 0, extents;
	int64_t got;

	while (done < m->nr_pages) {
		extents = batch_extents(m->nr_pages - done, orders[choice]);
		got = extents ? populate_batch(m, done, extents, orders[choice], list) : 0;
		if (got < 0)
			return (int)got;
		done += (uint64_t)got;
		*ret_done = done;
		if ((uint64_t)got < extents << orders[choice] || !extents) {
			if (!orders[choice])
				return -ENOMEM;
			choice++;
		}
		if (progress)
			progress(context, done, m->nr_pages);
	}
	return 0;
}

int build_memory_populate(struct build_memory *m, build_progress_fn progress, void *context,
			  struct error_text *err)
{
	xen_pfn_t *list = calloc(BATCH_PAGES, sizeof(*list));
	uint64_t done = 0;
	int rc = -ENOMEM;

	m->mfns = calloc(m->nr_pages, sizeof(*m->mfns));
	if (!list || !m->mfns) {
		error_text_set(err,
			       "no memory in this domain for the frame list of a domain of %llu kB",
			       (unsigned long long)m->nr_pages * 4);
		goto out;
	}
	rc = populate_all(m, list, progress, context, &done);
	if (rc)
		error_text_set(err, "the hypervisor gave %llu kB of the %llu kB asked for: %s",
			       (unsigned long long)done * 4, (unsigned long long)m->nr_pages * 4,
			       strerror(-rc));
out:
	free(list);
	return rc;
}

void build_memory_free(struct build_memory *m)
{
	free(m->mfns);
	m->mfns = NULL;
}

/* ---- writing ----------------------------------------------------------------------------- */

/* Where the bytes come from: fills @to with exactly @size bytes. */
typedef int (*source_fn)(void *source, uint8_t *to, size_t size);

static int from_memory(void *source, uint8_t *to, size_t size)
{
	const uint8_t **from = source;

	memcpy(to, *from, size);
	*from += size;
	return 0;
}

static int from_file(void *source, uint8_t *to, size_t size)
{
	const int *fd = source;
	ssize_t r;

	while (size) {
		r = read(*fd, to, size);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (!r)
			return -EIO;
		to += r;
		size -= (size_t)r;
	}
	return 0;
}

/* The part of the range that lies in one window: first the source's bytes, then zeros. */
static int window_write(struct build_memory *m, uint64_t address, uint64_t size, uint64_t total,
			source_fn fill, void *source)
{
	uint64_t offset = address & PAGE_MASK;
	uint64_t pages = (offset + total + PAGE_MASK) >> LIBXEN_PAGE_SHIFT;
	uint8_t *to;
	void *map;
	int rc;

	rc = libxen_map_frames(m->x, m->domid, PROT_READ | PROT_WRITE,
			       m->mfns + (address >> LIBXEN_PAGE_SHIFT), pages, NULL, &map);
	if (rc)
		return rc;
	to = (uint8_t *)map + offset;
	if (size)
		rc = fill(source, to, size);
	memset(to + size, 0, total - size);
	libxen_unmap(m->x, map, pages);
	return rc;
}

static int range_write(struct build_memory *m, uint64_t address, uint64_t size, uint64_t total,
		       source_fn fill, void *source)
{
	uint64_t limit = m->nr_pages << LIBXEN_PAGE_SHIFT, piece, bytes;
	int rc;

	if (size > total || total > limit || address > limit - total)
		return -EFAULT;
	while (total) {
		piece = (WINDOW_PAGES << LIBXEN_PAGE_SHIFT) - (address & PAGE_MASK);
		if (piece > total)
			piece = total;
		bytes = size < piece ? size : piece;
		rc = window_write(m, address, bytes, piece, fill, source);
		if (rc)
			return rc;
		address += piece;
		total -= piece;
		size -= bytes;
	}
	return 0;
}

int build_memory_write(struct build_memory *m, uint64_t address, const void *data, uint64_t size,
		       uint64_t total)
{
	return range_write(m, address, size, total, from_memory, &data);
}

int build_memory_write_file(struct build_memory *m, uint64_t address, int fd, uint64_t size,
			    uint64_t total)
{
	return range_write(m, address, size, total, from_file, &fd);
}
