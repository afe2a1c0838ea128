/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm vcpu-set: how many virtual CPUs of a domain are on line.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_vcpu_set(struct xm *xm, int argc, char **argv)
{
	long long number;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2) ||
	    !xm_parse_number(xm, argv[optind + 1], "NUMBER", 1, INT_MAX, &number))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:I}", "op", "vcpu-set", "vcpus",
							(json_int_t)number));
}
