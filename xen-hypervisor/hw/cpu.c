/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processor can do, and the control registers the hypervisor runs with.
 *
 * Features are read once, on the boot CPU, and then used on every CPU.  One that comes up later
 * says whether it has them all (hw_cpu_lacks()) and is refused otherwise (smp.c).
 */
#include <xen/cmdline.h>
#include <xen/cpumask.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/percpu.h>

struct cpu_features cpu_features;
bool hw_pcid;
u64 hw_cr3_kernel_bits, hw_cr3_user_bits;
static u64 cr4_base;

static bool opt_pcid = true;
static int parse_pcid(const char *value)
{
	static const char *const off[] = {"no", "off", "false", "0"};

	for (unsigned int i = 0; i < ARRAY_SIZE(off); i++)
		if (!strcmp(value, off[i]))
			opt_pcid = false;
	return 0;
}
DECLARE_OPTION("pcid", parse_pcid, "no: do not use process-context identifiers");

static void detect_identity(struct cpu_features *f)
{
	u32 r[4], max_ext;

	hw_cpuid(0, 0, r);
	memcpy(f->vendor, &r[1], 4);
	memcpy(f->vendor + 4, &r[3], 4);
	memcpy(f->vendor + 8, &r[2], 4);
	f->intel = !strcmp(f->vendor, "GenuineIntel");
	f->amd = !strcmp(f->vendor, "AuthenticAMD") || !strcmp(f->vendor, "HygonGenuine");
	hw_cpuid(1, 0, r);
	f->stepping = r[0] & 15;
	f->family = (r[0] >> 8) & 15;
	f->model = ((r[0] >> 4) & 15) | ((r[0] >> 12) & 0xf0);
	if (f->family == 15)
		f->family += (r[0] >> 20) & 255;
	hw_cpuid(0x80000000, 0, r);
	max_ext = r[0];
	for (u32 i = 0; max_ext >= 0x80000004 && i < 3; i++) {
		hw_cpuid(0x80000002 + i, 0, r);
		memcpy(f->brand + 16 * i, r, 16);
	}
	f->phys_bits = 36;
	f->virt_bits = 48;
	if (max_ext >= 0x80000008) {
		hw_cpuid(0x80000008, 0, r);
		f->phys_bits = r[0];
		f->virt_bits = r[0] >> 8;
	}
}

/* The words of CPUID; r[] of leaves that the processor does not have are not looked at. */
static void read_words(u32 *w)
{
	u32 r[4], max, max_ext;

	hw_cpuid(0, 0, r);
	max = r[0];
	hw_cpuid(0x80000000, 0, r);
	max_ext = r[0];
	hw_cpuid(1, 0, r);
	w[CPUID_1_ECX] = r[2];
	w[CPUID_1_EDX] = r[3];
	if (max >= 7) {
		hw_cpuid(7, 0, r);
		w[CPUID_7_EBX] = r[1];
		w[CPUID_7_ECX] = r[2];
		w[CPUID_7_EDX] = r[3];
	}
	hw_cpuid(0x80000001, 0, r);
	w[CPUID_E1_ECX] = r[2];
	w[CPUID_E1_EDX] = r[3];
	if (max_ext >= 0x80000007) {
		hw_cpuid(0x80000007, 0, r);
		w[CPUID_E7_EDX] = r[3];
	}
	if (max_ext >= 0x80000008) {
		hw_cpuid(0x80000008, 0, r);
		w[CPUID_E8_EBX] = r[1];
	}
}

static void detect_state(struct cpu_features *f)
{
	u32 r[4];

	f->xsave_size = 512;
	if (!f->xsave)
		return;
	hw_cpuid(0xd, 0, r);
	/*
	 * x87, SSE, AVX, AVX-512; PKRU follows CR4.PKE and bound registers are gone from
	 * processors.
	 */
	f->xcr0_mask = (r[0] | (u64)r[3] << 32) & 0xe7;
	f->xsave_size = r[2];
}

static void detect_features(struct cpu_features *f)
{
	u32 *w = f->words, r[4];

	read_words(w);
	f->pge = w[CPUID_1_EDX] >> 13 & 1;
	f->pcid = w[CPUID_1_ECX] >> 17 & 1;
	f->x2apic = w[CPUID_1_ECX] >> 21 & 1;
	f->tsc_deadline = w[CPUID_1_ECX] >> 24 & 1;
	f->xsave = w[CPUID_1_ECX] >> 26 & 1;
	f->vmx = w[CPUID_1_ECX] >> 5 & 1;
	f->mwait = w[CPUID_1_ECX] >> 3 & 1;
	f->fsgsbase = w[CPUID_7_EBX] & 1;
	f->smep = w[CPUID_7_EBX] >> 7 & 1;
	f->invpcid = w[CPUID_7_EBX] >> 10 & 1;
	f->smap = w[CPUID_7_EBX] >> 20 & 1;
	f->umip = w[CPUID_7_ECX] >> 2 & 1;
	f->pku = w[CPUID_7_ECX] >> 3 & 1;
	f->la57 = w[CPUID_7_ECX] >> 16 & 1;
	f->svm = w[CPUID_E1_ECX] >> 2 & 1;
	f->pse1g = w[CPUID_E1_EDX] >> 26 & 1;
	f->rdtscp = w[CPUID_E1_EDX] >> 27 & 1;
	f->invariant_tsc = w[CPUID_E7_EDX] >> 8 & 1;
	hw_cpuid(0, 0, r);
	if (r[0] >= 6) {
		hw_cpuid(6, 0, r);
		f->arat = r[0] >> 2 & 1;
	}
	detect_state(f);
}

const char *hw_cpu_lacks(void)
{
	struct cpu_features own = { 0 };

	detect_identity(&own);
	detect_features(&own);
	/* Switched off: not in use. */
	if (!hw_pcid) {
		own.words[CPUID_1_ECX] |= 1u << 17;
		own.words[CPUID_7_EBX] |= 1u << 10;
	}
	return cpu_features_lack(&cpu_features, &own);
}

void hw_cpu_detect(void)
{
	struct cpu_features *f = &cpu_features;

	detect_identity(f);
	detect_features(f);
	hw_pcid = opt_pcid && f->pcid && f->invpcid;
	hw_cr3_kernel_bits = hw_pcid ? PCID_GUEST_KERNEL | CR3_KEEP : 0;
	hw_cr3_user_bits = hw_pcid ? PCID_GUEST_USER | CR3_KEEP : 0;
	cr4_base = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_MCE | CR4_DE |
		   (f->pge ? CR4_PGE : 0) | (f->smep ? CR4_SMEP : 0) | (f->smap ? CR4_SMAP : 0) |
		   (f->umip ? CR4_UMIP : 0) | (f->xsave ? CR4_OSXSAVE : 0) |
		   (f->fsgsbase ? CR4_FSGSBASE : 0) | (hw_pcid ? CR4_PCIDE : 0);
	log_notice("cpu: %s family %#x model %#x stepping %u, %s", f->vendor, f->family, f->model,
		   f->stepping, f->brand);
	log_notice("cpu: %u physical address bits; on:%s%s%s%s%s%s%s", f->phys_bits,
		   f->pge ? " PGE" : "", f->smep ? " SMEP" : "", f->smap ? " SMAP" : "",
		   f->umip ? " UMIP" : "", f->xsave ? " XSAVE" : "", f->fsgsbase ? " FSGSBASE" : "",
		   hw_pcid ? " PCID" : "");
}

u64 hw_cr4_base(void) { return cr4_base; }

void hw_cpu_init(void)
{
	/* The page attribute table of the ABI: WB, WT, UC-, UC, WC, WP, UC, UC. */
	hw_wrmsr(MSR_PAT, 0x0000050100070406ULL);
	/*
	 * PCIDE may be set only while CR3 names identifier 0, as both ways of getting here make it.
	 */
	hw_write_cr4(cr4_base);
	hw_cpu_info()->cr4 = cr4_base;
	hw_write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	if (cpu_features.xsave)
		hw_xsetbv_safe(0, cpu_features.xcr0_mask);
	if (cpu_features.rdtscp)
		hw_wrmsr(MSR_TSC_AUX, 0);
}
