/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm check: what belongs to no domain any more, and its removal.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static void print_finding(const json_t *f)
{
	const char *error = xm_str(f, "error");

	printf("%s: %s: %s%s", xm_str(f, "kind"), xm_str(f, "what"), xm_str(f, "why"),
	       json_is_true(json_object_get(f, "repaired")) ? " (removed)" : "");
	if (*error)
		printf(" (cannot be removed: %s)", error);
	putchar('\n');
}

int cmd_check(struct xm *xm, int argc, char **argv)
{
	bool repair = false, json = false;
	json_t *answer, *finding;
	long long left;
	size_t i;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		repair = repair || option == 'r';
		json = json || option != 'r';
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	answer = repair ? xm_post(xm, "/check", json_pack("{s:s}", "op", "repair")) :
		 xm_get(xm, "/check");
	if (!answer)
		return XM_FAILED;
	left = (long long)xm_int(answer, "left");
	if (json) {
		xm_print_json(answer);
		return left ? XM_FAILED : XM_OK;
	}
	json_array_foreach(json_object_get(answer, "findings"), i, finding)
		print_finding(finding);
	if (!i)
		puts("Nothing is left over.");
	else if (left && !repair)
		xm_error("%lld left over; 'xm check --repair' removes what can be.", left);
	json_decref(answer);
	return left ? XM_FAILED : XM_OK;
}
