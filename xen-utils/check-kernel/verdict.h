/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel file is, and what it can be under this hypervisor: dom0, a PV guest, a PVH guest;
 * for each that it can't be, one sentence why.
 *
 * Relies on the reader of kernel images that the hypervisor's builder of dom0 and the domain
 * builder use (<xen/kernel.h>), so the answer is theirs. Used by main.c and by the unit test.
 */
#ifndef CHECK_KERNEL_VERDICT_H
#define CHECK_KERNEL_VERDICT_H

#include <xen/kernel.h>

enum kernel_role { ROLE_DOM0, ROLE_PV, ROLE_PVH, NR_ROLES };

struct verdict {
	char release[96];                       /* of a bzImage; else empty */
	const char *wrapping;                   /* "bzImage", "ELF image" or "none known" */
	const char *compression;                /* its name, or "none" */
	unsigned int nr_notes;                  /* Xen notes */
	char guest_os[32], interface[16];
	bool can[NR_ROLES];
	struct error_text why_not[NR_ROLES];    /* begins with the file's name */
};

/*
 * Judges the @size bytes at @data; @what is the file's name. @dom0_config says what the build
 * configuration beside the kernel has to say about CONFIG_XEN_DOM0: 1 yes, 0 no, -1 there is none.
 * It is asked only where the kernel itself doesn't tell.
 */
void verdict_make(const char *what, const uint8_t *data, size_t size, int dom0_config,
		  struct verdict *ret);
/* "dom0", "pv", "pvh"; NR_ROLES for other words. */
enum kernel_role verdict_role(const char *word);
const char *verdict_role_name(enum kernel_role role);

#endif
