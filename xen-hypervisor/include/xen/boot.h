/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boot loader and the firmware said, copied out of their memory early (hw/boot-info.c).
 */
#ifndef XEN_BOOT_H
#define XEN_BOOT_H

#include <xen/types.h>

#define E820_RAM 1
#define E820_RESERVED 2
#define E820_ACPI 3
#define E820_NVS 4
#define E820_UNUSABLE 5
#define E820_MAX 128

struct e820_entry { u64 start, size; u32 type; };

struct boot_module {
	maddr_t start;
	u64 size;
	char cmdline[1024];
};
#define BOOT_MODULES_MAX 8

struct boot_info {
	char loader[64];
	char cmdline[1024];
	bool grub_placeholder;	/* multiboot 2: the first word is the loader's, not ours */
	unsigned int nr_modules;
	struct boot_module modules[BOOT_MODULES_MAX];
	unsigned int nr_e820;
	struct e820_entry e820[E820_MAX];
	u64 rsdp;		/* machine address, 0: look for it */
	struct {
		u64 addr;
		u32 pitch, width, height;
		u8 bpp, type;	/* type 1 RGB, 2 text */
		u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
	} fb;
	bool efi;
};
extern struct boot_info boot_info;

/*
 * Parses multiboot information; called first, with the boot mapping of 4 GB. False: unknown magic.
 */
bool hw_boot_info_parse(u32 magic, u32 addr);
/*
 * Puts a map of n <= E820_MAX entries, none of which wraps, in order and resolves overlaps
 * (hw/memory-map.c).  Returns the new number; what does not fit is left out, from the top.
 */
unsigned int memory_map_clean(struct e820_entry *map, unsigned int n);
/* Machine memory map for the hypercalls. NULL past the end. */
static inline const struct e820_entry *boot_e820_entry(unsigned int i)
{
	return i < boot_info.nr_e820 ? &boot_info.e820[i] : NULL;
}
/* frames of memory the machine has, the hypervisor's own included */
u64 boot_ram_pages(void);

/* Boot allocator: whole frames below 4 GB from RAM that nothing uses, zeroed; panics when out. */
mfn_t boot_alloc_frames(u64 count, u64 align);
/* Reserves a range so that the allocator and the heap leave it alone. */
void boot_reserve(u64 start, u64 end);
/* Hands everything unreserved to the heap. */
void boot_memory_to_heap(void);
void boot_unreserve_to_heap(u64 start, u64 end);

#endif
