/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm dump-core: a domain's memory and CPUs as a core file, which xend writes.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

/* xend's working folder is another one. */
static char *absolute(const char *file)
{
	AUTO_FREE char *here = NULL;

	if (*file == '/')
		return xstrdup(file);
	here = getcwd(NULL, 0);
	return xasprintf("%s/%s", here ? here : "", file);
}

int cmd_dump_core(struct xm *xm, int argc, char **argv)
{
	AUTO_FREE char *path = NULL, *file = NULL;
	bool live = false, crash = false, reset = false;
	json_t *answer;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		live = live || option == 'L';
		crash = crash || option == 'C';
		reset = reset || option == 'R';
	}
	if (!xm_check_args(xm, argc, 1, 2))
		return XM_USAGE;
	if (crash && reset)
		return xm_usage(xm, "--crash and --reset exclude each other.");
	path = client_domain_path(argv[optind], "");
	file = argc - optind > 1 ? absolute(argv[optind + 1]) : NULL;
	answer = xm_stream(xm, path, json_pack("{s:s, s:s*, s:b, s:b, s:b}", "op", "dump-core",
					       "file", file, "live", live, "crash", crash, "reset",
					       reset));
	if (!answer)
		return XM_FAILED;
	printf("Dumped to %s.\n", xm_str(answer, "file"));
	json_decref(answer);
	return XM_OK;
}
