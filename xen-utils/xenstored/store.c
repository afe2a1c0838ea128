/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on nodes; the contract is in store.h.
 *
 * Every operation has the same shape: note for the transaction what it relies on, find, check
 * rights and quotas, change the view's tree, and then either log it in the transaction or, on the
 * main tree, add the journal entry and the change for watchers.
 */
#include <config.h>

#include <time.h>

#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/state.h"
#include "xenstored/store.h"
#include "xenstored/txn.h"
#include "xenstored/watch.h"

int store_init(struct store *s)
{
	static const struct perm nobody = { 0, PERM_NONE };
	struct perms *perms = perms_new(&nobody, 1);
	struct timespec ts;

	memset(s, 0, sizeof(*s));
	clock_gettime(CLOCK_REALTIME, &ts);
	s->gen = (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
	s->changes_end = &s->changes;
	quota_init(&s->quota);
	s->owned = calloc(DOMID_LIMIT, sizeof(*s->owned));
	s->watches = watch_table_new();
	s->root = perms ? tree_new(perms) : NULL;
	for (int i = 0; perms && i < NR_SPECIAL; i++)
		s->special[i] = perms_get(perms);
	perms_put(perms);
	if (s->root && s->owned && s->watches) {
		s->owned[0] = 1;
		return 0;
	}
	store_free(s);
	return -ENOMEM;
}

void store_free(struct store *s)
{
	store_drop_changes(s);
	node_put(s->root);
	for (int i = 0; i < NR_SPECIAL; i++)
		perms_put(s->special[i]);
	watch_table_free(s->watches);
	free(s->owned);
	memset(s, 0, sizeof(*s));
	s->changes_end = &s->changes;
}

static struct node **view_root(const struct view *v)
{
	return v->t ? &v->t->root : &v->s->root;
}

static void count_owner(struct store *s, const struct perms *perms, int by)
{
	uint16_t owner = perms_owner(perms);

	if (owner < DOMID_LIMIT)
		s->owned[owner] += by;
}

/*
 * The node at @path, if the caller may do @need with it. What does not exist is reported as such
 * only to those who may read where it would be; others are not told.
 */
static int find_checked(const struct view *v, const char *path, uint8_t need,
			const struct node **ret_node)
{
	size_t len;
	const struct node *node = tree_find_nearest(*view_root(v), path, &len);
	bool exists = path[len] == '\0';

	if (!exists)
		return perms_allow(node->perms, &v->c->who, PERM_READ) ? -ENOENT : -EACCES;
	if (!perms_allow(node->perms, &v->c->who, need))
		return -EACCES;
	*ret_node = node;
	return 0;
}

static int find_noted(const struct view *v, const char *path, uint8_t need, unsigned int aspects,
		      const struct node **ret_node)
{
	int rc = txn_note(v, path, aspects | TXN_PERMS);

	return rc < 0 ? rc : find_checked(v, path, need, ret_node);
}

int store_read(const struct view *v, const char *path, const struct value **ret_value)
{
	const struct node *node;
	int rc = find_noted(v, path, PERM_READ, TXN_VALUE, &node);

	if (!rc)
		*ret_value = node->value;
	return rc;
}

int store_directory(const struct view *v, const char *path, const struct node **ret_node)
{
	return find_noted(v, path, PERM_READ, TXN_CHILDREN, ret_node);
}

int store_get_perms(const struct view *v, const char *path, const struct perms **ret_perms)
{
	const struct node *node;
	int which = path_special(path), rc;

	if (which >= 0) {
		if (!perms_allow(v->s->special[which], &v->c->who, PERM_READ))
			return -EACCES;
		*ret_perms = v->s->special[which];
		return 0;
	}
	rc = find_noted(v, path, PERM_READ, 0, &node);
	if (!rc)
		*ret_perms = node->perms;
	return rc;
}

/*
 * A change for the watchers, made before the tree changes so that it cannot fail afterwards. A
 * second change of the same kind to the same node in one go needs no second event.
 */
static struct change *change_new(enum change_kind kind, const char *path)
{
	struct change *ch = calloc(1, sizeof(*ch) + strlen(path) + 1);

	if (ch) {
		ch->kind = kind;
		strcpy(ch->path, path);
	}
	return ch;
}

static void change_add(struct store *s, struct change *ch)
{
	*s->changes_end = ch;
	s->changes_end = &ch->next;
}

static void change_free(struct change *ch)
{
	node_put(ch->old);
	perms_put(ch->old_perms);
	free(ch);
}

static void changes_clear(struct store *s)
{
	for (struct change *ch = s->changes, *next; ch; ch = next) {
		next = ch->next;
		change_free(ch);
	}
	s->changes = NULL;
	s->changes_end = &s->changes;
}

static int note_set(const struct view *v, const char *path)
{
	struct change *ch;

	if (v->t)
		return 0;
	ch = change_new(CHANGE_SET, path);
	if (!ch)
		return -ENOMEM;
	change_add(v->s, ch);
	return 0;
}

/* The operation failed: take back what note_set() added behind @before. */
static void unnote_set(const struct view *v, struct change **before, int rc)
{
	struct change *ch = *before;

	/* Out of memory half-way: some nodes may be there, and watchers have to hear of them. */
	if (v->t || rc == -ENOMEM || !ch)
		return;
	change_free(ch);
	*before = NULL;
	v->s->changes_end = before;
}

static unsigned int count_missing(const char *path, size_t exists)
{
	unsigned int n = 0;

	for (const char *p = path + (exists > 1 ? exists : 0); *p; p++)
		n += *p == '/';
	return n;
}

/* Would the new nodes exceed what their owner-to-be may have? */
static int check_node_quota(const struct view *v, unsigned int more)
{
	uint16_t domid = v->c->who.domid;
	uint64_t have = domid < DOMID_LIMIT ? v->s->owned[domid] : 0;

	if (v->t)
		have += v->t->nr_created;
	return conn_quota(v->s, v->c, QUOTA_NODES, have + more);
}

/* The first @len characters of @path as a string of its own. */
static const char *prefix(char *buf, const char *path, size_t len)
{
	memcpy(buf, path, len);
	buf[len] = '\0';
	return buf;
}

/* End of the component that begins at or behind @path + @len. */
static size_t next_level(const char *path, size_t len)
{
	size_t start = len == 1 ? 1 : len + 1;

	return start + strcspn(path + start, "/");
}

static int create_one(const struct view *v, const char *path, struct perms *perms)
{
	int rc = tree_create(view_root(v), path, perms, ++v->s->gen);

	if (rc < 0)
		return rc;
	if (v->t) {
		v->t->nr_created++;
	} else {
		count_owner(v->s, perms, 1);
		state_node_create(v->s, path, perms);
	}
	return 0;
}

/* Create @path and whatever is missing above it; @above is the nearest node that exists. */
static int create_missing(const struct view *v, const char *path, const struct node *above,
			  size_t len)
{
	struct perms *perms = perms_inherit(above->perms, v->c->who.domid);
	char buf[PATH_SIZE];
	int rc = 0;

	if (!perms)
		return -ENOMEM;
	while (!rc && path[len]) {
		len = next_level(path, len);
		rc = create_one(v, prefix(buf, path, len), perms);
	}
	perms_put(perms);
	return rc;
}

/* Make sure the node exists and may be written. *ret_created: it did not exist. */
static int open_for_write(const struct view *v, const char *path, bool *ret_created)
{
	const struct node *node;
	char buf[PATH_SIZE];
	size_t len;
	int rc;

	node = tree_find_nearest(*view_root(v), path, &len);
	*ret_created = path[len] != '\0';
	if (!perms_allow(node->perms, &v->c->who, PERM_WRITE))
		return -EACCES;
	if (!*ret_created)
		return 0;
	rc = txn_note(v, prefix(buf, path, next_level(path, len)), TXN_EXISTS);
	if (!rc)
		rc = check_node_quota(v, count_missing(path, len));
	return rc < 0 ? rc : create_missing(v, path, node, len);
}

/*
 * Remember for the commit what was done to the transaction's tree. If there is no room for that,
 * the two differ, and the transaction can only fail.
 */
static int log_op(const struct view *v, enum txn_op_kind kind, const char *path, const void *data,
		  size_t len, struct perms *perms)
{
	int rc = v->t ? txn_log(v, kind, path, data, len, perms) : 0;

	if (rc < 0)
		v->t->lost = true;
	return rc;
}

int store_write(const struct view *v, const char *path, const void *data, size_t len)
{
	struct change **before = v->s->changes_end;
	bool created;
	int rc;

	rc = conn_quota(v->s, v->c, QUOTA_NODE_SIZE, len);
	if (!rc)
		rc = note_set(v, path);
	if (!rc)
		rc = open_for_write(v, path, &created);
	if (!rc && !created)
		rc = txn_note(v, path, TXN_VALUE);
	if (!rc)
		rc = tree_set_value(view_root(v), path, data, len, ++v->s->gen);
	if (rc < 0) {
		unnote_set(v, before, rc);
		return rc;
	}
	if (v->t)
		return log_op(v, TXN_OP_WRITE, path, data, len, NULL);
	state_node_value(v->s, path, data, len);
	return 0;
}

int store_mkdir(const struct view *v, const char *path)
{
	const struct node *node = tree_find(*view_root(v), path);
	struct change **before = v->s->changes_end;
	bool created;
	int rc;

	if (node) {
		/* Existing is success, for those who could have made it or may know of it. */
		if (!perms_allow(node->perms, &v->c->who, PERM_WRITE) &&
		    !perms_allow(node->perms, &v->c->who, PERM_READ))
			return -EACCES;
		return txn_note(v, path, TXN_EXISTS);
	}
	rc = note_set(v, path);
	if (!rc)
		rc = open_for_write(v, path, &created);
	if (rc < 0)
		unnote_set(v, before, rc);
	return rc < 0 ? rc : log_op(v, TXN_OP_MKDIR, path, NULL, 0, NULL);
}

static void count_subtree(const struct node *node, uint32_t *owned, int by)
{
	uint16_t owner = perms_owner(node->perms);

	if (owner < DOMID_LIMIT)
		owned[owner] += by;
	for (uint32_t i = 0; i < node->nr_children; i++)
		count_subtree(node->children[i], owned, by);
}

void store_count_owned(const struct store *s, uint32_t *owned)
{
	memset(owned, 0, DOMID_LIMIT * sizeof(*owned));
	count_subtree(s->root, owned, 1);
}

static int remove_main(const struct view *v, const char *path)
{
	struct change *ch = change_new(CHANGE_RM, path);
	int rc;

	if (!ch)
		return -ENOMEM;
	rc = tree_remove(&v->s->root, path, ++v->s->gen, &ch->old);
	if (rc < 0) {
		change_free(ch);
		return rc;
	}
	count_subtree(ch->old, v->s->owned, -1);
	state_node_rm(v->s, path);
	change_add(v->s, ch);
	return 0;
}

/* The node does not exist. That is success when its parent does. */
static int rm_missing(const struct view *v, const char *path)
{
	const struct node *parent;
	char buf[PATH_SIZE];

	prefix(buf, path, path_parent_len(path));
	return find_noted(v, buf, PERM_NONE, TXN_EXISTS, &parent);
}

int store_rm(const struct view *v, const char *path)
{
	const struct node *node;
	int rc;

	if (str_eq(path, "/"))
		return -EINVAL;
	rc = find_noted(v, path, PERM_WRITE, TXN_EXISTS, &node);
	if (rc == -ENOENT)
		return rm_missing(v, path);
	if (rc < 0)
		return rc;
	if (!v->t)
		return remove_main(v, path);
	rc = tree_remove(&v->t->root, path, ++v->s->gen, NULL);
	return rc < 0 ? rc : log_op(v, TXN_OP_RM, path, NULL, 0, NULL);
}

/* Rights to a node belong to its owner; whom it belongs to is for the control domain to say. */
static int check_set_perms(const struct view *v, const struct perms *old, const struct perms *new)
{
	int rc = conn_quota(v->s, v->c, QUOTA_NODE_PERMS, new->count);

	if (rc < 0 || conn_is_privileged(v->c))
		return rc;
	if (!perms_is_owner(old, &v->c->who))
		return -EACCES;
	return perms_owner(old) == perms_owner(new) ? 0 : -EPERM;
}

static int set_special(const struct view *v, int which, struct perms *perms)
{
	struct perms **slot = &v->s->special[which];
	int rc;

	if (v->t)
		return -EINVAL;
	rc = check_set_perms(v, *slot, perms);
	if (rc < 0)
		return rc;
	perms_put(*slot);
	*slot = perms_get(perms);
	state_special(v->s, which, perms);
	return 0;
}

static int set_perms_main(const struct view *v, const char *path, const struct node *node,
			  struct perms *perms)
{
	struct change *ch = change_new(CHANGE_PERMS, path);
	int rc;

	if (!ch)
		return -ENOMEM;
	ch->old_perms = perms_get(node->perms);
	rc = tree_set_perms(&v->s->root, path, perms, ++v->s->gen);
	if (rc < 0) {
		change_free(ch);
		return rc;
	}
	count_owner(v->s, ch->old_perms, -1);
	count_owner(v->s, perms, 1);
	state_node_perms(v->s, path, perms);
	change_add(v->s, ch);
	return 0;
}

int store_set_perms(const struct view *v, const char *path, struct perms *perms)
{
	const struct node *node;
	int which = path_special(path), rc;

	if (which >= 0)
		return set_special(v, which, perms);
	rc = find_noted(v, path, PERM_NONE, TXN_EXISTS, &node);
	if (!rc)
		rc = check_set_perms(v, node->perms, perms);
	if (rc < 0)
		return rc;
	if (!v->t)
		return set_perms_main(v, path, node, perms);
	rc = tree_set_perms(&v->t->root, path, perms, ++v->s->gen);
	return rc < 0 ? rc : log_op(v, TXN_OP_SET_PERMS, path, NULL, 0, perms);
}

void store_fire(struct store *s)
{
	struct change *last = NULL;

	for (struct change *ch = s->changes; ch; ch = ch->next) {
		bool same = last && last->kind == CHANGE_SET && ch->kind == CHANGE_SET &&
			    str_eq(last->path, ch->path);

		/* An operation that failed half-way may have left a note and no node. */
		if (!same && (ch->kind != CHANGE_SET || tree_find(s->root, ch->path)))
			watch_fire_change(s, ch);
		last = ch;
	}
	changes_clear(s);
}

void store_drop_changes(struct store *s)
{
	changes_clear(s);
	if (s->root && s->owned)
		store_count_owned(s, s->owned);
}

void store_fire_special(struct store *s, int which)
{
	watch_fire_special(s, which);
}

int store_purge_domain(struct store *s, uint16_t domid)
{
	int rc = tree_purge_domain(&s->root, domid, ++s->gen);

	for (int i = 0; i < NR_SPECIAL && rc >= 0; i++) {
		if (perms_mention(s->special[i], domid)) {
			struct perms *perms = perms_without(s->special[i], domid);

			if (!perms)
				return -ENOMEM;
			perms_put(s->special[i]);
			s->special[i] = perms;
			rc++;
		}
	}
	if (rc > 0) {
		store_count_owned(s, s->owned);
		state_purge(s, domid);
	}
	return rc < 0 ? rc : 0;
}

static void compact(struct store *s)
{
	static struct log_ratelimit rl;
	unsigned int dropped;
	int rc = journal_compact(s->journal, state_snapshot, s);

	if (rc < 0 && log_allowed(&rl, &dropped))
		log_error_errno(rc, "journal: no snapshot could be written, make room in "
				XENSTORED_RUN_DIR);
}

void store_flush(struct store *s)
{
	journal_commit(s->journal);
	domains_publish(s);
	if (journal_needs_compaction(s->journal))
		compact(s);
}
