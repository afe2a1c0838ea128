/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formatted text: vsnprintf() and snprintf() without floating point, with the C library's meanings
 * for what they know (see xen/lib.h).  Used by the log in every context, so: no allocation, no
 * locks, little stack.
 */
#include <xen/lib.h>

struct out {
	char *buf;
	size_t size, len;	/* len counts what the whole text would have */
};

struct spec {
	bool left, zero, plus, space, alt;
	int width, precision;	/* precision -1: none given */
	unsigned int bytes;	/* size of an integer argument */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_n(struct out *o, char c, int n)
{
	for (; n > 0; n--)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t len)
{
	int fill = s->width > (int)len ? s->width - (int)len : 0;

	if (!s->left)
		put_n(o, ' ', fill);
	for (size_t i = 0; i < len; i++)
		put(o, text[i]);
	if (s->left)
		put_n(o, ' ', fill);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	put_text(o, s, text, strnlen(text, s->precision < 0 ? SIZE_MAX : (size_t)s->precision));
}

/* Digits of v, last first; returns how many. */
static int digits(char *buf, u64 v, unsigned int base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	for (; v; v /= base)
		buf[n++] = set[v % base];
	return n;
}

static void put_number(struct out *o, const struct spec *s, u64 v, const char *prefix,
		       unsigned int base, bool upper)
{
	char buf[24];
	int n = digits(buf, v, base, upper);
	int zeros = (s->precision < 0 ? 1 : s->precision) - n, fill;
	int prefix_len = (int)strlen(prefix);

	if (s->alt && base == 8 && zeros <= 0)
		zeros = 1;
	zeros = max(zeros, 0);
	fill = max(s->width - n - zeros - prefix_len, 0);
	if (s->zero && !s->left && s->precision < 0) {
		zeros += fill;
		fill = 0;
	}
	if (!s->left)
		put_n(o, ' ', fill);
	while (*prefix)
		put(o, *prefix++);
	put_n(o, '0', zeros);
	while (n)
		put(o, buf[--n]);
	if (s->left)
		put_n(o, ' ', fill);
}

static const char *parse_number(const char *f, int *ret_value, va_list *ap)
{
	int v = 0;

	if (*f == '*') {
		*ret_value = va_arg(*ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		v = v < 100000 ? v * 10 + (*f - '0') : v;
	*ret_value = v;
	return f;
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		switch (*f) {
		case '-': s->left = true; break;
		case '0': s->zero = true; break;
		case '+': s->plus = true; break;
		case ' ': s->space = true; break;
		case '#': s->alt = true; break;
		default: return f;
		}
	}
}

static const char *parse_length(const char *f, struct spec *s)
{
	s->bytes = sizeof(int);
	for (;; f++) {
		if (*f == 'h')
			s->bytes /= 2;
		else if (*f == 'l' || *f == 'z' || *f == 't' || *f == 'j')
			s->bytes = sizeof(long);
		else
			return f;
	}
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .precision = -1 };
	f = parse_number(parse_flags(f, s), &s->width, ap);
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*f == '.') {
		f = parse_number(f + 1, &s->precision, ap);
		if (s->precision < 0)
			s->precision = -1;
	}
	return parse_length(f, s);
}

static u64 unsigned_arg(const struct spec *s, va_list *ap)
{
	u64 v;

	if (s->bytes == 8)
		return va_arg(*ap, u64);
	v = va_arg(*ap, u32);
	return s->bytes == 4 ? v : v & ((1u << (s->bytes * 8)) - 1);
}

static void put_signed(struct out *o, const struct spec *s, va_list *ap)
{
	unsigned int shift = 64 - s->bytes * 8;
	s64 v = (s64)(unsigned_arg(s, ap) << shift) >> shift;
	const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";

	put_number(o, s, v < 0 ? -(u64)v : (u64)v, sign, 10, false);
}

static void put_hex(struct out *o, const struct spec *s, u64 v, bool upper)
{
	put_number(o, s, v, s->alt && v ? (upper ? "0X" : "0x") : "", 16, upper);
}

static void put_pointer(struct out *o, struct spec *s, const void *p)
{
	s->alt = true;
	put_hex(o, s, (u64)(uintptr_t)p, false);
}

static void put_conversion(struct out *o, struct spec *s, char c, va_list *ap)
{
	char ch;

	switch (c) {
	case 'd':
	case 'i': put_signed(o, s, ap); break;
	case 'u': put_number(o, s, unsigned_arg(s, ap), "", 10, false); break;
	case 'o': put_number(o, s, unsigned_arg(s, ap), "", 8, false); break;
	case 'x': put_hex(o, s, unsigned_arg(s, ap), false); break;
	case 'X': put_hex(o, s, unsigned_arg(s, ap), true); break;
	case 'p': put_pointer(o, s, va_arg(*ap, const void *)); break;
	case 's': put_string(o, s, va_arg(*ap, const char *)); break;
	case 'c':
		ch = (char)va_arg(*ap, int);
		put_text(o, s, &ch, 1);
		break;
	case '%': put(o, '%'); break;
	default: /* unknown: shown as it stands, its argument is not consumed */
		put(o, '%');
		put(o, c);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &ap);
		if (!*fmt)
			break;
		put_conversion(&o, &s, *fmt++, &ap);
	}
	va_end(ap);
	if (size)
		buf[min(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
