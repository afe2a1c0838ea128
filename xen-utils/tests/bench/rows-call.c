/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of single system calls, of signals and of the clock, and one that asks the kernel nothing.
 *
 * Relies on: workload.h; /dev/zero and /dev/null. workload.c runs them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

static int fd = -1;
static char path[128];
static volatile sig_atomic_t signals;

static int close_fd(const struct row *row)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
	return 0;
}

/* --------------------------------------------------------------------- system calls */
static int null_run(const struct row *row, unsigned int ops)
{
	while (ops--)
		if (syscall(SYS_getppid) < 0)
			return bench_error("getppid");
	return 0;
}

static int zero_open(const struct row *row)
{
	fd = open("/dev/zero", O_RDONLY);
	return fd < 0 ? bench_error("/dev/zero") : 0;
}

static int read_run(const struct row *row, unsigned int ops)
{
	char byte;

	while (ops--)
		if (read(fd, &byte, 1) != 1)
			return bench_error("read of /dev/zero");
	return 0;
}

static int null_open(const struct row *row)
{
	fd = open("/dev/null", O_WRONLY);
	return fd < 0 ? bench_error("/dev/null") : 0;
}

static int write_run(const struct row *row, unsigned int ops)
{
	while (ops--)
		if (write(fd, "", 1) != 1)
			return bench_error("write to /dev/null");
	return 0;
}

static int file_make(const struct row *row)
{
	int r;

	snprintf(path, sizeof(path), "%s/file", bench_folder);
	r = open(path, O_CREAT | O_WRONLY, 0600);
	if (r < 0)
		return bench_error(path);
	close(r);
	return 0;
}

static int file_remove(const struct row *row)
{
	return unlink(path) ? bench_error(path) : 0;
}

static int stat_run(const struct row *row, unsigned int ops)
{
	struct stat st;

	while (ops--)
		if (stat(path, &st))
			return bench_error("stat");
	return 0;
}

static int open_run(const struct row *row, unsigned int ops)
{
	int r;

	while (ops--) {
		r = open(path, O_RDONLY);
		if (r < 0 || close(r))
			return bench_error("open and close");
	}
	return 0;
}

/* --------------------------------------------------------------------------- signals */
static void on_signal(int number)
{
	signals++;
}

static int install_run(const struct row *row, unsigned int ops)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = on_signal;
	while (ops--)
		if (sigaction(SIGUSR1, &act, NULL))
			return bench_error("sigaction");
	return 0;
}

static int deliver_setup(const struct row *row)
{
	signals = 0;
	return install_run(row, 1);
}

static int deliver_run(const struct row *row, unsigned int ops)
{
	pid_t self = getpid();
	sig_atomic_t want = signals + ops;

	while (ops--)
		if (kill(self, SIGUSR1))
			return bench_error("kill");
	errno = 0;
	return signals == want ? 0 : bench_error("signals were lost");
}

static int signal_reset(const struct row *row)
{
	return signal(SIGUSR1, SIG_DFL) == SIG_ERR ? bench_error("signal") : 0;
}

/* ---------------------------------------------------------------------- time and none */
static int nanosleep_run(const struct row *row, unsigned int ops)
{
	const struct timespec ts = { .tv_nsec = 1000 };

	while (ops--)
		if (nanosleep(&ts, NULL))
			return bench_error("nanosleep");
	return 0;
}

static int compute_run(const struct row *row, unsigned int ops)
{
	static volatile uint64_t result;
	uint64_t x = 88172645463325252ull;
	unsigned int i;

	while (ops--) {
		for (i = 0; i < 1000; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
	}
	result = x;
	errno = 0;
	return result ? 0 : bench_error("the generator stands still");
}

const struct row rows_call[] = {
	{ "null", "ns", "a system call that does nothing (getppid)", 2000,
	  .run = null_run },
	{ "read", "ns", "read 1 byte of /dev/zero", 1000,
	  .setup = zero_open, .run = read_run, .teardown = close_fd },
	{ "write", "ns", "write 1 byte to /dev/null", 1000,
	  .setup = null_open, .run = write_run, .teardown = close_fd },
	{ "stat", "ns", "stat of a file", 100,
	  .setup = file_make, .run = stat_run, .teardown = file_remove },
	{ "open-close", "ns", "open and close a file", 80,
	  .setup = file_make, .run = open_run, .teardown = file_remove },
	{ "signal-install", "ns", "install a signal handler", 1500,
	  .run = install_run, .teardown = signal_reset },
	{ "signal-deliver", "ns", "send oneself a signal and handle it", 200,
	  .setup = deliver_setup, .run = deliver_run, .teardown = signal_reset },
	{ "nanosleep", "ns", "sleep 1 microsecond (50 more are the kernel's slack)", 10,
	  .run = nanosleep_run },
	{ "compute", "ns", "1000 rounds of a random generator, no system call", 100,
	  .run = compute_run },
	{ NULL }
};
