/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to dom0/: what the steps of building the first domain hand to each other. */
#ifndef DOM0_H
#define DOM0_H

#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/error-text.h>
#include <xen/kernel.h>
#include <xen/types.h>

struct dom0_build {
	struct domain *d;
	const struct boot_module *kernel_module, *initrd_module;
	struct kernel_image kernel;
	struct kernel_buffer unpacked;	/* what the kernel was decompressed to, if it was */
	u64 nr_pages;		/* what dom0 gets */
	u64 initrd_size;

	/* Pseudo-physical layout, frame numbers; see dom0/layout.c. */
	u64 pfn_start_info, pfn_tables, nr_tables, pfn_stack, pfn_mapped_end;
	u64 pfn_p2m, nr_p2m, nr_p2m_tables, pfn_initrd, nr_initrd, pfn_end;
	u64 va_p2m;		/* where the kernel finds its frame list */

	u64 *p2m;		/* nr_pages entries, in a boot-time buffer */
	u64 p2m_buffer_order;
	u64 table_next;		/* next unused table frame */
	mfn_t l4;
};

/* dom0/memory.c: how much memory, and getting it. */
int dom0_choose_memory(struct dom0_build *b, struct error_text *err);
int dom0_allocate(struct dom0_build *b, struct error_text *err);
u64 dom0_max_pages(void);
unsigned int dom0_choose_vcpus(void);

/* dom0/layout.c */
int dom0_layout(struct dom0_build *b, struct error_text *err);

/* dom0/tables.c: the first page tables, and the frame list. */
int dom0_make_tables(struct dom0_build *b, struct error_text *err);

/* dom0/load.c: kernel, initrd and start_info into dom0's memory. */
int dom0_unpack_kernel(struct dom0_build *b, struct error_text *err);
void dom0_load_kernel(struct dom0_build *b);
void dom0_load_initrd(struct dom0_build *b);
void dom0_fill_start_info(struct dom0_build *b);
void dom0_release_modules(struct dom0_build *b);

/* dom0/rights.c */
int dom0_grant_rights(struct domain *d);

static inline u64 dom0_va(const struct dom0_build *b, u64 pfn)
{
	return b->kernel.virt_base + (pfn << PAGE_SHIFT);
}

#endif
