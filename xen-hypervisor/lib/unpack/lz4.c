/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks of "lz4 -l", which is what kernel builds use, by liblz4: the magic number, then blocks
 * of a 32-bit little-endian size and data, each growing to at most 8 MB.  There is no end mark; a
 * kernel build adds the 32-bit size of the whole behind it.
 */
#include <lz4.h>

#include <public/errno.h>

#include "unpack.h"

#define BLOCK_MAX (8 << 20)

static uint32_t read_le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * One block into what room there is, and if that is too little, into as much as a block can need.
 */
static int decode_block(const uint8_t *in, uint32_t size, struct kernel_buffer *out)
{
	size_t room = out->room - out->size, limit = KERNEL_MAX_SIZE - out->size;
	int r = -1, rc;

	if (room > BLOCK_MAX)
		room = BLOCK_MAX;
	kernel_host_breathe();
	if (room)
		r = LZ4_decompress_safe((const char *)in, (char *)out->data + out->size, (int)size,
					(int)room);
	if (r < 0 && room < BLOCK_MAX && room < limit) {
		room = limit < BLOCK_MAX ? limit : BLOCK_MAX;
		rc = unpack_reserve(out, room);
		if (rc)
			return rc;
		r = LZ4_decompress_safe((const char *)in, (char *)out->data + out->size, (int)size,
					(int)room);
	}
	if (r < 0)
		return room < BLOCK_MAX ? -XEN_EOVERFLOW : -XEN_EBADMSG;
	out->size += (size_t)r;
	return 0;
}

int unpack_lz4(const uint8_t *in, size_t size, struct kernel_buffer *out)
{
	size_t at = 4;
	int rc;

	while (size - at > 4) {
		uint32_t block = read_le32(in + at);

		at += 4;
		if (block > size - at || block > LZ4_COMPRESSBOUND(BLOCK_MAX))
			return -XEN_EBADMSG;
		rc = decode_block(in + at, block, out);
		if (rc)
			return rc;
		at += block;
	}
	return out->size ? 0 : -XEN_EBADMSG;
}
