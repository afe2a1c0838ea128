/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform_op: what dom0 may know and say of the machine's processors.
 */
#include <public/errno.h>
#include <public/platform.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/domain.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/time.h>

static unsigned int highest_cpu(void)
{
	unsigned int cpu, last = 0;

	for_each_online_cpu(cpu)
		last = cpu;
	return last;
}

static bool is_online(u32 cpu) { return cpu < NR_CPUS && cpumask_test(&cpu_online_map, cpu); }

static u32 acpi_id_of(u32 apic_id)
{
	for (unsigned int i = 0; i < acpi_info.nr_cpus; i++)
		if (acpi_info.apic_id[i] == apic_id)
			return acpi_info.acpi_id[i];
	return ~0u;
}

int platform_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *info = &op->u.pcpu_info;

	info->max_present = highest_cpu();
	if (!is_online(info->xen_cpuid)) {
		info->flags = XEN_PCPU_FLAGS_INVALID;
		return 0;
	}
	info->flags = XEN_PCPU_FLAGS_ONLINE;
	info->apic_id = cpu_apic_id[info->xen_cpuid];
	info->acpi_id = acpi_id_of(info->apic_id);
	return 0;
}

/* All processors are of one kind, or the others were left out at boot. */
int platform_get_cpu_version(struct xen_platform_op *op)
{
	struct xenpf_pcpu_version *v = &op->u.pcpu_version;

	v->max_present = highest_cpu();
	memset(v->vendor_id, 0, sizeof(v->vendor_id));
	if (is_online(v->xen_cpuid)) {
		memcpy(v->vendor_id, cpu_features.vendor, sizeof(v->vendor_id));
		v->family = cpu_features.family;
		v->model = cpu_features.model;
		v->stepping = cpu_features.stepping;
	} else {
		v->family = v->model = v->stepping = 0;
	}
	return 0;
}

int platform_cpu_online(struct xen_platform_op *op)
{
	u32 cpu = op->u.cpu_ol.cpuid;

	return cpu >= NR_CPUS ? -XEN_EINVAL : is_online(cpu) ? 0 : -XEN_EOPNOTSUPP;
}

int platform_cpu_offline(struct xen_platform_op *op)
{
	if (!is_online(op->u.cpu_ol.cpuid))
		return -XEN_EINVAL;
	log_notice("platform: processor %u stays on: taking processors off line is not supported "
		   "(maxcpus= limits them at boot)",
		   op->u.cpu_ol.cpuid);
	return -XEN_EOPNOTSUPP;
}

int platform_getidletime(struct xen_platform_op *op)
{
	struct xenpf_getidletime *g = &op->u.getidletime;
	u8 map[NR_CPUS / 8] = { 0 };
	u32 nr = min(g->cpumap_nr_cpus, (u32)NR_CPUS), bytes = DIV_ROUND_UP(nr, 8);

	if (copy_from_guest_raw(map, handle_va(g->cpumap_bitmap), bytes))
		return -XEN_EFAULT;
	g->now = time_now();
	for (u32 cpu = 0; cpu < nr; cpu++) {
		struct vcpu *idle = is_online(cpu) ? domain_vcpu(idle_domain, cpu) : NULL;
		u64 ns;

		if (!(map[cpu / 8] >> (cpu & 7) & 1))
			continue;
		if (!idle) {
			map[cpu / 8] &= ~(1u << (cpu & 7));
			continue;
		}
		ns = vcpu_cpu_time(idle);
		if (copy_to_guest_raw(handle_va(g->idletime) + 8ULL * cpu, &ns, sizeof(ns)))
			return -XEN_EFAULT;
	}
	return copy_to_guest_raw(handle_va(g->cpumap_bitmap), map, bytes) ? -XEN_EFAULT : 0;
}

/*
 * Power states as dom0 read them from ACPI's code.  Idle processors use HLT and the firmware's
 * choice of frequency, so the states are accepted and not used; what a processor could do (PDC) is
 * left as dom0 asked, without anything added.
 */
int platform_set_pminfo(struct xen_platform_op *op)
{
	switch (op->u.set_pminfo.type) {
	case XEN_PM_CX:
	case XEN_PM_PX:
	case XEN_PM_PDC:
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

int platform_core_parking(struct xen_platform_op *op)
{
	switch (op->u.core_parking.type) {
	case XEN_CORE_PARKING_GET:
		op->u.core_parking.idle_nums = 0;
		return 0;
	case XEN_CORE_PARKING_SET:
		/* None can be parked; that none is to be parked is true already. */
		return op->u.core_parking.idle_nums ? -XEN_EOPNOTSUPP : 0;
	default:
		return -XEN_EINVAL;
	}
}
