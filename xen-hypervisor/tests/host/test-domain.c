/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains and vCPUs: creation and its limits, references, shutdown, resume, crash, watchdogs,
 * destruction without leaks, vcpu_info, timers, run-state and time records.
 */
#include <hw/core_host.h>
#include <hw/host.h>
#include <public/domctl.h>
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/rights.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>

#include "tap.h"

static void let_run(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		vcpu_sleep_nosync(v);
	host_settle();
}

/* Destroys d as the tools would, with the CPUs getting their turns. */
static int destroy(struct domain *d)
{
	int rc;

	/* The vCPUs leave their CPUs first, since one thread cannot wait for itself. */
	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	let_run(d);
	do
		rc = domain_kill(d);
	while (rc == -XEN_ERESTART);
	domain_put(d);
	return rc;
}

static u32 bind_dom_exc(void)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_DOM_EXC };

	host_core_as(dom0->vcpus[0]);
	return evtchn_op_bind_virq(&op) ? 0 : op.port;
}

static u32 dom_exc_port;

static bool take_dom_exc(void)
{
	dom0->vcpus[0]->info->evtchn_pending_sel = 0;
	dom0->vcpus[0]->info->evtchn_upcall_pending = 0;
	return bit_test_and_clear(dom0->shared_info->evtchn_pending, dom_exc_port);
}

static void test_create(void)
{
	struct xen_domctl_createdomain cfg = { .max_vcpus = 2, .max_evtchn_port = ~0u };
	struct domain *d, *e;
	struct vcpu *v;

	cfg.max_vcpus = 0;
	tap_ok(domain_create(5, &cfg, false, &d) == -XEN_EINVAL,
	       "a domain without vCPUs is refused");
	cfg.max_vcpus = MAX_VCPUS + 1;
	tap_ok(domain_create(5, &cfg, false, &d) == -XEN_EINVAL, "and one with too many");
	cfg.max_vcpus = 2;
	tap_ok(domain_create(DOMID_MAX + 1, &cfg, false, &d) == -XEN_EINVAL,
	       "and one with a reserved number");
	tap_ok(domain_create(5, &cfg, false, &d) == 0 && d->id == 5 && d->paused_by_controller,
	       "a domain comes into being paused");
	tap_ok(domain_create(5, &cfg, false, &e) == -XEN_EEXIST, "a number is given once");
	tap_ok(vcpu_create(d, 1, &v) == 0 && vcpu_create(d, 1, &v) == -XEN_EEXIST &&
	       vcpu_create(d, 2, &v) == -XEN_EINVAL, "vCPUs are made once and within the maximum");
	tap_ok(vcpu_up(v) == -XEN_EINVAL, "a vCPU without a context cannot be brought up");
	tap_ok(domain_get(5) == d && d->refs == 3 && !domain_get(6) && !domain_get(DOMID_IDLE),
	       "it is found by number");
	domain_put(d);
	tap_ok(destroy(d) == 0 && !domain_get(5), "destroyed, it is gone with its last reference");
	tap_ok(domain_create(DOMID_INVALID, &cfg, false, &d) == 0 &&
		       domain_create(DOMID_INVALID, &cfg, false, &e) == 0 && d->id != e->id,
	       "free numbers are chosen");
	tap_ok(domain_get_next(1) == (d->id < e->id ? d : e), "iteration goes in order of numbers");
	domain_put(d->id < e->id ? d : e);
	destroy(d);
	destroy(e);
}

static void test_leaks(void)
{
	u64 objects = host_mem_objects;
	struct domain *d;

	for (unsigned int i = 0; i < 20; i++) {
		d = host_core_domain(40 + i, 3);
		host_core_as(d->vcpus[0]);
		evtchn_op_alloc_unbound(
			&(struct evtchn_alloc_unbound){ .dom = DOMID_SELF, .remote_dom = 0 });
		evtchn_op_init_control(&(struct evtchn_init_control){ .control_gfn = 9 });
		evtchn_op_expand_array(&(struct evtchn_expand_array){ .array_gfn = 10 });
		vcpu_register_info(d->vcpus[0], 11, 128);
		rights_ioport_grant(d, 0x70, 0x71);
		host_run(5 * NS_PER_MS, NS_PER_MS);
		if (i == 10)
			sched_adjust_domain(
				d, &(struct xen_domctl_scheduler_op){ .sched_id = sched_id(),
								      .u.credit.cap = 20,
								      .u.credit.weight = 100 });
		host_run(5 * NS_PER_MS, NS_PER_MS);
		host_core_cpu(0);
		destroy(d);
	}
	tap_ok(host_mem_objects == objects + 0 && host_page_refs == 0,
	       "twenty domains come and go without leaving memory or page references behind (%lld, "
	       "%llu)",
	       (long long)(host_mem_objects - objects), (unsigned long long)host_page_refs);
}

static void test_shutdown(void)
{
	struct domain *d = host_core_domain(7, 2);

	host_run(NS_PER_MS, NS_PER_MS);
	take_dom_exc();
	domain_shutdown(d, SHUTDOWN_suspend);
	host_settle();
	tap_ok(d->is_shut_down && d->shutdown_code == SHUTDOWN_suspend && !d->vcpus[0]->running &&
	       !vcpu_runnable(d->vcpus[1]), "a domain that shuts down stops with its reason");
	tap_ok(take_dom_exc(), "and dom0 is told");
	domain_shutdown(d, SHUTDOWN_crash);
	tap_ok(d->shutdown_code == SHUTDOWN_suspend && !take_dom_exc(),
	       "the first reason stays, and it is told once");
	domain_resume(d);
	host_run(NS_PER_MS, NS_PER_MS);
	tap_ok(!d->is_shut_down && d->shutdown_code == -1 && vcpu_runnable(d->vcpus[0]),
	       "it can be resumed");
	host_core_as(d->vcpus[0]);
	domain_crash(d, "a test says so");
	host_settle();
	tap_ok(d->shutdown_code == SHUTDOWN_crash && !vcpu_runnable(d->vcpus[0]) &&
		       strcmp(d->crash_reason, "a test says so") == 0,
	       "a crash stops it and keeps the reason");
	destroy(d);
}

static void test_watchdog(void)
{
	struct domain *d = host_core_domain(8, 1);
	struct sched_watchdog w = { .id = 0, .timeout = 2 };

	host_core_as(d->vcpus[0]);
	tap_ok(domain_watchdog(d, 3, 1) == -XEN_EINVAL && domain_watchdog(d, 1, 1) == -XEN_EINVAL,
	       "watchdogs that are not there cannot be renewed");
	tap_ok(do_sched_op(SCHEDOP_watchdog, (u64)&w) == 1 &&
		       do_sched_op(SCHEDOP_watchdog, (u64)&w) == 2 &&
		       do_sched_op(SCHEDOP_watchdog, (u64)&w) == -XEN_ENOSPC,
	       "there are two");
	tap_ok(domain_watchdog(d, 2, 0) == 0 && domain_watchdog(d, 2, 5) == -XEN_EINVAL,
	       "one can be given up");
	host_run(NS_PER_SEC, 100 * NS_PER_MS);
	domain_watchdog(d, 1, 2);
	host_run(3 * NS_PER_SEC / 2, 100 * NS_PER_MS);
	tap_ok(!d->is_shut_down, "renewed in time it does not bite");
	host_run(NS_PER_SEC, 100 * NS_PER_MS);
	tap_ok(d->is_shut_down && d->shutdown_code == SHUTDOWN_watchdog,
	       "else it shuts the domain down");
	destroy(d);
}

static void test_info(void)
{
	struct domain *d = host_core_domain(9, 1);
	struct vcpu *v = d->vcpus[0];
	struct vcpu_info *info = (struct vcpu_info *)((char *)mfn_to_virt(_mfn(20)) + 64);

	host_core_as(v);
	tap_ok(vcpu_register_info(v, 20, PAGE_SIZE - 8) == -XEN_ENXIO &&
		       vcpu_register_info(v, 20, 3) == -XEN_ENXIO &&
		       vcpu_register_info(v, 1 << 20, 0) == -XEN_EINVAL,
	       "impossible places for vcpu_info are refused");
	v->info->arch.cr2 = 0x1234;
	tap_ok(vcpu_register_info(v, 20, 64) == 0 && v->info == info && info->arch.cr2 == 0x1234,
	       "vcpu_info moves with its contents");
	tap_ok(info->evtchn_upcall_pending && info->evtchn_pending_sel == ~0UL,
	       "everything is looked at once");
	tap_ok(info->time.tsc_to_system_mul == 1u << 31 && !(info->time.version & 1),
	       "the time record is there, closed");
	tap_ok(vcpu_register_info(v, 21, 0) == -XEN_EINVAL && host_page_refs == 1, "it moves once");
	destroy(d);
}

static void test_timers(void)
{
	struct domain *d = host_core_domain(10, 1);
	struct vcpu *v = d->vcpus[0];
	struct evtchn_bind_virq op = { .virq = VIRQ_TIMER };
	unsigned int ticks = 0;

	host_settle();
	host_core_as(v);
	evtchn_op_bind_virq(&op);
	tap_ok(vcpu_set_singleshot(v, host_now - 1, true) == -XEN_ETIME,
	       "a past time is an error if asked for");
	vcpu_set_singleshot(v, host_now + 1000, true);
	host_run(999, 10000);
	tap_ok(!v->info->evtchn_upcall_pending, "a one-shot timer waits");
	host_run(1, 10000);
	tap_ok(v->info->evtchn_upcall_pending, "and fires");
	host_core_as(v);
	tap_ok(vcpu_set_periodic(v, 1000) == -XEN_EINVAL,
	       "a period below a millisecond is refused");
	vcpu_set_periodic(v, 10 * NS_PER_MS);
	for (int i = 0; i < 100; i++) {
		v->info->evtchn_upcall_pending = 0;
		v->info->evtchn_pending_sel = 0;
		bit_clear(d->shared_info->evtchn_pending, op.port);
		host_run(5 * NS_PER_MS, NS_PER_MS);
		ticks += v->info->evtchn_upcall_pending;
	}
	tap_ok(ticks == 50, "a periodic timer ticks (%u of 50)", ticks);
	destroy(d);
}

static void test_areas(void)
{
	static struct vcpu_runstate_info area;
	static struct vcpu_time_info time_area;
	struct domain *d = host_core_domain(11, 1), *hog = host_core_domain(12, 8);
	struct vcpu *v = d->vcpus[0];

	host_settle();
	v->runstate_area = (u64)(uintptr_t)&area;
	v->time_area = (u64)(uintptr_t)&time_area;
	d->vm_assist = 1u << VMASST_TYPE_runstate_update_flag;
	v->time_record.tsc_to_system_mul = 0;
	host_run(300 * NS_PER_MS, NS_PER_MS);
	tap_ok(area.time[RUNSTATE_running] > 0 && area.time[RUNSTATE_runnable] > 0 &&
		       !(area.state_entry_time & XEN_RUNSTATE_UPDATE),
	       "the run-state area follows, with its flag put down");
	tap_ok(time_area.tsc_shift == 1 && !(time_area.version & 1) && time_area.version,
	       "and the time area");
	v->runstate_area = v->time_area = 0;
	destroy(d);
	destroy(hog);
}

static void test_last_vcpu_down(void)
{
	struct domain *d = host_core_domain(13, 2);

	host_settle();
	vcpu_down(d->vcpus[1]);
	tap_ok(!d->is_shut_down, "a domain lives while one vCPU is up");
	vcpu_down(d->vcpus[0]);
	tap_ok(d->is_shut_down, "and ends with the last");
	host_settle();
	destroy(d);
}

static void test_rights(void)
{
	struct domain *d = host_core_domain(14, 1);

	rights_ioport_grant(d, 0x60, 0x6f);
	rights_ioport_grant(d, 0x70, 0x7f);
	tap_ok(rights_ioport_ok(d, 0x60, 0x7f) && !rights_ioport_ok(d, 0x5f, 0x60),
	       "adjacent grants are one range");
	rights_ioport_revoke(d, 0x68, 0x71);
	tap_ok(rights_ioport_ok(d, 0x60, 0x67) && rights_ioport_ok(d, 0x72, 0x7f) &&
		       !rights_ioport_ok(d, 0x67, 0x68),
	       "a hole can be cut");
	tap_ok(!rights_iomem_ok(d, 0x60, 0x60) && rights_irq_grant(d, 5, 4) == -XEN_EINVAL,
	       "kinds are apart");
	destroy(d);
}

long hypercall_call(unsigned int op, const u64 args[6]) { return 0; }

int main(void)
{
	host_core_init(2, "bvt");
	dom_exc_port = bind_dom_exc();
	test_create();
	test_shutdown();
	test_watchdog();
	test_info();
	test_timers();
	test_areas();
	test_last_vcpu_down();
	test_rights();
	test_leaks();
	return tap_done();
}
