/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An independent checker of the memory rules: computes from the tables' contents what every frame's
 * counts must be and compares.  Knows the layout of the words but shares no code with what it
 * checks.  Call it with all threads at rest.  Also the stand-ins that the memory tests need of
 * other modules.
 */
#ifndef TESTS_HOST_MM_CHECK_H
#define TESTS_HOST_MM_CHECK_H

#include <hw/host.h>
#include <xen/boot.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/heap.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/rights.h>
#include <xen/x86.h>
#include "tap.h"

struct boot_info boot_info;
static u64 mmio_first, mmio_last; /* what everybody may map */

bool rights_iomem_ok(struct domain *d, u64 first, u64 last)
{
	return first >= mmio_first && last <= mmio_last;
}
int grant_get_shared_frame(struct domain *d, u32 idx, mfn_t *ret_mfn) { return -XEN_EINVAL; }

struct expect {
	u64 general, as[8]; /* references, by type */
	bool mapped_writable;
};

static struct expect *expect;
static unsigned int check_faults;

#define FAULT(...)                                                                                 \
	do {                                                                                       \
		if (check_faults++ < 10)                                                           \
			tap_note(__VA_ARGS__);                                                     \
	} while (0)

static unsigned int type_of(const struct page_info *pg) { return (pg->type >> 29) & 7; }
static bool has_mmio(u64 m) { return m >= frame_count || (host_frame_table[m].count & PAGE_MMIO); }

static void expect_leaf(u64 table, unsigned int i, u64 e)
{
	u64 m = (e & PTE_ADDR_MASK) >> 12;

	if (!(e & PTE_US) || (e & PTE_G))
		FAULT("frame %lx entry %u: user bit clear or global bit set: %lx", table, i, e);
	if (has_mmio(m)) {
		if (m < mmio_first || m > mmio_last)
			FAULT("frame %lx entry %u maps forbidden I/O memory %lx", table, i, m);
		return;
	}
	if (host_frame_table[m].count & (PAGE_FREE | PAGE_HV))
		FAULT("frame %lx entry %u maps a free frame or the hypervisor's: %lx", table, i, m);
	expect[m].general++;
	if (e & PTE_RW) {
		expect[m].as[PAGE_WRITABLE]++;
		expect[m].mapped_writable = true;
	}
}

static void expect_upper(u64 table, unsigned int level, unsigned int i, u64 e, u32 owner)
{
	u64 m = (e & PTE_ADDR_MASK) >> 12;

	if (!(e & PTE_US) || (e & (PTE_PS | PTE_PWT | PTE_PCD)) || has_mmio(m)) {
		FAULT("frame %lx (level %u) entry %u is bad: %lx", table, level, i, e);
		return;
	}
	if (host_frame_table[m].owner != owner)
		FAULT("frame %lx (level %u) entry %u names a frame of another domain", table, level,
		      i);
	expect[m].general++;
	expect[m].as[level - 1]++;
}

static void expect_table(u64 m)
{
	struct page_info *pg = &host_frame_table[m];
	unsigned int level = type_of(pg), end = pg->type & PAGE_TYPE_VALIDATED ? 512 : pg->aux;
	u64 *t = mfn_to_virt(_mfn(m));

	for (unsigned int i = 0; i < end; i++) {
		if (level == PAGE_L4 && i >= HV_FIRST_SLOT && i <= HV_LAST_SLOT) {
			if (end == 512 && (pg->type & PAGE_TYPE_VALIDATED) &&
			    t[i] != (0xdead000000000000ULL | (u64)i << 12))
				FAULT("frame %lx: a hypervisor slot was changed", m);
			continue;
		}
		if (!(t[i] & PTE_P))
			continue;
		if (level == PAGE_L1)
			expect_leaf(m, i, t[i]);
		else
			expect_upper(m, level, i, t[i], pg->owner);
	}
}

static void expect_vcpu(struct vcpu *v)
{
	struct page_info *tables[2] = { v->pv->kernel_table, v->pv->user_table };

	for (unsigned int i = 0; i < 2; i++)
		if (tables[i]) {
			expect[tables[i] - host_frame_table].general++;
			expect[tables[i] - host_frame_table].as[PAGE_L4]++;
		}
	if (v->pv->dropped_table)
		expect[v->pv->dropped_table - host_frame_table].general++;
	for (unsigned int i = 0; i < DESC_WINDOW_PAGES; i++) {
		u64 m = host_desc_window[v->pv->desc_slot][i];

		if (m) {
			expect[m].general++;
			expect[m].as[PAGE_DESC]++;
		}
	}
}

static void expect_frame(u64 m)
{
	struct page_info *pg = &host_frame_table[m];
	unsigned int type = type_of(pg);

	if (pg->count & (PAGE_FREE | PAGE_HV | PAGE_MMIO))
		return;
	if (pg->count & (PAGE_ALLOCATED | PAGE_SHARED))
		expect[m].general++;
	if (pg->count & PAGE_SHARED)
		expect[m].as[type]++;
	if (pg->type & PAGE_TYPE_BUSY)
		FAULT("frame %lx is busy at rest", m);
	if (pg->type & PAGE_TYPE_PINNED) {
		expect[m].general++;
		expect[m].as[type]++;
	}
	if (pg->type & PAGE_TYPE_PARTIAL) {
		expect[m].general++;
		expect[m].as[type]++;
	}
	if ((pg->type & (PAGE_TYPE_VALIDATED | PAGE_TYPE_PARTIAL)) && type >= PAGE_L1 &&
	    type <= PAGE_L4)
		expect_table(m);
}

static void compare_frame(u64 m)
{
	struct page_info *pg = &host_frame_table[m];
	unsigned int type = type_of(pg);
	u64 count = pg->count & PAGE_COUNT_MASK, used = pg->type & PAGE_TYPE_COUNT;

	if (pg->count & (PAGE_FREE | PAGE_HV | PAGE_MMIO)) {
		if (expect[m].general)
			FAULT("frame %lx is free, ours or no memory, but referenced", m);
		return;
	}
	if (count != expect[m].general)
		FAULT("frame %lx type %u: %lu references counted, %lu exist", m, type, count,
		      expect[m].general);
	for (unsigned int t = 0; t < 8; t++)
		if (expect[m].as[t] != (t == type ? used : 0))
			FAULT("frame %lx type word %lx: %lu references as type %u exist", m,
			      pg->type, expect[m].as[t], t);
	if (expect[m].mapped_writable && used && type != PAGE_WRITABLE)
		FAULT("frame %lx has type %u and is mapped writable", m, type);
}

static void compare_list(struct domain *d)
{
	u64 n = 0;

	for (u32 m = d->page_list.head; m; m = host_frame_table[m].next, n++)
		if (host_frame_table[m].owner != d->id)
			FAULT("frame %x is on the list of domain %u but not its own", m, d->id);
	if (n != d->nr_pages)
		FAULT("domain %u: %lu pages listed, %lu counted", d->id, n, d->nr_pages);
}

/*
 * All invariants of xen/page.h for these domains; every mapped or typed frame of the machine is
 * looked at.
 */
static bool check_everything(struct domain **domains, unsigned int n)
{
	struct vcpu *v;

	if (!expect)
		expect = calloc(frame_count, sizeof(*expect));
	memset(expect, 0, frame_count * sizeof(*expect));
	check_faults = 0;
	for (u64 m = 0; m < frame_count; m++)
		expect_frame(m);
	for (unsigned int i = 0; i < n; i++) {
		compare_list(domains[i]);
		for_each_vcpu(domains[i], v)
			expect_vcpu(v);
	}
	for (u64 m = 0; m < frame_count; m++)
		compare_frame(m);
	return check_faults == 0;
}

#endif
