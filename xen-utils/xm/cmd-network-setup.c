/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm network-setup: hands over to the program that puts the host's interface on a bridge, which is
 * of use without xend too. XEN_NETWORK_SETUP names another program, for tests.
 */
#include <config.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_network_setup(struct xm *xm, int argc, char **argv)
{
	const char *program = getenv("XEN_NETWORK_SETUP");

	(void)xm;
	(void)argc;
	if (!program)
		program = XEN_SBIN_DIR "/xen-network-setup";
	argv[0] = (char *)program;
	execv(program, argv);
	xm_error("%s cannot be run: %s.", program, strerror(errno));
	return XM_FAILED;
}
