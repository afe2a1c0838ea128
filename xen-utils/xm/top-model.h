/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers behind 'xm top': rates from two answers of GET /xend/stats, in order, as lines.
 *
 * Relies on jansson. Relied on by cmd-top.c and top-screen.c. Pure: no clock, no terminal. A domain
 * is recognised by UUID and number together, so one that restarted has no rates in its first round.
 */
#ifndef XM_TOP_MODEL_H
#define XM_TOP_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum top_column {
	TOP_NAME, TOP_ID, TOP_STATE, TOP_TIME, TOP_CPU, TOP_VCPUS, TOP_MEM, TOP_MEM_SHARE,
	TOP_NET_TX, TOP_NET_RX, TOP_DISK_READ, TOP_DISK_WRITE, TOP_COLUMNS
};

struct top_row {
	char name[128], state[8];
	long long id;
	bool has_rates;			/* it was there the last time, too */
	/* by column; rates per second: per cent of one CPU, bytes; times in s, memory in kB */
	double value[TOP_COLUMNS];
};

struct top {
	json_t *last;			/* the answer before, or NULL */
	struct top_row *rows;
	size_t nr_rows;
	long long nr_cpus, cpu_mhz, total_kb, free_kb;
	double interval_s;		/* 0: there was no answer before */
	enum top_column sort;		/* greatest first; names in order of the alphabet */
};

/* The next answer, which is taken over. Ends the program when memory is short. */
void top_update(struct top *top, json_t *stats);
void top_clear(struct top *top);

const char *top_column_title(enum top_column column);
/* "cpu", "mem" ...: for --sort; -1 when there is none of that name. */
int top_column_parse(const char *name);
/* The title line, and a row: @width columns at most (0: as many as they are), no newline. */
void top_format_title(char *buf, size_t size, size_t width);
void top_format_row(const struct top *top, const struct top_row *row, char *buf, size_t size,
		    size_t width);
/* The machine in a line. */
void top_format_machine(const struct top *top, char *buf, size_t size, size_t width);

#endif
