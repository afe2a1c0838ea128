/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm destroy: end domains without asking them.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int destroy(struct xm *xm, const char *domain, const char *reason)
{
	AUTO_FREE char *path = client_domain_path(domain, "");
	json_t *json =
		xm_stream(xm, path, json_pack("{s:s, s:s}", "op", "destroy", "reason", reason));

	json_decref(json);
	return json ? XM_OK : XM_FAILED;
}

int cmd_destroy(struct xm *xm, int argc, char **argv)
{
	const char *reason = "destroy";
	int option, status = XM_OK;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		reason = "reboot";
	}
	if (!xm_check_args(xm, argc, 1, argc))
		return XM_USAGE;
	for (int i = optind; i < argc; i++)
		if (destroy(xm, argv[i], reason))
			status = XM_FAILED;
	return status;
}
