/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the journal's entries mean: one function to write each kind, one to read any of them back,
 * and the snapshot that describes everything.
 *
 * Durability, the whole design. The daemon may be killed at any instruction and started again:
 *
 * - What a request changes (nodes, permissions, watches, domains), that the request was taken from
 *   the ring (the consumer index), and the bytes of the answer and of the events it caused on other
 *   rings, are entries of one journal record. Either all of it happened or none.
 * - Only after the record is written do the indices in the shared page move. So a request that is
 *   not in the journal still stands in the ring and is executed after the restart; one that is in
 *   the journal is never executed again, since our own consumer index counts, not the page's.
 * - Bytes to a guest have the ring index they will have as their name. Publishing is not journaled:
 *   after a restart the page's producer index says how many of the journaled bytes went out; it is
 *   believed only if it lies within them. Copying bytes again to the same place does no harm.
 * - A request longer than the ring has to be taken out in pieces; the pieces are journaled.
 * - Event channels die with the daemon. At the start each ring is bound again, looked at once and
 *   its guest notified once, so no wake-up is lost.
 * - Transactions: see txn.h. Sockets end with the daemon; libxenstore connects again and registers
 *   its watches, each of which fires.
 *
 * Journal or SQLite: measured on tmpfs with 10 000 nodes of 60-byte paths and 40-byte values, one
 * durable commit per change. This journal: 2.1 us a change, 12 ms to read everything back, 3.6 ms
 * to compact. SQLite 3.40 (WAL, synchronous=OFF, exclusive, prepared statement): 11.8 us a change
 * and 17 ms to read back, and it would still need the tree in memory for snapshots. So it is a
 * journal.
 */
#ifndef XENSTORED_STATE_H
#define XENSTORED_STATE_H

#include "xenstored/store.h"

enum state_type {
	STATE_META = 1,
	STATE_NODE_CREATE,
	STATE_NODE_VALUE,
	STATE_NODE_PERMS,
	STATE_NODE_RM,
	STATE_SPECIAL,
	STATE_WATCH_ADD,
	STATE_WATCH_DEL,
	STATE_WATCH_RESET,
	STATE_DOMAIN,
	STATE_DOMAIN_DEL,
	STATE_RING,
	STATE_RING_IN,
	STATE_RING_OUT,
	STATE_TXN_START,
	STATE_TXN_END,
	STATE_QUOTA,
	STATE_PURGE,
};

struct watch;
struct domain;

void state_node_create(struct store *s, const char *path, const struct perms *perms);
void state_node_value(struct store *s, const char *path, const void *data, size_t len);
void state_node_perms(struct store *s, const char *path, const struct perms *perms);
void state_node_rm(struct store *s, const char *path);
void state_special(struct store *s, int which, const struct perms *perms);
void state_purge(struct store *s, uint16_t domid);
void state_watch_add(struct store *s, const struct watch *w);
void state_watch_del(struct store *s, const struct watch *w);
void state_watch_reset(struct store *s, uint16_t domid);
void state_txn(struct store *s, enum state_type type, uint16_t domid, uint32_t id);
void state_quota(struct store *s, enum quota_id id);

/* A domain as it is: where its ring is and its flags. */
void state_domain(struct store *s, const struct domain *d);
void state_domain_del(struct store *s, uint16_t domid);

/* The ring starts anew: nothing in, nothing out, at the domain's present indices. */
void state_ring(struct store *s, const struct domain *d);

/* The consumer index moved; @data are bytes of an unfinished request (@len 0 forgets those). */
void state_ring_in(struct store *s, const struct domain *d, const void *data, size_t len);

/* Bytes queued for the guest. */
void state_ring_out(struct store *s, const struct domain *d, const void *data, size_t len);

/* journal_entry_fn and journal_snapshot_fn; ctx is the store. */
int state_replay(void *ctx, uint8_t type, const char *body, size_t len);
int state_snapshot(void *ctx, struct journal *j);

#endif
