/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debug keys that look at the whole system: registers, domains, run queues, timers, clocks,
 * memory, event channels; and the one that restarts the machine.
 *
 * Functions run with interrupts enabled, from a softirq (serial line) or a hypercall (sysctl
 * debug_keys), and change nothing. What they print of running vCPUs is read without their locks: a
 * picture, not a proof.  Relies on core/keys.c.
 */
#include <public/vcpu.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/hwtime.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/machine.h>
#include <xen/page.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/pv-guest.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <xen/timer.h>

static void each_domain(void (*fn)(struct domain *d))
{
	unsigned int from = 0;
	struct domain *d;

	while (from <= DOMID_MAX && (d = domain_get_next(from)) != NULL) {
		from = d->id + 1;
		fn(d);
		domain_put(d);
	}
}

/* --- d: registers --- */

static bool is_guest(const struct vcpu *v) { return v && v->domain && v->domain != idle_domain; }

/* On the CPU itself, in its interrupt: what it does now lies below us on its stack. */
static void dump_this_cpu(void *unused)
{
	struct vcpu *v = current;

	log_raw("CPU %u:%s\n", hw_cpu_id(), is_guest(v) ? "" : " idle");
	log_raw("cr0 %08lx cr2 %016lx cr3 %016lx cr4 %08lx\n", hw_read_cr0(), hw_read_cr2(),
		hw_read_cr3(), hw_read_cr4());
	hw_dump_own_stack();
	if (is_guest(v))
		pv_dump_guest(v);
}

static void key_registers(char key)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		cpumask_t one = {{0}};

		cpumask_set(&one, cpu);
		smp_call(&one, dump_this_cpu, NULL, true);
	}
}

/* --- q: domains --- */

/* "0-3,5" into buf. */
static void mask_text(const cpumask_t *m, char *buf, size_t size)
{
	cpumask_t on;
	unsigned int cpu, last;
	size_t len = 0;

	cpumask_and(&on, m, &cpu_online_map);
	buf[0] = 0;
	for (cpu = cpumask_next(&on, 0); cpu < NR_CPUS && len < size;
	     cpu = cpumask_next(&on, last + 1)) {
		for (last = cpu; last + 1 < NR_CPUS && cpumask_test(&on, last + 1); last++)
			;
		len += snprintf(buf + len, size - len, last > cpu ? "%s%u-%u" : "%s%u",
				len ? "," : "", cpu, last);
	}
}

static void dump_vcpu(struct vcpu *v)
{
	static const char *const states[] = {"running", "runnable", "blocked", "offline"};
	const struct vcpu_info *info = v->info;
	u32 flags = READ_ONCE(v->pause_flags);
	char hard[64], soft[64], dirty[64];

	mask_text(&v->hard_affinity, hard, sizeof(hard));
	mask_text(&v->soft_affinity, soft, sizeof(soft));
	mask_text(&v->dirty_cpus, dirty, sizeof(dirty));
	log_raw("    v%u: CPU %u, %s%s%s%s%s%s, pauses %u\n", v->id, v->cpu,
		(size_t)v->runstate.state < ARRAY_SIZE(states) ? states[v->runstate.state] : "?",
		v->running ? ", on the CPU" : "",
		flags & 1u << VPF_BLOCKED ? ", waits for an event" : "",
		flags & 1u << VPF_DOWN ? ", down" : "", flags & 1u << VPF_POLLING ? ", polls" : "",
		v->initialised ? "" : ", no context", v->pause_count);
	log_raw("        events %s, %s, selector %016lx; ran %lu ms\n",
		info->evtchn_upcall_pending ? "pending" : "none",
		info->evtchn_upcall_mask ? "masked" : "not masked", info->evtchn_pending_sel,
		vcpu_cpu_time(v) / NS_PER_MS);
	log_raw("        affinity hard %s soft %s, translations on %s\n", hard, soft,
		dirty[0] ? dirty : "none");
	log_raw("        timers: periodic %lu us, one-shot %s, poll %s\n",
		v->periodic_period / NS_PER_US,
		timer_active(&v->singleshot_timer) ? "armed" : "off",
		timer_active(&v->poll_timer) ? "armed" : "off");
}

static const char *domain_state(const struct domain *d)
{
	if (d->dying != DOMAIN_ALIVE)
		return d->dying == DOMAIN_DYING ? "dying" : "dead";
	if (d->is_shut_down)
		return d->crash_reason ? "crashed" : "shut down";
	return d->paused_by_controller || d->pause_count ? "paused" : "alive";
}

static void dump_domain(struct domain *d)
{
	const u8 *u = d->handle;
	struct vcpu *v;

	log_raw("d%u: %s%s%s, %u references, pauses %u\n", d->id, domain_state(d),
		d->privileged ? ", privileged" : "", d->is_hardware ? ", owns the devices" : "",
		d->refs, d->pause_count);
	log_raw("    uuid %02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\n",
		u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		u[13], u[14], u[15]);
	log_raw("    %lu pages of at most %lu, %lu shared, %lu claimed\n", d->nr_pages,
		d->max_pages, d->nr_shared_pages, d->outstanding_claim);
	if (d->crash_reason)
		log_raw("    it crashed: %s\n", d->crash_reason);
	if (d->dying == DOMAIN_DYING)
		log_raw("    its destruction is at: %s\n", domain_kill_stage_name(d));
	for_each_vcpu (d, v)
		dump_vcpu(v);
}

static void key_domains(char key)
{
	struct vcpu *v;

	log_raw("system time %lu ns\n", time_now());
	each_domain(dump_domain);
	if (!dom0)
		return;
	log_raw("VIRQ_DEBUG is sent to d0\n");
	for_each_vcpu (dom0, v)
		event_send_virq_vcpu(v, VIRQ_DEBUG);
}

/* --- t: clocks --- */

static struct {
	u32 busy, arrived, wanted;
	struct {
		u64 tsc, now;
	} at[NR_CPUS];
} clocks;

/* All CPUs wait for each other, so that the readings are of one moment as nearly as can be. */
static void read_clocks(void *unused)
{
	unsigned int cpu = hw_cpu_id();

	__atomic_fetch_add(&clocks.arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&clocks.arrived, __ATOMIC_SEQ_CST) < clocks.wanted)
		hw_pause();
	clocks.at[cpu].tsc = hw_rdtsc();
	clocks.at[cpu].now = time_now();
}

static void key_time(char key)
{
	u64 first = ~0ULL, last = 0;
	unsigned int cpu;

	/* Two meetings of all CPUs at once would wait for each other for ever. */
	if (__atomic_exchange_n(&clocks.busy, 1, __ATOMIC_ACQUIRE)) {
		log_raw("another CPU is reading the clocks\n");
		return;
	}
	clocks.arrived = 0;
	clocks.wanted = cpumask_count(&cpu_online_map);
	smp_call(&cpu_online_map, read_clocks, NULL, true);
	log_raw("TSC %lu kHz; wall clock at system time 0: %lu s since 1970\n", hw_time_tsc_khz(),
		time_wallclock_base() / NS_PER_SEC);
	for_each_online_cpu(cpu)
	{
		log_raw("CPU %u: TSC %lu, system time %lu ns, TSC ahead of CPU 0's by %ld\n", cpu,
			clocks.at[cpu].tsc, clocks.at[cpu].now, (long)per_cpu(tsc_skew, cpu));
		first = min(first, clocks.at[cpu].now);
		last = max(last, clocks.at[cpu].now);
	}
	log_raw("system times read together differ by %lu ns\n", last - first);
	__atomic_store_n(&clocks.busy, 0, __ATOMIC_RELEASE);
}

/* --- m: memory --- */

static void dump_domain_memory(struct domain *d)
{
	log_raw("  d%u: %lu pages, at most %lu, %lu shared with it\n", d->id, d->nr_pages,
		d->max_pages, d->nr_shared_pages);
}

static void dump_heap(void)
{
	u64 blocks[HEAP_MAX_ORDER + 1], dirty = heap_dirty_count();

	log_raw("heap: %lu of %lu pages free, %lu of them to be scrubbed, %lu claimed\n",
		heap_free_count(), heap_total_count(), dirty, heap_claimed_count());
	heap_count_orders(blocks);
	for (unsigned int order = 0; order <= HEAP_MAX_ORDER; order++)
		if (blocks[order])
			log_raw("  order %u: %lu blocks, %lu pages\n", order, blocks[order],
				blocks[order] << order);
}

static void dump_frames(void)
{
	static const char *const types[] = {"without type",   "level 1 tables", "level 2 tables",
					    "level 3 tables", "level 4 tables", "descriptor pages",
					    "writable"};
	u64 by_type[ARRAY_SIZE(types)] = {0}, guests = 0, shared = 0, ours = 0, mmio = 0,
	    foreign = 0, pinned = 0;

	for (u64 m = 0; m < frame_count; m++) {
		const struct page_info *pg = mfn_to_page(_mfn(m));
		u64 count = READ_ONCE(pg->count);

		mmio += !!(count & PAGE_MMIO);
		shared += !!(count & PAGE_SHARED);
		ours += !!(count & PAGE_HV);
		if (!(count & PAGE_ALLOCATED))
			continue;
		guests++;
		foreign += !!(count & PAGE_FOREIGN);
		pinned += !!(READ_ONCE(pg->type) & PAGE_TYPE_PINNED);
		by_type[min((size_t)page_type_in_use(pg), ARRAY_SIZE(types) - 1)]++;
	}
	log_raw("frame table: %lu frames, %lu of domains, %lu shared by the hypervisor, %lu its "
		"own, %lu not memory\n",
		frame_count, guests, shared, ours, mmio);
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++)
		log_raw("  %lu %s\n", by_type[i], types[i]);
	log_raw("  %lu pinned, %lu mapped by others than the owner\n", pinned, foreign);
}

static void key_memory(char key)
{
	dump_heap();
	log_raw("domains:\n");
	each_domain(dump_domain_memory);
	dump_frames();
}

/* --- the rest --- */

static void key_run_queues(char key) { sched_dump(); }
static void key_timers(char key) { timer_dump(); }
static void key_perfc(char key) { perfc_dump(); }
static void key_perfc_reset(char key) { perfc_reset(); }
static void key_events(char key) { each_domain(event_dump); }

static void key_restart(char key)
{
	log_notice("the machine restarts now");
	hw_machine_restart();
}

void debug_keys_init(void)
{
	key_register('a', key_timers, "timer queues");
	key_register('d', key_registers, "registers and stacks of all processors");
	key_register('e', key_events, "event channels of all domains");
	key_register('m', key_memory, "memory: heap, domains, frame table");
	key_register('p', key_perfc, "performance counters since their reset");
	key_register('P', key_perfc_reset, "reset the performance counters");
	key_register('q', key_domains, "domains and virtual processors; VIRQ_DEBUG to dom0");
	key_register('r', key_run_queues, "run queues of the scheduler");
	key_register('R', key_restart, "restart the machine at once");
	key_register('t', key_time, "clocks of all processors");
}
