/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A progress bar on a terminal; see progress.h.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xm/progress.h"

#define BAR_MAX 40

static int64_t elapsed_s(const struct progress *progress)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - progress->start.tv_sec - (now.tv_nsec < progress->start.tv_nsec);
}

void progress_start(struct progress *progress)
{
	memset(progress, 0, sizeof(*progress));
	progress->is_terminal = isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

void progress_update(struct progress *progress, const char *what, int64_t done, int64_t total,
		     const char *unit)
{
	snprintf(progress->what, sizeof(progress->what), "%s", what);
	snprintf(progress->unit, sizeof(progress->unit), "%s", unit);
	progress->done = done < 0 ? 0 : done;
	progress->total = total < 0 ? 0 : total;
	progress_tick(progress);
}

/* Amounts of memory as MB, the rest as it comes. */
static void format_amount(const struct progress *progress, char *buf, size_t size)
{
	int64_t unit_kb = !strcmp(progress->unit, "pages") ? 4 : 0;
	bool bytes = !strcmp(progress->unit, "bytes");

	if (unit_kb || bytes)
		snprintf(buf, size, "%" PRId64 "/%" PRId64 " MB",
			 bytes ? progress->done >> 20 : progress->done * unit_kb / 1024,
			 bytes ? progress->total >> 20 : progress->total * unit_kb / 1024);
	else
		snprintf(buf, size, "%" PRId64 "/%" PRId64 " %s", progress->done, progress->total,
			 progress->unit);
}

void progress_format(const struct progress *progress, int64_t elapsed, unsigned int width,
		     char *buf, size_t size)
{
	int64_t done = progress->done > progress->total ? progress->total : progress->done;
	char bar[BAR_MAX + 1], amount[64];
	int len = width > 100 ? BAR_MAX : width > 60 ? 20 : 10, full;

	if (!progress->total) {
		snprintf(buf, size, "%s, %" PRId64 " s", progress->what, elapsed);
	} else {
		full = (int)((double)done * len / (double)progress->total);
		memset(bar, '-', (size_t)len);
		memset(bar, '#', (size_t)full);
		bar[len] = '\0';
		format_amount(progress, amount, sizeof(amount));
		snprintf(buf, size, "%s [%s] %3d %% %s", progress->what, bar,
			 (int)((double)done * 100 / (double)progress->total), amount);
	}
	if (width < size)
		buf[width] = '\0';
}

void progress_tick(struct progress *progress)
{
	struct winsize window;
	unsigned int width = 79;
	char line[256];
	int64_t elapsed;

	if (!progress->is_terminal || !*progress->what)
		return;
	elapsed = elapsed_s(progress);
	if (elapsed < PROGRESS_AFTER_S)
		return;
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col > 20)
		width = window.ws_col - 1u;
	progress_format(progress, elapsed, width < 200 ? width : 200, line, sizeof(line));
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	progress->is_shown = true;
}

void progress_clear(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
}
