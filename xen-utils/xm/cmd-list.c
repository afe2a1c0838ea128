/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm list, vm-list: the domains, as a table, names, S-expressions or JSON.
 */
#include <config.h>

#include <getopt.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

enum form { FORM_TABLE, FORM_LONG, FORM_JSON, FORM_NAMES, FORM_VERBOSE };

/* All domains, or those that are named; NULL after a failure has been reported. */
static json_t *get_domains(struct xm *xm, int argc, char **argv)
{
	json_t *answer, *list;

	if (optind == argc) {
		answer = xm_get(xm, "/domain");
		list = json_incref(json_object_get(answer, "domains"));
		json_decref(answer);
		if (answer && !list)
			xm_error("The answer of xend has no list of domains.");
		return list;
	}
	list = json_array();
	for (int i = optind; i < argc; i++) {
		answer = xm_get_domain(xm, argv[i]);
		if (!answer) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, answer);
	}
	return list;
}

static void print_table(const json_t *list, bool verbose)
{
	static const struct table_column columns[] = {
		{"Name", TABLE_LEFT}, {"Id", TABLE_RIGHT}, {"Mem(MB)", TABLE_RIGHT},
		{"VCPUs", TABLE_RIGHT}, {"State", TABLE_LEFT}, {"Time(s)", TABLE_RIGHT},
		{"Console", TABLE_RIGHT}, {"UUID", TABLE_LEFT}, {"Reason", TABLE_LEFT},
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns) - (verbose ? 0 : 2));
	json_t *domain;
	size_t i;

	json_array_foreach((json_t *)list, i, domain) {
		table_cell(table, "%s", xm_str(domain, "name"));
		table_cell(table, "%lld", (long long)xm_int(domain, "id"));
		table_cell(table, "%lld", (long long)xm_int(domain, "memory_kb") / 1024);
		table_cell(table, "%lld", (long long)xm_int(domain, "vcpus"));
		table_cell(table, "%s", xm_str(domain, "state"));
		table_cell(table, "%.1f", (double)xm_int(domain, "cpu_time_ns") / 1e9);
		if (xm_int(domain, "console_port"))
			table_cell(table, "%lld", (long long)xm_int(domain, "console_port"));
		else
			table_cell(table, "-");
		if (!verbose)
			continue;
		table_cell(table, "%s", xm_str(domain, "uuid"));
		table_cell(table, "%s", *xm_str(domain, "shutdown_reason") ?
			   xm_str(domain, "shutdown_reason") : "-");
	}
	table_print(table, stdout, false);
	table_free(table);
}

/* xend knows the S-expressions; one request a domain, so that each has its configuration. */
static int print_long(struct xm *xm, const json_t *list)
{
	json_t *domain;
	size_t i;

	json_array_foreach((json_t *)list, i, domain) {
		AUTO_FREE char *id = xasprintf("%lld", (long long)xm_int(domain, "id"));
		AUTO_FREE char *path = client_domain_path(id, "");
		AUTO_FREE char *text = NULL;
		int rc = client_request_text(xm->client, path, "application/sxp", &text);

		if (rc == -ENOENT)
			continue;	/* it ended in the meantime */
		if (rc)
			return xm_report(xm);
		fputs(text, stdout);
	}
	return XM_OK;
}

static int print_list(struct xm *xm, json_t *list, enum form form)
{
	int status = XM_OK;
	json_t *domain;
	size_t i;

	if (form == FORM_JSON)
		return xm_print_json(list);
	if (form == FORM_NAMES)
		json_array_foreach(list, i, domain)
			puts(xm_str(domain, "name"));
	else if (form == FORM_LONG)
		status = print_long(xm, list);
	else
		print_table(list, form == FORM_VERBOSE);
	json_decref(list);
	return status;
}

int cmd_list(struct xm *xm, int argc, char **argv)
{
	enum form form = FORM_TABLE;
	json_t *list;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		form = option == 'l' ? FORM_LONG : option == 'v' ? FORM_VERBOSE :
		       option == 256 + 1 ? FORM_JSON : FORM_NAMES;
	}
	list = get_domains(xm, argc, argv);
	return list ? print_list(xm, list, form) : XM_FAILED;
}

static void print_vms(const json_t *list)
{
	static const struct table_column columns[] = {
		{"UUID", TABLE_LEFT}, {"ID", TABLE_RIGHT}, {"name", TABLE_LEFT},
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	json_t *domain;
	size_t i;

	json_array_foreach((json_t *)list, i, domain) {
		table_cell(table, "%s", xm_str(domain, "uuid"));
		table_cell(table, "%lld", (long long)xm_int(domain, "id"));
		table_cell(table, "%s", xm_str(domain, "name"));
	}
	table_print(table, stdout, false);
	table_free(table);
}

int cmd_vm_list(struct xm *xm, int argc, char **argv)
{
	bool json = false;
	json_t *list;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	list = get_domains(xm, argc, argv);
	if (!list)
		return XM_FAILED;
	if (json)
		return xm_print_json(list);
	print_vms(list);
	json_decref(list);
	return XM_OK;
}
