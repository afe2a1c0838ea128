/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a paravirtual vCPU's state: creation, the context that the tools or another vCPU give
 * it, and what is saved and loaded when it leaves and enters a processor.
 *
 * A context from outside is checked here value by value and comes from a copy.  The switch
 * functions run with interrupts off.
 */
#include <public/errno.h>
#include <public/vcpu.h>
#include <xen/fpu.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/pv-guest.h>

int pv_domain_create(struct domain *d)
{
	d->pv = mem_new(struct pv_domain);
	return d->pv ? 0 : -XEN_ENOMEM;
}

void pv_domain_destroy(struct domain *d)
{
	mem_free(d->pv);
	d->pv = NULL;
}

int pv_domain_relinquish(struct domain *d) { return pv_mm_relinquish(d); }

int pv_vcpu_create(struct vcpu *v)
{
	struct pv_vcpu *pv = mem_new(struct pv_vcpu);
	int rc;

	if (!pv)
		return -XEN_ENOMEM;
	rc = hw_desc_alloc_slot(&pv->desc_slot);
	if (rc)
		goto undo_pv;
	rc = fpu_vcpu_create(pv);
	if (rc)
		goto undo_slot;
	spin_init(&pv->ldt_lock);
	pv->flags = PV_KERNEL_MODE;
	pv->xcr0 = pv->xcr0_accum = 1;
	/*
	 * Like the tools and kernels expect, the guest finds XSAVE switched on where there is one.
	 */
	pv->ctrlreg[4] = cpu_features.xsave ? CR4_OSXSAVE : 0;
	pv->dr[6] = 0xffff0ff0;
	pv->dr[7] = 0x400;
	v->pv = pv;
	return 0;

undo_slot:
	hw_desc_free_slot(pv->desc_slot);
undo_pv:
	mem_free(pv);
	return rc;
}

void pv_vcpu_destroy(struct vcpu *v)
{
	struct pv_vcpu *pv = v->pv;

	if (!pv)
		return;
	fpu_vcpu_destroy(v);
	hw_desc_free_slot(pv->desc_slot);
	mem_free(pv);
	v->pv = NULL;
}

/* --- contexts from outside --- */

static bool canonical(u64 va) { return (u64)((s64)(va << 16) >> 16) == va; }

static u16 ring3(u64 selector) { return (u16)selector | 3; }

static int context_check(const struct vcpu_guest_context *c)
{
	if (!canonical(c->fs_base) || !canonical(c->gs_base_kernel) || !canonical(c->gs_base_user))
		return -XEN_EINVAL;
	if (!canonical(c->user_regs.rip))
		return -XEN_EINVAL;
	if (!canonical(c->event_callback_eip) || !canonical(c->failsafe_callback_eip) ||
	    !canonical(c->syscall_callback_eip))
		return -XEN_EINVAL;
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!canonical(c->trap_ctxt[i].address))
			return -XEN_EINVAL;
	/* Breakpoints lie in the guest's own range; see pv_set_debugreg(). */
	for (unsigned int i = 0; i < 4; i++)
		if (!GUEST_ADDR_OK(c->debugreg[i]))
			return -XEN_EINVAL;
	return 0;
}

void pv_set_kernel_stack(struct pv_vcpu *pv, u64 ss, u64 sp)
{
	/*
	 * Far more than the largest frame; 0 means the end of the address space, which is the
	 * guest's.
	 */
	bool ok = sp == 0 || GUEST_RANGE_OK(sp - 1024, 1024);

	pv->kernel_ss = ring3(ss);
	pv->kernel_sp = ok ? sp : 0x0000c00000000000UL; /* not canonical */
}

static void regs_set(struct cpu_regs *r, const struct vcpu_guest_context *c)
{
	const struct cpu_user_regs *u = &c->user_regs;

	memset(r, 0, sizeof(*r));
	r->r15 = u->r15; r->r14 = u->r14; r->r13 = u->r13; r->r12 = u->r12;
	r->rbp = u->rbp; r->rbx = u->rbx; r->r11 = u->r11; r->r10 = u->r10;
	r->r9 = u->r9; r->r8 = u->r8; r->rax = u->rax; r->rcx = u->rcx;
	r->rdx = u->rdx; r->rsi = u->rsi; r->rdi = u->rdi;
	r->rip = u->rip;
	r->cs = ring3(u->cs);
	r->ss = ring3(u->ss);
	r->rsp = u->rsp;
	r->rflags = pv_clean_rflags(u->rflags);
}

static void traps_set(struct pv_vcpu *pv, const struct vcpu_guest_context *c)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->traps); i++) {
		pv->traps[i].address = c->trap_ctxt[i].address;
		pv->traps[i].cs = ring3(c->trap_ctxt[i].cs);
		pv->traps[i].flags = c->trap_ctxt[i].flags & 7;
	}
}

static int tables_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc;

	if (c->gdt_ents) {
		rc = pv_set_gdt(v, c->gdt_frames, c->gdt_ents);
		if (rc)
			return rc;
	}
	rc = pv_set_ldt(v, c->ldt_base, c->ldt_ents);
	if (rc)
		return rc;
	rc = pv_set_kernel_table(v, _mfn(xen_cr3_to_pfn(c->ctrlreg[3])));
	if (rc)
		return rc;
	return c->ctrlreg[1] ? pv_set_user_table(v, _mfn(xen_cr3_to_pfn(c->ctrlreg[1]))) : 0;
}

int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct pv_vcpu *pv = v->pv;
	int rc = context_check(c);

	if (rc)
		return rc;
	/*
	 * What can fail, or has to be done again after a preemption, comes first and may be
	 * repeated.
	 */
	rc = tables_set(v, c);
	if (rc)
		return rc;
	regs_set(&v->regs, c);
	traps_set(pv, c);
	pv->flags = c->flags & VGCF_in_kernel ? PV_KERNEL_MODE : 0;
	if (!(c->flags & VGCF_in_kernel) && !pv->cr3_user)
		pv->flags = PV_KERNEL_MODE;
	pv_set_kernel_stack(pv, c->kernel_ss, c->kernel_sp);
	pv->event_callback = c->event_callback_eip;
	pv->failsafe_callback = c->failsafe_callback_eip;
	pv->syscall_callback = c->syscall_callback_eip;
	pv->syscall_disables_events = c->flags & VGCF_syscall_disables_events;
	pv->failsafe_disables_events = c->flags & VGCF_failsafe_disables_events;
	/*
	 * A kernel brings its other vCPUs up with the I/O privilege it wants in the flags; the
	 * ports themselves are granted apart.
	 */
	pv->iopl = c->user_regs.rflags >> 12 & 3;
	pv->fs_base = c->fs_base;
	pv->gs_base_kernel = c->gs_base_kernel;
	pv->gs_base_user = c->gs_base_user;
	pv->ds = c->user_regs.ds;
	pv->es = c->user_regs.es;
	pv->fs = c->user_regs.fs;
	pv->gs = c->user_regs.gs;
	pv->ctrlreg[0] = c->ctrlreg[0] & CR0_TS;
	pv->ctrlreg[4] |= c->ctrlreg[4] & CR4_TSD;
	for (unsigned int i = 0; i < 8; i++)
		if (i != 4 && i != 5)
			pv_set_debugreg(v, i, c->debugreg[i]);
	if (c->flags & VGCF_i387_valid)
		fpu_import_legacy(pv, &c->fpu_ctxt);
	v->initialised = true;
	return 0;
}

void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	struct pv_vcpu *pv = v->pv;
	const struct cpu_regs *r = &v->regs;
	struct cpu_user_regs *u = &c->user_regs;

	memset(c, 0, sizeof(*c));
	u->r15 = r->r15; u->r14 = r->r14; u->r13 = r->r13; u->r12 = r->r12;
	u->rbp = r->rbp; u->rbx = r->rbx; u->r11 = r->r11; u->r10 = r->r10;
	u->r9 = r->r9; u->r8 = r->r8; u->rax = r->rax; u->rcx = r->rcx;
	u->rdx = r->rdx; u->rsi = r->rsi; u->rdi = r->rdi;
	u->rip = r->rip;
	u->cs = r->cs;
	u->ss = r->ss;
	u->rsp = r->rsp;
	u->rflags = r->rflags | (u64)pv->iopl << 12;
	u->ds = pv->ds; u->es = pv->es; u->fs = pv->fs; u->gs = pv->gs;
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->traps); i++) {
		c->trap_ctxt[i].vector = i;
		c->trap_ctxt[i].flags = pv->traps[i].flags;
		c->trap_ctxt[i].cs = pv->traps[i].cs;
		c->trap_ctxt[i].address = pv->traps[i].address;
	}
	c->ldt_base = pv->ldt_base;
	c->ldt_ents = pv->ldt_entries;
	for (unsigned int i = 0; i * 512 < pv->gdt_entries && i < ARRAY_SIZE(c->gdt_frames); i++)
		c->gdt_frames[i] = pv->gdt_frames[i];
	c->gdt_ents = pv->gdt_entries;
	c->kernel_ss = pv->kernel_ss;
	c->kernel_sp = pv->kernel_sp;
	c->ctrlreg[0] =
		(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE) & 0xffffffffUL;
	c->ctrlreg[0] |= pv->ctrlreg[0] & CR0_TS;
	c->ctrlreg[1] = pv->cr3_user ? pv->cr3_user | 1 : 0;
	c->ctrlreg[3] = pv->cr3_kernel;
	c->ctrlreg[4] = pv->ctrlreg[4];
	memcpy(c->debugreg, pv->dr, sizeof(c->debugreg));
	c->event_callback_eip = pv->event_callback;
	c->failsafe_callback_eip = pv->failsafe_callback;
	c->syscall_callback_eip = pv->syscall_callback;
	c->fs_base = pv->fs_base;
	c->gs_base_kernel = pv->gs_base_kernel;
	c->gs_base_user = pv->gs_base_user;
	c->vm_assist = v->domain->vm_assist;
	c->flags = VGCF_i387_valid | (pv->flags & PV_KERNEL_MODE ? VGCF_in_kernel : 0) |
		   (pv->syscall_disables_events ? VGCF_syscall_disables_events : 0) |
		   (pv->failsafe_disables_events ? VGCF_failsafe_disables_events : 0) |
		   (bit_test(&v->pause_flags, VPF_DOWN) ? 0 : VGCF_online);
	fpu_export_legacy(pv, &c->fpu_ctxt);
}

/* --- leaving and entering a processor --- */

void pv_load_ldt(struct vcpu *v) { hw_load_ldt_window(v->pv->desc_slot, v->pv->ldt_entries); }

static u16 read_seg_ds(void) { u16 s; __asm__("mov %%ds, %0" : "=r"(s)); return s; }
static u16 read_seg_es(void) { u16 s; __asm__("mov %%es, %0" : "=r"(s)); return s; }
static u16 read_seg_fs(void) { u16 s; __asm__("mov %%fs, %0" : "=r"(s)); return s; }
static u16 read_seg_gs(void) { u16 s; __asm__("mov %%gs, %0" : "=r"(s)); return s; }

void pv_switch_out(struct vcpu *v)
{
	struct pv_vcpu *pv = v->pv;
	u64 active = hw_rdmsr(MSR_GS_BASE), other = hw_rdmsr(MSR_KERNEL_GS_BASE);

	v->regs = *hw_guest_regs();
	pv->ds = read_seg_ds();
	pv->es = read_seg_es();
	pv->fs = read_seg_fs();
	pv->gs = read_seg_gs();
	pv->fs_base = hw_rdmsr(MSR_FS_BASE);
	pv->gs_base_kernel = pv_in_kernel(v) ? active : other;
	pv->gs_base_user = pv_in_kernel(v) ? other : active;
	if (pv->dr[7] & 0xff)
		__asm__ volatile("mov %0, %%dr7" ::"r"(0x400UL));
	fpu_switch_out(v);
}

void pv_load_segments(struct vcpu *v)
{
	struct pv_vcpu *pv = v->pv;

	if (pv->ds | read_seg_ds())
		hw_load_ds(pv->ds);
	if (pv->es | read_seg_es())
		hw_load_es(pv->es);
	if (pv->fs | read_seg_fs())
		hw_load_fs(pv->fs);
	if (pv->gs | read_seg_gs())
		hw_load_gs(pv->gs);
	/* The bases last, because loading a selector changes them. */
	hw_wrmsr(MSR_FS_BASE, pv->fs_base);
	hw_wrmsr(MSR_GS_BASE, pv_in_kernel(v) ? pv->gs_base_kernel : pv->gs_base_user);
	hw_wrmsr(MSR_KERNEL_GS_BASE, pv_in_kernel(v) ? pv->gs_base_user : pv->gs_base_kernel);
}

void pv_load_debugregs(const struct pv_vcpu *pv)
{
	__asm__ volatile("mov %0, %%dr0" ::"r"(pv->dr[0]));
	__asm__ volatile("mov %0, %%dr1" ::"r"(pv->dr[1]));
	__asm__ volatile("mov %0, %%dr2" ::"r"(pv->dr[2]));
	__asm__ volatile("mov %0, %%dr3" ::"r"(pv->dr[3]));
	__asm__ volatile("mov %0, %%dr7" ::"r"(pv->dr[7]));
}

void pv_switch_in(struct vcpu *v)
{
	struct pv_vcpu *pv = v->pv;

	hw_load_gdt_window(pv->desc_slot);
	pv_load_ldt(v);
	*hw_guest_regs() = v->regs;
	pv_load_segments(v);
	if (pv->dr[7] & 0xff)
		pv_load_debugregs(pv);
	if (cpu_features.rdtscp)
		hw_wrmsr(MSR_TSC_AUX, pv->tsc_aux);
	fpu_switch_in(v);
	if (pv->ctrlreg[0] & CR0_TS)
		hw_write_cr0(hw_read_cr0() | CR0_TS);
	else if (hw_read_cr0() & CR0_TS)
		__asm__ volatile("clts");
}
