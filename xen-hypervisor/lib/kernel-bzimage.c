/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a kernel file to the ELF image in it: bzImage (Linux, Documentation/x86/boot.rst),
 * compression, or both.
 *
 * Shared by the builder of dom0 and the utilities.  Relies on the decoders of lib/unpack/ through
 * kernel_host_decode().
 */
#include <public/errno.h>
#include <xen/decompress.h>
#include <xen/lib.h>

/* Layers of wrapping at most: a compressed file holding a bzImage holding a compressed ELF. */
#define MAX_LAYERS 3

#define BZIMAGE_SETUP_SECTS    0x1f1
#define BZIMAGE_BOOT_FLAG      0x1fe
#define BZIMAGE_MAGIC          0x202
#define BZIMAGE_VERSION        0x206
#define BZIMAGE_PAYLOAD_OFFSET 0x248
#define BZIMAGE_PAYLOAD_LENGTH 0x24c
#define BZIMAGE_HEADER_END     0x250
#define BZIMAGE_MIN_VERSION    0x208    /* the first that says where the payload is */

/* In the order of enum kernel_format. */
static const struct {
	const char *name, *magic;
	size_t magic_size;
} formats[KERNEL_FORMATS] = {
	{ "gzip",  "\x1f\x8b",             2 },
	{ "bzip2", "BZh",                  3 },
	{ "xz",    "\xfd" "7zXZ\0",        6 },
	{ "lzma",  "\x5d\0\0",             3 },
	{ "lzo",   "\x89LZO\0\r\n\x1a\n",  9 },
	{ "lz4",   "\x02\x21\x4c\x18",     4 },
	{ "zstd",  "\x28\xb5\x2f\xfd",     4 },
};

enum kernel_format kernel_format_find(const uint8_t *data, size_t size)
{
	for (unsigned int i = 0; i < KERNEL_FORMATS; i++)
		if (size > formats[i].magic_size &&
		    !memcmp(data, formats[i].magic, formats[i].magic_size))
			return (enum kernel_format)i;
	return KERNEL_FORMATS;
}

const char *kernel_format_name(enum kernel_format format)
{
	return format < KERNEL_FORMATS ? formats[format].name : "unknown";
}

static uint32_t read_le(const uint8_t *p, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

int kernel_bzimage_payload(const char *what, const uint8_t *data, size_t size,
			   const uint8_t **ret_payload, size_t *ret_size, struct error_text *err)
{
	uint64_t sectors, start, length;

	if (size < BZIMAGE_HEADER_END || read_le(data + BZIMAGE_BOOT_FLAG, 2) != 0xaa55 ||
	    memcmp(data + BZIMAGE_MAGIC, "HdrS", 4))
		return 0;
	if (read_le(data + BZIMAGE_VERSION, 2) < BZIMAGE_MIN_VERSION)
		return error_text_fail(err, -XEN_EOPNOTSUPP,
				       "%s: is a bzImage of boot protocol %x.%02x, which does not "
				       "say where its kernel is; "
				       "2.08 or later is needed (Linux 2.6.24)",
				       what, data[BZIMAGE_VERSION + 1], data[BZIMAGE_VERSION]);
	sectors = data[BZIMAGE_SETUP_SECTS] ? data[BZIMAGE_SETUP_SECTS] : 4;
	start = (sectors + 1) * 512 + read_le(data + BZIMAGE_PAYLOAD_OFFSET, 4);
	length = read_le(data + BZIMAGE_PAYLOAD_LENGTH, 4);
	if (!length || start > size || length > size - start)
		return error_text_fail(err, -XEN_EBADMSG,
				       "%s: is cut short: its kernel should end at byte %llu but "
				       "the file has %zu; install the "
				       "kernel again",
				       what, (unsigned long long)(start + length), size);
	*ret_payload = data + start;
	*ret_size = length;
	return 1;
}

static int explain(const char *what, enum kernel_format format, int rc, struct error_text *err)
{
	const char *name = kernel_format_name(format);

	switch (rc) {
	case 0:
		return 0;
	case -XEN_EBADMSG:
		return error_text_fail(err, rc,
				       "%s: its %s data is damaged or cut short; install the "
				       "kernel again",
				       what, name);
	case -XEN_EOVERFLOW:
		return error_text_fail(err, rc,
				       "%s: its %s data decompresses to more than the limit of %lu "
				       "MB",
				       what, name, KERNEL_MAX_SIZE >> 20);
	case -XEN_EOPNOTSUPP:
		return error_text_fail(err, rc,
				       "%s: is compressed with %s, which this program was built "
				       "without; use a kernel compressed in "
				       "another way, or an uncompressed vmlinux",
				       what, name);
	case -XEN_ENOMEM:
		return error_text_fail(err, rc, "%s: no memory to decompress its %s data", what,
				       name);
	default:
		return error_text_fail(err, rc, "%s: its %s data cannot be decompressed (error %d)",
				       what, name, rc);
	}
}

/*
 * A kernel build appends the size of what it compressed: it saves copies, and a wrong one costs
 * nothing.
 */
static void reserve_hint(struct kernel_buffer *out, const uint8_t *data, size_t size)
{
	uint32_t hint = size > 4 ? read_le(data + size - 4, 4) : 0;

	/* No format shrinks a kernel to a hundredth; a hint that says so isn't one. */
	if (hint && hint < KERNEL_MAX_SIZE && hint / 100 < size)
		(void)kernel_host_resize(out, hint + 1UL);
}

/* Replaces @out by what the stream at @data, which may lie in @out, decompresses to. */
static int decompress(const char *what, enum kernel_format format, bool has_hint,
		      const uint8_t *data, size_t size, struct kernel_buffer *out,
		      struct error_text *err)
{
	struct kernel_buffer inner = { 0 };
	int rc;

	if (has_hint)
		reserve_hint(&inner, data, size);
	rc = explain(what, format, kernel_host_decode(format, data, size, &inner), err);
	if (rc) {
		kernel_host_free(&inner);
		return rc;
	}
	kernel_host_free(out);
	*out = inner;
	return 0;
}

static int unwrap_layer(const char *what, const uint8_t **data, size_t *size,
			struct kernel_buffer *out, struct error_text *err)
{
	int found = kernel_bzimage_payload(what, *data, *size, data, size, err), rc;
	enum kernel_format format;

	if (found < 0)
		return found;
	format = kernel_format_find(*data, *size);
	if (format == KERNEL_FORMATS) {
		if (found && (*size < 4 || memcmp(*data, "\177ELF", 4)))
			return error_text_fail(err, -XEN_EOPNOTSUPP,
					       "%s: is compressed in a way this system does not "
					       "know; gzip, bzip2, lzma, xz, lzo, lz4 "
					       "and zstd are supported",
					       what);
		return 0;
	}
	rc = decompress(what, format, found, *data, *size, out, err);
	if (rc)
		return rc;
	*data = out->data;
	*size = out->size;
	return 1;
}

int kernel_unwrap(const char *what, const uint8_t *data, size_t size, struct kernel_buffer *out,
		  const uint8_t **ret_inner, size_t *ret_size, struct error_text *err)
{
	int rc = 1;

	for (int layers = 0; rc > 0 && layers < MAX_LAYERS; layers++)
		rc = unwrap_layer(what, &data, &size, out, err);
	if (rc < 0) {
		kernel_host_free(out);
		return rc;
	}
	*ret_inner = data;
	*ret_size = size;
	return 0;
}
