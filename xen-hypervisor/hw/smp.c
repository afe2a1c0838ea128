/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other processors: starting them.  Calling functions on them is hw/calls.c's.
 *
 * A CPU is started by INIT-SIPI-SIPI (Intel SDM volume 3, 8.4) through a page below 1 MB and joins
 * cpu_online_map when it is ready to take interrupts; a CPU that does not answer within a second,
 * or lacks a feature of the first, is reported and left out.
 */
#include <public/errno.h>
#include <hw/percpu-layout.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/boot.h>
#include <xen/cmdline.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/hwtime.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/mca.h>
#include <xen/page.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/time.h>

cpumask_t cpu_online_map;
unsigned long hw_percpu_offsets[NR_CPUS];

static unsigned int opt_maxcpus = NR_CPUS;
static bool opt_noht;

static int parse_maxcpus(const char *value)
{
	const char *end;
	u64 n = str_to_u64(value, &end);

	if (end == value || *end || n == 0)
		return -XEN_EINVAL;
	opt_maxcpus = min(n, (u64)NR_CPUS);
	return 0;
}
DECLARE_OPTION("maxcpus", parse_maxcpus, "start at most this many processors");
static int parse_nosmp(const char *value)
{
	opt_maxcpus = 1;
	return 0;
}
DECLARE_OPTION("nosmp", parse_nosmp, "use only the processor that the machine started with");
static int parse_noht(const char *value)
{
	opt_noht = true;
	return 0;
}
DECLARE_OPTION("noht", parse_noht, "use only one thread of each core");

void hw_smp_kick(unsigned int cpu)
{
	perfc_inc(PERFC_IPIS_KICK);
	apic_ipi(cpu, VECTOR_KICK);
}

/* --- TLB of this CPU --- */

static void cr3_reload(void)
{
	perfc_inc(PERFC_CR3_LOADS);
	hw_write_cr3(hw_read_cr3());
}

void hw_tlb_flush_local(void)
{
	u64 began = tlb_flush_begin();

	perfc_inc(PERFC_TLB_FLUSHES);
	if (hw_pcid)
		hw_invpcid(INVPCID_ALL, 0, 0);
	else
		cr3_reload();
	tlb_flush_end(began);
}

void hw_tlb_flush_local_all(void)
{
	unsigned long flags = hw_irq_save();
	u64 cr4 = hw_read_cr4(), began = tlb_flush_begin();

	perfc_inc(PERFC_TLB_FLUSHES_GLOBAL);
	if (hw_pcid) {
		hw_invpcid(INVPCID_ALL_GLOBAL, 0, 0);
	} else if (cr4 & CR4_PGE) {
		hw_write_cr4(cr4 & ~(u64)CR4_PGE);
		hw_write_cr4(cr4);
	} else {
		cr3_reload();
	}
	tlb_flush_end(began);
	hw_irq_restore(flags);
}

/*
 * INVLPG acts on global translations and those of the loaded identifier; the idle table has no
 * guest addresses.
 */
void hw_tlb_flush_local_page(u64 va)
{
	perfc_inc(PERFC_TLB_FLUSHES_PAGE);
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
	if (!hw_pcid)
		return;
	hw_invpcid(INVPCID_ADDRESS, PCID_GUEST_KERNEL, va);
	hw_invpcid(INVPCID_ADDRESS, PCID_GUEST_USER, va);
	if (!GUEST_ADDR_OK(va))
		hw_invpcid(INVPCID_ADDRESS, PCID_IDLE, va);
}

/* --- per-CPU data --- */

extern char __percpu_start[], __percpu_end[];

static void percpu_prepare(unsigned int cpu)
{
	size_t size = __percpu_end - __percpu_start;
	unsigned int order = 0;
	char *area;

	while ((PAGE_SIZE << order) < size)
		order++;
	area = heap_alloc_virt(order, HEAP_ZERO);
	if (!area)
		panic("no memory for the data of CPU %u", cpu);
	memcpy(area, __percpu_start, size);
	hw_percpu_offsets[cpu] = (unsigned long)area - (unsigned long)__percpu_start;
}

static struct cpu_info *info_of(unsigned int cpu)
{
	return (struct cpu_info *)(hw_cpu_area(cpu) + PERCPU_STACK_TOP) - 1;
}

const u32 *hw_perfc_of(unsigned int cpu)
{
	return cpumask_test(&cpu_online_map, cpu) ? info_of(cpu)->perfc : NULL;
}

void smp_prepare_cpu(unsigned int cpu)
{
	struct cpu_info *info;

	hw_map_cpu_area(cpu);
	/*
	 * The boot CPU worked in the template itself until now; little of it, and nothing that
	 * counts CPUs, has changed there.
	 */
	percpu_prepare(cpu);
	info = info_of(cpu);
	info->cpu = cpu;
	info->percpu_offset = hw_percpu_offsets[cpu];
	info->cr4 = hw_cr4_base();
}

/* --- starting CPUs --- */

extern char ap_trampoline[], ap_trampoline_end[], ap_gdt[], ap_long[];
extern char ap_var_cr3[], ap_var_base[], ap_var_gdtr[], ap_var_far[], ap_var_stack[],
	ap_var_entry[];

static volatile u32 ap_stage; /* 0 none, 1 alive, 2 refused, 3 may go on */
static const char *volatile ap_lacks;
static volatile u64 ap_tsc_request, ap_tsc_answer;

/* The first code of ours on another CPU: on its own stack, hv_l4 loaded, interrupts off. */
static void NORETURN ap_entry(void)
{
	unsigned int cpu = hw_cpu_id();

	/* First of all: what follows uses the boot CPU's features. */
	ap_lacks = hw_cpu_lacks();
	if (ap_lacks) {
		ap_stage = 2;
		for (;;)
			__asm__ volatile("cli; hlt");
	}
	hw_cpu_init();
	hw_desc_cpu_init(cpu);
	mca_cpu_init();
	apic_cpu_init();
	if (apic_own_id() != cpu_apic_id[cpu])
		log_warn("smp: CPU %u reports APIC id %#x, the table says %#x", cpu, apic_own_id(),
			 cpu_apic_id[cpu]);
	/* The boot CPU asks for a reading of the TSC; see start_one(). */
	ap_stage = 1;
	while (!ap_tsc_request)
		hw_pause();
	ap_tsc_answer = hw_rdtsc();
	while (ap_stage != 3)
		hw_pause();
	hw_time_cpu_init();
	cpumask_set(&cpu_online_map, cpu);
	init_cpu_ready(cpu);
}

static u8 *low_page;

static void put32(char *var, u32 v) { memcpy(low_page + (var - ap_trampoline), &v, 4); }
static void put64(char *var, u64 v) { memcpy(low_page + (var - ap_trampoline), &v, 8); }

/* Waits up to a second of real time for the CPU to show itself. */
static bool wait_alive(void)
{
	u64 end = time_now() + NS_PER_SEC;

	while (!ap_stage)
		if (time_now() > end)
			return ap_stage != 0;
	return true;
}

static bool start_one(unsigned int cpu, u64 low)
{
	u64 before, after;

	ap_stage = 0;
	ap_tsc_request = ap_tsc_answer = 0;
	put64(ap_var_stack, (u64)info_of(cpu) & ~15UL);
	apic_icr(cpu_apic_id[cpu], 0x4500);			/* INIT */
	hw_udelay(10000);
	for (int i = 0; i < 2 && ap_stage == 0; i++) {
		apic_icr(cpu_apic_id[cpu], 0x4600 | low >> 12);	/* start-up IPI */
		hw_udelay(200);
	}
	if (!wait_alive() || ap_stage == 2) {
		/* Should it wake up after all, it must not share the next one's stack. */
		apic_icr(cpu_apic_id[cpu], 0x4500);
		if (ap_stage == 2)
			log_warn("smp: CPU %u (APIC id %#x) is left out: it lacks %s, which the "
				 "first one has", cpu, cpu_apic_id[cpu], ap_lacks);
		else
			log_warn("smp: CPU %u (APIC id %#x) does not start and is left out", cpu,
				 cpu_apic_id[cpu]);
		return false;
	}
	/*
	 * TSCs that differ by more than the exchange takes are corrected by the difference from its
	 * middle.
	 */
	before = hw_rdtsc();
	ap_tsc_request = 1;
	while (!ap_tsc_answer)
		hw_pause();
	after = hw_rdtsc();
	if (ap_tsc_answer < before || ap_tsc_answer > after)
		per_cpu(tsc_skew, cpu) = ap_tsc_answer - (before + (after - before) / 2);
	ap_stage = 3;
	while (!cpumask_test(&cpu_online_map, cpu))
		hw_pause();
	return true;
}

static bool is_second_thread(u32 apic_id)
{
	u32 r[4], threads;

	hw_cpuid(0, 0, r);
	if (r[0] < 0xb)
		return false;
	hw_cpuid(0xb, 0, r);
	threads = r[0] & 31;
	return threads && (apic_id & ((1u << threads) - 1));
}

void smp_start_all(void)
{
	struct page_info *page;
	unsigned int cpu = 1, prepared = 0;
	u64 low;

	if (opt_maxcpus == 1 || acpi_info.nr_cpus <= 1)
		return;
	/*
	 * From the heap, or a processor that idles already would scrub it.  The heap has nothing
	 * between 640 kB and 1 MB.
	 */
	page = heap_alloc_pages(0, HEAP_BITS(20));
	if (!page) {
		log_warn("smp: no page of memory below 640 kB to start other processors from; this "
			 "one works alone");
		return;
	}
	low = mfn_x(page_to_mfn(page)) << PAGE_SHIFT;
	low_page = page_to_virt(page);
	memcpy(low_page, ap_trampoline, ap_trampoline_end - ap_trampoline);
	/*
	 * The trampoline turns paging on while it runs at its own address, so it needs an identity
	 * mapping for a moment.
	 */
	hw_map_page(low, _mfn(low >> PAGE_SHIFT), PTE_P | PTE_RW | PTE_A | PTE_D);
	put32(ap_var_gdtr + 2, low + (ap_gdt - ap_trampoline));
	put32(ap_var_cr3, mfn_x(hv_l4_mfn) << PAGE_SHIFT);
	put32(ap_var_far, low + (ap_long - ap_trampoline));
	put64(ap_var_entry, (u64)ap_entry);
	for (unsigned int i = 0; i < acpi_info.nr_cpus && cpu < opt_maxcpus; i++) {
		u32 id = acpi_info.apic_id[i];

		if (id == cpu_apic_id[0] || (opt_noht && is_second_thread(id)))
			continue;
		if (id >= 255 && !apic_x2) {
			log_warn("smp: APIC id %#x needs x2APIC mode; the processor is left out",
				 id);
			continue;
		}
		cpu_apic_id[cpu] = id;
		/* One that was left out leaves its number and what was made for it to the next. */
		if (prepared != cpu) {
			smp_prepare_cpu(cpu);
			init_cpu_prepare(cpu);
			prepared = cpu;
		}
		if (start_one(cpu, low))
			cpu++;
	}
	hw_unmap_page(low);
	hv_l4[0] = 0;
	hw_tlb_flush_local_all();
	heap_free_pages(page, 0);
	log_notice("smp: %u processors", cpumask_count(&cpu_online_map));
}

u64 hw_smp_physid(unsigned int cpu) { return cpu_apic_id[cpu]; }
