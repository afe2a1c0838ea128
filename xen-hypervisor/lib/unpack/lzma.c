/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xz and the older lzma ("lzma alone"), by liblzma. */
#include <lzma.h>

#include <public/errno.h>

#include "unpack.h"

static int result(lzma_ret r)
{
	if (r == LZMA_STREAM_END)
		return 0;
	return r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR ? -XEN_ENOMEM : -XEN_EBADMSG;
}

static int run(lzma_stream *z, const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_ret r = LZMA_OK;
	uint8_t *to;
	size_t room;
	int rc = 0;

	z->next_in = in;
	z->avail_in = size;
	while (r == LZMA_OK) {
		rc = unpack_step(out, &to, &room);
		if (rc)
			break;
		z->next_out = to;
		z->avail_out = room;
		r = lzma_code(z, LZMA_RUN);
		out->size += room - z->avail_out;
		if (r == LZMA_OK && !z->avail_in && z->avail_out)
			r = LZMA_DATA_ERROR;
	}
	lzma_end(z);
	return rc ? rc : result(r);
}

int unpack_xz(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (lzma_stream_decoder(&z, kernel_host_memory_limit(), 0) != LZMA_OK)
		return -XEN_ENOMEM;
	return run(&z, in, size, out);
}

int unpack_lzma(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (lzma_alone_decoder(&z, kernel_host_memory_limit()) != LZMA_OK)
		return -XEN_ENOMEM;
	return run(&z, in, size, out);
}
