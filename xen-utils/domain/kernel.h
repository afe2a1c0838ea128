/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images: from a file as distributions ship it to an ELF image and what its notes say.
 *
 * What it is for: the domain builder's first half, which needs no hypervisor. Understands ELF,
 * bzImage, and either compressed with gzip, bzip2, lzma, xz, lzo, lz4 or zstd.
 * Relies on: the decompression libraries, cache.h. Used by: build.c.
 *
 * Nothing in a kernel file is trusted: every offset and size is checked against the file, and
 * decompression stops at KERNEL_MAX_SIZE.
 */
#ifndef DOMAIN_KERNEL_H
#define DOMAIN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxen/error-text.h"

#define KERNEL_MAX_SIZE     (1UL << 30)    /* of a file, and of what comes out of it */
#define KERNEL_MAX_SEGMENTS 32
#define KERNEL_UNSET        UINT64_MAX     /* of an address that no note gave */

/* One loadable piece. Addresses are pseudo-physical, counted from the start of the domain. */
struct kernel_segment {
	uint64_t address;
	uint64_t file_offset, file_size;        /* inside the ELF image */
	uint64_t mem_size;                      /* the rest is zero */
};

struct kernel_image {
	const uint8_t *elf;
	size_t elf_size;
	struct kernel_segment segments[KERNEL_MAX_SEGMENTS];
	unsigned int nr_segments;
	uint64_t start, end;                    /* of all segments, pseudo-physical */
	uint64_t virt_base;                     /* virtual address of pseudo-physical 0 */
	uint64_t entry;                         /* virtual */
	uint64_t hypercall_page;                /* virtual, or KERNEL_UNSET */
	uint64_t init_p2m;                      /* virtual, or KERNEL_UNSET */
	bool ramdisk_unmapped;                  /* takes its RAM disk by frame number */
	char guest_os[32], guest_version[32];
	bool from_cache;
	/* ownership of elf */
	void *heap;                             /* malloc'ed, or NULL */
	void *mapping;                          /* mmap'ed, or NULL */
	size_t mapping_size;
};

/*
 * Loads and examines @path. @use_cache allows a kept copy to be used and a new one to be kept. 0, or
 * -errno and a sentence that begins with @path. On success free with kernel_image_free().
 */
int kernel_image_load(const char *path, bool use_cache, struct kernel_image *ret_image,
		      struct error_text *err);
void kernel_image_free(struct kernel_image *image);

/* ---- the steps, apart for testing -------------------------------------------------------- */

struct kernel_buffer {
	uint8_t *data;
	size_t size, room;
};

/* Whether @data begins like one of the compressed formats; its name, or NULL. */
const char *kernel_compression_name(const uint8_t *data, size_t size);
/*
 * Decompresses one layer into @out (freed by the caller). @what names the file in messages. Bytes
 * after the end of the compressed stream are ignored. @size_hint may be 0.
 */
int kernel_decompress(const char *what, const uint8_t *data, size_t size, size_t size_hint,
		      struct kernel_buffer *out, struct error_text *err);
/*
 * The compressed kernel inside a bzImage. 1: found; 0: not a bzImage; or -errno and a sentence.
 */
int kernel_bzimage_payload(const char *what, const uint8_t *data, size_t size,
			   const uint8_t **ret_payload, size_t *ret_size, struct error_text *err);
/* Fills in everything but ownership from image->elf. */
int kernel_elf_examine(const char *what, struct kernel_image *image, struct error_text *err);

#endif /* DOMAIN_KERNEL_H */
