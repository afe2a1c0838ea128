/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between dom0/decompress.c, which stays, and the boot-only object of decompressors
 * (dom0/unpack/libc-shim.c).
 */
#ifndef DOM0_DECOMPRESS_H
#define DOM0_DECOMPRESS_H

#include <xen/decompress.h>

/*
 * kernel_decode() with what the libraries expect of a C library around it; absent (NULL) in a build
 * without them.
 */
extern int boot_decode(enum kernel_format format, const uint8_t *in, size_t size,
		       struct kernel_buffer *out) __attribute__((weak));

/*
 * The libraries use the red zone below the stack pointer, so no interrupt may come while their code
 * runs.  A function that they call, or that calls them, has nothing of theirs below its own stack
 * pointer, and may let interrupts in meanwhile.
 */
void boot_interrupts_let_in(void);
void boot_interrupts_keep_out(void);

/*
 * Memory of the heap, to the page: what a power of two would add is given back at once. NULL: there
 * is none.
 */
void *boot_pages_alloc(size_t size);
void boot_pages_free(void *p, size_t size);

#endif
