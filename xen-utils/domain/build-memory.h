/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a domain under construction: giving it frames, and writing into them.
 *
 * Relies on libxen. Used by: build.c.
 */
#ifndef DOMAIN_BUILD_MEMORY_H
#define DOMAIN_BUILD_MEMORY_H

#include "domain/build.h"

struct build_memory {
	struct libxen *x;
	uint32_t domid;
	xen_pfn_t *mfns;        /* machine frame of each pseudo-physical frame */
	uint64_t nr_pages;
};

/* Gives the domain its frames, in large pieces where there are some. @m->mfns is allocated. */
int build_memory_populate(struct build_memory *m, build_progress_fn progress, void *context,
			  struct error_text *err);
void build_memory_free(struct build_memory *m);

/*
 * Writes @size bytes at pseudo-physical @address, then zeros up to @total. Both must lie in the
 * domain's memory.
 */
int build_memory_write(struct build_memory *m, uint64_t address, const void *data, uint64_t size,
		       uint64_t total);
/* As above, from the file @fd at its current position. -EIO when it ends early. */
int build_memory_write_file(struct build_memory *m, uint64_t address, int fd, uint64_t size,
			    uint64_t total);

#endif /* DOMAIN_BUILD_MEMORY_H */
