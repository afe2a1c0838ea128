/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxenstore against a real xenstored on a socket of its own, which is killed and started again
 * in between.
 *
 * $XENSTORED names the daemon; without it the one of this build tree is used.
 */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../tap.h"
#include "common/util.h"
#include "libxenstore/xenstore.h"

#define NR_ROUNDS	12
#define NR_KEYS		30

static char dir[64], sock[96];
static const char *program;
static pid_t daemon_pid;

static void start_daemon(void)
{
	daemon_pid = fork();
	if (!daemon_pid) {
		execl(program, program, "-f", "--no-xen", "--state-dir", dir, "--socket", sock,
		      "--loglevel", "error", (char *)NULL);
		_exit(127);
	}
}

static void kill_daemon(void)
{
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, NULL, 0);
}

static struct xenstore *connect_client(void)
{
	struct xenstore *xs;
	int rc = -ENOENT;

	for (int i = 0; i < 200; i++) {
		rc = xenstore_open(sock, &xs);
		if (!rc)
			return xs;
		poll(NULL, 0, 50);
	}
	tap_bail("no connection to %s: %s", program, strerror(-rc));
	return NULL;
}

static void test_calls(struct xenstore *xs)
{
	struct xenstore_perm perms[] = { { 0, XENSTORE_PERM_NONE }, { 7, XENSTORE_PERM_READ } };
	struct xenstore_perm *got = NULL;
	const char *const help[] = { "help" };
	char *value = NULL, **names = NULL, path[32];
	size_t len, count;
	uint64_t n;
	bool sorted = true;

	tap_is_int(xenstore_write(xs, 0, "/bin", "a\0b", 3), 0, "a value may hold any bytes");
	tap_is_int(xenstore_read(xs, 0, "/bin", &value, &len), 0, "it is read");
	tap_ok(len == 3 && !memcmp(value, "a\0b", 4), "with all of them");
	free(value);
	tap_is_int(xenstore_read(xs, 0, "/nothing", &value, NULL), -ENOENT, "errors are errnos");
	tap_is_int(xenstore_printf(xs, 0, "/n", "%d", 42), 0, "values are formatted");
	tap_ok(xenstore_read_u64(xs, 0, "/n", &n) == 0 && n == 42, "and read as numbers");
	tap_is_int(xenstore_read_u64(xs, 0, "/bin", &n), -EINVAL, "if they are");
	tap_is_int(xenstore_exists(xs, 0, "/n"), 1, "what exists exists");
	tap_is_int(xenstore_exists(xs, 0, "/m"), 0, "what does not does not");
	tap_is_int(xenstore_set_perms(xs, 0, "/n", perms, 2), 0, "permissions are set");
	tap_is_int(xenstore_get_perms(xs, 0, "/n", &got, &count), 0, "and read");
	tap_ok(count == 2 && got[1].domid == 7 && got[1].bits == XENSTORE_PERM_READ, "unchanged");
	free(got);
	tap_is_int(xenstore_mkdir(xs, 0, "/empty"), 0, "a node is made");
	tap_is_int(xenstore_directory(xs, 0, "/empty", &names, &count), 0, "and listed");
	tap_is_int(count, 0, "without children");
	free(names);
	for (int i = 0; i < 700; i++) {
		snprintf(path, sizeof(path), "/long/child-number-%04d", i);
		xenstore_write(xs, 0, path, "", 0);
	}
	tap_is_int(xenstore_directory(xs, 0, "/long", &names, &count), 0,
		   "long lists come in parts");
	tap_is_int(count, 700, "all of them");
	for (size_t i = 1; i < count; i++)
		sorted &= strcmp(names[i - 1], names[i]) < 0;
	tap_ok(sorted, "sorted");
	free(names);
	tap_is_int(xenstore_rm(xs, 0, "/long"), 0, "a tree is removed");
	tap_ok(!xenstore_get_domain_path(xs, 5, &value) && str_eq(value, "/local/domain/5"),
	       "a domain's path is told");
	free(value);
	tap_is_int(xenstore_is_introduced(xs, 5), 0,
		   "a domain that does not exist is not introduced");
	tap_is_int(xenstore_introduce(xs, 5, 1, 1), -ENOSYS, "without a hypervisor none can be");
	tap_is_int(xenstore_release(xs, 5), -ENOENT, "nor released");
	tap_is_int(xenstore_control(xs, 1, help, &value), 0, "the daemon answers control requests");
	free(value);
	value = calloc(1, 5000);
	memset(value, 'x', 4999);
	tap_is_int(xenstore_write(xs, 0, "/x", value, 4999), -E2BIG, "too long is refused here");
	free(value);
}

static void test_transactions(struct xenstore *a, struct xenstore *b)
{
	uint32_t tx;
	char *value;

	xenstore_write_str(a, 0, "/tx", "1");
	tap_is_int(xenstore_transaction_start(a, &tx), 0, "a transaction starts");
	xenstore_read(a, tx, "/tx", &value, NULL);
	free(value);
	xenstore_write_str(a, tx, "/tx", "2");
	xenstore_write_str(b, 0, "/tx", "3");
	tap_is_int(xenstore_transaction_end(a, tx, true), -EAGAIN,
		   "another client's write is a conflict");
	xenstore_transaction_start(a, &tx);
	xenstore_write_str(a, tx, "/tx", "4");
	tap_is_int(xenstore_transaction_end(a, tx, true), 0, "the second try succeeds");
	xenstore_read(b, 0, "/tx", &value, NULL);
	tap_is_str(value, "4", "and everybody sees it");
	free(value);
}

static bool readable(struct xenstore *xs, int ms)
{
	struct pollfd p = { .fd = xenstore_fd(xs), .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static void test_watches(struct xenstore *a, struct xenstore *b)
{
	struct xenstore_event ev;
	char *value;

	tap_ok(!readable(a, 0), "an idle connection is not readable");
	tap_is_int(xenstore_watch(a, "/watched", "tok"), 0, "a watch is registered");
	tap_is_int(xenstore_wait_watch(a, 5000, &ev), 1, "and fires once");
	tap_ok(str_eq(ev.path, "/watched") && str_eq(ev.token, "tok"), "with path and token");
	xenstore_event_free(&ev);
	tap_is_int(xenstore_next_watch(a, &ev), 0, "then there is nothing");
	xenstore_write_str(b, 0, "/watched/x", "1");
	tap_ok(readable(a, 5000), "a change makes the descriptor readable");
	/* The event arrives while a call waits for its answer: it is queued in the library. */
	xenstore_read(a, 0, "/watched/x", &value, NULL);
	free(value);
	tap_ok(readable(a, 0), "it stays so when the event was queued by a call");
	tap_is_int(xenstore_next_watch(a, &ev), 1, "the event is there");
	tap_is_str(ev.path, "/watched/x", "and names the node");
	xenstore_event_free(&ev);
	tap_ok(!readable(a, 0), "after it the descriptor is quiet");
	tap_is_int(xenstore_wait_watch(a, 20, &ev), 0, "waiting ends when the time is over");
}

/* Kill the daemon in the middle of writes; what was acknowledged must be there afterwards. */
static void test_restarts(struct xenstore *xs)
{
	int model[NR_KEYS], events = 0;
	bool right = true, reconnected = true;
	struct xenstore_event ev;
	char path[32];
	uint64_t n;

	memset(model, 0, sizeof(model));
	for (int round = 0; round < NR_ROUNDS; round++) {
		int nr = 20 + rand() % 200, pending = -1;

		for (int i = 0; i < nr; i++) {
			int key = rand() % NR_KEYS, rc;

			snprintf(path, sizeof(path), "/keys/%d", key);
			if (i == nr - 1)
				kill(daemon_pid, SIGKILL);
			rc = xenstore_printf(xs, 0, path, "%d", round * 1000 + i);
			if (!rc)
				model[key] = round * 1000 + i;
			else
				pending = key;
		}
		kill_daemon();
		start_daemon();
		/* The death may be noticed only now. */
		while (xenstore_next_watch(xs, &ev) > 0)
			xenstore_event_free(&ev);
		reconnected &= xenstore_reconnect(xs, 20000) == 0;
		if (xenstore_wait_watch(xs, 5000, &ev) == 1) {
			events++;
			xenstore_event_free(&ev);
		}
		for (int key = 0; key < NR_KEYS; key++) {
			snprintf(path, sizeof(path), "/keys/%d", key);
			if (xenstore_read_u64(xs, 0, path, &n) < 0)
				n = 0;
			/* A write without an answer may have happened or not. */
			if (key == pending)
				model[key] = n;
			right &= (uint64_t)model[key] == n;
		}
	}
	tap_ok(reconnected, "the client reconnects after each of %d kills", NR_ROUNDS);
	tap_ok(right, "every acknowledged write is there");
	tap_is_int(events, NR_ROUNDS, "its watches are registered again and fire");
}

int main(void)
{
	struct xenstore *a, *b, *none;

	srand(tap_seed());
	program = getenv("XENSTORED");
	if (!program)
		program = "xen-utils/xenstored/xenstored";
	if (access(program, X_OK))
		tap_skip_all("the daemon is not built; set XENSTORED to its path");
	snprintf(dir, sizeof(dir), "%s/store-client.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(dir))
		tap_bail("cannot make a directory");
	snprintf(sock, sizeof(sock), "%s/socket", dir);
	tap_is_int(xenstore_open(sock, &none), -ENOENT, "without a daemon there is no connection");
	start_daemon();
	a = connect_client();
	b = connect_client();
	test_calls(a);
	test_transactions(a, b);
	test_watches(a, b);
	test_restarts(a);
	xenstore_close(a);
	xenstore_close(b);
	kill_daemon();
	unlink(sock);
	snprintf(sock, sizeof(sock), "%s/journal", dir);
	unlink(sock);
	rmdir(dir);
	return tap_done();
}
