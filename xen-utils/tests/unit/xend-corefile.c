/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of core files: what a reader of ELF sections and notes finds in one.
 */
#include <config.h>

#include <elf.h>
#include <public/elfnote.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/tap.h"
#include "xend/corefile.h"

#define PAGES	600u	/* more than two chunks */

static uint8_t *file;
static size_t size;

/* Page n is full of n, every fourth is zero. */
static int read_pages(void *context, uint64_t first, unsigned int count, void *buffer)
{
	(void)context;
	for (unsigned int i = 0; i < count; i++)
		memset((uint8_t *)buffer + i * LIBXEN_PAGE_SIZE,
		       (first + i) % 4 ? (int)(first + i) & 0xff : 0, LIBXEN_PAGE_SIZE);
	return 0;
}

static const Elf64_Shdr *section(const char *name)
{
	const Elf64_Ehdr *h = (const void *)file;
	const Elf64_Shdr *s = (const void *)(file + h->e_shoff);
	const char *names = (const char *)file + s[h->e_shstrndx].sh_offset;

	for (int i = 1; i < h->e_shnum; i++)
		if (!strcmp(names + s[i].sh_name, name) && s[i].sh_offset + s[i].sh_size <= size)
			return &s[i];
	tap_bail("there is no section %s", name);
}

/* The descriptor of a note; its size in *ret_size. */
static const void *note(uint32_t type, size_t *ret_size)
{
	const Elf64_Shdr *s = section(".note.Xen");
	const uint8_t *at = file + s->sh_offset, *end = at + s->sh_size;

	while (at + sizeof(Elf64_Nhdr) <= end) {
		const Elf64_Nhdr *n = (const void *)at;
		const uint8_t *desc = at + sizeof(*n) + ((n->n_namesz + 3) & ~3u);

		if (n->n_type == type && !strcmp((const char *)(n + 1), "Xen")) {
			*ret_size = n->n_descsz;
			return desc;
		}
		at = desc + ((n->n_descsz + 3) & ~3u);
	}
	tap_bail("there is no note %x", type);
}

static void write_core(void)
{
	static struct libxen_version version = { .major = 4, .minor = 17, .extra = ".0-test",
						 .virt_start = 0xffff800000000000 };
	static struct vcpu_guest_context vcpus[2];
	static uint8_t shared_info[LIBXEN_PAGE_SIZE] = "shared";
	static struct corefile_page pages[PAGES];
	struct corefile c = { .version = &version, .vcpus = vcpus, .nr_vcpus = 2,
			      .shared_info = shared_info, .pages = pages, .nr_pages = PAGES,
			      .read = read_pages };
	FILE *f = tmpfile();
	struct stat st;

	vcpus[1].user_regs.rip = 0x1234;
	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = (struct corefile_page){ i, 1000 + i };
	tap_is_int(corefile_write(fileno(f), &c), 0, "a core file is written");
	if (fstat(fileno(f), &st))
		tap_bail("fstat");
	size = st.st_size;
	file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fileno(f), 0);
	if (file == MAP_FAILED)
		tap_bail("mmap");
	fclose(f);
}

int main(void)
{
	const Elf64_Ehdr *h;
	const Elf64_Shdr *s;
	const struct vcpu_guest_context *vcpus;
	const uint64_t *desc;
	size_t n;
	int bad = 0;

	write_core();
	h = (const void *)file;
	tap_ok(!memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_type == ET_CORE &&
	       h->e_machine == EM_X86_64, "it is an ELF core file of this processor");
	desc = note(XEN_ELFNOTE_DUMPCORE_HEADER, &n);
	tap_ok(n == 32 && desc[0] == 0xf00febed && desc[1] == 2 && desc[2] == PAGES &&
	       desc[3] == 4096, "the header's note has magic, CPUs, pages and page size");
	desc = note(XEN_ELFNOTE_DUMPCORE_XEN_VERSION, &n);
	tap_ok(n == 1280 && desc[0] == 4 && desc[1] == 17 &&
	       !strcmp((const char *)&desc[2], ".0-test"), "the version's note has its form");
	desc = note(XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, &n);
	tap_ok(n == 8 && desc[0] == 1, "the form's version is 0.1");
	s = section(".xen_prstatus");
	vcpus = (const void *)(file + s->sh_offset);
	tap_ok(s->sh_entsize == sizeof(*vcpus) && vcpus[1].user_regs.rip == 0x1234,
	       "the CPUs are there");
	s = section(".xen_shared_info");
	tap_is_str((const char *)file + s->sh_offset, "shared", "shared info is there");
	s = section(".xen_p2m");
	tap_ok(s->sh_size == PAGES * 16 &&
	       ((const uint64_t *)(file + s->sh_offset))[2 * 7 + 1] == 1007, "so is the page list");
	s = section(".xen_pages");
	tap_ok(s->sh_offset % 4096 == 0 && s->sh_size == PAGES * 4096, "pages are aligned");
	for (unsigned int i = 0; i < PAGES; i++)
		bad += file[s->sh_offset + i * 4096ul + 77] != (i % 4 ? (i & 0xff) : 0);
	tap_is_int(bad, 0, "every page has its contents");
	return tap_done();
}
