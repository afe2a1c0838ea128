/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptor windows and table loads of the fake machine: what guest/pv asks of the real one,
 * remembered for checks.
 */
#include <hw/host.h>
#include <xen/domain.h>
#include <xen/layout.h>
#include <xen/log.h>
#include <xen/pv.h>
#include <xen/smp.h>

u64 host_desc_window[HOST_DESC_SLOTS][DESC_WINDOW_PAGES];

void hw_desc_map(unsigned int slot, unsigned int index, mfn_t m, bool writable)
{
	ASSERT(slot < HOST_DESC_SLOTS && index < DESC_WINDOW_PAGES);
	host_desc_window[slot][index] = mfn_x(m);
}

void hw_desc_unmap(unsigned int slot, unsigned int index)
{
	ASSERT(slot < HOST_DESC_SLOTS && index < DESC_WINDOW_PAGES);
	host_desc_window[slot][index] = 0;
}

void pv_load_cr3(struct vcpu *v)
{
	if (v == current)
		hw_tlb_flush_local();
}

void pv_user_table_chosen(struct vcpu *v)
{
	if (!(v->pv->flags & PV_KERNEL_MODE))
		pv_load_cr3(v);
}

void pv_load_ldt(struct vcpu *v) { }
