/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the machine a domain may touch: I/O ports, I/O memory (frames), interrupts (pirq
 * numbers). Any context but interrupts; each call locks for itself.  Source: core/rights.c.
 */
#ifndef XEN_RIGHTS_H
#define XEN_RIGHTS_H

#include <xen/types.h>

struct domain;

int rights_init(struct domain *d);	/* d->rights, empty */
void rights_destroy(struct domain *d);
void rights_revoke_all(struct domain *d);

/* 0, -XEN_EINVAL for first > last, -XEN_ENOMEM (nothing changed). */
int rights_ioport_grant(struct domain *d, u64 first, u64 last);
int rights_ioport_revoke(struct domain *d, u64 first, u64 last);
int rights_iomem_grant(struct domain *d, u64 first, u64 last);
int rights_iomem_revoke(struct domain *d, u64 first, u64 last);
int rights_irq_grant(struct domain *d, u64 first, u64 last);
int rights_irq_revoke(struct domain *d, u64 first, u64 last);

/* The whole range is the domain's to use. */
bool rights_ioport_ok(struct domain *d, u64 first, u64 last);
bool rights_iomem_ok(struct domain *d, u64 first, u64 last);
bool rights_irq_ok(struct domain *d, u64 first, u64 last);

#endif
