/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd, by libzstd. */
#include <zstd.h>
#include <zstd_errors.h>

#include <public/errno.h>

#include "unpack.h"

/*
 * Kernels may be compressed with windows up to this, larger than the library's default limit of 128
 * MB.
 */
#define WINDOW_LOG_MAX 30

static int run(ZSTD_DCtx *context, const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	ZSTD_inBuffer input = { .src = in, .size = size };
	ZSTD_outBuffer output;
	size_t r = 1, room;
	uint8_t *to;
	int rc;

	while (r) {
		rc = unpack_step(out, &to, &room);
		if (rc)
			return rc;
		output = (ZSTD_outBuffer){ .dst = to, .size = room };
		r = ZSTD_decompressStream(context, &output, &input);
		out->size += output.pos;
		if (ZSTD_isError(r))
			return ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation ? -XEN_ENOMEM :
										      -XEN_EBADMSG;
		if (r && input.pos == size && output.pos < room)
			return -XEN_EBADMSG;
	}
	return 0;
}

int unpack_zstd(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	int rc;

	if (!context)
		return -XEN_ENOMEM;
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	rc = run(context, in, size, out);
	ZSTD_freeDCtx(context);
	return rc;
}
