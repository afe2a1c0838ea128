/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How domains end: shutdown by themselves or the tools, crash, watchdogs, and destruction in named
 * stages. Relies on the scheduler to stop vCPUs and on each subsystem to give back what it holds.
 *
 * d->shutdown_lock (interrupts off) guards the shutdown fields, so that a crash may be declared in
 * any context. d->kill_stage belongs to whoever set DOMAIN_KILL_BUSY in it; there is one destroyer
 * at a time.
 */
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/irq.h>
#include <xen/log.h>
#include <xen/machine.h>
#include <xen/page.h>
#include <xen/pv.h>
#include <xen/rights.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>

/* --- shutdown --- */

static void NORETURN machine_follows_dom0(u8 reason)
{
	log_notice("dom0 has ended (reason %u): the machine %s", reason,
		   reason == SHUTDOWN_poweroff ? "is switched off" : "restarts");
	if (reason == SHUTDOWN_poweroff)
		hw_machine_poweroff();
	hw_machine_restart();
}

/* Stops a vCPU until domain_resume(); shutdown_lock held. */
static void stop_vcpu(struct vcpu *v)
{
	if (v->paused_for_shutdown)
		return;
	v->paused_for_shutdown = true;
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	vcpu_sleep_nosync(v);
}

void domain_shutdown(struct domain *d, u8 reason)
{
	unsigned long flags;
	struct vcpu *v;
	bool first;

	if (d->is_hardware)
		machine_follows_dom0(reason);
	flags = spin_lock_irqsave(&d->shutdown_lock);
	first = !d->is_shutting_down;
	if (d->shutdown_code < 0)
		d->shutdown_code = reason;
	d->is_shutting_down = d->is_shut_down = true;
	for_each_vcpu(d, v)
		stop_vcpu(v);
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	if (first)
		event_send_global_virq(VIRQ_DOM_EXC);
}

int domain_resume(struct domain *d)
{
	unsigned long flags;
	struct vcpu *v;

	/* Nothing of the domain may run while half of its vCPUs are released. */
	domain_pause(d);
	flags = spin_lock_irqsave(&d->shutdown_lock);
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = -1;
	d->crash_reason = NULL;
	for_each_vcpu(d, v) {
		if (v->paused_for_shutdown)
			__atomic_fetch_sub(&v->pause_count, 1, __ATOMIC_SEQ_CST);
		v->paused_for_shutdown = false;
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	domain_unpause(d);
	return 0;
}

void domain_crash(struct domain *d, const char *why)
{
	unsigned long flags = spin_lock_irqsave(&d->shutdown_lock);
	bool first = !d->crash_reason;

	if (first)
		d->crash_reason = why;
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	if (first) {
		log_error("d%u crashed: %s", d->id, why);
		if (current->domain == d)
			pv_dump_guest(current);
		domain_shutdown(d, SHUTDOWN_crash);
	}
	if (current->domain == d)
		softirq_raise(SOFTIRQ_SCHEDULE);
}

/* --- watchdogs --- */

static void watchdog_expired(void *data)
{
	struct domain *d = data;

	if (d->is_shutting_down || READ_ONCE(d->dying) != DOMAIN_ALIVE)
		return;
	log_notice("d%u: its watchdog expired", d->id);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

void domain_watchdog_init(struct domain *d)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdogs); i++)
		timer_init(&d->watchdogs[i].timer, watchdog_expired, d, hw_cpu_id());
}

static void watchdog_arm(struct domain *d, unsigned int i, u32 seconds)
{
	d->watchdogs[i].used = seconds != 0;
	d->watchdogs[i].timeout = seconds;
	if (seconds)
		timer_set(&d->watchdogs[i].timer, time_now() + seconds * NS_PER_SEC);
	else
		timer_stop(&d->watchdogs[i].timer);
}

/* id 0: a new one. */
static int watchdog_new(struct domain *d, u32 seconds)
{
	if (!seconds)
		return -XEN_EINVAL;
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdogs); i++) {
		if (d->watchdogs[i].used)
			continue;
		watchdog_arm(d, i, seconds);
		return (int)i + 1;
	}
	return -XEN_ENOSPC;
}

int domain_watchdog(struct domain *d, u32 id, u32 timeout_seconds)
{
	int rc = 0;

	if (id > ARRAY_SIZE(d->watchdogs))
		return -XEN_EINVAL;
	spin_lock(&d->lock);
	if (id == 0)
		rc = watchdog_new(d, timeout_seconds);
	else if (!d->watchdogs[id - 1].used)
		rc = -XEN_EINVAL;
	else
		watchdog_arm(d, id - 1, timeout_seconds);
	spin_unlock(&d->lock);
	return rc;
}

/* --- destruction --- */

static int stage_stop(struct domain *d)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(d->watchdogs); i++)
		timer_kill(&d->watchdogs[i].timer);
	/* Never taken back: no vCPU of it runs again. */
	domain_pause(d);
	return 0;
}

static int stage_events(struct domain *d)
{
	struct vcpu *v;
	int rc = evtchn_destroy(d);

	if (rc)
		return rc;
	for_each_vcpu(d, v)
		vcpu_forget_info(v);
	return 0;
}

static int stage_interrupts(struct domain *d)
{
	irq_domain_release(d);
	rights_revoke_all(d);
	return 0;
}

/* Each stage gives back what the ones after it could no longer reach: mappings of others' pages
 * before the tables that hold them, tables before the pages they lie in. */
static const struct {
	const char *name;
	int (*run)(struct domain *d); /* 0, or -XEN_ERESTART: call again */
} kill_stages[] = {
	{ "stop", stage_stop },
	{ "events", stage_events },
	{ "interrupts", stage_interrupts },
	{ "grant mappings", grant_release_mappings },
	{ "page tables", pv_domain_relinquish },
	{ "memory", page_relinquish_domain },
};

static void kill_finish(struct domain *d)
{
	WRITE_ONCE(d->dying, DOMAIN_DEAD);
	event_send_global_virq(VIRQ_DOM_EXC);
	domain_put(d); /* the table's reference; the caller has one of its own */
}

/* Becomes the one destroyer; others come back later. */
static int kill_begin(struct domain *d)
{
	int rc = 0;

	spin_lock(&d->lock);
	if (d->dying == DOMAIN_DEAD)
		rc = -XEN_ESRCH;
	else if (d->kill_stage & DOMAIN_KILL_BUSY)
		rc = -XEN_ERESTART;
	else
		d->kill_stage |= DOMAIN_KILL_BUSY;
	if (!rc)
		WRITE_ONCE(d->dying, DOMAIN_DYING);
	spin_unlock(&d->lock);
	return rc;
}

static void kill_end(struct domain *d, unsigned int stage)
{
	spin_lock(&d->lock);
	d->kill_stage = stage;
	spin_unlock(&d->lock);
}

int domain_kill(struct domain *d)
{
	unsigned int stage;
	int rc;

	if (d->is_hardware || d == current->domain)
		return -XEN_EINVAL;
	rc = kill_begin(d);
	if (rc)
		return rc == -XEN_ESRCH ? 0 : rc;
	stage = d->kill_stage & ~DOMAIN_KILL_BUSY;
	while (stage < ARRAY_SIZE(kill_stages)) {
		rc = kill_stages[stage].run(d);
		if (rc)
			break;
		log_debug("d%u: destruction: %s done", d->id, kill_stages[stage].name);
		stage++;
	}
	if (!rc)
		kill_finish(d);
	kill_end(d, stage);
	return rc;
}

const char *domain_kill_stage_name(const struct domain *d)
{
	unsigned int stage = READ_ONCE(d->kill_stage) & ~DOMAIN_KILL_BUSY;

	return stage < ARRAY_SIZE(kill_stages) ? kill_stages[stage].name : "references";
}
