/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's memory map made sound, and the hypervisor's page tables over maps as odd as
 * firmware makes them: ranges that share pages, overlap, or lie within a large page that is there.
 */
#include <stdlib.h>
#include <string.h>
#include <hw/asm.h>
#include <hw/host.h>
#include <xen/boot.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/page.h>

#include "tap.h"

#define FRAMES 8192		/* of the fake machine: for tables */
#define SPACE_PAGES (1u << 20)	/* what is mapped: 4 GB of addresses */
#define VA DIRECTMAP_START
#define FLAGS (PTE_P | PTE_RW | PTE_NX)

struct cpu_features cpu_features;
static u64 next_frame;

mfn_t boot_alloc_frames(u64 count, u64 align)
{
	mfn_t m = _mfn(next_frame);

	next_frame += count;
	memset(mfn_to_virt(m), 0, count << PAGE_SHIFT);
	return m;
}
void *heap_alloc_virt(unsigned int order, unsigned int flags) { return NULL; }

/* --- page tables --- */

static u8 wanted[SPACE_PAGES];

static void start_over(bool giant)
{
	next_frame = 1;
	cpu_features.pse1g = giant;
	hv_l4 = mfn_to_virt(boot_alloc_frames(1, 1));
	memset(wanted, 0, sizeof(wanted));
}

static void map(u64 first, u64 count)
{
	hw_map_range(VA + (first << PAGE_SHIFT), first << PAGE_SHIFT, (first + count) << PAGE_SHIFT,
		     FLAGS);
	memset(wanted + first, 1, count);
}

/* Address that va leads to, by a walk of the test's own; 0 with *present false. */
static u64 look_up(u64 va, bool *present)
{
	u64 *t = hv_l4, e;

	*present = false;
	for (int shift = 39;; shift -= 9) {
		e = t[va >> shift & 511];
		if (!(e & PTE_P))
			return 0;
		if (shift == 12 || (e & PTE_PS)) {
			*present = true;
			return (e & PTE_ADDR_MASK) + (va & ((1ULL << shift) - 1));
		}
		t = maddr_to_virt(_maddr(e & PTE_ADDR_MASK));
	}
}

static bool all_as_wanted(void)
{
	for (u64 page = 0; page < SPACE_PAGES; page++) {
		bool present;
		u64 at = look_up(VA + (page << PAGE_SHIFT), &present);

		if (present != wanted[page] || (present && at != page << PAGE_SHIFT))
			return false;
	}
	return true;
}

static void test_odd_ranges(void)
{
	start_over(true);
	map(0, 0x9f);
	map(0x100, 0x7ff00);
	map(0x7ffff, 3);	/* its first page is the last of a large one */
	map(0x9f, 0x61);	/* the rest of a table that is there */
	map(0x80000, 0x200);	/* large, but small pages lie where it begins */
	tap_ok(all_as_wanted(), "ranges that share pages with others are mapped, once");
	start_over(true);
	map(0, 0x40000);
	map(0x3fff0, 0x20);
	map(0x10, 0x10);
	tap_ok(all_as_wanted(), "a range within a large page, or half in it, is no error");
	start_over(false);
	map(0, 0x80000);
	tap_ok(all_as_wanted() && next_frame < 16, "2 MB pages are used where they fit");
}

static void test_random_ranges(void)
{
	bool good = true;

	for (int round = 0; good && round < 12; round++) {
		start_over(round & 1);
		for (int n = 0; n < 24; n++) {
			u64 first = host_random() % SPACE_PAGES, count = host_random() % 0x48000;

			if (host_random() % 2)
				first &= ~0x1ffULL;
			if (host_random() % 4 == 0)
				count = 1 + host_random() % 5;
			map(first, count < SPACE_PAGES - first ? count : SPACE_PAGES - first);
		}
		good = all_as_wanted();
	}
	tap_ok(good, "any ranges leave every page of theirs mapped to itself and no other");
}

/* --- the memory map --- */

static bool same(const struct e820_entry *map, unsigned int n, const struct e820_entry *want,
		 unsigned int nr_want)
{
	if (n != nr_want)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (map[i].start != want[i].start || map[i].size != want[i].size ||
		    map[i].type != want[i].type)
			return false;
	return true;
}

static void test_map(void)
{
	struct e820_entry map[E820_MAX] = {
		{ 0x100000, 0x700000, E820_RAM },
		{ 0, 0x9fc00, E820_RAM },
		{ 0x300000, 0x1800, E820_ACPI },
		{ 0x301000, 0x1000, E820_RESERVED },
		{ 0x9fc00, 0x400, E820_RESERVED },
	}, want[] = {
		{ 0, 0x9fc00, E820_RAM },
		{ 0x9fc00, 0x400, E820_RESERVED },
		{ 0x100000, 0x200000, E820_RAM },
		{ 0x300000, 0x1800, E820_ACPI },
		{ 0x301800, 0x800, E820_RESERVED },
		{ 0x302000, 0x4fe000, E820_RAM },
	};

	tap_ok(same(map, memory_map_clean(map, 5), want, 6),
	       "a map out of order, with overlaps, comes out in order, the stricter claim winning");
	map[0] = (struct e820_entry){ 0x1000, 0x4000, E820_RAM };
	map[1] = (struct e820_entry){ 0x3000, 0x4000, E820_RAM };
	map[2] = (struct e820_entry){ 0x7000, 0x1000, E820_RAM };
	want[0] = (struct e820_entry){ 0x1000, 0x7000, E820_RAM };
	tap_ok(same(map, memory_map_clean(map, 3), want, 1), "memory named twice is there once");
	tap_ok(memory_map_clean(map, 0) == 0, "an empty map stays empty");
}

static bool is_sound(const struct e820_entry *map, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!map[i].size || (i && map[i].start < map[i - 1].start + map[i - 1].size))
			return false;
	return n <= E820_MAX;
}

static void test_random_maps(void)
{
	static struct e820_entry map[E820_MAX], before[E820_MAX];
	bool good = true;

	for (int round = 0; good && round < 200; round++) {
		unsigned int n = 1 + host_random() % 40, after;

		for (unsigned int i = 0; i < n; i++)
			map[i] = (struct e820_entry){ host_random() % 5000,
						      1 + host_random() % 900,
						      1 + host_random() % 6 };
		memcpy(before, map, sizeof(map));
		after = memory_map_clean(map, n);
		good = is_sound(map, after);
		/* What is RAM now was RAM in some entry, and nothing else in any. */
		for (u64 at = 0; good && at < 6000; at++) {
			bool ram = false, other = false, now = false;

			for (unsigned int i = 0; i < n; i++)
				if (at >= before[i].start && at - before[i].start < before[i].size)
					*(before[i].type == E820_RAM ? &ram : &other) = true;
			for (unsigned int i = 0; i < after; i++)
				now |= map[i].type == E820_RAM && at >= map[i].start &&
				       at - map[i].start < map[i].size;
			good = now == (ram && !other);
		}
	}
	tap_ok(good, "of any map what is left as memory is what was memory alone");
}

int main(void)
{
	host_machine_init(FRAMES, 1);
	host_random_state = tap_seed();
	test_odd_ranges();
	test_random_ranges();
	test_map();
	test_random_maps();
	return tap_done();
}
