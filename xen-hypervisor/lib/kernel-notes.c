/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and judging a kernel's Xen notes (public/elfnote.h). Relies on the public ABI only; every
 * length is checked against the note area.
 */
#include <public/elfnote.h>
#include <public/errno.h>
#include <public/features.h>

#include <xen/lib.h>

#include "kernel-notes.h"

enum note_kind { NOTE_NUMBER, NOTE_STRING };

#define FIELD(f) offsetof(struct kernel_notes, f), sizeof(((struct kernel_notes *)0)->f)

static const struct note_row {
	uint32_t type;
	enum note_kind kind;
	size_t offset, size;
} note_rows[] = {
	{ XEN_ELFNOTE_ENTRY,          NOTE_NUMBER, FIELD(entry) },
	{ XEN_ELFNOTE_HYPERCALL_PAGE, NOTE_NUMBER, FIELD(hypercall_page) },
	{ XEN_ELFNOTE_VIRT_BASE,      NOTE_NUMBER, FIELD(virt_base) },
	{ XEN_ELFNOTE_PADDR_OFFSET,   NOTE_NUMBER, FIELD(paddr_offset) },
	{ XEN_ELFNOTE_INIT_P2M,       NOTE_NUMBER, FIELD(init_p2m) },
	{ XEN_ELFNOTE_PHYS32_ENTRY,   NOTE_NUMBER, FIELD(phys32_entry) },
	{ XEN_ELFNOTE_MOD_START_PFN,  NOTE_NUMBER, FIELD(ramdisk_unmapped) },
	{ XEN_ELFNOTE_SUPPORTED_FEATURES, NOTE_NUMBER, FIELD(supported_features) },
	{ XEN_ELFNOTE_XEN_VERSION,    NOTE_STRING, FIELD(xen_version) },
	{ XEN_ELFNOTE_GUEST_OS,       NOTE_STRING, FIELD(guest_os) },
	{ XEN_ELFNOTE_GUEST_VERSION,  NOTE_STRING, FIELD(guest_version) },
	{ XEN_ELFNOTE_LOADER,         NOTE_STRING, FIELD(loader) },
	{ XEN_ELFNOTE_FEATURES,       NOTE_STRING, FIELD(features) },
};

/*
 * The features a kernel may demand. @offered says whether a paravirtual domain has it, or does all
 * that a kernel which demands it can notice.
 */
static const struct feature_row {
	const char *name;
	bool offered;
} feature_rows[] = {
	{ "writable_page_tables", true },       /* direct writes are trapped and carried out */
	{ "writable_descriptor_tables", false },
	{ "auto_translated_physmap", false },
	{ "supervisor_mode_kernel", false },
	{ "pae_pgdir_above_4gb", true },
	{ "mmu_pt_update_preserve_ad", true },
	{ "highmem_assist", true },
	{ "gnttab_map_avail_bits", true },
	{ "hvm_callback_vector", false },
	{ "hvm_safe_pvclock", false },
	{ "hvm_pirqs", false },
	{ "dom0", true },
	{ "memory_op_vnode_supported", true },
	{ "linux_rsdp_unrestricted", true },
	{ "not_direct_mapped", true },
	{ "direct_mapped", false },
};

void kernel_notes_init(struct kernel_notes *notes)
{
	*notes = (struct kernel_notes){
		.entry = KERNEL_UNSET, .hypercall_page = KERNEL_UNSET, .init_p2m = KERNEL_UNSET,
		.phys32_entry = KERNEL_UNSET,
	};
}

static const struct note_row *row_find(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(note_rows) / sizeof(note_rows[0]); i++)
		if (note_rows[i].type == type)
			return &note_rows[i];
	return NULL;
}

static int take_number(uint64_t *to, const uint8_t *desc, size_t size)
{
	uint32_t small;

	if (size == sizeof(small)) {
		memcpy(&small, desc, sizeof(small));
		*to = small;
	} else if (size == sizeof(*to)) {
		memcpy(to, desc, sizeof(*to));
	} else {
		return -XEN_EBADMSG;
	}
	return 0;
}

static void take_string(struct kernel_notes *notes, const struct note_row *row, const uint8_t *desc,
			size_t size)
{
	char *to = (char *)notes + row->offset;
	size_t len = strnlen((const char *)desc, size);

	if (len >= row->size) {
		len = row->size - 1;
		if (row->type == XEN_ELFNOTE_FEATURES)
			notes->features_cut = true;
	}
	memcpy(to, desc, len);
	to[len] = '\0';
}

static int note_take(struct kernel_notes *notes, uint32_t type, const uint8_t *desc, size_t size)
{
	const struct note_row *row = row_find(type);

	notes->count++;
	if (!row)
		return 0;
	if (type == XEN_ELFNOTE_SUPPORTED_FEATURES)
		notes->has_supported = true;
	if (row->kind == NOTE_STRING) {
		take_string(notes, row, desc, size);
		return 0;
	}
	return take_number((uint64_t *)((char *)notes + row->offset), desc, size);
}

/* A length, padded to the four bytes notes are aligned to. */
static uint64_t padded(uint32_t size)
{
	return ((uint64_t)size + 3) & ~3UL;
}

int kernel_notes_read(struct kernel_notes *notes, const uint8_t *data, size_t size)
{
	uint32_t header[3];
	uint64_t name, desc;
	int rc;

	while (size >= sizeof(header)) {
		memcpy(header, data, sizeof(header));
		data += sizeof(header);
		size -= sizeof(header);
		name = padded(header[0]);
		desc = padded(header[1]);
		/* The last description may lack its padding. */
		if (name > size || header[1] > size - name)
			return -XEN_EBADMSG;
		if (header[0] == 4 && !memcmp(data, "Xen", 4)) {
			rc = note_take(notes, header[2], data + name, header[1]);
			if (rc)
				return rc;
		}
		if (desc > size - name)
			break;
		data += name + desc;
		size -= name + desc;
	}
	return 0;
}

static const struct feature_row *feature_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(feature_rows) / sizeof(feature_rows[0]); i++)
		if (strlen(feature_rows[i].name) == len && !memcmp(feature_rows[i].name, name, len))
			return &feature_rows[i];
	return NULL;
}

/* The list is names between bars; a leading exclamation mark makes one a demand. */
static int check_features(const char *what, const struct kernel_notes *notes,
			  struct error_text *err)
{
	const char *at = notes->features, *bar;
	const struct feature_row *row;
	size_t len;

	if (notes->features_cut)
		return error_text_fail(err, -XEN_EOPNOTSUPP,
				       "%s: its list of features is longer than %zu characters",
				       what, sizeof(notes->features) - 1);
	for (; *at; at += len + (at[len] == '|')) {
		bar = strchr(at, '|');
		len = bar ? (size_t)(bar - at) : strlen(at);
		if (*at != '!')
			continue;
		row = feature_find(at + 1, len - 1);
		if (!row || !row->offered)
			return error_text_fail(err, -XEN_EOPNOTSUPP,
					       "%s: the kernel demands the feature \"%.*s\", which "
					       "%s",
					       what, (int)len - 1, at + 1,
					       row ? "paravirtual domains do not have" :
						     "this system does not know");
	}
	return 0;
}

int kernel_notes_check(const char *what, const struct kernel_notes *notes, struct error_text *err)
{
	if (!notes->count)
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: is not built for Xen (it has no Xen notes); use a "
				       "kernel with CONFIG_XEN_PV",
				       what);
	if (strcmp(notes->xen_version, "xen-3.0") && notes->xen_version[0])
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: is built for the hypervisor interface \"%s\"; this one "
				       "is \"xen-3.0\"",
				       what, notes->xen_version);
	if (!notes->xen_version[0] ||
	    (notes->entry == KERNEL_UNSET && notes->phys32_entry != KERNEL_UNSET))
		return error_text_fail(err, -XEN_ENOEXEC,
				       "%s: cannot run as a paravirtual domain (it has no "
				       "paravirtual entry point); use a kernel with "
				       "CONFIG_XEN_PV",
				       what);
	return check_features(what, notes, err);
}
