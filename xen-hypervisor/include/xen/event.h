/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels: 2-level and FIFO.  Sources: core/event.c, core/event_2l.c, core/event_fifo.c;
 * hypercall/event_channel_op.c.  Locks: see the top of core/event.c.  Sending is allowed from
 * interrupts.
 */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include <public/event_channel.h>
#include <xen/types.h>

struct domain;
struct vcpu;

int evtchn_init(struct domain *d);		/* d->evtchn */
/* closes every port; the domain is dying; 0 or -XEN_ERESTART */
int evtchn_destroy(struct domain *d);
void evtchn_destroy_final(struct domain *d);	/* frees the memory */
void evtchn_vcpu_destroy(struct vcpu *v);

/* One function per EVTCHNOP, arguments already copied in; OUT fields are filled. 0 or -XEN_E*. */
int evtchn_op_alloc_unbound(struct evtchn_alloc_unbound *a);
int evtchn_op_bind_interdomain(struct evtchn_bind_interdomain *a);
int evtchn_op_bind_virq(struct evtchn_bind_virq *a);
int evtchn_op_bind_ipi(struct evtchn_bind_ipi *a);
int evtchn_op_bind_pirq(struct evtchn_bind_pirq *a);
int evtchn_op_close(struct evtchn_close *a);
int evtchn_op_send(struct evtchn_send *a);
int evtchn_op_status(struct evtchn_status *a);
int evtchn_op_bind_vcpu(struct evtchn_bind_vcpu *a);
int evtchn_op_unmask(struct evtchn_unmask *a);
int evtchn_op_reset(struct evtchn_reset *a);
int evtchn_op_init_control(struct evtchn_init_control *a);
int evtchn_op_expand_array(struct evtchn_expand_array *a);
int evtchn_op_set_priority(struct evtchn_set_priority *a);

/* Boot-time: an unbound port of d for `remote` without checks of rights (dom0 builder). */
int evtchn_alloc_unbound_for(struct domain *d, domid_t remote, u32 *ret_port);

/* Raise a virtual interrupt; any context. */
void event_send_virq_vcpu(struct vcpu *v, u32 virq);
void event_send_virq_global(struct domain *d, u32 virq);
/* Global VIRQs that dom0 or a chosen handler domain gets (DOM_EXC, CONSOLE, CON_RING, ...). */
void event_send_global_virq(u32 virq);
/* 0; -XEN_EINVAL for a VIRQ that is not global; -XEN_ESRCH: the domain is dying. */
int event_set_global_virq_handler(struct domain *d, u32 virq);
void event_forget_handler(struct domain *d);	/* the domain is dying */
/* The others exist once. */
static inline bool virq_is_per_vcpu(u32 virq)
{
	return virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF ||
	       virq == VIRQ_XENPMU;
}

/* Physical interrupt bound to a port: raise it (from the interrupt handler). */
void event_send_pirq(struct domain *d, unsigned int port);
/* irq layer, called by bind_pirq/close: attach or detach pirq of d.  Declared in irq.h. */

bool event_port_pending(struct domain *d, u32 port);	/* SCHEDOP_poll */
bool event_port_valid(struct domain *d, u32 port);
/* An upcall is due: vcpu_info.evtchn_upcall_pending && !mask. */
bool event_upcall_due(const struct vcpu *v);

/* After VCPUOP_register_vcpu_info moved vcpu_info: everything may have been lost, so mark all. */
void event_vcpu_info_moved(struct vcpu *v);

/* The vCPU has something to look at: set upcall_pending and wake/kick it. */
void vcpu_mark_events_pending(struct vcpu *v);
/* Kick: makes a running vCPU look at its pending events soon (IPI if on another CPU). */
void vcpu_kick(struct vcpu *v);

void event_dump(struct domain *d);	/* debug key e */

#endif
