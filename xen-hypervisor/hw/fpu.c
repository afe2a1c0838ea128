/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving and loading floating-point and vector registers (Intel SDM volume 1, chapter 13).
 *
 * The registers of the vCPU that used a CPU last stay in place while that CPU idles (they were
 * saved, too); fpu_owner says whose they are, so that a vCPU which comes back to the same CPU with
 * nobody in between needs no load.
 */
#include <public/errno.h>
#include <xen/fpu.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/pv.h>

DEFINE_PER_CPU(struct vcpu *, fpu_owner);
DEFINE_PER_CPU(u64, xcr0_now);

static void set_xcr0(u64 val)
{
	if (this_cpu(xcr0_now) != val) {
		hw_xsetbv_safe(0, val);
		this_cpu(xcr0_now) = val;
	}
}

static void area_reset(u8 *area, size_t size)
{
	memset(area, 0, size);
	area[0] = 0x7f;		/* FCW 0x037f */
	area[1] = 0x03;
	area[24] = 0x80;	/* MXCSR 0x1f80 */
	area[25] = 0x1f;
	if (cpu_features.xsave)
		*(u64 *)(area + 512) = 3; /* XSTATE_BV: the legacy part is there */
}

static size_t area_size(void) { return max((size_t)cpu_features.xsave_size, (size_t)576); }

int fpu_vcpu_create(struct pv_vcpu *pv)
{
	pv->xsave_area = mem_alloc(area_size());
	if (!pv->xsave_area)
		return -XEN_ENOMEM;
	area_reset(pv->xsave_area, area_size());
	return 0;
}

void fpu_vcpu_destroy(struct vcpu *v)
{
	unsigned int cpu;

	/*
	 * The vCPU no longer runs anywhere; a CPU that still holds its registers must not take a
	 * new vCPU at the same address for it.
	 */
	for_each_online_cpu(cpu) {
		struct vcpu *expected = v;

		__atomic_compare_exchange_n(&per_cpu(fpu_owner, cpu), &expected, NULL, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	}
	mem_free(v->pv->xsave_area);
	v->pv->xsave_area = NULL;
}

static void save(struct pv_vcpu *pv)
{
	perfc_inc(PERFC_FPU_SAVES);
	if (cpu_features.xsave) {
		set_xcr0(pv->xcr0_accum | 3);
		__asm__ volatile("xsave64 (%0)" ::"r"(pv->xsave_area), "a"(~0u), "d"(~0u)
				 : "memory");
	} else {
		__asm__ volatile("fxsave64 (%0)" ::"r"(pv->xsave_area) : "memory");
	}
}

static void load(struct pv_vcpu *pv)
{
	static const u32 zero;
	int bad;

	perfc_inc(PERFC_FPU_LOADS);
	/*
	 * AMD's processors restore the addresses of the last x87 instruction and operand only with
	 * an exception pending (APM volume 2, 11.5.4): ours must stand there, not another guest's.
	 */
	if (cpu_features.amd)
		__asm__ volatile("fnclex; emms; fildl %0" ::"m"(zero));
	if (cpu_features.xsave) {
		set_xcr0(pv->xcr0_accum | 3);
		bad = hw_xrstor_safe(pv->xsave_area, ~0ULL);
	} else {
		bad = hw_fxrstor_safe(pv->xsave_area);
	}
	if (bad) {
		/*
		 * State that came from outside (a save file) and that the processor refuses: start
		 * afresh.
		 */
		area_reset(pv->xsave_area, area_size());
		if (cpu_features.xsave)
			hw_xrstor_safe(pv->xsave_area, ~0ULL);
		else
			hw_fxrstor_safe(pv->xsave_area);
	}
}

void fpu_switch_out(struct vcpu *v)
{
	__asm__ volatile("clts");
	save(v->pv);
	v->pv->fpu_cpu = hw_cpu_id();
	__atomic_store_n(&this_cpu(fpu_owner), v, __ATOMIC_RELAXED);
}

void fpu_switch_in(struct vcpu *v)
{
	__asm__ volatile("clts");
	if (this_cpu(fpu_owner) != v || v->pv->fpu_cpu != hw_cpu_id() || v->pv->fpu_replaced) {
		load(v->pv);
		v->pv->fpu_replaced = false;
	}
	if (cpu_features.xsave)
		set_xcr0(v->pv->xcr0);
}

void fpu_import_legacy(struct pv_vcpu *pv, const void *area)
{
	memcpy(pv->xsave_area, area, 512);
	/* Reserved bits of MXCSR would fault on loading. */
	((u8 *)pv->xsave_area)[26] = ((u8 *)pv->xsave_area)[27] = 0;
	if (cpu_features.xsave) {
		memset((u8 *)pv->xsave_area + 512, 0, 64);
		*(u64 *)((u8 *)pv->xsave_area + 512) = 3;
	}
	pv->fpu_replaced = true;
}

void fpu_export_legacy(const struct pv_vcpu *pv, void *area) { memcpy(area, pv->xsave_area, 512); }

u32 fpu_xsave_size(u64 components)
{
	u32 size = 576, r[4];

	for (u32 i = 2; i < 63; i++) {
		if (!(components & cpu_features.xcr0_mask & (1ULL << i)))
			continue;
		hw_cpuid(0xd, i, r);	/* eax size, ebx offset */
		size = max(size, r[0] + r[1]);
	}
	return min(size, (u32)area_size());
}

/*
 * Combinations that XSETBV takes: x87 always, AVX with SSE, the three of AVX-512 together and with
 * AVX.
 */
static bool xcr0_ok(u64 val)
{
	if (!(val & 1) || (val & ~cpu_features.xcr0_mask))
		return false;
	if ((val & 4) && !(val & 2))
		return false;
	return !(val & 0xe0) || (val & 0xe4) == 0xe4;
}

int fpu_set_xcr0(struct vcpu *v, u64 val)
{
	struct pv_vcpu *pv = v->pv;
	unsigned long flags;

	if (!cpu_features.xsave || !xcr0_ok(val))
		return -XEN_EINVAL;
	flags = hw_irq_save();
	if (val & ~pv->xcr0_accum) {
		/* Registers that are new to it still hold what another vCPU left in them. */
		__asm__ volatile("clts");
		save(pv);
		pv->xcr0_accum |= val;
		load(pv);
		if (pv->ctrlreg[0] & CR0_TS)
			hw_write_cr0(hw_read_cr0() | CR0_TS);
	}
	pv->xcr0 = val;
	set_xcr0(val);
	hw_irq_restore(flags);
	return 0;
}

int fpu_import_xsave(struct pv_vcpu *pv, u64 xcr0, u64 accum, const void *area, size_t size)
{
	const u64 *head = (const u64 *)((const u8 *)area + 512);

	if (!cpu_features.xsave || !xcr0_ok(xcr0) || !xcr0_ok(accum) || (xcr0 & ~accum) ||
	    size != fpu_xsave_size(accum))
		return -XEN_EINVAL;
	/* XSTATE_BV within what was ever on; standard form; reserved bytes of the header. */
	if (head[0] & ~(accum | 3))
		return -XEN_EINVAL;
	for (unsigned int i = 1; i < 8; i++)
		if (head[i])
			return -XEN_EINVAL;
	memset(pv->xsave_area, 0, area_size());
	memcpy(pv->xsave_area, area, size);
	pv->xcr0 = xcr0;
	pv->xcr0_accum = accum;
	pv->fpu_replaced = true;
	return 0;
}
