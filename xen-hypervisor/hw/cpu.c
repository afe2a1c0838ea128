/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processor can do, and the control registers the hypervisor runs with.
 *
 * Features are read once, on the boot CPU.  A CPU that comes up later must have what the first has;
 * it is refused otherwise (smp.c).
 */
#include <xen/cmdline.h>
#include <xen/cpumask.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/percpu.h>

struct cpu_features cpu_features;
bool hw_pcid;
u64 hw_cr3_kernel_bits;
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

static void detect_identity(void)
{
	struct cpu_features *f = &cpu_features;
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

static void detect_features(void)
{
	struct cpu_features *f = &cpu_features;
	u32 r[4], max;

	hw_cpuid(0, 0, r);
	max = r[0];
	hw_cpuid(1, 0, r);
	f->pge = r[3] >> 13 & 1;
	f->pcid = r[2] >> 17 & 1;
	f->x2apic = r[2] >> 21 & 1;
	f->tsc_deadline = r[2] >> 24 & 1;
	f->xsave = r[2] >> 26 & 1;
	f->vmx = r[2] >> 5 & 1;
	f->mwait = r[2] >> 3 & 1;
	if (max >= 7) {
		hw_cpuid(7, 0, r);
		f->fsgsbase = r[1] & 1;
		f->smep = r[1] >> 7 & 1;
		f->invpcid = r[1] >> 10 & 1;
		f->smap = r[1] >> 20 & 1;
		f->umip = r[2] >> 2 & 1;
		f->pku = r[2] >> 3 & 1;
		f->la57 = r[2] >> 16 & 1;
	}
	if (max >= 6) {
		hw_cpuid(6, 0, r);
		f->arat = r[0] >> 2 & 1;
	}
	hw_cpuid(0x80000001, 0, r);
	f->svm = r[2] >> 2 & 1;
	f->pse1g = r[3] >> 26 & 1;
	f->rdtscp = r[3] >> 27 & 1;
	hw_cpuid(0x80000000, 0, r);
	if (r[0] >= 0x80000007) {
		hw_cpuid(0x80000007, 0, r);
		f->invariant_tsc = r[3] >> 8 & 1;
	}
	f->xsave_size = 512;
	if (f->xsave) {
		hw_cpuid(0xd, 0, r);
		/*
		 * x87, SSE, AVX, AVX-512; PKRU follows CR4.PKE and bound registers are gone from
		 * processors.
		 */
		f->xcr0_mask = (r[0] | (u64)r[3] << 32) & 0xe7;
		f->xsave_size = r[2];
	}
}

void hw_cpu_detect(void)
{
	struct cpu_features *f = &cpu_features;

	detect_identity();
	detect_features();
	hw_pcid = opt_pcid && f->pcid && f->invpcid;
	hw_cr3_kernel_bits = hw_pcid ? PCID_GUEST_KERNEL | CR3_KEEP : 0;
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
