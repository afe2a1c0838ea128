/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake machine: memory, CPUs, per-CPU variables, TLB flushes and calls between CPUs.
 * Relies on the C library and the linker's section bounds; every host test relies on it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <hw/host.h>
#include <xen/page.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/pv.h>
#include <xen/smp.h>
#include <xen/lib.h>

_Thread_local struct cpu_info host_cpu_info;
unsigned long hw_percpu_offsets[NR_CPUS];
struct page_info *host_frame_table;
void *host_direct_map;
u64 *host_m2p;
u64 frame_count;
cpumask_t cpu_online_map;
unsigned long host_flushes, host_ipis;

/* Weak: a test may have no per-CPU variable at all. */
extern char __start_host_percpu[] __attribute__((weak));
extern char __stop_host_percpu[] __attribute__((weak));

static void *map_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("host machine: mmap");
		exit(2);
	}
	return p;
}

void host_machine_init(u64 nr_frames, unsigned int nr_cpus)
{
	size_t size = __stop_host_percpu - __start_host_percpu;

	frame_count = nr_frames;
	host_frame_table = map_memory(nr_frames * sizeof(struct page_info));
	host_direct_map = map_memory(nr_frames << PAGE_SHIFT);
	host_m2p = map_memory(nr_frames * sizeof(u64));
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		cpumask_set(&cpu_online_map, cpu);
		if (cpu && size) {
			char *copy = map_memory(ROUND_UP(size, PAGE_SIZE));

			memcpy(copy, __start_host_percpu, size);
			hw_percpu_offsets[cpu] = copy - __start_host_percpu;
		}
	}
	host_cpu_start(0, NULL);
}

void host_cpu_start(unsigned int cpu, struct vcpu *v)
{
	host_cpu_info.cpu = cpu;
	host_cpu_info.vcpu = v;
	host_cpu_info.percpu_offset = hw_percpu_offsets[cpu];
	host_cpu_info.irqs_off = false;
}

/* Weak: the test of hw/calls.c has the real one. */
void __attribute__((weak)) smp_call_why(enum perfc why, const cpumask_t *mask, void (*fn)(void *),
					void *arg, bool wait)
{
	unsigned int cpu, self = host_cpu_info.cpu;

	/*
	 * The caller plays the other CPUs: good enough for functions that touch only per-CPU state.
	 */
	for_each_cpu(cpu, mask) {
		__atomic_fetch_add(&host_ipis, cpu != self, __ATOMIC_RELAXED);
		host_cpu_info.cpu = cpu;
		host_cpu_info.percpu_offset = hw_percpu_offsets[cpu];
		fn(arg);
	}
	host_cpu_info.cpu = self;
	host_cpu_info.percpu_offset = hw_percpu_offsets[self];
}

void __attribute__((weak)) hw_smp_kick(unsigned int cpu) { }

/* Threads come and go: each sees its own counters. */
const u32 *__attribute__((weak)) hw_perfc_of(unsigned int cpu)
{
	return cpu == host_cpu_info.cpu ? host_cpu_info.perfc : NULL;
}

static void count_flush(void) { __atomic_fetch_add(&host_flushes, 1, __ATOMIC_RELAXED); }

void hw_tlb_flush_local(void)
{
	u64 t = tlb_flush_begin();

	count_flush();
	tlb_flush_end(t);
}
void hw_tlb_flush_local_all(void) { hw_tlb_flush_local(); }
void hw_tlb_flush_local_page(u64 va) { count_flush(); }

/* Recognisable entries in the hypervisor's slots, which the checkers look for. */
void hw_fill_hv_slots(u64 *l4)
{
	for (unsigned int i = HV_FIRST_SLOT; i <= HV_LAST_SLOT; i++)
		l4[i] = 0xdead000000000000ULL | i << 12;
}
