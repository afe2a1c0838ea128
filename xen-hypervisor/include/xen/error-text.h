/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sentence for the person who asked: what is wrong with which thing, and the way out.
 *
 * Functions that can fail for a reason worth telling take a struct error_text beside their result:
 * the number is for the program, the sentence for the administrator.  No trailing newline.  Shared
 * with the utilities, which include it as "libxen/error-text.h"; relies on vsnprintf() alone.
 */
#ifndef XEN_ERROR_TEXT_H
#define XEN_ERROR_TEXT_H

#if __STDC_HOSTED__
#include <stdarg.h>
#include <stdio.h>
#else
#include <xen/lib.h>
#endif

struct error_text {
	char text[768];
};

/* Replaces the sentence; @err may be NULL when nobody wants to read it. */
__attribute__((format(printf, 2, 3)))
static inline void error_text_set(struct error_text *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
}

/*
 * Sets the sentence and returns @rc, so that a failing check is one statement:
 *	return error_text_fail(err, -EINVAL, "%s: is not an ELF file", path);
 */
#define error_text_fail(err, rc, ...) (error_text_set((err), __VA_ARGS__), (rc))

#endif
