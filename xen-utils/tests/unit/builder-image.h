/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images made up for the builder's tests: a small ELF file with the notes asked for, and a
 * bzImage around it. Used by the unit tests builder-*.
 */
#ifndef TESTS_UNIT_BUILDER_IMAGE_H
#define TESTS_UNIT_BUILDER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_BASE  0xffffffff80000000UL
#define IMAGE_START 0x1000000UL                 /* of the first segment */
#define IMAGE_TEXT  0x5123UL                    /* its bytes in the file; odd on purpose */
#define IMAGE_DATA  0x2000UL                    /* bytes of the second segment in the file */
#define IMAGE_BSS   0x9000UL                    /* its size in memory */
#define IMAGE_DATA_AT (IMAGE_START + 0x6800UL)  /* where it starts: not on a page */
#define IMAGE_P2M   0x8000000000UL

struct image_options {
	bool no_notes, no_version, ramdisk_mapped, p2m_mapped, hypercall_page, phys32_only;
	bool phys32;                    /* has an entry for PVH guests, too */
	uint32_t supported;             /* features it says it supports; none said if 0 */
	const char *version;            /* "xen-3.0" if NULL */
	const char *features;           /* "!writable_page_tables|pae_pgdir_above_4gb" if NULL */
	uint64_t virt_base;             /* IMAGE_BASE if 0 */
	uint64_t init_p2m;              /* IMAGE_P2M if 0 */
	uint64_t entry;                 /* in the first segment if 0 */
};

/* malloc'ed; the segments hold a pattern (image_byte()). */
uint8_t *image_elf(const struct image_options *o, size_t *ret_size);
/* A bzImage holding @payload. */
uint8_t *image_bzimage(const uint8_t *payload, size_t size, size_t *ret_size);
/* What the segments hold at @offset of the pattern. */
static inline uint8_t image_byte(uint64_t offset)
{
	return (uint8_t)(offset * 167 + (offset >> 8) * 13 + 1);
}

/* Writes a file in a fresh temporary directory; the path is static. */
const char *image_file(const void *data, size_t size);
void image_cleanup(void);

#endif /* TESTS_UNIT_BUILDER_IMAGE_H */
