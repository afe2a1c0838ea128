/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions; the contract and the idea are in txn.h.
 */
#include <config.h>

#include "xenstored/state.h"
#include "xenstored/txn.h"

struct txn_note {
	struct txn_note *next;
	unsigned int aspects;
	char path[];
};

struct txn_op {
	struct txn_op *next;
	enum txn_op_kind kind;
	struct perms *perms;
	char *path;
	size_t len;
	char data[];
};

static struct txn *txn_new(struct store *s, struct conn *c, uint32_t id)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->id = id;
	t->base = node_get(s->root);
	t->root = node_get(s->root);
	t->ops_end = &t->ops;
	t->next = c->txns;
	c->txns = t;
	c->nr_txns++;
	return t;
}

struct txn *txn_find(struct conn *c, uint32_t id)
{
	struct txn *t = c->txns;

	while (t && t->id != id)
		t = t->next;
	return t;
}

int txn_start(struct store *s, struct conn *c, uint32_t *ret_id)
{
	int rc = conn_quota(s, c, QUOTA_TRANSACTIONS, (uint64_t)c->nr_txns + 1);

	if (rc < 0)
		return rc;
	do {
		s->next_tx++;
	} while (!s->next_tx || txn_find(c, s->next_tx));
	if (!txn_new(s, c, s->next_tx))
		return -ENOMEM;
	if (c->durable)
		state_txn(s, STATE_TXN_START, c->who.domid, s->next_tx);
	*ret_id = s->next_tx;
	return 0;
}

int txn_restore(struct store *s, struct conn *c, uint32_t id)
{
	struct txn *t = txn_new(s, c, id);

	if (!t)
		return -ENOMEM;
	t->lost = true;
	return 0;
}

static void txn_free(struct txn *t)
{
	for (int i = 0; i < TXN_NOTE_BUCKETS; i++) {
		for (struct txn_note *n = t->notes[i], *next; n; n = next) {
			next = n->next;
			free(n);
		}
	}
	for (struct txn_op *op = t->ops, *next; op; op = next) {
		next = op->next;
		perms_put(op->perms);
		free(op);
	}
	node_put(t->root);
	node_put(t->base);
	free(t);
}

static void txn_unlink(struct store *s, struct conn *c, struct txn *t)
{
	struct txn **pp = &c->txns;

	while (*pp != t)
		pp = &(*pp)->next;
	*pp = t->next;
	c->nr_txns--;
	if (c->durable)
		state_txn(s, STATE_TXN_END, c->who.domid, t->id);
}

void txn_abort_all(struct store *s, struct conn *c)
{
	while (c->txns) {
		struct txn *t = c->txns;

		txn_unlink(s, c, t);
		txn_free(t);
	}
}

static unsigned int note_bucket(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return (h ^ h >> 16) % TXN_NOTE_BUCKETS;
}

static int count_use(const struct view *v)
{
	int rc = conn_quota(v->s, v->c, QUOTA_TX_NODES, (uint64_t)v->t->nr_used + 1);

	if (!rc)
		v->t->nr_used++;
	return rc;
}

int txn_note(const struct view *v, const char *path, unsigned int aspects)
{
	struct txn_note *n, **head;
	size_t len = strlen(path) + 1;
	int rc;

	if (!v->t)
		return 0;
	head = &v->t->notes[note_bucket(path)];
	for (n = *head; n; n = n->next) {
		if (str_eq(n->path, path)) {
			n->aspects |= aspects;
			return 0;
		}
	}
	rc = count_use(v);
	if (rc < 0)
		return rc;
	n = malloc(sizeof(*n) + len);
	if (!n)
		return -ENOMEM;
	memcpy(n->path, path, len);
	n->aspects = aspects;
	n->next = *head;
	*head = n;
	return 0;
}

int txn_log(const struct view *v, enum txn_op_kind kind, const char *path, const void *data,
	    size_t len, struct perms *perms)
{
	size_t plen = strlen(path) + 1;
	struct txn_op *op;
	int rc = count_use(v);

	if (rc < 0)
		return rc;
	op = malloc(sizeof(*op) + len + plen);
	if (!op)
		return -ENOMEM;
	op->next = NULL;
	op->kind = kind;
	op->perms = perms ? perms_get(perms) : NULL;
	op->len = len;
	if (len)
		memcpy(op->data, data, len);
	op->path = op->data + len;
	memcpy(op->path, path, plen);
	*v->t->ops_end = op;
	v->t->ops_end = &op->next;
	return 0;
}

static bool note_holds(const struct txn_note *n, const struct node *base, const struct node *now)
{
	const struct node *a = tree_find(base, n->path), *b = tree_find(now, n->path);

	if (a == b)
		return true;	/* the very same node, or absent in both */
	if (!a || !b)
		return false;
	return (!(n->aspects & TXN_VALUE) || a->gen_value == b->gen_value) &&
	       (!(n->aspects & TXN_PERMS) || a->gen_perms == b->gen_perms) &&
	       (!(n->aspects & TXN_CHILDREN) || a->gen_children == b->gen_children);
}

static bool has_conflict(const struct store *s, const struct txn *t)
{
	if (t->lost)
		return true;
	if (s->root == t->base)
		return false;
	for (int i = 0; i < TXN_NOTE_BUCKETS; i++) {
		for (struct txn_note *n = t->notes[i]; n; n = n->next) {
			if (!note_holds(n, t->base, s->root))
				return true;
		}
	}
	return false;
}

static int redo_one(const struct view *v, const struct txn_op *op)
{
	switch (op->kind) {
	case TXN_OP_WRITE:
		return store_write(v, op->path, op->data, op->len);
	case TXN_OP_MKDIR:
		return store_mkdir(v, op->path);
	case TXN_OP_RM:
		return store_rm(v, op->path);
	case TXN_OP_SET_PERMS:
		return store_set_perms(v, op->path, op->perms);
	}
	return -EINVAL;
}

/* Do the changes on the main tree, all or none. */
static int redo_all(struct store *s, struct conn *c, const struct txn *t)
{
	struct view v = { .s = s, .c = c };
	struct node *saved = node_get(s->root);
	size_t mark = journal_mark(s->journal);
	int rc = 0;

	for (struct txn_op *op = t->ops; op && !rc; op = op->next)
		rc = redo_one(&v, op);
	if (rc < 0) {
		node_put(s->root);
		s->root = node_get(saved);
		journal_rollback(s->journal, mark);
		store_drop_changes(s);
		/* What was possible on the snapshot is not any more: rights changed meanwhile. */
		if (rc != -ENOMEM && rc != -ENOSPC)
			rc = -EAGAIN;
	}
	node_put(saved);
	return rc;
}

int txn_end(struct store *s, struct conn *c, struct txn *t, bool commit)
{
	int rc = 0;

	if (commit)
		rc = has_conflict(s, t) ? -EAGAIN : redo_all(s, c, t);
	txn_unlink(s, c, t);
	txn_free(t);
	return rc;
}
