/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sentence for the person who asked.
 *
 * Functions which can fail for a reason worth telling take a struct error_text beside their
 * -errno result: the number is for the program, the sentence for the administrator. It names
 * the thing, the reason and, where there is one, the limit or the way out. No trailing newline.
 *
 * Relies on nothing of ours. Used by libxen, the domain builder, the console daemon and xend.
 */
#ifndef LIBXEN_ERROR_TEXT_H
#define LIBXEN_ERROR_TEXT_H

#include <stdarg.h>
#include <stdio.h>

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

#endif /* LIBXEN_ERROR_TEXT_H */
