/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF core files of domains; see corefile.h. All offsets are known before the first byte is
 * written:
 *
 *   ELF header | section headers | names | notes | CPUs | shared info | page list | pages
 */
#include <config.h>

#include <elf.h>
#include <public/elfnote.h>

#include "common/io.h"
#include "common/util.h"
#include "xend/corefile.h"

#define CORE_MAGIC_PV		0xf00febedULL
#define CORE_FORMAT_VERSION	1ULL	/* 0.1: major in the upper half */
#define NOTE_NAME		"Xen"

enum section { NONE, NAMES, NOTES, PRSTATUS, SHARED_INFO, P2M, PAGES, NR_SECTIONS };

static const char names[] = "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_shared_info\0.xen_p2m\0"
			    ".xen_pages";

/* Descriptors of the notes, as the format has them. */
struct note_header {
	uint64_t magic, nr_vcpus, nr_pages, page_size;
};

struct note_version {
	uint64_t major, minor;
	xen_extraversion_t extra;
	struct xen_compile_info compile;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	uint64_t virt_start, page_size;
};

struct note_format {
	uint64_t version;
};

#define NOTE(type) struct { \
	Elf64_Nhdr header; \
	char name[4]; \
	type desc; \
} __attribute__((packed))

struct notes {
	struct {
		Elf64_Nhdr header;
		char name[4];
	} none;
	NOTE(struct note_header) header;
	NOTE(struct note_version) version;
	NOTE(struct note_format) format;
} __attribute__((packed));

#define FILL_NOTE(note, type_) do { \
	(note)->header = (Elf64_Nhdr){ sizeof(NOTE_NAME), sizeof((note)->desc), type_ }; \
	memcpy((note)->name, NOTE_NAME, sizeof(NOTE_NAME)); \
} while (0)

/* Into a member that is zero already; what is too long is cut. */
#define COPY_TEXT(to, from)	memcpy(to, from, strnlen(from, sizeof(to) - 1))

static void fill_notes(struct notes *n, const struct corefile *c)
{
	const struct libxen_version *v = c->version;

	memset(n, 0, sizeof(*n));
	n->none.header = (Elf64_Nhdr){ sizeof(NOTE_NAME), 0, XEN_ELFNOTE_DUMPCORE_NONE };
	memcpy(n->none.name, NOTE_NAME, sizeof(NOTE_NAME));
	FILL_NOTE(&n->header, XEN_ELFNOTE_DUMPCORE_HEADER);
	n->header.desc = (struct note_header){ CORE_MAGIC_PV, c->nr_vcpus, c->nr_pages,
					       LIBXEN_PAGE_SIZE };
	FILL_NOTE(&n->version, XEN_ELFNOTE_DUMPCORE_XEN_VERSION);
	n->version.desc.major = v->major;
	n->version.desc.minor = v->minor;
	COPY_TEXT(n->version.desc.extra, v->extra);
	COPY_TEXT(n->version.desc.compile.compiler, v->compiler);
	COPY_TEXT(n->version.desc.compile.compile_by, v->compile_by);
	COPY_TEXT(n->version.desc.compile.compile_domain, v->compile_domain);
	COPY_TEXT(n->version.desc.compile.compile_date, v->compile_date);
	COPY_TEXT(n->version.desc.capabilities, v->capabilities);
	COPY_TEXT(n->version.desc.changeset, v->changeset);
	n->version.desc.virt_start = v->virt_start;
	n->version.desc.page_size = LIBXEN_PAGE_SIZE;
	FILL_NOTE(&n->format, XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION);
	n->format.desc.version = CORE_FORMAT_VERSION;
}

static uint32_t name_offset(const char *name)
{
	const char *at = names + 1;

	while (strcmp(at, name))
		at += strlen(at) + 1;
	return (uint32_t)(at - names);
}

/* Sizes first, then one after the other. */
static void fill_sections(Elf64_Shdr *s, const struct corefile *c)
{
	static const char *const titles[NR_SECTIONS] = {
		[NAMES] = ".shstrtab", [NOTES] = ".note.Xen", [PRSTATUS] = ".xen_prstatus",
		[SHARED_INFO] = ".xen_shared_info", [P2M] = ".xen_p2m", [PAGES] = ".xen_pages",
	};
	const uint64_t size[NR_SECTIONS] = {
		[NAMES] = sizeof(names), [NOTES] = sizeof(struct notes),
		[PRSTATUS] = c->nr_vcpus * sizeof(*c->vcpus), [SHARED_INFO] = LIBXEN_PAGE_SIZE,
		[P2M] = c->nr_pages * sizeof(*c->pages), [PAGES] = c->nr_pages << LIBXEN_PAGE_SHIFT,
	};
	const uint64_t entry[NR_SECTIONS] = {
		[PRSTATUS] = sizeof(*c->vcpus), [SHARED_INFO] = LIBXEN_PAGE_SIZE,
		[P2M] = sizeof(*c->pages), [PAGES] = LIBXEN_PAGE_SIZE,
	};
	uint64_t at = sizeof(Elf64_Ehdr) + NR_SECTIONS * sizeof(Elf64_Shdr), align;

	memset(s, 0, NR_SECTIONS * sizeof(*s));
	for (int i = NAMES; i < NR_SECTIONS; i++) {
		align = i == PAGES ? LIBXEN_PAGE_SIZE : 8;
		at = (at + align - 1) & ~(align - 1);
		s[i] = (Elf64_Shdr){
			.sh_name = name_offset(titles[i]),
			.sh_type = i == NAMES ? SHT_STRTAB : i == NOTES ? SHT_NOTE : SHT_PROGBITS,
			.sh_offset = at, .sh_size = size[i], .sh_addralign = align,
			.sh_entsize = entry[i],
		};
		at += size[i];
	}
}

static int put(int fd, uint64_t offset, const void *data, size_t size)
{
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	return io_write_full(fd, data, size);
}

static bool is_zero(const void *data, size_t size)
{
	const uint64_t *word = data;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

static int put_pages(int fd, uint64_t offset, const struct corefile *c)
{
	void *buffer = calloc(COREFILE_CHUNK, LIBXEN_PAGE_SIZE);
	unsigned int count;
	int rc = buffer ? 0 : -ENOMEM;

	for (uint64_t first = 0; !rc && first < c->nr_pages; first += count) {
		count = MIN(c->nr_pages - first, COREFILE_CHUNK);
		rc = c->read(c->context, first, count, buffer);
		if (!rc && !is_zero(buffer, (size_t)count << LIBXEN_PAGE_SHIFT))
			rc = put(fd, offset + (first << LIBXEN_PAGE_SHIFT), buffer,
				 (size_t)count << LIBXEN_PAGE_SHIFT);
		if (c->progress)
			c->progress(c->progress_context, first + count, c->nr_pages);
	}
	free(buffer);
	return rc;
}

int corefile_write(int fd, const struct corefile *c)
{
	Elf64_Shdr sections[NR_SECTIONS];
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(header), .e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr), .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = NR_SECTIONS, .e_shstrndx = NAMES,
	};
	struct notes notes;
	const void *data[NR_SECTIONS] = { [NAMES] = names, [NOTES] = &notes, [PRSTATUS] = c->vcpus,
					  [SHARED_INFO] = c->shared_info, [P2M] = c->pages };
	int rc;

	fill_sections(sections, c);
	fill_notes(&notes, c);
	if (ftruncate(fd, (off_t)(sections[PAGES].sh_offset + sections[PAGES].sh_size)))
		return -errno;
	rc = put(fd, 0, &header, sizeof(header));
	if (!rc)
		rc = put(fd, sizeof(header), sections, sizeof(sections));
	for (int i = NAMES; !rc && i < PAGES; i++)
		rc = put(fd, sections[i].sh_offset, data[i], sections[i].sh_size);
	return rc ? rc : put_pages(fd, sections[PAGES].sh_offset, c);
}
