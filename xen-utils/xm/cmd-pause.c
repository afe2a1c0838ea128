/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm pause, unpause: whether a domain gets CPU time.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int for_each(struct xm *xm, int argc, char **argv, const char *op)
{
	int status = XM_OK;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 1, argc))
		return XM_USAGE;
	for (int i = optind; i < argc; i++)
		if (xm_domain_op(xm, argv[i], json_pack("{s:s}", "op", op)))
			status = XM_FAILED;
	return status;
}

int cmd_pause(struct xm *xm, int argc, char **argv)
{
	return for_each(xm, argc, argv, "pause");
}

int cmd_unpause(struct xm *xm, int argc, char **argv)
{
	return for_each(xm, argc, argv, "unpause");
}
