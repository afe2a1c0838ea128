/* SPDX-License-Identifier: MIT */
/*
 * How a PVH kernel (or a PVH boot loader) starts: 32-bit flat protected mode, paging off, at
 * the entry given by XEN_ELFNOTE_PHYS32_ENTRY, with the guest-physical address of this record
 * in ebx. Version 1 adds the memory map. All addresses are guest-physical; strings end with a
 * zero byte.
 */
#ifndef XEN_PUBLIC_ARCH_X86_HVM_START_INFO_H
#define XEN_PUBLIC_ARCH_X86_HVM_START_INFO_H

#include "../../xen.h"

#define XEN_HVM_START_MAGIC_VALUE	0x336ec578

/* Types of a memory-map entry. */
#define XEN_HVM_MEMMAP_TYPE_RAM		1
#define XEN_HVM_MEMMAP_TYPE_RESERVED	2
#define XEN_HVM_MEMMAP_TYPE_ACPI	3
#define XEN_HVM_MEMMAP_TYPE_NVS		4
#define XEN_HVM_MEMMAP_TYPE_UNUSABLE	5
#define XEN_HVM_MEMMAP_TYPE_DISABLED	6
#define XEN_HVM_MEMMAP_TYPE_PMEM	7

struct hvm_start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

/* nr_modules of these stand at modlist_paddr; the first is the initial ram disk. */
struct hvm_modlist_entry {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

/* memmap_entries of these stand at memmap_paddr, types as in E820. */
struct hvm_memmap_table_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

#endif /* XEN_PUBLIC_ARCH_X86_HVM_START_INFO_H */
