/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of hypercalls: number, function, and who may call.  Numbers without a row give -ENOSYS;
 * the rows that are deliberately empty say so.  A second column for 64-bit HVM guests comes with
 * those guests.
 */
#include <hw/asm.h>
#include <public/arch-x86/xen-mca.h>
#include <public/arch-x86/xen-mca.h>
#include <public/errno.h>
#include <public/xen.h>
#include <xen/domain.h>
#include <xen/hypercall.h>
#include <xen/perfc.h>

#define ROW(name, r) { (hypercall_fn *)(void *)do_##name, HYPERCALL_##r }

const struct hypercall_row hypercall_table[HYPERCALL_ROWS] = {
	[__HYPERVISOR_set_trap_table] = ROW(set_trap_table, ANY),
	[__HYPERVISOR_mmu_update] = ROW(mmu_update, ANY),
	[__HYPERVISOR_set_gdt] = ROW(set_gdt, ANY),
	[__HYPERVISOR_stack_switch] = ROW(stack_switch, ANY),
	[__HYPERVISOR_set_callbacks] = ROW(set_callbacks, ANY),
	[__HYPERVISOR_fpu_taskswitch] = ROW(fpu_taskswitch, ANY),
	[__HYPERVISOR_platform_op] = ROW(platform_op, PRIVILEGED),
	[__HYPERVISOR_set_debugreg] = ROW(set_debugreg, ANY),
	[__HYPERVISOR_get_debugreg] = ROW(get_debugreg, ANY),
	[__HYPERVISOR_update_descriptor] = ROW(update_descriptor, ANY),
	[__HYPERVISOR_memory_op] = ROW(memory_op, ANY),
	[__HYPERVISOR_multicall] = ROW(multicall, ANY),
	[__HYPERVISOR_update_va_mapping] = ROW(update_va_mapping, ANY),
	[__HYPERVISOR_set_timer_op] = ROW(set_timer_op, ANY),
	[__HYPERVISOR_xen_version] = ROW(xen_version, ANY),
	[__HYPERVISOR_console_io] = ROW(console_io, ANY),
	[__HYPERVISOR_grant_table_op] = ROW(grant_table_op, ANY),
	[__HYPERVISOR_vm_assist] = ROW(vm_assist, ANY),
	[__HYPERVISOR_update_va_mapping_otherdomain] = ROW(update_va_mapping_otherdomain, ANY),
	[__HYPERVISOR_iret] = ROW(iret, ANY),
	[__HYPERVISOR_vcpu_op] = ROW(vcpu_op, ANY),
	[__HYPERVISOR_set_segment_base] = ROW(set_segment_base, ANY),
	[__HYPERVISOR_mmuext_op] = ROW(mmuext_op, ANY),
	[__HYPERVISOR_nmi_op] = ROW(nmi_op, ANY),
	[__HYPERVISOR_sched_op] = ROW(sched_op, ANY),
	[__HYPERVISOR_callback_op] = ROW(callback_op, ANY),
	[__HYPERVISOR_event_channel_op] = ROW(event_channel_op, ANY),
	/* each sub-operation has its own right */
	[__HYPERVISOR_physdev_op] = ROW(physdev_op, ANY),
	[__HYPERVISOR_sysctl] = ROW(sysctl, PRIVILEGED),
	[__HYPERVISOR_domctl] = ROW(domctl, PRIVILEGED),
	[__HYPERVISOR_mca] = ROW(mca, PRIVILEGED),
};

/* The row, or NULL; the remainder keeps a processor that runs ahead of the check inside, too. */
static const struct hypercall_row *find_row(u64 op)
{
	const struct hypercall_row *row = &hypercall_table[op % HYPERCALL_ROWS];

	return op < HYPERCALL_ROWS && row->fn ? row : NULL;
}

static bool may_call(const struct hypercall_row *row)
{
	return row->right == HYPERCALL_ANY || current->domain->privileged;
}
BUILD_CHECK(PERFC_HYPERCALLS_LAST - PERFC_HYPERCALLS + 1 == ARRAY_SIZE(hypercall_table));

long hypercall_call(unsigned int op, const u64 a[6])
{
	const struct hypercall_row *row = find_row(op);

	if (unlikely(!row))
		return -XEN_ENOSYS;
	perfc_inc_at(PERFC_HYPERCALLS, row - hypercall_table);
	if (unlikely(!may_call(row)))
		return -XEN_EPERM;
	return row->fn(a[0], a[1], a[2], a[3], a[4], a[5]);
}

/*
 * From hw/entry.S, interrupts on, for calls that need a right and for those that do not exist.  rax
 * is the number, rdi rsi rdx r10 r8 r9 the arguments.
 */
void hypercall_entry(struct cpu_regs *regs);
void hypercall_entry(struct cpu_regs *regs)
{
	const struct hypercall_row *row = find_row(regs->rax);

	if (unlikely(!row))
		regs->rax = -XEN_ENOSYS;
	else if (unlikely(!may_call(row)))
		regs->rax = -XEN_EPERM;
	else
		regs->rax = row->fn(regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9);
}
