/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of kernel images as the builder of dom0 uses it: every compression whole, cut short,
 * damaged, too large and without memory; ELF files cut at every byte; notes that ask for what there
 * is not. KERNEL_MAX_SIZE is lowered for it.
 */
#include <public/elfnote.h>
#include <public/errno.h>
#include <xen/decompress.h>
#include <xen/elf.h>
#include <xen/lib.h>

#include "kernel-pack.h"
#include "tap.h"

#define BASE 0xffffffff80000000UL
#define START 0x1000000UL
#define NOTES_AT 0x200
#define TEXT_AT 0x1000
#define ELF_SIZE (9UL << 20)	/* more than one block of lz4, more than one step of output */
#define ROOM (ELF_SIZE + (1 << 20))

static size_t room_limit = SIZE_MAX;
#define MEMORY_LIMIT (1UL << 30)
static uint64_t memory_limit = MEMORY_LIMIT;
static size_t largest;
static unsigned int buffers;

int kernel_host_decode(enum kernel_format format, const uint8_t *in, size_t size,
		       struct kernel_buffer *out)
{
	return kernel_decode(format, in, size, out);
}

int kernel_host_resize(struct kernel_buffer *buffer, size_t room)
{
	uint8_t *data;

	if (room <= buffer->room)
		return 0;
	data = room > room_limit ? NULL : realloc(buffer->data, room);
	if (!data)
		return -XEN_ENOMEM;
	buffers += !buffer->data;
	buffer->data = data;
	buffer->room = room;
	largest = room > largest ? room : largest;
	return 0;
}

void kernel_host_free(struct kernel_buffer *buffer)
{
	buffers -= buffer->data != NULL;
	free(buffer->data);
	*buffer = (struct kernel_buffer){ 0 };
}

void kernel_host_breathe(void) { }

uint64_t kernel_host_memory_limit(void) { return memory_limit; }

/* --- a kernel made up --- */

static uint8_t *add_note(uint8_t *at, uint32_t type, const void *desc, uint32_t size)
{
	uint32_t header[3] = { 4, size, type };

	memcpy(at, header, sizeof(header));
	memcpy(at + 12, "Xen", 4);
	memcpy(at + 16, desc, size);
	return at + 16 + ((size + 3) & ~3u);
}

static size_t add_notes(uint8_t *at, const char *features)
{
	uint64_t base = BASE, entry = BASE + START + 0x100, one = 1;
	uint8_t *start = at;

	at = add_note(at, XEN_ELFNOTE_GUEST_OS, "linux", 6);
	at = add_note(at, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	at = add_note(at, XEN_ELFNOTE_VIRT_BASE, &base, 8);
	at = add_note(at, XEN_ELFNOTE_ENTRY, &entry, 8);
	at = add_note(at, XEN_ELFNOTE_MOD_START_PFN, &one, 8);
	at = add_note(at, XEN_ELFNOTE_FEATURES, features, (uint32_t)strlen(features) + 1);
	return (size_t)(at - start);
}

/* Most of it shrinks, some of it is noise. features NULL: no notes. */
static uint8_t *make_elf(size_t size, const char *features)
{
	uint8_t *elf = calloc(1, size);
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = BASE + START,
		.e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD,
		  .p_offset = TEXT_AT,
		  .p_paddr = START,
		  .p_filesz = size - TEXT_AT,
		  .p_memsz = size },
		{ .p_type = PT_NOTE, .p_offset = NOTES_AT },
	};
	uint32_t noise = 12345;

	ph[1].p_filesz = features ? add_notes(elf + NOTES_AT, features) : 0;
	for (size_t i = TEXT_AT; i < size; i++) {
		noise = noise * 1664525 + 1013904223;
		elf[i] = (i & 0xf0000) == 0x10000 ? (uint8_t)(noise >> 24) : (uint8_t)(i >> 9);
	}
	memcpy(elf, &header, sizeof(header));
	memcpy(elf + sizeof(header), ph, sizeof(ph));
	return elf;
}

/* A bzImage around the payload and the size that a kernel build puts behind it. */
static uint8_t *make_bzimage(const uint8_t *payload, size_t size, uint32_t hint, size_t *ret_size)
{
	const size_t setup = 5 * 512;
	uint32_t length = (uint32_t)size + 4;
	uint8_t *image = calloc(1, setup + size + 4);

	image[0x1f1] = 4;
	image[0x1fe] = 0x55;
	image[0x1ff] = 0xaa;
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	memcpy(image + 0x24c, &length, 4);
	memcpy(image + setup, payload, size);
	memcpy(image + setup + size, &hint, 4);
	*ret_size = setup + size + 4;
	return image;
}

/* --- tests --- */

static struct error_text err;

static int unwrap(const uint8_t *data, size_t size, struct kernel_buffer *out,
		  struct kernel_image *image)
{
	uint8_t *copy = malloc(size); /* so that the sanitizer sees a byte read beyond */
	const uint8_t *inner;
	size_t inner_size;
	int rc;

	memcpy(copy, data, size);
	*out = (struct kernel_buffer){ 0 };
	*image = (struct kernel_image){ 0 };
	err.text[0] = '\0';
	largest = 0;
	rc = kernel_unwrap("vmlinuz", copy, size, out, &inner, &inner_size, &err);
	if (!rc) {
		image->elf = inner;
		image->elf_size = inner_size;
	}
	free(copy);
	return rc;
}

static void expect(const char *sentence, const uint8_t *data, size_t size, int want,
		   const char *says)
{
	struct kernel_buffer out;
	struct kernel_image image;
	int rc = unwrap(data, size, &out, &image);

	kernel_host_free(&out);
	if (!tap_ok(rc == want && strstr(err.text, says) && !buffers, "%s", sentence))
		tap_note("result %d, \"%s\", %u buffers left", rc, err.text, buffers);
}

static void test_whole(enum kernel_format format, const uint8_t *elf, const uint8_t *packed,
		       size_t size)
{
	const uint32_t hints[] = { ELF_SIZE, 17, 0xffffffff };
	const char *name = kernel_format_name(format);
	struct kernel_image image;
	struct kernel_buffer out;
	size_t image_size;
	bool same = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(hints); i++) {
		uint8_t *bzimage = make_bzimage(packed, size, hints[i], &image_size);
		int rc = unwrap(bzimage, image_size, &out, &image);

		same &= !rc && image.elf_size == ELF_SIZE && !memcmp(image.elf, elf, ELF_SIZE) &&
			largest <= KERNEL_MAX_SIZE;
		if (!i)
			tap_ok(!rc && !kernel_elf_examine("vmlinuz", &image, &err) &&
				       image.entry == BASE + START + 0x100,
			       "%s: a bzImage is unwrapped and its notes are read", name);
		kernel_host_free(&out);
		free(bzimage);
	}
	tap_ok(same, "%s: what comes out is what went in, however wrong the size behind it is",
	       name);
}

static void test_short(enum kernel_format format, const uint8_t *packed, size_t size)
{
	const char *name = kernel_format_name(format);
	struct kernel_image image;
	struct kernel_buffer out;
	bool refused = true;

	for (unsigned int i = 1; i < 12; i++) {
		size_t cut = i < 6 ? 9 + i * 7 : size / 12 * i;
		int rc = unwrap(packed, cut, &out, &image);

		/* lz4 has no end mark: it may have been cut between two blocks. */
		refused &= rc == -XEN_EBADMSG ?
				   strstr(err.text, name) != NULL :
				   !rc && out.size < ELF_SIZE && format == KERNEL_FORMAT_LZ4;
		kernel_host_free(&out);
	}
	tap_ok(refused && !buffers, "%s: data that is cut short is refused by the format's name",
	       name);
}

static void test_damaged(enum kernel_format format, const uint8_t *elf, size_t elf_size)
{
	uint8_t *packed = malloc(elf_size + 65536), *copy = malloc(elf_size + 65536);
	size_t size = kernel_pack(format, elf, elf_size, packed, elf_size + 65536);
	struct kernel_image image;
	struct kernel_buffer out;
	bool good = true;

	for (unsigned int i = 0; i < 100 && good; i++) {
		int rc;

		memcpy(copy, packed, size);
		for (int j = 0; j < 1 + rand() % 3; j++)
			copy[9 + (size_t)rand() % (i % 2 ? size - 9 : 64)] = (uint8_t)rand();
		rc = unwrap(copy, size, &out, &image);
		good = rc ? err.text[0] != 0 && !out.data : image.elf_size <= KERNEL_MAX_SIZE;
		good &= largest <= KERNEL_MAX_SIZE;
		kernel_host_free(&out);
	}
	tap_ok(good && !buffers,
	       "%s: 100 times damaged, it is unwrapped or refused with a sentence, within its "
	       "bounds",
	       kernel_format_name(format));
	free(packed);
	free(copy);
}

static void test_too_large(enum kernel_format format, uint8_t *packed, size_t room)
{
	uint8_t *zeroes = calloc(1, KERNEL_MAX_SIZE + 1);
	size_t size = kernel_pack(format, zeroes, KERNEL_MAX_SIZE + 1, packed, room);
	char name[100];

	snprintf(name, sizeof(name), "%s: more than the limit is refused, not produced",
		 kernel_format_name(format));
	expect(name, packed, size, -XEN_EOVERFLOW, "limit");
	tap_ok(largest <= KERNEL_MAX_SIZE, "%s: no more memory was asked for than the limit",
	       kernel_format_name(format));
	free(zeroes);
}

static void test_no_memory(enum kernel_format format, const uint8_t *packed, size_t size)
{
	char name[100];

	room_limit = 5 << 20;
	snprintf(name, sizeof(name), "%s: without memory it is refused",
		 kernel_format_name(format));
	expect(name, packed, size, -XEN_ENOMEM, "no memory");
	room_limit = SIZE_MAX;
}

static void test_formats(void)
{
	uint8_t *elf = make_elf(ELF_SIZE, "!writable_page_tables|dom0"), *packed = malloc(ROOM);
	uint8_t *small = make_elf(200000, "dom0");

	srand((unsigned int)tap_seed());
	for (enum kernel_format f = 0; f < KERNEL_FORMATS; f++) {
		size_t size = kernel_pack(f, elf, ELF_SIZE, packed, ROOM);

		test_whole(f, elf, packed, size);
		test_short(f, packed, size);
		test_no_memory(f, packed, size);
		test_damaged(f, small, 200000);
		test_too_large(f, packed, ROOM);
	}
	memory_limit = 1 << 20;
	expect("xz: a dictionary that does not fit into memory is refused", packed,
	       kernel_pack(KERNEL_FORMAT_XZ, elf, ELF_SIZE, packed, ROOM), -XEN_ENOMEM, "xz");
	memory_limit = MEMORY_LIMIT;
	free(elf);
	free(small);
	free(packed);
}

static void test_wrapping(void)
{
	uint8_t *elf = make_elf(65536, "dom0"), *a = malloc(100000), *b = malloc(100000), *bz;
	struct kernel_image image;
	struct kernel_buffer out;
	size_t size;

	tap_ok(!unwrap(elf, 65536, &out, &image) && !out.data,
	       "an ELF file is left as it is, and nothing is allocated");
	bz = make_bzimage(elf, 65536, 0, &size);
	tap_ok(!unwrap(bz, size, &out, &image) && !out.data && image.elf_size == 65540,
	       "an uncompressed bzImage is not copied either");
	size = kernel_pack(KERNEL_FORMAT_GZIP, bz, size, a, 100000);
	tap_ok(!unwrap(a, size, &out, &image) && image.elf == out.data + 2560 &&
		       !memcmp(image.elf, elf, 65536),
	       "a compressed bzImage is unwrapped");
	kernel_host_free(&out);
	size = kernel_pack(KERNEL_FORMAT_XZ, a, size, b, 100000);
	size = kernel_pack(KERNEL_FORMAT_GZIP, b, size, a, 100000);
	size = kernel_pack(KERNEL_FORMAT_GZIP, a, size, b, 100000);
	tap_ok(!unwrap(b, size, &out, &image) &&
		       kernel_elf_examine("vmlinuz", &image, &err) == -XEN_ENOEXEC &&
		       strstr(err.text, "is not a kernel"),
	       "wrapping upon wrapping comes to an end");
	kernel_host_free(&out);
	free(bz);
	bz = make_bzimage(elf + 0x3000, 5000, 0, &size);
	expect("an unknown compression is refused with the known ones", bz, size, -XEN_EOPNOTSUPP,
	       "zstd are supported");
	expect("a bzImage that is cut short is refused with both sizes", bz, size - 100,
	       -XEN_EBADMSG, "but the file has");
	bz[0x206] = 7;
	expect("a bzImage of an old boot protocol is refused by its number", bz, size,
	       -XEN_EOPNOTSUPP, "2.07");
	free(bz);
	free(elf);
	free(a);
	free(b);
}

static int examine(const uint8_t *elf, size_t size, struct kernel_image *image)
{
	uint8_t *copy = malloc(size ? size : 1);
	int rc;

	memcpy(copy, elf, size);
	*image = (struct kernel_image){ .elf = copy, .elf_size = size };
	err.text[0] = '\0';
	rc = kernel_elf_examine("vmlinuz", image, &err);
	free(copy);
	return rc;
}

static void refuse_features(const char *features, const char *says, const char *sentence)
{
	uint8_t *elf = make_elf(8192, features);
	struct kernel_image image;
	int rc = examine(elf, 8192, &image);

	if (!tap_ok(rc && strstr(err.text, says), "%s", sentence))
		tap_note("result %d, \"%s\"", rc, err.text);
	free(elf);
}

static void test_elf(void)
{
	uint8_t *elf = make_elf(8192, "!writable_page_tables|dom0|something_else");
	struct kernel_image image;
	bool refused = true;

	tap_ok(!examine(elf, 8192, &image) && image.nr_segments == 1 && image.start == START,
	       "a kernel that asks for what there is, and wishes for what there is not, is taken");
	for (size_t size = 0; size < 8192; size++)
		refused &= examine(elf, size, &image) < 0 && err.text[0];
	tap_ok(refused, "an ELF file cut at any byte is refused with a sentence");
	refuse_features("dom0|!flying_pages", "\"flying_pages\"",
			"an unknown feature that is demanded is refused by name");
	refuse_features("!auto_translated_physmap",
			"\"auto_translated_physmap\", which paravirtual",
			"a known feature that paravirtual domains lack is refused by name");
	refuse_features(NULL, "not built for Xen",
			"an ELF file without Xen notes is refused as not for Xen");
	free(elf);
}

int main(void)
{
	test_formats();
	test_wrapping();
	test_elf();
	return tap_done();
}
