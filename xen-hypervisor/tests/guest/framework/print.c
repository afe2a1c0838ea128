/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text and small helpers without a C library: formatting (%s %c %d %u %x with l, zero padding and
 * width, %p), memory functions, random numbers. No state but the random generator's.
 */
#include "test.h"

struct out {
	char *buf;
	size_t size, used;
};

static void out_char(struct out *out, char c)
{
	if (out->used + 1 < out->size)
		out->buf[out->used] = c;
	out->used++;
}

static void out_number(struct out *out, u64 value, unsigned int base, int width, char pad,
		       bool minus)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (minus)
		digits[n++] = '-';
	while (width-- > n)
		out_char(out, pad);
	while (n)
		out_char(out, digits[--n]);
}

static void out_string(struct out *out, const char *s)
{
	while (*s)
		out_char(out, *s++);
}

static const char *out_one(struct out *out, const char *f, va_list *args)
{
	char pad = ' ';
	int width = 0, longs = 0;
	u64 value;

	if (*f == '0')
		pad = *f++;
	while (*f >= '0' && *f <= '9')
		width = width * 10 + *f++ - '0';
	while (*f == 'l' || *f == 'z') {
		f++;
		longs++;
	}
	switch (*f) {
	case 's':
		out_string(out, va_arg(*args, const char *));
		break;
	case 'c':
		out_char(out, va_arg(*args, int));
		break;
	case 'd':
		value = longs ? va_arg(*args, long) : va_arg(*args, int);
		out_number(out, (long)value < 0 ? -value : value, 10, width, pad, (long)value < 0);
		break;
	case 'p':
		out_number(out, va_arg(*args, u64), 16, 16, '0', false);
		break;
	case 'u':
	case 'x':
		value = longs ? va_arg(*args, u64) : va_arg(*args, u32);
		out_number(out, value, *f == 'x' ? 16 : 10, width, pad, false);
		break;
	default:
		out_char(out, *f);
	}
	return f + 1;
}

int format_text(char *buf, size_t size, const char *format, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	va_list copy;

	va_copy(copy, args);
	while (*format) {
		if (*format == '%')
			format = out_one(&out, format + 1, &copy);
		else
			out_char(&out, *format++);
	}
	va_end(copy);
	if (size)
		buf[out.used < size ? out.used : size - 1] = 0;
	return out.used;
}

void *memset(void *p, int c, size_t n)
{
	void *to = p;

	asm volatile("rep stosb" : "+D" (to), "+c" (n) : "a" (c) : "memory");
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;

	asm volatile("rep movsb" : "+D" (d), "+S" (from), "+c" (n) :: "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static u64 random_state = 0x9e3779b97f4a7c15;

void random_seed(u64 seed)
{
	random_state = seed ? seed : 1;
}

/* xorshift64*: any state but zero. */
u64 random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}
