/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decompression of kernel images: what lib/kernel-bzimage.c and lib/unpack/ need of the program
 * around them, and what they give it.  The program is the hypervisor (dom0/decompress.c), the
 * utilities (domain/kernel.c) or a test.
 */
#ifndef XEN_DECOMPRESS_H
#define XEN_DECOMPRESS_H

#include <xen/kernel.h>

enum kernel_format {
	KERNEL_FORMAT_GZIP,
	KERNEL_FORMAT_BZIP2,
	KERNEL_FORMAT_XZ,
	KERNEL_FORMAT_LZMA,
	KERNEL_FORMAT_LZO,
	KERNEL_FORMAT_LZ4,
	KERNEL_FORMAT_ZSTD,
	KERNEL_FORMATS,		/* none of them */
};

/* What data begins like; KERNEL_FORMATS if like none. */
enum kernel_format kernel_format_find(const uint8_t *data, size_t size);
const char *kernel_format_name(enum kernel_format format);

/*
 * lib/unpack/: appends to @out what one stream at @in holds; bytes behind its end are ignored.  0;
 * -XEN_EBADMSG: damaged or cut short; -XEN_EOVERFLOW: more than KERNEL_MAX_SIZE comes out;
 * -XEN_ENOMEM; -XEN_EOPNOTSUPP: built without this format.
 */
int kernel_decode(enum kernel_format format, const uint8_t *in, size_t size,
		  struct kernel_buffer *out);

/* --- provided by the program --- */

/* Calls kernel_decode() in surroundings in which the libraries can run. */
int kernel_host_decode(enum kernel_format format, const uint8_t *in, size_t size,
		       struct kernel_buffer *out);
/*
 * Makes buffer->room at least @room, keeping the first buffer->size bytes; -XEN_ENOMEM changes
 * nothing.
 */
int kernel_host_resize(struct kernel_buffer *buffer, size_t room);
/* Empties the buffer and gives its memory back. */
void kernel_host_free(struct kernel_buffer *buffer);
/* Called between steps of a long decompression, with no library function on the stack. */
void kernel_host_breathe(void);
/* How much memory a decoder's own tables may take. */
uint64_t kernel_host_memory_limit(void);

#endif /* XEN_DECOMPRESS_H */
