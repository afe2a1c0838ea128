/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sched_op: giving up the CPU, waiting for events, ending the domain.  Arguments are copied in and
 * checked here; the work is the scheduler's (core/sched.c) and the domain's (core/domain_end.c).
 */
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#define POLL_MAX_PORTS 128

static long op_yield(u64 arg)
{
	sched_yield_current();
	return 0;
}

static long op_block(u64 arg)
{
	sched_block();
	return 0;
}

static long op_shutdown(u64 arg)
{
	struct sched_shutdown s;

	if (copy_from_guest_raw(&s, arg, sizeof(s)))
		return -XEN_EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	if (s.reason == SHUTDOWN_crash)
		log_guest(LOG_NOTICE, "the guest says that it has crashed");
	domain_shutdown(current->domain, (u8)s.reason);
	return 0;
}

static long op_shutdown_code(u64 arg)
{
	struct domain *d = current->domain;
	struct sched_shutdown s;
	unsigned long flags;
	long rc = 0;

	if (copy_from_guest_raw(&s, arg, sizeof(s)))
		return -XEN_EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	/* What a later shutdown will have as its reason, e.g. from a crash handler that still
	 * runs. */
	flags = spin_lock_irqsave(&d->shutdown_lock);
	if (d->is_shutting_down)
		rc = -XEN_EINVAL;
	else
		d->shutdown_code = (int)s.reason;
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	return rc;
}

static long op_remote_shutdown(u64 arg)
{
	struct sched_remote_shutdown s;
	struct domain *d;

	if (!current->domain->privileged)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&s, arg, sizeof(s)))
		return -XEN_EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	d = domain_get(s.domain_id);
	if (!d)
		return -XEN_ESRCH;
	domain_shutdown(d, (u8)s.reason);
	domain_put(d);
	return 0;
}

/* --- poll --- */

static void poll_end(struct vcpu *v)
{
	vcpu_flag_test_and_clear(v, VPF_POLLING);
	bit_clear(v->domain->polling, v->id);
}

/* 1: something is pending already, 0: nothing, or -XEN_E*. */
static int poll_look(struct vcpu *v, const struct sched_poll *p)
{
	evtchn_port_t port;

	if (event_upcall_due(v))
		return 1;
	for (unsigned int i = 0; i < p->nr_ports; i++) {
		if (copy_from_guest_offset(&port, p->ports, i, 1))
			return -XEN_EFAULT;
		if (!event_port_valid(v->domain, port))
			return -XEN_EINVAL;
		if (event_port_pending(v->domain, port))
			return 1;
		if (p->nr_ports == 1)
			v->poll_port = port;
	}
	return 0;
}

static long op_poll(u64 arg)
{
	struct vcpu *v = current;
	struct sched_poll p;
	int rc;

	if (copy_from_guest_raw(&p, arg, sizeof(p)))
		return -XEN_EFAULT;
	if (p.nr_ports > POLL_MAX_PORTS)
		return -XEN_EINVAL;
	/* Asleep first, then look (both operations are fully ordered): an event that comes after
	 * the look finds us polling and wakes us.  Any port does until the one is known: at worst
	 * we wake for nothing. */
	v->poll_port = POLL_ANY_PORT;
	vcpu_flag_set(v, VPF_POLLING);
	bit_set(v->domain->polling, v->id);
	rc = poll_look(v, &p);
	if (rc) {
		poll_end(v);
		return rc < 0 ? rc : 0;
	}
	if (p.timeout) {
		timer_migrate(&v->poll_timer, v->cpu);
		timer_set(&v->poll_timer, p.timeout);
	} else {
		timer_stop(&v->poll_timer);
	}
	softirq_raise(SOFTIRQ_SCHEDULE);
	return 0;
}

static long op_watchdog(u64 arg)
{
	struct sched_watchdog w;

	if (copy_from_guest_raw(&w, arg, sizeof(w)))
		return -XEN_EFAULT;
	return domain_watchdog(current->domain, w.id, w.timeout);
}

static long op_pin_override(u64 arg)
{
	struct sched_pin_override p;

	if (!current->domain->is_hardware)
		return -XEN_EPERM;
	if (copy_from_guest_raw(&p, arg, sizeof(p)))
		return -XEN_EFAULT;
	return sched_pin_override(current, p.pcpu);
}

static long (*const ops[])(u64 arg) = {
	[SCHEDOP_yield] = op_yield,
	[SCHEDOP_block] = op_block,
	[SCHEDOP_shutdown] = op_shutdown,
	[SCHEDOP_poll] = op_poll,
	[SCHEDOP_remote_shutdown] = op_remote_shutdown,
	[SCHEDOP_shutdown_code] = op_shutdown_code,
	[SCHEDOP_watchdog] = op_watchdog,
	[SCHEDOP_pin_override] = op_pin_override,
};

long do_sched_op(u64 cmd, u64 arg)
{
	/* The ABI's command is an int: the upper half of the register is not part of it. */
	cmd = (u32)cmd;
	return cmd < ARRAY_SIZE(ops) ? ops[cmd](arg) : -XEN_ENOSYS;
}
