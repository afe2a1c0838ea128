/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Terminal to stream and back; see relay.h. One pending buffer a direction: a side is read only
 * when what was read before has been written, so neither side can make this grow.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common/relay.h"

struct flow {
	int from, to;
	char data[4096];
	size_t start, len;
	bool ended;             /* nothing more comes from @from */
};

static volatile sig_atomic_t relay_signalled;

static void on_signal(int number)
{
	relay_signalled = number;
}

static const int relay_signals[] = { SIGTERM, SIGHUP, SIGINT };
#define NR_SIGNALS (sizeof(relay_signals) / sizeof(relay_signals[0]))

/*
 * The signals are blocked but while waiting, so one that arrives between a look at the flag and the
 * wait is not missed.
 */
static void signals_take(struct sigaction old[NR_SIGNALS], sigset_t *ret_mask)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;
	size_t i;

	relay_signalled = 0;
	sigemptyset(&block);
	for (i = 0; i < NR_SIGNALS; i++) {
		sigaddset(&block, relay_signals[i]);
		sigaction(relay_signals[i], &sa, &old[i]);
	}
	sigprocmask(SIG_BLOCK, &block, ret_mask);
}

static void signals_give_back(const struct sigaction old[NR_SIGNALS], const sigset_t *mask)
{
	size_t i;

	sigprocmask(SIG_SETMASK, mask, NULL);
	for (i = 0; i < NR_SIGNALS; i++)
		sigaction(relay_signals[i], &old[i], NULL);
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == EINTR;
}

/* 0, or -errno. */
static int flow_fill(struct flow *f)
{
	ssize_t r = read(f->from, f->data, sizeof(f->data));

	if (r < 0)
		return is_passing(errno) ? 0 : -errno;
	f->start = 0;
	f->len = (size_t)r;
	if (!r)
		f->ended = true;
	return 0;
}

static int flow_flush(struct flow *f)
{
	ssize_t r = write(f->to, f->data + f->start, f->len);

	if (r < 0)
		return is_passing(errno) ? 0 : -errno;
	f->start += (size_t)r;
	f->len -= (size_t)r;
	return 0;
}

/* One turn of a direction: its source is pollfd @source, its destination @sink. */
static int flow_turn(struct flow *f, const struct pollfd *source, const struct pollfd *sink)
{
	if (f->len)
		return sink->revents ? flow_flush(f) : 0;
	return !f->ended && source->revents ? flow_fill(f) : 0;
}

/* Cuts the input at the escape character; true when there was one. */
static bool take_escape(struct flow *up)
{
	char *at = up->len ? memchr(up->data + up->start, RELAY_ESCAPE, up->len) : NULL;

	if (!at)
		return false;
	up->len = (size_t)(at - (up->data + up->start));
	return true;
}

static int relay_loop(struct flow *up, struct flow *down, const sigset_t *mask)
{
	bool escaped = false, told = false;
	struct pollfd p[4];
	int rc = 0;

	while (!rc) {
		if (relay_signalled)
			return RELAY_SIGNALLED;
		if (down->ended && !down->len)
			return RELAY_CLOSED;
		if (escaped && !up->len)
			return RELAY_ESCAPED;
		if (up->ended && !up->len && !told) {
			shutdown(up->to, SHUT_WR);
			told = true;
		}
		p[0] = (struct pollfd){ .fd = up->len || up->ended || escaped ? -1 : up->from,
					.events = POLLIN };
		p[1] = (struct pollfd){ .fd = up->len ? up->to : -1, .events = POLLOUT };
		p[2] = (struct pollfd){.fd = down->len || down->ended ? -1 : down->from,
				       .events = POLLIN};
		p[3] = (struct pollfd){ .fd = down->len ? down->to : -1, .events = POLLOUT };
		if (ppoll(p, 4, NULL, mask) < 0) {
			rc = errno == EINTR ? 0 : -errno;
			continue;
		}
		rc = flow_turn(up, &p[0], &p[1]);
		if (p[0].revents && !escaped)
			escaped = take_escape(up);
		if (rc == -EPIPE || rc == -ECONNRESET)
			return RELAY_CLOSED;
		if (!rc)
			rc = flow_turn(down, &p[2], &p[3]);
		if (rc == -ECONNRESET)
			return RELAY_CLOSED;
	}
	return rc;
}

static bool terminal_raw(int fd, struct termios *ret_old)
{
	struct termios raw;

	if (!isatty(fd) || tcgetattr(fd, ret_old))
		return false;
	raw = *ret_old;
	cfmakeraw(&raw);
	return !tcsetattr(fd, TCSAFLUSH, &raw);
}

int relay_run(int in_fd, int out_fd, int fd)
{
	struct flow up = { .from = in_fd, .to = fd }, down = { .from = fd, .to = out_fd };
	struct sigaction old[NR_SIGNALS], old_pipe, ignore = { .sa_handler = SIG_IGN };
	struct termios terminal;
	sigset_t mask;
	bool raw;
	int rc;

	signals_take(old, &mask);
	sigaction(SIGPIPE, &ignore, &old_pipe);
	raw = terminal_raw(in_fd, &terminal);
	rc = relay_loop(&up, &down, &mask);
	if (raw)
		tcsetattr(in_fd, TCSAFLUSH, &terminal);
	sigaction(SIGPIPE, &old_pipe, NULL);
	signals_give_back(old, &mask);
	return rc;
}
