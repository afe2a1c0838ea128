/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm perf: the hypervisor's performance counters.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static void print_line(const json_t *o, const char *member, const char *indent)
{
	printf("%12lld  %s%s\n", (long long)xm_int(o, member), indent, xm_str(o, "name"));
}

/* Of several values those that are not zero; numbers first, so that columns line up. */
static void print_counter(const json_t *counter)
{
	json_t *value;
	size_t i;

	print_line(counter, "total", "");
	json_array_foreach(json_object_get(counter, "values"), i, value)
		if (xm_int(value, "value"))
			print_line(value, "value", "  ");
}

static int show(struct xm *xm, bool json)
{
	json_t *answer = xm_get(xm, "/node/perf"), *counter;
	size_t i;

	if (!answer)
		return XM_FAILED;
	if (json)
		return xm_print_json(answer);
	json_array_foreach(json_object_get(answer, "counters"), i, counter)
		print_counter(counter);
	json_decref(answer);
	return XM_OK;
}

int cmd_perf(struct xm *xm, int argc, char **argv)
{
	bool reset = false, json = false;
	json_t *answer;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		if (option == 'r')
			reset = true;
		else
			json = true;
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	if (!reset)
		return show(xm, json);
	answer = xm_post(xm, "/node/perf", json_pack("{s:s}", "op", "reset"));
	json_decref(answer);
	return answer ? XM_OK : XM_FAILED;
}
