/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions of paravirtual guests: what the hypervisor settles itself, and what goes to the
 * guest's kernel.
 *
 * Called by hw/entry.S with interrupts off and the guest's registers in guest_regs.  Each exception
 * has a row.
 */
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/nmi.h>
#include <xen/perfc.h>
#include <xen/pv-guest.h>

static void trap_simple(struct vcpu *v, struct cpu_regs *regs)
{
	pv_inject(v, regs->vector, regs->error_code);
}

static void trap_debug(struct vcpu *v, struct cpu_regs *regs)
{
	u64 dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
	v->pv->dr[6] |= dr6 & 0xe00f;
	v->pv->dr[6] = (v->pv->dr[6] & 0xe00f) | 0xffff0ff0;
	pv_inject(v, TRAP_DB, 0);
}

static void trap_invalid_opcode(struct vcpu *v, struct cpu_regs *regs)
{
	if (pv_emulate_forced(v, regs))
		perfc_inc(PERFC_PRIVILEGED);
	else
		pv_inject(v, TRAP_UD, 0);
}

static void trap_no_fpu(struct vcpu *v, struct cpu_regs *regs)
{
	/* The ABI: the hypervisor clears the task-switched flag before the guest's handler runs. */
	__asm__ volatile("clts");
	if (v->pv->ctrlreg[0] & CR0_TS) {
		v->pv->ctrlreg[0] &= ~(u64)CR0_TS;
		pv_inject(v, TRAP_NM, 0);
	}
}

/*
 * INT n reaches us as #GP with the vector in the error code, because no gate of our IDT is open to
 * ring 3.
 */
static bool software_interrupt(struct vcpu *v, struct cpu_regs *regs)
{
	const struct pv_trap *t = &v->pv->traps[(regs->error_code >> 3) & 255];
	u8 insn[2];

	if ((regs->error_code & 3) != 2)
		return false;
	if ((pv_in_kernel(v) ? 0 : 3) > (t->flags & 3) || !t->address)
		return false;
	if (copy_from_guest_raw(insn, regs->rip, 2) || insn[0] != 0xcd)
		return false;
	regs->rip += 2;
	pv_inject(v, (regs->error_code >> 3) & 255, 0);
	return true;
}

static void trap_int80(struct vcpu *v, struct cpu_regs *regs)
{
	const struct pv_trap *t = &v->pv->traps[VECTOR_INT80];

	if (t->address && (pv_in_kernel(v) ? 0 : 3) <= (t->flags & 3)) {
		pv_inject(v, VECTOR_INT80, 0);
		return;
	}
	/* What the processor does where the gate is closed. */
	regs->rip -= 2;
	pv_inject(v, TRAP_GP, VECTOR_INT80 * 8 + 2);
}

static void trap_general_protection(struct vcpu *v, struct cpu_regs *regs)
{
	if (regs->error_code & 1) { /* an external event, not the guest's doing */
		log_guest(LOG_WARN, "general protection fault by an external event, error code %#x",
			  regs->error_code);
		return;
	}
	if (software_interrupt(v, regs))
		return;
	if (!regs->error_code && !pv_emulate_privileged(v, regs)) {
		perfc_inc(PERFC_PRIVILEGED);
		return;
	}
	pv_inject(v, TRAP_GP, regs->error_code);
}

/* A selector of the guest's LDT was used and its page isn't in the window yet. */
static bool ldt_window(struct vcpu *v, u64 va)
{
	u64 start = DESC_START + ((u64)v->pv->desc_slot * DESC_WINDOW_PAGES + 16) * PAGE_SIZE;

	return va >= start && va < start + 16 * PAGE_SIZE && pv_map_ldt_page(v, va - start);
}

bool pv_ldt_window_fault(u64 va)
{
	struct vcpu *v = current;

	return v && v->pv && ldt_window(v, va);
}

static void page_fault(struct vcpu *v, struct cpu_regs *regs, u64 va)
{
	/* The processor's own look at a descriptor, not the guest's at the address. */
	if (unlikely(!GUEST_ADDR_OK(va)) && !(regs->error_code & (PFEC_P | PFEC_U)) &&
	    ldt_window(v, va)) {
		perfc_inc(PERFC_FAULTS_LDT);
		return;
	}
	pv_inject_page_fault(v, va, regs->error_code);
}

static void (*const handlers[32])(struct vcpu *v, struct cpu_regs *regs) = {
	[TRAP_DE] = trap_simple,
	[TRAP_DB] = trap_debug,
	[TRAP_BP] = trap_simple,
	[TRAP_OF] = trap_simple,
	[TRAP_BR] = trap_simple,
	[TRAP_UD] = trap_invalid_opcode,
	[TRAP_NM] = trap_no_fpu,
	[TRAP_TS] = trap_simple,
	[TRAP_NP] = trap_simple,
	[TRAP_SS] = trap_simple,
	[TRAP_GP] = trap_general_protection,
	[TRAP_MF] = trap_simple,
	[TRAP_AC] = trap_simple,
	[TRAP_XM] = trap_simple,
};

void trap_from_guest(struct cpu_regs *regs);
void trap_from_guest(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	if (likely(regs->vector == TRAP_PF)) {
		/* before interrupts are on: another fault would overwrite it */
		u64 va = hw_read_cr2();

		hw_irq_enable();
		page_fault(v, regs, va);
		return;
	}
	hw_irq_enable();
	if (regs->vector == VECTOR_INT80) {
		trap_int80(v, regs);
		return;
	}
	if (!handlers[regs->vector & 31]) {
		log_guest(LOG_WARN, "unexpected %s, error code %#x", trap_name(regs->vector),
			  regs->error_code);
		domain_crash(v->domain, "it caused an exception that has no meaning for a guest");
		return;
	}
	handlers[regs->vector & 31](v, regs);
}

/* --- what a crash prints --- */

static void dump_guest_stack(struct vcpu *v, const struct cpu_regs *regs)
{
	u64 word;

	if (v != current || !pv_in_kernel(v))
		return;
	log_raw("guest stack:");
	for (int i = 0; i < 16; i++) {
		if (copy_from_guest_raw(&word, regs->rsp + i * 8, 8)) {
			log_raw(" (unreadable)");
			break;
		}
		log_raw("%s%016lx", i % 4 ? " " : "\n  ", word);
	}
	log_raw("\n");
}

void pv_dump_guest(struct vcpu *v)
{
	const struct cpu_regs *r = v == current ? hw_guest_regs() : &v->regs;

	log_raw("d%uv%u: guest %s, rip %04x:%016lx rflags %08lx rsp %04x:%016lx\n", v->domain->id,
		v->id, v->pv && pv_in_kernel(v) ? "kernel" : "user", r->cs, r->rip, r->rflags,
		r->ss, r->rsp);
	log_raw("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	log_raw("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	log_raw("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	log_raw("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx\n", r->r13, r->r14, r->r15,
		v->info ? v->info->arch.cr2 : 0);
	if (!v->pv)
		return;
	log_raw("kernel table %lx user table %lx fs %016lx\n", v->pv->cr3_kernel, v->pv->cr3_user,
		v->pv->fs_base);
	dump_guest_stack(v, r);
	pv_dump_walk(v, r->rip);
	if (v->info && v->info->arch.cr2)
		pv_dump_walk(v, v->info->arch.cr2);
}
