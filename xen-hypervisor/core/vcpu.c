/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual CPUs: creation, up and down, where their vcpu_info lies, their timers, run-state records.
 * Relies on the scheduler, timers, events and the guest layer; hypercall/vcpu_op.c and the control
 * calls rely on it.
 *
 * vcpu_info: for the first 32 vCPUs it begins in shared_info.  Others point at one page of the
 * hypervisor's own that no guest sees, so that v->info is always good to write; such a vCPU cannot
 * be brought up.
 */
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/pv.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>

#define MIN_PERIOD (1 * NS_PER_MS)

/* Masked for ever, so that no upcall is ever due. */
static struct vcpu_info no_info = { .evtchn_upcall_mask = 1 };

/* --- timers --- */

static void singleshot_expired(void *data)
{
	event_send_virq_vcpu(data, VIRQ_TIMER);
}

static void poll_expired(void *data)
{
	struct vcpu *v = data;

	if (vcpu_flag_test_and_clear(v, VPF_POLLING)) {
		bit_clear(v->domain->polling, v->id);
		vcpu_wake(v);
	}
}

/* Only while the vCPU is on a CPU: ticks that a sleeping guest misses are not made up for. */
static void periodic_arm(struct vcpu *v)
{
	u64 now = time_now();

	if (!v->periodic_period)
		return;
	if (now >= v->periodic_last + v->periodic_period) {
		v->periodic_last = now - (now - v->periodic_last) % v->periodic_period;
		event_send_virq_vcpu(v, VIRQ_TIMER);
	}
	timer_set(&v->periodic_timer, v->periodic_last + v->periodic_period);
}

static void periodic_expired(void *data)
{
	periodic_arm(data);
}

static void init_timers(struct vcpu *v)
{
	timer_init(&v->singleshot_timer, singleshot_expired, v, v->cpu);
	timer_init(&v->poll_timer, poll_expired, v, v->cpu);
	timer_init(&v->periodic_timer, periodic_expired, v, v->cpu);
}

int vcpu_set_singleshot(struct vcpu *v, u64 deadline, bool only_future)
{
	if (only_future && deadline < time_now())
		return -XEN_ETIME;
	timer_migrate(&v->singleshot_timer, v->cpu);
	timer_set(&v->singleshot_timer, deadline);
	return 0;
}

void vcpu_stop_singleshot(struct vcpu *v)
{
	timer_stop(&v->singleshot_timer);
}

int vcpu_set_periodic(struct vcpu *v, u64 period_ns)
{
	if (period_ns && (period_ns < MIN_PERIOD || period_ns > (u64)INT64_MAX))
		return -XEN_EINVAL;
	timer_stop(&v->periodic_timer);
	v->periodic_period = period_ns;
	v->periodic_last = time_now();
	if (period_ns)
		timer_set(&v->periodic_timer, v->periodic_last + period_ns);
	return 0;
}

/* --- life --- */

static void init_info(struct vcpu *v)
{
	if (v->domain->shared_info && v->id < XEN_LEGACY_MAX_VCPUS)
		v->info = &v->domain->shared_info->vcpu_info[v->id];
	else
		v->info = &no_info;
}

int vcpu_create(struct domain *d, unsigned int id, struct vcpu **ret_v)
{
	bool idle = d->id == DOMID_IDLE;
	struct vcpu *v;
	int rc;

	if (id >= d->max_vcpus)
		return -XEN_EINVAL;
	if (d->vcpus[id])
		return -XEN_EEXIST;
	v = mem_new(struct vcpu);
	if (!v)
		return -XEN_ENOMEM;
	v->domain = d;
	v->id = id;
	v->runstate.state = idle ? RUNSTATE_running : RUNSTATE_offline;
	v->runstate.state_entry_time = time_now();
	if (!idle)
		v->pause_flags = 1u << VPF_DOWN;
	spin_init(&v->virq_lock);
	init_info(v);
	/* Spread new vCPUs; the scheduler moves them as needed. */
	rc = sched_vcpu_init(v, idle ? id : hw_cpu_id());
	if (rc)
		goto free_vcpu;
	init_timers(v);
	if (!idle) {
		rc = pv_vcpu_create(v);
		if (rc)
			goto undo_sched;
	}
	/* Release: events and tools may find it from now on. */
	__atomic_store_n(&d->vcpus[id], v, __ATOMIC_RELEASE);
	*ret_v = v;
	return 0;

undo_sched:
	sched_vcpu_destroy(v);
free_vcpu:
	mem_free(v);
	return rc;
}

void vcpu_destroy(struct vcpu *v)
{
	timer_kill(&v->singleshot_timer);
	timer_kill(&v->poll_timer);
	timer_kill(&v->periodic_timer);
	vcpu_forget_info(v);
	evtchn_vcpu_destroy(v);
	if (v->pv)
		pv_vcpu_destroy(v);
	sched_vcpu_destroy(v);
	v->domain->vcpus[v->id] = NULL;
	mem_free(v);
}

bool vcpu_has_info(const struct vcpu *v)
{
	return v->info != &no_info;
}

int vcpu_up(struct vcpu *v)
{
	if (!v->initialised || !vcpu_has_info(v))
		return -XEN_EINVAL;
	if (vcpu_flag_test_and_clear(v, VPF_DOWN))
		vcpu_wake(v);
	return 0;
}

/* The last running vCPU that goes down takes the domain with it: nobody could ever wake it
 * again. */
static void check_any_up(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		if (!vcpu_flag_test(v, VPF_DOWN))
			return;
	domain_shutdown(d, SHUTDOWN_poweroff);
}

void vcpu_down(struct vcpu *v)
{
	if (vcpu_flag_test_and_set(v, VPF_DOWN))
		return;
	vcpu_sleep_nosync(v);
	check_any_up(v->domain);
}

/* --- vcpu_info --- */

int vcpu_register_info(struct vcpu *v, u64 frame, u32 offset)
{
	struct domain *d = v->domain;
	struct vcpu_info *info;
	struct page_info *pg;
	int rc = 0;

	/* Inside one page, and aligned so that the atomic operations on its words never cross a
	 * cache line's word. */
	if (offset > PAGE_SIZE - sizeof(*info) || offset % sizeof(u64))
		return -XEN_ENXIO;
	if (v != current && !vcpu_flag_test(v, VPF_DOWN))
		return -XEN_EINVAL;
	pg = page_get_by_mfn(_mfn(frame), d);
	if (!pg)
		return -XEN_EINVAL;
	rc = page_get_type(pg, PAGE_WRITABLE);
	if (rc) {
		page_put(pg);
		return -XEN_EINVAL;
	}
	info = (struct vcpu_info *)((char *)page_to_virt(pg) + offset);
	spin_lock(&d->lock);
	if (v->info_page || d->dying != DOMAIN_ALIVE) {
		spin_unlock(&d->lock);
		page_put_writable(pg);
		return -XEN_EINVAL;
	}
	v->info_page = pg;
	if (vcpu_has_info(v)) {
		memcpy(info, v->info, sizeof(*info));
	} else {
		memset(info, 0, sizeof(*info));
		info->evtchn_upcall_mask = 1;
	}
	/* Senders use either place from here on; event_vcpu_info_moved() makes up for those that
	 * used the old one. */
	__atomic_store_n(&v->info, info, __ATOMIC_SEQ_CST);
	spin_unlock(&d->lock);
	event_vcpu_info_moved(v);
	time_refresh_vcpu(v);
	return 0;
}

void vcpu_forget_info(struct vcpu *v)
{
	struct page_info *pg = v->info_page;

	if (!pg)
		return;
	__atomic_store_n(&v->info, &no_info, __ATOMIC_SEQ_CST);
	v->info_page = NULL;
	page_put_writable(pg);
}

/* --- run states --- */

void vcpu_runstate_change(struct vcpu *v, int state, u64 now)
{
	struct vcpu_runstate_info *r = &v->runstate;

	if (now > r->state_entry_time)
		r->time[r->state] += now - r->state_entry_time;
	r->state_entry_time = now;
	r->state = state;
}

void vcpu_get_runstate(struct vcpu *v, struct vcpu_runstate_info *ret_info)
{
	unsigned long flags = sched_lock_vcpu(v);
	u64 now = time_now();

	*ret_info = v->runstate;
	sched_unlock_vcpu(v, flags);
	/* The present state counts up to now. */
	if (now > ret_info->state_entry_time)
		ret_info->time[ret_info->state] += now - ret_info->state_entry_time;
}

/* A guest's kernel addresses are mapped by its kernel's table only: the user's table is exchanged
 * for the moment.  Interrupts may be on or off; v is current. */
int vcpu_write_guest(struct vcpu *v, u64 va, const void *src, size_t size)
{
	bool user = v->pv && !(v->pv->flags & PV_KERNEL_MODE);
	size_t left;

	if (user) {
		v->pv->flags |= PV_KERNEL_MODE;
		pv_switch_table(v);
	}
	left = copy_to_guest_raw(va, src, size);
	if (user) {
		v->pv->flags &= ~PV_KERNEL_MODE;
		pv_switch_table(v);
	}
	return left ? -XEN_EFAULT : 0;
}

/* With the assist the guest can tell a record that is being written by the top bit of the entry
 * time. */
static void write_runstate_flagged(struct vcpu *v, u64 va, struct vcpu_runstate_info *r)
{
	u64 entry_va = va + offsetof(struct vcpu_runstate_info, state_entry_time);
	u64 entry = r->state_entry_time;

	r->state_entry_time = entry | XEN_RUNSTATE_UPDATE;
	/* x86 keeps stores in order, and each copy is complete before the next begins: the compiler
	 * sees calls. */
	if (vcpu_write_guest(v, entry_va, &r->state_entry_time, sizeof(u64)) ||
	    vcpu_write_guest(v, va, r, sizeof(*r)))
		return;
	vcpu_write_guest(v, entry_va, &entry, sizeof(u64));
}

void vcpu_update_runstate_area(struct vcpu *v)
{
	u64 va = v->runstate_area;
	struct vcpu_runstate_info r;

	if (!va)
		return;
	r = v->runstate;
	/* A guest that has unmapped its area gets no updates; that is its own affair. */
	if (v->domain->vm_assist & (1u << VMASST_TYPE_runstate_update_flag))
		write_runstate_flagged(v, va, &r);
	else
		vcpu_write_guest(v, va, &r, sizeof(r));
}

/* --- switching --- */

void vcpu_leaving_cpu(struct vcpu *v)
{
	if (v->periodic_period)
		timer_stop(&v->periodic_timer);
	vcpu_update_runstate_area(v);
}

void vcpu_entering_cpu(struct vcpu *v)
{
	/* Its timers interrupt the CPU that it runs on, so that delivery needs no second
	 * interrupt. */
	timer_migrate(&v->singleshot_timer, v->cpu);
	timer_migrate(&v->periodic_timer, v->cpu);
	periodic_arm(v);
	time_update_vcpu(v);
	vcpu_update_runstate_area(v);
}
