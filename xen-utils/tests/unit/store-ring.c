/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenstored and its guests: introduction and death, the ring with honest and hostile guests, and
 * durability: a daemon that is killed with SIGKILL at random moments while a guest checks that
 * every request is executed once and every message arrives once and in order.
 */
#include <config.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store-support.h"
#include "xenstored/state.h"

#define NR_KILLS	60
#define NR_KEYS		40

static struct store s;
static struct fake_backend fb;
static char dir[64];
static char journal_path[96];

/* ---- the guest's side of a ring ---- */

struct guest {
	struct xenstore_domain_interface *page;
	struct strbuf out, in;
};

static uint32_t get(const void *field)
{
	return __atomic_load_n((const uint32_t *)field, __ATOMIC_ACQUIRE);
}

static void put(void *field, uint32_t v)
{
	__atomic_store_n((uint32_t *)field, v, __ATOMIC_RELEASE);
}

/* Move what fits, both ways. */
static void guest_pump(struct guest *g)
{
	uint32_t prod = get(&g->page->req_prod), cons = get(&g->page->rsp_cons);
	uint32_t room = XENSTORE_RING_SIZE - (prod - get(&g->page->req_cons));
	uint32_t have = get(&g->page->rsp_prod) - cons;
	uint32_t n = MIN((size_t)room, g->out.len);

	if (room > XENSTORE_RING_SIZE || have > XENSTORE_RING_SIZE)
		return;		/* the daemon is about to resume, or the test broke the page */
	for (uint32_t i = 0; i < n; i++)
		g->page->req[MASK_XENSTORE_IDX(prod + i)] = g->out.data[i];
	put(&g->page->req_prod, prod + n);
	strbuf_consume(&g->out, n);
	for (uint32_t i = 0; i < have; i++)
		strbuf_putc(&g->in, g->page->rsp[MASK_XENSTORE_IDX(cons + i)]);
	put(&g->page->rsp_cons, cons + have);
}

static void guest_send(struct guest *g, uint32_t type, uint32_t id, uint32_t tx, const void *data,
		       size_t len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = id, .tx_id = tx, .len = len };

	strbuf_add(&g->out, &hdr, sizeof(hdr));
	strbuf_add(&g->out, data, len);
}

static bool guest_take(struct guest *g, struct xsd_sockmsg *hdr, char *body)
{
	if (g->in.len < sizeof(*hdr))
		return false;
	memcpy(hdr, g->in.data, sizeof(*hdr));
	if (hdr->len > XENSTORE_PAYLOAD_MAX || g->in.len < sizeof(*hdr) + hdr->len)
		return false;
	memcpy(body, g->in.data + sizeof(*hdr), hdr->len);
	body[hdr->len] = '\0';
	strbuf_consume(&g->in, sizeof(*hdr) + hdr->len);
	return true;
}

static void guest_free(struct guest *g)
{
	strbuf_free(&g->out);
	strbuf_free(&g->in);
}

/* ---- one process: guests and daemon take turns ---- */

static void begin(void)
{
	if (store_init(&s) < 0)
		tap_bail("no memory");
	memset(&fb, 0, sizeof(fb));
	fb.base.ops = &fake_backend_ops;
	s.backend = &fb.base;
	for (int i = 0; i < 4; i++)
		fb.pages[i] = calloc(1, 4096);
}

static void end(void)
{
	tap_ok(!control_check(&s), "the store is sound afterwards");
	domains_free(&s);
	store_free(&s);
	for (int i = 0; i < 4; i++)
		free(fb.pages[i]);
}

/* A call through the ring. Returns the type of the answer, text in @reply. */
static uint32_t ring_call(struct guest *g, uint16_t domid, uint32_t type, const void *data,
			  size_t len, char *reply)
{
	struct xsd_sockmsg hdr;

	guest_send(g, type, 5, 0, data, len);
	for (int i = 0; i < 100; i++) {
		struct domain *d = domain_find(&s, domid);

		guest_pump(g);
		if (!d)
			break;
		ring_event(&s, d);
		store_flush(&s);
		guest_pump(g);
		while (guest_take(g, &hdr, reply)) {
			if (hdr.type != XS_WATCH_EVENT)
				return hdr.type;
		}
	}
	return XS_INVALID;
}

static void test_introduce(void)
{
	char reply[XENSTORE_PAYLOAD_MAX + 1];
	struct guest g1 = { 0 };
	struct fake_conn d0;

	begin();
	g1.page = fb.pages[1];
	fake_conn_init(&d0, &s, 0);
	fake_pair(&s, &d0, XS_WATCH, 0, "@introduceDomain", "i");
	fake_pair(&s, &d0, XS_WATCH, 0, "@releaseDomain", "r");
	fake_events(&d0, NULL);
	tap_is_int(fake_call(&s, &d0, XS_INTRODUCE, 0, "1\0" "1234\0" "7\0", 9, NULL), 0,
		   "a domain is introduced");
	tap_is_int(fake_events(&d0, "@introduceDomain"), 1, "and watchers are told");
	tap_is_int(get(&g1.page->server_features) & 3, 3, "its page says what we can do");
	fake_str(&s, &d0, XS_IS_DOMAIN_INTRODUCED, 0, "1", reply);
	tap_is_str(reply, "T", "it counts as introduced");
	fake_str(&s, &d0, XS_IS_DOMAIN_INTRODUCED, 0, "2", reply);
	tap_is_str(reply, "F", "another does not");
	tap_is_int(fake_call(&s, &d0, XS_INTRODUCE, 0, "1\0" "1234\0" "8\0", 9, NULL), 0,
		   "a resumed domain is introduced again with a new port");
	tap_is_int(fake_events(&d0, NULL), 0, "which is no news");
	fb.refuse_map = true;
	tap_is_int(fake_call(&s, &d0, XS_INTRODUCE, 0, "3\0" "1\0" "7\0", 6, NULL), -EINVAL,
		   "a ring that cannot be mapped is refused");
	fb.refuse_map = false;
	tap_is_int(fake_call(&s, &d0, XS_INTRODUCE, 0, "0\0" "1\0" "7\0", 6, NULL), -EINVAL,
		   "domain 0 is not introduced this way");

	fake_write(&s, &d0, 0, "/local/domain/1/a", "home");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1/a\0n1\0", 21, NULL);
	tap_is_int(ring_call(&g1, 1, XS_READ, "a", 2, reply), XS_READ, "its ring answers");
	tap_is_str(reply, "home", "with the value");
	tap_ok(fb.notified[1] > 0, "and it is notified");
	tap_is_int(ring_call(&g1, 1, XS_RELEASE, "1", 2, reply), XS_ERROR,
		   "it cannot do what domain 0 can");

	fb.states[1] = DOMAIN_SHUT_DOWN;
	domains_check(&s);
	tap_is_int(fake_events(&d0, "@releaseDomain"), 1, "its shutdown is told");
	domains_check(&s);
	tap_is_int(fake_events(&d0, NULL), 0, "once");
	tap_is_int(fake_str(&s, &d0, XS_RESUME, 0, "1", NULL), 0, "after a resume");
	domains_check(&s);
	tap_is_int(fake_events(&d0, "@releaseDomain"), 1, "it is told again");
	fb.states[1] = DOMAIN_DEAD;
	domains_check(&s);
	tap_is_int(fake_events(&d0, "@releaseDomain"), 1, "so is its death");
	tap_ok(!domain_find(&s, 1), "then it is forgotten");
	fake_str(&s, &d0, XS_GET_PERMS, 0, "/local/domain/1/a", reply);
	tap_is_str(reply, "n0", "and its number has no rights any more");
	tap_is_int(fake_str(&s, &d0, XS_RELEASE, 0, "1", NULL), -ENOENT,
		   "it cannot be released now");

	fb.states[1] = DOMAIN_ALIVE;
	fake_call(&s, &d0, XS_INTRODUCE, 0, "1\0" "1234\0" "7\0", 9, NULL);
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1/a\0n1\0", 21, NULL);
	tap_is_int(fake_str(&s, &d0, XS_RELEASE, 0, "1", NULL), 0, "a living domain is released");
	fake_str(&s, &d0, XS_IS_DOMAIN_INTRODUCED, 0, "1", reply);
	tap_is_str(reply, "F", "and is not introduced then");
	fb.states[1] = DOMAIN_DEAD;
	domains_check(&s);
	fake_str(&s, &d0, XS_GET_PERMS, 0, "/local/domain/1/a", reply);
	tap_is_str(reply, "n0", "when it dies later its rights go too");
	fake_conn_fini(&d0, &s);
	guest_free(&g1);
	end();
}

static void test_long_request(void)
{
	char reply[XENSTORE_PAYLOAD_MAX + 1], msg[2048];
	struct guest g = { 0 };
	struct fake_conn d0;

	begin();
	g.page = fb.pages[1];
	/* Indices near their wrap-around, as after long use. */
	g.page->req_cons = g.page->req_prod = (uint32_t)-700;
	g.page->rsp_cons = g.page->rsp_prod = (uint32_t)-300;
	domain_introduce(&s, 1, 1, 1);
	fake_conn_init(&d0, &s, 0);
	fake_str(&s, &d0, XS_MKDIR, 0, "/local/domain/1", NULL);
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1\0n1\0", 19, NULL);
	memset(msg, 'v', sizeof(msg));
	strcpy(msg, "big");
	tap_is_int(ring_call(&g, 1, XS_WRITE, msg, sizeof(msg), reply), XS_WRITE,
		   "a request twice as long as the ring is taken in");
	tap_is_int(ring_call(&g, 1, XS_READ, "big", 4, reply), XS_READ, "and its value comes back");
	tap_is_int(strlen(reply), sizeof(msg) - 4, "whole");
	fake_conn_fini(&d0, &s);
	guest_free(&g);
	end();
}

/* Guests write a request in pieces and notify only if all before was taken: Linux does. */
static void test_pieces(void)
{
	struct xsd_sockmsg hdr = { .type = XS_GET_DOMAIN_PATH, .req_id = 3, .len = 2 };
	struct guest g = { 0 };
	char reply[XENSTORE_PAYLOAD_MAX + 1];
	struct domain *d;
	bool taken = true;

	begin();
	g.page = fb.pages[1];
	domain_introduce(&s, 1, 1, 1);
	d = domain_find(&s, 1);
	guest_send(&g, hdr.type, hdr.req_id, 0, "1", hdr.len);
	for (uint32_t i = 0; i < sizeof(hdr) + hdr.len; i++) {
		g.page->req[i] = g.out.data[i];
		put(&g.page->req_prod, i + 1);
		ring_event(&s, d);
		store_flush(&s);
		taken &= get(&g.page->req_cons) == i + 1;
	}
	strbuf_reset(&g.out);
	tap_ok(taken, "every piece of a request is taken at once");
	guest_pump(&g);
	tap_ok(guest_take(&g, &hdr, reply) && hdr.type == XS_GET_DOMAIN_PATH,
	       "the whole is answered");
	put(&g.page->req_prod, get(&g.page->req_prod) + 1);
	d->dirty = true;
	store_flush(&s);
	tap_ok(d->recheck, "what comes while indices move is noticed without a notification");
	guest_free(&g);
	end();
}

static void test_hostile(void)
{
	char reply[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };
	struct guest g = { 0 }, other = { 0 };
	struct domain *d;

	begin();
	g.page = fb.pages[1];
	other.page = fb.pages[2];
	domain_introduce(&s, 1, 1, 1);
	domain_introduce(&s, 2, 1, 1);
	store_flush(&s);
	d = domain_find(&s, 1);

	put(&g.page->req_prod, 1025);
	ring_event(&s, d);
	store_flush(&s);
	tap_is_int(get(&g.page->error), XENSTORE_ERROR_RINGIDX, "an impossible index is an error");
	tap_is_int(ring_call(&other, 2, XS_GET_DOMAIN_PATH, "2", 2, reply), XS_GET_DOMAIN_PATH,
		   "others do not notice");
	put(&g.page->connection, XENSTORE_RECONNECT);
	ring_event(&s, d);
	store_flush(&s);
	tap_is_int(get(&g.page->error), XENSTORE_ERROR_NONE, "a reconnection clears it");
	tap_is_int(get(&g.page->connection), XENSTORE_CONNECTED, "and is acknowledged");
	tap_is_int(ring_call(&g, 1, XS_GET_DOMAIN_PATH, "1", 2, reply), XS_GET_DOMAIN_PATH,
		   "then all is well");

	guest_send(&g, 0, 0, 0, NULL, 0);
	memcpy(g.out.data + g.out.len - sizeof(hdr), &hdr, sizeof(hdr));
	guest_pump(&g);
	ring_event(&s, d);
	store_flush(&s);
	tap_is_int(get(&g.page->error), XENSTORE_ERROR_PROTO, "too long a request is an error");
	put(&g.page->connection, XENSTORE_RECONNECT);
	ring_event(&s, d);
	store_flush(&s);

	put(&g.page->rsp_cons, 77);
	guest_send(&g, XS_GET_DOMAIN_PATH, 1, 0, "1", 2);
	strbuf_reset(&g.in);
	for (uint32_t i = 0; i < g.out.len; i++)
		g.page->req[i] = g.out.data[i];
	put(&g.page->req_prod, g.out.len);
	strbuf_reset(&g.out);
	ring_event(&s, d);
	store_flush(&s);
	tap_is_int(get(&g.page->error), XENSTORE_ERROR_RINGIDX, "so is an impossible consumer");
	guest_free(&g);
	guest_free(&other);
	end();
}

static void test_unread(void)
{
	struct guest g = { 0 };
	struct domain *d;
	char reply[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr;
	uint32_t taken = 0, answers = 0;

	begin();
	g.page = fb.pages[1];
	domain_introduce(&s, 1, 1, 1);
	d = domain_find(&s, 1);
	for (int i = 0; i < 2000; i++)
		guest_send(&g, XS_GET_DOMAIN_PATH, i, 0, "1", 2);
	for (int i = 0; i < 300; i++) {
		uint32_t cons = get(&g.page->rsp_cons), prod = get(&g.page->req_prod);
		uint32_t n = MIN((size_t)XENSTORE_RING_SIZE - (prod - get(&g.page->req_cons)),
				 g.out.len);

		/* Writes only, reads nothing. */
		for (uint32_t k = 0; k < n; k++)
			g.page->req[MASK_XENSTORE_IDX(prod + k)] = g.out.data[k];
		put(&g.page->req_prod, prod + n);
		strbuf_consume(&g.out, n);
		(void)cons;
		ring_event(&s, d);
		store_flush(&s);
	}
	taken = d->conn.nr_requests;
	tap_ok(taken < 200, "requests of a guest that reads nothing wait (%u were taken)", taken);
	for (int i = 0; i < 3000; i++) {
		guest_pump(&g);
		ring_event(&s, d);
		store_flush(&s);
		while (guest_take(&g, &hdr, reply))
			answers += hdr.req_id == answers;
	}
	tap_is_int(answers, 2000, "when it reads, all are answered in order");
	guest_free(&g);
	end();
}

static void test_scribble(void)
{
	struct domain *d;
	bool sound = true;

	begin();
	domain_introduce(&s, 1, 1, 1);
	d = domain_find(&s, 1);
	for (int n = 0; n < 30000; n++) {
		struct xenstore_domain_interface *p = fb.pages[1];
		uint32_t *words = (uint32_t *)p;

		switch (rand() % 6) {
		case 0:
			words[rand() % (sizeof(*p) / 4)] = rand();
			break;
		case 1:
			p->req_prod += rand() % 600;
			break;
		case 2:
			p->rsp_cons = rand() % 3 ? p->rsp_prod : (uint32_t)rand();
			break;
		case 3:
			p->connection = rand() % 2;
			break;
		case 4: {
			struct xsd_sockmsg hdr = { rand() % 24, rand(), 0, rand() % 64 };

			memcpy(p->req + MASK_XENSTORE_IDX(d->req_cons) % 1000, &hdr, sizeof(hdr));
			break;
		}
		default:
			ring_event(&s, d);
			store_flush(&s);
		}
		if (n % 1000 == 0)
			sound &= !control_check(&s);
	}
	tap_ok(sound, "a guest that scribbles over its page harms nothing");
	end();
}

static volatile bool stop_thread;

static void *scribbler(void *arg)
{
	struct xenstore_domain_interface *p = arg;
	unsigned int seed = 1;

	while (!stop_thread) {
		uint32_t most = rand_r(&seed) % 16 ? 40 : 5000;
		struct xsd_sockmsg hdr = { rand_r(&seed) % 24, 1, 0, rand_r(&seed) % most };

		for (uint32_t i = 0; i + sizeof(hdr) <= XENSTORE_RING_SIZE; i += sizeof(hdr) * 2)
			memcpy(p->req + i, &hdr, sizeof(hdr));
		put(&p->req_prod, get(&p->req_cons) + rand_r(&seed) % 1024);
		put(&p->rsp_cons, get(&p->rsp_prod));
		if (rand_r(&seed) % 64 == 0)
			put(&p->connection, XENSTORE_RECONNECT);
	}
	return NULL;
}

/* The page changes between any two of our instructions. */
static void test_racing(void)
{
	pthread_t thread;
	struct domain *d;

	begin();
	domain_introduce(&s, 1, 1, 1);
	d = domain_find(&s, 1);
	stop_thread = false;
	pthread_create(&thread, NULL, scribbler, fb.pages[1]);
	for (long n = 0; n < 20000 || (d->conn.nr_requests < 2000 && n < 20000000); n++) {
		ring_event(&s, d);
		store_flush(&s);
		if (n % 256 == 255)
			sched_yield();
	}
	stop_thread = true;
	pthread_join(thread, NULL);
	tap_ok(d->conn.nr_requests >= 2000, "a racing guest does no harm (%llu requests)",
	       (unsigned long long)d->conn.nr_requests);
	end();
}

/* ---- the journal ---- */

static int open_journal(struct store *st)
{
	unsigned long records;
	int rc = journal_open(journal_path, state_replay, st, &st->journal, &records);

	if (!rc)
		store_count_owned(st, st->owned);
	return rc < 0 ? rc : (int)records;
}

static void copy_journal_cut(const char *data, size_t len)
{
	int fd = open(journal_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		tap_bail("cannot write %s", journal_path);
	close(fd);
}

static void test_torn_journal(void)
{
	size_t ends[41], size;
	char *data, text[64];
	struct fake_conn d0;
	bool right = true;
	int fd;

	unlink(journal_path);
	begin();
	tap_is_int(open_journal(&s), 0, "a new journal has no records");
	fake_conn_init(&d0, &s, 0);
	for (int i = 0; i < 40; i++) {
		ends[i] = journal_size(s.journal);
		snprintf(text, sizeof(text), "%d", i + 1);
		fake_write(&s, &d0, 0, "/counter", text);
		store_flush(&s);
	}
	ends[40] = size = journal_size(s.journal);
	fake_conn_fini(&d0, &s);
	journal_close(s.journal);
	end();
	data = malloc(size + 8);
	fd = open(journal_path, O_RDONLY);
	if (read(fd, data, size) != (ssize_t)size)
		tap_bail("cannot read %s", journal_path);
	close(fd);
	for (size_t cut = 0; cut <= size; cut++) {
		const struct node *node;
		int done = 0, found = 0;

		copy_journal_cut(data, cut);
		while (done < 40 && ends[done + 1] <= cut)
			done++;
		if (store_init(&s) < 0 || open_journal(&s) < 0)
			tap_bail("a journal cut at %zu cannot be opened", cut);
		node = tree_find(s.root, "/counter");
		if (node) {
			snprintf(text, sizeof(text), "%.*s", (int)node->value->len,
				 node->value->data);
			found = atoi(text);
		}
		right &= found == done;
		journal_close(s.journal);
		store_free(&s);
	}
	tap_ok(right,
	       "a journal cut at any of %zu bytes gives the state after its last whole record",
	       size);
	data[ends[20] + 10] ^= 1;
	copy_journal_cut(data, size);
	if (store_init(&s) < 0)
		tap_bail("no memory");
	tap_is_int(open_journal(&s), 20, "a damaged record and all behind it are left out");
	journal_close(s.journal);
	store_free(&s);
	free(data);
	unlink(journal_path);
}

/* ---- a daemon that is killed ---- */

static void __attribute__((noreturn)) run_daemon(struct xenstore_domain_interface *page)
{
	struct domain *d;

	memset(&fb, 0, sizeof(fb));
	fb.base.ops = &fake_backend_ops;
	fb.pages[1] = page;
	if (store_init(&s) < 0 || open_journal(&s) < 0)
		_exit(3);
	s.backend = &fb.base;
	s.quota.limit[QUOTA_NODE_SIZE] = 4096;
	journal_set_limit(s.journal, 30000);
	if (!domain_find(&s, 1)) {
		struct fake_conn d0;

		fake_conn_init(&d0, &s, 0);
		fake_str(&s, &d0, XS_MKDIR, 0, "/local/domain/1", NULL);
		fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1\0n1\0", 19, NULL);
		domain_introduce(&s, 1, 1, 1);
		store_flush(&s);
		fake_conn_fini(&d0, &s);
	}
	domains_reattach(&s);
	store_flush(&s);
	d = domain_find(&s, 1);
	if (!d)
		_exit(4);
	for (int n = 0;; n++) {
		ring_event(&s, d);
		store_flush(&s);
		if (d->error || (n % 256 == 0 && control_check(&s)))
			_exit(5);
	}
}

/* What the guest must see next. */
struct expect {
	uint32_t type, id;
	char text[64];		/* "": any */
};

#define NR_EXPECT	256
static struct expect expected[NR_EXPECT];
static unsigned int exp_head, exp_tail;

static void expect(uint32_t type, uint32_t id, const char *text)
{
	struct expect *e = &expected[exp_head++ % NR_EXPECT];

	e->type = type;
	e->id = id;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

static int key_value[NR_KEYS];		/* length of the value; -1: no node */

static void send_write(struct guest *g, uint32_t id)
{
	int key = rand() % NR_KEYS, len = rand() % (rand() % 4 ? 100 : 2500);
	char msg[3000], path[16];
	int n = snprintf(msg, sizeof(msg), "w/n%d", key) + 1;

	memcpy(path, msg, n);
	memset(msg + n, 'a' + id % 26, len);
	guest_send(g, XS_WRITE, id, 0, msg, n + len);
	expect(XS_WATCH_EVENT, 0, path);
	expect(XS_WRITE, id, "OK");
	key_value[key] = len;
}

static void send_rm(struct guest *g, uint32_t id)
{
	int key = rand() % NR_KEYS;
	char path[16];
	int n = snprintf(path, sizeof(path), "w/n%d", key) + 1;

	guest_send(g, XS_RM, id, 0, path, n);
	if (key_value[key] >= 0)
		expect(XS_WATCH_EVENT, 0, path);
	expect(XS_RM, id, "OK");
	key_value[key] = -1;
}

/* Registering a watch twice, or removing it twice, would be an error. */
static void send_watch_pair(struct guest *g, uint32_t id)
{
	char msg[32];
	int n = snprintf(msg, sizeof(msg), "x%ct%u", 0, id) + 1;

	guest_send(g, XS_WATCH, id, 0, msg, n);
	expect(XS_WATCH, id, "OK");
	expect(XS_WATCH_EVENT, 0, "x");
	guest_send(g, XS_UNWATCH, id, 0, msg, n);
	expect(XS_UNWATCH, id, "OK");
}

struct killer {
	struct xenstore_domain_interface *page;
	pid_t child;
	int kills;
	int bad_exits;
	struct timespec next;
};

static void start_child(struct killer *k)
{
	long wait_us = rand() % 6000;

	fflush(stdout);
	k->child = fork();
	if (!k->child)
		run_daemon(k->page);
	clock_gettime(CLOCK_MONOTONIC, &k->next);
	k->next.tv_nsec += wait_us * 1000 + 4000000;
	if (k->next.tv_nsec >= 1000000000) {
		k->next.tv_nsec -= 1000000000;
		k->next.tv_sec++;
	}
}

static void stop_child(struct killer *k)
{
	int status;

	kill(k->child, SIGKILL);
	waitpid(k->child, &status, 0);
	if (!WIFSIGNALED(status)) {
		tap_diag("the daemon ended by itself with %d", WEXITSTATUS(status));
		k->bad_exits++;
	}
}

static void maybe_kill(struct killer *k)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (k->kills >= NR_KILLS || now.tv_sec < k->next.tv_sec ||
	    (now.tv_sec == k->next.tv_sec && now.tv_nsec < k->next.tv_nsec))
		return;
	stop_child(k);
	k->kills++;
	start_child(k);
}

/* Read what came; false at the first message that is not the expected one. */
static bool check_messages(struct guest *g, char *last)
{
	struct xsd_sockmsg hdr;

	while (guest_take(g, &hdr, last)) {
		struct expect *e = &expected[exp_tail % NR_EXPECT];

		if (exp_tail == exp_head || hdr.type != e->type || hdr.req_id != e->id ||
		    (e->text[0] && !str_eq(last, e->text))) {
			tap_diag("got type %u id %u \"%.40s\", expected type %u id %u \"%s\"",
				 hdr.type, hdr.req_id, last, e->type, e->id, e->text);
			return false;
		}
		exp_tail++;
	}
	return true;
}

static bool drain(struct guest *g, struct killer *k, unsigned int keep, char *last)
{
	for (long spins = 0; exp_head - exp_tail > keep; spins++) {
		guest_pump(g);
		if (!check_messages(g, last) || k->bad_exits || spins > 200000000)
			return false;
		maybe_kill(k);
		if (spins % 64 == 63)
			sched_yield();
	}
	return true;
}

/* A transaction: what it answers at its end may be EAGAIN, but only if the daemon was killed. */
static bool one_transaction(struct guest *g, struct killer *k, uint32_t id, char *last,
			    int *again)
{
	int kills = k->kills;
	struct xsd_sockmsg hdr;
	uint32_t tx;

	if (!drain(g, k, 0, last))
		return false;
	guest_send(g, XS_TRANSACTION_START, id, 0, "", 1);
	expect(XS_TRANSACTION_START, id, "");
	if (!drain(g, k, 0, last))
		return false;
	tx = strtoul(last, NULL, 10);
	guest_send(g, XS_WRITE, id, tx, "counter\0one", 11);
	expect(XS_WRITE, id, "OK");
	if (!drain(g, k, 0, last))
		return false;
	guest_send(g, XS_TRANSACTION_END, id, tx, "T", 2);
	for (;;) {
		guest_pump(g);
		if (guest_take(g, &hdr, last))
			break;
		maybe_kill(k);
	}
	if (hdr.type == XS_TRANSACTION_END)
		return true;
	(*again)++;
	return hdr.type == XS_ERROR && str_eq(last, "EAGAIN") && k->kills > kills;
}

static bool verify_keys(struct guest *g, struct killer *k, char *last)
{
	char path[16];

	for (int key = 0; key < NR_KEYS; key++) {
		int n = snprintf(path, sizeof(path), "w/n%d", key) + 1;

		if (!drain(g, k, 0, last))
			return false;
		guest_send(g, XS_READ, 9000 + key, 0, path, n);
		expect(key_value[key] < 0 ? XS_ERROR : XS_READ, 9000 + key,
		       key_value[key] < 0 ? "ENOENT" : "");
		if (!drain(g, k, 0, last))
			return false;
		if (key_value[key] >= 0 && strlen(last) != (size_t)key_value[key])
			return false;
	}
	return true;
}

static void test_killed(void)
{
	char last[XENSTORE_PAYLOAD_MAX + 1] = "";
	struct killer k = { 0 };
	struct guest g = { 0 };
	uint32_t id = 10;
	int txs = 0, again = 0;
	bool ok;

	unlink(journal_path);
	for (int i = 0; i < NR_KEYS; i++)
		key_value[i] = -1;
	k.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g.page = k.page;
	start_child(&k);
	/* "w" exists, so that removals below it are allowed. */
	guest_send(&g, XS_MKDIR, 1, 0, "w", 2);
	expect(XS_MKDIR, 1, "OK");
	guest_send(&g, XS_WATCH, 2, 0, "w\0p", 4);
	expect(XS_WATCH, 2, "OK");
	expect(XS_WATCH_EVENT, 0, "w");
	ok = drain(&g, &k, 0, last);
	while (ok && (k.kills < NR_KILLS || id < 1500)) {
		switch (rand() % 8) {
		case 0:
			send_watch_pair(&g, id++);
			break;
		case 1:
			send_rm(&g, id++);
			break;
		case 2:
			txs++;
			ok = one_transaction(&g, &k, id++, last, &again);
			break;
		default:
			send_write(&g, id++);
		}
		ok = ok && drain(&g, &k, rand() % 12, last);
	}
	tap_ok(ok, "%u requests over %d kills: each executed once, each message once, in order", id,
	       k.kills);
	tap_ok(ok && verify_keys(&g, &k, last), "at the end every node has its last value");
	tap_diag("%d transactions, %d had to try again", txs, again);
	stop_child(&k);
	tap_is_int(k.bad_exits, 0, "the daemon never ended but by being killed");
	guest_free(&g);
	munmap(k.page, 4096);
	unlink(journal_path);
}

int main(void)
{
	srand(tap_seed());
	log_set_level(LOG_LEVEL_ERROR);
	snprintf(dir, sizeof(dir), "%s/store-ring.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(dir))
		tap_bail("cannot make a directory");
	snprintf(journal_path, sizeof(journal_path), "%s/journal", dir);
	test_introduce();
	test_long_request();
	test_pieces();
	test_hostile();
	test_unread();
	test_scribble();
	test_racing();
	test_torn_journal();
	test_killed();
	rmdir(dir);
	return tap_done();
}
