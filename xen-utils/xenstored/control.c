/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CONTROL requests; the contract is in control.h. One function a command, in a table.
 */
#include <config.h>

#include <inttypes.h>

#include "xenstored/control.h"
#include "xenstored/domain.h"
#include "xenstored/state.h"
#include "xenstored/watch.h"

static const char *check_owned(const struct store *s)
{
	AUTO_FREE uint32_t *owned = calloc(DOMID_LIMIT, sizeof(*owned));

	if (!owned)
		return "not enough memory to check";
	store_count_owned(s, owned);
	if (memcmp(owned, s->owned, DOMID_LIMIT * sizeof(*owned)) != 0)
		return "a domain's nodes are miscounted";
	return NULL;
}

const char *control_check(const struct store *s)
{
	const char *bad = tree_check(s->root);

	if (!bad)
		bad = check_owned(s);
	return bad ? bad : watch_check(s);
}

static int cmd_check(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	const char *bad = control_check(s);

	(void)argc;
	(void)argv;
	if (bad)
		log_error("check: %s", bad);
	return strbuf_puts(out, bad ? bad : "OK");
}

static int cmd_log(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	enum log_level level;

	if (argc == 2 && str_eq(argv[1], "on")) {
		s->trace = true;
	} else if (argc == 2 && str_eq(argv[1], "off")) {
		s->trace = false;
	} else if (argc == 2 && !log_level_parse(argv[1], &level)) {
		log_set_level(level);
	} else if (argc != 1) {
		return -EINVAL;
	}
	return strbuf_printf(out, "level %s, requests are %straced",
			     log_level_name(log_get_level()), s->trace ? "" : "not ");
}

static int count_node(const struct node *node, const char *path, void *ctx)
{
	uint64_t *totals = ctx;

	(void)path;
	totals[0]++;
	totals[1] += sizeof(*node) + strlen(node->name) + 1 + node->room * sizeof(node);
	totals[2] += node->value ? node->value->len : 0;
	return 0;
}

static int cmd_memreport(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	AUTO_STRBUF struct strbuf path = STRBUF_INIT;
	uint64_t totals[3] = { 0 };
	unsigned int conns = 0, domains = 0;
	size_t queued = 0;

	(void)argc;
	(void)argv;
	if (strbuf_puts(&path, "/") < 0)
		return -ENOMEM;
	tree_walk(s->root, &path, count_node, totals);
	for (struct conn *c = s->conns; c; c = c->next)
		conns++;
	for (struct domain *d = s->domains; d; d = d->next) {
		domains++;
		queued += d->out.len + d->in.len;
	}
	return strbuf_printf(out, "nodes %" PRIu64 " (%" PRIu64 " bytes)\nvalues %" PRIu64
			     " bytes\nwatches %zu\nconnections %u, of these domains %u\n"
			     "queued for domains %zu bytes\njournal %zu bytes%s",
			     totals[0], totals[1], totals[2], watch_count(s->watches), conns,
			     domains, queued, journal_size(s->journal),
			     journal_is_degraded(s->journal) ? " (not up to date!)" : "");
}

static int cmd_print(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	(void)s;
	if (argc != 2)
		return -EINVAL;
	log_info("control: %s", argv[1]);
	return strbuf_puts(out, "OK");
}

static int list_quotas(const struct store *s, struct strbuf *out)
{
	for (int i = 0; i < QUOTA_COUNT; i++)
		strbuf_printf(out, "%-18s %10" PRIu32 "  %s\n", quota_name(i), s->quota.limit[i],
			      quota_meaning(i));
	return out->failed ? -ENOMEM : 0;
}

static int show_domain(struct store *s, const char *arg, struct strbuf *out)
{
	struct domain *d;
	uint64_t domid;

	if (str_to_u64(arg, DOMID_LIMIT - 1, &domid) < 0)
		return -EINVAL;
	d = domain_find(s, domid);
	if (!d)
		return -ENOENT;
	return strbuf_printf(out, "nodes %" PRIu32 "\nwatches %" PRIu32 "\ntransactions %" PRIu32
			     "\noutstanding %" PRIu32 "\nqueue %zu\nrequests %" PRIu64
			     "\nconnected %s\nerror %" PRIu32,
			     s->owned[domid], d->conn.nr_watches, d->conn.nr_txns,
			     d->out_messages, d->out.len, d->conn.nr_requests,
			     d->page ? "yes" : "no", d->error);
}

static int set_quota(struct store *s, const char *name, const char *value, struct strbuf *out)
{
	enum quota_id id;
	uint64_t limit;

	if (quota_find(name, &id) < 0 || str_to_u64(value, UINT32_MAX, &limit) < 0)
		return -EINVAL;
	s->quota.limit[id] = limit;
	state_quota(s, id);
	log_info("control: quota %s is now %" PRIu64, name, limit);
	return strbuf_puts(out, "OK");
}

static int cmd_quota(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	if (argc == 1)
		return list_quotas(s, out);
	if (argc == 2)
		return show_domain(s, argv[1], out);
	if (argc == 4 && str_eq(argv[1], "set"))
		return set_quota(s, argv[2], argv[3], out);
	return -EINVAL;
}

static int cmd_help(struct store *s, int argc, const char *const argv[], struct strbuf *out);

static const struct command {
	const char *name;
	int (*run)(struct store *s, int argc, const char *const argv[], struct strbuf *out);
	const char *args;
	const char *help;
} commands[] = {
	{ "check", cmd_check, "", "verify the store's own consistency" },
	{ "help", cmd_help, "", "this list" },
	{ "log", cmd_log, "[on|off|LEVEL]", "trace requests, or set the log level" },
	{ "memreport", cmd_memreport, "", "what uses how much memory" },
	{ "print", cmd_print, "TEXT", "write TEXT to the log" },
	{ "quota", cmd_quota, "[DOMID | set NAME N]", "limits, a domain's use, or a new limit" },
};

static int cmd_help(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	(void)s;
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		strbuf_printf(out, "%s %s: %s\n", commands[i].name, commands[i].args,
			      commands[i].help);
	return out->failed ? -ENOMEM : 0;
}

int control_handle(struct store *s, int argc, const char *const argv[], struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (str_eq(argv[0], commands[i].name)) {
			int rc = commands[i].run(s, argc, argv, out);

			return rc < 0 ? rc : strbuf_putc(out, '\0');
		}
	}
	return -EINVAL;
}
