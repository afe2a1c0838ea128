/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake machine for tests of core (see hw/core_host.h).  One thread plays all CPUs in turn.  A
 * context switch is a jump back to host_settle(), as the real one never returns either.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <hw/core_host.h>
#include <hw/host.h>
#include <public/domctl.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/heap.h>
#include <xen/hypercall.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/machine.h>
#include <xen/page.h>
#include <xen/pv.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

u64 host_now = 1000, host_page_refs, host_mem_objects, host_runtime[NR_CPUS], host_switches;
void (*host_guest_code)(struct vcpu *v);

static unsigned int nr_cpus;
static u64 deadlines[NR_CPUS];
static struct vcpu *on_cpu[NR_CPUS];
static jmp_buf switched;

/* --- time --- */

u64 time_now(void) { return host_now; }

bool hw_time_arm(u64 deadline)
{
	deadlines[hw_cpu_id()] = deadline;
	return !deadline || deadline > host_now;
}

void hw_time_fill(struct vcpu_time_info *t)
{
	t->tsc_timestamp = 7;
	t->tsc_to_system_mul = 1u << 31;
	t->tsc_shift = 1;
}

/* --- memory --- */

void *mem_alloc(size_t size)
{
	host_mem_objects++;
	return calloc(1, size);
}

void mem_free(void *p)
{
	host_mem_objects -= p != NULL;
	free(p);
}

void *page_alloc_shared(struct domain *d)
{
	void *p = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

	return memset(p, 0, PAGE_SIZE);
}

void page_free_shared(void *va) { free(va); }

struct page_info *page_get_by_mfn(mfn_t m, struct domain *d)
{
	if (mfn_x(m) == 0 || mfn_x(m) >= frame_count)
		return NULL;
	host_page_refs++;
	return mfn_to_page(m);
}

int page_get_type(struct page_info *pg, enum page_type type) { return 0; }
void page_put(struct page_info *pg) { host_page_refs--; }
void page_put_writable(struct page_info *pg) { host_page_refs--; }
int page_relinquish_domain(struct domain *d) { return 0; }

/* --- the other subsystems --- */

int grant_init(struct domain *d, u32 max_frames, u32 max_maptrack_frames) { return 0; }
int grant_release_mappings(struct domain *d) { return 0; }
void grant_destroy(struct domain *d) { }
int pv_domain_create(struct domain *d) { return 0; }
void pv_domain_destroy(struct domain *d) { }
int pv_domain_relinquish(struct domain *d) { return 0; }
int pv_vcpu_create(struct vcpu *v) { return 0; }
void pv_vcpu_destroy(struct vcpu *v) { }
void pv_dump_guest(struct vcpu *v) { }
void pv_load_cr3(struct vcpu *v) { }
void pv_switch_table(struct vcpu *v) { }
int irq_domain_init(struct domain *d) { return 0; }
void irq_domain_release(struct domain *d) { }
void irq_domain_destroy(struct domain *d) { }
int irq_guest_bind(struct vcpu *v, u32 pirq, u32 port, bool share)
{
	return pirq < 16 ? 0 : -XEN_EINVAL;
}
void irq_guest_unbind(struct domain *d, u32 pirq, u32 port) { }
void irq_guest_set_affinity(struct domain *d, u32 pirq, u32 port, struct vcpu *v) { }
void hw_machine_restart(void) { panic("the machine restarts"); }
void hw_machine_poweroff(void) { panic("the machine is switched off"); }

/* --- CPUs --- */

void host_core_cpu(unsigned int cpu)
{
	host_cpu_start(cpu, on_cpu[cpu]);
}

void host_core_as(struct vcpu *v)
{
	host_cpu_start(v->cpu, v);
}

void hw_context_switch(struct vcpu *prev, struct vcpu *next)
{
	host_switches++;
	on_cpu[hw_cpu_id()] = next;
	host_cpu_start(hw_cpu_id(), next);
	sched_switch_done(prev);
	longjmp(switched, 1);
}

static bool timer_due(unsigned int cpu)
{
	return deadlines[cpu] && deadlines[cpu] <= host_now;
}

/* Runs what is pending on one CPU; a context switch comes back here. */
static void run_softirqs(void)
{
	if (setjmp(switched) == 0)
		softirq_run();
}

static bool settle_cpu(unsigned int cpu)
{
	host_core_cpu(cpu);
	if (timer_due(cpu)) {
		deadlines[cpu] = 0;
		softirq_raise(SOFTIRQ_TIMER);
	}
	if (!softirq_pending(cpu))
		return false;
	run_softirqs();
	return true;
}

void host_settle(void)
{
	bool busy = true;

	while (busy) {
		busy = false;
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
			busy |= settle_cpu(cpu);
	}
	host_core_cpu(0);
}

static u64 next_step(u64 end, u64 step)
{
	u64 next = min(end, host_now + step);

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		if (deadlines[cpu] && deadlines[cpu] > host_now)
			next = min(next, deadlines[cpu]);
	return next;
}

void host_run(u64 ns, u64 step)
{
	u64 end = host_now + ns;

	host_settle();
	while (host_now < end) {
		u64 next = next_step(end, step), ran = next - host_now;

		host_now = next;
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
			if (on_cpu[cpu]->domain->id == DOMID_IDLE)
				continue;
			host_runtime[cpu] += ran;
			host_core_cpu(cpu);
			if (host_guest_code)
				host_guest_code(on_cpu[cpu]);
		}
		host_settle();
	}
}

/* --- set-up --- */

static void require(bool good, const char *what)
{
	if (!good)
		panic("host set-up: %s failed", what);
}

void host_core_init(unsigned int cpus, const char *sched)
{
	struct xen_domctl_createdomain cfg = { .max_vcpus = 1, .max_evtchn_port = ~0u };
	struct vcpu *v;

	nr_cpus = cpus;
	host_machine_init(1024, cpus);
	require(sched_init(sched) == 0, "scheduler");
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		timer_cpu_init(cpu);
	require(domain_create(DOMID_IDLE, NULL, false, &idle_domain) == 0, "idle domain");
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		require(vcpu_create(idle_domain, cpu, &v) == 0, "idle vCPU");
		sched_cpu_init(cpu, v);
		on_cpu[cpu] = v;
	}
	host_core_cpu(0);
	require(domain_create(0, &cfg, true, &dom0) == 0, "dom0");
	require(vcpu_create(dom0, 0, &v) == 0, "dom0's vCPU");
}

struct domain *host_core_domain(domid_t id, unsigned int nr_vcpus)
{
	struct xen_domctl_createdomain cfg = { .max_vcpus = nr_vcpus, .max_evtchn_port = ~0u };
	struct domain *d;
	struct vcpu *v;

	require(domain_create(id, &cfg, false, &d) == 0, "domain");
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		require(vcpu_create(d, i, &v) == 0, "vCPU");
		v->initialised = true;
		require(vcpu_up(v) == 0, "vcpu_up");
	}
	domain_unpause_by_controller(d);
	return d;
}
