/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mca (arch_0): machine checks, for the domain that keeps the machine's error log.
 *
 * Dom0 fetches errors that were survived (hw/mca.c; VIRQ_MCA tells it) one by one, and learns which
 * processors there are.  A fatal one ends the hypervisor, so there are none of the urgent kind.
 * Injection and error MSRs are refused.
 */
#include <public/arch-x86/xen-mca.h>
#include <public/errno.h>
#include <xen/apic.h>
#include <xen/cpumask.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/mca.h>

static void describe_cpu(unsigned int cpu, struct mcinfo_logical_cpu *c)
{
	u32 r[4];

	memset(c, 0, sizeof(*c));
	c->mc_cpunr = cpu;
	c->mc_coreid = cpu;
	c->mc_apicid = cpu_apic_id[cpu];
	c->mc_ncores = c->mc_ncores_active = cpumask_count(&cpu_online_map);
	c->mc_nthreads = 1;
	hw_cpuid(0, 0, r);
	c->mc_cpuid_level = r[0];
	c->mc_family = cpu_features.family;
	c->mc_model = cpu_features.model;
	c->mc_step = cpu_features.stepping;
	str_copy(c->mc_vendorid, cpu_features.vendor, sizeof(c->mc_vendorid));
	str_copy(c->mc_brandid, cpu_features.brand, sizeof(c->mc_brandid));
	hw_cpuid(1, 0, r);
	c->mc_cpu_caps[0] = r[3];
	c->mc_cpu_caps[4] = r[2];
	c->mc_cache_alignment = (r[1] >> 8 & 255) * 8;
}

static long physcpuinfo(struct xen_mc_physcpuinfo *p)
{
	unsigned int cpu, n = 0;

	if (!handle_is_null(p->info)) {
		for_each_online_cpu(cpu) {
			struct mcinfo_logical_cpu c;

			if (n == p->ncpus)
				break;
			describe_cpu(cpu, &c);
			if (copy_to_guest_offset(p->info, n, &c, 1))
				return -XEN_EFAULT;
			n++;
		}
	}
	p->ncpus = cpumask_count(&cpu_online_map);
	return 0;
}

/* A record as the interface has it: what is true of the whole CPU, and one bank. */
static void describe_record(const struct mca_record *r, struct mc_info *info)
{
	struct mcinfo_global *g = (void *)info->mi_data;
	struct mcinfo_bank *b = (void *)(g + 1);

	memset(info, 0, sizeof(*info));
	info->mi_nentries = 2;
	*g = (struct mcinfo_global){
		.common = { MC_TYPE_GLOBAL, sizeof(*g) },
		.mc_domid = DOMID_INVALID,
		.mc_vcpuid = XEN_MC_VCPUID_INVALID,
		.mc_coreid = r->cpu,
		.mc_apicid = cpu_apic_id[r->cpu],
		.mc_flags = MC_FLAG_POLLED | (r->grade == MCA_CORRECTED ? MC_FLAG_CORRECTABLE :
									  MC_FLAG_UNCORRECTABLE),
	};
	*b = (struct mcinfo_bank){
		.common = { MC_TYPE_BANK, sizeof(*b) },
		.mc_bank = r->bank,
		.mc_domid = DOMID_INVALID,
		.mc_status = r->status,
		.mc_addr = r->address,
		.mc_misc = r->misc,
		.mc_tsc = r->tsc,
	};
}
BUILD_CHECK(sizeof(struct mcinfo_global) + sizeof(struct mcinfo_bank) <= MCINFO_MAXSIZE - 8);

static long fetch(struct xen_mc_fetch *f)
{
	u32 kind = f->flags & (XEN_MC_URGENT | XEN_MC_NONURGENT);
	struct mca_record r;
	struct mc_info info;

	if (kind != XEN_MC_URGENT && kind != XEN_MC_NONURGENT)
		return -XEN_EINVAL;
	if (f->flags & XEN_MC_ACK) {
		if (kind == XEN_MC_NONURGENT)
			mca_drop(f->fetch_id);
		f->flags = XEN_MC_OK;
		return 0;
	}
	f->fetch_id = 0;
	f->flags = XEN_MC_NODATA;
	if (kind == XEN_MC_URGENT || !mca_oldest(&r))
		return 0;
	describe_record(&r, &info);
	if (copy_to_guest_offset(f->data, 0, &info, 1))
		return -XEN_EFAULT;
	f->fetch_id = r.id;
	f->flags = XEN_MC_OK;
	return 0;
}

long do_mca(u64 arg)
{
	struct xen_mc op;
	long rc = 0;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return -XEN_EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -XEN_EACCES;
	switch (op.cmd) {
	case XEN_MC_fetch:
		rc = fetch(&op.u.mc_fetch);
		break;
	case XEN_MC_physcpuinfo:
		rc = physcpuinfo(&op.u.mc_physcpuinfo);
		break;
	case XEN_MC_notifydomain:
		return -XEN_EINVAL;
	default:
		return -XEN_ENOSYS;
	}
	return rc ? rc : copy_to_guest_raw(arg, &op, sizeof(op)) ? -XEN_EFAULT : 0;
}
