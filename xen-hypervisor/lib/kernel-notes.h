/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel says about itself to Xen, in ELF notes. For kernel-elf.c, kernel-notes.c and
 * xen-check-kernel.
 */
#ifndef XEN_KERNEL_NOTES_H
#define XEN_KERNEL_NOTES_H

#include <xen/kernel.h>

struct kernel_notes {
	unsigned int count;             /* Xen notes seen, of whatever kind */
	uint64_t entry, hypercall_page, virt_base, paddr_offset, init_p2m, phys32_entry;
	uint64_t ramdisk_unmapped;
	uint64_t supported_features;    /* bits of public/features.h */
	bool has_supported;             /* otherwise the kernel doesn't tell */
	char xen_version[16], guest_os[32], guest_version[32], loader[32];
	char features[512];             /* may have been cut; long enough for every name we know */
	bool features_cut;
};

void kernel_notes_init(struct kernel_notes *notes);
/* Takes in a note area; -XEN_EBADMSG when it is malformed. */
int kernel_notes_read(struct kernel_notes *notes, const uint8_t *data, size_t size);
/* The notes of a whole ELF image; 0, or -XEN_E* and a sentence that begins with @what. */
int kernel_elf_notes(const char *what, const uint8_t *elf, size_t size, struct kernel_notes *notes,
		     struct error_text *err);
/* Whether a 64-bit paravirtual domain can be what the notes ask for; a sentence if not. */
int kernel_notes_check(const char *what, const struct kernel_notes *notes, struct error_text *err);

#endif /* XEN_KERNEL_NOTES_H */
