/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm log: the end of xend's log.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_log(struct xm *xm, int argc, char **argv)
{
	AUTO_FREE char *path = xstrdup("/node/log");
	long long lines;
	json_t *json;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?' || !xm_parse_number(xm, optarg, "--lines", 1, INT_MAX, &lines))
			return XM_USAGE;
		free(path);
		path = xasprintf("/node/log?lines=%lld", lines);
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	json = xm_get(xm, path);
	if (!json)
		return XM_FAILED;
	fputs(xm_str(json, "text"), stdout);
	json_decref(json);
	return XM_OK;
}
