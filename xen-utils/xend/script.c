/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running scripts; see script.h.
 *
 * Relies on Linux's pidfd. What a script prints is kept in a window at the end of which its last
 * line stands; the whole goes to xend's log as it comes.
 */
#include <config.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "common/io.h"
#include "common/log.h"
#include "xend/script.h"

#define LINE_MAX_KEPT	400
#define LOCK_POLL_MS	50
#define AFTER_END_MS	100	/* output that is still in the pipe; more is somebody else's */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* ---- the lock ---- */

/* Is the file we have locked still the one of that name? */
static bool lock_is_current(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The descriptor, or -errno; -ETIMEDOUT when another script has it all the time. */
static int lock_take(const char *path, int wait_ms)
{
	int64_t until = now_ms() + wait_ms;
	int fd, rc;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		while ((rc = flock(fd, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK &&
		       now_ms() < until)
			usleep(LOCK_POLL_MS * 1000);
		if (!rc && lock_is_current(fd, path))
			return fd;
		rc = rc ? (errno == EWOULDBLOCK ? -ETIMEDOUT : -errno) : 0;
		close(fd);
		if (rc)
			return rc;
	}
}

/* ---- output ---- */

struct capture {
	const char *path;
	char line[LINE_MAX_KEPT];	/* the one that is coming */
	size_t len;
	char last[LINE_MAX_KEPT];	/* the last that was not empty */
};

static void capture_line(struct capture *c)
{
	size_t start = 0;

	while (start < c->len && c->line[start] == ' ')
		start++;
	while (c->len > start && c->line[c->len - 1] == ' ')
		c->len--;
	if (c->len > start) {
		snprintf(c->last, sizeof(c->last), "%.*s", (int)(c->len - start),
			 c->line + start);
		log_info("script: %s: %s", c->path, c->last);
	}
	c->len = 0;
}

static void capture_add(struct capture *c, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = data[i];

		if (ch == '\n')
			capture_line(c);
		else if (c->len < sizeof(c->line) - 1)
			c->line[c->len++] = ch < ' ' || ch == 0x7f ? ' ' : ch;
	}
}

/* What is there now. False at the end of the pipe. */
static bool capture_read(struct capture *c, int fd)
{
	char buf[1024];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		capture_add(c, buf, n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* ---- the child ---- */

static int spawn(const struct backend_script *s, int out, int lock, pid_t *ret_pid)
{
	char *argv[] = { (char *)s->path, (char *)s->word, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, out, 2);
	/* Last: out may have this very number. */
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, lock, SCRIPT_LOCK_FD);
	if (!rc)
		rc = posix_spawn(ret_pid, s->path, &actions, &attr, argv, s->env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

/* Follow the child to its end: its wait status, or -ETIMEDOUT with the child killed. */
static int follow(pid_t pid, int out, int wait_ms, struct capture *c)
{
	AUTO_CLOSE int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int64_t until = now_ms() + wait_ms;
	struct pollfd fds[2] = { { .fd = pidfd, .events = POLLIN },
				 { .fd = out, .events = POLLIN } };
	bool timeout = false;
	int status = 0;

	while (!(fds[0].revents & POLLIN)) {
		int64_t left = until - now_ms();

		if (left <= 0 || pidfd < 0) {
			timeout = true;
			kill(-pid, SIGKILL);
			break;
		}
		if (poll(fds, 2, MIN(left, (int64_t)INT32_MAX)) > 0 && fds[1].revents &&
		    !capture_read(c, out))
			fds[1].fd = -1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	fds[1].events = POLLIN;
	if (fds[1].fd >= 0 && poll(&fds[1], 1, timeout ? 0 : AFTER_END_MS) > 0)
		capture_read(c, out);
	capture_line(c);
	return timeout ? -ETIMEDOUT : status;
}

static int run_locked(const struct backend_script *s, int lock, struct capture *c)
{
	int pipes[2], rc;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	rc = io_set_nonblock(pipes[0]);
	if (!rc)
		rc = spawn(s, pipes[1], lock, &pid);
	close(pipes[1]);
	if (!rc)
		rc = follow(pid, pipes[0], s->wait_ms, c);
	close(pipes[0]);
	if (rc < 0)
		return rc;
	return WIFSIGNALED(rc) ? 128 + WTERMSIG(rc) : WEXITSTATUS(rc);
}

int script_run(const char *lock_dir, const struct backend_script *s, struct error_text *output)
{
	struct capture c = { .path = s->path };
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int lock = -1;
	int rc;

	if (access(s->path, X_OK))
		return -errno;
	if (asprintf(&path, "%s/script-%s.lock", lock_dir, s->lock) < 0)
		return -ENOMEM;
	lock = lock_take(path, s->wait_ms);
	if (lock < 0)
		return lock;
	log_debug("script: %s %s", s->path, s->word);
	rc = run_locked(s, lock, &c);
	unlink(path);	/* while it is ours: who waits for it sees that and makes a new one */
	error_text_set(output, "%s", c.last);
	return rc;
}
