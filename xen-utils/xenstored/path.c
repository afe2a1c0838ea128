/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of nodes; the contract is in path.h.
 */
#include <config.h>

#include "xenstored/path.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '@';
}

/* Components of allowed characters, one slash between two of them, none at the end. */
static bool is_well_formed(const char *p)
{
	bool in_name = false;

	for (; *p; p++) {
		if (*p == '/') {
			if (!in_name)
				return false;
			in_name = false;
		} else {
			if (!is_name_char(*p))
				return false;
			in_name = true;
		}
	}
	return in_name;
}

bool path_is_valid_absolute(const char *path)
{
	if (path[0] != '/' || strlen(path) > XENSTORE_ABS_PATH_MAX)
		return false;
	return path[1] == '\0' || is_well_formed(path + 1);
}

int path_resolve(const char *path, unsigned int domid, char *out)
{
	size_t len = strlen(path);
	int home;

	if (path[0] == '/') {
		if (!path_is_valid_absolute(path))
			return -EINVAL;
		memcpy(out, path, len + 1);
		return 0;
	}
	if (len > XENSTORE_REL_PATH_MAX || !is_well_formed(path))
		return -EINVAL;
	home = snprintf(out, PATH_SIZE, PATH_HOME_FMT, domid);
	memcpy(out + home, path, len + 1);
	return home;
}

int path_special(const char *path)
{
	if (str_eq(path, "@introduceDomain"))
		return 0;
	return str_eq(path, "@releaseDomain") ? 1 : -1;
}

size_t path_parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? 1 : slash - path;
}

bool path_is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	if (len == 1 && above[0] == '/')
		return path[0] == '/';
	return strncmp(path, above, len) == 0 && (path[len] == '\0' || path[len] == '/');
}
