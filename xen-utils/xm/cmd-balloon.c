/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm balloon, maxmem (mem-set, mem-max): a domain's memory.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int set_memory(struct xm *xm, int argc, char **argv, const char *op)
{
	json_int_t kb;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2) ||
	    !xm_parse_memory(xm, argv[optind + 1], &kb))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:I}", "op", op, "memory_kb", kb));
}

int cmd_balloon(struct xm *xm, int argc, char **argv)
{
	return set_memory(xm, argc, argv, "balloon");
}

int cmd_maxmem(struct xm *xm, int argc, char **argv)
{
	return set_memory(xm, argc, argv, "maxmem");
}
