/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's memory map, made sound: in order, without overlaps, the strictest claim on an
 * address winning.  Firmware and boot loaders hand over ranges that overlap; memory that one entry
 * calls RAM and another one the firmware's must not be used, and RAM named twice must not be
 * given to the heap twice.  A pure function; hw/boot-info.c calls it before anybody reads the map.
 */
#include <xen/boot.h>
#include <xen/lib.h>

/* The later in this list, the stricter. Kinds that we do not know count as reserved. */
static unsigned int strictness(u32 type)
{
	switch (type) {
	case E820_RAM: return 1;
	case E820_ACPI: return 3;
	case E820_NVS: return 4;
	case E820_UNUSABLE: return 5;
	default: return 2;
	}
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* The entry whose claim on `addr` is the strictest; NULL: nobody's. */
static const struct e820_entry *claim(const struct e820_entry *map, unsigned int n, u64 addr)
{
	const struct e820_entry *best = NULL;

	for (const struct e820_entry *e = map; e < map + n; e++)
		if (addr >= e->start && addr - e->start < e->size &&
		    (!best || strictness(e->type) > strictness(best->type)))
			best = e;
	return best;
}

/* Adds [start, end) behind what is there, or to the last when that goes on. */
static unsigned int append(struct e820_entry *out, unsigned int n, u64 start, u64 end, u32 type)
{
	if (n && out[n - 1].type == type && out[n - 1].start + out[n - 1].size == start) {
		out[n - 1].size += end - start;
		return n;
	}
	if (n < E820_MAX)
		out[n++] = (struct e820_entry){ start, end - start, type };
	return n;
}

unsigned int memory_map_clean(struct e820_entry *map, unsigned int n)
{
	static struct e820_entry out[E820_MAX];
	static u64 edges[2 * E820_MAX];
	unsigned int nr_edges = 0, nr_out = 0;

	for (unsigned int i = 0; i < n; i++) {
		edges[nr_edges++] = map[i].start;
		edges[nr_edges++] = map[i].start + map[i].size;
	}
	sort_array(edges, nr_edges, sizeof(edges[0]), compare);
	for (unsigned int i = 0; i + 1 < nr_edges; i++) {
		const struct e820_entry *e = claim(map, n, edges[i]);

		if (e && edges[i] < edges[i + 1])
			nr_out = append(out, nr_out, edges[i], edges[i + 1], e->type);
	}
	memcpy(map, out, nr_out * sizeof(*out));
	return nr_out;
}
