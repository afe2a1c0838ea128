/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xencons: a person's terminal connected to a console's TCP port (or unix socket).
 *
 * Relies on common/relay.h. The other end is xenconsoled with --tcp.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/relay.h"

static void usage(FILE *out)
{
	fputs("Usage: xencons [HOST] PORT\n"
	      "       xencons PATH\n"
	      "Connect the terminal to a guest's console. Ctrl-] ends the connection.\n\n"
	      "  HOST         where xenconsoled runs (localhost)\n"
	      "  PORT         9600 plus the number of the domain, unless configured otherwise\n"
	      "  PATH         a console's unix socket, such as /run/xenconsoled/domain-3\n"
	      "  -h, --help   this text\n"
	      "      --version\n", out);
}

static int connect_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen)) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

/* A connected socket, or -1 after saying why not. */
static int connect_tcp(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	int fd = -EADDRNOTAVAIL, r = getaddrinfo(host, port, &hints, &list);

	if (r) {
		fprintf(stderr, "xencons: %s port %s: %s\n", host, port, gai_strerror(r));
		return -1;
	}
	for (a = list; a; a = a->ai_next) {
		fd = connect_one(a);
		if (fd >= 0)
			break;
	}
	freeaddrinfo(list);
	if (fd >= 0)
		return fd;
	fprintf(stderr, "xencons: cannot connect to %s port %s: %s; is the domain running, and "
		"xenconsoled started with --tcp?\n", host, port, strerror(-fd));
	return -1;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct addrinfo a = {
		.ai_family = AF_UNIX, .ai_socktype = SOCK_STREAM,
		.ai_addr = (struct sockaddr *)&address, .ai_addrlen = sizeof(address),
	};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "xencons: %s: is too long for a socket's path\n", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = connect_one(&a);
	if (fd >= 0)
		return fd;
	fprintf(stderr, "xencons: cannot connect to %s: %s\n", path, strerror(-fd));
	return -1;
}

static int talk(int fd)
{
	int end;

	if (isatty(STDIN_FILENO))
		fputs("Connected; Ctrl-] ends the connection.\r\n", stderr);
	end = relay_run(STDIN_FILENO, STDOUT_FILENO, fd);
	close(fd);
	if (end < 0) {
		fprintf(stderr, "xencons: the connection broke: %s\n", strerror(-end));
		return 1;
	}
	if (end == RELAY_CLOSED && isatty(STDIN_FILENO))
		fputs("\r\nThe console was closed.\r\n", stderr);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int option, fd;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option != 'h' && option != 'V') {
			usage(stderr);
			return 2;
		}
		if (option == 'h')
			usage(stdout);
		else
			puts("xencons " PACKAGE_VERSION);
		return 0;
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && strchr(argv[0], '/'))
		fd = connect_unix(argv[0]);
	else if (argc == 1)
		fd = connect_tcp("localhost", argv[0]);
	else if (argc == 2)
		fd = connect_tcp(argv[0], argv[1]);
	else {
		usage(stderr);
		return 2;
	}
	return fd < 0 ? 1 : talk(fd);
}
