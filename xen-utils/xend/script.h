/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running an administrator's script: a child of its own session with a time limit, its output
 * caught.
 *
 * Relies on posix_spawn(), which is safe in a process with threads. Relied on by backend-xen.c.
 * Owns the lock files of scripts: a script inherits its lock, so that a new xend waits for one
 * that the xend before it left running.
 */
#ifndef XEND_SCRIPT_H
#define XEND_SCRIPT_H

#include "domain/build.h"
#include "xend/backend.h"

#define SCRIPT_LOCK_FD	9	/* in the script; what it leaves running must close it */

/*
 * Run s->path with s->word. Its exit status, 128 + signal when one ended it, or -ETIMEDOUT after
 * it and what belongs to its session were killed, or -errno when it could not be run. The last
 * line that is not empty, of what it printed, is in output.
 */
int script_run(const char *lock_dir, const struct backend_script *s, struct error_text *output);

#endif /* XEND_SCRIPT_H */
