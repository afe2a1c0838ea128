/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing buffer; the contract is in strbuf.h.
 */
#include <config.h>

#include "common/strbuf.h"

static int fail(struct strbuf *sb)
{
	sb->failed = true;
	return -ENOMEM;
}

int strbuf_reserve(struct strbuf *sb, size_t more)
{
	size_t need, size;
	char *p;

	if (sb->failed || __builtin_add_overflow(sb->len, more, &need) ||
	    __builtin_add_overflow(need, 1, &need))
		return fail(sb);
	if (need <= sb->size)
		return 0;
	size = MAX(sb->size * 2, (size_t)64);
	size = MAX(size, need);
	p = realloc(sb->data, size);
	if (!p)
		return fail(sb);
	sb->data = p;
	sb->size = size;
	sb->data[sb->len] = '\0';
	return 0;
}

int strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	int rc = strbuf_reserve(sb, len);

	if (rc < 0)
		return rc;
	if (len)
		memcpy(sb->data + sb->len, data, len);
	sb->len += len;
	sb->data[sb->len] = '\0';
	return 0;
}

int strbuf_puts(struct strbuf *sb, const char *s)
{
	return strbuf_add(sb, s, strlen(s));
}

int strbuf_putc(struct strbuf *sb, char c)
{
	return strbuf_add(sb, &c, 1);
}

int strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	int n, rc;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return fail(sb);
	rc = strbuf_reserve(sb, n);
	if (rc < 0)
		return rc;
	vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, ap);
	sb->len += n;
	return 0;
}

int strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = strbuf_vprintf(sb, fmt, ap);
	va_end(ap);
	return rc;
}

void strbuf_consume(struct strbuf *sb, size_t n)
{
	if (!sb->data)
		return;
	n = MIN(n, sb->len);
	memmove(sb->data, sb->data + n, sb->len - n + 1);
	sb->len -= n;
}

void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->failed = false;
	if (sb->data)
		sb->data[0] = '\0';
}

void strbuf_free(struct strbuf *sb)
{
	free(sb->data);
	*sb = (struct strbuf)STRBUF_INIT;
}

char *strbuf_steal(struct strbuf *sb)
{
	char *s = NULL;

	if (!strbuf_reserve(sb, 0))
		s = TAKE_PTR(sb->data);
	strbuf_free(sb);
	return s;
}
