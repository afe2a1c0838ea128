/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an operation failed, in the form that doc/xend-http.md section 2.1 promises.
 *
 * Every operation of xend returns 0 or -errno and, when it fails, fills one of these; the HTTP
 * layer turns it into a status and an object. Relies on jansson only. The invariant: text is one
 * sentence for a person, and code is one of the errno values in the table of error.c (others
 * become EIO).
 */
#ifndef XEND_ERROR_H
#define XEND_ERROR_H

#include <jansson.h>

struct xend_error {
	int code;		/* positive errno, 0 when nothing failed */
	char text[1024];
	char file[256];		/* domain file the error is about, or "" */
	int line;		/* from 1; 0 when not known */
	int column;
	char key[64];		/* configuration key or request member, or "" */
};

/*
 * Record a failure and return -code, so that `return xend_fail(...)` reads well. A later failure
 * replaces an earlier one. err may be NULL: only the return value matters then.
 */
int xend_fail(struct xend_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, and name the request member or configuration key. */
int xend_fail_key(struct xend_error *err, int code, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* HTTP status for an errno value; 500 for one that has no row. */
unsigned int xend_error_status(int code);

/* Stable name of an errno value, "EIO" for one that has no row. */
const char *xend_error_name(int code);

/* The error object. NULL when memory ran out. */
json_t *xend_error_json(const struct xend_error *err);

#endif /* XEND_ERROR_H */
