/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm debug-keys: keys that make the hypervisor print its state.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_debug_keys(struct xm *xm, int argc, char **argv)
{
	json_t *json;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 1, 1))
		return XM_USAGE;
	json = xm_post(xm, "/node",
		       json_pack("{s:s, s:s}", "op", "debug-keys", "keys", argv[optind]));
	json_decref(json);
	return json ? XM_OK : XM_FAILED;
}
