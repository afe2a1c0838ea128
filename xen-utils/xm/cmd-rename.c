/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm rename: another name for a domain.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_rename(struct xm *xm, int argc, char **argv)
{
	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:s}", "op", "rename", "name",
							argv[optind + 1]));
}
