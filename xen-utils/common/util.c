/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that ends the program when there is no memory. For command-line programs; see util.h.
 */
#include <config.h>

#include "common/util.h"

static void *checked(void *p)
{
	if (!p) {
		static const char msg[] = "out of memory: nothing more was done\n";
		ssize_t r UNUSED = write(STDERR_FILENO, msg, sizeof(msg) - 1);

		_exit(1);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(r < 0 ? NULL : s);
}
