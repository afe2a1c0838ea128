/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A string or byte buffer that grows.
 *
 * Relies on the C library. Invariant: data[len] is always NUL once anything was added, so a strbuf
 * of text can be used as a C string. Running out of memory is remembered in "failed": a long row of
 * additions needs one check at the end; a failed buffer accepts nothing more.
 */
#ifndef COMMON_STRBUF_H
#define COMMON_STRBUF_H

#include "common/util.h"

struct strbuf {
	char *data;
	size_t len;
	size_t size;
	bool failed;
};

#define STRBUF_INIT	{ NULL, 0, 0, false }
#define AUTO_STRBUF	__attribute__((cleanup(strbuf_free)))

/* All of these return 0 or -ENOMEM. */
int strbuf_reserve(struct strbuf *sb, size_t more);
int strbuf_add(struct strbuf *sb, const void *data, size_t len);
int strbuf_puts(struct strbuf *sb, const char *s);
int strbuf_putc(struct strbuf *sb, char c);
int strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
int strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap);

/* Remove the first @n bytes (at most all of them). */
void strbuf_consume(struct strbuf *sb, size_t n);

/* Empty it, keeping the memory, and forget a failure. */
void strbuf_reset(struct strbuf *sb);
void strbuf_free(struct strbuf *sb);

/* The content as a malloc()ed string, leaving the buffer empty; NULL if it failed. */
char *strbuf_steal(struct strbuf *sb);

/* The content as a C string, never NULL. */
static inline const char *strbuf_str(const struct strbuf *sb)
{
	return sb->data ? sb->data : "";
}

#endif
