/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm cpupool-list: the pools of CPUs. There is one, with all of them; the command is there for
 * scripts and fingers that ask.
 */
#include <config.h>

#include <getopt.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

static void print_pool(const json_t *node, size_t nr_domains, bool cpus)
{
	static const struct table_column short_columns[] = {
		{ "Name", TABLE_LEFT }, { "CPUs", TABLE_RIGHT }, { "Sched", TABLE_RIGHT },
		{ "Active", TABLE_RIGHT }, { "Domain count", TABLE_RIGHT },
	};
	static const struct table_column cpu_columns[] = {
		{ "Name", TABLE_LEFT }, { "CPU list", TABLE_LEFT },
	};
	struct table *table = cpus ? table_new(cpu_columns, ARRAY_SIZE(cpu_columns)) :
		table_new(short_columns, ARRAY_SIZE(short_columns));

	table_cell(table, "Pool-0");
	if (cpus && xm_int(node, "max_cpu_id")) {
		table_cell(table, "0-%lld", (long long)xm_int(node, "max_cpu_id"));
	} else if (cpus) {
		table_cell(table, "0");
	} else {
		table_cell(table, "%lld", (long long)xm_int(node, "nr_cpus"));
		table_cell(table, "%s", xm_str(node, "xen_scheduler"));
		table_cell(table, "y");
		table_cell(table, "%zu", nr_domains);
	}
	table_print(table, stdout, false);
	table_free(table);
}

int cmd_cpupool_list(struct xm *xm, int argc, char **argv)
{
	json_t *node, *domains;
	bool cpus = false;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		cpus = true;
	}
	if (!xm_check_args(xm, argc, 0, 1))
		return XM_USAGE;
	if (optind < argc && !str_eq(argv[optind], "Pool-0") && !str_eq(argv[optind], "0")) {
		xm_error("There is no pool '%s'; the only one is Pool-0.", argv[optind]);
		return XM_FAILED;
	}
	node = xm_get(xm, "/node");
	domains = node ? xm_get(xm, "/domain") : NULL;
	if (domains)
		print_pool(node, json_array_size(json_object_get(domains, "domains")), cpus);
	json_decref(node);
	json_decref(domains);
	return domains ? XM_OK : XM_FAILED;
}
