/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a paravirtual guest sees of the processor: CPUID through the forced-emulation prefix, and
 * MSRs.
 *
 * A feature is shown only if it is listed here as working for a guest in ring 3 under direct
 * paging; everything new in a processor is hidden until somebody has thought about it.
 */
#include <public/arch-x86/cpuid.h>
#include <public/errno.h>
#include <xen/cpupolicy.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pv-guest.h>
#include <xen/time.h>

#define BIT(n) (1u << (n))

/*
 * leaf 1 edx: FPU DE TSC MSR PAE MCE CX8 APIC MCA CMOV PAT CLFLUSH MMX FXSR SSE SSE2 SS HTT (no
 * VME, PSE, PGE, MTRR, SEP)
 */
#define L1_EDX (BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(14) | \
		BIT(15) | BIT(16) | BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26) | BIT(27) | \
		BIT(28))
/* leaf 1 ecx: SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND */
#define L1_ECX (BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | \
		BIT(23) | BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
#define ECX_HYPERVISOR BIT(31)
/*
 * leaf 7 ebx: FSGSBASE BMI1 AVX2 FDP BMI2 ERMS FCS AVX512F DQ RDSEED ADX IFMA CLFLUSHOPT CLWB CD
 * SHA BW VL
 */
#define L7_EBX (BIT(0) | BIT(3) | BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(13) | BIT(16) | \
		BIT(17) | BIT(18) | BIT(19) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) | \
		BIT(30) | BIT(31))
/* ecx: VBMI VBMI2 GFNI VAES VPCLMUL VNNI BITALG VPOPCNTDQ */
#define L7_ECX (BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14))
/* edx: 4VNNIW 4FMAPS FSRM MD_CLEAR */
#define L7_EDX (BIT(2) | BIT(3) | BIT(4) | BIT(10))
/* 0x80000001 edx: SYSCALL NX MMXEXT FFXSR LM 3DNOW* and the copies of leaf 1; no PAGE1GB; RDTSCP */
#define E1_EDX (BIT(11) | BIT(20) | BIT(22) | BIT(25) | BIT(27) | BIT(29))
/* ecx: LAHF CMP_LEGACY ABM SSE4A MISALIGN 3DNOWPREFETCH XOP FMA4 TBM */
#define E1_ECX (BIT(0) | BIT(1) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(11) | BIT(16) | BIT(21))

static void cpuid_1(struct vcpu *v, u32 *r)
{
	/*
	 * Each virtual CPU is a package of its own as far as its APIC id says: ids of two apart, as
	 * for cores with two threads.
	 */
	r[1] = (r[1] & 0x0000ffff) | 1 << 16 | (v->id * 2) << 24;
	r[2] = (r[2] & L1_ECX) | ECX_HYPERVISOR;
	if (v->pv->ctrlreg[4] & CR4_OSXSAVE)
		r[2] |= BIT(27);
	r[3] &= L1_EDX;
}

static void cpuid_7(struct vcpu *v, u32 sub, u32 *r)
{
	if (sub) {
		memset(r, 0, 16);
		return;
	}
	r[0] = 0;
	r[1] &= L7_EBX;
	r[2] &= L7_ECX;
	r[3] &= L7_EDX;
}

static void cpuid_xstate(struct vcpu *v, u32 sub, u32 *r)
{
	u64 mask = cpu_features.xcr0_mask;

	switch (sub) {
	case 0:
		r[0] = mask;
		r[3] = mask >> 32;
		r[2] = cpu_features.xsave_size;
		return;
	case 1:
		/* XSAVEOPT, XGETBV with ecx 1; compacted and supervisor forms are not offered */
		r[0] &= 1 | 4;
		r[1] = r[2] = r[3] = 0;
		return;
	default:
		if (sub > 62 || !(mask >> sub & 1))
			memset(r, 0, 16);
		return;
	}
}

/* The hypervisor's own leaves (public/arch-x86/cpuid.h). */
static void cpuid_xen(struct vcpu *v, u32 leaf, u32 *r)
{
	memset(r, 0, 16);
	switch (leaf - XEN_CPUID_FIRST_LEAF) {
	case 0:
		r[0] = XEN_CPUID_FIRST_LEAF + 5;
		r[1] = 0x566e6558;	/* "XenVMMXenVMM" */
		r[2] = 0x65584d4d;
		r[3] = 0x4d4d566e;
		break;
	case 1:
		r[0] = 4 << 16 | 17;
		break;
	case 2:
		r[0] = 1;		/* hypercall pages */
		r[1] = 0x40000000;	/* the MSR that fills one */
		r[2] = 1;		/* MMU_PT_UPDATE_PRESERVE_AD */
		break;
	case 3:
		r[1] = 0;		/* TSC mode: native */
		r[2] = hw_time_tsc_khz();
		break;
	case 5:
		r[1] = cpu_features.phys_bits; /* bits of a machine address */
		break;
	default:
		break;
	}
}

void pv_cpuid(struct vcpu *v, u32 leaf, u32 sub, u32 *r)
{
	u32 max[4];

	if (leaf >= 0x40000000 && leaf < 0x40000100) {
		cpuid_xen(v, leaf, r);
		return;
	}
	hw_cpuid(leaf & 0x80000000, 0, max);
	if (leaf > max[0] || (leaf & 0x7fffff00)) {
		memset(r, 0, 16);
		return;
	}
	hw_cpuid(leaf, sub, r);
	switch (leaf) {
	case 0:
		r[0] = min(r[0], 0xdu);
		break;
	case 1:
		cpuid_1(v, r);
		break;
	case 2:
		break;
	case 4:
		r[0] &= ~0xfffc000u; /* nothing is shared with other virtual CPUs */
		break;
	case 7:
		cpuid_7(v, sub, r);
		break;
	case 0xd:
		cpuid_xstate(v, sub, r);
		break;
	case 0x80000001:
		r[2] &= E1_ECX;
		r[3] &= E1_EDX | (cpu_features.amd ? L1_EDX & 0x0183f3ff : 0);
		break;
	case 0x80000000:
		r[0] = min(r[0], 0x80000008u);
		break;
	case 0x80000002 ... 0x80000006:
		break;
	case 0x80000007:
		r[0] = r[1] = r[2] = 0;
		r[3] &= BIT(8); /* invariant TSC */
		break;
	case 0x80000008:
		r[1] &= BIT(0) | BIT(9); /* CLZERO, WBNOINVD */
		r[2] = r[3] = 0;
		break;
	default:
		/*
		 * Monitor, thermal, performance counters, topology, memory encryption and all that
		 * is unknown.
		 */
		memset(r, 0, 16);
		break;
	}
	pv_cpuid_hide(v, leaf, sub, r);
}

int pv_rdmsr(struct vcpu *v, u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_FS_BASE: case MSR_GS_BASE: case MSR_KERNEL_GS_BASE:
		*val = hw_rdmsr(msr);
		return 0;
	case MSR_EFER:
		*val = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
		return 0;
	case MSR_PAT:
		*val = hw_rdmsr(MSR_PAT);
		return 0;
	case MSR_TSC:
		*val = hw_rdtsc();
		return 0;
	case MSR_TSC_AUX:
		*val = v->pv->tsc_aux;
		return 0;
	case MSR_APIC_BASE:
		/*
		 * What the kernel looks for is the boot-processor bit; the APIC itself is not the
		 * guest's.
		 */
		*val = 0xfee00000 | (v->id == 0 ? 1 << 8 : 0);
		return 0;
	case MSR_MISC_ENABLE:
		/* Branch trace and event sampling unavailable. */
		*val = 1 << 0 | 1 << 11 | 1 << 12;
		return cpu_features.intel ? 0 : -XEN_EPERM;
	case 0x8b: /* microcode revision */
		return hw_rdmsr_safe(msr, val) ? -XEN_EPERM : 0;
	case 0x179: /* machine check: no banks */
	case 0x17a:
		*val = 0;
		return 0;
	default:
		log_guest(LOG_DEBUG, "read of MSR %#x refused", msr);
		return -XEN_EPERM;
	}
}

int pv_wrmsr(struct vcpu *v, u32 msr, u64 val)
{
	switch (msr) {
	case MSR_FS_BASE: case MSR_GS_BASE: case MSR_KERNEL_GS_BASE:
		if ((u64)((s64)(val << 16) >> 16) != val)
			return -XEN_EINVAL;
		hw_wrmsr(msr, val);
		return 0;
	case MSR_TSC_AUX:
		if (val >> 32)
			return -XEN_EINVAL;
		v->pv->tsc_aux = val;
		if (cpu_features.rdtscp)
			hw_wrmsr(MSR_TSC_AUX, val);
		return 0;
	case MSR_EFER:
		return val == (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE) ? 0 : -XEN_EPERM;
	case 0x8b:
		return 0; /* written before the microcode revision is read */
	case MSR_PAT:
		return val == hw_rdmsr(MSR_PAT) ? 0 : -XEN_EPERM;
	case 0x40000000:
		/* Low bits: which of the pages that CPUID counts; there is one. */
		return val & (PAGE_SIZE - 1) ? -XEN_EINVAL :
					       pv_init_hypercall_page(v->domain, val >> PAGE_SHIFT);
	default:
		log_guest(LOG_DEBUG, "write of MSR %#x refused", msr);
		return -XEN_EPERM;
	}
}
