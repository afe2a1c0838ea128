/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressing as kernel builds do, for test-kernel.c; see kernel-pack.h. */
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lz4hc.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "kernel-pack.h"

static size_t pack_gzip(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	z_stream z = { .next_in = (uint8_t *)in,
		       .avail_in = (uInt)size,
		       .next_out = out,
		       .avail_out = (uInt)room };

	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_bzip2(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	unsigned int len = (unsigned int)room;

	if (BZ2_bzBuffToBuffCompress((char *)out, &len, (char *)in, (unsigned int)size, 9, 0, 0))
		abort();
	return len;
}

/* As scripts/xz_wrap.sh: the filter for x86 code, a dictionary of 32 MB, CRC32. */
static size_t pack_xz(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	lzma_options_lzma o;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL }, { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL },
	};
	size_t len = 0;

	lzma_lzma_preset(&o, 1);
	o.dict_size = 32 << 20;
	if (lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, in, size, out, &len, room) !=
	    LZMA_OK)
		abort();
	return len;
}

static size_t pack_lzma(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	size_t len;

	lzma_lzma_preset(&o, 1);
	if (lzma_alone_encoder(&z, &o) != LZMA_OK)
		abort();
	z.next_in = in;
	z.avail_in = size;
	z.next_out = out;
	z.avail_out = room;
	if (lzma_code(&z, LZMA_FINISH) != LZMA_STREAM_END)
		abort();
	len = z.total_out;
	lzma_end(&z);
	return len;
}

static uint8_t *put_be32(uint8_t *at, size_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		*at++ = (uint8_t)(value >> (24 - 8 * i));
	return at;
}

/*
 * The container of lzop, in blocks of 256 kB with a checksum each that nobody checks; what does not
 * shrink is stored.
 */
static size_t pack_lzo(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	static const uint8_t header[] = {
		0x89, 'L',  'Z', 'O', 0, '\r', '\n', 0x1a, '\n', 0x10, 0x30, 0x20, 0x60,
		0x09, 0x40, 1,	 5,   0, 0,    0,    1,	   0,	 0,    0x81, 0xa4, 0,
		0,    0,    0,	 0,   0, 0,    0,    0,	   1,	 2,    3,    4,
	};
	uint8_t *work = malloc(LZO1X_1_MEM_COMPRESS), *packed = malloc(1 << 19), *at = out;

	memcpy(at, header, sizeof(header));
	at += sizeof(header);
	while (size) {
		size_t n = size < 1 << 18 ? size : 1 << 18;
		lzo_uint len = 0;

		if (lzo1x_1_compress(in, n, packed, &len, work) || at + len + 1024 > out + room)
			abort();
		at = put_be32(put_be32(put_be32(at, n), len < n ? len : n), 0xdead);
		memcpy(at, len < n ? packed : in, len < n ? len : n);
		at += len < n ? len : n;
		in += n;
		size -= n;
	}
	free(work);
	free(packed);
	return (size_t)(put_be32(at, 0) - out);
}

static size_t pack_lz4(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	uint32_t magic = 0x184c2102;
	size_t at = 4;

	memcpy(out, &magic, 4);
	while (size) {
		size_t n = size < 8 << 20 ? size : 8 << 20;
		int len = LZ4_compress_HC((const char *)in, (char *)out + at + 4, (int)n,
					  (int)(room - at - 4), 3);
		uint32_t len32 = (uint32_t)len;

		if (len <= 0)
			abort();
		memcpy(out + at, &len32, 4);
		at += 4 + len32;
		in += n;
		size -= n;
	}
	return at;
}

/* As "zstd --ultra -22": a window of 128 MB; the level is lower, for speed. */
static size_t pack_zstd(const uint8_t *in, size_t size, uint8_t *out, size_t room)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_inBuffer from = { in, size, 0 };
	ZSTD_outBuffer to = { out, room, 0 };

	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3);
	ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	while (ZSTD_compressStream2(context, &to, &from, ZSTD_e_end))
		if (to.pos == to.size)
			abort();
	ZSTD_freeCCtx(context);
	return to.pos;
}

size_t kernel_pack(enum kernel_format format, const uint8_t *in, size_t size, uint8_t *out,
		   size_t room)
{
	static size_t (*const packers[KERNEL_FORMATS])(const uint8_t *in, size_t size, uint8_t *out,
						       size_t room) = {
		pack_gzip, pack_bzip2, pack_xz, pack_lzma, pack_lzo, pack_lz4, pack_zstd,
	};

	return packers[format](in, size, out, room);
}
