/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm balloon, maxmem (mem-set, mem-max): a domain's memory.
 *
 * A balloon target is a wish: balloon waits for what the guest does about it, as long as anything
 * moves, and says what came of it.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <time.h>

#include "xm/commands.h"
#include "xm/progress.h"
#include "xm/xm.h"

#define POLL_MS		250
#define STILL_S		10	/* default: nothing moved for so long, so it will not */
#define NEAR_KB		1024	/* as good as there */

struct goal {
	json_int_t target_kb, start_kb, now_kb;
	long long still_s;	/* 0: do not wait */
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool is_reached(const struct goal *g)
{
	json_int_t off = g->now_kb - g->target_kb;

	return off < NEAR_KB && off > -NEAR_KB;
}

static void show(struct progress *progress, const struct goal *g)
{
	json_int_t all = g->target_kb - g->start_kb, done = g->now_kb - g->start_kb;

	if (all < 0) {
		all = -all;
		done = -done;
	}
	progress_update(progress, "Ballooning", (done < 0 ? 0 : done) * 1024, all * 1024, "bytes");
}

/* Until it is reached, or nothing moves any more. 0 or -errno with the client's error set. */
static int watch(struct xm *xm, const char *path, struct goal *g)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	double moved = now_s();
	struct progress progress;
	json_t *json;
	int rc = 0;

	progress_start(&progress);
	while (!is_reached(g) && now_s() - moved < (double)g->still_s) {
		nanosleep(&pause, NULL);
		json = NULL;
		rc = client_request(xm->client, path, NULL, &json);
		if (rc)
			break;
		if (xm_int(json, "memory_kb") != g->now_kb)
			moved = now_s();
		g->now_kb = xm_int(json, "memory_kb");
		json_decref(json);
		show(&progress, g);
	}
	progress_clear(&progress);
	return rc;
}

static int tell(const char *name, const struct goal *g)
{
	long long now = (long long)g->now_kb / 1024, target = (long long)g->target_kb / 1024;

	if (is_reached(g)) {
		printf("%s has %lld MB.\n", name, target);
		return XM_OK;
	}
	xm_error("%s has %lld MB and was told to have %lld MB, but nothing moves for %lld s: %s.",
		 name, now, target, g->still_s, g->now_kb == g->start_kb ?
		 "its kernel may have no balloon driver" : now > target ?
		 "it needs the rest itself" : "it takes no more");
	return XM_FAILED;
}

static int balloon(struct xm *xm, const char *domain, json_int_t kb, long long still_s)
{
	AUTO_FREE char *path = client_domain_path(domain, ""), *name = NULL, *by_id = NULL,
		       *id = NULL;
	json_t *answer = xm_post(xm, path, json_pack("{s:s, s:I}", "op", "balloon", "memory_kb",
						     kb));
	const json_t *d = json_object_get(answer, "domain");
	struct goal goal = { .target_kb = kb, .still_s = still_s };
	int rc = 0;

	if (!answer)
		return XM_FAILED;
	goal.start_kb = goal.now_kb = xm_int(d, "memory_kb");
	name = xstrdup(xm_str(d, "name"));
	/* By number: the name may be another domain's before this is over. */
	id = xasprintf("%lld", (long long)xm_int(d, "id"));
	by_id = client_domain_path(id, "");
	json_decref(answer);
	if (!still_s)
		return XM_OK;
	rc = watch(xm, by_id, &goal);
	return rc ? xm_report(xm) : tell(name, &goal);
}

int cmd_balloon(struct xm *xm, int argc, char **argv)
{
	long long still_s = STILL_S;
	json_int_t kb;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == 'n')
			still_s = 0;
		else if (option != 't' ||
			 !xm_parse_number(xm, optarg, "--timeout", 1, 86400, &still_s))
			return XM_USAGE;
	}
	if (!xm_check_args(xm, argc, 2, 2) || !xm_parse_memory(xm, argv[optind + 1], &kb))
		return XM_USAGE;
	return balloon(xm, argv[optind], kb, still_s);
}

int cmd_maxmem(struct xm *xm, int argc, char **argv)
{
	json_int_t kb;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2) ||
	    !xm_parse_memory(xm, argv[optind + 1], &kb))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:I}", "op", "maxmem", "memory_kb",
							kb));
}
