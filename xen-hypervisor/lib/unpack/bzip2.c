/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bzip2, by libbz2. */
#define BZ_NO_STDIO
#include <bzlib.h>

#include <public/errno.h>

#include "unpack.h"

int unpack_bzip2(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	bz_stream z = { .next_in = (char *)in, .avail_in = (unsigned int)size };
	uint8_t *to;
	size_t room;
	int r = BZ_OK, rc = 0;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return -XEN_ENOMEM;
	while (r == BZ_OK) {
		rc = unpack_step(out, &to, &room);
		if (rc)
			break;
		z.next_out = (char *)to;
		z.avail_out = (unsigned int)room;
		r = BZ2_bzDecompress(&z);
		out->size += room - z.avail_out;
		if (r == BZ_OK && !z.avail_in && z.avail_out)
			r = BZ_UNEXPECTED_EOF;
	}
	BZ2_bzDecompressEnd(&z);
	if (rc)
		return rc;
	return r == BZ_STREAM_END ? 0 : r == BZ_MEM_ERROR ? -XEN_ENOMEM : -XEN_EBADMSG;
}
