/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain's place in xenstore: /local/domain/N and /vm/UUID, as stock guests and tools expect it.
 *
 * Relies on backend.h alone. Relied on by create.c, teardown.c and the handlers. The invariant: a
 * tree is written in one transaction, so it is there as a whole or not at all.
 */
#ifndef XEND_TREE_H
#define XEND_TREE_H

#include "xend/domain.h"

struct build_result;

/* Write the whole tree of a domain just built. 0 or -errno with a sentence. */
int tree_write(struct backend *b, const struct domain *d, const struct build_result *built,
	       struct xend_error *err);

/*
 * Remove /local/domain/domid (unless it has become another domain's), the backend nodes that serve
 * it, and /vm/uuid. Removing what is not there succeeds.
 */
int tree_remove(struct backend *b, int domid, const char *uuid, struct xend_error *err);

/* The nodes of domain 0 itself. Idempotent. */
int tree_write_dom0(struct backend *b, struct xend_error *err);

/* Nodes below /local/domain/domid; -errno as the backend gives it. */
int tree_read(struct backend *b, int domid, const char *node, char **ret_value);
int tree_read_u64(struct backend *b, int domid, const char *node, uint64_t *ret_value);
int tree_set(struct backend *b, int domid, const char *node, const char *value);
int tree_set_u64(struct backend *b, int domid, const char *node, uint64_t value);

/*
 * The name in /local/domain/domid and in /vm/uuid; for rename-restart also the link between them
 * (old_uuid NULL: what was linked before is left alone). Idempotent.
 */
int tree_rename(struct backend *b, int domid, const char *uuid, const char *name,
		struct xend_error *err);
int tree_move_vm(struct backend *b, int domid, const char *old_uuid, const char *new_uuid,
		 const char *name, struct xend_error *err);

#endif /* XEND_TREE_H */
