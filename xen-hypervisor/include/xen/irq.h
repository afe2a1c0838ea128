/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts as guests see them (pirqs): binding to event channels, acknowledgement.
 * Sources: core/irq.c, hw.  Called by the event channels with their domain lock held, interrupts
 * enabled.
 */
#ifndef XEN_IRQ_H
#define XEN_IRQ_H

#include <xen/types.h>

struct domain;
struct vcpu;

/* Domain's table of pirqs (d->irqs); release gives up every interrupt of a dying domain, destroy
 * frees the table. */
int irq_domain_init(struct domain *d);
void irq_domain_release(struct domain *d);
void irq_domain_destroy(struct domain *d);

/* From now on interrupts of `pirq` raise `port` of v's domain (event_send_pirq).  Checks that the
 * domain has the pirq and that it is not bound; `share`: others may be bound to the same line.  0
 * or -XEN_E*. */
int irq_guest_bind(struct vcpu *v, u32 pirq, u32 port, bool share);
void irq_guest_unbind(struct domain *d, u32 pirq);
/* The guest has handled it: unmask a level-triggered line. -XEN_EINVAL for a pirq that isn't
 * bound. */
int irq_guest_eoi(struct domain *d, u32 pirq);
/* Interrupts of the pirq go to the physical CPU on which v runs. */
void irq_guest_set_affinity(struct domain *d, u32 pirq, struct vcpu *v);

#endif
