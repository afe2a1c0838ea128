/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command line: each module declares its options in a table row beside the code that uses them.
 * DECLARE_OPTION("maxcpus", opt_maxcpus_parse): parse(value) gets the text after '=', "" for a bare
 * word, NULL never; it returns 0 or -XEN_EINVAL.  Unknown options and bad values are reported in
 * the log.  Source: core/cmdline.c.
 */
#ifndef XEN_CMDLINE_H
#define XEN_CMDLINE_H

#include <xen/types.h>

struct option {
	const char *name;
	int (*parse)(const char *value);
	const char *help;
};
#ifdef XEN_HOST_BUILD
#define OPTION_SECTION "host_options" /* an identifier, so that the linker gives its bounds */
#else
#define OPTION_SECTION ".options"
#endif
#define DECLARE_OPTION(opt_name, fn, text)                                                         \
	static const struct option SECTION(OPTION_SECTION) USED ALIGNED(8) \
		option_##fn = { opt_name, fn, text }

void cmdline_parse(const char *line);	/* skips GRUB's placeholder word when told by boot */
void cmdline_report(void);			/* logs the line and what was wrong in it */
extern char cmdline_saved[1024];

#endif
