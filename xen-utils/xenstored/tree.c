/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy-on-write tree; the contract and the idea are in tree.h.
 *
 * Depth is bounded by the length of a path (at most 1537 levels), so recursion is safe.
 */
#include <config.h>

#include "xenstored/tree.h"

static struct value *value_get(struct value *v)
{
	if (v)
		v->refs++;
	return v;
}

static void value_put(struct value *v)
{
	if (v && !--v->refs)
		free(v);
}

struct node *node_get(struct node *node)
{
	node->refs++;
	return node;
}

void node_put(struct node *node)
{
	if (!node || --node->refs)
		return;
	for (uint32_t i = 0; i < node->nr_children; i++)
		node_put(node->children[i]);
	free(node->children);
	perms_put(node->perms);
	value_put(node->value);
	free(node);
}

static struct node *node_new(const char *name, size_t len, struct perms *perms, uint64_t gen)
{
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (!node)
		return NULL;
	node->refs = 1;
	node->perms = perms_get(perms);
	node->gen_value = node->gen_perms = node->gen_children = gen;
	memcpy(node->name, name, len);
	return node;
}

struct node *tree_new(struct perms *perms)
{
	return node_new("", 0, perms, 0);
}

static struct node *node_copy(const struct node *from)
{
	struct node *node = node_new(from->name, strlen(from->name), from->perms, 0);

	if (!node)
		return NULL;
	if (from->nr_children) {
		node->children = malloc(from->nr_children * sizeof(*node->children));
		if (!node->children) {
			node_put(node);
			return NULL;
		}
	}
	for (uint32_t i = 0; i < from->nr_children; i++)
		node->children[i] = node_get(from->children[i]);
	node->nr_children = node->room = from->nr_children;
	node->value = value_get(from->value);
	node->gen_value = from->gen_value;
	node->gen_perms = from->gen_perms;
	node->gen_children = from->gen_children;
	return node;
}

/* Make the node in @slot ours alone. The content stays the same whether or not this succeeds. */
static int own(struct node **slot)
{
	struct node *copy;

	if ((*slot)->refs == 1)
		return 0;
	copy = node_copy(*slot);
	if (!copy)
		return -ENOMEM;
	node_put(*slot);
	*slot = copy;
	return 0;
}

/* Where the child of this name is, or where it belongs. */
static bool find_child(const struct node *node, const char *name, size_t len, uint32_t *ret_pos)
{
	uint32_t lo = 0, hi = node->nr_children;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const char *other = node->children[mid]->name;
		int cmp = strncmp(other, name, len);

		if (!cmp && other[len])
			cmp = 1;
		if (!cmp) {
			*ret_pos = mid;
			return true;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret_pos = lo;
	return false;
}

/* The component that starts at *p (behind a slash); *p moves to the next slash or the end. */
static size_t next_name(const char **p, const char **ret_name)
{
	const char *name = *p + 1;
	size_t len = strcspn(name, "/");

	*ret_name = name;
	*p = name + len;
	return len;
}

const struct node *tree_find_nearest(const struct node *root, const char *path, size_t *ret_len)
{
	const struct node *node = root;
	const char *p = path, *name;
	uint32_t pos;

	*ret_len = 1;
	while (*p && p[1]) {
		size_t len = next_name(&p, &name);

		if (!find_child(node, name, len, &pos))
			break;
		node = node->children[pos];
		*ret_len = p - path;
	}
	return node;
}

const struct node *tree_find(const struct node *root, const char *path)
{
	size_t len;
	const struct node *node = tree_find_nearest(root, path, &len);

	return path[len] ? NULL : node;
}

/*
 * Walk to the node named by the first @len characters of @path, taking ownership of every node on
 * the way. *ret_slot is where its pointer stands.
 */
static int own_path(struct node **root, const char *path, size_t len, struct node ***ret_slot)
{
	const char *p = path, *end = len > 1 ? path + len : path, *name;
	struct node **slot = root;
	uint32_t pos;
	int rc = own(slot);

	while (!rc && p < end && p[1]) {
		size_t n = next_name(&p, &name);

		if (!find_child(*slot, name, n, &pos))
			return -ENOENT;
		slot = &(*slot)->children[pos];
		rc = own(slot);
	}
	*ret_slot = slot;
	return rc;
}

static int make_room(struct node *node)
{
	uint32_t room = node->room ? node->room * 2 : 4;
	struct node **p;

	if (node->nr_children < node->room)
		return 0;
	p = realloc(node->children, room * sizeof(*p));
	if (!p)
		return -ENOMEM;
	node->children = p;
	node->room = room;
	return 0;
}

static size_t parent_len(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash + 1;
	return slash == path ? 1 : (size_t)(slash - path);
}

int tree_create(struct node **root, const char *path, struct perms *perms, uint64_t gen)
{
	struct node **slot, *parent, *node;
	const char *name;
	uint32_t pos;
	int rc;

	rc = own_path(root, path, parent_len(path, &name), &slot);
	if (rc < 0)
		return rc;
	parent = *slot;
	if (!*name || find_child(parent, name, strlen(name), &pos))
		return -EEXIST;
	rc = make_room(parent);
	if (rc < 0)
		return rc;
	node = node_new(name, strlen(name), perms, gen);
	if (!node)
		return -ENOMEM;
	memmove(&parent->children[pos + 1], &parent->children[pos],
		(parent->nr_children - pos) * sizeof(*parent->children));
	parent->children[pos] = node;
	parent->nr_children++;
	parent->gen_children = gen;
	return 0;
}

int tree_set_value(struct node **root, const char *path, const void *data, size_t len,
		   uint64_t gen)
{
	struct value *v = NULL;
	struct node **slot;
	int rc = own_path(root, path, strlen(path), &slot);

	if (rc < 0)
		return rc;
	if (len) {
		v = malloc(sizeof(*v) + len);
		if (!v)
			return -ENOMEM;
		v->refs = 1;
		v->len = len;
		memcpy(v->data, data, len);
	}
	value_put((*slot)->value);
	(*slot)->value = v;
	(*slot)->gen_value = gen;
	return 0;
}

int tree_set_perms(struct node **root, const char *path, struct perms *perms, uint64_t gen)
{
	struct node **slot;
	int rc = own_path(root, path, strlen(path), &slot);

	if (rc < 0)
		return rc;
	perms_get(perms);
	perms_put((*slot)->perms);
	(*slot)->perms = perms;
	(*slot)->gen_perms = gen;
	return 0;
}

int tree_remove(struct node **root, const char *path, uint64_t gen, struct node **ret_old)
{
	struct node **slot, *parent, *old;
	const char *name;
	uint32_t pos;
	int rc;

	rc = own_path(root, path, parent_len(path, &name), &slot);
	if (rc < 0)
		return rc;
	parent = *slot;
	if (!*name || !find_child(parent, name, strlen(name), &pos))
		return -ENOENT;
	old = parent->children[pos];
	memmove(&parent->children[pos], &parent->children[pos + 1],
		(parent->nr_children - pos - 1) * sizeof(*parent->children));
	parent->nr_children--;
	parent->gen_children = gen;
	if (ret_old)
		*ret_old = old;
	else
		node_put(old);
	return 0;
}

int tree_walk(const struct node *node, struct strbuf *path, tree_walk_fn fn, void *ctx)
{
	size_t len = path->len;
	int rc = fn(node, strbuf_str(path), ctx);

	for (uint32_t i = 0; !rc && i < node->nr_children; i++) {
		if (len > 1)
			strbuf_putc(path, '/');
		rc = strbuf_puts(path, node->children[i]->name);
		if (!rc)
			rc = tree_walk(node->children[i], path, fn, ctx);
		path->len = len;
		path->data[len] = '\0';
	}
	return rc;
}

static int purge(struct node **slot, uint16_t domid, uint64_t gen)
{
	int count = 0, rc;

	if (perms_mention((*slot)->perms, domid)) {
		struct perms *perms = perms_without((*slot)->perms, domid);

		rc = perms ? own(slot) : -ENOMEM;
		if (rc < 0) {
			perms_put(perms);
			return rc;
		}
		perms_put((*slot)->perms);
		(*slot)->perms = perms;
		(*slot)->gen_perms = gen;
		count = 1;
	}
	for (uint32_t i = 0; i < (*slot)->nr_children; i++) {
		struct node *child = node_get((*slot)->children[i]);

		rc = purge(&child, domid, gen);
		if (child != (*slot)->children[i] && own(slot) == 0) {
			node_put((*slot)->children[i]);
			(*slot)->children[i] = child;
		} else {
			if (child != (*slot)->children[i])
				rc = -ENOMEM;
			node_put(child);
		}
		if (rc < 0)
			return rc;
		count += rc;
	}
	return count;
}

int tree_purge_domain(struct node **root, uint16_t domid, uint64_t gen)
{
	return purge(root, domid, gen);
}

const char *tree_check(const struct node *node)
{
	const char *bad = NULL;

	if (!node->refs || !node->perms || !node->perms->refs || !node->perms->count)
		return "a node that nobody holds is in the tree";
	if (node->value && (!node->value->refs || !node->value->len))
		return "a value that nobody holds is in the tree";
	if (node->nr_children > node->room)
		return "a node has more children than room";
	for (uint32_t i = 0; !bad && i < node->nr_children; i++) {
		if (i && strcmp(node->children[i - 1]->name, node->children[i]->name) >= 0)
			return "children are not in order";
		bad = tree_check(node->children[i]);
	}
	return bad;
}
