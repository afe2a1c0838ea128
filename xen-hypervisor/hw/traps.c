/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in the hypervisor itself, and those that may come at any time (NMI, double fault,
 * machine check).
 *
 * An exception of ours is either expected at that instruction (the fault table says where to go on)
 * or a defect, which ends in a panic with registers and stack.  Exceptions of guests are
 * guest/pv/traps.c's.
 */
#include <xen/apic.h>
#include <xen/cmdline.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/mca.h>
#include <xen/nmi.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/softirq.h>
#include <public/errno.h>
#include <public/nmi.h>

struct ex_entry {
	s32 from, to;
};
extern const struct ex_entry __ex_table_start[], __ex_table_end[];

/* About a hundred entries, looked at on faults only. */
static u64 ex_lookup(u64 rip)
{
	for (const struct ex_entry *e = __ex_table_start; e < __ex_table_end; e++)
		if ((u64)&e->from + e->from == rip)
			return (u64)&e->to + e->to;
	return 0;
}

static const char *const trap_names[] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range",
	"invalid opcode",
	"no FPU",
	"double fault",
	"coprocessor overrun",
	"invalid TSS",
	"segment not present",
	"stack fault",
	"general protection",
	"page fault",
	"reserved",
	"x87 error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization",
	"control protection",
};

const char *trap_name(unsigned int vector)
{
	return vector < ARRAY_SIZE(trap_names) ? trap_names[vector] : "interrupt";
}

void trap_from_hv(struct cpu_regs *regs);
void trap_from_hv(struct cpu_regs *regs)
{
	u64 cr2 = hw_read_cr2(), to;

	/* First of all: loads of a guest's selectors are in the fault table as well. */
	if (regs->vector == TRAP_PF && !(regs->error_code & PFEC_P) && pv_ldt_window_fault(cr2))
		return;
	to = ex_lookup(regs->rip);
	if (to) {
		perfc_inc(PERFC_FAULTS_FIXED_UP);
		regs->rip = to;
		return;
	}
	if (regs->vector == TRAP_DB) {
		/*
		 * A guest's breakpoint delayed by MOV SS into our entry code, or a data breakpoint
		 * it set on its own memory that we touched for it: neither concerns us.
		 */
		__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
		regs->rflags &= ~(u64)EFLAGS_TF;
		return;
	}
	if (regs->vector == TRAP_PF)
		panic_regs(regs, "page fault at %#lx, error code %#x, in the hypervisor", cr2,
			   regs->error_code);
	panic_regs(regs, "%s (vector %u), error code %#x, in the hypervisor",
		   trap_name(regs->vector), regs->vector, regs->error_code);
}

/* --- NMI --- */

static enum nmi_policy opt_nmi = NMI_DOM0;
static int parse_nmi(const char *value)
{
	static const char *const names[] = {"fatal", "dom0", "ignore"};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i])) {
			opt_nmi = i;
			return 0;
		}
	}
	return -XEN_EINVAL;
}
DECLARE_OPTION("nmi", parse_nmi, "what an unexplained NMI does: fatal, dom0 or ignore");

static u32 (*nmi_callback)(struct cpu_regs *regs);
void nmi_set_callback(u32 (*fn)(struct cpu_regs *regs)) { nmi_callback = fn; }

/*
 * An NMI may have come while a lock was held; waking a vCPU takes locks, so it waits for the way
 * out.
 */
static void wake_dom0(void)
{
	struct vcpu *v = domain_vcpu(dom0, 0);

	if (v && v->initialised)
		vcpu_kick(v);
}

/* What the machine says of the NMI (port 0x61), where the guest's kernel looks for it. */
static void tell_reason(void)
{
	u8 port = hw_inb(0x61);
	u64 reason = (port & 0x40 ? XEN_NMIREASON_io_error : 0) |
		     (port & 0x80 ? XEN_NMIREASON_pci_serr : 0);

	__atomic_fetch_or(&dom0->shared_info->arch.nmi_reason,
			  reason ? reason : XEN_NMIREASON_unknown, __ATOMIC_SEQ_CST);
}

static void nmi_unknown(struct cpu_regs *regs)
{
	struct vcpu *v;

	switch (opt_nmi) {
	case NMI_FATAL:
		panic_regs(regs, "NMI with reason %#x on CPU %u (nmi=fatal)", hw_inb(0x61),
			   hw_cpu_id());
	case NMI_DOM0:
		v = dom0 ? domain_vcpu(dom0, 0) : NULL;
		if (v) {
			tell_reason();
			__atomic_store_n(&v->nmi_pending, 1, __ATOMIC_SEQ_CST);
			softirq_set_handler(SOFTIRQ_WORK, wake_dom0);
			softirq_raise(SOFTIRQ_WORK);
		}
		break;
	case NMI_IGNORE:
		break;
	}
}

/*
 * NMI, double fault and machine check: on stacks of their own, at any instruction, so nothing here
 * takes a lock but panic().
 */
void trap_paranoid(struct cpu_regs *regs);
void trap_paranoid(struct cpu_regs *regs)
{
	switch (regs->vector) {
	case TRAP_NMI:
		if (!nmi_callback || !nmi_callback(regs))
			nmi_unknown(regs);
		break;
	case TRAP_DF:
		panic_regs(regs, "double fault on CPU %u", hw_cpu_id());
	default:
		mca_exception(regs);
	}
}
