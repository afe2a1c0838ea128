/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm sched-bvt, sched-atropos, sched-rrobin (and by today's names sched-credit, sched-credit2,
 * sched-rtds), and the commands of Xen 2.0: bvt, bvt_ctxallow, atropos, rrobin.
 *
 * Relies on GET and POST .../sched and /node/scheduler of xend. Without parameters to set, the new
 * commands print them.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

/* A parameter of a domain: option, member of xend's interface, title in the table. */
struct parameter {
	int letter;
	const char *member, *title, *what;
	long long max;
};

static const struct parameter bvt_parameters[] = {
	{ 'w', "weight", "Weight", "--weight", 65535 },
	{ 'c', "cap", "Cap(%)", "--cap", 65534 },
	{ 'W', "warp_value_us", "Warp(us)", "--warp", 10000000 },
	{ 'L', "warp_limit_us", "Limit(us)", "--warp-limit", 10000000 },
	{ 'U', "warp_window_us", "Window(us)", "--warp-window", 10000000 },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct parameter atropos_parameters[] = {
	{ 'p', "period_us", "Period(us)", "--period", 10000000 },
	{ 'b', "slice_us", "Slice(us)", "--budget", 10000000 },
	{ 'e', "extra", "Extra", "--extratime", 1 },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct parameter no_parameters[] = {{ 0, NULL, NULL, NULL, 0 }};

struct wish {
	const struct parameter *known;
	const char *domain, *pool;
	json_t *set;		/* members to set */
	long long slice;	/* us; -1: not given */
	bool machine, json;
};

static int take_parameter(struct xm *xm, struct wish *w, int option)
{
	const struct parameter *p = w->known;
	long long number;

	while (p->member && p->letter != option)
		p++;
	if (!p->member)
		return XM_USAGE;
	if (!xm_parse_number(xm, optarg, p->what, 0, p->max, &number))
		return XM_USAGE;
	json_object_set_new(w->set, p->member, option == 'e' ? json_boolean(number) :
			    json_integer(number));
	return XM_OK;
}

static int take_option(struct xm *xm, struct wish *w, int option)
{
	switch (option) {
	case 'd':
		w->domain = optarg;
		return XM_OK;
	case 's':
		w->machine = true;
		return XM_OK;
	case 'r':
		return xm_parse_number(xm, optarg, "--ratelimit_us", 100, 1000000, &w->slice) ?
			XM_OK : XM_USAGE;
	case 'P':
		w->pool = optarg;
		if (!str_eq(optarg, "Pool-0") && !str_eq(optarg, "0"))
			return xm_usage(xm, "There is one pool of CPUs, Pool-0.");
		return XM_OK;
	case 'v':
		if (!str_eq(optarg, "all"))
			return xm_usage(xm, "Parameters are a domain's, not a single virtual "
					    "CPU's; only '--vcpuid all' is possible.");
		return XM_OK;
	case 'J':
		w->json = true;
		return XM_OK;
	default:
		return take_parameter(xm, w, option);
	}
}

/* The domain object's parameters; NULL after a report, or when it is gone and may be. */
static json_t *get_params(struct xm *xm, const char *domain, bool may_be_gone)
{
	AUTO_FREE char *path = client_domain_path(domain, "/sched");
	json_t *json = NULL;
	int rc = client_request(xm->client, path, NULL, &json);

	if (rc && !(may_be_gone && rc == -ENOENT))
		xm_report(xm);
	return json;
}

static json_t *collect(struct xm *xm, const struct wish *w)
{
	json_t *list = json_array(), *all, *domain, *params;
	size_t i;

	if (w->domain) {
		params = get_params(xm, w->domain, false);
		if (params && !json_array_append_new(list, params))
			return list;
		json_decref(list);
		return NULL;
	}
	all = xm_get(xm, "/domain");
	json_array_foreach(json_object_get(all, "domains"), i, domain) {
		AUTO_FREE char *id = xasprintf("%lld", (long long)xm_int(domain, "id"));

		params = get_params(xm, id, true);
		if (params)
			json_array_append_new(list, params);
	}
	if (!all) {
		json_decref(list);
		return NULL;
	}
	json_decref(all);
	return list;
}

static void add_cell(struct table *table, const json_t *params, const struct parameter *p)
{
	const json_t *value = json_object_get(params, p->member);

	if (json_is_boolean(value))
		table_cell(table, "%s", json_is_true(value) ? "yes" : "no");
	else if (json_is_integer(value))
		table_cell(table, "%lld", (long long)json_integer_value(value));
	else
		table_cell(table, "-");
}

static void print_table(const json_t *list, const struct parameter *known)
{
	struct table_column columns[2 + ARRAY_SIZE(bvt_parameters)] = {
		{ "Name", TABLE_LEFT }, { "Id", TABLE_RIGHT },
	};
	const struct parameter *p;
	size_t nr = 2, i;
	struct table *table;
	json_t *params;

	for (p = known; p->member; p++)
		columns[nr++] = (struct table_column){ p->title, TABLE_RIGHT };
	table = table_new(columns, nr);
	json_array_foreach((json_t *)list, i, params) {
		table_cell(table, "%s", xm_str(params, "name"));
		table_cell(table, "%lld", (long long)xm_int(params, "id"));
		for (p = known; p->member; p++)
			add_cell(table, params, p);
	}
	table_print(table, stdout, false);
	table_free(table);
}

static int print_machine(json_t *answer, bool json)
{
	if (json)
		return xm_print_json(answer);
	printf("Scheduler: %s", xm_str(answer, "scheduler"));
	if (xm_int(answer, "slice_us"))
		printf(", %s %lld us", str_eq(xm_str(answer, "scheduler"), "bvt") ?
		       "context switch allowance" : "slice", (long long)xm_int(answer, "slice_us"));
	putchar('\n');
	json_decref(answer);
	return XM_OK;
}

static int do_machine(struct xm *xm, const struct wish *w)
{
	json_t *answer = w->slice < 0 ? xm_get(xm, "/node/scheduler") :
		xm_post(xm, "/node/scheduler", json_pack("{s:s, s:I}", "op", "set", "slice_us",
							 (json_int_t)w->slice));

	if (!answer)
		return XM_FAILED;
	if (w->slice < 0)
		return print_machine(answer, w->json);
	json_decref(answer);
	return XM_OK;
}

/* The command names a scheduler: one that does not run is not silently taken for it. */
static bool runs(struct xm *xm, const char *name, const char *other)
{
	json_t *answer = xm_get(xm, "/node/scheduler");
	const char *is = xm_str(answer, "scheduler");
	bool good = answer && (str_eq(is, name) || str_has_prefix(is, other));

	if (answer && !good)
		xm_error("The hypervisor runs the scheduler %s, not %s; boot it with sched=%s for "
			 "that.", is, name, name);
	json_decref(answer);
	return good;
}

static int show(struct xm *xm, const struct wish *w)
{
	json_t *list;

	if (!w->domain && !w->json) {
		int status = do_machine(xm, &(struct wish){ .slice = -1 });

		if (status)
			return status;
	}
	list = collect(xm, w);
	if (!list)
		return XM_FAILED;
	if (w->json)
		return xm_print_json(list);
	print_table(list, w->known);
	json_decref(list);
	return XM_OK;
}

static int set(struct xm *xm, const struct wish *w)
{
	if (!w->domain)
		return xm_usage(xm, "Parameters are set for one domain; name it with -d DOM.");
	json_object_set_new(w->set, "op", json_string("sched-set"));
	return xm_domain_op(xm, w->domain, json_incref(w->set));
}

static int run(struct xm *xm, int argc, char **argv, const struct parameter *known,
	       const char *name, const char *other)
{
	struct wish w = { .known = known, .slice = -1, .set = json_object() };
	int option, status = XM_OK;

	while (!status && (option = xm_getopt(xm, argc, argv)) != -1)
		status = take_option(xm, &w, option);
	if (!status && !xm_check_args(xm, argc, 0, 0))
		status = XM_USAGE;
	if (!status && w.slice >= 0 && !w.machine)
		status = xm_usage(xm, "--ratelimit_us is the machine's; give -s with it.");
	if (!status && !runs(xm, name, other))
		status = XM_FAILED;
	if (!status)
		status = w.machine ? do_machine(xm, &w) :
			 json_object_size(w.set) ? set(xm, &w) : show(xm, &w);
	json_decref(w.set);
	return status;
}

int cmd_sched_bvt(struct xm *xm, int argc, char **argv)
{
	return run(xm, argc, argv, bvt_parameters, "bvt", "credit");
}

int cmd_sched_atropos(struct xm *xm, int argc, char **argv)
{
	return run(xm, argc, argv, atropos_parameters, "atropos", "rtds");
}

int cmd_sched_rrobin(struct xm *xm, int argc, char **argv)
{
	return run(xm, argc, argv, no_parameters, "rrobin", "null");
}

/* ---- the commands of Xen 2.0 ---- */

/* Numbers after the domain become members; the domain is the first argument. */
static int old_command(struct xm *xm, int argc, char **argv, const char *op, bool domain,
		       const char *const *members, int nr)
{
	json_t *body = json_pack("{s:s}", "op", op), *answer;
	long long number;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, nr + domain, nr + domain)) {
		json_decref(body);
		return XM_USAGE;
	}
	for (int i = 0; i < nr; i++) {
		if (!xm_parse_number(xm, argv[optind + domain + i], members[i], 0, LLONG_MAX,
				     &number)) {
			json_decref(body);
			return XM_USAGE;
		}
		json_object_set_new(body, members[i], json_integer(number));
	}
	if (domain)
		return xm_domain_op(xm, argv[optind], body);
	answer = xm_post(xm, "/node", body);
	json_decref(answer);
	return answer ? XM_OK : XM_FAILED;
}

int cmd_bvt(struct xm *xm, int argc, char **argv)
{
	static const char *const members[] = { "mcuadv", "warpback", "warpvalue", "warpl",
					       "warpu" };

	return old_command(xm, argc, argv, "cpu_bvt_set", true, members, ARRAY_SIZE(members));
}

int cmd_bvt_ctxallow(struct xm *xm, int argc, char **argv)
{
	static const char *const members[] = { "ctx_allow" };

	return old_command(xm, argc, argv, "cpu_bvt_slice_set", false, members, 1);
}

int cmd_atropos(struct xm *xm, int argc, char **argv)
{
	static const char *const members[] = { "period", "slice", "latency", "xtratime" };

	return old_command(xm, argc, argv, "cpu_atropos_set", true, members, ARRAY_SIZE(members));
}

int cmd_rrobin(struct xm *xm, int argc, char **argv)
{
	static const char *const members[] = { "slice" };

	return old_command(xm, argc, argv, "cpu_rrobin_slice_set", false, members, 1);
}
