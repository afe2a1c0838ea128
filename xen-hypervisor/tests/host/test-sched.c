/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schedulers over simulated time: shares by weight, fairness across CPUs, caps, affinity,
 * latency of wake-ups, pausing, work conservation.  Each scenario runs in a process of its own, on
 * a fresh machine.
 */
#include <hw/core_host.h>
#include <hw/host.h>
#include <public/domctl.h>
#include <public/own_sched.h>
#include <public/sysctl.h>
#include <public/vcpu.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>

#include "tap.h"

static struct domain *dom(domid_t id, unsigned int nr_vcpus)
{
	return host_core_domain(id, nr_vcpus);
}

static u64 used(struct domain *d)
{
	u64 sum = 0;
	struct vcpu *v;

	for_each_vcpu(d, v)
		sum += vcpu_cpu_time(v);
	return sum;
}

/* Is a within `percent` of b? */
static bool near(u64 a, u64 b, unsigned int percent)
{
	u64 diff = a > b ? a - b : b - a;

	if (diff * 100 <= b * percent)
		return true;
	tap_note("%llu is not within %u%% of %llu", (unsigned long long)a, percent,
		 (unsigned long long)b);
	return false;
}

static int set_credit(struct domain *d, unsigned int weight, unsigned int cap)
{
	struct xen_domctl_scheduler_op op = { .sched_id = sched_id(),
					      .cmd = XEN_DOMCTL_SCHEDOP_putinfo };

	op.u.credit.weight = weight;
	op.u.credit.cap = cap;
	return sched_adjust_domain(d, &op);
}

static void pin(struct vcpu *v, unsigned int cpu)
{
	cpumask_t m = { { 0 } };

	cpumask_set(&m, cpu);
	sched_set_affinity(v, &m, NULL);
}

/* --- scenarios --- */

static bool equal_shares(const char *sched)
{
	struct domain *a, *b;

	host_core_init(1, sched);
	a = dom(1, 1);
	b = dom(2, 1);
	host_run(2 * NS_PER_SEC, NS_PER_MS);
	return near(used(a), NS_PER_SEC, 3) && near(used(b), NS_PER_SEC, 3);
}

static bool weights(const char *sched)
{
	struct domain *a, *b;

	host_core_init(1, sched);
	a = dom(1, 1);
	b = dom(2, 1);
	set_credit(b, 512, 0xffff);
	host_run(3 * NS_PER_SEC, NS_PER_MS);
	return near(used(a), NS_PER_SEC, 4) && near(used(b), 2 * NS_PER_SEC, 4);
}

static bool three_on_two(const char *sched)
{
	struct domain *d[3];
	bool good = true;

	host_core_init(2, sched);
	for (int i = 0; i < 3; i++)
		d[i] = dom(i + 1, 1);
	host_run(6 * NS_PER_SEC, NS_PER_MS);
	for (int i = 0; i < 3; i++)
		good &= near(used(d[i]), 4 * NS_PER_SEC, 5);
	return good;
}

static bool weights_across_cpus(const char *sched)
{
	struct domain *heavy, *light;

	host_core_init(4, sched);
	heavy = dom(1, 8);
	light = dom(2, 8);
	set_credit(heavy, 768, 0xffff);
	host_run(8 * NS_PER_SEC, NS_PER_MS);
	/* 4 CPUs for 8 s, shared 3 to 1. */
	return near(used(heavy), 24 * NS_PER_SEC, 8) && near(used(light), 8 * NS_PER_SEC, 20);
}

static bool uses_all_cpus(const char *sched)
{
	struct domain *d;

	host_core_init(4, sched);
	d = dom(1, 6);
	host_run(NS_PER_SEC, NS_PER_MS);
	return near(used(d), 4 * NS_PER_SEC, 1);
}

static bool spreads(const char *sched)
{
	struct domain *d;
	struct vcpu *v;
	bool good = true;

	host_core_init(4, sched);
	d = dom(1, 4);
	host_run(NS_PER_SEC, NS_PER_MS);
	for_each_vcpu(d, v)
		good &= near(vcpu_cpu_time(v), NS_PER_SEC, 2);
	return good;
}

static bool cap(const char *sched)
{
	struct domain *d;

	host_core_init(2, sched);
	d = dom(1, 2);
	if (set_credit(d, 0, 50))
		return false;
	host_run(3 * NS_PER_SEC, NS_PER_MS);
	if (!near(used(d), 3 * NS_PER_SEC / 2, 5))
		return false;
	set_credit(d, 0, 0);
	host_run(NS_PER_SEC, NS_PER_MS);
	return near(used(d), 3 * NS_PER_SEC / 2 + 2 * NS_PER_SEC, 5);
}

static struct vcpu *watched;
static bool seen_elsewhere;

static void watch_cpu(struct vcpu *v)
{
	if (v == watched && hw_cpu_id() != 1)
		seen_elsewhere = true;
}

static bool affinity(const char *sched)
{
	struct domain *d;

	host_core_init(3, sched);
	d = dom(1, 5);
	host_run(50 * NS_PER_MS, NS_PER_MS);
	watched = d->vcpus[3];
	pin(watched, 1);
	host_settle();
	host_guest_code = watch_cpu;
	host_run(NS_PER_SEC, NS_PER_MS);
	return !seen_elsewhere && vcpu_cpu_time(watched) > 100 * NS_PER_MS;
}

/* A vCPU that runs for 100 us, blocks, and is woken every 10 ms. */
static u64 work_left, worst_delay, woken_at, wakes;
static struct timer waker;

static void wake_watched(void *data)
{
	work_left = 100 * NS_PER_US;
	woken_at = host_now;
	vcpu_mark_events_pending(watched);
	timer_set(&waker, host_now + 10 * NS_PER_MS);
}

static void sleeper(struct vcpu *v)
{
	if (v != watched)
		return;
	if (woken_at) {
		worst_delay = max(worst_delay, host_now - woken_at);
		woken_at = 0;
		wakes++;
	}
	v->info->evtchn_upcall_pending = 0;
	sched_block();
}

static bool latency(const char *sched)
{
	struct domain *hogs, *d;

	host_core_init(1, sched);
	hogs = dom(1, 3);
	d = dom(2, 1);
	watched = d->vcpus[0];
	host_guest_code = sleeper;
	timer_init(&waker, wake_watched, NULL, 0);
	host_run(100 * NS_PER_MS, 100 * NS_PER_US);
	timer_set(&waker, host_now + NS_PER_MS);
	host_run(2 * NS_PER_SEC, 100 * NS_PER_US);
	tap_note("%s: %llu wake-ups, worst delay %llu us", sched, (unsigned long long)wakes,
		 (unsigned long long)(worst_delay / 1000));
	return wakes > 190 && worst_delay <= 200 * NS_PER_US && used(hogs) > 19 * NS_PER_SEC / 10;
}

/* A hog that yields to look as if just woken cannot win more than its share by warping. */
static void blinker(struct vcpu *v)
{
	if (v != watched)
		return;
	/* Blocks with an event pending right after: wakes at once, again and again. */
	v->info->evtchn_upcall_pending = 0;
	sched_block();
	vcpu_mark_events_pending(v);
}

static bool warp_is_bounded(const char *sched)
{
	struct domain *a, *b;

	host_core_init(1, sched);
	a = dom(1, 1);
	b = dom(2, 1);
	watched = b->vcpus[0];
	host_guest_code = blinker;
	host_run(2 * NS_PER_SEC, 100 * NS_PER_US);
	return near(used(a), NS_PER_SEC, 6);
}

static bool pausing(const char *sched)
{
	struct domain *a, *b;
	u64 before;

	host_core_init(1, sched);
	a = dom(1, 1);
	b = dom(2, 1);
	host_run(100 * NS_PER_MS, NS_PER_MS);
	/* (Pausing waits for the vCPU to leave its CPU; here that takes the test's own help.) */
	__atomic_fetch_add(&a->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_nosync(a->vcpus[0]);
	host_settle();
	before = used(a);
	host_run(100 * NS_PER_MS, NS_PER_MS);
	if (used(a) != before || a->vcpus[0]->running ||
	    a->vcpus[0]->runstate.state != RUNSTATE_offline)
		return false;
	domain_unpause(a);
	host_run(400 * NS_PER_MS, NS_PER_MS);
	/* It takes up its share again and is not owed what it missed. */
	return near(used(a) - before, 200 * NS_PER_MS, 6) && used(b) > 0;
}

static bool states_add_up(const char *sched)
{
	struct vcpu_runstate_info r;
	struct domain *d;
	u64 sum = 0, start;

	host_core_init(2, sched);
	start = host_now;
	d = dom(1, 5);
	host_run(NS_PER_SEC, NS_PER_MS);
	vcpu_get_runstate(d->vcpus[2], &r);
	for (int i = 0; i < 4; i++)
		sum += r.time[i];
	return sum == host_now - start && r.time[RUNSTATE_runnable] > 0;
}

static bool guarantee(const char *sched)
{
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_putinfo };
	struct domain *d, *rest;

	host_core_init(1, sched);
	d = dom(1, 1);
	rest = dom(2, 4);
	op.sched_id = sched_id();
	op.u.rtds.period = 20000;
	op.u.rtds.budget = 8000;
	if (sched_adjust_domain(d, &op))
		return false;
	host_run(2 * NS_PER_SEC, NS_PER_MS);
	return near(used(d), 8 * NS_PER_SEC / 10, 4) && near(used(rest), 12 * NS_PER_SEC / 10, 4);
}

static bool bad_parameters(const char *sched)
{
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_putinfo };
	struct domain *d;

	host_core_init(1, sched);
	d = dom(1, 1);
	op.sched_id = sched_id();
	op.u.rtds.period = 1000;
	op.u.rtds.budget = 2000;
	if (sched_adjust_domain(d, &op) == 0)
		return false;
	op.sched_id = 77;
	return sched_adjust_domain(d, &op) != 0;
}

static int own_bvt(struct domain *d, u32 cmd, struct xen_own_sched_bvt *own)
{
	struct xen_domctl_scheduler_op op = { .sched_id = XEN_OWN_SCHEDULER_BVT, .cmd = cmd };
	int rc;

	memcpy(&op.u, own, sizeof(*own));
	rc = sched_adjust_domain(d, &op);
	memcpy(own, &op.u, sizeof(*own));
	return rc;
}

static bool own_parameters(const char *sched)
{
	struct xen_own_sched_bvt own = { 512, XEN_OWN_BVT_KEEP_CAP, 0, 1000, 8000 }, got;
	struct xen_own_sched_bvt bad = { 0, XEN_OWN_BVT_KEEP_CAP, XEN_OWN_BVT_KEEP_US, 5000,
					 XEN_OWN_BVT_KEEP_US };
	struct domain *a, *b;

	host_core_init(1, sched);
	a = dom(1, 1);
	b = dom(2, 1);
	if (own_bvt(b, XEN_DOMCTL_SCHEDOP_putinfo, &own) ||
	    own_bvt(b, XEN_DOMCTL_SCHEDOP_getinfo, &got))
		return false;
	if (got.weight != 512 || got.cap || got.warp_value_us || got.warp_limit_us != 1000 ||
	    got.warp_window_us != 8000)
		return false;
	if (own_bvt(b, XEN_DOMCTL_SCHEDOP_putinfo, &bad) != -XEN_EINVAL)
		return false;
	host_run(3 * NS_PER_SEC, NS_PER_MS);
	return near(used(b), 2 * used(a), 4);
}

static int machine_slice(u32 id, u32 cmd, u32 *us)
{
	struct xen_sysctl_scheduler_op op = { .sched_id = id, .cmd = cmd };
	int rc;

	memcpy(&op.u, us, sizeof(*us));
	rc = sched_adjust_machine(&op);
	memcpy(us, &op.u, sizeof(*us));
	return rc;
}

/* The running scheduler has a slice that can be set within limits; another's number is unknown. */
static bool machine_parameters(const char *sched)
{
	bool bvt = sched[0] == 'b';
	u32 id = bvt ? XEN_OWN_SCHEDULER_BVT : XEN_OWN_SCHEDULER_RROBIN;
	u32 other = bvt ? XEN_OWN_SCHEDULER_RROBIN : XEN_OWN_SCHEDULER_BVT;
	u32 us = 2500, zero = 0, got = 0;

	host_core_init(1, sched);
	return machine_slice(id, XEN_SYSCTL_SCHEDOP_putinfo, &us) == 0 &&
	       machine_slice(id, XEN_SYSCTL_SCHEDOP_getinfo, &got) == 0 && got == 2500 &&
	       machine_slice(id, XEN_SYSCTL_SCHEDOP_putinfo, &zero) == -XEN_EINVAL &&
	       machine_slice(other, XEN_SYSCTL_SCHEDOP_getinfo, &got) == -XEN_ENOENT;
}

static bool no_parameters(const char *sched)
{
	struct xen_domctl_scheduler_op op = { .sched_id = XEN_OWN_SCHEDULER_RROBIN,
					      .cmd = XEN_DOMCTL_SCHEDOP_getinfo };
	struct domain *d;

	host_core_init(1, sched);
	d = dom(1, 1);
	if (sched_adjust_domain(d, &op))
		return false;
	op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	return sched_adjust_domain(d, &op) == -XEN_EOPNOTSUPP;
}

static bool in_child(bool (*scenario)(const char *), const char *sched)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		bool good = scenario(sched);

		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const struct {
	const char *sched;
	bool (*run)(const char *);
	const char *sentence;
} scenarios[] = {
	{ "bvt", equal_shares, "two equal vCPUs share a CPU equally" },
	{ "bvt", weights, "twice the weight gets twice the time" },
	{ "bvt", three_on_two, "three equal vCPUs share two CPUs equally" },
	{ "bvt", weights_across_cpus, "weights hold across four CPUs" },
	{ "bvt", uses_all_cpus, "no CPU idles while vCPUs wait" },
	{ "bvt", spreads, "as many vCPUs as CPUs have one each" },
	{ "bvt", cap, "a capped domain gets its cap, and all there is without it" },
	{ "bvt", affinity, "a pinned vCPU runs on its CPU only" },
	{ "bvt", latency, "a sleeper runs soon after its wake-up although hogs compete" },
	{ "bvt", warp_is_bounded, "waking up all the time wins no extra share" },
	{ "bvt", pausing, "a paused domain does not run, and runs again when unpaused" },
	{ "bvt", states_add_up,
	  "a vCPU's times in its states add up to the time since its creation" },
	{ "bvt", own_parameters, "BVT's own parameters of a domain are set, kept and read" },
	{ "bvt", machine_parameters, "BVT's context switch allowance is set within limits" },
	{ "rrobin", machine_parameters, "round robin's slice is set within limits" },
	{ "rrobin", no_parameters, "round robin says that domains have no parameters" },
	{ "rrobin", equal_shares, "round robin: two vCPUs share a CPU equally" },
	{ "rrobin", uses_all_cpus, "round robin: no CPU idles while vCPUs wait" },
	{ "rrobin", affinity, "round robin: a pinned vCPU runs on its CPU only" },
	{ "atropos", guarantee,
	  "atropos: a slice is guaranteed and not exceeded, others have the rest" },
	{ "atropos", equal_shares, "atropos: without parameters extra time is shared equally" },
	{ "atropos", uses_all_cpus, "atropos: no CPU idles while vCPUs may have extra time" },
	{ "atropos", bad_parameters, "atropos: a slice greater than its period is refused" },
};

int main(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++)
		tap_ok(in_child(scenarios[i].run, scenarios[i].sched), "%s", scenarios[i].sentence);
	return tap_done();
}
