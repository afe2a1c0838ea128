/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches: who wants to know about changes at or below a path.
 *
 * Relies on store.h and conn.h. A hash from path to watches makes an event cost one lookup per
 * component of the changed path, however many watches there are.
 *
 * An event is sent only to a connection that may read the node as it is after the change or as it
 * was before. A relative watch reports relative paths.
 */
#ifndef XENSTORED_WATCH_H
#define XENSTORED_WATCH_H

#include "xenstored/conn.h"

struct watch {
	struct watch *hash_next;
	struct watch *conn_next;
	struct conn *conn;
	uint32_t strip;		/* characters of an absolute path that this client does not see */
	char *token;
	char path[];		/* absolute, or "@..." */
};

struct watch_table *watch_table_new(void);
void watch_table_free(struct watch_table *t);	/* no connection has watches any more */
size_t watch_count(const struct watch_table *t);

/* -EEXIST when this path and token are registered, -ENOMEM. Quotas are the caller's business. */
int watch_add(struct store *s, struct conn *c, const char *path, uint32_t strip,
	      const char *token, struct watch **ret_watch);
int watch_remove(struct store *s, struct conn *c, const char *path, const char *token);
void watch_remove_all(struct store *s, struct conn *c);

/* Send @w the event for its own path: what every new watch gets. */
void watch_fire_initial(const struct watch *w);

/* Send events for one change of the main tree. */
void watch_fire_change(struct store *s, const struct change *change);
void watch_fire_special(struct store *s, int which);

/* Is every watch found by its hash and counted by its connection? NULL, or what is wrong. */
const char *watch_check(const struct store *s);

#endif
