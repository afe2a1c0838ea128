/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of the workload: what each measures, and how it is run.
 *
 * A row is a piece of work in user space that asks the kernel for one thing again and again. The
 * main program (workload.c) owns the clock and the number of repetitions; the files rows-*.c own
 * the work, each with a table of rows that ends with an empty one.
 *
 * Relies on: nothing but libc. One row is set up at a time, so a file keeps the state of its rows
 * in static variables.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stddef.h>
#include <sys/types.h>

struct row {
	const char *name;
	const char *unit;	/* of the printed figure, which counts nanoseconds: "ns", "ns/MB" */
	const char *about;	/* one line for --list */
	unsigned int ops;	/* operations between two looks at the clock */
	unsigned int parts;	/* the figure is for one of so many parts of each; 0 means 1 */
	unsigned int processes;	/* what the row's functions want to know */
	unsigned int kbytes;
	/* Each returns 0, or what bench_error() gave. */
	int (*setup)(const struct row *row);	/* may be NULL */
	int (*run)(const struct row *row, unsigned int ops);
	int (*teardown)(const struct row *row);	/* may be NULL; runs after a failure, too */
};

extern const struct row rows_call[];
extern const struct row rows_memory[];
extern const struct row rows_process[];
extern const struct row rows_socket[];

/* This program's own path, for the rows that execute something. */
extern const char *bench_self;

/* An empty folder of this run, for the rows that need files. */
extern const char *bench_folder;

/*
 * Notes that a step failed, with errno's text when it is not 0, and returns -1. The first note of
 * a row is the one that is shown.
 */
int bench_error(const char *step);

/* Waits for a child and checks that it ended with status 0. 0 or bench_error(). */
int bench_wait(pid_t pid);

/* Writes or reads exactly so many bytes. 0 or bench_error(). */
int bench_write(int fd, const void *data, size_t size);
int bench_read(int fd, void *data, size_t size);

#endif
