/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm sysrq: a magic SysRq key for a guest's kernel.
 */
#include <config.h>

#include <ctype.h>
#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_sysrq(struct xm *xm, int argc, char **argv)
{
	const char *key;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2))
		return XM_USAGE;
	key = argv[optind + 1];
	if (!isalnum((unsigned char)key[0]) || key[1])
		return xm_usage(xm, "A SysRq key is one letter or digit, not '%s'.", key);
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:s}", "op", "sysrq", "key", key));
}
