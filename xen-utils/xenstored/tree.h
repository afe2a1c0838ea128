/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of nodes: a persistent (copy-on-write) structure.
 *
 * A node is shared by every tree that reaches it and counts them. Changing a node copies it and the
 * nodes on the way to it, but only those that somebody else also holds: with no transaction open
 * every change happens in place, and starting a transaction is one reference to the root.
 * Children are an array sorted by name; values and permission lists are shared between copies.
 *
 * Relies on perms.h. Used by the operations (store.c), transactions and the journal's snapshot.
 *
 * Generations: each change of a value, a permission list or a set of children stamps the node with
 * the number the caller passes. The numbers only grow, so two trees agree on an aspect of a node
 * exactly when the stamps are equal; that is how transactions find conflicts.
 *
 * All functions that change a tree either succeed or leave it equal to what it was.
 */
#ifndef XENSTORED_TREE_H
#define XENSTORED_TREE_H

#include "xenstored/perms.h"

struct value {
	uint32_t refs;
	uint32_t len;
	char data[];
};

struct node {
	uint32_t refs;
	uint32_t nr_children;
	uint32_t room;
	struct node **children;
	struct perms *perms;
	struct value *value;	/* NULL: empty */
	uint64_t gen_value;
	uint64_t gen_perms;
	uint64_t gen_children;
	char name[];
};

/* A root with these permissions and nothing below it. NULL: no memory. Takes its own reference. */
struct node *tree_new(struct perms *perms);

struct node *node_get(struct node *node);
void node_put(struct node *node);	/* accepts NULL */

/* The node at an absolute path, or NULL. */
const struct node *tree_find(const struct node *root, const char *path);

/*
 * The deepest node that exists on the way to @path (perhaps @path itself). *ret_len: how many
 * characters of @path name it (1 for the root).
 */
const struct node *tree_find_nearest(const struct node *root, const char *path, size_t *ret_len);

/* Add one empty node; its parent exists, it does not. */
int tree_create(struct node **root, const char *path, struct perms *perms, uint64_t gen);

/* The node must exist (-ENOENT). */
int tree_set_value(struct node **root, const char *path, const void *data, size_t len,
		   uint64_t gen);
int tree_set_perms(struct node **root, const char *path, struct perms *perms, uint64_t gen);

/*
 * Remove the node and all below it, not the root. *ret_old (if not NULL) receives the removed
 * subtree with a reference.
 */
int tree_remove(struct node **root, const char *path, uint64_t gen, struct node **ret_old);

/*
 * Call @fn for @node, whose path is in @path, and for everything below it, parents first. The path
 * buffer is restored. Stops at and returns the first non-zero result.
 */
typedef int (*tree_walk_fn)(const struct node *node, const char *path, void *ctx);
int tree_walk(const struct node *node, struct strbuf *path, tree_walk_fn fn, void *ctx);

/* Take domain @domid out of every permission list in the tree. Returns how many, or -ENOMEM. */
int tree_purge_domain(struct node **root, uint16_t domid, uint64_t gen);

/* Is the order of children right and every reference counted? NULL, or what is wrong. */
const char *tree_check(const struct node *node);

#endif
