/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an ELF image in memory to what the builder needs: segments, addresses, notes. Every offset
 * and size is checked against the image before use. Relies on kernel-notes.h. Shared by the builder
 * of dom0 and the utilities.
 */
#include <public/errno.h>
#include <xen/elf.h>
#include <xen/kernel.h>
#include <xen/lib.h>

#include "kernel-notes.h"

#define PAGE 4096UL
#define ADDRESS_MAX (1UL << 40)         /* pseudo-physical; far beyond any kernel */

struct elf_view {
	const char *what;
	const uint8_t *data;
	size_t size;
	Elf64_Ehdr header;
};

static bool in_file(const struct elf_view *v, uint64_t offset, uint64_t size)
{
	return offset <= v->size && size <= v->size - offset;
}

static int check_ident(const struct elf_view *v, struct error_text *err)
{
	const unsigned char *id = v->data;

	if (v->size < EI_NIDENT || memcmp(id, ELFMAG, SELFMAG))
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: is not a kernel: neither bzImage nor ELF, nor one of "
				       "them compressed with gzip, bzip2, "
				       "lzma, xz, lzo, lz4 or zstd",
				       v->what);
	if (id[EI_CLASS] != ELFCLASS64 || id[EI_DATA] != ELFDATA2LSB)
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: is not a 64-bit kernel; only those are supported",
				       v->what);
	return 0;
}

static int read_header(struct elf_view *v, struct error_text *err)
{
	int rc = check_ident(v, err);

	if (rc)
		return rc;
	if (v->size < sizeof(v->header))
		return error_text_fail(err, -XEN_EBADMSG, "%s: is cut short inside its ELF header",
				       v->what);
	memcpy(&v->header, v->data, sizeof(v->header));
	if (v->header.e_machine != EM_X86_64)
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: is built for another processor (ELF machine %u)",
				       v->what, v->header.e_machine);
	if (v->header.e_type != ET_EXEC && v->header.e_type != ET_DYN)
		return error_text_fail(err, -XEN_ENOEXEC, "%s: is an ELF file but not a program",
				       v->what);
	if (v->header.e_phentsize != sizeof(Elf64_Phdr) ||
	    !in_file(v, v->header.e_phoff, (uint64_t)v->header.e_phnum * sizeof(Elf64_Phdr)))
		return error_text_fail(err, -XEN_EBADMSG,
				       "%s: its program headers lie outside the file", v->what);
	return 0;
}

static Elf64_Phdr program_header(const struct elf_view *v, unsigned int i)
{
	Elf64_Phdr ph;

	memcpy(&ph, v->data + v->header.e_phoff + i * sizeof(ph), sizeof(ph));
	return ph;
}

static int read_notes(const struct elf_view *v, struct kernel_notes *notes, struct error_text *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < v->header.e_phnum && !rc; i++) {
		Elf64_Phdr ph = program_header(v, i);

		if (ph.p_type != PT_NOTE)
			continue;
		rc = in_file(v, ph.p_offset, ph.p_filesz) ?
		     kernel_notes_read(notes, v->data + ph.p_offset, ph.p_filesz) : -XEN_EBADMSG;
	}
	return rc ? error_text_fail(err, rc, "%s: its notes are damaged or cut short", v->what) : 0;
}

int kernel_elf_notes(const char *what, const uint8_t *elf, size_t size, struct kernel_notes *notes,
		     struct error_text *err)
{
	struct elf_view v = { .what = what, .data = elf, .size = size };
	int rc;

	kernel_notes_init(notes);
	rc = read_header(&v, err);
	return rc ? rc : read_notes(&v, notes, err);
}

static int add_segment(const struct elf_view *v, const Elf64_Phdr *ph, uint64_t paddr_offset,
		       struct kernel_image *image, struct error_text *err)
{
	struct kernel_segment *s = &image->segments[image->nr_segments];

	if (image->nr_segments == KERNEL_MAX_SEGMENTS)
		return error_text_fail(err, -XEN_EOPNOTSUPP,
				       "%s: has more than %d segments to load", v->what,
				       KERNEL_MAX_SEGMENTS);
	if (!in_file(v, ph->p_offset, ph->p_filesz))
		return error_text_fail(err, -XEN_EBADMSG,
				       "%s: is cut short: a segment ends at byte %llu of %zu; "
				       "install the kernel again",
				       v->what, (unsigned long long)(ph->p_offset + ph->p_filesz),
				       v->size);
	if (ph->p_filesz > ph->p_memsz || ph->p_paddr < paddr_offset ||
	    ph->p_paddr - paddr_offset > ADDRESS_MAX || ph->p_memsz > ADDRESS_MAX)
		return error_text_fail(err, -XEN_EBADMSG, "%s: a segment has impossible addresses",
				       v->what);
	*s = (struct kernel_segment){
		.address = ph->p_paddr - paddr_offset,
		.file_offset = ph->p_offset, .file_size = ph->p_filesz, .mem_size = ph->p_memsz,
	};
	if (!image->nr_segments || s->address < image->start)
		image->start = s->address;
	if (s->address + s->mem_size > image->end)
		image->end = s->address + s->mem_size;
	image->nr_segments++;
	return 0;
}

static int read_segments(const struct elf_view *v, uint64_t paddr_offset,
			 struct kernel_image *image, struct error_text *err)
{
	unsigned int i;
	int rc = 0;

	image->nr_segments = 0;
	image->start = image->end = 0;
	for (i = 0; i < v->header.e_phnum && !rc; i++) {
		Elf64_Phdr ph = program_header(v, i);

		if (ph.p_type == PT_LOAD && ph.p_memsz)
			rc = add_segment(v, &ph, paddr_offset, image, err);
	}
	if (!rc && !image->nr_segments)
		return error_text_fail(err, -XEN_ENOEXEC, "%s: has nothing to load", v->what);
	return rc;
}

/* Inside the loaded kernel, as the initial mapping will show it. */
static bool in_kernel(const struct kernel_image *image, uint64_t va)
{
	return va - image->virt_base >= image->start && va - image->virt_base < image->end;
}

static int check_addresses(const struct elf_view *v, const struct kernel_image *image,
			   struct error_text *err)
{
	uint64_t page = image->hypercall_page, p2m = image->init_p2m;

	if (!in_kernel(image, image->entry))
		return error_text_fail(err, -XEN_EBADMSG,
				       "%s: its entry point 0x%llx lies outside it", v->what,
				       (unsigned long long)image->entry);
	if (page != KERNEL_UNSET && (page % PAGE || !in_kernel(image, page)))
		return error_text_fail(err, -XEN_EBADMSG,
			"%s: its hypercall page 0x%llx is not a page inside it", v->what,
			(unsigned long long)page);
	if (image->virt_base % PAGE || (p2m != KERNEL_UNSET && p2m % PAGE))
		return error_text_fail(err, -XEN_EBADMSG,
				       "%s: its notes give addresses which are not page-aligned",
				       v->what);
	return 0;
}

int kernel_elf_examine(const char *what, struct kernel_image *image, struct error_text *err)
{
	struct elf_view v = { .what = what, .data = image->elf, .size = image->elf_size };
	struct kernel_notes notes;
	int rc;

	kernel_notes_init(&notes);
	rc = read_header(&v, err);
	if (!rc)
		rc = read_notes(&v, &notes, err);
	if (!rc)
		rc = kernel_notes_check(what, &notes, err);
	if (!rc)
		rc = read_segments(&v, notes.paddr_offset, image, err);
	if (rc)
		return rc;
	image->virt_base = notes.virt_base;
	image->entry = notes.entry == KERNEL_UNSET ? v.header.e_entry : notes.entry;
	image->hypercall_page = notes.hypercall_page;
	image->init_p2m = notes.init_p2m;
	image->ramdisk_unmapped = notes.ramdisk_unmapped != 0;
	memcpy(image->guest_os, notes.guest_os, sizeof(image->guest_os));
	memcpy(image->guest_version, notes.guest_version, sizeof(image->guest_version));
	return check_addresses(&v, image, err);
}
