/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images: every compression, every way to be damaged, every reason to be refused, and the
 * cache of decompressed images.
 */
#include <config.h>

#include <bzlib.h>
#include <dirent.h>
#include <errno.h>
#include <lz4hc.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "domain/cache.h"
#include "domain/kernel.h"
#include "tests/tap.h"
#include "tests/unit/builder-image.h"

#define ROOM (1 << 20)

static struct error_text err;

static size_t pack_gzip(const uint8_t *in, size_t size, uint8_t *out)
{
	z_stream z = {.next_in = (uint8_t *)in,
		      .avail_in = (uInt)size,
		      .next_out = out,
		      .avail_out = ROOM};

	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_bzip2(const uint8_t *in, size_t size, uint8_t *out)
{
	unsigned int len = ROOM;

	if (BZ2_bzBuffToBuffCompress((char *)out, &len, (char *)in, (unsigned int)size, 9, 0, 0))
		abort();
	return len;
}

static size_t pack_xz(const uint8_t *in, size_t size, uint8_t *out)
{
	size_t len = 0;

	if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in, size, out, &len, ROOM))
		abort();
	return len;
}

static size_t pack_lzma(const uint8_t *in, size_t size, uint8_t *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	lzma_lzma_preset(&o, 6);
	if (lzma_alone_encoder(&z, &o))
		abort();
	z.next_in = in;
	z.avail_in = size;
	z.next_out = out;
	z.avail_out = ROOM;
	if (lzma_code(&z, LZMA_FINISH) != LZMA_STREAM_END)
		abort();
	lzma_end(&z);
	return z.total_out;
}

static size_t pack_zstd(const uint8_t *in, size_t size, uint8_t *out)
{
	return ZSTD_compress(out, ROOM, in, size, 19);
}

static size_t pack_lz4(const uint8_t *in, size_t size, uint8_t *out)
{
	int len = LZ4_compress_HC((const char *)in, (char *)out + 8, (int)size, ROOM - 8, 9);
	uint32_t head[2] = { 0x184c2102, (uint32_t)len };

	memcpy(out, head, 8);
	return 8 + (size_t)len;
}

static uint8_t *put_be32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
	return at + 4;
}

/* Two blocks, one packed and one stored, with a checksum each that the header promises. */
static size_t pack_lzo(const uint8_t *in, size_t size, uint8_t *out)
{
	static const uint8_t header[] = {
		0x89, 'L',  'Z', 'O', 0, '\r', '\n', 0x1a, '\n', 0x10, 0x30, 0x20, 0x60,
		0x09, 0x40, 1,	 5,   0, 0,    0,    1,	   0,	 0,    0x81, 0xa4, 0,
		0,    0,    0,	 0,   0, 0,    0,    0,	   1,	 2,    3,    4,
	};
	uint8_t *work = malloc(LZO1X_1_MEM_COMPRESS), *at = out, *packed = malloc(ROOM);
	uint32_t half = (uint32_t)size / 2;
	lzo_uint len = 0;

	memcpy(at, header, sizeof(header));
	at += sizeof(header);
	if (!work || !packed || lzo1x_1_compress(in, half, packed, &len, work))
		abort();
	at = put_be32(put_be32(put_be32(at, half), (uint32_t)len), 0xdead);
	memcpy(at, packed, len);
	at += len;
	at = put_be32(put_be32(put_be32(at, (uint32_t)size - half), (uint32_t)size - half), 0xbeef);
	memcpy(at, in + half, size - half);
	at = put_be32(at + size - half, 0);
	free(work);
	free(packed);
	return (size_t)(at - out);
}

static const struct {
	const char *name;
	size_t (*pack)(const uint8_t *in, size_t size, uint8_t *out);
} packers[] = {
	{ "gzip", pack_gzip }, { "bzip2", pack_bzip2 }, { "xz", pack_xz }, { "lzma", pack_lzma },
	{ "zstd", pack_zstd }, { "lz4", pack_lz4 }, { "lzo", pack_lzo },
};
#define NR_PACKERS (sizeof(packers) / sizeof(packers[0]))

static int load(const void *data, size_t size, struct kernel_file *image)
{
	err.text[0] = '\0';
	return kernel_file_load(image_file(data, size), false, image, &err);
}

/* An image that must be refused with a sentence holding @says. */
static void refuse(const void *data, size_t size, int rc, const char *says, const char *name)
{
	struct kernel_file image;
	int got = load(data, size, &image);

	if (!got)
		kernel_file_free(&image);
	if (!tap_ok(got == rc && strstr(err.text, says), "%s", name))
		tap_diag("got %d: %s", got, err.text);
}

static void test_formats(void)
{
	struct image_options o = { 0 };
	uint8_t *packed = malloc(ROOM), *image;
	struct kernel_file k;
	size_t elf_size, size, i;
	uint8_t *elf = image_elf(&o, &elf_size);

	tap_is_int(load(elf, elf_size, &k), 0, "a plain ELF kernel loads");
	tap_ok(k.image.entry == IMAGE_BASE + IMAGE_START + 0x10 && k.image.start == IMAGE_START &&
		       k.image.end == IMAGE_DATA_AT + IMAGE_BSS && k.image.init_p2m == IMAGE_P2M &&
		       k.image.ramdisk_unmapped,
	       "its addresses are what its notes say");
	kernel_file_free(&k);
	for (i = 0; i < NR_PACKERS; i++) {
		size = packers[i].pack(elf, elf_size, packed);
		/* The size of the whole behind it, as a kernel build appends it. */
		memcpy(packed + size, &(uint32_t){ (uint32_t)elf_size }, 4);
		image = image_bzimage(packed, size + (strcmp(packers[i].name, "gzip") ? 4 : 0),
				      &size);
		tap_is_int(load(image, size, &k), 0, "a bzImage compressed with %s loads",
			   packers[i].name);
		tap_ok(!err.text[0] && k.image.elf_size == elf_size &&
			       !memcmp(k.image.elf, elf, elf_size),
		       "%s: what comes out is what went in", packers[i].name);
		kernel_file_free(&k);
		free(image);
	}
	size = pack_gzip(elf, elf_size, packed);
	tap_is_int(load(packed, size, &k), 0, "a compressed ELF file without bzImage loads");
	kernel_file_free(&k);
	free(packed);
	free(elf);
}

static void test_damaged_packing(void)
{
	struct image_options o = { 0 };
	uint8_t *packed = malloc(ROOM), *image;
	size_t elf_size, size, image_size, i;
	uint8_t *elf = image_elf(&o, &elf_size);
	char name[80];

	for (i = 0; i < NR_PACKERS; i++) {
		size = packers[i].pack(elf, elf_size, packed);
		image = image_bzimage(packed, size / 2, &image_size);
		snprintf(name, sizeof(name), "%s data that is cut short is refused",
			 packers[i].name);
		refuse(image, image_size, -EBADMSG, packers[i].name, name);
		free(image);
	}
	image = image_bzimage(elf + 0x3000, 5000, &image_size);
	refuse(image, image_size, -ENOTSUP, "does not know", "an unknown compression is refused");
	free(image);
	size = pack_gzip(elf, elf_size, packed);
	image = image_bzimage(packed, size, &image_size);
	refuse(image, image_size - 100, -EBADMSG, "cut short",
	       "a bzImage that is cut short is refused");
	image[0x206] = 7;
	refuse(image, image_size, -ENOTSUP, "2.07", "a bzImage of an old boot protocol is refused");
	free(image);
	free(packed);
	free(elf);
}

static void refuse_options(const struct image_options *o, int rc, const char *says,
			   const char *name)
{
	size_t size;
	uint8_t *elf = image_elf(o, &size);

	refuse(elf, size, rc, says, name);
	free(elf);
}

static void test_refusals(void)
{
	struct image_options plain = { 0 };
	size_t size;
	uint8_t *elf = image_elf(&plain, &size);
	struct kernel_file k;

	refuse_options(&(struct image_options){ .no_notes = true }, -ENOEXEC, "not built for Xen",
		       "a kernel without Xen notes is refused");
	refuse_options(&(struct image_options){ .version = "xen-2.0" }, -ENOEXEC, "xen-2.0",
		       "a kernel for another interface is refused by its name");
	refuse_options(&(struct image_options){ .phys32_only = true }, -ENOEXEC, "paravirtual",
		       "a kernel with the PVH entry alone is refused");
	refuse_options(&(struct image_options){.features = "dom0|!time_travel"}, -ENOTSUP,
		       "time_travel", "an unknown demanded feature is refused by name");
	refuse_options(&(struct image_options){.features = "!auto_translated_physmap"}, -ENOTSUP,
		       "auto_translated_physmap",
		       "a feature that paravirtual domains lack is refused by name");
	refuse_options(&(struct image_options){ .entry = 0x1000 }, -EBADMSG, "entry point",
		       "an entry point outside the kernel is refused");
	refuse("#!/bin/sh\necho this is not a kernel, it is a script\n", 50, -ENOEXEC,
	       "not a kernel", "a script is refused");
	refuse("", 0, -EINVAL, "empty", "an empty file is refused");
	tap_is_int(kernel_file_load("/nonexistent/vmlinuz", false, &k, &err), -ENOENT,
		   "a file that is not there is refused");
	elf[4] = 1;
	refuse(elf, size, -ENOEXEC, "64-bit", "a 32-bit kernel is refused");
	elf[4] = 2;
	elf[18] = 183;
	refuse(elf, size, -ENOEXEC, "processor", "a kernel for another processor is refused");
	elf[18] = 62;
	refuse(elf, 40, -EBADMSG, "header", "an ELF file cut inside its header is refused");
	refuse(elf, 100, -EBADMSG, "program headers",
	       "an ELF file cut inside its program headers is refused");
	refuse(elf, size - 1, -EBADMSG, "cut short", "an ELF file cut inside a segment is refused");
	free(elf);
}

/* Any bytes changed: load or refuse, never crash, and a refusal always has a sentence. */
static void test_random_damage(void)
{
	struct image_options o = { 0 };
	size_t size, i, j;
	uint8_t *elf = image_elf(&o, &size), *copy = malloc(size);
	struct kernel_image k;
	bool ok = true;

	srand(tap_seed());
	for (i = 0; i < 20000 && ok; i++) {
		memcpy(copy, elf, size);
		for (j = 0; j < 1 + (size_t)(rand() % 4); j++)
			copy[rand() % 0x400] = (uint8_t)rand();
		k = (struct kernel_image){.elf = copy,
					  .elf_size = rand() % 8 ? size : (size_t)rand() % size};
		err.text[0] = '\0';
		if (kernel_elf_examine("x", &k, &err))
			ok = err.text[0];
		else
			ok = k.nr_segments && k.end > k.start;
	}
	tap_ok(ok, "20000 randomly damaged kernels are loaded or refused with a sentence");
	free(copy);
	free(elf);
}

static unsigned int cache_count(const char *base, char *ret_name)
{
	char path[256];
	struct dirent *e;
	unsigned int nr = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/kernels", base);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		nr++;
		snprintf(ret_name, 512, "%s/%s", path, e->d_name);
	}
	if (d)
		closedir(d);
	return nr;
}

static void test_cache(void)
{
	struct image_options o = { 0 };
	uint8_t *packed = malloc(ROOM), *elf;
	char base[] = "/tmp/builder-cache-XXXXXX", name[512], command[600];
	struct kernel_file k;
	size_t elf_size, size;
	const char *path;
	unsigned int i;
	FILE *f;

	elf = image_elf(&o, &elf_size);
	if (!packed || !mkdtemp(base))
		tap_bail("no temporary directory");
	setenv("XEN_CACHE_DIR", base, 1);
	size = pack_gzip(elf, elf_size, packed);
	path = image_file(packed, size);
	tap_is_int(kernel_file_load(path, true, &k, &err), 0,
		   "a kernel loads with an empty cache");
	tap_ok(!k.from_cache, "the first time it is decompressed");
	kernel_file_free(&k);
	tap_is_int(cache_count(base, name), 1, "one image is kept");
	tap_is_int(kernel_file_load(path, true, &k, &err), 0, "it loads again");
	tap_ok(k.from_cache && k.image.elf_size == elf_size && !memcmp(k.image.elf, elf, elf_size),
	       "the second time it comes from the cache, the same");
	kernel_file_free(&k);
	f = fopen(name, "w");
	fputs("junk", f);
	fclose(f);
	tap_is_int(kernel_file_load(path, true, &k, &err), 0, "a spoilt cache is passed over");
	tap_ok(!k.from_cache, "by decompressing again");
	kernel_file_free(&k);
	packed[size] = 0;
	path = image_file(packed, size + 1);
	tap_ok(!kernel_file_load(path, true, &k, &err) && !k.from_cache,
	       "a changed file is not served old");
	kernel_file_free(&k);
	for (i = 0; i < CACHE_MAX_FILES + 5; i++) {
		struct cache_key key;

		snprintf(key.name, sizeof(key.name), "key-%u", i);
		if (cache_store(&key, "data", 4))
			tap_diag("cannot store");
	}
	tap_is_int(cache_count(base, name), CACHE_MAX_FILES,
		   "the cache keeps to its number of files");
	setenv("XEN_CACHE_DIR", "/proc/nonexistent", 1);
	tap_ok(!kernel_file_load(path, true, &k, &err) && !k.from_cache,
	       "a cache that cannot be written costs nothing but time");
	kernel_file_free(&k);
	snprintf(command, sizeof(command), "rm -rf %s", base);
	if (system(command))
		tap_diag("%s stays", base);
	free(packed);
	free(elf);
}

int main(void)
{
	test_formats();
	test_damaged_packing();
	test_refusals();
	test_random_damage();
	test_cache();
	image_cleanup();
	return tap_done();
}
