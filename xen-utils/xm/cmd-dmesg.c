/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm dmesg: the hypervisor's messages.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_dmesg(struct xm *xm, int argc, char **argv)
{
	bool clear = false;
	json_t *json;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		clear = true;
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	json = xm_get(xm, "/node/dmesg");
	if (!json)
		return XM_FAILED;
	fputs(xm_str(json, "text"), stdout);
	json_decref(json);
	if (!clear)
		return XM_OK;
	/* what was not shown is not thrown away */
	if (xm_finish(XM_OK))
		return XM_FAILED;
	json = xm_post(xm, "/node/dmesg", json_pack("{s:s}", "op", "clear"));
	json_decref(json);
	return json ? XM_OK : XM_FAILED;
}
