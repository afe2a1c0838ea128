/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing and removing a domain's xenstore nodes, from one table of nodes.
 *
 * Relies on backend.h. Who may do what below /local/domain/N: domain 0 owns everything and the
 * guest may read it; a few nodes belong to the guest, so that it can announce features, answer
 * requests and keep its own data. Nothing else is writable by a guest.
 */
#include <config.h>

#include "common/strbuf.h"
#include "xend/tree.h"
#include "common/util.h"

#define TREE_TRIES	64	/* transactions lost to others before giving up */
#define TREE_PATH_MAX	256
#define CONSOLE_LIMIT	"1048576"

enum node_right {
	NODE_GUEST_READS,
	NODE_GUEST_OWNS,
};

static const struct tree_node {
	const char *node;
	const char *value;	/* NULL: made without a value */
	enum node_right right;
} tree_nodes[] = {
	{ "device", NULL, NODE_GUEST_READS },
	{ "control", NULL, NODE_GUEST_READS },
	{ "control/shutdown", "", NODE_GUEST_OWNS },
	{ "control/feature-poweroff", "", NODE_GUEST_OWNS },
	{ "control/feature-reboot", "", NODE_GUEST_OWNS },
	{ "control/feature-suspend", "", NODE_GUEST_OWNS },
	{ "control/sysrq", "", NODE_GUEST_OWNS },
	{ "control/platform-feature-multiprocessor-suspend", "1", NODE_GUEST_READS },
	{ "control/platform-feature-xs_reset_watches", "1", NODE_GUEST_READS },
	{ "data", NULL, NODE_GUEST_OWNS },
	{ "drivers", NULL, NODE_GUEST_OWNS },
	{ "feature", NULL, NODE_GUEST_OWNS },
	{ "attr", NULL, NODE_GUEST_OWNS },
	{ "error", NULL, NODE_GUEST_OWNS },
	{ "device/suspend", NULL, NODE_GUEST_READS },
	{ "device/suspend/event-channel", "", NODE_GUEST_OWNS },
	{ "console", NULL, NODE_GUEST_READS },
	{ "console/backend-id", "0", NODE_GUEST_READS },
	{ "console/limit", CONSOLE_LIMIT, NODE_GUEST_READS },
	{ "console/type", "xenconsoled", NODE_GUEST_READS },
	{ "console/output", "pty", NODE_GUEST_READS },
	{ "console/tty", "", NODE_GUEST_READS },
};

/* One transaction that writes nodes of one domain; the first error sticks. */
struct tree_writer {
	struct backend *b;
	uint32_t tx;
	int domid;
	int rc;
};

static void put(struct tree_writer *w, const char *path, const char *value, enum node_right right)
{
	struct backend_perm perms[2] = {
		{ .domid = 0 },
		{ .domid = w->domid, .read = true },
	};
	size_t nr = 2;

	if (w->rc)
		return;
	if (right == NODE_GUEST_OWNS) {
		perms[0].domid = w->domid;
		nr = 1;
	}
	w->rc = value ? w->b->ops->xs_write(w->b, w->tx, path, value) :
			w->b->ops->xs_mkdir(w->b, w->tx, path);
	if (!w->rc)
		w->rc = w->b->ops->xs_perms(w->b, w->tx, path, perms, nr);
}

static void put_node(struct tree_writer *w, const char *node, const char *value,
		     enum node_right right)
{
	char path[TREE_PATH_MAX];

	snprintf(path, sizeof(path), "/local/domain/%d%s%s", w->domid, node[0] ? "/" : "", node);
	put(w, path, value, right);
}

static void put_u64(struct tree_writer *w, const char *node, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put_node(w, node, text, NODE_GUEST_READS);
}

static void put_vm(struct tree_writer *w, const struct domain *d)
{
	char path[TREE_PATH_MAX], text[32];

	snprintf(path, sizeof(path), "/vm/%s", d->uuid);
	put(w, path, NULL, NODE_GUEST_READS);
	snprintf(path, sizeof(path), "/vm/%s/uuid", d->uuid);
	put(w, path, d->uuid, NODE_GUEST_READS);
	snprintf(path, sizeof(path), "/vm/%s/name", d->uuid);
	put(w, path, d->name, NODE_GUEST_READS);
	snprintf(path, sizeof(path), "/vm/%s/start_time", d->uuid);
	snprintf(text, sizeof(text), "%lld", (long long)d->created_at);
	put(w, path, text, NODE_GUEST_READS);
}

static void put_cpus(struct tree_writer *w, const struct domain_config *c)
{
	char node[48];

	put_node(w, "cpu", NULL, NODE_GUEST_READS);
	for (unsigned int i = 0; i < c->maxvcpus; i++) {
		snprintf(node, sizeof(node), "cpu/%u", i);
		put_node(w, node, NULL, NODE_GUEST_READS);
		snprintf(node, sizeof(node), "cpu/%u/availability", i);
		put_node(w, node, i < c->vcpus ? "online" : "offline", NODE_GUEST_READS);
	}
}

static void put_all(struct tree_writer *w, const struct domain *d, const struct build_result *r)
{
	char vm[64];

	put_node(w, "", NULL, NODE_GUEST_READS);
	put_vm(w, d);
	snprintf(vm, sizeof(vm), "/vm/%s", d->uuid);
	put_node(w, "vm", vm, NODE_GUEST_READS);
	put_node(w, "name", d->name, NODE_GUEST_READS);
	put_u64(w, "domid", d->domid);
	put_node(w, "memory", NULL, NODE_GUEST_READS);
	put_u64(w, "memory/static-max", (uint64_t)d->config->maxmem_mb * 1024);
	put_u64(w, "memory/target", d->target_kb);
	put_cpus(w, d->config);
	for (size_t i = 0; i < ARRAY_SIZE(tree_nodes); i++)
		put_node(w, tree_nodes[i].node, tree_nodes[i].value, tree_nodes[i].right);
	if (d->config->blkif || d->config->netif)
		put_node(w, "backend", NULL, NODE_GUEST_OWNS);
	put_node(w, "store", NULL, NODE_GUEST_READS);
	put_u64(w, "store/ring-ref", r->store_mfn);
	put_u64(w, "store/port", r->store_port);
	put_u64(w, "console/ring-ref", r->console_mfn);
	put_u64(w, "console/port", r->console_port);
}

int tree_write(struct backend *b, const struct domain *d, const struct build_result *built,
	       struct xend_error *err)
{
	struct tree_writer w;

	for (int i = 0; i < TREE_TRIES; i++) {
		w = (struct tree_writer){ .b = b, .domid = d->domid };
		w.rc = b->ops->xs_begin(b, &w.tx);
		if (w.rc)
			break;
		put_all(&w, d, built);
		if (w.rc)
			b->ops->xs_abort(b, w.tx);
		else
			w.rc = b->ops->xs_commit(b, w.tx);
		if (w.rc != -EAGAIN)
			break;
	}
	if (w.rc)
		return xend_fail(err, -w.rc,
				 "Domain '%s': its xenstore nodes cannot be written: %s; "
				 "is xenstored running?",
				 d->name, strerror(-w.rc));
	return 0;
}

/* Is /local/domain/domid still that of the domain with this UUID (or already gone)? */
static bool tree_is_ours(struct backend *b, int domid, const char *uuid)
{
	AUTO_FREE char *vm = NULL;

	if (tree_read(b, domid, "vm", &vm))
		return true;
	return str_has_prefix(vm, "/vm/") && str_eq(vm + 4, uuid);
}

/* /local/domain/0/backend/TYPE/domid for every TYPE. */
static int remove_backends(struct backend *b, int domid)
{
	AUTO_FREE char **types = NULL;
	char path[TREE_PATH_MAX];
	size_t count = 0;
	int rc;

	rc = b->ops->xs_list(b, BACKEND_NO_TX, "/local/domain/0/backend", &types, &count);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	for (size_t i = 0; i < count && !rc; i++) {
		if (snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%d", types[i], domid) <
		    (int)sizeof(path))
			rc = b->ops->xs_rm(b, BACKEND_NO_TX, path);
	}
	return rc;
}

int tree_remove(struct backend *b, int domid, const char *uuid, struct xend_error *err)
{
	char path[TREE_PATH_MAX];
	int rc = 0, r;

	if (domid > 0 && tree_is_ours(b, domid, uuid)) {
		rc = remove_backends(b, domid);
		snprintf(path, sizeof(path), "/local/domain/%d", domid);
		r = b->ops->xs_rm(b, BACKEND_NO_TX, path);
		rc = rc ? rc : r;
	}
	snprintf(path, sizeof(path), "/vm/%s", uuid);
	r = b->ops->xs_rm(b, BACKEND_NO_TX, path);
	rc = rc ? rc : r;
	if (rc)
		return xend_fail(err, -rc, "The xenstore nodes of domain %d cannot be removed: %s.",
				 domid, strerror(-rc));
	return 0;
}

int tree_write_dom0(struct backend *b, struct xend_error *err)
{
	static const struct { const char *path, *value; } nodes[] = {
		{ "/local/domain/0/name", "Domain-0" },
		{ "/local/domain/0/domid", "0" },
		{ "/local/domain/0/control", NULL },
		{ "/local/domain/0/device", NULL },
		{ "/local/domain/0/backend", NULL },
		{ "/local/domain/0/backend/vbd", NULL },
		{ "/local/domain/0/backend/vif", NULL },
		{ "/vm", NULL },
		{ "/tool/xend", NULL },
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(nodes) && !rc; i++)
		rc = nodes[i].value ?
			b->ops->xs_write(b, BACKEND_NO_TX, nodes[i].path, nodes[i].value) :
			b->ops->xs_mkdir(b, BACKEND_NO_TX, nodes[i].path);
	if (rc)
		return xend_fail(err, -rc,
				 "The xenstore nodes of domain 0 cannot be written: %s; is "
				 "xenstored running?",
				 strerror(-rc));
	return 0;
}

static void node_path(char path[TREE_PATH_MAX], int domid, const char *node)
{
	snprintf(path, TREE_PATH_MAX, "/local/domain/%d/%s", domid, node);
}

int tree_read(struct backend *b, int domid, const char *node, char **ret_value)
{
	char path[TREE_PATH_MAX];

	node_path(path, domid, node);
	return b->ops->xs_read(b, BACKEND_NO_TX, path, ret_value);
}

int tree_read_u64(struct backend *b, int domid, const char *node, uint64_t *ret_value)
{
	AUTO_FREE char *text = NULL;
	int rc = tree_read(b, domid, node, &text);

	return rc ? rc : str_to_u64(text, UINT64_MAX, ret_value);
}

int tree_set(struct backend *b, int domid, const char *node, const char *value)
{
	char path[TREE_PATH_MAX];

	node_path(path, domid, node);
	return b->ops->xs_write(b, BACKEND_NO_TX, path, value);
}

int tree_set_u64(struct backend *b, int domid, const char *node, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return tree_set(b, domid, node, text);
}

int tree_rename(struct backend *b, int domid, const char *uuid, const char *name,
		struct xend_error *err)
{
	char path[TREE_PATH_MAX];
	int rc = tree_set(b, domid, "name", name);

	snprintf(path, sizeof(path), "/vm/%s/name", uuid);
	if (!rc)
		rc = b->ops->xs_write(b, BACKEND_NO_TX, path, name);
	if (rc)
		return xend_fail(err, -rc, "The name '%s' cannot be written to xenstore: %s.", name,
				 strerror(-rc));
	return 0;
}

int tree_move_vm(struct backend *b, int domid, const char *old_uuid, const char *new_uuid,
		 const char *name, struct xend_error *err)
{
	char path[TREE_PATH_MAX], vm[64];
	int rc;

	snprintf(vm, sizeof(vm), "/vm/%s", new_uuid);
	snprintf(path, sizeof(path), "%s/uuid", vm);
	rc = b->ops->xs_write(b, BACKEND_NO_TX, path, new_uuid);
	if (!rc)
		rc = tree_set(b, domid, "vm", vm);
	if (!rc && old_uuid) {
		snprintf(path, sizeof(path), "/vm/%s", old_uuid);
		rc = b->ops->xs_rm(b, BACKEND_NO_TX, path);
	}
	if (rc)
		return xend_fail(err, -rc, "The xenstore nodes of domain %d cannot be changed: %s.",
				 domid, strerror(-rc));
	return tree_rename(b, domid, new_uuid, name, err);
}
