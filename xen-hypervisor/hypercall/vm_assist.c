/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_assist: behaviours that a guest asks for.  Offered: writable page tables (always on,
 * guest/pv/ptwr.c), the runstate update flag, and architectural IOPL.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/hypercall.h>

#define OFFERED                                                                                    \
	(1u << VMASST_TYPE_writable_pagetables | 1u << VMASST_TYPE_pae_extended_cr3 |              \
	 1u << VMASST_TYPE_architectural_iopl | 1u << VMASST_TYPE_runstate_update_flag)

long do_vm_assist(u64 cmd, u64 type)
{
	u32 bit;

	if ((u32)type >= 32 || !(OFFERED & (bit = 1u << (u32)type)))
		return -XEN_EINVAL;
	switch ((u32)cmd) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(&current->domain->vm_assist, bit, __ATOMIC_RELAXED);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(&current->domain->vm_assist, ~bit, __ATOMIC_RELAXED);
		return 0;
	default:
		return -XEN_ENOSYS;
	}
}
