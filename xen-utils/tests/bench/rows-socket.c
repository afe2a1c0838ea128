/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of local sockets: latency and bandwidth of TCP and unix streams, and select.
 *
 * Relies on: workload.h; the network interface lo being up. workload.c runs them. The other end is
 * a child, which ends when the connection does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workload.h"

#define CHUNK		65536
#define MEGABYTE	1048576
#define SELECTED	100

static int fd = -1;
static pid_t peer;
static int watched[SELECTED];
static unsigned int nr_watched;
static char chunk[CHUNK];

/* ----------------------------------------------------------------------- connections */
static int tcp_listen(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || bind(s, (struct sockaddr *)addr, len) || listen(s, 1) ||
	    getsockname(s, (struct sockaddr *)addr, &len)) {
		bench_error("listen on 127.0.0.1");
		if (s >= 0)
			close(s);
		return -1;
	}
	return s;
}

static int tcp_set_nodelay(int s)
{
	int one = 1;

	return setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* pair[0] and pair[1] are the ends of a connection through lo. */
static int tcp_pair(int *pair)
{
	struct sockaddr_in addr;
	int s = tcp_listen(&addr);

	if (s < 0)
		return -1;
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (pair[0] < 0 || connect(pair[0], (struct sockaddr *)&addr, sizeof(addr))) {
		bench_error("connect to 127.0.0.1; is the interface lo up?");
		goto out;
	}
	pair[1] = accept(s, NULL, NULL);
	close(s);
	if (pair[1] < 0 || tcp_set_nodelay(pair[0]) || tcp_set_nodelay(pair[1]))
		return bench_error("accept");
	return 0;
out:
	if (pair[0] >= 0)
		close(pair[0]);
	close(s);
	return -1;
}

static int unix_pair(int *pair)
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? bench_error("socketpair") : 0;
}

/* Starts the other end: what it does with a descriptor until that closes. */
static int peer_start(int *pair, void (*body)(int s))
{
	peer = fork();
	if (peer < 0)
		return bench_error("fork");
	if (!peer) {
		close(pair[0]);
		body(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	fd = pair[0];
	return 0;
}

static int peer_end(const struct row *row)
{
	int rc = 0;

	if (fd >= 0)
		close(fd);
	fd = -1;
	if (peer > 0)
		rc = bench_wait(peer);
	peer = 0;
	return rc;
}

/* ------------------------------------------------------------------------- latency */
static void echo(int s)
{
	char byte;

	while (read(s, &byte, 1) == 1)
		if (write(s, &byte, 1) != 1)
			_exit(1);
}

static int tcp_latency_setup(const struct row *row)
{
	int pair[2];

	return tcp_pair(pair) ? -1 : peer_start(pair, echo);
}

static int unix_latency_setup(const struct row *row)
{
	int pair[2];

	return unix_pair(pair) ? -1 : peer_start(pair, echo);
}

static int latency_run(const struct row *row, unsigned int ops)
{
	char byte = 'x';

	while (ops--)
		if (bench_write(fd, &byte, 1) || bench_read(fd, &byte, 1))
			return -1;
	return 0;
}

/* ------------------------------------------------------------------------ bandwidth */
/* Takes a megabyte, then says so with a byte. */
static void sink(int s)
{
	size_t have = 0;
	ssize_t r;

	while ((r = read(s, chunk, CHUNK)) > 0) {
		have += r;
		if (have < MEGABYTE)
			continue;
		have -= MEGABYTE;
		if (write(s, "x", 1) != 1)
			_exit(1);
	}
	if (r || have)
		_exit(1);
}

static int tcp_bandwidth_setup(const struct row *row)
{
	int pair[2];

	return tcp_pair(pair) ? -1 : peer_start(pair, sink);
}

static int unix_bandwidth_setup(const struct row *row)
{
	int pair[2];

	return unix_pair(pair) ? -1 : peer_start(pair, sink);
}

static int bandwidth_run(const struct row *row, unsigned int ops)
{
	char byte;
	size_t i;

	while (ops--) {
		for (i = 0; i < MEGABYTE; i += CHUNK)
			if (bench_write(fd, chunk, CHUNK))
				return -1;
		if (bench_read(fd, &byte, 1))
			return -1;
	}
	return 0;
}

/* --------------------------------------------------------------------------- select */
static int select_setup(const struct row *row)
{
	int pair[2];

	nr_watched = 0;
	if (tcp_pair(pair))
		return -1;
	fd = pair[0];
	watched[nr_watched++] = pair[1];
	while (nr_watched < SELECTED) {
		watched[nr_watched] = dup(pair[1]);
		if (watched[nr_watched] < 0 || watched[nr_watched] >= FD_SETSIZE)
			return bench_error("dup");
		nr_watched++;
	}
	return 0;
}

static int select_run(const struct row *row, unsigned int ops)
{
	struct timeval none = { 0, 0 };
	fd_set set;
	unsigned int i;

	while (ops--) {
		FD_ZERO(&set);
		for (i = 0; i < nr_watched; i++)
			FD_SET(watched[i], &set);
		errno = 0;
		if (select(watched[nr_watched - 1] + 1, &set, NULL, NULL, &none))
			return bench_error("select of silent sockets");
	}
	return 0;
}

static int select_teardown(const struct row *row)
{
	while (nr_watched)
		close(watched[--nr_watched]);
	return peer_end(row);
}

const struct row rows_socket[] = {
	{ "select-100", "ns", "ask 100 TCP sockets whether there is something to read", 40,
	  .setup = select_setup, .run = select_run, .teardown = select_teardown },
	{ "tcp-latency", "ns", "send a byte through TCP and get it back", 30,
	  .setup = tcp_latency_setup, .run = latency_run, .teardown = peer_end },
	{ "tcp-bandwidth", "ns/MB", "send 1 MB through TCP", 1,
	  .setup = tcp_bandwidth_setup, .run = bandwidth_run, .teardown = peer_end },
	{ "unix-latency", "ns", "send a byte through a unix socket and get it back", 60,
	  .setup = unix_latency_setup, .run = latency_run, .teardown = peer_end },
	{ "unix-bandwidth", "ns/MB", "send 1 MB through a unix socket", 1,
	  .setup = unix_bandwidth_setup, .run = bandwidth_run, .teardown = peer_end },
	{ NULL }
};
