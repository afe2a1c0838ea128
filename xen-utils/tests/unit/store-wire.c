/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenstored's requests, without sockets or rings: rights, watches, transactions, quotas, errors,
 * and whatever random bytes may be.
 */
#include <config.h>

#include "store-support.h"

static struct store s;
static struct fake_conn d0, d1, d2;
static char reply[XENSTORE_PAYLOAD_MAX + 1];

static void begin(void)
{
	if (store_init(&s) < 0)
		tap_bail("no memory");
	fake_conn_init(&d0, &s, 0);
	fake_conn_init(&d1, &s, 1);
	fake_conn_init(&d2, &s, 2);
	fake_write(&s, &d0, 0, "/local/domain/1/x", "");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1\0n1\0", 19, NULL);
	fake_write(&s, &d0, 0, "/local/domain/2/x", "");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/2\0n2\0r1\0", 22, NULL);
}

static void end(void)
{
	const char *bad = control_check(&s);

	tap_ok(!bad, "the store is sound afterwards");
	if (bad)
		tap_diag("%s", bad);
	fake_conn_fini(&d0, &s);
	fake_conn_fini(&d1, &s);
	fake_conn_fini(&d2, &s);
	store_free(&s);
}

static void test_nodes(void)
{
	begin();
	tap_is_int(fake_write(&s, &d0, 0, "/a/b/c", "hello"), 0,
		   "a write makes the nodes above it");
	tap_is_int(fake_str(&s, &d0, XS_READ, 0, "/a/b/c", reply), 0, "what was written is read");
	tap_is_str(reply, "hello", "with the same value");
	tap_is_int(fake_str(&s, &d0, XS_READ, 0, "/a/b", reply), 0, "nodes in between are empty");
	tap_is_str(reply, "", "and read as nothing");
	tap_is_int(fake_str(&s, &d0, XS_MKDIR, 0, "/a/d", NULL), 0, "mkdir makes a node");
	tap_is_int(fake_str(&s, &d0, XS_MKDIR, 0, "/a/b/c", NULL), 0, "mkdir of one there is fine");
	fake_str(&s, &d0, XS_DIRECTORY, 0, "/a", reply);
	tap_ok(memcmp(reply, "b\0d\0", 4) == 0, "the directory lists both, sorted");
	tap_is_int(fake_str(&s, &d0, XS_RM, 0, "/a/none", NULL), 0, "removing nothing is fine");
	tap_is_int(fake_str(&s, &d0, XS_RM, 0, "/none/x", NULL), -ENOENT,
		   "unless nothing is above");
	tap_is_int(fake_str(&s, &d0, XS_RM, 0, "/", NULL), -EINVAL, "the root cannot be removed");
	tap_is_int(fake_str(&s, &d0, XS_RM, 0, "/a", NULL), 0, "a tree can");
	tap_is_int(fake_str(&s, &d0, XS_READ, 0, "/a/b/c", NULL), -ENOENT, "all of it is gone");
	tap_is_int(fake_str(&s, &d0, 20, 0, "/", NULL), -ENOSYS, "an unknown request is ENOSYS");
	tap_is_int(fake_str(&s, &d0, 4711, 0, "/", NULL), -ENOSYS, "so is one far outside");
	tap_is_int(fake_call(&s, &d0, XS_READ, 0, "", 0, NULL), -EINVAL, "no argument is EINVAL");
	tap_is_int(fake_str(&s, &d0, XS_READ, 9, "/", NULL), -ENOENT,
		   "a transaction nobody started is ENOENT");
	end();
}

static void test_long_directory(void)
{
	struct strbuf all = STRBUF_INIT;
	char path[32], arg[64];
	size_t total = 0, gen;
	bool done = false;

	begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/big/child%04d", i);
		fake_write(&s, &d0, 0, path, "");
	}
	tap_is_int(fake_str(&s, &d0, XS_DIRECTORY, 0, "/big", NULL), -E2BIG,
		   "a directory longer than a message is E2BIG");
	for (int tries = 0; !done && tries < 10; tries++) {
		struct xsd_sockmsg hdr = { .type = XS_DIRECTORY_PART };
		int n = snprintf(arg, sizeof(arg), "/big%c%zu", 0, all.len) + 1;

		hdr.len = n;
		wire_handle(&s, &d0.conn, &hdr, arg);
		fake_take(&d0, &hdr, reply);
		gen = strlen(reply) + 1;
		done = hdr.len > gen + 1 ? !reply[hdr.len - 1] && !reply[hdr.len - 2] : true;
		strbuf_add(&all, reply + gen, hdr.len - gen - done);
	}
	for (size_t i = 0; i < all.len; i++)
		total += !all.data[i];
	tap_is_int(total, 1000, "in parts all names come");
	tap_ok(done && str_eq(all.data + all.len - 10, "child0999"), "up to the last");
	strbuf_free(&all);
	end();
}

static void test_rights(void)
{
	begin();
	fake_write(&s, &d0, 0, "/secret/key", "k");
	tap_is_int(fake_str(&s, &d1, XS_READ, 0, "/secret/key", NULL), -EACCES,
		   "a domain cannot read what is not for it");
	tap_is_int(fake_str(&s, &d1, XS_READ, 0, "/secret/none", NULL), -EACCES,
		   "nor learn what does not exist there");
	tap_is_int(fake_write(&s, &d1, 0, "/secret/key", "x"), -EACCES, "nor write it");
	tap_is_int(fake_write(&s, &d1, 0, "/top", "x"), -EACCES, "nor make nodes at the top");
	tap_is_int(fake_write(&s, &d1, 0, "data/y", "v"), 0, "it writes at home by relative path");
	fake_str(&s, &d0, XS_GET_PERMS, 0, "/local/domain/1/data/y", reply);
	tap_is_str(reply, "n1", "what it makes belongs to it");
	tap_is_int(fake_str(&s, &d1, XS_READ, 0, "/local/domain/2/x", NULL), -EACCES,
		   "a right to the parent is none to an older child");
	tap_is_int(fake_str(&s, &d1, XS_DIRECTORY, 0, "/local/domain/2", NULL), 0,
		   "a read right lets it list");
	tap_is_int(fake_write(&s, &d1, 0, "/local/domain/2/z", ""), -EACCES, "but not write");
	tap_is_int(fake_call(&s, &d1, XS_SET_PERMS, 0, "data/y\0n1\0r2\0", 13, NULL), 0,
		   "the owner may share");
	tap_is_int(fake_str(&s, &d2, XS_READ, 0, "/local/domain/1/data/y", NULL), 0,
		   "and the other then reads");
	tap_is_int(fake_call(&s, &d2, XS_SET_PERMS, 0, "/local/domain/1/data/y\0n2\0", 26, NULL),
		   -EACCES, "but does not own");
	tap_is_int(fake_call(&s, &d1, XS_SET_PERMS, 0, "data/y\0n2\0", 10, NULL), -EPERM,
		   "an owner cannot give its node away");
	tap_is_int(fake_str(&s, &d1, XS_RELEASE, 0, "2", NULL), -EACCES,
		   "managing domains is for domain 0");
	tap_is_int(fake_str(&s, &d1, XS_CONTROL, 0, "check", NULL), -EACCES, "so is CONTROL");
	tap_is_int(fake_str(&s, &d1, XS_RM, 0, "/local/domain/1/data", NULL), 0,
		   "it removes what is its own");
	end();
}

static void test_watches(void)
{
	begin();
	fake_write(&s, &d0, 0, "/w/a", "1");
	tap_is_int(fake_pair(&s, &d0, XS_WATCH, 0, "/w", "t"), 0, "a watch is registered");
	tap_is_int(fake_events(&d0, "/w"), 1, "and fires at once");
	tap_is_int(fake_pair(&s, &d0, XS_WATCH, 0, "/w", "t"), -EEXIST, "twice is an error");
	fake_events(&d0, NULL);
	fake_write(&s, &d0, 0, "/w/a", "2");
	tap_is_int(fake_events(&d0, "/w/a"), 1, "a change below fires with its path");
	fake_write(&s, &d1, 0, "/w/a", "3");
	tap_is_int(fake_events(&d0, NULL), 0, "a write that is refused fires nothing");
	fake_write(&s, &d0, 0, "/wx", "2");
	tap_is_int(fake_events(&d0, NULL), 0, "a neighbour's does not");
	fake_pair(&s, &d0, XS_WATCH, 0, "/w/a/b", "deep");
	fake_write(&s, &d0, 0, "/w/a/b", "3");
	fake_events(&d0, NULL);
	fake_str(&s, &d0, XS_RM, 0, "/w", NULL);
	tap_is_int(fake_events(&d0, NULL), 2, "a removal tells those above and those below");
	tap_is_int(fake_pair(&s, &d0, XS_UNWATCH, 0, "/w", "t"), 0, "a watch is removed");
	tap_is_int(fake_pair(&s, &d0, XS_UNWATCH, 0, "/w", "t"), -ENOENT, "but once");
	tap_is_int(fake_pair(&s, &d1, XS_WATCH, 0, "device", "r"), 0, "a relative watch works");
	tap_is_int(fake_events(&d1, "device"), 1, "and reports relative paths");
	fake_write(&s, &d1, 0, "device/vif/0", "v");
	tap_is_int(fake_events(&d1, "device/vif/0"), 1, "below as well");
	fake_pair(&s, &d1, XS_WATCH, 0, "/", "all");
	fake_events(&d1, NULL);
	fake_write(&s, &d0, 0, "/hidden/x", "v");
	tap_is_int(fake_events(&d1, NULL), 0, "nobody hears of what it may not read");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/hidden/x\0r0\0", 13, NULL);
	tap_is_int(fake_events(&d1, "/hidden/x"), 1, "until it may");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/hidden/x\0n0\0", 13, NULL);
	tap_is_int(fake_events(&d1, "/hidden/x"), 1, "losing the right is the last it hears");
	tap_is_int(fake_call(&s, &d1, XS_RESET_WATCHES, 0, "", 1, NULL), 0, "all can be dropped");
	fake_write(&s, &d1, 0, "device/x", "v");
	tap_is_int(fake_events(&d1, NULL), 0, "and then nothing fires");
	tap_is_int(fake_pair(&s, &d0, XS_WATCH, 0, "@releaseDomain", "rel"), 0,
		   "special watches exist");
	fake_pair(&s, &d1, XS_WATCH, 0, "@releaseDomain", "rel");
	fake_events(&d0, NULL);
	fake_events(&d1, NULL);
	watch_fire_special(&s, 1);
	tap_is_int(fake_events(&d0, "@releaseDomain"), 1, "and fire");
	tap_is_int(fake_events(&d1, NULL), 0, "for those with the right");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r1\0", 21, NULL);
	watch_fire_special(&s, 1);
	tap_is_int(fake_events(&d1, "@releaseDomain"), 1, "which can be given");
	end();
}

static void test_transactions(void)
{
	uint32_t a, b;

	begin();
	fake_write(&s, &d0, 0, "/t/x", "1");
	a = fake_tx(&s, &d0);
	tap_ok(a != 0, "a transaction has a number");
	fake_write(&s, &d0, a, "/t/x", "2");
	fake_str(&s, &d0, XS_READ, 0, "/t/x", reply);
	tap_is_str(reply, "1", "outside nothing is seen of it");
	fake_str(&s, &d0, XS_READ, a, "/t/x", reply);
	tap_is_str(reply, "2", "inside it is");
	fake_pair(&s, &d0, XS_WATCH, 0, "/t", "w");
	fake_events(&d0, NULL);
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL), 0, "it commits");
	tap_is_int(fake_events(&d0, "/t/x"), 1, "watches fire at the commit");
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL), -ENOENT, "it is gone then");

	a = fake_tx(&s, &d0);
	b = fake_tx(&s, &d0);
	fake_str(&s, &d0, XS_READ, a, "/t/x", reply);
	fake_write(&s, &d0, b, "/t/x", "3");
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, b, "T", NULL), 0, "the first commits");
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL), -EAGAIN,
		   "one that read what it changed must try again");

	a = fake_tx(&s, &d0);
	b = fake_tx(&s, &d0);
	fake_write(&s, &d0, a, "/t/new1", "");
	fake_write(&s, &d0, b, "/t/new2", "");
	tap_ok(!fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL) &&
	       !fake_str(&s, &d0, XS_TRANSACTION_END, b, "T", NULL),
	       "two that make different nodes in one directory both commit");

	a = fake_tx(&s, &d0);
	fake_str(&s, &d0, XS_DIRECTORY, a, "/t", reply);
	fake_write(&s, &d0, 0, "/t/new3", "");
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL), -EAGAIN,
		   "one that listed the directory does not");

	a = fake_tx(&s, &d0);
	fake_str(&s, &d0, XS_READ, a, "/t/later", NULL);
	fake_write(&s, &d0, 0, "/t/later", "");
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "T", NULL), -EAGAIN,
		   "finding nothing counts as reading");

	a = fake_tx(&s, &d1);
	fake_write(&s, &d1, a, "mine", "");
	fake_call(&s, &d0, XS_SET_PERMS, 0, "/local/domain/1\0n0\0", 19, NULL);
	tap_is_int(fake_str(&s, &d1, XS_TRANSACTION_END, a, "T", NULL), -EAGAIN,
		   "rights lost meanwhile stop the commit");
	tap_is_int(fake_str(&s, &d0, XS_READ, 0, "/local/domain/1/mine", NULL), -ENOENT,
		   "and nothing of it happened");

	a = fake_tx(&s, &d0);
	fake_write(&s, &d0, a, "/t/x", "9");
	fake_events(&d0, NULL);
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_END, a, "F", NULL), 0, "it can be given up");
	tap_is_int(fake_events(&d0, NULL), 0, "and nobody hears of it");
	a = fake_tx(&s, &d0);
	tap_is_int(fake_str(&s, &d0, XS_TRANSACTION_START, a, "", NULL), -EBUSY, "none nests");
	tap_is_int(fake_pair(&s, &d0, XS_WATCH, a, "/t", "w2"), -EINVAL, "watches are outside");
	end();
}

/*
 * Random transactions of three clients against a model of numbered cells: each reads some, writes
 * the sum of what it read plus one, and commits. Serialisability: replaying the commits in their
 * order on the model gives the same cells.
 */
#define NR_CELLS	12

static long cell_value(uint32_t tx, int i)
{
	char path[32];

	snprintf(path, sizeof(path), "/cells/%d", i);
	return fake_str(&s, &d0, XS_READ, tx, path, reply) ? 0 : strtol(reply, NULL, 10);
}

struct open_tx {
	uint32_t id;
	int from[2], to;
	long wrote;
	bool removed;
};

static void tx_begin(struct open_tx *t)
{
	char path[32], text[32];

	t->id = fake_tx(&s, &d0);
	t->to = rand() % NR_CELLS;
	t->removed = rand() % 8 == 0;
	t->wrote = 1;
	for (int i = 0; i < 2; i++) {
		t->from[i] = rand() % NR_CELLS;
		t->wrote += cell_value(t->id, t->from[i]);
	}
	t->wrote %= 1000003;
	snprintf(path, sizeof(path), "/cells/%d", t->to);
	snprintf(text, sizeof(text), "%ld", t->wrote);
	if (t->removed)
		fake_str(&s, &d0, XS_RM, t->id, path, NULL);
	else
		fake_write(&s, &d0, t->id, path, text);
}

static void test_random_transactions(void)
{
	struct open_tx open[4] = { 0 };
	long model[NR_CELLS] = { 0 };
	int commits = 0, conflicts = 0;
	bool right = true, stale = true;

	begin();
	fake_write(&s, &d0, 0, "/cells/0", "1");
	model[0] = 1;
	for (int n = 0; n < 4000; n++) {
		struct open_tx *t = &open[rand() % 4];
		long want = 1;
		int rc;

		if (!t->id) {
			tx_begin(t);
			continue;
		}
		for (int i = 0; i < 2; i++)
			want += model[t->from[i]];
		want %= 1000003;
		rc = fake_str(&s, &d0, XS_TRANSACTION_END, t->id, "T", NULL);
		t->id = 0;
		if (rc == -EAGAIN) {
			conflicts++;
			continue;
		}
		right &= rc == 0;
		/* It committed: then what it read must be what the model has now. */
		stale &= want == t->wrote;
		model[t->to] = t->removed ? 0 : t->wrote;
		commits++;
		for (int i = 0; i < NR_CELLS; i++)
			right &= cell_value(0, i) == model[i];
	}
	tap_ok(right, "the cells equal the model after each of %d commits", commits);
	tap_ok(stale, "no commit was built on old values");
	tap_ok(conflicts > 50 && commits > 200, "both outcomes were seen");
	end();
}

static void test_quotas(void)
{
	char path[64], *big = calloc(1, 4096);
	int rc = 0, n = 0;

	begin();
	while (!rc && n < 5000) {
		snprintf(path, sizeof(path), "q/%d", n);
		rc = fake_write(&s, &d1, 0, path, "");
		n += !rc;
	}
	tap_is_int(rc, -ENOSPC, "a domain cannot make nodes without end");
	tap_is_int(s.owned[1], 1000, "it has as many as the quota says");
	tap_is_int(fake_str(&s, &d1, XS_RM, 0, "q", NULL), 0, "it can remove them");
	tap_is_int(fake_write(&s, &d1, 0, "q", ""), 0, "and make others");
	for (n = 0, rc = 0; !rc && n < 5000; n += !rc) {
		snprintf(path, sizeof(path), "t%d", n);
		rc = fake_pair(&s, &d1, XS_WATCH, 0, "x", path);
	}
	tap_ok(rc == -ENOSPC && n == 128, "watches are limited");
	for (n = 0; n < 5000 && fake_tx(&s, &d1); n++)
		;
	tap_is_int(n, 32, "open transactions are limited");
	fake_call(&s, &d1, XS_RESET_WATCHES, 0, "", 1, NULL);
	n = fake_tx(&s, &d1);
	for (rc = 0; !rc;) {
		snprintf(path, sizeof(path), "v%d", rand());
		rc = fake_write(&s, &d1, n, path, "");
	}
	tap_is_int(rc, -ENOSPC, "so is what one may touch");
	memset(big, 'a', 3000);
	tap_is_int(fake_write(&s, &d1, 0, "x", big), -ENOSPC, "so is the size of a value");
	tap_is_int(fake_write(&s, &d0, 0, "/x", big), 0, "but not for domain 0");
	tap_is_int(fake_call(&s, &d1, XS_SET_PERMS, 0, "q\0n1\0r2\0r3\0r4\0r5\0r6\0", 20, NULL),
		   -ENOSPC, "so is the number of permissions");
	free(big);
	end();
}

static void test_control(void)
{
	begin();
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "check", reply), 0, "CONTROL check answers");
	tap_is_str(reply, "OK", "that all is well");
	tap_is_int(fake_call(&s, &d0, XS_CONTROL, 0, "quota\0set\0nodes\0" "2000\0", 21, NULL), 0,
		   "a quota can be set");
	tap_is_int(s.quota.limit[QUOTA_NODES], 2000, "and counts");
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "quota", reply), 0, "quotas are listed");
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "memreport", reply), 0, "memory is reported");
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "help", reply), 0, "there is help");
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "nonsense", NULL), -EINVAL,
		   "nonsense is refused");
	tap_is_int(fake_str(&s, &d0, XS_CONTROL, 0, "log", reply), 0, "the log level is told");
	end();
}

static void fuzz_one(struct fake_conn *f)
{
	static const char *const words[] = { "/", "/a", "/a/b", "x", "x/y", "@releaseDomain", "T",
					     "F", "n0", "r1", "b2", "1", "0", "", "/local/domain/1",
					     "//", "token", "quota", "check", "99999999999" };
	char body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr = { .type = rand() % 26, .req_id = rand(), .tx_id = 0 };
	size_t len = 0;

	if (rand() % 4 == 0)
		hdr.tx_id = f->conn.txns && rand() % 2 ? f->conn.txns->id : (uint32_t)rand() % 8;
	if (rand() % 4) {
		for (int n = rand() % 5; n > 0; n--) {
			const char *w = words[rand() % ARRAY_SIZE(words)];

			memcpy(body + len, w, strlen(w) + 1);
			len += strlen(w) + 1;
		}
		if (len && rand() % 4 == 0)
			len--;
	} else {
		len = rand() % (rand() % 8 ? 40 : XENSTORE_PAYLOAD_MAX + 1);
		for (size_t i = 0; i < len; i++)
			body[i] = rand();
	}
	hdr.len = len;
	wire_handle(&s, &f->conn, &hdr, body);
	store_flush(&s);
}

static void test_fuzz(void)
{
	struct fake_backend fb = { .base.ops = &fake_backend_ops };
	bool answers = true, sound = true;

	begin();
	s.backend = &fb.base;
	for (int n = 0; n < 60000; n++) {
		struct fake_conn *f = n % 3 == 0 ? &d0 : n % 3 == 1 ? &d1 : &d2;
		struct xsd_sockmsg hdr;
		int got = 0;

		fuzz_one(f);
		while (fake_take(f, &hdr, reply))
			got += hdr.type != XS_WATCH_EVENT;
		answers &= got == 1;
		strbuf_reset(&d0.got);
		strbuf_reset(&d1.got);
		strbuf_reset(&d2.got);
		if (n % 2000 == 0)
			sound &= !control_check(&s);
	}
	tap_ok(answers, "each of 60000 random requests has exactly one answer");
	tap_ok(sound, "the store is sound all the way");
	domains_free(&s);
	end();
}

int main(void)
{
	srand(tap_seed());
	log_set_level(LOG_LEVEL_ERROR);
	test_nodes();
	test_long_directory();
	test_rights();
	test_watches();
	test_transactions();
	test_random_transactions();
	test_quotas();
	test_control();
	test_fuzz();
	return tap_done();
}
