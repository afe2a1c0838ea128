/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * People at a console: several who read, one who writes, taking over; on the unix socket and on the
 * TCP port.
 */
#include <config.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "tests/tap.h"
#include "xenconsoled/consoled.h"

#define TCP_BASE	19600

static struct consoled daemon_state;
static struct guest guest;
static char typed[256];
static size_t nr_typed;

/* guest.c's part: what reaches the guest. */
void guest_input(struct guest *g, struct evbuffer *from)
{
	int n = evbuffer_remove(from, typed + nr_typed, sizeof(typed) - 1 - nr_typed);

	(void)g;
	nr_typed += n > 0 ? (size_t)n : 0;
	typed[nr_typed] = '\0';
}

/* Let the daemon work until nothing more happens. */
static void settle(void)
{
	for (int i = 0; i < 20; i++) {
		event_base_loop(daemon_state.base, EVLOOP_NONBLOCK);
		usleep(2000);
	}
}

static void type(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		tap_bail("send: %s", strerror(errno));
	settle();
}

/* Everything that has come for a client. */
static const char *heard(int fd)
{
	static char text[4096];
	ssize_t n;

	settle();
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int join_unix(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/domain-7", daemon_state.config.run_dir);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		tap_bail("connect: %s", strerror(errno));
	settle();
	return fd;
}

static int join_tcp(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(TCP_BASE + 7),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		tap_bail("tcp: %s", strerror(errno));
	settle();
	return fd;
}

static void forget(void)
{
	nr_typed = 0;
	typed[0] = '\0';
}

static void test_reading(int a, int b, int c)
{
	client_output(&guest, "hello", 5);
	tap_is_str(heard(a), "hello", "one client hears the guest");
	tap_is_str(heard(b), "hello", "a second one does, too");
	tap_is_str(heard(c), "hello", "and one on the TCP port");
}

static void test_writing(int a, int b, int c)
{
	type(a, "first");
	tap_is_str(typed, "first", "who types first writes");
	forget();
	type(b, "second");
	tap_is_str(typed, "", "what a second one types does not reach the guest");
	tap_ok(strstr(heard(b), "Ctrl-T takes over") != NULL, "it is told how to take over");
	type(b, "again");
	tap_is_str(heard(b), "", "once");
	type(a, "x\x14y");
	tap_is_str(typed, "x\x14y", "the writer's bytes are not touched");
	forget();
	type(c, "no\x14yes");
	tap_is_str(typed, "yes", "what follows the key of a reader on TCP reaches the guest");
	tap_ok(strstr(heard(a), "somebody else writes now") != NULL, "who wrote before is told");
	forget();
	type(a, "lost");
	tap_is_str(typed, "", "and does not write any more");
}

static void test_leaving(int *a, int b, int *c)
{
	close(*c);
	settle();
	type(b, "mine");
	tap_is_str(typed, "mine", "when the writer hangs up, the next to type writes");
	forget();
	shutdown(b, SHUT_WR);
	settle();
	type(*a, "me");
	tap_is_str(typed, "me", "so when it only stops sending");
	client_output(&guest, "still", 5);
	tap_ok(strstr(heard(b), "still") != NULL, "which hears the guest still");
	*c = -1;
}

int main(void)
{
	char folder[] = "/tmp/console-test-XXXXXX", path[64];
	int a, b, c;

	if (!mkdtemp(folder))
		tap_bail("no folder");
	log_open("test", false, "/dev/null");
	daemon_state.base = event_base_new();
	daemon_state.config.run_dir = folder;
	daemon_state.config.tcp_address = "127.0.0.1";
	daemon_state.config.tcp_base = TCP_BASE;
	guest.daemon = &daemon_state;
	guest.domid = 7;
	LIST_INIT(&guest.clients);
	if (client_listen(&guest))
		tap_bail("cannot listen");
	a = join_unix();
	b = join_unix();
	c = join_tcp();
	test_reading(a, b, c);
	test_writing(a, b, c);
	test_leaving(&a, b, &c);
	client_unlisten(&guest);
	tap_ok(!guest.writer, "with the guest its writer is gone");
	close(a);
	close(b);
	event_base_free(daemon_state.base);
	snprintf(path, sizeof(path), "%s/domain-7", folder);
	unlink(path);
	rmdir(folder);
	return tap_done();
}
