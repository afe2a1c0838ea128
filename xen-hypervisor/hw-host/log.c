/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log in a host test: to standard error when HOST_LOG is set in the environment; a panic aborts
 * the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <xen/log.h>

static void print(const char *fmt, va_list ap)
{
	if (getenv("HOST_LOG"))
		vfprintf(stderr, fmt, ap);
}

#define PRINT_BODY                                                                                 \
	do {                                                                                       \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		print(fmt, ap);                                                                    \
		va_end(ap);                                                                        \
	} while (0)

void log_write(enum log_level level, const char *fmt, ...) { PRINT_BODY; }
void log_guest(enum log_level level, const char *fmt, ...) { PRINT_BODY; }
void log_raw(const char *fmt, ...) { PRINT_BODY; }

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
