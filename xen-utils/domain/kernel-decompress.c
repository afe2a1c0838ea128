/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decompression of kernel images, one function a format, chosen by a table of magic numbers.
 *
 * Relies on zlib, libbz2, liblzma, liblzo2, liblz4 and libzstd. Invariant: no decoder makes its
 * output larger than KERNEL_MAX_SIZE, whatever its input says.
 */
#include <config.h>

#include <bzlib.h>
#include <endian.h>
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "domain/kernel.h"

#define OUTPUT_STEP (4UL << 20)

/* Makes room for at least @more bytes; -EFBIG past the limit. */
static int buffer_reserve(struct kernel_buffer *out, size_t more)
{
	size_t want, room = out->room ? out->room : OUTPUT_STEP;
	uint8_t *data;

	if (more > KERNEL_MAX_SIZE - out->size)
		return -EFBIG;
	want = out->size + more;
	if (want <= out->room)
		return 0;
	while (room < want)
		room *= 2;
	if (room > KERNEL_MAX_SIZE)
		room = KERNEL_MAX_SIZE;
	data = realloc(out->data, room);
	if (!data)
		return -ENOMEM;
	out->data = data;
	out->room = room;
	return 0;
}

/* Room for a next step of a streaming decoder: all that is free, at least one byte. */
static int buffer_step(struct kernel_buffer *out, uint8_t **ret_data, size_t *ret_room)
{
	int rc = 0;

	if (out->size == out->room)
		rc = buffer_reserve(out,
				    out->size < KERNEL_MAX_SIZE - OUTPUT_STEP ? OUTPUT_STEP : 1);
	if (rc)
		return rc;
	*ret_data = out->data + out->size;
	*ret_room = out->room - out->size;
	return 0;
}

/*
 * Every decoder returns 0 at the proper end of the stream, -EBADMSG for damaged or truncated data,
 * -EFBIG or -ENOMEM.
 */
static int decode_gzip(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	z_stream z = { .next_in = (uint8_t *)in, .avail_in = (uInt)size };
	uint8_t *to;
	size_t room;
	int r = Z_OK, rc = 0;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	while (r == Z_OK) {
		rc = buffer_step(out, &to, &room);
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
	return r == Z_STREAM_END ? 0 : r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int decode_bzip2(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	bz_stream z = { .next_in = (char *)in, .avail_in = (unsigned int)size };
	uint8_t *to;
	size_t room;
	int r = BZ_OK, rc = 0;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return -ENOMEM;
	while (r == BZ_OK) {
		rc = buffer_step(out, &to, &room);
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
	return r == BZ_STREAM_END ? 0 : r == BZ_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int lzma_run(lzma_stream *z, const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_ret r = LZMA_OK;
	uint8_t *to;
	size_t room;
	int rc = 0;

	z->next_in = in;
	z->avail_in = size;
	while (r == LZMA_OK) {
		rc = buffer_step(out, &to, &room);
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
	if (rc)
		return rc;
	return r == LZMA_STREAM_END ? 0 : r == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int decode_xz(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (lzma_stream_decoder(&z, KERNEL_MAX_SIZE, 0) != LZMA_OK)
		return -ENOMEM;
	return lzma_run(&z, in, size, out);
}

static int decode_lzma(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (lzma_alone_decoder(&z, KERNEL_MAX_SIZE) != LZMA_OK)
		return -ENOMEM;
	return lzma_run(&z, in, size, out);
}

static int decode_zstd(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	ZSTD_inBuffer input = { .src = in, .size = size };
	ZSTD_outBuffer output;
	size_t r = 1, room;
	uint8_t *to;
	int rc = 0;

	if (!context)
		return -ENOMEM;
	/* Kernels are compressed with windows larger than the library's default limit. */
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 30);
	while (r && !rc) {
		rc = buffer_step(out, &to, &room);
		if (rc)
			break;
		output = (ZSTD_outBuffer){ .dst = to, .size = room };
		r = ZSTD_decompressStream(context, &output, &input);
		out->size += output.pos;
		if (ZSTD_isError(r) || (r && input.pos == size && output.pos < room))
			rc = -EBADMSG;
	}
	ZSTD_freeDCtx(context);
	return rc;
}

static uint32_t read_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint32_t read_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/*
 * The format of "lz4 -l": the magic number, then blocks of a 32-bit size and data, each growing to at
 * most 8 MB. It has no end mark; a kernel build adds the 32-bit size of the whole behind it.
 */
#define LZ4_LEGACY_BLOCK (8 << 20)

static int decode_lz4(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	size_t at = 4;
	int r, rc;

	while (size - at > 4) {
		uint32_t block = read_le32(in + at);

		at += 4;
		if (block > size - at)
			return -EBADMSG;
		rc = buffer_reserve(out, LZ4_LEGACY_BLOCK);
		if (rc)
			return rc;
		r = LZ4_decompress_safe((const char *)in + at, (char *)out->data + out->size,
					(int)block, LZ4_LEGACY_BLOCK);
		if (r < 0)
			return -EBADMSG;
		out->size += (size_t)r;
		at += block;
	}
	return out->size ? 0 : -EBADMSG;
}

/*
 * The lzop container: a header of optional fields, then blocks of sizes, optional checksums and
 * data, ended by a zero size. All numbers are big-endian.
 */
#define LZOP_ADLER32_D 0x1U
#define LZOP_ADLER32_C 0x2U
#define LZOP_EXTRA     0x40U
#define LZOP_CRC32_D   0x100U
#define LZOP_CRC32_C   0x200U
#define LZOP_FILTER    0x800U

struct lzop {
	const uint8_t *in;
	size_t size, at;
	uint32_t flags;
};

static bool lzop_skip(struct lzop *l, size_t bytes)
{
	if (bytes > l->size - l->at)
		return false;
	l->at += bytes;
	return true;
}

static bool lzop_u32(struct lzop *l, uint32_t *ret_value)
{
	if (!lzop_skip(l, 4))
		return false;
	*ret_value = read_be32(l->in + l->at - 4);
	return true;
}

static bool lzop_header(struct lzop *l)
{
	unsigned int version;
	uint32_t extra;

	l->at = 9;
	if (!lzop_skip(l, 4))
		return false;
	version = (unsigned int)l->in[9] << 8 | l->in[10];
	/* Newer: version needed, method, level; older: method alone. */
	if (!lzop_skip(l, version >= 0x940 ? 4 : 1) || !lzop_u32(l, &l->flags))
		return false;
	if ((l->flags & LZOP_FILTER) && !lzop_skip(l, 4))
		return false;
	/* Mode and time of the file, its name's length and its name, the header's checksum. */
	if (!lzop_skip(l, version >= 0x940 ? 12 : 8) || !lzop_skip(l, 1))
		return false;
	if (!lzop_skip(l, l->in[l->at - 1]) || !lzop_skip(l, 4))
		return false;
	if (!(l->flags & LZOP_EXTRA))
		return true;
	return lzop_u32(l, &extra) && lzop_skip(l, extra) && lzop_skip(l, 4);
}

static bool lzop_checksums(struct lzop *l, bool compressed)
{
	size_t bytes = 0;

	bytes += l->flags & LZOP_ADLER32_D ? 4 : 0;
	bytes += l->flags & LZOP_CRC32_D ? 4 : 0;
	bytes += compressed && (l->flags & LZOP_ADLER32_C) ? 4 : 0;
	bytes += compressed && (l->flags & LZOP_CRC32_C) ? 4 : 0;
	return lzop_skip(l, bytes);
}

static int lzop_block(struct lzop *l, uint32_t plain, struct kernel_buffer *out)
{
	lzo_uint got = plain;
	const uint8_t *data;
	uint32_t packed;
	int rc;

	if (!lzop_u32(l, &packed) || packed > plain || !lzop_checksums(l, packed < plain))
		return -EBADMSG;
	data = l->in + l->at;
	if (!lzop_skip(l, packed))
		return -EBADMSG;
	rc = buffer_reserve(out, plain);
	if (rc)
		return rc;
	if (packed == plain)
		memcpy(out->data + out->size, data, plain);
	else if (lzo1x_decompress_safe(data, packed, out->data + out->size, &got, NULL) !=
			 LZO_E_OK ||
		 got != plain)
		return -EBADMSG;
	out->size += plain;
	return 0;
}

static int decode_lzo(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	struct lzop l = { .in = in, .size = size };
	uint32_t plain;
	int rc = 0;

	if (lzo_init() != LZO_E_OK || !lzop_header(&l))
		return -EBADMSG;
	while (!rc) {
		if (!lzop_u32(&l, &plain))
			return -EBADMSG;
		if (!plain)
			return 0;
		rc = lzop_block(&l, plain, out);
	}
	return rc;
}

static const struct format {
	const char *name;
	const char *magic;
	size_t magic_size;
	int (*decode)(const uint8_t *in, size_t size, struct kernel_buffer *out);
} formats[] = {
	{ "gzip",  "\x1f\x8b",                             2, decode_gzip },
	{ "bzip2", "BZh",                                  3, decode_bzip2 },
	{ "xz",    "\xfd" "7zXZ\0",                        6, decode_xz },
	{ "lzma",  "\x5d\0\0",                             3, decode_lzma },
	{ "lzo",   "\x89" "LZO\0\r\n\x1a\n",               9, decode_lzo },
	{ "lz4",   "\x02\x21\x4c\x18",                     4, decode_lz4 },
	{ "zstd",  "\x28\xb5\x2f\xfd",                     4, decode_zstd },
};

static const struct format *format_find(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (size > formats[i].magic_size &&
		    !memcmp(data, formats[i].magic, formats[i].magic_size))
			return &formats[i];
	return NULL;
}

const char *kernel_compression_name(const uint8_t *data, size_t size)
{
	const struct format *f = format_find(data, size);

	return f ? f->name : NULL;
}

int kernel_decompress(const char *what, const uint8_t *data, size_t size, size_t size_hint,
		      struct kernel_buffer *out, struct error_text *err)
{
	const struct format *f = format_find(data, size);
	int rc;

	if (!f)
		return error_text_fail(err, -ENOTSUP,
				       "%s: is compressed in a way this system does not know; "
				       "gzip, bzip2, lzma, xz, lzo, lz4 "
				       "and zstd are supported",
				       what);
	/* The hint saves copies; a wrong one costs nothing, so a failure to honour it is not one. */
	if (size_hint && size_hint <= KERNEL_MAX_SIZE - OUTPUT_STEP)
		buffer_reserve(out, size_hint + 1);
	rc = f->decode(data, size, out);
	if (rc == -EBADMSG)
		error_text_set(err,
			       "%s: its %s data is damaged or cut short; install the kernel again",
			       what, f->name);
	else if (rc == -EFBIG)
		error_text_set(err, "%s: decompresses to more than the limit of %lu MB", what,
			       KERNEL_MAX_SIZE >> 20);
	else if (rc)
		error_text_set(err, "%s: no memory to decompress it", what);
	return rc;
}
