/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long hypercalls: when to stop, and how to be entered again.
 *
 * Outside a multicall the guest's registers are set so that it executes its call instruction once
 * more, with the remaining work as arguments; between the two it may take events or lose the CPU.
 * Inside a multicall the call's entry is rewritten instead, and do_multicall() arranges for its own
 * continuation. Owns the per-CPU record of the multicall in progress: hypercalls do not change
 * CPUs, so no lock.
 */
#include <public/xen.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

#define SYSCALL_INSTRUCTION_BYTES 2

DEFINE_PER_CPU(struct multicall_state, multicall_state);

bool hypercall_preempt_check(void)
{
	return softirq_pending(hw_cpu_id()) || event_upcall_due(current);
}

static void continue_multicall_entry(struct multicall_state *m, unsigned int op, const u64 *args,
				     unsigned int nr_args)
{
	m->call.op = op;
	for (unsigned int i = 0; i < nr_args; i++)
		m->call.args[i] = args[i];
	m->preempted = true;
}

static void continue_call(struct cpu_regs *regs, unsigned int op, const u64 *args,
			  unsigned int nr_args)
{
	u64 *const slots[] = {
		&regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8, &regs->r9
	};

	regs->rax = op;
	for (unsigned int i = 0; i < nr_args; i++)
		*slots[i] = args[i];
	regs->rip -= SYSCALL_INSTRUCTION_BYTES;
}

long hypercall_continue_args(unsigned int op, unsigned int nr_args, const u64 args[6])
{
	struct multicall_state *m = &this_cpu(multicall_state);

	if (m->active)
		continue_multicall_entry(m, op, args, nr_args);
	else
		continue_call(hw_guest_regs(), op, args, nr_args);
	return op;
}
