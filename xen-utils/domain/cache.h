/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small cache of decompressed kernel images, so that the second domain with the same kernel
 * starts without decompressing it.
 *
 * Relies on a directory of one file an image, $XEN_CACHE_DIR/kernels. The file's name is the whole
 * key: device, inode, size and modification time of the original, and a checksum of its head. The
 * file's content is the ELF image and nothing else.
 * Used by: kernel.c.
 *
 * Invariants: a file appears under its name complete and on disk (temporary file, sync, rename), is
 * never modified afterwards, and leaves only by being unlinked, so a mapping of it stays good. The
 * cache is an optimisation: every failure here means only that nothing was kept.
 */
#ifndef DOMAIN_CACHE_H
#define DOMAIN_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define CACHE_MAX_FILES 16
#define CACHE_MAX_BYTES (1UL << 30)

struct cache_key {
	char name[128];
};

/* The key of an image whose metadata is @st and whose first bytes are @head. */
void cache_key_make(const struct stat *st, const uint8_t *head, size_t size,
		    struct cache_key *ret_key);
/* Maps the kept image read-only: 0, or -ENOENT (or another -errno) when there is none. */
int cache_lookup(const struct cache_key *key, void **ret_mapping, size_t *ret_size);
/* Keeps a copy, throwing out the longest unused ones to stay within the limits. 0 or -errno. */
int cache_store(const struct cache_key *key, const void *data, size_t size);

#endif /* DOMAIN_CACHE_H */
