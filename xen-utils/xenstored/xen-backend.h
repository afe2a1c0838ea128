/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend behind domain.c on a real machine: rings mapped through grants or as foreign frames,
 * event channels, and the hypervisor's word on who is alive.
 *
 * Relies on libxen and libevent. Used by main.c.
 */
#ifndef XENSTORED_XEN_BACKEND_H
#define XENSTORED_XEN_BACKEND_H

#include <event2/event.h>

#include "xenstored/domain.h"

struct xen_backend;

/* Open the devices and make it the store's backend. Failures are logged with the way out. */
int xen_backend_open(struct store *s, struct event_base *base, struct xen_backend **ret_xb);

/*
 * Reattach the domains of the journal, connect the control domain's kernel if it waits for us, and
 * begin to listen to events.
 */
int xen_backend_start(struct xen_backend *xb);
void xen_backend_close(struct xen_backend *xb);		/* accepts NULL */

#endif
