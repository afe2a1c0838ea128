/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of processes and threads: making them, and changing from one to the other.
 *
 * Relies on: workload.h; /bin/sh. workload.c runs them. A ring of processes passes one byte round
 * through pipes; each sums up an area of its own before it passes it on, as lmbench's lat_ctx does.
 * What the pipe and the summing cost stays in the figure.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define MAX_RING	16

struct ring {
	pid_t pid[MAX_RING];		/* of members 1 and up; the first one is this process */
	int pipe[MAX_RING][2];		/* [n] leads to member n */
	unsigned int members;
	uint32_t *area;
	size_t words;
};

static struct ring ring;

/* ---------------------------------------------------------------------------- making */
static int fork_run(const struct row *row, unsigned int ops)
{
	pid_t pid;

	while (ops--) {
		pid = fork();
		if (pid < 0)
			return bench_error("fork");
		if (!pid)
			_exit(0);
		if (bench_wait(pid))
			return -1;
	}
	return 0;
}

static int exec_run(const struct row *row, unsigned int ops)
{
	pid_t pid;

	while (ops--) {
		pid = fork();
		if (pid < 0)
			return bench_error("fork");
		if (!pid) {
			execl(bench_self, bench_self, "--nothing", (char *)NULL);
			_exit(127);
		}
		if (bench_wait(pid))
			return -1;
	}
	return 0;
}

/* The shell gets a second command, or it would replace itself by the first. */
static int shell_run(const struct row *row, unsigned int ops)
{
	char command[4200];
	pid_t pid;

	snprintf(command, sizeof(command), "'%s' --nothing; exit $?", bench_self);
	while (ops--) {
		pid = fork();
		if (pid < 0)
			return bench_error("fork");
		if (!pid) {
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
			_exit(127);
		}
		if (bench_wait(pid))
			return -1;
	}
	return 0;
}

static void *thread_body(void *arg)
{
	return arg;
}

static int thread_run(const struct row *row, unsigned int ops)
{
	pthread_t thread;
	void *result;

	while (ops--) {
		errno = pthread_create(&thread, NULL, thread_body, &ring);
		if (errno)
			return bench_error("pthread_create");
		errno = pthread_join(thread, &result);
		if (errno || result != &ring)
			return bench_error("pthread_join");
	}
	return 0;
}

/* -------------------------------------------------------------------------- changing */
static uint32_t ring_sum(void)
{
	volatile uint32_t *area = ring.area;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < ring.words; i++)
		sum += area[i];
	return sum;
}

/* Keeps the end to read of our own pipe, and the end to write of the next one's. */
static void ring_keep_ends(unsigned int me)
{
	unsigned int i, next = (me + 1) % ring.members;

	for (i = 0; i < ring.members; i++) {
		if (i != me)
			close(ring.pipe[i][0]);
		if (i != next)
			close(ring.pipe[i][1]);
	}
}

/* A child: ends when its pipe does. */
static void ring_member(unsigned int me)
{
	int in = ring.pipe[me][0], out = ring.pipe[(me + 1) % ring.members][1];
	char byte;
	ssize_t r;

	ring_keep_ends(me);
	memset(ring.area, me, ring.words * sizeof(*ring.area));
	while ((r = read(in, &byte, 1)) == 1) {
		ring_sum();
		if (write(out, &byte, 1) != 1)
			_exit(1);
	}
	_exit(r ? 1 : 0);
}

static int ring_allocate(const struct row *row)
{
	unsigned int i;

	memset(&ring, 0, sizeof(ring));
	ring.words = row->kbytes * 1024 / sizeof(*ring.area);
	/* One more, so that a ring without areas has a pointer, too. */
	ring.area = malloc((ring.words + 1) * sizeof(*ring.area));
	if (!ring.area)
		return bench_error("malloc");
	memset(ring.area, 0, ring.words * sizeof(*ring.area));
	for (i = 0; i < row->processes; i++) {
		if (pipe(ring.pipe[i]))
			return bench_error("pipe");
		ring.members++;
	}
	return 0;
}

static int ring_setup(const struct row *row)
{
	unsigned int i;

	if (ring_allocate(row))
		return -1;
	for (i = 1; i < ring.members; i++) {
		ring.pid[i] = fork();
		if (ring.pid[i] < 0)
			return bench_error("fork");
		if (!ring.pid[i])
			ring_member(i);
	}
	return 0;
}

static int ring_run(const struct row *row, unsigned int rounds)
{
	char byte = 'x';

	while (rounds--) {
		if (bench_write(ring.pipe[1 % ring.members][1], &byte, 1) ||
		    bench_read(ring.pipe[0][0], &byte, 1))
			return -1;
		ring_sum();
	}
	return 0;
}

/* The first member's pipe closes, its reader ends and closes the next one, and so on. */
static int ring_teardown(const struct row *row)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ring.members; i++) {
		close(ring.pipe[i][0]);
		close(ring.pipe[i][1]);
	}
	for (i = 1; i < ring.members; i++)
		if (ring.pid[i] > 0 && bench_wait(ring.pid[i]))
			rc = -1;
	free(ring.area);
	ring.area = NULL;
	return rc;
}

#define CTX(nr, kb, times)								\
	{ "ctx-" #nr "p-" #kb "K", "ns",						\
	  "hop between " #nr " processes, each summing up " #kb " KB", times,		\
	  .parts = nr, .processes = nr, .kbytes = kb,					\
	  .setup = ring_setup, .run = ring_run, .teardown = ring_teardown }

const struct row rows_process[] = {
	{ "pipe", "ns", "send a byte to another process and get it back", 80,
	  .processes = 2, .setup = ring_setup, .run = ring_run, .teardown = ring_teardown },
	CTX(2, 0, 60),
	CTX(2, 16, 20),
	CTX(2, 64, 6),
	CTX(8, 0, 16),
	CTX(8, 16, 5),
	CTX(8, 64, 2),
	CTX(16, 0, 8),
	CTX(16, 16, 3),
	CTX(16, 64, 1),
	{ "fork-exit", "ns", "make a process that ends at once", 4,
	  .run = fork_run },
	{ "fork-exec", "ns", "make a process that runs another program", 1,
	  .run = exec_run },
	{ "fork-sh", "ns", "make a process that runs a shell that runs a program", 1,
	  .run = shell_run },
	{ "thread", "ns", "make a thread and join it", 15,
	  .run = thread_run },
	{ NULL }
};
