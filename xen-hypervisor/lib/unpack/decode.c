/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of decoders, and their output buffer.  Invariant: no decoder makes its output larger
 * than KERNEL_MAX_SIZE, whatever its input says.
 *
 * UNPACK_WITHOUT_<FORMAT> leaves a decoder out: the hypervisor's build sets it where the
 * distribution has no static archive of the library.
 */
#include <public/errno.h>

#include "unpack.h"

typedef int decoder(const uint8_t *in, size_t size, struct kernel_buffer *out);

static decoder *const decoders[KERNEL_FORMATS] = {
#ifndef UNPACK_WITHOUT_GZIP
	[KERNEL_FORMAT_GZIP] = unpack_gzip,
#endif
#ifndef UNPACK_WITHOUT_BZIP2
	[KERNEL_FORMAT_BZIP2] = unpack_bzip2,
#endif
#ifndef UNPACK_WITHOUT_LZMA
	[KERNEL_FORMAT_XZ] = unpack_xz,
	[KERNEL_FORMAT_LZMA] = unpack_lzma,
#endif
#ifndef UNPACK_WITHOUT_LZO
	[KERNEL_FORMAT_LZO] = unpack_lzo,
#endif
#ifndef UNPACK_WITHOUT_LZ4
	[KERNEL_FORMAT_LZ4] = unpack_lz4,
#endif
#ifndef UNPACK_WITHOUT_ZSTD
	[KERNEL_FORMAT_ZSTD] = unpack_zstd,
#endif
};

int kernel_decode(enum kernel_format format, const uint8_t *in, size_t size,
		  struct kernel_buffer *out)
{
	if (format >= KERNEL_FORMATS || !decoders[format])
		return -XEN_EOPNOTSUPP;
	return decoders[format](in, size, out);
}

int unpack_reserve(struct kernel_buffer *out, size_t more)
{
	size_t want, room = out->room ? out->room : OUTPUT_STEP;

	if (more > KERNEL_MAX_SIZE - out->size)
		return -XEN_EOVERFLOW;
	kernel_host_breathe();
	want = out->size + more;
	if (want <= out->room)
		return 0;
	while (room < want)
		room *= 2;
	return kernel_host_resize(out, room < KERNEL_MAX_SIZE ? room : KERNEL_MAX_SIZE);
}

int unpack_step(struct kernel_buffer *out, uint8_t **ret_data, size_t *ret_room)
{
	int rc = unpack_reserve(out, 1);

	if (rc)
		return rc;
	*ret_data = out->data + out->size;
	*ret_room = out->room - out->size;
	if (*ret_room > OUTPUT_STEP)
		*ret_room = OUTPUT_STEP;
	return 0;
}
