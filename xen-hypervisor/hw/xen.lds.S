/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of the image: virtual address = IMAGE_START + machine address, loaded from 1 MB.  Each
 * group of sections begins on a page, so that hw/pagetable.c can map code read-execute, constants
 * read-only and data read-write without any page being two of these.  What stands between
 * __init_begin and __init_end is given back to the heap after boot.
 */
#include <xen/layout.h>

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(boot_start_phys)
PHDRS {
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	init PT_LOAD FLAGS(7);
	/* its own: it follows what is freed, and segments must not overlap */
	bss PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = IMAGE_START + 0x100000;
	__image_base = IMAGE_START;
	__image_start = .;
	__text_start = .;
	.text : AT(ADDR(.text) - IMAGE_START) {
		*(.multiboot)
		*(.text.entry)
		. = ALIGN(4096);
		__stub_page = .;
		*(.text.stub)
		. = ALIGN(4096);
		*(.text .text.*)
	} :text
	. = ALIGN(4096);
	__text_end = .;

	.rodata : AT(ADDR(.rodata) - IMAGE_START) {
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__ex_table_start = .;
		*(.ex_table)
		__ex_table_end = .;
		. = ALIGN(8);
		__options_start = .;
		KEEP(*(.options))
		__options_end = .;
		*(.symbols)
	} :rodata
	.note : AT(ADDR(.note) - IMAGE_START) { *(.note .note.*) } :rodata
	. = ALIGN(4096);
	__rodata_end = .;

	.data : AT(ADDR(.data) - IMAGE_START) {
		/* Before the pattern that would match it as well. */
		__percpu_start = .;
		*(.data.percpu)
		. = ALIGN(64);
		__percpu_end = .;
		*(.data .data.*)
		*(.got .got.plt)	/* of the boot-only libraries alone */
	} :data
	. = ALIGN(4096);

	/* Boot-only: code, data and tables that are freed. */
	__init_begin = .;
	.init : AT(ADDR(.init) - IMAGE_START) {
		*(.init.text .init.text.*)
		. = ALIGN(8);
		__smap_sites_start = .;
		*(.init.rodata.smap)
		__smap_sites_end = .;
		*(.init.rodata .init.rodata.*)
		*(.init.data .init.data.*)
	} :init
	. = ALIGN(4096);
	__init_end = .;

	.bss : AT(ADDR(.bss) - IMAGE_START) {
		__bss_start = .;
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		__bss_end = .;
	} :bss
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.eh_frame) *(.gnu.*) *(.interp) *(.dynamic) }
}
boot_start_phys = boot_start - IMAGE_START;
