/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal relay: bytes both ways through a real pseudo-terminal, the escape, the other end's
 * closing, signals, and the terminal's mode afterwards.
 */
#include <config.h>

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include "common/relay.h"
#include "tests/tap.h"

struct scene {
	int master, slave;      /* the person's terminal */
	int peer;               /* our end of the stream */
	pid_t child;            /* runs the relay; exits with its result */
	struct termios before;
};

static void scene_start(struct scene *s)
{
	int pair[2];

	if (openpty(&s->master, &s->slave, NULL, NULL, NULL) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || tcgetattr(s->slave, &s->before))
		tap_bail("no terminal or socket");
	fflush(stdout);
	s->child = fork();
	if (!s->child) {
		close(s->master);
		close(pair[0]);
		_exit(relay_run(s->slave, s->slave, pair[1]) & 0xff);
	}
	close(pair[1]);
	s->peer = pair[0];
}

static void scene_end(struct scene *s)
{
	close(s->peer);
	close(s->master);
	close(s->slave);
}

/* Waits until the relay has put the terminal in raw mode. */
static bool wait_raw(struct scene *s)
{
	struct termios now;
	int i;

	for (i = 0; i < 500; i++) {
		if (!tcgetattr(s->slave, &now) && !(now.c_lflag & (ICANON | ECHO | ISIG)))
			return true;
		usleep(10000);
	}
	return false;
}

static bool receives(int fd, const char *text)
{
	char got[64] = "";
	size_t have = 0, want = strlen(text);
	ssize_t r;

	while (have < want && (r = read(fd, got + have, want - have)) > 0)
		have += (size_t)r;
	return have == want && !memcmp(got, text, want);
}

static void says(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		tap_diag("short write");
}

static void ends_with(struct scene *s, int result, const char *name)
{
	struct termios after;
	int status = 0;

	waitpid(s->child, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == result, "%s", name);
	tcgetattr(s->slave, &after);
	tap_ok(after.c_lflag == s->before.c_lflag && after.c_iflag == s->before.c_iflag &&
	       after.c_oflag == s->before.c_oflag, "the terminal is as it was");
}

static void test_escape(void)
{
	struct scene s;
	char c;

	scene_start(&s);
	tap_ok(wait_raw(&s), "the terminal is raw while the relay runs");
	says(s.master, "ab\x03\n");
	tap_ok(receives(s.peer, "ab\x03\n"), "what is typed arrives, control characters included");
	says(s.peer, "out\n");
	tap_ok(receives(s.master, "out\n"), "what is sent is shown, without translation");
	says(s.master, "last\x1dnever");
	tap_ok(receives(s.peer, "last"), "what is typed before the escape still arrives");
	ends_with(&s, RELAY_ESCAPED, "the escape ends the relay");
	tap_is_int(read(s.peer, &c, 1), 0, "what is typed after it does not arrive");
	scene_end(&s);
}

static void test_close(void)
{
	struct scene s;

	scene_start(&s);
	wait_raw(&s);
	says(s.peer, "bye");
	shutdown(s.peer, SHUT_RDWR);
	tap_ok(receives(s.master, "bye"), "the last output is shown");
	ends_with(&s, RELAY_CLOSED, "the other end's closing ends the relay");
	scene_end(&s);
}

static void test_signal(void)
{
	struct scene s;

	scene_start(&s);
	wait_raw(&s);
	kill(s.child, SIGTERM);
	ends_with(&s, RELAY_SIGNALLED, "SIGTERM ends the relay in order");
	scene_end(&s);
}

static void test_pipe(void)
{
	int in[2], out[2], pair[2], status = 0;
	pid_t child;
	char c;

	if (pipe(in) || pipe(out) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		tap_bail("no pipes");
	child = fork();
	if (!child) {
		close(in[1]);
		close(pair[0]);
		_exit(relay_run(in[0], out[1], pair[1]) & 0xff);
	}
	close(in[0]);
	close(out[1]);
	close(pair[1]);
	says(in[1], "command\n");
	close(in[1]);
	tap_ok(receives(pair[0], "command\n"), "input from a pipe arrives");
	tap_is_int(read(pair[0], &c, 1), 0, "its end is passed on");
	says(pair[0], "answer\n");
	tap_ok(receives(out[0], "answer\n"), "an answer after that still comes back");
	close(pair[0]);
	waitpid(child, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == RELAY_CLOSED, "then the relay ends");
	close(out[0]);
}

int main(void)
{
	alarm(60);
	test_escape();
	test_close();
	test_signal();
	test_pipe();
	return tap_done();
}
