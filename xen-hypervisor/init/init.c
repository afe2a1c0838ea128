/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start-up, in the order in which things depend on each other; each step prints what it found.
 *
 * hw_boot_main() runs on the boot stack until memory is mapped, then on the first CPU's own stack;
 * the other CPUs come up when timers and interrupts work; the end is dom0 running and this CPU in
 * its idle loop.
 */
#include <public/errno.h>
#include <public/xen.h>
#include <hw/percpu-layout.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/boot.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/hwtime.h>
#include <xen/i8259.h>
#include <xen/init.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/mca.h>
#include <xen/page.h>
#include <xen/machine.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/speculation.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <xen/vectors.h>
#include <xen/version.h>
#include <xen/watchdog.h>

static char opt_sched[16] = "bvt";
static int parse_sched(const char *value)
{
	str_copy(opt_sched, value, sizeof(opt_sched));
	return 0;
}
DECLARE_OPTION("sched", parse_sched, "scheduler: bvt, rrobin or atropos");

static u64 opt_mem;
static int parse_mem(const char *value)
{
	const char *end;

	opt_mem = str_to_size(value, &end, 1024);
	return *end || end == value ? -XEN_EINVAL : 0;
}
DECLARE_OPTION("mem", parse_mem, "use no memory above this address");

static struct { u64 first, last; } bad_pages[16];
static unsigned int nr_bad_pages;
static int parse_badpage(const char *value)
{
	while (*value) {
		const char *end;
		u64 first = str_to_u64(value, &end), last = first;

		if (end == value || nr_bad_pages == ARRAY_SIZE(bad_pages))
			return -XEN_EINVAL;
		if (*end == '-') {
			value = end + 1;
			last = str_to_u64(value, &end);
		}
		if ((*end && *end != ',') || last < first)
			return -XEN_EINVAL;
		bad_pages[nr_bad_pages].first = first;
		bad_pages[nr_bad_pages++].last = last;
		value = *end ? end + 1 : end;
	}
	return 0;
}
DECLARE_OPTION("badpage", parse_badpage, "page frames never to be used: N, N-M, ...");

/* --- the steps --- */

static void start_console(void)
{
	const char *line = boot_info.cmdline;

	/*
	 * GRUB puts a placeholder word first, QEMU the file's name: options never begin with
	 * either.
	 */
	if (boot_info.grub_placeholder && *line) {
		const char *space = strchr(line, ' ');
		size_t len = space ? (size_t)(space - line) : strlen(line);

		if ((len == 11 && !strncmp(line, "placeholder", 11)) || line[0] == '/' ||
		    !memchr(line, '=', len))
			line = space ? space + 1 : line + len;
	}
	cmdline_parse(line);
	console_init();
	serial_init_early();
	vga_init();
	log_notice("Xen %u.%u%s, built with %s", HV_INTERFACE_MAJOR, HV_INTERFACE_MINOR,
		   HV_EXTRAVERSION, HV_COMPILER);
	log_notice("boot: loader %s, %u modules",
		   boot_info.loader[0] ? boot_info.loader : "unnamed", boot_info.nr_modules);
	cmdline_report();
}

static void limit_memory(void)
{
	for (unsigned int i = 0; opt_mem && i < boot_info.nr_e820; i++) {
		struct e820_entry *e = &boot_info.e820[i];

		if (e->type != E820_RAM || e->start + e->size <= opt_mem)
			continue;
		if (e->start >= opt_mem)
			e->type = E820_UNUSABLE;
		else
			e->size = opt_mem - e->start;
	}
	for (unsigned int i = 0; i < nr_bad_pages; i++)
		boot_reserve(bad_pages[i].first << PAGE_SHIFT, (bad_pages[i].last + 1)
								       << PAGE_SHIFT);
}

static void start_memory(void)
{
	static const char *const types[] = {
		"?", "RAM", "reserved", "ACPI", "ACPI NVS", "unusable"
	};

	limit_memory();
	if (!boot_info.nr_e820)
		panic("the boot loader gave no memory map");
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		log_info("memory: %016lx-%016lx %s", e->start, e->start + e->size - 1,
			 types[e->type < 6 ? e->type : 0]);
	}
	hw_pagetable_init();
	page_init(cpu_features.phys_bits);
	boot_memory_to_heap();
	hw_pagetable_heap_ready();
	log_notice("memory: %lu MB free of %lu MB addressed", heap_free_count() >> 8,
		   frame_count >> 8);
}

static struct domain *make_special(domid_t id)
{
	struct domain *d;

	if (domain_create(id, NULL, false, &d))
		panic("the special domain %u cannot be made", id);
	return d;
}

void init_cpu_prepare(unsigned int cpu)
{
	struct vcpu *idle;

	timer_cpu_init(cpu);
	if (vcpu_create(idle_domain, cpu, &idle))
		panic("no memory for the idle vCPU of CPU %u", cpu);
	sched_cpu_init(cpu, idle);
	((struct cpu_info *)(hw_cpu_area(cpu) + PERCPU_STACK_TOP) - 1)->vcpu = idle;
}

void init_cpu_ready(unsigned int cpu)
{
	hw_irq_enable();
	hw_start_idle();
}

static void start_domains(void)
{
	idle_domain = make_special(DOMID_IDLE);
	dom_io = make_special(DOMID_IO);
	dom_xen = make_special(DOMID_XEN);
	if (sched_init(opt_sched))
		log_warn("sched: there is no scheduler \"%s\" (bvt, rrobin, atropos); bvt is used",
			 opt_sched);
	init_cpu_prepare(0);
	log_notice("sched: %s", sched_name());
}

static void start_dom0(void)
{
	if (dom0_build())
		panic("dom0 could not be built; the reason stands above");
	serial_init_irq();
	hw_pagetable_finish();
	mca_start();
	watchdog_start(); /* building dom0 takes long, and no timer runs meanwhile */
	console_release_screen();
	domain_unpause_by_controller(dom0);
}

static void NORETURN on_own_stack(void)
{
	/* The address may have been computed for the boot stack: read it anew from here on. */
	hw_alternatives_apply();
	hw_cpu_init();
	fb_init(); /* its mapping needs the memory types that hw_cpu_init() sets */
	hw_desc_cpu_init(0);
	mca_cpu_init();
	speculation_init();
	cpumask_set(&cpu_online_map, 0);
	acpi_init();
	vectors_init();
	/*
	 * before the local APIC cuts its line: a request left pending there would never be answered
	 */
	i8259_init();
	apic_init();
	cpu_apic_id[0] = apic_own_id();
	hw_time_init();
	hw_time_cpu_init();
	time_set_wallclock(hw_time_rtc(), 0, time_now());
	log_notice("time: %lu seconds since 1970", time_wallclock_base() / NS_PER_SEC);
	irqhw_init();
	keys_init();
	debug_keys_init();
	start_domains();
	hw_irq_enable();
	smp_start_all();
	start_dom0();
	hw_start_idle();
}

void hw_boot_main(u32 magic, u32 info)
{
	bool known = hw_boot_info_parse(magic, info);

	start_console();
	if (!known)
		panic("started by an unknown protocol (%#x); multiboot 1 or 2 is needed", magic);
	hw_cpu_detect();
	hw_idt_init();
	start_memory();
	smp_prepare_cpu(0);
	hw_switch_stack(hw_cpu_area(0) + PERCPU_STACK_TOP - sizeof(struct cpu_info),
			on_own_stack);
}
