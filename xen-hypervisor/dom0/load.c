/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot modules into dom0's memory: kernel, initrd, start_info.
 */
#include <public/errno.h>
#include <xen/decompress.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/pv-guest.h>

#include "dom0.h"

/* Copies into pseudo-physical memory; src NULL writes zeroes. */
static void put(struct dom0_build *b, u64 address, const void *src, u64 size)
{
	while (size) {
		u64 offset = address & (PAGE_SIZE - 1), n = min(PAGE_SIZE - offset, size);
		char *to = (char *)mfn_to_virt(_mfn(b->p2m[address >> PAGE_SHIFT])) + offset;

		if (src) {
			memcpy(to, src, n);
			src = (const char *)src + n;
		} else {
			memset(to, 0, n);
		}
		address += n;
		size -= n;
	}
}

void dom0_load_kernel(struct dom0_build *b)
{
	const struct kernel_image *k = &b->kernel;

	for (unsigned int i = 0; i < k->nr_segments; i++) {
		const struct kernel_segment *s = &k->segments[i];

		put(b, s->address, k->elf + s->file_offset, s->file_size);
		put(b, s->address + s->file_size, NULL, s->mem_size - s->file_size);
		log_info("dom0: kernel segment at %#lx, %lu kB", s->address, s->mem_size >> 10);
	}
	/* The examination saw to it that the page lies within the kernel. */
	if (k->hypercall_page != KERNEL_UNSET)
		pv_fill_hypercall_page(mfn_to_virt(
			_mfn(b->p2m[(k->hypercall_page - k->virt_base) >> PAGE_SHIFT])));
}

void dom0_load_initrd(struct dom0_build *b)
{
	if (b->initrd_size)
		put(b, b->pfn_initrd << PAGE_SHIFT, maddr_to_virt(b->initrd_module->start),
		    b->initrd_size);
}

static void fill_screen(struct start_info *si)
{
	dom0_vga_console_info_t *v = (void *)(si + 1);

	memset(v, 0, sizeof(*v));
	if (boot_info.fb.type == 1) {
		v->video_type = boot_info.efi ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
		v->u.vesa_lfb.width = boot_info.fb.width;
		v->u.vesa_lfb.height = boot_info.fb.height;
		v->u.vesa_lfb.bytes_per_line = boot_info.fb.pitch;
		v->u.vesa_lfb.bits_per_pixel = boot_info.fb.bpp;
		v->u.vesa_lfb.lfb_base = boot_info.fb.addr;
		v->u.vesa_lfb.ext_lfb_base = boot_info.fb.addr >> 32;
		v->u.vesa_lfb.lfb_size =
			((u64)boot_info.fb.pitch * boot_info.fb.height + 0xffff) >> 16;
		v->u.vesa_lfb.red_pos = boot_info.fb.red_pos;
		v->u.vesa_lfb.red_size = boot_info.fb.red_size;
		v->u.vesa_lfb.green_pos = boot_info.fb.green_pos;
		v->u.vesa_lfb.green_size = boot_info.fb.green_size;
		v->u.vesa_lfb.blue_pos = boot_info.fb.blue_pos;
		v->u.vesa_lfb.blue_size = boot_info.fb.blue_size;
	} else {
		v->video_type = XEN_VGATYPE_TEXT_MODE_3;
		v->u.text_mode_3.font_height = 16;
		v->u.text_mode_3.rows = 25;
		v->u.text_mode_3.columns = 80;
	}
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = sizeof(*v);
}

void dom0_fill_start_info(struct dom0_build *b)
{
	struct start_info *si = mfn_to_virt(_mfn(b->p2m[b->pfn_start_info]));
	const char *line = b->kernel_module->cmdline;

	memset(si, 0, PAGE_SIZE);
	str_copy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = b->nr_pages;
	si->shared_info = mfn_x(virt_to_mfn(b->d->shared_info)) << PAGE_SHIFT;
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = dom0_va(b, b->pfn_tables);
	si->nr_pt_frames = b->nr_tables;
	si->mfn_list = b->va_p2m;
	si->first_p2m_pfn = b->pfn_p2m;
	si->nr_p2m_frames = b->nr_p2m + b->nr_p2m_tables;
	if (b->initrd_size) {
		si->mod_len = b->initrd_size;
		si->mod_start =
			b->kernel.ramdisk_unmapped ? b->pfn_initrd : dom0_va(b, b->pfn_initrd);
		if (b->kernel.ramdisk_unmapped)
			si->flags |= SIF_MOD_START_PFN;
	}
	/* The loader's first word is the file's name (QEMU) or a placeholder (GRUB). */
	if (boot_info.grub_placeholder) {
		while (*line && *line != ' ')
			line++;
		while (*line == ' ')
			line++;
	}
	str_copy((char *)si->cmd_line, line, sizeof(si->cmd_line));
	fill_screen(si);
}

int dom0_unpack_kernel(struct dom0_build *b, struct error_text *err)
{
	static const char what[] = "the dom0 kernel (first boot module)";
	const u8 *data = maddr_to_virt(b->kernel_module->start);
	int rc;

	if (b->kernel_module->size > KERNEL_MAX_SIZE)
		return error_text_fail(err, -XEN_EOVERFLOW,
				       "%s: has %lu MB, more than the limit of %lu MB", what,
				       b->kernel_module->size >> 20, KERNEL_MAX_SIZE >> 20);
	rc = kernel_unwrap(what, data, b->kernel_module->size, &b->unpacked, &b->kernel.elf,
			   &b->kernel.elf_size, err);
	return rc ? rc : kernel_elf_examine(what, &b->kernel, err);
}

void dom0_release_modules(struct dom0_build *b)
{
	kernel_host_free(&b->unpacked);
	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		u64 first = maddr_x(boot_info.modules[i].start) >> PAGE_SHIFT;
		u64 end = DIV_ROUND_UP(maddr_x(boot_info.modules[i].start) +
					       boot_info.modules[i].size,
				       PAGE_SIZE);

		if (end > first)
			heap_add_range(_mfn(first), _mfn(end));
	}
}
