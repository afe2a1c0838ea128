/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions: snapshot isolation on the copy-on-write tree.
 *
 * A transaction holds the tree as it was at its start (base) and its own version of it (root). Each
 * operation notes which aspect of which node it relied on and, when it changes something, what it
 * did. At the commit every note is compared between base and the main tree by generation stamps;
 * if one differs the answer is EAGAIN and nothing happened. Otherwise the changes are done again on
 * the main tree, with all permission checks, and become visible in one step. Two transactions
 * that touch different nodes never disturb each other, even in the same directory, unless one of
 * them listed it.
 *
 * A restart of the daemon loses what an open transaction did, but its number is in the journal: the
 * transaction goes on with a fresh snapshot, and its commit answers EAGAIN. That is the one answer
 * every client is written to expect, so guests simply try again. (ENOENT in the middle would make
 * today's Linux drivers give their device up.) Transactions of sockets end with the socket.
 *
 * Relies on tree.h and store.h.
 */
#ifndef XENSTORED_TXN_H
#define XENSTORED_TXN_H

#include "xenstored/conn.h"

enum txn_aspect {
	TXN_EXISTS = 1,
	TXN_VALUE = 2,
	TXN_PERMS = 4,
	TXN_CHILDREN = 8,
};

enum txn_op_kind { TXN_OP_WRITE, TXN_OP_MKDIR, TXN_OP_RM, TXN_OP_SET_PERMS };

#define TXN_NOTE_BUCKETS	64

struct txn_note;
struct txn_op;

struct txn {
	struct txn *next;
	uint32_t id;
	bool lost;			/* survived a restart in name only */
	struct node *base;
	struct node *root;
	uint32_t nr_created;		/* nodes created here, for the quota */
	uint32_t nr_used;		/* notes and operations, for the quota */
	struct txn_note *notes[TXN_NOTE_BUCKETS];
	struct txn_op *ops, **ops_end;
};

/* A new transaction on the tree as it is. *ret_id is never 0. */
int txn_start(struct store *s, struct conn *c, uint32_t *ret_id);

/* The one a restart interrupted. */
int txn_restore(struct store *s, struct conn *c, uint32_t id);

struct txn *txn_find(struct conn *c, uint32_t id);

/* Commit or throw away; the transaction is gone in any case. -EAGAIN: conflict. */
int txn_end(struct store *s, struct conn *c, struct txn *t, bool commit);
void txn_abort_all(struct store *s, struct conn *c);

/* Note that @aspects of the node at @path matter. NULL @t: nothing to note. */
int txn_note(const struct view *v, const char *path, unsigned int aspects);

/* Remember a change for the commit. */
int txn_log(const struct view *v, enum txn_op_kind kind, const char *path, const void *data,
	    size_t len, struct perms *perms);

#endif
