/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzo, by liblzo2, in the container of lzop, which is what kernel builds use: a header of optional
 * fields, then blocks of sizes, optional checksums and data, ended by a zero size.  All numbers are
 * big-endian.
 */
#include <string.h>

#include <lzo/lzo1x.h>

#include <public/errno.h>

#include "unpack.h"

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

static uint32_t read_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

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
		return -XEN_EBADMSG;
	data = l->in + l->at;
	if (!lzop_skip(l, packed))
		return -XEN_EBADMSG;
	rc = unpack_reserve(out, plain);
	if (rc)
		return rc;
	if (packed == plain)
		memcpy(out->data + out->size, data, plain);
	else if (lzo1x_decompress_safe(data, packed, out->data + out->size, &got, NULL) !=
			 LZO_E_OK ||
		 got != plain)
		return -XEN_EBADMSG;
	out->size += plain;
	return 0;
}

int unpack_lzo(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	struct lzop l = { .in = in, .size = size };
	uint32_t plain;
	int rc = 0;

	if (lzo_init() != LZO_E_OK || !lzop_header(&l))
		return -XEN_EBADMSG;
	while (!rc) {
		if (!lzop_u32(&l, &plain))
			return -XEN_EBADMSG;
		if (!plain)
			return 0;
		rc = lzop_block(&l, plain, out);
	}
	return rc;
}
