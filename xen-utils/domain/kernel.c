/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a kernel image: read the file, peel off bzImage and compression, keep the result for next
 * time, examine it. Relies on kernel-decompress.c, kernel-elf.c and cache.c.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "domain/cache.h"
#include "domain/kernel.h"

/* Layers of wrapping at most: a compressed file holding a bzImage holding a compressed ELF. */
#define MAX_LAYERS 3

#define BZIMAGE_SETUP_SECTS    0x1f1
#define BZIMAGE_BOOT_FLAG      0x1fe
#define BZIMAGE_MAGIC          0x202
#define BZIMAGE_VERSION        0x206
#define BZIMAGE_PAYLOAD_OFFSET 0x248
#define BZIMAGE_PAYLOAD_LENGTH 0x24c
#define BZIMAGE_HEADER_END     0x250
#define BZIMAGE_MIN_VERSION    0x208    /* the first that says where the payload is */

static uint32_t read_le(const uint8_t *p, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

int kernel_bzimage_payload(const char *what, const uint8_t *data, size_t size,
			   const uint8_t **ret_payload, size_t *ret_size, struct error_text *err)
{
	uint64_t sectors, start, length;

	if (size < BZIMAGE_HEADER_END || read_le(data + BZIMAGE_BOOT_FLAG, 2) != 0xaa55 ||
	    memcmp(data + BZIMAGE_MAGIC, "HdrS", 4))
		return 0;
	if (read_le(data + BZIMAGE_VERSION, 2) < BZIMAGE_MIN_VERSION)
		return error_text_fail(err, -ENOTSUP,
				       "%s: is a bzImage of boot protocol %x.%02x, which does not "
				       "say where its kernel is; "
				       "2.08 or later is needed (Linux 2.6.24)",
				       what, data[BZIMAGE_VERSION + 1], data[BZIMAGE_VERSION]);
	sectors = data[BZIMAGE_SETUP_SECTS] ? data[BZIMAGE_SETUP_SECTS] : 4;
	start = (sectors + 1) * 512 + read_le(data + BZIMAGE_PAYLOAD_OFFSET, 4);
	length = read_le(data + BZIMAGE_PAYLOAD_LENGTH, 4);
	if (!length || start > size || length > size - start)
		return error_text_fail(err, -EBADMSG,
				       "%s: is cut short: its kernel should end at byte %llu but "
				       "the file has %zu; install the "
				       "kernel again",
				       what, (unsigned long long)(start + length), size);
	*ret_payload = data + start;
	*ret_size = length;
	return 1;
}

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

/* A kernel build appends the size of what it compressed; as a hint it may be wrong. */
static size_t payload_hint(const uint8_t *data, size_t size)
{
	return size > 4 ? read_le(data + size - 4, 4) : 0;
}

/* One layer off: 1 when @buffer now holds something else, 0 when it is neither bzImage nor compressed. */
static int peel(const char *path, struct kernel_buffer *buffer, struct error_text *err)
{
	struct kernel_buffer inner = { 0 };
	const uint8_t *payload = buffer->data;
	size_t size = buffer->size;
	int found, rc;

	found = kernel_bzimage_payload(path, buffer->data, buffer->size, &payload, &size, err);
	if (found < 0)
		return found;
	if (!found && !kernel_compression_name(payload, size))
		return 0;
	if (found && size > 4 && !memcmp(payload, "\177ELF", 4)) {
		memmove(buffer->data, payload, size);
		buffer->size = size;
		return 1;
	}
	rc = kernel_decompress(path, payload, size, found ? payload_hint(payload, size) : 0, &inner,
			       err);
	if (rc) {
		free(inner.data);
		return rc;
	}
	free(buffer->data);
	*buffer = inner;
	return 1;
}

static int peel_all(const char *path, struct kernel_buffer *buffer, bool *ret_changed,
		    struct error_text *err)
{
	int layers, rc = 1;

	*ret_changed = false;
	for (layers = 0; rc > 0 && layers < MAX_LAYERS; layers++) {
		rc = peel(path, buffer, err);
		if (rc > 0)
			*ret_changed = true;
	}
	return rc < 0 ? rc : 0;
}

static int load_from_cache(const struct cache_key *key, struct kernel_image *image)
{
	int rc = cache_lookup(key, &image->mapping, &image->mapping_size);

	if (rc)
		return rc;
	image->elf = image->mapping;
	image->elf_size = image->mapping_size;
	image->from_cache = true;
	return 0;
}

static int load_from_file(const char *path, const struct cache_key *key, struct kernel_buffer *file,
			  struct kernel_image *image, struct error_text *err)
{
	bool changed;
	int rc;

	rc = peel_all(path, file, &changed, err);
	if (rc)
		return rc;
	image->heap = file->data;
	image->elf = file->data;
	image->elf_size = file->size;
	file->data = NULL;
	rc = kernel_elf_examine(path, image, err);
	/* Only good images are worth keeping; a cache that cannot be written costs only time. */
	if (!rc && changed && key)
		(void)cache_store(key, image->elf, image->elf_size);
	return rc;
}

int kernel_image_load(const char *path, bool use_cache, struct kernel_image *ret_image,
		      struct error_text *err)
{
	struct kernel_image image = { 0 };
	struct kernel_buffer file = { 0 };
	struct cache_key key;
	struct stat st;
	int rc;

	rc = file_read(path, &st, &file, err);
	if (rc)
		goto out;
	if (use_cache) {
		cache_key_make(&st, file.data, file.size, &key);
		if (!load_from_cache(&key, &image)) {
			rc = kernel_elf_examine(path, &image, NULL);
			if (!rc)
				goto out;
			kernel_image_free(&image);
			image = (struct kernel_image){ 0 };
		}
	}
	rc = load_from_file(path, use_cache ? &key : NULL, &file, &image, err);
out:
	free(file.data);
	if (rc)
		kernel_image_free(&image);
	else
		*ret_image = image;
	return rc;
}

void kernel_image_free(struct kernel_image *image)
{
	free(image->heap);
	if (image->mapping)
		munmap(image->mapping, image->mapping_size);
	image->heap = NULL;
	image->mapping = NULL;
	image->elf = NULL;
}
