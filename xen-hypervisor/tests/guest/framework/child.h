/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second domain, made by the initial one: the same image with its data as it was at the start, in
 * memory of its own, unprivileged. It runs test_main(), with is_dom0 false; its console is passed
 * on line by line.
 *
 * start_info->cmd_line is for what the parent wants to tell it; store_mfn is a page that both see.
 */
#ifndef GUEST_CHILD_H
#define GUEST_CHILD_H

#include "test.h"
#include <public/domctl.h>
#include <public/io/console.h>

#define CHILD_EXTRA 64 /* frames after the image for tables, start_info, lists and shared pages */

struct child {
	domid_t domid;
	unsigned int nr_frames;
	unsigned int mark;     /* of the pool, before it was made */
	unsigned long *frames; /* machine frames by pseudo-physical frame */
	unsigned long shared_info_mfn;
	struct xencons_interface *console;
	u8 *store; /* the page behind store_mfn, as seen here */
	unsigned int console_port;
	enum outcome outcome;
	bool ended; /* its last line was seen */
	char line[256];
	unsigned int line_len;
};

/* Before anything writes to .data. */
void child_keep_image(void);

/* Makes a paused domain that is ready to run. If it cannot be made, the test ends with an error. */
void child_create(struct child *child, const char *cmd_line);
void child_unpause(struct child *child);
/* Empties the console; false when the domain has shut down (or is gone). */
bool child_poll(struct child *child);
/* Until it ends; at most so many milliseconds, after which it is an error. */
void child_wait(struct child *child, unsigned int ms);
/* Also takes back the pool's pages handed out since child_create(). */
void child_destroy(struct child *child);

/* All of it, for a test with ROLE_CHILD: the child's outcome becomes ours. */
void child_run_test(void);

long domctl_call(struct xen_domctl *op, unsigned int cmd, domid_t domid);

#endif
