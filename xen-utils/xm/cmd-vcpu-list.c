/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm vcpu-list: virtual CPUs and where they run.
 */
#include <config.h>

#include <getopt.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

static void add_rows(struct table *table, const json_t *answer)
{
	json_t *vcpu;
	size_t i;

	json_array_foreach(json_object_get(answer, "vcpus"), i, vcpu) {
		table_cell(table, "%s", xm_str(answer, "name"));
		table_cell(table, "%lld", (long long)xm_int(answer, "id"));
		table_cell(table, "%lld", (long long)xm_int(vcpu, "vcpu"));
		if (xm_int(vcpu, "cpu") < 0)
			table_cell(table, "-");
		else
			table_cell(table, "%lld", (long long)xm_int(vcpu, "cpu"));
		table_cell(table, "%s", xm_str(vcpu, "state"));
		table_cell(table, "%.1f", (double)xm_int(vcpu, "cpu_time_ns") / 1e9);
		table_cell(table, "%s / %s", xm_str(vcpu, "affinity_hard"),
			   xm_str(vcpu, "affinity_soft"));
	}
}

static json_t *get_vcpus(struct xm *xm, const char *domain)
{
	AUTO_FREE char *path = client_domain_path(domain, "/vcpu");

	return xm_get(xm, path);
}

static int collect_named(struct xm *xm, int argc, char **argv, json_t *list)
{
	json_t *answer;

	for (int i = optind; i < argc; i++) {
		answer = get_vcpus(xm, argv[i]);
		if (!answer)
			return XM_FAILED;
		json_array_append_new(list, answer);
	}
	return XM_OK;
}

/* A domain that ends between the two requests is left out. */
static int collect_all(struct xm *xm, json_t *list)
{
	json_t *answer = xm_get(xm, "/domain"), *domain, *vcpus;
	int status = answer ? XM_OK : XM_FAILED, rc;
	size_t i;

	json_array_foreach(json_object_get(answer, "domains"), i, domain) {
		AUTO_FREE char *id = xasprintf("%lld", (long long)xm_int(domain, "id"));
		AUTO_FREE char *path = client_domain_path(id, "/vcpu");

		vcpus = NULL;
		rc = client_request(xm->client, path, NULL, &vcpus);
		if (!rc)
			json_array_append_new(list, vcpus);
		else if (rc != -ENOENT)
			status = xm_report(xm);
	}
	json_decref(answer);
	return status;
}

static void print_table(const json_t *list)
{
	static const struct table_column columns[] = {
		{"Name", TABLE_LEFT}, {"Id", TABLE_RIGHT}, {"VCPU", TABLE_RIGHT},
		{"CPU", TABLE_RIGHT}, {"State", TABLE_LEFT}, {"Time(s)", TABLE_RIGHT},
		{"Affinity (hard / soft)", TABLE_LEFT},
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	json_t *answer;
	size_t i;

	json_array_foreach((json_t *)list, i, answer)
		add_rows(table, answer);
	table_print(table, stdout, false);
	table_free(table);
}

int cmd_vcpu_list(struct xm *xm, int argc, char **argv)
{
	bool json = false;
	json_t *list;
	int option, status;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	list = json_array();
	status = optind == argc ? collect_all(xm, list) : collect_named(xm, argc, argv, list);
	if (!status && json)
		return xm_print_json(list);
	if (!status)
		print_table(list);
	json_decref(list);
	return status;
}
