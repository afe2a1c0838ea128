/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls: do_<name>() entries with the ABI's names and argument order, one thin file each in
 * hypercall/, and the table that dispatches them with the right each needs (hypercall/table.c).
 * Arguments are raw 64-bit values as the guest gave them; guest pointers are plain u64 here.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <public/xen.h>
#include <xen/percpu.h>
#include <xen/types.h>

long do_set_trap_table(u64 traps);
long do_mmu_update(u64 ureqs, u64 count, u64 pdone, u64 foreigndom);
long do_set_gdt(u64 frame_list, u64 entries);
long do_stack_switch(u64 ss, u64 esp);
long do_set_callbacks(u64 event, u64 failsafe, u64 syscall);
long do_fpu_taskswitch(u64 set);
long do_platform_op(u64 op);
long do_set_debugreg(u64 reg, u64 value);
long do_get_debugreg(u64 reg);
long do_update_descriptor(u64 maddr, u64 desc);
long do_memory_op(u64 cmd, u64 arg);
long do_multicall(u64 call_list, u64 nr_calls);
long do_update_va_mapping(u64 va, u64 val, u64 flags);
long do_set_timer_op(u64 timeout);
long do_xen_version(u64 cmd, u64 arg);
long do_console_io(u64 cmd, u64 count, u64 buffer);
long do_grant_table_op(u64 cmd, u64 uop, u64 count);
long do_vm_assist(u64 cmd, u64 type);
long do_update_va_mapping_otherdomain(u64 va, u64 val, u64 flags, u64 domid);
long do_iret(void);
long do_vcpu_op(u64 cmd, u64 vcpuid, u64 arg);
long do_set_segment_base(u64 which, u64 base);
long do_mmuext_op(u64 uops, u64 count, u64 pdone, u64 foreigndom);
long do_nmi_op(u64 cmd, u64 arg);
long do_sched_op(u64 cmd, u64 arg);
long do_callback_op(u64 cmd, u64 arg);
long do_event_channel_op(u64 cmd, u64 arg);
long do_physdev_op(u64 cmd, u64 arg);
long do_sysctl(u64 op);
long do_domctl(u64 op);
long do_mca(u64 op);

/*
 * The table's rows, of which hw/entry.S takes those that everybody may call; an empty one has no
 * function.
 */
typedef long hypercall_fn(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
enum hypercall_right { HYPERCALL_ANY, HYPERCALL_PRIVILEGED };
struct hypercall_row {
	hypercall_fn *fn;
	enum hypercall_right right;
};
#define HYPERCALL_ROWS 64
#define HYPERCALL_ROW_BITS 4
extern const struct hypercall_row hypercall_table[HYPERCALL_ROWS];

/* Runs one hypercall by number with the rights check of the table (hypercall/table.c). */
long hypercall_call(unsigned int op, const u64 args[6]);

/* The multicall in progress on this CPU (core/hypercall.c, hypercall/multicall.c). */
struct multicall_state {
	bool active;
	bool preempted;		/* the present entry has to be run again: call says how */
	struct multicall_entry call;
};
DECLARE_PER_CPU(struct multicall_state, multicall_state);

#endif
