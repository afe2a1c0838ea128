/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a kernel file: read it, peel off bzImage and compression, keep the result for next time,
 * examine it. Relies on the shared reader (<xen/kernel.h>), whose kernel_host_*() are here, and on
 * cache.c.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <public/errno.h>
#include <xen/decompress.h>

#include "common/io.h"
#include "domain/cache.h"
#include "domain/kernel.h"

static int file_read(const char *path, struct stat *ret_st, struct kernel_buffer *out,
		     struct error_text *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	ssize_t got;

	if (fd < 0)
		return error_text_fail(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, ret_st))
		rc = -errno;
	else if (!S_ISREG(ret_st->st_mode))
		rc = error_text_fail(err, -EINVAL, "%s: is not a regular file", path);
	else if (!ret_st->st_size)
		rc = error_text_fail(err, -EINVAL, "%s: is empty", path);
	else if ((uint64_t)ret_st->st_size > KERNEL_MAX_SIZE)
		rc = error_text_fail(err, -EFBIG, "%s: has %lld MB, more than the limit of %lu MB",
				     path, (long long)ret_st->st_size >> 20, KERNEL_MAX_SIZE >> 20);
	if (rc)
		goto out;
	out->room = (size_t)ret_st->st_size;
	out->data = malloc(out->room);
	got = out->data ? io_read_some(fd, out->data, out->room) : -ENOMEM;
	if (got < 0)
		rc = error_text_fail(err, (int)got, "%s: cannot read: %s", path,
				     strerror((int)-got));
	else if ((size_t)got != out->room)
		rc = error_text_fail(err, -EIO, "%s: changed while it was read; try again", path);
	else
		out->size = out->room;
out:
	close(fd);
	return rc;
}

/* ---- what the shared reader needs of a program ------------------------------------------- */

int kernel_host_decode(enum kernel_format format, const uint8_t *in, size_t size,
		       struct kernel_buffer *out)
{
	return kernel_decode(format, in, size, out);
}

int kernel_host_resize(struct kernel_buffer *buffer, size_t room)
{
	uint8_t *data;

	if (room <= buffer->room)
		return 0;
	data = realloc(buffer->data, room);
	if (!data)
		return -XEN_ENOMEM;
	buffer->data = data;
	buffer->room = room;
	return 0;
}

void kernel_host_free(struct kernel_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct kernel_buffer){ 0 };
}

void kernel_host_breathe(void)
{
}

uint64_t kernel_host_memory_limit(void)
{
	return KERNEL_MAX_SIZE;
}

/* ---- loading ----------------------------------------------------------------------------- */

static int load_from_cache(const struct cache_key *key, struct kernel_file *file)
{
	int rc = cache_lookup(key, &file->mapping, &file->mapping_size);

	if (rc)
		return rc;
	file->image.elf = file->mapping;
	file->image.elf_size = file->mapping_size;
	file->from_cache = true;
	return 0;
}

/* Takes over the memory of @raw. */
static int load_from_file(const char *path, const struct cache_key *key, struct kernel_buffer *raw,
			  struct kernel_file *file, struct error_text *err)
{
	struct kernel_image *image = &file->image;
	struct kernel_buffer inner = { 0 };
	int rc;

	rc = kernel_unwrap(path, raw->data, raw->size, &inner, &image->elf, &image->elf_size, err);
	if (rc)
		return rc;
	if (inner.data) {
		file->heap = inner.data;
	} else {
		file->heap = raw->data;
		raw->data = NULL;
	}
	rc = kernel_elf_examine(path, image, err);
	/* Only good images are worth keeping; a cache that cannot be written costs only time. */
	if (!rc && inner.data && key)
		(void)cache_store(key, image->elf, image->elf_size);
	return rc;
}

int kernel_file_load(const char *path, bool use_cache, struct kernel_file *ret_file,
		     struct error_text *err)
{
	struct kernel_file file = { 0 };
	struct kernel_buffer raw = { 0 };
	struct cache_key key;
	struct stat st;
	int rc;

	rc = file_read(path, &st, &raw, err);
	if (rc)
		goto out;
	if (use_cache) {
		cache_key_make(&st, raw.data, raw.size, &key);
		if (!load_from_cache(&key, &file)) {
			rc = kernel_elf_examine(path, &file.image, NULL);
			if (!rc)
				goto out;
			kernel_file_free(&file);
			file = (struct kernel_file){ 0 };
		}
	}
	rc = load_from_file(path, use_cache ? &key : NULL, &raw, &file, err);
out:
	free(raw.data);
	if (rc)
		kernel_file_free(&file);
	else
		*ret_file = file;
	return rc;
}

void kernel_file_free(struct kernel_file *file)
{
	free(file->heap);
	if (file->mapping)
		munmap(file->mapping, file->mapping_size);
	file->heap = NULL;
	file->mapping = NULL;
	file->image.elf = NULL;
}
