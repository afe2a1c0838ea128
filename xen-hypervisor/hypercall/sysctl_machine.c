/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl: what the machine consists of: CPUs, their topology, memory, nodes.  The machine is one
 * NUMA node here.
 *
 * Topology comes from the APIC ids: low bits number the threads of a core, the next ones the cores
 * of a socket, by the widths that CPUID tells (Intel SDM volume 3, "Determining the processor
 * topology"; AMD APM volume 3, appendix E).
 */
#include <public/sysctl.h>
#include <xen/apic.h>
#include <xen/boot.h>
#include <xen/cpumask.h>
#include <xen/cpupolicy.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/time.h>

/* --- topology --- */

struct widths {
	unsigned int thread_bits, package_bits;
}; /* of an APIC id */

static unsigned int bits_for(u32 n)
{
	unsigned int bits = 0;

	while (bits < 31 && 1u << bits < n)
		bits++;
	return bits;
}

/*
 * Leaf 0xb: one level a subleaf, type 1 threads, 2 cores; eax how far to shift away what is inside
 * the level.
 */
static bool widths_from_leaf_b(struct widths *w)
{
	u32 r[4];

	hw_cpuid(0, 0, r);
	if (r[0] < 0xb)
		return false;
	for (u32 sub = 0; sub < 8; sub++) {
		hw_cpuid(0xb, sub, r);
		if (!(r[1] & 0xffff))
			break;
		if ((r[2] >> 8 & 0xff) == 1)
			w->thread_bits = r[0] & 31;
		w->package_bits = r[0] & 31;
	}
	return w->package_bits != 0;
}

static void widths_from_old_leaves(struct widths *w)
{
	u32 r[4], ext[4], logical, cores = 1;

	hw_cpuid(1, 0, r);
	logical = r[3] >> 28 & 1 ? r[1] >> 16 & 0xff : 1;
	hw_cpuid(0, 0, r);
	hw_cpuid(0x80000000, 0, ext);
	if (cpu_features.amd && ext[0] >= 0x80000008) {
		hw_cpuid(0x80000008, 0, r);
		cores = (r[2] & 0xff) + 1;
		w->package_bits = r[2] >> 12 & 15 ? r[2] >> 12 & 15 : bits_for(cores);
		w->thread_bits = 0;
		return;
	}
	if (r[0] >= 4) {
		hw_cpuid(4, 0, r);
		if (r[0] & 31)
			cores = (r[0] >> 26) + 1;
	}
	w->package_bits = bits_for(max(logical, cores));
	w->thread_bits = w->package_bits - bits_for(cores);
}

static struct widths topology(void)
{
	struct widths w = {0, 0};

	if (!widths_from_leaf_b(&w))
		widths_from_old_leaves(&w);
	return w;
}

static u32 cpu_socket(const struct widths *w, unsigned int cpu)
{
	return cpu_apic_id[cpu] >> w->package_bits;
}
static u32 cpu_core(const struct widths *w, unsigned int cpu)
{
	return (cpu_apic_id[cpu] & ((1u << w->package_bits) - 1)) >> w->thread_bits;
}

/* CPUs that are in the boot CPU's core, or in its socket. */
static u32 siblings(const struct widths *w, bool of_core)
{
	unsigned int cpu;
	u32 n = 0;

	for_each_online_cpu(cpu) n += cpu_socket(w, cpu) == cpu_socket(w, 0) &&
				      (!of_core || cpu_core(w, cpu) == cpu_core(w, 0));
	return max(n, 1u);
}

static u32 last_cpu(void)
{
	unsigned int cpu, last = 0;

	for_each_online_cpu(cpu) last = cpu;
	return last;
}

long sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;
	struct widths w = topology();

	memset(p, 0, sizeof(*p));
	p->threads_per_core = siblings(&w, true);
	p->cores_per_socket = max(siblings(&w, false) / p->threads_per_core, 1u);
	p->nr_cpus = cpumask_count(&cpu_online_map);
	p->max_cpu_id = last_cpu();
	p->nr_nodes = 1;
	p->max_node_id = 0;
	p->cpu_khz = (u32)hw_time_tsc_khz();
	p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	p->total_pages = boot_ram_pages();
	p->free_pages = heap_free_count();
	p->scrub_pages = heap_dirty_count();
	p->outstanding_pages = heap_claimed_count();
	p->max_mfn = frame_count - 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(p->hw_cap); i++)
		p->hw_cap[i] = cpu_feature_word(NULL, i);
	return 0;
}

/*
 * How many records the tools get: what is there, or what they have room for.  Null handle: they
 * only ask.
 */
static u32 records(u32 room, u32 there, bool asks) { return asks ? 0 : min(room, there); }

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
	u32 there = last_cpu() + 1, n = records(t->num_cpus, there, handle_is_null(t->cputopo));
	struct widths w = topology();

	if (!handle_is_null(t->cputopo) && t->num_cpus < there) {
		t->num_cpus = there;
		return -XEN_ENOBUFS;
	}
	for (u32 i = 0; i < n; i++) {
		struct xen_sysctl_cputopo c = {XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID,
					       XEN_INVALID_NODE_ID};

		if (cpumask_test(&cpu_online_map, i))
			c = (struct xen_sysctl_cputopo){cpu_core(&w, i), cpu_socket(&w, i), 0};
		if (copy_to_guest_offset(t->cputopo, i, &c, 1))
			return -XEN_EFAULT;
	}
	t->num_cpus = there;
	return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *c = &op->u.getcpuinfo;
	u32 n = min(c->max_cpus, last_cpu() + 1);

	for (u32 i = 0; i < n; i++) {
		struct vcpu *idle = domain_vcpu(idle_domain, i);
		struct xen_sysctl_cpuinfo info = {.idletime = idle ? vcpu_cpu_time(idle) : 0};

		if (copy_to_guest_offset(c->info, i, &info, 1))
			return -XEN_EFAULT;
	}
	c->nr_cpus = n;
	return 0;
}

/* --- memory and nodes --- */

long sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;

	if (a->node > 0)
		return -XEN_EINVAL;
	/* The heap keeps no books by address width. */
	if (a->min_bitwidth || (a->max_bitwidth && a->max_bitwidth < page_paddr_bits))
		return -XEN_EOPNOTSUPP;
	a->avail_bytes = heap_free_count() << PAGE_SHIFT;
	return 0;
}

long sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *i = &op->u.numainfo;
	struct xen_sysctl_meminfo m = {
		.memsize = heap_total_count() << PAGE_SHIFT,
		.memfree = heap_free_count() << PAGE_SHIFT,
	};
	u32 distance = 10; /* of a node to itself, by the ACPI specification */

	if (i->num_nodes < 1 && !(handle_is_null(i->meminfo) && handle_is_null(i->distance))) {
		i->num_nodes = 1;
		return -XEN_ENOBUFS;
	}
	if (!handle_is_null(i->meminfo) && copy_to_guest(i->meminfo, &m, 1))
		return -XEN_EFAULT;
	if (!handle_is_null(i->distance) && copy_to_guest(i->distance, &distance, 1))
		return -XEN_EFAULT;
	i->num_nodes = 1;
	return 0;
}

/* Which node each device is near: there is only one. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_pcitopoinfo *p = &op->u.pcitopoinfo;
	u32 node = 0;

	if (handle_is_null(p->devs) || handle_is_null(p->nodes))
		return -XEN_EINVAL;
	if (p->num_devs > 65536)
		return -XEN_E2BIG;
	for (u32 i = 0; i < p->num_devs; i++)
		if (copy_to_guest_offset(p->nodes, i, &node, 1))
			return -XEN_EFAULT;
	return 0;
}
