/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches; the contract is in watch.h.
 */
#include <config.h>

#include "xenstored/state.h"
#include "xenstored/watch.h"

#define NR_BUCKETS	4096

struct watch_table {
	size_t count;
	struct watch *buckets[NR_BUCKETS];
};

struct watch_table *watch_table_new(void)
{
	return calloc(1, sizeof(struct watch_table));
}

void watch_table_free(struct watch_table *t)
{
	free(t);
}

size_t watch_count(const struct watch_table *t)
{
	return t->count;
}

/* FNV-1a over the first @len characters. */
static struct watch **bucket(struct watch_table *t, const char *path, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * 16777619u;
	return &t->buckets[(h ^ h >> 16) % NR_BUCKETS];
}

static struct watch **find_in_conn(struct conn *c, const char *path, const char *token)
{
	struct watch **pp = &c->watches;

	while (*pp && !(str_eq((*pp)->path, path) && str_eq((*pp)->token, token)))
		pp = &(*pp)->conn_next;
	return pp;
}

int watch_add(struct store *s, struct conn *c, const char *path, uint32_t strip,
	      const char *token, struct watch **ret_watch)
{
	size_t len = strlen(path) + 1;
	struct watch *w, **b;

	if (*find_in_conn(c, path, token))
		return -EEXIST;
	w = malloc(sizeof(*w) + len + strlen(token) + 1);
	if (!w)
		return -ENOMEM;
	memcpy(w->path, path, len);
	w->token = w->path + len;
	strcpy(w->token, token);
	w->conn = c;
	w->strip = strip;
	b = bucket(s->watches, path, len - 1);
	w->hash_next = *b;
	*b = w;
	w->conn_next = c->watches;
	c->watches = w;
	c->nr_watches++;
	s->watches->count++;
	if (c->durable)
		state_watch_add(s, w);
	if (ret_watch)
		*ret_watch = w;
	return 0;
}

static void drop(struct store *s, struct watch **pp)
{
	struct watch *w = *pp, **b = bucket(s->watches, w->path, strlen(w->path));

	while (*b != w)
		b = &(*b)->hash_next;
	*b = w->hash_next;
	*pp = w->conn_next;
	w->conn->nr_watches--;
	s->watches->count--;
	free(w);
}

int watch_remove(struct store *s, struct conn *c, const char *path, const char *token)
{
	struct watch **pp = find_in_conn(c, path, token);

	if (!*pp)
		return -ENOENT;
	if (c->durable)
		state_watch_del(s, *pp);
	drop(s, pp);
	return 0;
}

void watch_remove_all(struct store *s, struct conn *c)
{
	if (!c->watches)
		return;
	if (c->durable)
		state_watch_reset(s, c->who.domid);
	while (c->watches)
		drop(s, &c->watches);
}

static void send_event(const struct watch *w, const char *path)
{
	char buf[PATH_SIZE + XENSTORE_PAYLOAD_MAX];
	size_t plen, tlen = strlen(w->token) + 1;

	path += w->strip;
	plen = strlen(path) + 1;
	if (plen + tlen > XENSTORE_PAYLOAD_MAX)
		return;		/* no message can carry it; watch requests that long are refused */
	memcpy(buf, path, plen);
	memcpy(buf + plen, w->token, tlen);
	conn_send(w->conn, XS_WATCH_EVENT, 0, 0, buf, plen + tlen);
}

void watch_fire_initial(const struct watch *w)
{
	send_event(w, w->path);
}

static bool may_see(const struct watch *w, const struct perms *now, const struct perms *before)
{
	return (now && perms_allow(now, &w->conn->who, PERM_READ)) ||
	       (before && perms_allow(before, &w->conn->who, PERM_READ));
}

/* Watches registered exactly on the first @len characters of @path. */
static void fire_at(struct store *s, const char *path, size_t len, const struct perms *now,
		    const struct perms *before)
{
	for (struct watch *w = *bucket(s->watches, path, len); w; w = w->hash_next) {
		if (strncmp(w->path, path, len) == 0 && !w->path[len] && may_see(w, now, before))
			send_event(w, path);
	}
}

/* The node and everything above it: "/", "/a", "/a/b". */
static void fire_upwards(struct store *s, const char *path, const struct perms *now,
			 const struct perms *before)
{
	size_t len = strlen(path);

	fire_at(s, path, 1, now, before);
	for (size_t i = 2; len > 1 && i <= len; i++) {
		if (path[i] == '/' || path[i] == '\0')
			fire_at(s, path, i, now, before);
	}
}

static int fire_removed(const struct node *node, const char *path, void *ctx)
{
	struct store *s = ctx;

	fire_at(s, path, strlen(path), NULL, node->perms);
	return 0;
}

/* Whoever watches something below a removed node hears of its end under its own name. */
static void fire_below(struct store *s, const char *path, const struct node *old)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;

	for (uint32_t i = 0; i < old->nr_children; i++) {
		strbuf_reset(&sb);
		strbuf_printf(&sb, "%s/%s", path, old->children[i]->name);
		if (!sb.failed)
			tree_walk(old->children[i], &sb, fire_removed, s);
	}
}

void watch_fire_change(struct store *s, const struct change *change)
{
	const struct node *node = tree_find(s->root, change->path);
	const struct perms *before = change->old ? change->old->perms : change->old_perms;

	if (!s->watches->count)
		return;
	fire_upwards(s, change->path, node ? node->perms : NULL, before);
	if (change->old)
		fire_below(s, change->path, change->old);
}

static const char *const special_names[NR_SPECIAL] = { "@introduceDomain", "@releaseDomain" };

void watch_fire_special(struct store *s, int which)
{
	const char *name = special_names[which];

	fire_at(s, name, strlen(name), s->special[which], NULL);
}

const char *watch_check(const struct store *s)
{
	size_t total = 0;

	for (struct conn *c = s->conns; c; c = c->next) {
		uint32_t n = 0;

		for (struct watch *w = c->watches; w; w = w->conn_next) {
			struct watch *h = *bucket(s->watches, w->path, strlen(w->path));

			while (h && h != w)
				h = h->hash_next;
			if (!h || w->conn != c)
				return "a watch cannot be found by its path";
			n++;
		}
		if (n != c->nr_watches)
			return "a connection has miscounted its watches";
		total += n;
	}
	return total == s->watches->count ? NULL : "watches without a connection exist";
}
