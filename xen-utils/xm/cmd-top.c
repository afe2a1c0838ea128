/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm top: what domains use of CPU, memory, network and disks, over and over: on a full screen, or
 * in batches for scripts.
 *
 * Relies on top-model.c for the numbers, top-screen.c for the terminal.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <time.h>

#include "xm/commands.h"
#include "xm/top-screen.h"
#include "xm/xm.h"

#define DELAY_MIN_S	0.1
#define DELAY_MAX_S	600.0
#define DELAY_DEFAULT_S	3.0

struct wish {
	bool batch;
	long long iterations;	/* 0: for ever */
	double delay_s;
};

static bool parse_delay(struct xm *xm, const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (!*text || *end || !(value >= DELAY_MIN_S && value <= DELAY_MAX_S)) {
		xm_usage(xm, "The delay is a number of seconds from 0.1 to 600, not '%s'.", text);
		return false;
	}
	*ret = value;
	return true;
}

static bool measure(struct xm *xm, struct top *top)
{
	json_t *stats = xm_get(xm, "/stats");

	if (stats)
		top_update(top, stats);
	return stats != NULL;
}

static void print_batch(const struct top *top)
{
	char line[512];

	top_format_machine(top, line, sizeof(line), 0);
	puts(line);
	top_format_title(line, sizeof(line), 0);
	puts(line);
	for (size_t i = 0; i < top->nr_rows; i++) {
		top_format_row(top, &top->rows[i], line, sizeof(line), 0);
		puts(line);
	}
}

static void pause_s(double s)
{
	struct timespec ts = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};

	nanosleep(&ts, NULL);
}

static int run_batch(struct xm *xm, struct top *top, const struct wish *w)
{
	for (long long i = 0; !w->iterations || i < w->iterations; i++) {
		if (i) {
			pause_s(w->delay_s);
			putchar('\n');
		}
		if (!measure(xm, top))
			return XM_FAILED;
		print_batch(top);
		if (fflush(stdout) == EOF)
			return XM_FAILED;
	}
	return XM_OK;
}

/* The next column that can be sorted by. */
static void next_sort(struct top *top)
{
	static const enum top_column order[] = { TOP_CPU, TOP_MEM, TOP_NET_TX, TOP_NET_RX,
						 TOP_DISK_READ, TOP_DISK_WRITE, TOP_NAME, TOP_ID };
	size_t i = 0;

	while (i < ARRAY_SIZE(order) && order[i] != top->sort)
		i++;
	top->sort = order[(i + 1) % ARRAY_SIZE(order)];
}

/* False: it is over. */
static bool obey(struct top *top, struct wish *w, enum top_key key)
{
	if (key == TOP_KEY_SORT)
		next_sort(top);
	else if (key == TOP_KEY_SLOWER)
		w->delay_s = MIN(w->delay_s * 2, DELAY_MAX_S);
	else if (key == TOP_KEY_FASTER)
		w->delay_s = MAX(w->delay_s / 2, DELAY_MIN_S);
	return key != TOP_KEY_QUIT;
}

static int run_screen(struct xm *xm, struct top *top, struct wish *w)
{
	bool go_on = true, good = true;
	long long i = 0;
	json_t *stats;
	int rc = top_screen_open();

	if (rc) {
		xm_error(rc == -ENOTTY ? "There is no terminal; 'xm top -b' prints without one." :
			 "The terminal's type (TERM) is not known; 'xm top -b' needs none.");
		return XM_FAILED;
	}
	while (go_on && (!w->iterations || i++ < w->iterations)) {
		stats = NULL;
		if (client_request(xm->client, "/stats", NULL, &stats)) {
			good = false;
			break;
		}
		top_update(top, stats);
		top_screen_draw(top, w->delay_s);
		/* The first picture has no rates: the next one comes soon. */
		go_on = obey(top, w, top_screen_wait(top, i == 1 && w->delay_s > 1 ? 1 :
						     w->delay_s));
	}
	top_screen_close();
	return good ? XM_OK : xm_report(xm);
}

int cmd_top(struct xm *xm, int argc, char **argv)
{
	struct wish w = { .delay_s = DELAY_DEFAULT_S };
	struct top top = { .sort = TOP_CPU };
	int option, status, column;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == 'b')
			w.batch = true;
		else if (option == 'n' || option == 'i') {
			if (!xm_parse_number(xm, optarg, "--iterations", 1, LLONG_MAX,
					     &w.iterations))
				return XM_USAGE;
		} else if (option == 'd') {
			if (!parse_delay(xm, optarg, &w.delay_s))
				return XM_USAGE;
		} else if (option == 's') {
			column = top_column_parse(optarg);
			if (column < 0)
				return xm_usage(xm, "There is no column '%s' to sort by; there are "
						"cpu, mem, time, vcpus, tx, rx, read, write, name "
						"and id.", optarg);
			top.sort = column;
		} else {
			return XM_USAGE;
		}
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	status = w.batch ? run_batch(xm, &top, &w) : run_screen(xm, &top, &w);
	top_clear(&top);
	return status;
}
