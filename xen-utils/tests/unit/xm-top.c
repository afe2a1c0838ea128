/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of 'xm top' from two answers of xend.
 */
#include <config.h>

#include "tests/tap.h"
#include "xm/top-model.h"
#include "xm/xm.h"

/* What support.c has for the commands; the model needs these two. */
const char *xm_str(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

json_int_t xm_int(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

static json_t *domain(const char *name, int id, double cpu_s, int mb, int tx_kb, int rd_kb)
{
	return json_pack("{s:s s:i s:s s:s s:i s:i s:I s:[{s:i s:i}] s:[{s:i} {s:i}]}", "name",
			 name, "id", id, "uuid", name, "state", "-b----", "vcpus", 1, "memory_kb",
			 mb * 1024, "cpu_time_ns", (json_int_t)(cpu_s * 1e9), "net", "tx_bytes",
			 tx_kb * 1024, "rx_bytes", 0, "disk", "read_sectors", rd_kb,
			 "read_sectors", rd_kb);
}

static json_t *stats(double at_s, json_t *a, json_t *b)
{
	json_t *list = json_array();

	json_array_append_new(list, a);
	if (b)
		json_array_append_new(list, b);
	return json_pack("{s:I s:{s:i s:i s:i s:i} s:o}", "at_ns", (json_int_t)(at_s * 1e9), "node",
			 "nr_cpus", 2, "cpu_mhz", 2000, "total_memory_kb", 1024 * 1024,
			 "free_memory_kb", 512 * 1024, "domains", list);
}

static void is_row(const struct top *top, size_t i, const char *want, const char *sentence)
{
	char buf[256] = "";

	if (i < top->nr_rows)
		top_format_row(top, &top->rows[i], buf, sizeof(buf), 0);
	tap_is_str(buf, want, "%s", sentence);
}

int main(void)
{
	struct top top = { .sort = TOP_CPU };
	char buf[256];

	top_update(&top, stats(10, domain("a", 1, 5, 128, 100, 100), domain("b", 2, 1, 64, 0, 0)));
	is_row(&top, 0, "a                    1 -b----       5.0      -    1      128   12.5"
	       "         -         -         -         -", "the first answer has no rates");
	top_update(&top, stats(12, domain("a", 1, 5.5, 128, 300, 500),
			       domain("b", 2, 2.8, 64, 0, 0)));
	is_row(&top, 0, "b                    2 -b----       2.8   90.0    1       64    6.2"
	       "       0.0       0.0       0.0       0.0", "who uses most CPU time stands first");
	is_row(&top, 1, "a                    1 -b----       5.5   25.0    1      128   12.5"
	       "     100.0       0.0     200.0       0.0",
	       "rates are per second, sums over all devices");
	top_format_machine(&top, buf, sizeof(buf), 0);
	tap_is_str(buf, "2 domains; 2 CPUs at 2000 MHz, 115.0 of 200 % used; memory: 1024 MB, "
		   "512 MB free", "the machine in a line");
	top.sort = TOP_MEM;
	top_update(&top, stats(13, domain("b", 3, 0.1, 64, 0, 0), domain("a", 1, 5.5, 128, 0, 0)));
	is_row(&top, 0, "a                    1 -b----       5.5    0.0    1      128   12.5"
	       "       0.0       0.0       0.0       0.0", "counters that went back are no rates");
	is_row(&top, 1, "b                    3 -b----       0.1      -    1       64    6.2"
	       "         -         -         -         -", "a domain that restarted is a new one");
	top_format_title(buf, sizeof(buf), 10);
	tap_is_str(buf, "NAME      ", "a line is cut at the screen's width");
	tap_ok(top_column_parse("Mem") == TOP_MEM && top_column_parse("nothing") == -1,
	       "columns have names");
	top_clear(&top);
	return tap_done();
}
