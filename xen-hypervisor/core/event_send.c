/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raising events: from guests, virtual interrupts, physical interrupts; waking who waits for them.
 * The hot path of every device.  Locks: see event_impl.h; all functions here work in interrupts,
 * too.
 *
 * Order between a sender and a vCPU that goes to sleep: the sender sets the pending state (an
 * atomic operation, fully ordered) and then looks whether the vCPU sleeps; the sleeper marks itself
 * and then looks for pending state.
 */
#include <xen/errno.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/smp.h>

#include "event_impl.h"

/* --- telling vCPUs --- */

void vcpu_kick(struct vcpu *v)
{
	bool slept;

	if (READ_ONCE(v->pause_flags) & ((1u << VPF_BLOCKED) | (1u << VPF_POLLING))) {
		slept = vcpu_flag_test_and_clear(v, VPF_BLOCKED);
		if (vcpu_flag_test_and_clear(v, VPF_POLLING)) {
			bit_clear(v->domain->polling, v->id);
			slept = true;
		}
		if (slept) {
			vcpu_wake(v);
			return;
		}
	}
	/* On this CPU the way back to the guest looks for events.  On another one the guest has to
	 * be brought out, even if it masks upcalls: whether it does cannot be read in order with
	 * its own test after unmasking. */
	if (READ_ONCE(v->running) && v != current)
		hw_smp_kick(READ_ONCE(v->cpu));
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	if (!__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
		vcpu_kick(v);
}

bool event_upcall_due(const struct vcpu *v)
{
	return READ_ONCE(v->info->evtchn_upcall_pending) && !READ_ONCE(v->info->evtchn_upcall_mask);
}

void evtchn_wake_pollers(struct domain *d, u32 port)
{
	for (unsigned int id = bit_find_next(d->polling, MAX_VCPUS, 0); id < MAX_VCPUS;
	     id = bit_find_next(d->polling, MAX_VCPUS, id + 1)) {
		struct vcpu *v = domain_vcpu(d, id);
		u32 wanted = READ_ONCE(v->poll_port);

		if (wanted != POLL_ANY_PORT && wanted != port)
			continue;
		if (!vcpu_flag_test_and_clear(v, VPF_POLLING))
			continue;
		bit_clear(d->polling, id);
		vcpu_wake(v);
	}
}

void evtchn_raise(struct domain *d, struct evtchn *chn)
{
	d->evtchn->layout->set_pending(d, chn);
	/* Setting pending was fully ordered: who started to poll before it is in the mask by
	 * now. */
	if (unlikely(READ_ONCE(d->polling[0]) | READ_ONCE(d->polling[1])))
		evtchn_wake_pollers(d, chn->port);
}
BUILD_CHECK(MAX_VCPUS == 128);

/* --- sending --- */

int evtchn_op_send(struct evtchn_send *a)
{
	struct domain *d = current->domain;
	struct evtchn *chn = evtchn_find(d->evtchn, a->port);
	unsigned long flags;
	int rc = 0;

	if (!chn)
		return -XEN_EINVAL;
	perfc_inc(PERFC_EVENTS_SENT);
	flags = spin_lock_irqsave(&chn->lock);
	if (likely(chn->state == EVTCHN_INTERDOMAIN))
		evtchn_raise(chn->remote, evtchn_at(chn->remote->evtchn, chn->remote_port));
	else if (chn->state == EVTCHN_IPI)
		evtchn_raise(d, chn);
	else if (chn->state != EVTCHN_UNBOUND) /* nobody there yet: the send is lost, no error */
		rc = -XEN_EINVAL;
	spin_unlock_irqrestore(&chn->lock, flags);
	return rc;
}

/* Raises d's port if it is bound to the virtual or physical interrupt `number`. */
static void raise_if(struct domain *d, u32 port, enum evtchn_state state)
{
	struct evtchn *chn = evtchn_find(d->evtchn, port);
	unsigned long flags;

	if (!chn)
		return;
	flags = spin_lock_irqsave(&chn->lock);
	if (chn->state == state)
		evtchn_raise(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

void event_send_virq_vcpu(struct vcpu *v, u32 virq)
{
	unsigned long flags = spin_lock_irqsave(&v->virq_lock);
	u32 port = v->virq_to_evtchn[virq];

	perfc_inc(PERFC_EVENTS_VIRQ);
	if (port)
		raise_if(v->domain, port, EVTCHN_VIRQ);
	spin_unlock_irqrestore(&v->virq_lock, flags);
}

void event_send_virq_global(struct domain *d, u32 virq)
{
	/* Global ones are bound to vCPU 0; the channel may name another one to be told. */
	if (d && domain_vcpu(d, 0))
		event_send_virq_vcpu(domain_vcpu(d, 0), virq);
}

/* Who gets a global VIRQ: dom0 unless the tools said otherwise. */
static struct domain *handlers[NR_VIRQS];
static spinlock_t handlers_lock = SPINLOCK_INIT;

void event_send_global_virq(u32 virq)
{
	unsigned long flags = spin_lock_irqsave(&handlers_lock);

	event_send_virq_global(handlers[virq] ? handlers[virq] : dom0, virq);
	spin_unlock_irqrestore(&handlers_lock, flags);
}

int event_set_global_virq_handler(struct domain *d, u32 virq)
{
	struct domain *old;
	unsigned long flags;

	if (virq >= NR_VIRQS)
		return -XEN_EINVAL;
	if (virq_is_per_vcpu(virq))
		return -XEN_EINVAL;
	if (d == dom0)
		d = NULL;
	flags = spin_lock_irqsave(&handlers_lock);
	/* Under the lock: event_forget_handler() finds it later, or came before and we see why. */
	if (d && READ_ONCE(d->dying) != DOMAIN_ALIVE) {
		spin_unlock_irqrestore(&handlers_lock, flags);
		return -XEN_ESRCH;
	}
	if (d)
		domain_hold(d);
	old = handlers[virq];
	handlers[virq] = d;
	spin_unlock_irqrestore(&handlers_lock, flags);
	if (old)
		domain_put(old);
	return 0;
}

/* A dying domain handles nothing any more. */
void event_forget_handler(struct domain *d)
{
	for (unsigned int i = 0; i < NR_VIRQS; i++) {
		unsigned long flags = spin_lock_irqsave(&handlers_lock);
		bool was = handlers[i] == d;

		if (was)
			handlers[i] = NULL;
		spin_unlock_irqrestore(&handlers_lock, flags);
		if (was)
			domain_put(d);
	}
}

void event_send_pirq(struct domain *d, unsigned int port)
{
	perfc_inc(PERFC_EVENTS_PIRQ);
	raise_if(d, port, EVTCHN_PIRQ);
}
