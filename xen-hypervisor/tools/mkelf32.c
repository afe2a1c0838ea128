/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkelf32 - turns the linked hypervisor (ELF64, high addresses) into what boot loaders take.
 *
 * Multiboot loaders, QEMU's -kernel among them, want a 32-bit ELF file at physical addresses. All
 * loadable segments of the input become one segment of the output, from the lowest physical address
 * to the highest: loaders differ in what they do with gaps and with memory beyond a segment's bytes
 * in the file, and of one segment they all think the same. Sections are dropped.
 *
 * Relies on the C library's <elf.h>. xen-hypervisor/Makefile.am runs it. Invariant: the output
 * lies below 4 GB, and its multiboot header within the first 8192 bytes of the file.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MULTIBOOT_MAGIC 0x1badb002u
#define MULTIBOOT_REACH 8192
#define SEGMENT_OFFSET 128	/* past the headers, and 8-byte aligned as multiboot 2 asks */
#define MAX_SEGMENTS 16

struct image {
	const char *path;
	uint8_t *data;
	size_t size;
};

static bool fail(const char *path, const char *why)
{
	fprintf(stderr, "mkelf32: %s: %s\n", path, why);
	return false;
}

static bool image_read(struct image *im)
{
	FILE *f = fopen(im->path, "rb");
	bool good = false;
	long end;

	if (!f)
		return fail(im->path, strerror(errno));
	if (fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
		im->size = (size_t)end;
		im->data = malloc(im->size);
		good = im->data && fread(im->data, 1, im->size, f) == im->size;
	}
	fclose(f);
	return good ? true : fail(im->path, "it could not be read to its end");
}

static bool header_check(const struct image *im, const Elf64_Ehdr *eh)
{
	if (im->size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return fail(im->path, "it is not an ELF file");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_machine != EM_X86_64)
		return fail(im->path, "it is not a 64-bit x86 ELF file");
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phoff > im->size ||
	    eh->e_phnum > (im->size - eh->e_phoff) / sizeof(Elf64_Phdr))
		return fail(im->path, "its program headers lie outside the file");
	return true;
}

/* Copies the loadable headers to @out; 0 and a message when one is unusable. */
static unsigned int segments_collect(const struct image *im, const Elf64_Ehdr *eh, Elf64_Phdr *out)
{
	unsigned int i, count = 0;
	Elf64_Phdr ph;

	for (i = 0; i < eh->e_phnum; i++) {
		memcpy(&ph, im->data + eh->e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
			continue;
		if (count == MAX_SEGMENTS)
			return fail(im->path, "it has more loadable segments than 16");
		if (ph.p_offset > im->size || ph.p_filesz > im->size - ph.p_offset ||
		    ph.p_filesz > ph.p_memsz)
			return fail(im->path, "a segment lies outside the file");
		if (ph.p_paddr > UINT32_MAX || ph.p_memsz > UINT32_MAX - ph.p_paddr)
			return fail(im->path, "a segment's physical address is not below 4 GB: "
					      "give it a load address in the linker script");
		out[count++] = ph;
	}
	if (count == 0)
		fail(im->path, "it has no loadable segment");
	return count;
}

static bool entry_translate(const struct image *im, uint64_t entry, const Elf64_Phdr *ph,
			    unsigned int count, uint32_t *ret_entry)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (entry - ph[i].p_vaddr < ph[i].p_memsz) {
			*ret_entry = (uint32_t)(entry - ph[i].p_vaddr + ph[i].p_paddr);
			return true;
		}
		if (entry - ph[i].p_paddr < ph[i].p_memsz) {
			*ret_entry = (uint32_t)entry;
			return true;
		}
	}
	return fail(im->path, "its entry point is in no loadable segment");
}

static bool multiboot_present(const uint8_t *file, size_t size)
{
	size_t i, end = size < MULTIBOOT_REACH ? size : MULTIBOOT_REACH;
	uint32_t w[3];

	for (i = 0; i + sizeof(w) <= end; i += 4) {
		memcpy(w, file + i, sizeof(w));
		if (w[0] == MULTIBOOT_MAGIC && w[0] + w[1] + w[2] == 0)
			return true;
	}
	return false;
}

static void header_fill(Elf32_Ehdr *eh, uint32_t entry)
{
	memset(eh, 0, sizeof(*eh));
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS32;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_ident[EI_VERSION] = EV_CURRENT;
	eh->e_type = ET_EXEC;
	eh->e_machine = EM_386;
	eh->e_version = EV_CURRENT;
	eh->e_entry = entry;
	eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh);
	eh->e_phentsize = sizeof(Elf32_Phdr);
	eh->e_phnum = 1;
}

/* The one segment that holds all others: its addresses, and how much of it stands in the file. */
static Elf32_Phdr segments_span(const Elf64_Phdr *ph, unsigned int count)
{
	uint64_t start = UINT32_MAX, file_end = 0, end = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (ph[i].p_paddr < start)
			start = ph[i].p_paddr;
		if (ph[i].p_paddr + ph[i].p_filesz > file_end)
			file_end = ph[i].p_paddr + ph[i].p_filesz;
		if (ph[i].p_paddr + ph[i].p_memsz > end)
			end = ph[i].p_paddr + ph[i].p_memsz;
	}
	return (Elf32_Phdr){
		.p_type = PT_LOAD,
		.p_offset = SEGMENT_OFFSET,
		.p_vaddr = (Elf32_Addr)start,
		.p_paddr = (Elf32_Addr)start,
		.p_filesz = (Elf32_Word)(file_end - start),
		.p_memsz = (Elf32_Word)(end - start),
		.p_flags = PF_R | PF_W | PF_X,
		.p_align = 4,
	};
}

/* Two segments' bytes in one place would lose one of them. */
static bool overlap(const Elf64_Phdr *a, const Elf64_Phdr *b)
{
	return a->p_paddr < b->p_paddr + b->p_filesz && b->p_paddr < a->p_paddr + a->p_filesz;
}

/* Builds the whole output in memory. */
static bool output_build(const struct image *im, const Elf64_Phdr *ph, unsigned int count,
			 uint32_t entry, struct image *out)
{
	Elf32_Phdr span = segments_span(ph, count);
	unsigned int i, j;
	Elf32_Ehdr eh;

	out->size = SEGMENT_OFFSET + (size_t)span.p_filesz;
	out->data = calloc(1, out->size);
	if (!out->data)
		return fail(out->path, "not enough memory");
	header_fill(&eh, entry);
	memcpy(out->data, &eh, sizeof(eh));
	memcpy(out->data + sizeof(eh), &span, sizeof(span));
	for (i = 0; i < count; i++) {
		for (j = 0; j < i; j++)
			if (overlap(&ph[i], &ph[j]))
				return fail(im->path,
					    "two segments have bytes at the same address: "
					    "mend the linker script");
		memcpy(out->data + SEGMENT_OFFSET + (ph[i].p_paddr - span.p_paddr),
		       im->data + ph[i].p_offset, ph[i].p_filesz);
	}
	if (!multiboot_present(out->data, out->size))
		return fail(im->path, "no multiboot header within the first 8192 bytes: "
				      "its section must come first in the linker script");
	return true;
}

static bool output_write(const struct image *out)
{
	FILE *f = fopen(out->path, "wb");
	bool good;

	if (!f)
		return fail(out->path, strerror(errno));
	good = fwrite(out->data, 1, out->size, f) == out->size;
	good = fclose(f) == 0 && good;
	return good ? true : fail(out->path, "it could not be written whole");
}

static bool convert(struct image *in, struct image *out)
{
	Elf64_Phdr ph[MAX_SEGMENTS];
	unsigned int count;
	Elf64_Ehdr eh = { 0 };
	uint32_t entry;

	if (!image_read(in))
		return false;
	memcpy(&eh, in->data, in->size < sizeof(eh) ? in->size : sizeof(eh));
	if (!header_check(in, &eh))
		return false;
	count = segments_collect(in, &eh, ph);
	return count && entry_translate(in, eh.e_entry, ph, count, &entry) &&
	       output_build(in, ph, count, entry, out) && output_write(out);
}

int main(int argc, char **argv)
{
	struct image in = { 0 }, out = { 0 };
	bool good;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: mkelf32 XEN-SYMS OUTPUT\n"
		     "Writes the 32-bit ELF image that multiboot loaders take.");
		return 0;
	}
	if (argc != 3) {
		fputs("mkelf32: two file names are needed: try mkelf32 --help\n", stderr);
		return 2;
	}
	in.path = argv[1];
	out.path = argv[2];
	good = convert(&in, &out);
	free(in.data);
	free(out.data);
	return good ? 0 : 1;
}
