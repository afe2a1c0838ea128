/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images: from a file as distributions ship it to an ELF image and what its notes say.
 *
 * Used by the builder of dom0 and by the utilities' domain builder, which compile the same sources:
 * lib/kernel-elf.c, lib/kernel-notes.c, lib/kernel-bzimage.c and, for what is compressed,
 * lib/unpack/ (xen/decompress.h).  So it relies on standard types only.  Results are -XEN_E*
 * numbers, which are Linux's.
 *
 * Nothing in a kernel file is trusted: every offset and size is checked against the file, and
 * decompression stops at KERNEL_MAX_SIZE.
 */
#ifndef XEN_KERNEL_H
#define XEN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/error-text.h>

#ifndef KERNEL_MAX_SIZE                    /* tests lower it */
#define KERNEL_MAX_SIZE     (1UL << 30)    /* of a file, and of what comes out of it */
#endif
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
};

/*
 * A piece of memory that grows; who owns the program says how (xen/decompress.h,
 * kernel_host_resize()).
 */
struct kernel_buffer {
	uint8_t *data;
	size_t size, room;
};

/*
 * The compressed kernel inside a bzImage. 1: found; 0: not a bzImage; or -XEN_E* and a sentence
 * that begins with @what.
 */
int kernel_bzimage_payload(const char *what, const uint8_t *data, size_t size,
			   const uint8_t **ret_payload, size_t *ret_size, struct error_text *err);
/*
 * Peels off bzImage and compression until something else is left, at *ret_inner: a part of @data,
 * or of @out when anything had to be decompressed (out->data is then set; kernel_host_free() it).
 * @out must be empty and is so again on failure.
 */
int kernel_unwrap(const char *what, const uint8_t *data, size_t size, struct kernel_buffer *out,
		  const uint8_t **ret_inner, size_t *ret_size, struct error_text *err);
/* Fills in everything else from image->elf and image->elf_size; 0, or -XEN_E* and a sentence. */
int kernel_elf_examine(const char *what, struct kernel_image *image, struct error_text *err);

#endif /* XEN_KERNEL_H */
