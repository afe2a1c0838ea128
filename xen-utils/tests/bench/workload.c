/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workload - measures what a kernel's services cost, from inside the machine that it is run in.
 *
 * A small set of microbenchmarks in the manner of lmbench. Each row is run in batches that are
 * shorter than the time between two timer ticks where the work allows; the first ones warm up, and
 * the figure is the median of the others, so that a tick is not taken for the row's own cost. Under
 * an emulator whose clock counts instructions the figures are instructions and repeat.
 *
 * Prints tab-separated lines: row, unit, figure, operations done in all (warming up included),
 * spread between the batches in percent. A row that failed has FAILED in place of the figure, and
 * the reason after it. Relies on: rows-*.c. The benchmark runner and the unit test run it.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

#define MAX_BATCHES	101
#define WARM_UP		3

static const struct row *const tables[] = { rows_call, rows_memory, rows_process, rows_socket };

static unsigned int batches = 21;
static unsigned int divisor = 1;
static char failure[256];
static char self_path[4096];
static char folder_path[64];

const char *bench_self = self_path;
const char *bench_folder = folder_path;

int bench_error(const char *step)
{
	if (failure[0])
		return -1;
	if (errno)
		snprintf(failure, sizeof(failure), "%s: %s", step, strerror(errno));
	else
		snprintf(failure, sizeof(failure), "%s", step);
	return -1;
}

int bench_wait(pid_t pid)
{
	int status;

	errno = 0;
	if (waitpid(pid, &status, 0) != pid)
		return bench_error("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		errno = 0;
		return bench_error("a child did not end with status 0");
	}
	return 0;
}

int bench_write(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t done;

	for (; size; size -= done, at += done) {
		done = write(fd, at, size);
		if (done <= 0)
			return bench_error("write");
	}
	return 0;
}

int bench_read(int fd, void *data, size_t size)
{
	char *at = data;
	ssize_t done;

	for (; size; size -= done, at += done) {
		errno = 0;
		done = read(fd, at, size);
		if (done <= 0)
			return bench_error(done ? "read" : "read: the other side is gone");
	}
	return 0;
}

/* ------------------------------------------------------------------------ one row */
static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned int row_ops(const struct row *row)
{
	return row->ops / divisor ? row->ops / divisor : 1;
}

static void row_print(const struct row *row, uint64_t *took)
{
	unsigned int ops = row_ops(row) * (row->parts ? row->parts : 1);
	uint64_t median;

	qsort(took, batches, sizeof(*took), compare);
	median = took[batches / 2];
	printf("%s\t%s\t%.1f\t%u\t%.2f\n", row->name, row->unit, (double)median / ops,
	       ops * (batches + WARM_UP),
	       median ? 100.0 * (took[batches - 1] - took[0]) / median : 0.0);
}

static int row_batches(const struct row *row, uint64_t *took)
{
	unsigned int i;
	uint64_t start;

	for (i = 0; i < WARM_UP; i++)
		if (row->run(row, row_ops(row)))
			return -1;
	for (i = 0; i < batches; i++) {
		start = now_ns();
		if (row->run(row, row_ops(row)))
			return -1;
		took[i] = now_ns() - start;
	}
	return 0;
}

/* True when the row could be measured. */
static bool row_measure(const struct row *row)
{
	uint64_t took[MAX_BATCHES];
	int rc;

	failure[0] = '\0';
	rc = row->setup ? row->setup(row) : 0;
	if (!rc)
		rc = row_batches(row, took);
	if (row->teardown && row->teardown(row))
		rc = -1;
	if (rc)
		printf("%s\t%s\tFAILED\t%s\n", row->name, row->unit, failure);
	else
		row_print(row, took);
	fflush(stdout);
	return !rc;
}

/* ----------------------------------------------------------------------- the table */
/* Calls visit for each row whose name matches the pattern; the number of rows, or -1. */
static int rows_each(const char *pattern, bool (*visit)(const struct row *row))
{
	const struct row *row;
	int nr = 0, failed = 0;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (row = tables[i]; row->name; row++) {
			if (fnmatch(pattern, row->name, 0))
				continue;
			nr++;
			failed += !visit(row);
		}
	}
	return failed ? -1 : nr;
}

static bool row_list(const struct row *row)
{
	printf("%s\t%s\t%s\n", row->name, row->unit, row->about);
	return true;
}

static bool row_named(const struct row *row)
{
	return true;
}

static int run_patterns(char **patterns, int nr)
{
	int i, status = 0;

	for (i = 0; i < nr; i++) {
		if (!rows_each(patterns[i], row_named)) {
			fprintf(stderr, "workload: no row matches \"%s\": see workload --list\n",
				patterns[i]);
			return 2;
		}
	}
	for (i = 0; i < nr; i++)
		if (rows_each(patterns[i], row_measure) < 0)
			status = 1;
	return status;
}

/* ------------------------------------------------------------- for the runner's scripts */
/* What its output was stays on standard error, so that it is no part of the figure's line. */
static int time_command(char **argv)
{
	uint64_t start;
	int status;
	pid_t pid;

	if (!*argv) {
		fprintf(stderr, "workload: --time wants a command: see workload --help\n");
		return 2;
	}
	start = now_ns();
	pid = fork();
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("workload: --time");
		return 1;
	}
	printf("%d\t%llu\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	       (unsigned long long)(now_ns() - start));
	return 0;
}

/*
 * The cycle counter starts with the machine. Where the clock counts instructions it counts
 * nanoseconds, too; elsewhere only the second figure is one.
 */
static int boot_print(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_BOOTTIME, &ts)) {
		perror("workload: CLOCK_BOOTTIME");
		return 1;
	}
	printf("%llu\t%llu\n", (unsigned long long)__builtin_ia32_rdtsc(),
	       ts.tv_sec * 1000000000ull + ts.tv_nsec);
	return 0;
}

/* ------------------------------------------------------------------------ the program */
static void usage(void)
{
	printf("Usage: workload [OPTION...] [ROW...]\n"
	       "Measures what the kernel's services cost. ROW is a name or a pattern (*).\n"
	       "Prints row, unit, figure, operations, spread in percent, parted by tabs.\n"
	       "  --batches N  batches of which the median is taken [21]\n"
	       "  --divide N   a so-many-th part of the usual operations in a batch [1]\n"
	       "  --list       print the rows, their units and what they are\n"
	       "  --time CMD.. run a command; print its status and the nanoseconds it took\n"
	       "  --boot       print the processor's cycle counter and the kernel's time since\n"
	       "               its boot in nanoseconds, and end\n"
	       "  --nothing    end at once with status 0 (for the rows that execute it)\n"
	       "  --help       print this\n"
	       "Exit status: 1 when a row failed, 2 for a wrong command line.\n");
}

static unsigned int number(const char *option, const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !*text || n < 1 || n > max) {
		fprintf(stderr, "workload: --%s wants a number from 1 to %u, not \"%s\"\n", option,
			max, text);
		exit(2);
	}
	return n;
}

/*
 * Whether an area shares a page table with its neighbours is a matter of where it lies, so there
 * is no chance in it: the program starts over with addresses that are not randomised, which what
 * it executes inherits. Where that is not allowed, the figures vary a little more.
 */
static void addresses_fix(char **argv)
{
	int persona = personality(0xffffffff);

	if (persona < 0 || persona & ADDR_NO_RANDOMIZE ||
	    personality(persona | ADDR_NO_RANDOMIZE) < 0)
		return;
	execv("/proc/self/exe", argv);
}

static int folder_make(void)
{
	const char *tmp = getenv("TMPDIR");
	ssize_t len = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);

	if (len < 0) {
		perror("workload: /proc/self/exe; is /proc mounted?");
		return -1;
	}
	snprintf(folder_path, sizeof(folder_path), "%s/workload.XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(folder_path)) {
		fprintf(stderr, "workload: %s: %s; set TMPDIR to a folder one may write to\n",
			folder_path, strerror(errno));
		return -1;
	}
	return 0;
}

static const struct option options[] = {
	{ "batches", required_argument, NULL, 'b' },
	{ "divide", required_argument, NULL, 'd' },
	{ "time", no_argument, NULL, 't' },
	{ "boot", no_argument, NULL, 'o' },
	{ "list", no_argument, NULL, 'l' },
	{ "nothing", no_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

int main(int argc, char **argv)
{
	static char all[] = "*", *everything[] = { all };
	int c, status;

	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (c) {
		case 'b': batches = number("batches", optarg, MAX_BATCHES); break;
		case 'd': divisor = number("divide", optarg, 1000000); break;
		case 't': return time_command(argv + optind);
		case 'o': return boot_print();
		case 'l': rows_each("*", row_list); return 0;
		case 'n': return 0;
		case 'h': usage(); return 0;
		default: return 2;
		}
	}
	addresses_fix(argv);
	if (folder_make())
		return 1;
	if (optind < argc)
		status = run_patterns(argv + optind, argc - optind);
	else
		status = run_patterns(everything, 1);
	rmdir(folder_path);
	return status;
}
