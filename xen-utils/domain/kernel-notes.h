/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel says about itself to Xen, in ELF notes. Private to kernel-elf.c and kernel-notes.c.
 */
#ifndef DOMAIN_KERNEL_NOTES_H
#define DOMAIN_KERNEL_NOTES_H

#include "domain/kernel.h"

struct kernel_notes {
	unsigned int count;             /* Xen notes seen, of whatever kind */
	uint64_t entry, hypercall_page, virt_base, paddr_offset, init_p2m, phys32_entry;
	uint64_t ramdisk_unmapped;
	char xen_version[16], guest_os[32], guest_version[32], loader[32];
	char features[512];             /* may have been cut; long enough for every name we know */
	bool features_cut;
};

void kernel_notes_init(struct kernel_notes *notes);
/* Takes in a note area; -EBADMSG when it is malformed. */
int kernel_notes_read(struct kernel_notes *notes, const uint8_t *data, size_t size);
/* Whether a 64-bit paravirtual domain can be what the notes ask for; a sentence if not. */
int kernel_notes_check(const char *what, const struct kernel_notes *notes, struct error_text *err);

#endif /* DOMAIN_KERNEL_NOTES_H */
