/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm uptime: how long domains have been running.
 */
#include <config.h>

#include <getopt.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

static void add_row(struct table *table, const json_t *domain)
{
	long long seconds = (long long)xm_int(domain, "uptime_s"), days = seconds / 86400;

	table_cell(table, "%s", xm_str(domain, "name"));
	table_cell(table, "%lld", (long long)xm_int(domain, "id"));
	if (!seconds)
		table_cell(table, "-");
	else if (days)
		table_cell(table, "%lld day%s, %02lld:%02lld:%02lld", days, days > 1 ? "s" : "",
			   seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	else
		table_cell(table, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
			   seconds % 60);
}

static bool is_wanted(const json_t *domain, int argc, char **argv)
{
	AUTO_FREE char *id = xasprintf("%lld", (long long)xm_int(domain, "id"));

	for (int i = optind; i < argc; i++)
		if (str_eq(argv[i], id) || str_eq(argv[i], xm_str(domain, "name")) ||
		    str_eq(argv[i], xm_str(domain, "uuid")))
			return true;
	return optind == argc;
}

static json_t *choose(const json_t *all, int argc, char **argv)
{
	json_t *chosen = json_array(), *domain;
	size_t i;

	json_array_foreach((json_t *)all, i, domain)
		if (is_wanted(domain, argc, argv))
			json_array_append(chosen, domain);
	return chosen;
}

static int print(json_t *chosen, bool json)
{
	static const struct table_column columns[] = {
		{"Name", TABLE_LEFT}, {"Id", TABLE_RIGHT}, {"Uptime", TABLE_RIGHT},
	};
	struct table *table;
	json_t *domain;
	size_t i;

	if (json)
		return xm_print_json(chosen);
	table = table_new(columns, ARRAY_SIZE(columns));
	json_array_foreach(chosen, i, domain)
		add_row(table, domain);
	table_print(table, stdout, false);
	table_free(table);
	json_decref(chosen);
	return XM_OK;
}

int cmd_uptime(struct xm *xm, int argc, char **argv)
{
	json_t *answer, *chosen;
	bool json = false;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	answer = xm_get(xm, "/domain");
	if (!answer)
		return XM_FAILED;
	chosen = choose(json_object_get(answer, "domains"), argc, argv);
	json_decref(answer);
	if (optind < argc && !json_array_size(chosen)) {
		json_decref(chosen);
		xm_error("There is no such domain; 'xm list' shows those that exist.");
		return XM_FAILED;
	}
	return print(chosen, json);
}
