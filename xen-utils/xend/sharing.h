/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sharing guard: may a domain have this storage, beside everybody who has it already?
 *
 * Two names are the same storage when one is built of the other: a partition and its disk, a
 * logical volume and the disks below it, a loop device and its file, two hard links. What is only
 * neighboured (two partitions of a disk, two volumes of a group) is not. The rule is that of Xen
 * 2.0: one writer and nobody else, or any number of readers.
 *
 * Relies on /sys/dev/block and /proc of domain 0, found below a folder that tests choose. Relied on
 * by device-vbd.c. Pure but for reading those files: no state, no locks.
 */
#ifndef XEND_SHARING_H
#define XEND_SHARING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "xend/error.h"

/* Where to look. */
struct sharing_host {
	const char *root;		/* before /sys and /proc; "" on a real machine */
	int (*stat)(const struct sharing_host *host, const char *path, struct stat *ret);
};

/* Somebody's use of a storage. */
struct sharing_use {
	const char *target;		/* a path, or a name that only compares ("nbd:host:1") */
	unsigned int major, minor;	/* the device behind it, when known; 0:0 is none */
	bool write;
	const char *holder;		/* "domain 'web' has it as xvda"; not for the wanted one */
};

/*
 * 0, or -EBUSY with a sentence that names the holder. others are the domains' uses; what domain 0
 * has mounted, swaps to or has built something of is found here. host NULL: the storage is another
 * domain's, only names are compared.
 */
int sharing_check(const struct sharing_host *host, const struct sharing_use *wanted,
		  const struct sharing_use *others, size_t nr_others, struct xend_error *err);

/* stat(2), for a real machine. */
int sharing_stat(const struct sharing_host *host, const char *path, struct stat *ret);

#endif /* XEND_SHARING_H */
