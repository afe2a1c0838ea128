/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entering the guest's kernel: the frame of the ABI on the kernel's stack, for exceptions, events,
 * NMIs and system calls, and the way back (the iret hypercall).
 *
 * The frame, from the lowest address: rcx, r11, [error code], rip, cs, rflags, rsp, ss.  The saved
 * cs has privilege level 0 when the guest's kernel was interrupted, 3 when a user program was; bits
 * 32-39 hold the event mask.  rflags.IF shows the event mask, too.  Everything here is for the
 * current vCPU.  The guest's stack is the guest's memory: writing it may fail, which is the guest's
 * own fault and ends it.
 */
#include <public/vcpu.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/perfc.h>
#include <xen/pv-guest.h>
#include <xen/smp.h>

u64 pv_clean_rflags(u64 rflags)
{
	return (rflags & PV_RFLAGS_MAY) | EFLAGS_IF | EFLAGS_MBS;
}

void pv_load_cr3(struct vcpu *v)
{
	unsigned long flags = hw_irq_save();

	if (v == current) {
		u64 began = tlb_flush_begin();

		if (pv_in_kernel(v))
			hw_load_table(v->pv->cr3_kernel, PCID_GUEST_KERNEL);
		else
			hw_load_table(v->pv->cr3_user, PCID_GUEST_USER);
		tlb_flush_end(began);
	}
	hw_irq_restore(flags);
}

void pv_switch_table(struct vcpu *v)
{
	if (v != current)
		return;
	if (!hw_pcid)
		pv_load_cr3(v); /* which flushes, and says so to the TLB clock */
	else if (pv_in_kernel(v))
		hw_switch_table(v->pv->cr3_kernel, PCID_GUEST_KERNEL);
	else
		hw_switch_table(v->pv->cr3_user, PCID_GUEST_USER);
}

void pv_user_table_chosen(struct vcpu *v)
{
	if (!pv_in_kernel(v))
		pv_load_cr3(v);
	else if (hw_pcid && v == current)
		hw_invpcid(INVPCID_CONTEXT, PCID_GUEST_USER, 0);
}

void pv_toggle_mode(struct vcpu *v)
{
	unsigned long flags = hw_irq_save();

	v->pv->flags ^= PV_KERNEL_MODE;
	__asm__ volatile("swapgs");
	pv_switch_table(v);
	hw_irq_restore(flags);
}

/* What the ABI shows of rflags to the guest's kernel. */
static u64 shown_rflags(const struct vcpu *v, u64 rflags)
{
	if (v->info->evtchn_upcall_mask)
		rflags &= ~(u64)EFLAGS_IF;
	if (v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl))
		rflags |= (u64)v->pv->iopl << 12;
	return rflags;
}

void pv_bounce(struct vcpu *v, u64 address, unsigned int flags, u32 error_code)
{
	struct cpu_regs *regs = hw_guest_regs();
	u64 frame[8], *p = frame, sp, cs = regs->cs;
	size_t size;

	if (pv_in_kernel(v)) {
		sp = regs->rsp;
		cs &= ~3ULL;
	} else {
		pv_toggle_mode(v);
		sp = v->pv->kernel_sp;
	}
	*p++ = regs->rcx;
	*p++ = regs->r11;
	if (flags & BOUNCE_ERROR_CODE)
		*p++ = error_code;
	*p++ = regs->rip;
	*p++ = cs | (u64)v->info->evtchn_upcall_mask << 32;
	*p++ = shown_rflags(v, regs->rflags);
	*p++ = regs->rsp;
	*p++ = regs->ss;
	size = (p - frame) * sizeof(u64);
	sp = (sp & ~15ULL) - size;
	if (copy_to_guest_raw(sp, frame, size)) {
		domain_crash(v->domain, "its kernel stack cannot be written");
		return;
	}
	regs->rsp = sp;
	regs->rip = address;
	regs->cs = SEL_GUEST_CS64;
	regs->ss = SEL_GUEST_DS;
	regs->rflags &= ~(u64)(EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF);
	regs->vector = 0;
	if (flags & BOUNCE_DISABLE_EVENTS)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
}

static unsigned int has_error_code(unsigned int vector)
{
	return (1u << TRAP_DF | 1u << TRAP_TS | 1u << TRAP_NP | 1u << TRAP_SS | 1u << TRAP_GP |
		1u << TRAP_PF | 1u << TRAP_AC | 1u << TRAP_CP) >>
				       vector &
			       1 ?
		       BOUNCE_ERROR_CODE :
		       0;
}

void pv_inject(struct vcpu *v, unsigned int vector, u32 error_code)
{
	const struct pv_trap *t = &v->pv->traps[vector];

	if (!t->address) {
		domain_crash(v->domain, "it has no handler for an exception");
		return;
	}
	if (vector < 32)
		perfc_inc_at(PERFC_EXCEPTIONS, vector);
	else
		perfc_inc(PERFC_SOFTWARE_INTERRUPTS);
	pv_bounce(v, t->address,
		  (vector < 32 ? has_error_code(vector) : 0) |
			  (t->flags & 4 ? BOUNCE_DISABLE_EVENTS : 0),
		  error_code);
}

void pv_inject_page_fault(struct vcpu *v, u64 address, u32 error_code)
{
	v->info->arch.cr2 = address;
	/*
	 * Guest kernel and guest user both run in ring 3; the ABI shows a kernel's own fault as a
	 * supervisor's.
	 */
	if (pv_in_kernel(v))
		error_code &= ~(u32)PFEC_U;
	pv_inject(v, TRAP_PF, error_code);
}

/* --- called by hw/entry.S on the way out, interrupts off --- */

void pv_deliver_event(struct vcpu *v);
void pv_deliver_event(struct vcpu *v)
{
	if (!v->pv->event_callback) {
		/* Nobody to tell: leave it pending, masked, so that the exit path goes on. */
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
		return;
	}
	perfc_inc(PERFC_EVENT_UPCALLS);
	pv_bounce(v, v->pv->event_callback, BOUNCE_DISABLE_EVENTS, 0);
}

/* Returns whether the frame changed. */
int pv_deliver_nmi(struct vcpu *v);
int pv_deliver_nmi(struct vcpu *v)
{
	/* A kernel that registered no callback for it has it in its table of exceptions. */
	u64 address = v->pv->nmi_callback ? v->pv->nmi_callback : v->pv->traps[TRAP_NMI].address;

	if (!__atomic_exchange_n(&v->nmi_pending, 0, __ATOMIC_SEQ_CST) || !address)
		return 0;
	pv_bounce(v, address, BOUNCE_DISABLE_EVENTS, 0);
	return 1;
}

void pv_bad_kernel_stack(void);
void pv_bad_kernel_stack(void)
{
	domain_crash(current->domain, "its kernel stack cannot be written on a system call");
}

/* A system call that is not the ordinary one of hw/entry.S: no callback, or other masks. */
void pv_syscall(struct cpu_regs *regs);
void pv_syscall(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	if (!v->pv->syscall_callback) {
		regs->rip -= 2;
		pv_inject(v, TRAP_UD, 0);
		return;
	}
	pv_bounce(v, v->pv->syscall_callback,
		  v->pv->syscall_disables_events ? BOUNCE_DISABLE_EVENTS : 0, 0);
}

/*
 * SYSCALL from 32-bit code: the guest's callback for it, or an invalid opcode as without the
 * instruction.
 */
void pv_syscall32(struct cpu_regs *regs);
void pv_syscall32(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	if (!v->pv->syscall32_callback) {
		regs->rip -= 2;
		pv_inject(v, TRAP_UD, 0);
		return;
	}
	pv_bounce(v, v->pv->syscall32_callback,
		  v->pv->syscall32_disables_events ? BOUNCE_DISABLE_EVENTS : 0, 0);
}

/* IRET to the guest faulted on what the guest asked for: its failsafe callback decides. */
void pv_iret_faulted(struct cpu_regs *regs);
void pv_iret_faulted(struct cpu_regs *regs)
{
	struct vcpu *v = current;

	if (!v->pv->failsafe_callback) {
		domain_crash(v->domain,
			     "its registers cannot be loaded and it has no failsafe callback");
		return;
	}
	/* The bad selectors must not come back with the next attempt. */
	regs->cs = SEL_GUEST_CS64;
	regs->ss = SEL_GUEST_DS;
	regs->rflags = pv_clean_rflags(regs->rflags);
	pv_bounce(v, v->pv->failsafe_callback,
		  v->pv->failsafe_disables_events ? BOUNCE_DISABLE_EVENTS : 0, 0);
}

/* --- the way back: hw/entry.S does the ordinary ones by itself --- */

static u16 ring3(u64 selector) { return (selector & 3) == 3 ? selector : (u16)selector | 3; }

long do_iret(void)
{
	struct vcpu *v = current;
	struct cpu_regs *regs = hw_guest_regs();
	struct iret_context f;

	if (unlikely(copy_from_guest_raw(&f, regs->rsp, sizeof(f)))) {
		domain_crash(v->domain, "the frame of its iret hypercall cannot be read");
		return 0;
	}
	if ((f.cs & 3) == 3) {
		if (unlikely(!v->pv->cr3_user)) {
			domain_crash(v->domain, "it returns to a user program without having set "
						"user page tables");
			return 0;
		}
		pv_toggle_mode(v);
	}
	if (v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl))
		v->pv->iopl = f.rflags >> 12 & 3;
	regs->rip = f.rip;
	regs->cs = ring3(f.cs);
	regs->rflags = pv_clean_rflags(f.rflags);
	regs->rsp = f.rsp;
	regs->ss = ring3(f.ss);
	if (f.flags & VGCF_in_syscall) {
		regs->vector = VECTOR_SYSCALL;
	} else {
		regs->vector = 0;
		regs->r11 = f.r11;
		regs->rcx = f.rcx;
	}
	WRITE_ONCE(v->info->evtchn_upcall_mask, !(f.rflags & EFLAGS_IF));
	return f.rax;
}
