/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: the tree everybody sees, who is connected, and the operations on nodes.
 *
 * Relies on tree, perms, quota, txn, watch and journal. Used by wire.c (requests), domain.c, ring.c
 * and control.c. One thread; nothing here waits.
 *
 * Order of a request: the operation changes the tree and adds journal entries; store_fire() tells
 * watchers (which queues bytes on connections); the answer is queued; then whoever took the request
 * in calls store_flush(), which writes the journal record and only then publishes.
 */
#ifndef XENSTORED_STORE_H
#define XENSTORED_STORE_H

#include "common/log.h"
#include "xenstored/journal.h"
#include "xenstored/path.h"
#include "xenstored/quota.h"
#include "xenstored/tree.h"

#define DOMID_LIMIT	0x7ff0u		/* DOMID_FIRST_RESERVED: real domains are below */
#define NR_SPECIAL	2		/* @introduceDomain, @releaseDomain */

struct conn;
struct domain;
struct txn;
struct watch_table;
struct backend;

/* What happened to the main tree and is not yet told to watchers. */
enum change_kind { CHANGE_SET, CHANGE_PERMS, CHANGE_RM };

struct change {
	struct change *next;
	enum change_kind kind;
	struct node *old;		/* RM: what was removed */
	struct perms *old_perms;	/* PERMS: what was there before */
	char path[];
};

struct store {
	struct node *root;
	uint64_t gen;			/* last stamp given; starts at the clock, never repeats */
	struct perms *special[NR_SPECIAL];
	struct quota quota;
	uint32_t *owned;		/* nodes owned, by domain: DOMID_LIMIT entries */
	struct change *changes, **changes_end;
	struct watch_table *watches;
	struct journal *journal;	/* NULL in some tests */
	struct conn *conns;
	struct domain *domains;
	struct backend *backend;	/* NULL: no domains */
	uint32_t next_tx;
	bool trace;			/* log every request */
};

int store_init(struct store *s);
void store_free(struct store *s);

/* The tree a request works on: a transaction's or the main one. */
struct view {
	struct store *s;
	struct conn *c;
	struct txn *t;		/* NULL: the main tree */
};

/*
 * Operations. Paths are resolved already; "@..." names are accepted by get_perms and set_perms.
 * Results point into the tree and live until the next change. 0 or -errno of the protocol.
 */
int store_read(const struct view *v, const char *path, const struct value **ret_value);
int store_directory(const struct view *v, const char *path, const struct node **ret_node);
int store_get_perms(const struct view *v, const char *path, const struct perms **ret_perms);
int store_write(const struct view *v, const char *path, const void *data, size_t len);
int store_mkdir(const struct view *v, const char *path);
int store_rm(const struct view *v, const char *path);
int store_set_perms(const struct view *v, const char *path, struct perms *perms);

/* Tell watchers of all changes to the main tree since the last call. */
void store_fire(struct store *s);

/* Forget the changes instead: the caller restored the tree. Counts owners anew. */
void store_drop_changes(struct store *s);

/* Fire @introduceDomain (0) or @releaseDomain (1). */
void store_fire_special(struct store *s, int which);

/* Take a dead domain out of all permissions, so that its number can be given away again. */
int store_purge_domain(struct store *s, uint16_t domid);

/* Count owned nodes anew from the tree into @owned (DOMID_LIMIT entries). */
void store_count_owned(const struct store *s, uint32_t *owned);

/* Write the journal record, publish what was queued, compact when due. */
void store_flush(struct store *s);

#endif
