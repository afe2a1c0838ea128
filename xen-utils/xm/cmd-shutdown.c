/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm shutdown, reboot: ask guests, and wait for them when told so.
 */
#include <config.h>

#include <getopt.h>
#include <time.h>

#include "xm/commands.h"
#include "xm/xm.h"

#define POLL_MS 500

struct wish {
	const char *reason;	/* of xend-http.md section 5 */
	bool all, wait;
};

/* "/domain/ID" of a domain now: its name may belong to another one later. NULL after a report. */
static char *domain_id(struct xm *xm, const char *domain)
{
	json_t *json = xm_get_domain(xm, domain);
	char *id = NULL;

	if (json)
		id = xasprintf("%lld", (long long)xm_int(json, "id"));
	json_decref(json);
	return id;
}

/* Until xend does not know it any more. A xend that is being restarted is waited for, too. */
static int wait_for_end(struct xm *xm, const char *id)
{
	struct timespec pause = {0, POLL_MS * 1000000L};
	AUTO_FREE char *path = client_domain_path(id, "");
	json_t *json;
	int rc;

	for (;;) {
		json = NULL;
		rc = client_request(xm->client, path, NULL, &json);
		json_decref(json);
		if (rc == -ENOENT)
			return XM_OK;
		if (rc && rc != -ECONNREFUSED && rc != -EAGAIN && rc != -EPROTO)
			return xm_report(xm);
		nanosleep(&pause, NULL);
	}
}

static int shut_down(struct xm *xm, const struct wish *wish, char **ids, int nr)
{
	int status = XM_OK;
	bool *asked = xcalloc((size_t)nr + 1, sizeof(*asked));

	for (int i = 0; i < nr; i++) {
		asked[i] = ids[i] && !xm_domain_op(xm, ids[i],
						   json_pack("{s:s, s:s}", "op", "shutdown",
							     "reason", wish->reason));
		if (!asked[i])
			status = XM_FAILED;
	}
	for (int i = 0; wish->wait && i < nr; i++)
		if (asked[i] && wait_for_end(xm, ids[i]))
			status = XM_FAILED;
	free(asked);
	return status;
}

static int shut_down_named(struct xm *xm, const struct wish *wish, int argc, char **argv)
{
	int nr = argc - optind, status;
	char **ids = xcalloc((size_t)nr + 1, sizeof(*ids));

	for (int i = 0; i < nr; i++)
		ids[i] = domain_id(xm, argv[optind + i]);
	status = shut_down(xm, wish, ids, nr);
	for (int i = 0; i < nr; i++)
		free(ids[i]);
	free(ids);
	return status;
}

static int shut_down_all(struct xm *xm, const struct wish *wish)
{
	json_t *answer = xm_get(xm, "/domain"), *domain;
	const json_t *list = json_object_get(answer, "domains");
	char **ids = xcalloc(json_array_size(list) + 1, sizeof(*ids));
	int nr = 0, status;
	size_t i;

	json_array_foreach((json_t *)list, i, domain)
		if (xm_int(domain, "id"))
			ids[nr++] = xasprintf("%lld", (long long)xm_int(domain, "id"));
	status = answer ? shut_down(xm, wish, ids, nr) : XM_FAILED;
	while (nr)
		free(ids[--nr]);
	free(ids);
	json_decref(answer);
	return status;
}

static int run(struct xm *xm, struct wish *wish, int argc, char **argv)
{
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		wish->all = wish->all || option == 'a';
		wish->wait = wish->wait || option == 'w';
		if (option == 'H' || option == 'R') {
			if (!str_eq(wish->reason, "poweroff"))
				return xm_usage(xm, "--halt and --reboot exclude each other.");
			wish->reason = option == 'H' ? "halt" : "reboot";
		}
	}
	if (wish->wait && str_eq(wish->reason, "reboot"))
		return xm_usage(xm,
				"--wait and --reboot exclude each other: a domain that reboots is "
				"never gone.");
	if (wish->all && optind < argc)
		return xm_usage(xm, "--all takes no domains; leave one or the other out.");
	if (wish->all)
		return shut_down_all(xm, wish);
	if (!xm_check_args(xm, argc, 1, argc))
		return XM_USAGE;
	return shut_down_named(xm, wish, argc, argv);
}

int cmd_shutdown(struct xm *xm, int argc, char **argv)
{
	struct wish wish = {.reason = "poweroff"};

	return run(xm, &wish, argc, argv);
}

int cmd_reboot(struct xm *xm, int argc, char **argv)
{
	struct wish wish = {.reason = "reboot"};

	return run(xm, &wish, argc, argv);
}
