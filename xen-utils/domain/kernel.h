/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel files of guests: reading one, unwrapping it, keeping the result for next time.
 *
 * What it is for: the domain builder's first half, which needs no hypervisor. What kernels look
 * like is known to <xen/kernel.h>, which is shared with the builder of dom0.
 * Relies on: xen-hypervisor/lib/kernel-*.c and lib/unpack/, compiled here with the host's
 * libraries; cache.h. Used by: build.c.
 */
#ifndef DOMAIN_KERNEL_H
#define DOMAIN_KERNEL_H

#include <xen/kernel.h>

#include "libxen/error-text.h"

struct kernel_file {
	struct kernel_image image;
	bool from_cache;
	/* who owns image.elf */
	void *heap;                             /* malloc'ed, or NULL */
	void *mapping;                          /* mmap'ed, or NULL */
	size_t mapping_size;
};

/*
 * Loads and examines @path. @use_cache allows a kept copy to be used and a new one to be kept. 0,
 * or -errno and a sentence that begins with @path. On success free with kernel_file_free().
 */
int kernel_file_load(const char *path, bool use_cache, struct kernel_file *ret_file,
		     struct error_text *err);
void kernel_file_free(struct kernel_file *file);

#endif /* DOMAIN_KERNEL_H */
