/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small helpers that every utility needs: array sizes, container_of, scope-bound clean-up, and
 * allocation that cannot fail for command-line programs.
 *
 * Relies on the C library and the compiler only. Everything in xen-utils may rely on it.
 *
 * Rule: daemons and libraries never call the x*() functions. A daemon that runs out of memory
 * answers with an error and goes on; only a short-lived command may give up.
 */
#ifndef COMMON_UTIL_H
#define COMMON_UTIL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Refuses to compile for a pointer. */
#define ARRAY_SIZE(a) \
	(sizeof(a) / sizeof((a)[0]) + \
	 sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0]))]) - 1)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member) + \
		  0 * sizeof((ptr) == &((type *)0)->member)))

#define MIN(a, b)	({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define MAX(a, b)	({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })

#define PRINTF_LIKE(fmt, args)	__attribute__((format(printf, fmt, args)))
#define UNUSED			__attribute__((unused))

static inline void cleanup_free_(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_fclose_(FILE **f)
{
	if (*f)
		fclose(*f);
}

/* The variable is released when it goes out of scope; initialise it to NULL or -1. */
#define AUTO_FREE	__attribute__((cleanup(cleanup_free_)))
#define AUTO_CLOSE	__attribute__((cleanup(cleanup_close_)))
#define AUTO_FCLOSE	__attribute__((cleanup(cleanup_fclose_)))

/* Take the value out of an AUTO_* variable so that leaving the scope releases nothing. */
#define TAKE_PTR(p)	({ __typeof__(p) take_ = (p); (p) = NULL; take_; })
#define TAKE_FD(fd)	({ int take_ = (fd); (fd) = -1; take_; })

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * Parse a whole string as an unsigned number (decimal, 0x, 0). Returns 0, -EINVAL when it is not
 * one number and nothing else, or -ERANGE above @max. *ret_value is untouched on failure.
 */
static inline int str_to_u64(const char *s, uint64_t max, uint64_t *ret_value)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 0);
	if (*end)
		return -EINVAL;
	if (errno || v > max)
		return -ERANGE;
	*ret_value = v;
	return 0;
}

/* Command-line programs only: memory or death with a message and exit status 1. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
