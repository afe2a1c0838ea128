/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A progress bar on a terminal, for work that turns out to be long.
 *
 * Relies on nothing. Relied on by the commands of xm that stream.
 */
#ifndef XM_PROGRESS_H
#define XM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PROGRESS_AFTER_S 2	/* shorter work shows no bar */

struct progress {
	bool is_terminal;
	bool is_shown;
	struct timespec start;
	char what[64];
	int64_t done, total;
	char unit[16];
};

void progress_start(struct progress *progress);
void progress_update(struct progress *progress, const char *what, int64_t done, int64_t total,
		     const char *unit);
/* Shows or moves the bar when it is time for one. */
void progress_tick(struct progress *progress);
/* Removes it, so that something else can be printed. */
void progress_clear(struct progress *progress);

/* The bar's line, without a line's end, at most width characters; buf has more room than that. */
void progress_format(const struct progress *progress, int64_t elapsed_s, unsigned int width,
		     char *buf, size_t size);

#endif
