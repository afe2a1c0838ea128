/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of nodes: what is allowed, and relative names made absolute.
 *
 * Relies on nothing but the protocol's limits. Everything that takes a path from a client passes it
 * through path_resolve() first; behind that point paths are absolute and well formed.
 */
#ifndef XENSTORED_PATH_H
#define XENSTORED_PATH_H

#include <errno.h>		/* before xs_wire.h, whose table of errors depends on it */
#include <stdint.h>

#include <public/io/xs_wire.h>

#include "common/util.h"

#define PATH_SIZE	(XENSTORE_ABS_PATH_MAX + 1)

/* The home of a domain, "/local/domain/<domid>/", where its relative paths begin. */
#define PATH_HOME_FMT	"/local/domain/%u/"

/*
 * Check @path and write its absolute form to @out (PATH_SIZE bytes). Returns the number of
 * characters put in front (0 when it was absolute) or -EINVAL.
 */
int path_resolve(const char *path, unsigned int domid, char *out);

/* "@introduceDomain" and "@releaseDomain": 0 and 1; anything else -1. */
int path_special(const char *path);

/* Length of the first @path characters that name the parent; 1 for children of "/". */
size_t path_parent_len(const char *path);

/* Is @path equal to or below @above? */
bool path_is_below(const char *path, const char *above);

/* Is this a path_resolve()d name? For what is read back from files. */
bool path_is_valid_absolute(const char *path);

#endif
