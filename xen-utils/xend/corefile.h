/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a domain's memory and CPU state as an ELF core file in Xen's documented form, which crash
 * and gdb's helpers read: sections .note.Xen, .xen_prstatus, .xen_shared_info, .xen_p2m and
 * .xen_pages.
 *
 * Relies on the public headers alone. Relied on by backend-dump.c. Pure but for the file.
 */
#ifndef XEND_COREFILE_H
#define XEND_COREFILE_H

#include <stdint.h>

#include "libxen/libxen.h"

#define COREFILE_CHUNK	256u		/* pages that are asked for at a time */

struct corefile_page {
	uint64_t pfn, gmfn;
};

struct corefile {
	const struct libxen_version *version;
	const struct vcpu_guest_context *vcpus;
	unsigned int nr_vcpus;
	const void *shared_info;		/* one page */
	const struct corefile_page *pages;	/* in order of pfn */
	uint64_t nr_pages;
	/* Copies count (at most COREFILE_CHUNK) pages from the list's first on; 0 or -errno. */
	int (*read)(void *context, uint64_t first, unsigned int count, void *buffer);
	void (*progress)(void *context, uint64_t done, uint64_t total);	/* NULL: nobody asks */
	void *context, *progress_context;
};

/* To an empty file. Pages that are all zero become holes. 0 or -errno. */
int corefile_write(int fd, const struct corefile *c);

#endif /* XEND_COREFILE_H */
