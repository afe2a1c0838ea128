/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm domid, domname: from a domain's name to its number and back.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static json_t *get_one(struct xm *xm, int argc, char **argv, int *ret_status)
{
	json_t *json;

	*ret_status = XM_USAGE;
	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 1, 1))
		return NULL;
	json = xm_get_domain(xm, argv[optind]);
	*ret_status = json ? XM_OK : XM_FAILED;
	return json;
}

int cmd_domid(struct xm *xm, int argc, char **argv)
{
	int status;
	json_t *json = get_one(xm, argc, argv, &status);

	if (json)
		printf("%lld\n", (long long)xm_int(json, "id"));
	json_decref(json);
	return status;
}

int cmd_domname(struct xm *xm, int argc, char **argv)
{
	int status;
	json_t *json = get_one(xm, argc, argv, &status);

	if (json)
		puts(xm_str(json, "name"));
	json_decref(json);
	return status;
}
