/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as clients see them: one table maps errno to HTTP status and stable name.
 *
 * Relies on jansson. Relied on by every file of xend. Holds no state.
 */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "xend/error.h"

static const struct error_row {
	int code;
	unsigned int status;
	const char *name;
} error_rows[] = {
	{ EINVAL, 400, "EINVAL" },
	{ ERANGE, 400, "EINVAL" },
	{ ENOEXEC, 400, "EINVAL" },
	{ EILSEQ, 400, "EINVAL" },
	{ EPERM, 403, "EPERM" },
	{ EACCES, 403, "EACCES" },
	{ ENOENT, 404, "ENOENT" },
	{ ESRCH, 404, "ENOENT" },
	{ ENOTSUP, 501, "EOPNOTSUPP" },
	{ ENOSYS, 501, "EOPNOTSUPP" },
	{ EPROTOTYPE, 405, "ENOTSUP" },	/* internal code: the method is wrong for the resource */
	{ EEXIST, 409, "EEXIST" },
	{ EBUSY, 409, "EBUSY" },
	{ E2BIG, 413, "E2BIG" },
	{ EAGAIN, 503, "EAGAIN" },
	{ ETIMEDOUT, 504, "ETIMEDOUT" },
	{ ENOMEM, 507, "ENOMEM" },
	{ ENOSPC, 507, "ENOSPC" },
	{ EIO, 500, "EIO" },
};

static const struct error_row *error_row(int code)
{
	for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++)
		if (error_rows[i].code == code)
			return &error_rows[i];
	return NULL;
}

unsigned int xend_error_status(int code)
{
	const struct error_row *row = error_row(code);

	return row ? row->status : 500;
}

const char *xend_error_name(int code)
{
	const struct error_row *row = error_row(code);

	return row ? row->name : "EIO";
}

static void error_set(struct xend_error *err, int code, const char *key, const char *fmt,
		      va_list ap)
{
	char text[sizeof(err->text)];

	/* Into a second buffer: the arguments may point into the error that is replaced. */
	vsnprintf(text, sizeof(text), fmt, ap);
	memset(err, 0, sizeof(*err));
	err->code = code;
	memcpy(err->text, text, sizeof(text));
	if (key)
		snprintf(err->key, sizeof(err->key), "%s", key);
}

int xend_fail(struct xend_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (code < 0)
		code = -code;
	if (!err)
		return -code;
	va_start(ap, fmt);
	error_set(err, code, NULL, fmt, ap);
	va_end(ap);
	return -code;
}

int xend_fail_key(struct xend_error *err, int code, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (code < 0)
		code = -code;
	if (!err)
		return -code;
	va_start(ap, fmt);
	error_set(err, code, key, fmt, ap);
	va_end(ap);
	return -code;
}

/*
 * Texts quote what a client sent, which may be any bytes; JSON wants UTF-8. What is not valid is
 * shown as '?', byte by byte.
 */
static json_t *error_string(const char *s)
{
	json_t *j = json_string(s);
	char copy[1024];
	size_t i;

	if (j)
		return j;
	for (i = 0; s[i] && i + 1 < sizeof(copy); i++)
		copy[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	copy[i] = '\0';
	return json_string(copy);
}

json_t *xend_error_json(const struct xend_error *err)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	json_object_set_new(o, "error", error_string(err->text));
	json_object_set_new(o, "code", json_string(xend_error_name(err->code)));
	if (err->file[0])
		json_object_set_new(o, "file", error_string(err->file));
	if (err->line > 0)
		json_object_set_new(o, "line", json_integer(err->line));
	if (err->column > 0)
		json_object_set_new(o, "column", json_integer(err->column));
	if (err->key[0])
		json_object_set_new(o, "key", error_string(err->key));
	return o;
}
