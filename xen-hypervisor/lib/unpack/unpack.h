/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to lib/unpack/: the decoders, and the output they share. Each file says which library it
 * needs.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <xen/decompress.h>

#define OUTPUT_STEP (4UL << 20)

/* Makes room for at least @more bytes; -XEN_EOVERFLOW past the limit. */
int unpack_reserve(struct kernel_buffer *out, size_t more);
/* Room for the next step of a streaming decoder: at least a byte, at most OUTPUT_STEP. */
int unpack_step(struct kernel_buffer *out, uint8_t **ret_data, size_t *ret_room);

/* One a format, with the results of kernel_decode(). */
int unpack_gzip(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_bzip2(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_xz(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_lzma(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_lzo(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_lz4(const uint8_t *in, size_t size, struct kernel_buffer *out);
int unpack_zstd(const uint8_t *in, size_t size, struct kernel_buffer *out);

#endif
