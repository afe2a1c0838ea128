/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts as guests see them (pirqs): mapping, binding to event channels,
 * acknowledgement.
 *
 * A pirq is a number of one domain's for an interrupt of the machine: a GSI or a message.  Mapping
 * gives the domain the right to bind it; only the hardware domain maps, for itself or for a guest
 * it gives a device to.  Source: core/irq.c.  Bind, unbind and set_affinity are called by the event
 * channels with their domain lock held, interrupts enabled; the rest by hypercalls without locks.
 */
#ifndef XEN_IRQ_H
#define XEN_IRQ_H

#include <xen/types.h>

struct domain;
struct msi_request;
struct vcpu;

#define IRQ_MAX_PIRQS 4096	/* of one domain */

/* Domain's table of pirqs (d->irqs); release gives up every interrupt of a dying domain, destroy
 * frees the table. */
int irq_domain_init(struct domain *d);
void irq_domain_release(struct domain *d);
void irq_domain_destroy(struct domain *d);

/* From now on interrupts of `pirq` raise `port` of v's domain (event_send_pirq).  Checks that the
 * domain has the pirq and that it is not bound; `share`: others may be bound to the same line.  0
 * or -XEN_E*. */
int irq_guest_bind(struct vcpu *v, u32 pirq, u32 port, bool share);
/*
 * Undoes the binding to `port`.  Nothing when the pirq was unmapped meanwhile, and then perhaps
 * mapped and bound anew: the old port knows nothing of that.
 */
void irq_guest_unbind(struct domain *d, u32 pirq, u32 port);
/* The guest has handled it: unmask a level-triggered line. -XEN_EINVAL for a pirq that isn't
 * bound. */
int irq_guest_eoi(struct domain *d, u32 pirq);
/* The same for all of the domain's that wait (PHYSDEVOP_IRQ_UNMASK_NOTIFY). */
void irq_guest_eoi_all(struct domain *d);
/* Interrupts of the pirq, if bound to `port`, go to the physical CPU on which v runs. */
void irq_guest_set_affinity(struct domain *d, u32 pirq, u32 port, struct vcpu *v);

/* --- mapping; the caller's right was checked --- */

/*
 * Gives d the GSI as pirq *pirq (-1: the same number if free, else another): 0, -XEN_EEXIST,
 * -XEN_EINVAL, -XEN_ENOSPC.
 */
int irq_map_gsi(struct domain *d, u32 gsi, s32 *pirq);
/* Gives d rq->count messages as adjacent pirqs from *pirq on (-1: any). */
int irq_map_msi(struct domain *d, const struct msi_request *rq, s32 *pirq);
/*
 * Takes a pirq (of a block of messages: all) away; what is bound is unbound first. 0 or
 * -XEN_EINVAL.
 */
int irq_unmap(struct domain *d, u32 pirq);
/* A number that is free, kept for a later mapping that names it: the number or -XEN_ENOSPC. */
int irq_reserve_pirq(struct domain *d, bool for_gsi);
/* Flags XENIRQSTAT_*: 0 or -XEN_EINVAL for a number outside the table. */
int irq_status(struct domain *d, u32 pirq, u32 *ret_flags);
/*
 * PHYSDEVOP_pirq_eoi_gmfn_v2: the page's bits say which pirqs need an acknowledgement. -XEN_EBUSY:
 * set already.
 */
int irq_set_eoi_map(struct domain *d, u64 frame);
/* DOMCTL bookkeeping: is the pirq mapped? */
bool irq_is_mapped(struct domain *d, u32 pirq);

#endif
