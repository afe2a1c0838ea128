/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the wire protocol: finding the handler, checking who may call it, answering.
 *
 * Relies on store, txn, watch, domain and control. Used by socket.c and ring.c.
 */
#ifndef XENSTORED_WIRE_H
#define XENSTORED_WIRE_H

#include "xenstored/conn.h"

/*
 * Execute one request and queue its answer and the events it causes. @body has hdr->len bytes (at
 * most XENSTORE_PAYLOAD_MAX) and room for one more. The caller calls store_flush() later.
 */
void wire_handle(struct store *s, struct conn *c, const struct xsd_sockmsg *hdr, char *body);

/* "READ" and so on, for the log; never NULL. */
const char *wire_type_name(uint32_t type);

#endif
