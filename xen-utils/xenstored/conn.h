/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection: somebody who sends requests, has watches and transactions, and receives messages.
 * Socket clients and domain rings embed it.
 *
 * Relies on store.h. Owned by socket.c or domain.c; the watches and transactions that hang on it
 * are owned by watch.c and txn.c and go with it (conn_reset()).
 */
#ifndef XENSTORED_CONN_H
#define XENSTORED_CONN_H

#include "xenstored/store.h"

struct watch;

struct conn_ops {
	/* Queue a message. Never fails the caller: who cannot take it marks itself. */
	void (*send)(struct conn *c, const struct xsd_sockmsg *hdr, const void *data);
};

struct conn {
	struct conn *next, **pprev;
	const struct conn_ops *ops;
	struct perm_actor who;
	bool durable;			/* a ring: watches and transaction ids go to the journal */
	char name[40];			/* for the log: "d3", "socket 12 (pid 345)" */
	struct log_ratelimit rl;
	struct watch *watches;
	uint32_t nr_watches;
	struct txn *txns;
	uint32_t nr_txns;
	uint64_t nr_requests;
};

void conn_init(struct conn *c, struct store *s, const struct conn_ops *ops, uint16_t domid);

/* Drop all watches and transactions, with their journal entries. */
void conn_reset(struct store *s, struct conn *c);

/* conn_reset(), and out of the store's list. */
void conn_fini(struct store *s, struct conn *c);

static inline bool conn_is_privileged(const struct conn *c)
{
	return c->who.domid == 0;
}

/* quota_check() for this connection; always 0 for a privileged one. */
int conn_quota(struct store *s, struct conn *c, enum quota_id id, uint64_t wanted);

/* Queue a message. */
void conn_send(struct conn *c, uint32_t type, uint32_t req_id, uint32_t tx_id, const void *data,
	       size_t len);

#endif
