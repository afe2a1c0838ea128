/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address to name.  The table is made by the build from the linked image and linked in a second
 * pass; it is sorted, so a lookup is a binary search and works in a panic.
 */
#include <xen/layout.h>
#include <xen/log.h>
#include <xen/symbols.h>

extern const u32 symbol_count;
extern const u32 symbol_offsets[];	/* from IMAGE_START, ascending */
extern const u32 symbol_name_offsets[];
extern const char symbol_names[];
extern char __text_start[], __text_end[];

const char *symbols_lookup(u64 addr, u64 *ret_offset, u64 *ret_size)
{
	u32 lo = 0, hi = symbol_count, key = addr - IMAGE_START;

	if (addr < (u64)__text_start || addr >= (u64)__text_end || !symbol_count)
		return NULL;
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (symbol_offsets[mid] <= key)
			lo = mid;
		else
			hi = mid;
	}
	if (symbol_offsets[lo] > key)
		return NULL;
	*ret_offset = key - symbol_offsets[lo];
	*ret_size = (lo + 1 < symbol_count ? symbol_offsets[lo + 1] :
					     (u32)((u64)__text_end - IMAGE_START)) -
		    symbol_offsets[lo];
	return symbol_names + symbol_name_offsets[lo];
}

const char *symbols_at(u32 n, u64 *ret_address)
{
	if (n >= symbol_count)
		return NULL;
	*ret_address = IMAGE_START + symbol_offsets[n];
	return symbol_names + symbol_name_offsets[n];
}

void symbols_print(u64 addr)
{
	u64 offset, size;
	const char *name = symbols_lookup(addr, &offset, &size);

	if (name)
		log_raw(" %s+%#lx/%#lx", name, offset, size);
}
