/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the hypervisor enters a guest's kernel: trap table, callbacks, kernel stack, NMI; and its
 * segment bases, debug registers and floating-point flag.  All concern the calling vCPU alone, so
 * nothing here needs a lock.
 */
#include <public/callback.h>
#include <public/errno.h>
#include <public/nmi.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/pv-guest.h>

static bool canonical(u64 va) { return (u64)((s64)(va << 16) >> 16) == va; }

long do_set_trap_table(u64 traps)
{
	struct pv_vcpu *pv = current->pv;
	struct trap_info t;

	if (!traps) { /* a null pointer clears the table */
		memset(pv->traps, 0, sizeof(pv->traps));
		return 0;
	}
	/* At most one entry a vector makes sense; a list that does not end is cut there. */
	for (unsigned int i = 0; i <= 256; i++, traps += sizeof(t)) {
		if (copy_from_guest_raw(&t, traps, sizeof(t)))
			return -XEN_EFAULT;
		if (!t.address)
			return 0;
		if (!canonical(t.address))
			return -XEN_EINVAL;
		pv->traps[t.vector] = (struct pv_trap){ .address = t.address,
							.cs = t.cs | 3,
							.flags = t.flags & 7 };
	}
	return -XEN_EINVAL;
}

long do_stack_switch(u64 ss, u64 esp)
{
	pv_set_kernel_stack(current->pv, ss, esp);
	return 0;
}

struct callback_slot { u64 *address; bool *masks; };

static struct callback_slot slot_of(struct pv_vcpu *pv, unsigned int type)
{
	switch (type) {
	case CALLBACKTYPE_event: return (struct callback_slot){ &pv->event_callback, NULL };
	case CALLBACKTYPE_failsafe:
		return (struct callback_slot){ &pv->failsafe_callback,
					       &pv->failsafe_disables_events };
	case CALLBACKTYPE_syscall:
		return (struct callback_slot){ &pv->syscall_callback,
					       &pv->syscall_disables_events };
	case CALLBACKTYPE_syscall32:
		return (struct callback_slot){ &pv->syscall32_callback,
					       &pv->syscall32_disables_events };
	case CALLBACKTYPE_sysenter:
		return (struct callback_slot){ &pv->sysenter_callback,
					       &pv->sysenter_disables_events };
	case CALLBACKTYPE_nmi: return (struct callback_slot){ &pv->nmi_callback, NULL };
	default: return (struct callback_slot){ NULL, NULL };
	}
}

static long callback_register(unsigned int type, unsigned int flags, u64 address)
{
	struct callback_slot slot = slot_of(current->pv, type);

	/*
	 * SYSENTER leads to 32-bit code's kernel entry, which a 64-bit hypervisor does not offer;
	 * the caller tolerates it.
	 */
	if (!slot.address || type == CALLBACKTYPE_sysenter)
		return -XEN_ENOSYS;
	if (!canonical(address))
		return -XEN_EINVAL;
	*slot.address = address;
	if (slot.masks)
		*slot.masks = flags & CALLBACKF_mask_events;
	return 0;
}

long do_callback_op(u64 cmd, u64 arg)
{
	switch ((int)cmd) {
	case CALLBACKOP_register: {
		struct callback_register r;

		if (copy_from_guest_raw(&r, arg, sizeof(r)))
			return -XEN_EFAULT;
		return callback_register(r.type, r.flags, r.address);
	}
	case CALLBACKOP_unregister: {
		struct callback_unregister u;

		if (copy_from_guest_raw(&u, arg, sizeof(u)))
			return -XEN_EFAULT;
		/* The others cannot be done without. */
		if (u.type != CALLBACKTYPE_nmi)
			return slot_of(current->pv, u.type).address ? -XEN_EINVAL : -XEN_ENOSYS;
		current->pv->nmi_callback = 0;
		return 0;
	}
	default:
		return -XEN_ENOSYS;
	}
}

long do_set_callbacks(u64 event, u64 failsafe, u64 syscall)
{
	struct pv_vcpu *pv = current->pv;

	if (!canonical(event) || !canonical(failsafe) || !canonical(syscall))
		return -XEN_EINVAL;
	pv->event_callback = event;
	pv->failsafe_callback = failsafe;
	pv->syscall_callback = syscall;
	return 0;
}

long do_nmi_op(u64 cmd, u64 arg)
{
	struct xennmi_callback c;

	switch ((unsigned int)cmd) {
	case XENNMI_register_callback:
		if (copy_from_guest_raw(&c, arg, sizeof(c)))
			return -XEN_EFAULT;
		return callback_register(CALLBACKTYPE_nmi, 0, c.handler_address);
	case XENNMI_unregister_callback:
		current->pv->nmi_callback = 0;
		return 0;
	default:
		return -XEN_ENOSYS;
	}
}

long do_set_segment_base(u64 which, u64 base)
{
	switch ((unsigned int)which) {
	case SEGBASE_FS:
		if (!canonical(base))
			return -XEN_EINVAL;
		hw_wrmsr(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		if (!canonical(base))
			return -XEN_EINVAL;
		/* the caller is the kernel, so the user's is the other one */
		hw_wrmsr(MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		if (!canonical(base))
			return -XEN_EINVAL;
		hw_wrmsr(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL: {
		u64 kernel_base;
		unsigned long flags = hw_irq_save();

		/* Loading GS changes the active base, which must go to the user's side. */
		kernel_base = hw_rdmsr(MSR_GS_BASE);
		hw_load_gs(base);
		hw_wrmsr(MSR_KERNEL_GS_BASE, hw_rdmsr(MSR_GS_BASE));
		hw_wrmsr(MSR_GS_BASE, kernel_base);
		hw_irq_restore(flags);
		return 0;
	}
	default:
		return -XEN_EINVAL;
	}
}

long do_fpu_taskswitch(u64 set)
{
	struct pv_vcpu *pv = current->pv;

	if (set) {
		pv->ctrlreg[0] |= CR0_TS;
		hw_write_cr0(hw_read_cr0() | CR0_TS);
	} else {
		pv->ctrlreg[0] &= ~(u64)CR0_TS;
		__asm__ volatile("clts");
	}
	return 0;
}

long do_set_debugreg(u64 reg, u64 value)
{
	return reg < 8 ? pv_set_debugreg(current, reg, value) : -XEN_EINVAL;
}

long do_get_debugreg(u64 reg)
{
	struct pv_vcpu *pv = current->pv;

	switch (reg) {
	case 0 ... 3:
	case 6:
	case 7:
		return pv->dr[reg];
	case 4:
	case 5:
		return pv->dr[reg + 2];
	default:
		return -XEN_EINVAL;
	}
}
