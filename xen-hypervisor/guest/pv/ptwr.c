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
#include <xen/ptwr.h>
#include <xen/pv.h>
#include <xen/pvmm.h>
#include <xen/x86.h>

#define PFEC_PK 32
#define MAX_RACES 64

/*
 * Does the walk, as the tables are now, allow what was attempted?  Then the fault came from a stale
 * translation.
 */
static bool walk_allows(const u64 e[4], u32 error_code)
{
	u64 all = e[0] & e[1] & e[2] & e[3], any = e[0] | e[1] | e[2] | e[3];

	if (!(all & PTE_P) || !(all & PTE_US))
		return false;
	if ((error_code & PFEC_W) && !(all & PTE_RW))
		return false;
	return !(error_code & PFEC_I) || !(any & PTE_NX);
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

static bool write_to_table(struct vcpu *v, u64 va, u64 l1e)
{
	struct cpu_regs *regs = hw_guest_regs();
	struct page_info *pg =
		page_get_by_mfn(_mfn((l1e & PTE_ADDR_MASK) >> PAGE_SHIFT), v->domain);
	u8 bytes[PTWR_MAX_INSN];
	struct ptwr_insn in;
	unsigned int len;
	bool done = false;

	if (!pg)
		return false;
	if (!page_get_type_if_used(pg, PAGE_L1)) {
		page_put(pg);
		return false;
	}
	len = sizeof(bytes);
	if (copy_from_guest_raw(bytes, regs->rip, len)) {
		/* It may end just before an unmapped page; copying goes by words. */
		len = min(len, (unsigned int)(PAGE_SIZE - (regs->rip & (PAGE_SIZE - 1))));
		len -= copy_from_guest_raw(bytes, regs->rip, len);
	}
	if (ptwr_decode(bytes, len, regs, &in) && in.addr == va && (va & 7) + in.size <= 8)
		done = emulate(v, pg, va, &in, regs);
	pv_unwalk_l1(pg);
	return done;
}

bool pv_fixup_fault(struct vcpu *v, u64 va, u32 error_code)
{
	bool kernel = v->pv->flags & PV_KERNEL_MODE;
	u64 e[4];

	if (!GUEST_ADDR_OK(va) || !(error_code & PFEC_P) || (error_code & (PFEC_RSVD | PFEC_PK)))
		return false;
	pv_walk(v, !kernel, va, e);
	if (walk_allows(e, error_code))
		return true;
	if (!kernel || (error_code & (PFEC_W | PFEC_U)) != (PFEC_W | PFEC_U) || !(e[3] & PTE_P) ||
	    (e[3] & PTE_RW))
		return false;
	return write_to_table(v, va, e[3]);
}
