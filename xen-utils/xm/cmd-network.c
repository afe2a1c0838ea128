/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm network-attach, network-detach, network-list, and what Xen 2.0 called the last: vif-list.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/device.h"

/* Without any KEY=VALUE the interface is all defaults. */
int cmd_network_attach(struct xm *xm, int argc, char **argv)
{
	AUTO_FREE char *spec = NULL;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 1, INT_MAX))
		return XM_USAGE;
	spec = xm_device_spec(argc, argv, optind + 1);
	return xm_device_attach(xm, argv[optind], "vif", spec ? spec : "");
}

int cmd_network_detach(struct xm *xm, int argc, char **argv)
{
	bool force = false;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		force = true;
	}
	if (!xm_check_args(xm, argc, 2, 2))
		return XM_USAGE;
	return xm_device_detach(xm, argv[optind], "vif", argv[optind + 1], force);
}

/* Members that are not set are null in the answer. */
static const char *text_or_dash(const json_t *dev, const char *name)
{
	const char *text = json_string_value(json_object_get(dev, name));

	return text && *text ? text : "-";
}

static void add_rows(struct table *table, const json_t *answer)
{
	json_t *dev;
	size_t i;

	json_array_foreach(json_object_get(answer, "devices"), i, dev) {
		table_cell(table, "%s", xm_str(answer, "name"));
		table_cell(table, "%lld", (long long)xm_int(dev, "devid"));
		table_cell(table, "%lld", (long long)xm_int(dev, "backend_id"));
		table_cell(table, "%s", xm_str(dev, "name"));
		table_cell(table, "%s", text_or_dash(dev, "mac"));
		table_cell(table, "%s", text_or_dash(dev, "bridge"));
		table_cell(table, "%s", xm_str(dev, "state"));
		table_cell(table, "%s", text_or_dash(dev, "ip"));
	}
}

static void print_table(const json_t *list)
{
	static const struct table_column columns[] = {
		{ "Name", TABLE_LEFT }, { "Devid", TABLE_RIGHT }, { "BE", TABLE_RIGHT },
		{ "Vif", TABLE_LEFT }, { "MAC", TABLE_LEFT }, { "Bridge", TABLE_LEFT },
		{ "State", TABLE_LEFT }, { "IP", TABLE_LEFT },
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	json_t *answer;
	size_t i;

	json_array_foreach((json_t *)list, i, answer)
		add_rows(table, answer);
	table_print(table, stdout, false);
	table_free(table);
}

int cmd_network_list(struct xm *xm, int argc, char **argv)
{
	bool json = false;
	json_t *list;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	if (!xm_check_args(xm, argc, 1, INT_MAX))
		return XM_USAGE;
	list = xm_device_lists(xm, argc, argv, "vif");
	if (!list)
		return XM_FAILED;
	if (json)
		return xm_print_json(list);
	print_table(list);
	json_decref(list);
	return XM_OK;
}
