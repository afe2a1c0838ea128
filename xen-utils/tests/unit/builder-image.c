/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up kernel images; see builder-image.h. */
#include <config.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <public/elfnote.h>

#include "tests/unit/builder-image.h"

#define NOTES_AT 0x200UL
#define TEXT_AT  0x1000UL
#define DATA_AT  0x7000UL
#define FILE_END (DATA_AT + IMAGE_DATA)

static uint8_t *add_note(uint8_t *at, uint32_t type, const void *desc, uint32_t size)
{
	uint32_t header[3] = { 4, size, type };

	memcpy(at, header, sizeof(header));
	memcpy(at + 12, "Xen", 4);
	memcpy(at + 16, desc, size);
	return at + 16 + ((size + 3) & ~3U);
}

static uint8_t *add_number(uint8_t *at, uint32_t type, uint64_t value)
{
	return add_note(at, type, &value, sizeof(value));
}

static uint8_t *add_string(uint8_t *at, uint32_t type, const char *text)
{
	return add_note(at, type, text, (uint32_t)strlen(text) + 1);
}

static size_t add_notes(uint8_t *at, const struct image_options *o)
{
	uint64_t base = o->virt_base ? o->virt_base : IMAGE_BASE;
	uint8_t *start = at;

	if (o->no_notes)
		return 0;
	at = add_string(at, XEN_ELFNOTE_GUEST_OS, "linux");
	if (!o->no_version)
		at = add_string(at, XEN_ELFNOTE_XEN_VERSION, o->version ? o->version : "xen-3.0");
	at = add_number(at, XEN_ELFNOTE_VIRT_BASE, base);
	at = add_number(at, XEN_ELFNOTE_PADDR_OFFSET, 0);
	if (o->phys32_only)
		at = add_number(at, XEN_ELFNOTE_PHYS32_ENTRY, IMAGE_START);
	else
		at = add_number(at, XEN_ELFNOTE_ENTRY,
				o->entry ? o->entry : base + IMAGE_START + 0x10);
	if (o->phys32)
		at = add_number(at, XEN_ELFNOTE_PHYS32_ENTRY, IMAGE_START);
	if (o->supported)
		at = add_note(at, XEN_ELFNOTE_SUPPORTED_FEATURES, &o->supported, 4);
	at = add_string(at, XEN_ELFNOTE_FEATURES,
			o->features ? o->features : "!writable_page_tables|pae_pgdir_above_4gb");
	if (!o->ramdisk_mapped)
		at = add_number(at, XEN_ELFNOTE_MOD_START_PFN, 1);
	if (!o->p2m_mapped)
		at = add_number(at, XEN_ELFNOTE_INIT_P2M, o->init_p2m ? o->init_p2m : IMAGE_P2M);
	if (o->hypercall_page)
		at = add_number(at, XEN_ELFNOTE_HYPERCALL_PAGE, base + IMAGE_START + 0x1000);
	return (size_t)(at - start);
}

static void add_segment(uint8_t *elf, Elf64_Phdr *ph, uint64_t at, uint64_t paddr,
			uint64_t file_size, uint64_t mem_size, uint64_t pattern)
{
	uint64_t i;

	*ph = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = at,
		.p_paddr = paddr,
		.p_vaddr = IMAGE_BASE + paddr,
		.p_filesz = file_size,
		.p_memsz = mem_size,
		.p_align = 1,
	};
	for (i = 0; i < file_size; i++)
		elf[at + i] = image_byte(pattern + i);
}

uint8_t *image_elf(const struct image_options *o, size_t *ret_size)
{
	uint8_t *elf = calloc(1, FILE_END);
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = IMAGE_BASE + IMAGE_START, .e_phoff = sizeof(header),
		.e_ehsize = sizeof(header), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3,
	};
	Elf64_Phdr ph[3] = { 0 };

	if (!elf)
		abort();
	add_segment(elf, &ph[0], TEXT_AT, IMAGE_START, IMAGE_TEXT, IMAGE_TEXT, 0);
	add_segment(elf, &ph[1], DATA_AT, IMAGE_DATA_AT, IMAGE_DATA, IMAGE_BSS, 0x100000);
	ph[2] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = NOTES_AT };
	ph[2].p_filesz = ph[2].p_memsz = add_notes(elf + NOTES_AT, o);
	memcpy(elf, &header, sizeof(header));
	memcpy(elf + sizeof(header), ph, sizeof(ph));
	*ret_size = FILE_END;
	return elf;
}

uint8_t *image_bzimage(const uint8_t *payload, size_t size, size_t *ret_size)
{
	const size_t setup = 5 * 512, gap = 64;
	uint8_t *image = calloc(1, setup + gap + size + 4);
	uint32_t offset = (uint32_t)gap, length = (uint32_t)size;

	if (!image)
		abort();
	image[0x1f1] = 4;
	image[0x1fe] = 0x55;
	image[0x1ff] = 0xaa;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x0f;
	image[0x207] = 0x02;
	memcpy(image + 0x248, &offset, 4);
	memcpy(image + 0x24c, &length, 4);
	memcpy(image + setup + gap, payload, size);
	*ret_size = setup + gap + size;
	return image;
}

static char directory[64], path[128];

const char *image_file(const void *data, size_t size)
{
	FILE *f;

	if (!directory[0]) {
		strcpy(directory, "/tmp/builder-test-XXXXXX");
		if (!mkdtemp(directory))
			abort();
	}
	snprintf(path, sizeof(path), "%s/image", directory);
	unlink(path);
	f = fopen(path, "w");
	if (!f || (size && fwrite(data, size, 1, f) != 1) || fclose(f))
		abort();
	return path;
}

void image_cleanup(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	if (directory[0] && system(command))
		fprintf(stderr, "%s stays\n", directory);
}
