/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers behind 'xm top'; see top-model.h.
 */
#include <config.h>

#include <strings.h>

#include "common/util.h"
#include "xm/top-model.h"
#include "xm/xm.h"

#define SECTOR_SIZE	512

static const struct {
	const char *title, *name;
	int width;		/* negative: left-aligned */
} columns[TOP_COLUMNS] = {
	[TOP_NAME] = {"NAME", "name", -16},
	[TOP_ID] = {"ID", "id", 5},
	[TOP_STATE] = {"STATE", NULL, -6},
	[TOP_TIME] = {"TIME(s)", "time", 9},
	[TOP_CPU] = {"CPU(%)", "cpu", 6},
	[TOP_VCPUS] = {"VCPU", "vcpus", 4},
	[TOP_MEM] = {"MEM(MB)", "mem", 8},
	[TOP_MEM_SHARE] = {"MEM(%)", NULL, 6},
	[TOP_NET_TX] = {"TX(kB/s)", "tx", 9},
	[TOP_NET_RX] = {"RX(kB/s)", "rx", 9},
	[TOP_DISK_READ] = {"RD(kB/s)", "read", 9},
	[TOP_DISK_WRITE] = {"WR(kB/s)", "write", 9},
};

const char *top_column_title(enum top_column column)
{
	return columns[column].title;
}

int top_column_parse(const char *name)
{
	for (int i = 0; i < TOP_COLUMNS; i++)
		if (columns[i].name && !strcasecmp(columns[i].name, name))
			return i;
	return -1;
}

static const json_t *find(const json_t *stats, const json_t *domain)
{
	const json_t *list = json_object_get(stats, "domains"), *o;
	size_t i;

	json_array_foreach((json_t *)list, i, o)
		if (xm_int(o, "id") == xm_int(domain, "id") &&
		    str_eq(xm_str(o, "uuid"), xm_str(domain, "uuid")))
			return o;
	return NULL;
}

static double sum(const json_t *domain, const char *kind, const char *counter)
{
	double total = 0;
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(domain, kind), i, o)
		total += (double)xm_int(o, counter);
	return total;
}

/* Per second; a counter that went back (a device was replaced) counts for nothing. */
static double rate(double now, double before, double interval_s)
{
	return interval_s > 0 && now > before ? (now - before) / interval_s : 0;
}

static void fill_rates(struct top_row *row, const json_t *d, const json_t *before, double s)
{
	static const struct {
		enum top_column column;
		const char *kind, *counter;
		double unit;
	} sums[] = {
		{TOP_NET_TX, "net", "tx_bytes", 1}, {TOP_NET_RX, "net", "rx_bytes", 1},
		{TOP_DISK_READ, "disk", "read_sectors", SECTOR_SIZE},
		{TOP_DISK_WRITE, "disk", "write_sectors", SECTOR_SIZE},
	};

	row->value[TOP_CPU] = rate((double)xm_int(d, "cpu_time_ns"),
				   (double)xm_int(before, "cpu_time_ns"), s) / 1e7;
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		row->value[sums[i].column] =
			sums[i].unit * rate(sum(d, sums[i].kind, sums[i].counter),
					    sum(before, sums[i].kind, sums[i].counter), s);
}

static void fill_row(struct top *top, struct top_row *row, const json_t *d)
{
	const json_t *before = top->last ? find(top->last, d) : NULL;

	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s", xm_str(d, "name"));
	snprintf(row->state, sizeof(row->state), "%s", xm_str(d, "state"));
	row->id = (long long)xm_int(d, "id");
	row->value[TOP_ID] = (double)row->id;
	row->value[TOP_TIME] = (double)xm_int(d, "cpu_time_ns") / 1e9;
	row->value[TOP_VCPUS] = (double)xm_int(d, "vcpus");
	row->value[TOP_MEM] = (double)xm_int(d, "memory_kb");
	if (top->total_kb)
		row->value[TOP_MEM_SHARE] = 100 * row->value[TOP_MEM] / (double)top->total_kb;
	row->has_rates = before && top->interval_s > 0;
	if (row->has_rates)
		fill_rates(row, d, before, top->interval_s);
}

static enum top_column sort_column;	/* of the sort at hand: qsort() has no argument for it */

static int compare(const void *a, const void *b)
{
	const struct top_row *p = a, *q = b;
	double x = p->value[sort_column], y = q->value[sort_column];

	if (sort_column == TOP_NAME)
		return strcmp(p->name, q->name);
	if (sort_column == TOP_ID)
		return (p->id > q->id) - (p->id < q->id);
	return x != y ? (x < y) - (x > y) : (p->id > q->id) - (p->id < q->id);
}

void top_update(struct top *top, json_t *stats)
{
	const json_t *node = json_object_get(stats, "node"), *domain;
	const json_t *list = json_object_get(stats, "domains");
	size_t i;

	top->nr_cpus = (long long)xm_int(node, "nr_cpus");
	top->cpu_mhz = (long long)xm_int(node, "cpu_mhz");
	top->total_kb = (long long)xm_int(node, "total_memory_kb");
	top->free_kb = (long long)xm_int(node, "free_memory_kb");
	top->interval_s = top->last ? (double)(xm_int(stats, "at_ns") -
					       xm_int(top->last, "at_ns")) / 1e9 : 0;
	free(top->rows);
	top->nr_rows = json_array_size(list);
	top->rows = xcalloc(top->nr_rows + 1, sizeof(*top->rows));
	json_array_foreach((json_t *)list, i, domain)
		fill_row(top, &top->rows[i], domain);
	sort_column = top->sort;
	qsort(top->rows, top->nr_rows, sizeof(*top->rows), compare);
	json_decref(top->last);
	top->last = stats;
}

void top_clear(struct top *top)
{
	json_decref(top->last);
	free(top->rows);
	memset(top, 0, sizeof(*top));
}

static void cut(char *buf, size_t size, size_t width)
{
	if (width && width < size && strlen(buf) > width)
		buf[width] = '\0';
}

void top_format_title(char *buf, size_t size, size_t width)
{
	size_t at = 0;

	for (int i = 0; i < TOP_COLUMNS && at < size; i++)
		at += snprintf(buf + at, size - at, "%s%*s", i ? " " : "", columns[i].width,
			       columns[i].title);
	cut(buf, size, width);
}

static void format_cell(const struct top_row *row, enum top_column column, char *buf, size_t size)
{
	double v = row->value[column];

	switch (column) {
	case TOP_NAME:
		snprintf(buf, size, "%.16s", row->name);
		break;
	case TOP_STATE:
		snprintf(buf, size, "%s", row->state);
		break;
	case TOP_ID:
	case TOP_VCPUS:
		snprintf(buf, size, "%.0f", v);
		break;
	case TOP_MEM:
		snprintf(buf, size, "%.0f", v / 1024);
		break;
	case TOP_TIME:
	case TOP_MEM_SHARE:
		snprintf(buf, size, "%.1f", v);
		break;
	case TOP_CPU:
		snprintf(buf, size, row->has_rates ? "%.1f" : "-", v);
		break;
	default:
		snprintf(buf, size, row->has_rates ? "%.1f" : "-", v / 1024);
		break;
	}
}

void top_format_row(const struct top *top, const struct top_row *row, char *buf, size_t size,
		    size_t width)
{
	char cell[160];
	size_t at = 0;

	(void)top;
	for (int i = 0; i < TOP_COLUMNS && at < size; i++) {
		format_cell(row, i, cell, sizeof(cell));
		at += snprintf(buf + at, size - at, "%s%*s", i ? " " : "", columns[i].width, cell);
	}
	cut(buf, size, width);
}

void top_format_machine(const struct top *top, char *buf, size_t size, size_t width)
{
	double used = 0;

	for (size_t i = 0; i < top->nr_rows; i++)
		used += top->rows[i].value[TOP_CPU];
	snprintf(buf, size, "%zu domains; %lld CPUs at %lld MHz, %.1f of %lld %% used; memory: "
		 "%lld MB, %lld MB free", top->nr_rows, top->nr_cpus, top->cpu_mhz, used,
		 100 * top->nr_cpus, top->total_kb / 1024, top->free_kb / 1024);
	cut(buf, size, width);
}
