/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptor tables of paravirtual guests.
 *
 * A vCPU's GDT is made of up to 14 frames of the guest, mapped into the vCPU's window of the
 * hypervisor's address space; pages 14 and 15 of the GDT are the hypervisor's.  LDT pages are
 * mapped there one by one when the processor faults on them.  A frame in the window has type
 * PAGE_DESC: every descriptor in it was checked, and the guest cannot write to it.  The window's
 * mappings are not global, and every change is flushed on the CPUs the vCPU ran on before the
 * frame's type is let go: a stale one would give the guest a descriptor nobody checked.
 *
 * ldt_lock protects ldt_pages[] and the window's LDT half; GDT changes are made by the vCPU itself
 * or while it does not run.  Relies on core/page.c and hw_desc_*.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/smp.h>
#include <xen/x86.h>

#define DESC_PER_PAGE 512
#define GUEST_GDT_PAGES FIRST_RESERVED_GDT_PAGE
#define LDT_FIRST 16 /* index of the window's first LDT page */

#define DESC_PRESENT (1ULL << 47)
#define DESC_DPL (3ULL << 45)
#define DESC_CODE_DATA (1ULL << 44)
#define DESC_CODE (1ULL << 43)
#define DESC_LONG (1ULL << 53)
#define DESC_BIG (1ULL << 54)

bool pv_descriptor_ok(u64 *desc)
{
	u64 d = *desc;

	if (!(d & DESC_PRESENT))
		return true;
	/* Gates, TSSs and LDTs lead out of ring 3. */
	if (!(d & DESC_CODE_DATA))
		return false;
	/*
	 * Guests build descriptors for ring 0 as they do on a bare machine; here they run in ring
	 * 3.
	 */
	d |= DESC_DPL;
	/* Reserved combination. */
	if ((d & DESC_CODE) && (d & DESC_LONG) && (d & DESC_BIG))
		return false;
	if (d != *desc)
		WRITE_ONCE(*desc, d);
	return true;
}

/* ------------------------------------------------------------------ GDT */

static int desc_page_get(struct domain *d, u64 mfn, struct page_info **ret_pg)
{
	struct page_info *pg = page_get_by_mfn(_mfn(mfn), d);
	int rc;

	if (!pg)
		return -XEN_EINVAL;
	rc = page_get_type(pg, PAGE_DESC);
	if (rc)
		page_put(pg);
	else
		*ret_pg = pg;
	return rc;
}

static void desc_page_put(struct page_info *pg)
{
	page_put_type(pg);
	page_put(pg);
}

static unsigned int gdt_pages(unsigned int entries)
{
	return DIV_ROUND_UP(entries, (unsigned int)DESC_PER_PAGE);
}

/* Unmaps what is there, then lets the frames go. */
static void gdt_clear(struct vcpu *v)
{
	unsigned int n = gdt_pages(v->pv->gdt_entries);

	if (!n)
		return;
	for (unsigned int i = 0; i < n; i++)
		hw_desc_unmap(v->pv->desc_slot, i);
	tlb_flush_mask(&v->dirty_cpus, TLB_ALL);
	for (unsigned int i = 0; i < n; i++)
		desc_page_put(mfn_to_page(_mfn(v->pv->gdt_frames[i])));
	v->pv->gdt_entries = 0;
}

int pv_set_gdt(struct vcpu *v, const u64 *frames, unsigned int entries)
{
	struct page_info *pages[GUEST_GDT_PAGES];
	unsigned int n = gdt_pages(entries), i;
	int rc;

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -XEN_EINVAL;
	for (i = 0; i < n; i++) {
		rc = desc_page_get(v->domain, frames[i], &pages[i]);
		if (rc)
			goto undo_get;
	}
	gdt_clear(v);
	for (i = 0; i < n; i++) {
		v->pv->gdt_frames[i] = mfn_x(page_to_mfn(pages[i]));
		/*
		 * Writable for the processor's accessed bits; the mapping is the hypervisor's own.
		 */
		hw_desc_map(v->pv->desc_slot, i, page_to_mfn(pages[i]), true);
	}
	v->pv->gdt_entries = entries;
	return 0;

undo_get:
	while (i--)
		desc_page_put(pages[i]);
	return rc;
}

void pv_drop_gdt(struct vcpu *v) { gdt_clear(v); }

/* ------------------------------------------------------------------ LDT */

void pv_drop_ldt(struct vcpu *v)
{
	struct page_info *pages[16];
	unsigned int n = 0;

	spin_lock(&v->pv->ldt_lock);
	for (unsigned int i = 0; i < 16; i++) {
		if (!v->pv->ldt_pages[i])
			continue;
		pages[n++] = v->pv->ldt_pages[i];
		v->pv->ldt_pages[i] = NULL;
		hw_desc_unmap(v->pv->desc_slot, LDT_FIRST + i);
	}
	spin_unlock(&v->pv->ldt_lock);
	if (!n)
		return;
	tlb_flush_mask(&v->dirty_cpus, TLB_ALL);
	while (n--)
		desc_page_put(pages[n]);
}

bool pv_forget_ldts(struct domain *d)
{
	bool found = false;
	struct vcpu *v;

	for_each_vcpu(d, v) {
		bool any = false;

		for (unsigned int i = 0; i < 16; i++)
			any |= !!READ_ONCE(v->pv->ldt_pages[i]);
		if (any)
			pv_drop_ldt(v);
		found |= any;
	}
	return found;
}

int pv_set_ldt(struct vcpu *v, u64 base, unsigned int entries)
{
	if (entries > 8192 || (base & (PAGE_SIZE - 1)) ||
	    (entries && !GUEST_RANGE_OK(base, entries * 8ULL)))
		return -XEN_EINVAL;
	if (base == v->pv->ldt_base && entries == v->pv->ldt_entries)
		return 0;
	pv_drop_ldt(v);
	v->pv->ldt_base = entries ? base : 0;
	v->pv->ldt_entries = entries;
	if (v == current)
		pv_load_ldt(v);
	return 0;
}

/* The frame behind an address of the guest kernel, referenced and typed. */
static struct page_info *ldt_frame(struct vcpu *v, u64 va)
{
	struct page_info *pg;
	u64 e[4];

	pv_walk(v, false, va, e);
	if (!(e[0] & e[1] & e[2] & e[3] & PTE_P))
		return NULL;
	if (desc_page_get(v->domain, (e[3] & PTE_ADDR_MASK) >> PAGE_SHIFT, &pg))
		return NULL;
	return pg;
}

bool pv_map_ldt_page(struct vcpu *v, unsigned int offset)
{
	unsigned int index = offset >> PAGE_SHIFT;
	struct page_info *pg;
	bool mapped;

	if (offset >= v->pv->ldt_entries * 8 || index >= 16)
		return false;
	if (READ_ONCE(v->pv->ldt_pages[index]))
		return true;
	pg = ldt_frame(v, v->pv->ldt_base + (offset & PAGE_MASK));
	if (!pg)
		return false;
	spin_lock(&v->pv->ldt_lock);
	mapped = v->pv->ldt_pages[index] != NULL;
	if (!mapped) {
		v->pv->ldt_pages[index] = pg;
		hw_desc_map(v->pv->desc_slot, LDT_FIRST + index, page_to_mfn(pg), true);
	}
	spin_unlock(&v->pv->ldt_lock);
	if (mapped)
		desc_page_put(pg);
	return true;
}
