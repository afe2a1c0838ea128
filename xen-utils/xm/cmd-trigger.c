/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm trigger: an event of the machine's front panel for a domain.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_trigger(struct xm *xm, int argc, char **argv)
{
	long long vcpu = 0;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 3))
		return XM_USAGE;
	if (argc - optind > 2 &&
	    !xm_parse_number(xm, argv[optind + 2], "VCPU", 0, INT_MAX, &vcpu))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind],
			    json_pack("{s:s, s:s, s:I}", "op", "trigger", "trigger",
				      argv[optind + 1], "vcpu", (json_int_t)vcpu));
}

int cmd_button_press(struct xm *xm, int argc, char **argv)
{
	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind],
			    json_pack("{s:s, s:s}", "op", "trigger", "trigger", argv[optind + 1]));
}
