/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start of a daemon; the contract is in daemon.h.
 */
#include <config.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/daemon.h"

int daemon_option(struct daemon_options *d, int opt, const char *arg)
{
	switch (opt) {
	case 'f':
		d->foreground = true;
		return 1;
	case DAEMON_OPT_PIDFILE:
		d->pidfile = arg;
		return 1;
	case DAEMON_OPT_LOGFILE:
		d->logfile = arg;
		return 1;
	case DAEMON_OPT_LOGLEVEL:
		if (!log_level_parse(arg, &d->level))
			return 1;
		fprintf(stderr, "%s: --loglevel=%s: no such level, use error, warn, info, debug\n",
			d->program, arg);
		return -EINVAL;
	}
	return 0;
}

/* The parent's last act: pass the child's fate on as an exit status. */
static void __attribute__((noreturn)) wait_for_child(const char *program, int fd, pid_t child)
{
	int status;
	char byte;
	ssize_t r;

	do {
		r = read(fd, &byte, 1);
	} while (r < 0 && errno == EINTR);
	if (r == 1)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: start failed: the daemon was ended by signal %d\n", program,
			WTERMSIG(status));
	else
		fprintf(stderr, "%s: start failed: the daemon gave up, its reason stands above\n",
			program);
	fflush(stderr);
	_exit(1);
}

static int go_background(struct daemon_options *d)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		int rc = -errno;

		close(fds[0]);
		close(fds[1]);
		return rc;
	}
	if (pid > 0) {
		close(fds[1]);
		wait_for_child(d->program, fds[0], pid);
	}
	close(fds[0]);
	d->ready_fd = fds[1];
	setsid();
	return 0;
}

static void report_locked(const char *path, int fd)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	if (n > 0)
		pid[strcspn(pid, "\n")] = '\0';
	log_error("pidfile: %s is locked: already running%s%s, stop that one first", path,
		  n > 0 ? " as process " : "", pid);
}

/*
 * Take the lock on the file that is at @path now: a daemon that is stopping unlinks the file while
 * it still holds the lock, so what we locked may have no name any more. Then try again.
 */
static int lock_pidfile(const char *path)
{
	struct stat by_fd, by_path;
	int fd, rc;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0) {
			rc = -errno;
			log_error_errno(rc, "pidfile: cannot open %s", path);
			return rc;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			rc = -errno;
			report_locked(path, fd);
			close(fd);
			return rc;
		}
		if (!fstat(fd, &by_fd) && !stat(path, &by_path) &&
		    by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev)
			return fd;
		close(fd);
	}
}

static int take_pidfile(struct daemon_options *d)
{
	int fd = lock_pidfile(d->pidfile);

	if (fd < 0)
		return fd;
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		int rc = -errno;

		log_error_errno(rc, "pidfile: cannot write %s", d->pidfile);
		close(fd);
		return rc;
	}
	d->pidfile_fd = fd;
	d->pidfile_path = realpath(d->pidfile, NULL);	/* valid after the chdir() to come */
	return 0;
}

int daemon_start(struct daemon_options *d)
{
	int rc;

	log_set_level(d->level);
	signal(SIGPIPE, SIG_IGN);
	if (!d->foreground) {
		rc = go_background(d);
		if (rc < 0) {
			fprintf(stderr, "%s: cannot go to the background: %s\n", d->program,
				strerror(-rc));
			return rc;
		}
	}
	rc = log_open(d->program, d->foreground, d->logfile);
	if (rc < 0) {
		fprintf(stderr, "%s: cannot open the log %s: %s\n", d->program, d->logfile,
			strerror(-rc));
		return rc;
	}
	log_copy_errors_to_stderr(!d->foreground);
	return d->pidfile ? take_pidfile(d) : 0;
}

void daemon_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len;
	int fd;

	if (!path || (*path != '/' && *path != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, len);
	if (*path == '@')
		sa.sun_path[0] = '\0';	/* abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		log_warn_errno(errno, "notify: the service manager was not told %s", state);
	close(fd);
}

static void detach_stdio(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

void daemon_ready(struct daemon_options *d)
{
	daemon_notify("READY=1");
	log_copy_errors_to_stderr(false);
	if (d->ready_fd < 0)
		return;
	/* Only now: until here relative names meant what the starter meant. */
	if (chdir("/") < 0)
		log_warn_errno(errno, "start: cannot leave the working directory");
	detach_stdio();
	if (write(d->ready_fd, "", 1) != 1)
		log_warn("start: the starting process is gone: nobody learns that we are ready");
	close(d->ready_fd);
	d->ready_fd = -1;
}

void daemon_stop(struct daemon_options *d)
{
	daemon_notify("STOPPING=1");
	if (d->pidfile_fd >= 0) {
		unlink(d->pidfile_path ? d->pidfile_path : d->pidfile);
		free(TAKE_PTR(d->pidfile_path));
		close(d->pidfile_fd);
		d->pidfile_fd = -1;
	}
	log_close();
}
