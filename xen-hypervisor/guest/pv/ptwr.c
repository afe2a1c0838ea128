/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page faults that the memory code handles itself: writes of a guest kernel to its level-1 tables,
 * and spurious ones.
 *
 * A kernel maps its page tables read-only and changes them by hypercall, but some of its code
 * writes an entry directly and counts on the fault being resolved: atomic exchanges, clearing of a
 * right, single entries outside of a batch.  The instruction is read once into the hypervisor's
 * memory and decoded, its effect is computed on the present entry, and the result written as a
 * hypercall would, provided that the entry has not changed since.  What is not understood or not
 * allowed goes to the guest as the fault it is.  A trace trap (TF) on such an instruction is not
 * delivered.
 */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/page-fast.h>
#include <xen/perfc.h>
#include <xen/ptwr.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/x86.h>

#define MAX_RACES 64

/*
 * The walk of va through v's kernel tables: what all entries allow, and the last one.  False: it
 * ends at an entry that is not present.  As in pv_walk(), a table may be taken apart meanwhile by
 * another CPU; memory is always there to be looked at, and what comes of it is checked by who takes
 * a reference.
 */
static ALWAYS_INLINE u64 next_entry(u64 e, u64 va, unsigned int level)
{
	u64 table = e & PTE_ADDR_MASK, index = (va >> (PAGE_SHIFT + 9 * (level - 1))) & 511;

	if (mfn_is_mmio(_mfn(table >> PAGE_SHIFT)))
		return 0;
	return READ_ONCE(((u64 *)maddr_to_virt(_maddr(table)))[index]);
}

static ALWAYS_INLINE bool walk(const struct vcpu *v, u64 va, u64 *ret_all, u64 *ret_l1e)
{
	u64 l4e, l3e, l2e, l1e;

	l4e = next_entry(v->pv->cr3_kernel, va, 4);
	if (!(l4e & PTE_P))
		return false;
	l3e = next_entry(l4e, va, 3);
	if (!(l3e & PTE_P))
		return false;
	l2e = next_entry(l3e, va, 2);
	if (!(l2e & PTE_P))
		return false;
	l1e = next_entry(l2e, va, 1);
	*ret_all = l4e & l3e & l2e & l1e;
	*ret_l1e = l1e;
	return l1e & PTE_P;
}

static u64 merge(u64 old, u64 piece, unsigned int offset, unsigned int size)
{
	u64 mask = (size == 8 ? ~0ULL : (1ULL << size * 8) - 1) << offset * 8;

	return (old & ~mask) | ((piece << offset * 8) & mask);
}

/* The instruction's write to entry `index` of a level-1 table of the current domain. */
static bool emulate(struct vcpu *v, struct page_info *l1, u64 va, const struct ptwr_insn *in,
		    struct cpu_regs *regs)
{
	unsigned int index = (va & (PAGE_SIZE - 1)) / sizeof(u64), offset = va & 7;
	u64 old = READ_ONCE(((u64 *)page_to_virt(l1))[index]), new, rflags;

	for (unsigned int i = 0; i < MAX_RACES; i++) {
		bool write = ptwr_execute(in, regs, old >> offset * 8, &new, &rflags);
		int rc = 0;

		if (write)
			rc = pv_l1_update(l1, index, merge(old, new, offset, in->size),
					  PV_UPDATE_EXPECT, &old, v->domain, v->domain);
		if (!rc) {
			ptwr_retire(in, regs, old >> offset * 8, write, rflags);
			return true;
		}
		/* The instruction starts again when what is more urgent has been done. */
		if (rc == -XEN_ERESTART)
			return true;
		if (rc != -XEN_EAGAIN)
			return false;
	}
	return true;
}

static unsigned int fetch_instruction(u64 rip, u8 bytes[PTWR_FETCH])
{
	unsigned int in_page = PAGE_SIZE - (rip & (PAGE_SIZE - 1));

	if (likely(!copy_16_from_guest(bytes, rip)))
		return PTWR_MAX_INSN;
	/* It may end just before an unmapped page. */
	in_page = min(in_page, (unsigned int)PTWR_MAX_INSN);
	return in_page - copy_from_guest_raw(bytes, rip, in_page);
}

static bool write_to_table(struct vcpu *v, u64 va, u64 l1e)
{
	struct cpu_regs *regs = hw_guest_regs();
	struct page_info *pg = page_hold_table(_mfn((l1e & PTE_ADDR_MASK) >> PAGE_SHIFT),
					       v->domain, PAGE_L1);
	u8 bytes[PTWR_FETCH];
	struct ptwr_insn in;
	unsigned int len;
	bool done = false;

	if (!pg)
		return false;
	len = fetch_instruction(regs->rip, bytes);
	if (ptwr_decode(bytes, len, regs, &in) && in.addr == va && (va & 7) + in.size <= 8)
		done = emulate(v, pg, va, &in, regs);
	if (unlikely(!page_unhold_table(pg)))
		pv_unwalk_l1(pg);
	return done;
}

bool pv_fixup_fault(struct vcpu *v, u64 va, u32 error_code)
{
	u64 all, l1e;

	/*
	 * Only the kernel's access to data that is present; anything else in the error code
	 * (reserved bits, instructions, protection keys, shadow stacks) is none of our business.
	 */
	if (!GUEST_ADDR_OK(va) || !(v->pv->flags & PV_KERNEL_MODE) ||
	    (error_code & ~(u32)PFEC_W) != (PFEC_P | PFEC_U))
		return false;
	if (!walk(v, va, &all, &l1e) || !(all & PTE_US))
		return false;
	/* Allowed, as the tables are now: the fault came from a stale translation. */
	if (!(error_code & PFEC_W) || (all & PTE_RW)) {
		perfc_inc(PERFC_FAULTS_SPURIOUS);
		return true;
	}
	if ((l1e & PTE_RW) || !write_to_table(v, va, l1e))
		return false;
	perfc_inc(PERFC_FAULTS_PTWR);
	return true;
}
