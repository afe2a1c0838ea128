/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for addresses of the hypervisor's text (debug/symbols.c; the table is made by the build).
 */
#ifndef XEN_SYMBOLS_H
#define XEN_SYMBOLS_H

#include <xen/types.h>

/* Name and offset within it; NULL when the address isn't in the image. */
const char *symbols_lookup(u64 addr, u64 *ret_offset, u64 *ret_size);
/* Symbol number n in order of addresses; NULL past the end. */
const char *symbols_at(u32 n, u64 *ret_address);
void symbols_print(u64 addr); /* " name+0x12/0x80", or nothing */

#endif
