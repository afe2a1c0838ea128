/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual address space.  Top-level slots 256 to 271 belong to the hypervisor in every address
 * space (the ABI's reserved hole); all else belongs to guests.  Every table below those 16 slots is
 * shared by all address spaces, so a mapping made once is seen everywhere and no per-domain copies
 * exist.
 *
 *   slot  from                 what
 *   256   0xffff800000000000   machine-to-physical table, read-only for guests (ABI)
 *   257   0xffff808000000000   device mappings (hw_map_device)
 *   258   0xffff810000000000   machine-to-physical table, writable alias
 *   259   0xffff818000000000   descriptor windows: per vCPU 16 pages of GDT and 16 of LDT
 *   260   0xffff820000000000   per-CPU areas: entry stubs, stacks with guard pages, per-CPU data
 *   261   0xffff828000000000   frame table
 *         0xffff82d000000000   the hypervisor's image
 *   262   0xffff830000000000   all memory, at its machine address (5 TB)
 */
#ifndef XEN_LAYOUT_H
#define XEN_LAYOUT_H

#define HV_FIRST_SLOT 256
#define HV_LAST_SLOT 271

#define HV_VIRT_START 0xffff800000000000
#define HV_VIRT_END 0xffff880000000000
#define M2P_RO_START 0xffff800000000000
#define DEVMAP_START 0xffff808000000000
#define M2P_RW_START 0xffff810000000000
#define DESC_START 0xffff818000000000
#define PERCPU_START 0xffff820000000000
#define FRAMETABLE_START 0xffff828000000000
#define IMAGE_START 0xffff82d000000000
#define DIRECTMAP_START 0xffff830000000000
#define DIRECTMAP_SIZE 0x50000000000

#define DESC_WINDOW_PAGES 32 /* per vCPU: 16 GDT + 16 LDT */

#ifndef __ASSEMBLER__
/* An address that a guest may name: canonical and outside the hypervisor's hole. */
#define GUEST_ADDR_OK(va) \
	((u64)(va) < 0x0000800000000000ULL || (u64)(va) >= 0xffff880000000000ULL)
#define GUEST_RANGE_OK(va, size) \
	(GUEST_ADDR_OK(va) && (u64)(va) + (size) >= (u64)(va) && \
	 ((size) == 0 || GUEST_ADDR_OK((u64)(va) + (size) - 1)) && (size) < 0x40000000000ULL)
#endif
#endif
