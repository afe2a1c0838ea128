/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip, by zlib. */
#include <zlib.h>

#include <public/errno.h>

#include "unpack.h"

int unpack_gzip(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	z_stream z = { .next_in = (uint8_t *)in, .avail_in = (uInt)size };
	uint8_t *to;
	size_t room;
	int r = Z_OK, rc = 0;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return -XEN_ENOMEM;
	while (r == Z_OK) {
		rc = unpack_step(out, &to, &room);
		if (rc)
			break;
		z.next_out = to;
		z.avail_out = (uInt)room;
		r = inflate(&z, Z_NO_FLUSH);
		out->size += room - z.avail_out;
		if (r == Z_BUF_ERROR || (r == Z_OK && !z.avail_in && z.avail_out))
			r = Z_DATA_ERROR;
	}
	inflateEnd(&z);
	if (rc)
		return rc;
	return r == Z_STREAM_END ? 0 : r == Z_MEM_ERROR ? -XEN_ENOMEM : -XEN_EBADMSG;
}
