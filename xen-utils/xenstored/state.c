/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of the journal; the contract and the durability design are in state.h.
 *
 * Numbers are in the machine's own order: the file never leaves the machine or outlives its boot.
 * Strings carry their length, counting the NUL they end with.
 */
#include <config.h>

#include "xenstored/domain.h"
#include "xenstored/state.h"
#include "xenstored/txn.h"
#include "xenstored/watch.h"

static void put_u8(struct strbuf *sb, uint8_t v)
{
	strbuf_add(sb, &v, sizeof(v));
}

static void put_u16(struct strbuf *sb, uint16_t v)
{
	strbuf_add(sb, &v, sizeof(v));
}

static void put_u32(struct strbuf *sb, uint32_t v)
{
	strbuf_add(sb, &v, sizeof(v));
}

static void put_u64(struct strbuf *sb, uint64_t v)
{
	strbuf_add(sb, &v, sizeof(v));
}

static void put_str(struct strbuf *sb, const char *s)
{
	size_t len = strlen(s) + 1;

	put_u32(sb, len);
	strbuf_add(sb, s, len);
}

static void put_perms(struct strbuf *sb, const struct perms *perms)
{
	put_u32(sb, perms->count);
	for (uint32_t i = 0; i < perms->count; i++) {
		put_u16(sb, perms->p[i].domid);
		put_u8(sb, perms->p[i].bits);
	}
}

/* What is left of an entry; "bad" once something did not fit. */
struct cursor {
	const char *p;
	size_t len;
	bool bad;
};

static const char *take(struct cursor *c, size_t n)
{
	const char *p = c->p;

	if (c->bad || n > c->len) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->len -= n;
	return p;
}

static uint8_t take_u8(struct cursor *c)
{
	const char *p = take(c, 1);

	return p ? (uint8_t)*p : 0;
}

static uint16_t take_u16(struct cursor *c)
{
	const char *p = take(c, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t take_u32(struct cursor *c)
{
	const char *p = take(c, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t take_u64(struct cursor *c)
{
	const char *p = take(c, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

static const char *take_str(struct cursor *c)
{
	uint32_t len = take_u32(c);
	const char *s = take(c, len);

	if (s && len && s[len - 1] == '\0')
		return s;
	c->bad = true;
	return "";
}

static const char *take_path(struct cursor *c)
{
	const char *path = take_str(c);

	if (!path_is_valid_absolute(path))
		c->bad = true;
	return path;
}

static struct perms *take_perms(struct cursor *c)
{
	struct perm p[PERMS_MAX];
	uint32_t count = take_u32(c);

	if (!count || count > PERMS_MAX)
		c->bad = true;
	for (uint32_t i = 0; i < count && !c->bad; i++) {
		p[i].domid = take_u16(c);
		p[i].bits = take_u8(c);
	}
	return c->bad ? NULL : perms_new(p, count);
}

static void add(struct store *s, enum state_type type, const struct strbuf *sb)
{
	journal_add(s->journal, type, sb->data, sb->len);
}

void state_node_create(struct store *s, const char *path, const struct perms *perms)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_str(&sb, path);
	put_perms(&sb, perms);
	add(s, STATE_NODE_CREATE, &sb);
}

void state_node_value(struct store *s, const char *path, const void *data, size_t len)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_str(&sb, path);
	strbuf_add(&sb, data, len);
	add(s, STATE_NODE_VALUE, &sb);
}

void state_node_perms(struct store *s, const char *path, const struct perms *perms)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_str(&sb, path);
	put_perms(&sb, perms);
	add(s, STATE_NODE_PERMS, &sb);
}

void state_node_rm(struct store *s, const char *path)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_str(&sb, path);
	add(s, STATE_NODE_RM, &sb);
}

void state_special(struct store *s, int which, const struct perms *perms)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u8(&sb, which);
	put_perms(&sb, perms);
	add(s, STATE_SPECIAL, &sb);
}

static void add_domid(struct store *s, enum state_type type, uint16_t domid)
{
	journal_add(s->journal, type, &domid, sizeof(domid));
}

void state_purge(struct store *s, uint16_t domid)
{
	add_domid(s, STATE_PURGE, domid);
}

static void add_watch(struct store *s, enum state_type type, const struct watch *w)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, w->conn->who.domid);
	put_u32(&sb, w->strip);
	put_str(&sb, w->path);
	put_str(&sb, w->token);
	add(s, type, &sb);
}

void state_watch_add(struct store *s, const struct watch *w)
{
	add_watch(s, STATE_WATCH_ADD, w);
}

void state_watch_del(struct store *s, const struct watch *w)
{
	add_watch(s, STATE_WATCH_DEL, w);
}

void state_watch_reset(struct store *s, uint16_t domid)
{
	add_domid(s, STATE_WATCH_RESET, domid);
}

void state_txn(struct store *s, enum state_type type, uint16_t domid, uint32_t id)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, domid);
	put_u32(&sb, id);
	add(s, type, &sb);
}

void state_quota(struct store *s, enum quota_id id)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_str(&sb, quota_name(id));
	put_u32(&sb, s->quota.limit[id]);
	add(s, STATE_QUOTA, &sb);
}

void state_domain(struct store *s, const struct domain *d)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, d->domid);
	put_u64(&sb, d->mfn);
	put_u32(&sb, d->remote_port);
	put_u32(&sb, (uint32_t)d->conn.who.target);
	put_u32(&sb, d->error);
	put_u8(&sb, d->introduced);
	put_u8(&sb, d->shut_down);
	add(s, STATE_DOMAIN, &sb);
}

void state_domain_del(struct store *s, uint16_t domid)
{
	add_domid(s, STATE_DOMAIN_DEL, domid);
}

void state_ring(struct store *s, const struct domain *d)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, d->domid);
	put_u32(&sb, d->req_cons);
	put_u32(&sb, d->out_start);
	put_u32(&sb, d->out_left);
	add(s, STATE_RING, &sb);
}

void state_ring_in(struct store *s, const struct domain *d, const void *data, size_t len)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, d->domid);
	put_u32(&sb, d->req_cons);
	strbuf_add(&sb, data, len);
	add(s, STATE_RING_IN, &sb);
}

void state_ring_out(struct store *s, const struct domain *d, const void *data, size_t len)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	put_u16(&sb, d->domid);
	strbuf_add(&sb, data, len);
	add(s, STATE_RING_OUT, &sb);
}

/* Reading back. A reader returns 0 or -errno; a cursor gone bad is an error in any case. */

static int read_meta(struct store *s, struct cursor *c)
{
	s->next_tx = take_u32(c);
	return 0;
}

static int read_node_create(struct store *s, struct cursor *c)
{
	const char *path = take_path(c);
	struct perms *perms = take_perms(c);
	int rc;

	if (!perms)
		return c->bad ? -EBADMSG : -ENOMEM;
	rc = tree_create(&s->root, path, perms, ++s->gen);
	perms_put(perms);
	return rc;
}

static int read_node_value(struct store *s, struct cursor *c)
{
	const char *path = take_path(c);

	return c->bad ? -EBADMSG : tree_set_value(&s->root, path, c->p, c->len, ++s->gen);
}

static int read_node_perms(struct store *s, struct cursor *c)
{
	const char *path = take_path(c);
	struct perms *perms = take_perms(c);
	int rc;

	if (!perms)
		return c->bad ? -EBADMSG : -ENOMEM;
	rc = tree_set_perms(&s->root, path, perms, ++s->gen);
	perms_put(perms);
	return rc;
}

static int read_node_rm(struct store *s, struct cursor *c)
{
	const char *path = take_path(c);

	return c->bad ? -EBADMSG : tree_remove(&s->root, path, ++s->gen, NULL);
}

static int read_special(struct store *s, struct cursor *c)
{
	uint8_t which = take_u8(c);
	struct perms *perms = take_perms(c);

	if (!perms || which >= NR_SPECIAL) {
		perms_put(perms);
		return -EBADMSG;
	}
	perms_put(s->special[which]);
	s->special[which] = perms;
	return 0;
}

static int read_purge(struct store *s, struct cursor *c)
{
	uint16_t domid = take_u16(c);

	return c->bad ? -EBADMSG : store_purge_domain(s, domid);
}

static struct domain *take_domain(struct store *s, struct cursor *c)
{
	uint16_t domid = take_u16(c);

	return c->bad ? NULL : domain_find(s, domid);
}

static int read_watch_add(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);
	uint32_t strip = take_u32(c);
	const char *path = take_str(c);
	const char *token = take_str(c);

	if (!d || c->bad || strip > strlen(path) ||
	    !(path_special(path) >= 0 || path_is_valid_absolute(path)))
		return -EBADMSG;
	return watch_add(s, &d->conn, path, strip, token, NULL);
}

static int read_watch_del(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);
	const char *path, *token;

	take_u32(c);
	path = take_str(c);
	token = take_str(c);
	return d && !c->bad ? watch_remove(s, &d->conn, path, token) : -EBADMSG;
}

static int read_watch_reset(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);

	if (!d)
		return -EBADMSG;
	watch_remove_all(s, &d->conn);
	return 0;
}

static int read_domain(struct store *s, struct cursor *c)
{
	uint16_t domid = take_u16(c);
	struct domain *d;

	if (c->bad || domid >= DOMID_LIMIT)
		return -EBADMSG;
	d = domain_restore(s, domid);
	if (!d)
		return -ENOMEM;
	d->mfn = take_u64(c);
	d->remote_port = take_u32(c);
	d->conn.who.target = (int32_t)take_u32(c);
	d->error = take_u32(c);
	d->introduced = take_u8(c);
	d->shut_down = take_u8(c);
	return 0;
}

static int read_domain_del(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);

	if (!d)
		return -EBADMSG;
	domain_forget(s, d);
	return 0;
}

static int read_ring(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);

	if (!d)
		return -EBADMSG;
	ring_clear(d);
	d->req_cons = take_u32(c);
	d->out_start = take_u32(c);
	d->out_left = take_u32(c);
	return 0;
}

static int read_ring_in(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);

	if (!d)
		return -EBADMSG;
	d->req_cons = take_u32(c);
	if (!c->len) {
		strbuf_reset(&d->in);
		return 0;
	}
	return strbuf_add(&d->in, c->p, c->len);
}

static int read_ring_out(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);

	return d ? strbuf_add(&d->out, c->p, c->len) : -EBADMSG;
}

static int read_txn_start(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);
	uint32_t id = take_u32(c);

	if (!d || c->bad || !id || txn_find(&d->conn, id))
		return -EBADMSG;
	s->next_tx = id;
	return txn_restore(s, &d->conn, id);
}

static int read_txn_end(struct store *s, struct cursor *c)
{
	struct domain *d = take_domain(s, c);
	uint32_t id = take_u32(c);
	struct txn *t = d ? txn_find(&d->conn, id) : NULL;

	return t ? txn_end(s, &d->conn, t, false) : -EBADMSG;
}

static int read_quota(struct store *s, struct cursor *c)
{
	const char *name = take_str(c);
	uint32_t limit = take_u32(c);
	enum quota_id id;

	/* A limit that this version does not know any more is no reason not to start. */
	if (!c->bad && !quota_find(name, &id))
		s->quota.limit[id] = limit;
	return 0;
}

static int (*const readers[])(struct store *s, struct cursor *c) = {
	[STATE_META] = read_meta,
	[STATE_NODE_CREATE] = read_node_create,
	[STATE_NODE_VALUE] = read_node_value,
	[STATE_NODE_PERMS] = read_node_perms,
	[STATE_NODE_RM] = read_node_rm,
	[STATE_SPECIAL] = read_special,
	[STATE_WATCH_ADD] = read_watch_add,
	[STATE_WATCH_DEL] = read_watch_del,
	[STATE_WATCH_RESET] = read_watch_reset,
	[STATE_DOMAIN] = read_domain,
	[STATE_DOMAIN_DEL] = read_domain_del,
	[STATE_RING] = read_ring,
	[STATE_RING_IN] = read_ring_in,
	[STATE_RING_OUT] = read_ring_out,
	[STATE_TXN_START] = read_txn_start,
	[STATE_TXN_END] = read_txn_end,
	[STATE_QUOTA] = read_quota,
	[STATE_PURGE] = read_purge,
};

int state_replay(void *ctx, uint8_t type, const char *body, size_t len)
{
	struct cursor c = { body, len, false };
	int rc;

	if (type >= ARRAY_SIZE(readers) || !readers[type])
		rc = -EBADMSG;
	else
		rc = readers[type](ctx, &c);
	if (!rc && c.bad)
		rc = -EBADMSG;
	if (rc < 0)
		log_error_errno(rc, "journal: an entry of type %u and %zu bytes makes no sense",
				type, len);
	return rc;
}

static int snapshot_node(const struct node *node, const char *path, void *ctx)
{
	if (node->name[0])
		state_node_create(ctx, path, node->perms);
	else
		state_node_perms(ctx, path, node->perms);
	if (node->value)
		state_node_value(ctx, path, node->value->data, node->value->len);
	return 0;
}

static void snapshot_domain(struct store *s, const struct domain *d)
{
	state_domain(s, d);
	state_ring(s, d);
	if (d->in.len)
		state_ring_in(s, d, d->in.data, d->in.len);
	if (d->out.len)
		state_ring_out(s, d, d->out.data, d->out.len);
	for (struct watch *w = d->conn.watches; w; w = w->conn_next)
		state_watch_add(s, w);
	for (struct txn *t = d->conn.txns; t; t = t->next)
		state_txn(s, STATE_TXN_START, d->domid, t->id);
}

int state_snapshot(void *ctx, struct journal *j)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;
	struct store *s = ctx;
	int rc;

	(void)j;		/* it is s->journal, to which all of these write */
	for (int i = 0; i < QUOTA_COUNT; i++)
		state_quota(s, i);
	for (int i = 0; i < NR_SPECIAL; i++)
		state_special(s, i, s->special[i]);
	if (strbuf_puts(&sb, "/") < 0)
		return -ENOMEM;
	rc = tree_walk(s->root, &sb, snapshot_node, s);
	for (struct domain *d = s->domains; d; d = d->next)
		snapshot_domain(s, d);
	strbuf_reset(&sb);
	put_u32(&sb, s->next_tx);
	add(s, STATE_META, &sb);
	return rc;
}
