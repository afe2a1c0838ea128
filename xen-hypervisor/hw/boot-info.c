/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boot loader said (Multiboot Specification 0.6.96 and 2.0), and the memory that is free
 * at boot.
 *
 * Everything is copied out of the loader's memory before any allocation, so nothing of the loader's
 * own structures needs to be kept.  The boot allocator hands out RAM below 4 GB, the part that the
 * first page tables map.
 */
#include <hw/asm.h>
#include <xen/boot.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>

struct boot_info boot_info;

struct range { u64 start, end; };
static struct range reserved[64];
static unsigned int nr_reserved;

extern char __image_start[], __image_end[];

static const void *early(u64 addr) { return (const char *)hw_direct_map() + addr; }

static void e820_add(u64 start, u64 size, u32 type)
{
	if (boot_info.nr_e820 == E820_MAX || size == 0 || start + size < start)
		return;
	boot_info.e820[boot_info.nr_e820++] = (struct e820_entry){ start, size, type };
}

static void module_add(u64 start, u64 end, const char *cmdline)
{
	struct boot_module *m = &boot_info.modules[boot_info.nr_modules];

	if (boot_info.nr_modules == BOOT_MODULES_MAX || end < start)
		return;
	m->start = _maddr(start);
	m->size = end - start;
	str_copy(m->cmdline, cmdline, sizeof(m->cmdline));
	boot_info.nr_modules++;
}

struct mb1_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
		mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name,
		apm_table, vbe[3], vbe_if;
	u64 fb_addr;
	u32 fb_pitch, fb_width, fb_height;
	u8 fb_bpp, fb_type, color[6];
} PACKED;
struct mb1_module { u32 start, end, string, reserved; };
struct mb1_mmap { u32 size; u64 addr, len; u32 type; } PACKED;

static void parse_mb1(u32 addr)
{
	const struct mb1_info *mb = early(addr);

	if (mb->flags & (1 << 2))
		str_copy(boot_info.cmdline, early(mb->cmdline), sizeof(boot_info.cmdline));
	if (mb->flags & (1 << 9))
		str_copy(boot_info.loader, early(mb->loader_name), sizeof(boot_info.loader));
	if (mb->flags & (1 << 3)) {
		const struct mb1_module *mod = early(mb->mods_addr);

		for (u32 i = 0; i < mb->mods_count; i++)
			module_add(mod[i].start, mod[i].end,
				   mod[i].string ? early(mod[i].string) : "");
	}
	if (mb->flags & (1 << 6)) {
		for (u32 off = 0; off + sizeof(struct mb1_mmap) <= mb->mmap_length;) {
			const struct mb1_mmap *e = early(mb->mmap_addr + off);

			e820_add(e->addr, e->len, e->type);
			off += e->size + 4;
		}
	} else if (mb->flags & 1) {
		e820_add(0, (u64)mb->mem_lower << 10, E820_RAM);
		e820_add(0x100000, (u64)mb->mem_upper << 10, E820_RAM);
	}
	if ((mb->flags & (1 << 12)) && mb->fb_type == 1) {
		boot_info.fb.addr = mb->fb_addr;
		boot_info.fb.pitch = mb->fb_pitch;
		boot_info.fb.width = mb->fb_width;
		boot_info.fb.height = mb->fb_height;
		boot_info.fb.bpp = mb->fb_bpp;
		boot_info.fb.type = mb->fb_type;
		memcpy(&boot_info.fb.red_pos, mb->color, 6);
	}
	/* GRUB 2 puts the file name first; QEMU's loader too. Both name themselves. */
	boot_info.grub_placeholder = true;
}

struct mb2_tag { u32 type, size; };
struct mb2_mmap { u64 addr, len; u32 type, zero; };

static void parse_mb2_tag(const struct mb2_tag *tag)
{
	const u32 *w = (const u32 *)(tag + 1);

	switch (tag->type) {
	case 1:
		str_copy(boot_info.cmdline, (const char *)w, sizeof(boot_info.cmdline));
		break;
	case 2:
		str_copy(boot_info.loader, (const char *)w, sizeof(boot_info.loader));
		break;
	case 3:
		module_add(w[0], w[1], (const char *)(w + 2));
		break;
	case 6:
		for (u32 off = 16; w[0] >= sizeof(struct mb2_mmap) && off + w[0] <= tag->size;
		     off += w[0]) {
			const struct mb2_mmap *e = (const void *)((const char *)tag + off);

			e820_add(e->addr, e->len, e->type);
		}
		break;
	case 8: {
		const u8 *b = (const u8 *)w;

		memcpy(&boot_info.fb.addr, b, 8);
		memcpy(&boot_info.fb.pitch, b + 8, 12);
		boot_info.fb.bpp = b[20];
		boot_info.fb.type = b[21];
		if (boot_info.fb.type == 1)
			memcpy(&boot_info.fb.red_pos, b + 24, 6);
		break;
	}
	case 12:
		boot_info.efi = true;
		break;
	case 14:
	case 15: {
		/*
		 * A copy of the RSDP; it lies in the loader's memory, so only the tables it names
		 * are used: see hw/acpi.c, which takes the copy itself.
		 */
		extern u8 acpi_rsdp_copy[36];

		if (tag->type == 15 || !boot_info.rsdp)
			memcpy(acpi_rsdp_copy, w, min(tag->size - 8, 36u));
		boot_info.rsdp = 1;
		break;
	}
	default:
		break;
	}
}

static void parse_mb2(u32 addr)
{
	const u32 *head = early(addr);
	u32 total = head[0];

	for (u32 off = 8; off + 8 <= total;) {
		const struct mb2_tag *tag = early(addr + off);

		if (tag->type == 0 || tag->size < 8)
			break;
		parse_mb2_tag(tag);
		off += ROUND_UP(tag->size, 8u);
	}
	boot_info.grub_placeholder = true;
}

bool hw_boot_info_parse(u32 magic, u32 addr)
{
	if (magic == 0x2badb002)
		parse_mb1(addr);
	else if (magic == 0x36d76289)
		parse_mb2(addr);
	else
		return false;
	boot_info.nr_e820 = memory_map_clean(boot_info.e820, boot_info.nr_e820);
	/*
	 * The first 64 kB (real-mode vectors, BIOS data) are left alone, and so is the image
	 * itself.
	 */
	boot_reserve(0, 0x10000);
	boot_reserve(0x9f000, 0x100000);
	boot_reserve((u64)__image_start - IMAGE_START, (u64)__image_end - IMAGE_START);
	for (unsigned int i = 0; i < boot_info.nr_modules; i++)
		boot_reserve(maddr_x(boot_info.modules[i].start),
			     maddr_x(boot_info.modules[i].start) + boot_info.modules[i].size);
	return true;
}

u64 boot_ram_pages(void)
{
	u64 pages = 0;

	for (unsigned int i = 0; i < boot_info.nr_e820; i++)
		if (boot_info.e820[i].type == E820_RAM)
			pages += boot_info.e820[i].size >> PAGE_SHIFT;
	return pages;
}

void boot_reserve(u64 start, u64 end)
{
	start = ROUND_DOWN(start, PAGE_SIZE);
	end = ROUND_UP(end, PAGE_SIZE);
	/* Allocations come from the top downwards, so most extend the last range. */
	for (unsigned int i = 0; i < nr_reserved; i++) {
		if (reserved[i].start == end) {
			reserved[i].start = start;
			return;
		}
		if (reserved[i].end == start) {
			reserved[i].end = end;
			return;
		}
	}
	if (nr_reserved == ARRAY_SIZE(reserved))
		panic("too many reserved ranges at boot (limit %zu)", ARRAY_SIZE(reserved));
	reserved[nr_reserved++] = (struct range){ start, end };
}

/* The lowest reserved range that overlaps [start, end), or NULL. */
static const struct range *overlap(u64 start, u64 end)
{
	const struct range *best = NULL;

	for (unsigned int i = 0; i < nr_reserved; i++)
		if (reserved[i].start < end && reserved[i].end > start &&
		    (!best || reserved[i].start < best->start))
			best = &reserved[i];
	return best;
}

mfn_t boot_alloc_frames(u64 count, u64 align)
{
	u64 size = count << PAGE_SHIFT, best = 0;

	align <<= PAGE_SHIFT;
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		u64 bottom = ROUND_UP(e->start, PAGE_SIZE),
		    top = min(e->start + e->size, (u64)1 << 32);

		if (e->type != E820_RAM)
			continue;
		while (top > bottom && top - bottom >= size) {
			u64 start = ROUND_DOWN(top - size, align);
			const struct range *r;

			if (start < bottom || start > top)
				break;
			r = overlap(start, start + size);
			if (!r) {
				best = max(best, start);
				break;
			}
			top = r->start;
		}
	}
	if (!best)
		panic("no room for %lu kB of the hypervisor's own tables below 4 GB", size >> 10);
	boot_reserve(best, best + size);
	memset((char *)hw_direct_map() + best, 0, size);
	return _mfn(best >> PAGE_SHIFT);
}

void boot_memory_to_heap(void)
{
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type == E820_RAM)
			boot_unreserve_to_heap(e->start, e->start + e->size);
	}
}

/* Gives [start, end) to the heap except what is reserved. */
void boot_unreserve_to_heap(u64 start, u64 end)
{
	start = ROUND_UP(start, PAGE_SIZE);
	end = min(ROUND_DOWN(end, PAGE_SIZE), frame_count << PAGE_SHIFT);
	while (start < end) {
		const struct range *r = overlap(start, end);
		u64 stop = r ? max(r->start, start) : end;

		if (stop > start)
			heap_add_range(_mfn(start >> PAGE_SHIFT), _mfn(stop >> PAGE_SHIFT));
		start = r ? r->end : end;
	}
}
