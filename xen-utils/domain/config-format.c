/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 'text' % values, as Python formats: %d %i %u %o %x %X %c %s %r %e %f %g %%, with flags, width,
 * precision, and names from a dictionary.
 *
 * Relies on config-value. Relied on by config-operator.
 */
#include <config.h>

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/config-eval.h"

#define FORMAT_WIDTH_MAX 1000

struct spec {
	char flags[8];
	int width;		/* -1: none */
	int precision;		/* -1: none */
	char conversion;
};

struct formatter {
	struct eval *eval;
	struct config_pos pos;
	struct text out;
	const char *at, *end;
	struct value *values;	/* tuple, dictionary or the only value */
	size_t used;
};

static _Noreturn void fail_short(struct formatter *f)
{
	arena_fail(f->eval->arena, f->pos, "There are fewer values than the format has '%%' "
		   "places; give more on its right.");
}

static struct value *next_value(struct formatter *f)
{
	bool tuple = f->values->kind == VALUE_TUPLE;

	if (f->used >= (tuple ? f->values->list.count : 1))
		fail_short(f);
	f->used++;
	return tuple ? f->values->list.item[f->used - 1] : f->values;
}

/* "(name)" after the percent sign; NULL when there is none. */
static struct value *named_value(struct formatter *f)
{
	const char *start = f->at + 1, *close;
	struct value *name;

	if (f->at == f->end || *f->at != '(')
		return NULL;
	close = memchr(start, ')', (size_t)(f->end - start));
	if (!close || f->values->kind != VALUE_DICT)
		arena_fail(f->eval->arena, f->pos, close ? "A format with '%%(name)' needs a "
			   "dictionary on its right." : "A '%%(' in the format has no ')'.");
	name = value_string(f->eval->arena,
			    arena_strndup(f->eval->arena, start, (size_t)(close - start)),
			    (size_t)(close - start));
	f->at = close + 1;
	f->used = 1;
	return operator_index(f->eval, f->values, name, f->pos);
}

static int read_width(struct formatter *f)
{
	int64_t width = 0;

	if (f->at < f->end && *f->at == '*') {
		f->at++;
		if (!value_as_integer(next_value(f), &width))
			arena_fail(f->eval->arena, f->pos, "A '*' in the format needs a number.");
	} else {
		while (f->at < f->end && isdigit((unsigned char)*f->at) &&
		       width <= FORMAT_WIDTH_MAX)
			width = width * 10 + (*f->at++ - '0');
	}
	if (width < 0 || width > FORMAT_WIDTH_MAX)
		arena_fail(f->eval->arena, f->pos, "A width in the format is larger than %d; make "
			   "it smaller.", FORMAT_WIDTH_MAX);
	return (int)width;
}

static void read_spec(struct formatter *f, struct spec *spec)
{
	size_t nr = 0;

	memset(spec, 0, sizeof(*spec));
	spec->width = spec->precision = -1;
	for (; f->at < f->end && strchr("-+ #0", *f->at); f->at++)
		if (!strchr(spec->flags, *f->at) && nr < sizeof(spec->flags) - 1)
			spec->flags[nr++] = *f->at;
	if (f->at < f->end && (isdigit((unsigned char)*f->at) || *f->at == '*'))
		spec->width = read_width(f);
	if (f->at < f->end && *f->at == '.') {
		f->at++;
		spec->precision = read_width(f);
	}
	while (f->at < f->end && strchr("lhL", *f->at))
		f->at++;
	if (f->at == f->end)
		arena_fail(f->eval->arena, f->pos, "The format ends in the middle of a '%%'; write "
			   "'%%%%' for a percent sign.");
	spec->conversion = *f->at++;
}

/* Flags, width and precision for the C library, which formats numbers as Python does. */
static const char *c_format(struct formatter *f, const struct spec *spec, const char *conversion)
{
	struct text text = {.arena = f->eval->arena};

	text_printf(&text, "%%%s", spec->flags);
	if (spec->width >= 0)
		text_printf(&text, "%d", spec->width);
	if (spec->precision >= 0)
		text_printf(&text, ".%d", spec->precision);
	text_printf(&text, "%s", conversion);
	return text.data;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void add_integer(struct formatter *f, const struct spec *spec, const struct value *value)
{
	char conversion[] = {'l', 'l', spec->conversion == 'u' ? 'd' : spec->conversion, 0};
	long long number;
	int64_t integer;
	double real;

	if (value_as_integer(value, &integer)) {
		number = integer;
	} else if (value_as_real(value, &real) && fabs(real) < 9e18) {
		number = (long long)real;
	} else {
		arena_fail(f->eval->arena, f->pos, "'%%%c' needs a number, not %s; int() makes one "
			   "of text.", spec->conversion, value_kind_name(value));
	}
	if (number < 0 && !strchr("di", conversion[2]))
		arena_fail(f->eval->arena, f->pos, "'%%%c' cannot show a number below zero.",
			   spec->conversion);
	text_printf(&f->out, c_format(f, spec, conversion), number);
}

static void add_real(struct formatter *f, const struct spec *spec, const struct value *value)
{
	char conversion[] = {spec->conversion, 0};
	double real;

	if (!value_as_real(value, &real))
		arena_fail(f->eval->arena, f->pos, "'%%%c' needs a number, not %s; float() makes "
			   "one of text.", spec->conversion, value_kind_name(value));
	text_printf(&f->out, c_format(f, spec, conversion), real);
}

#pragma GCC diagnostic pop

static void add_padded(struct formatter *f, const struct spec *spec, const char *data, size_t len)
{
	size_t count, pad;

	if (spec->precision >= 0)
		len = utf8_offset(data, len, (size_t)spec->precision);
	count = utf8_count(data, len);
	pad = spec->width > 0 && (size_t)spec->width > count ? (size_t)spec->width - count : 0;
	if (strchr(spec->flags, '-'))
		text_add(&f->out, data, len);
	while (pad--)
		text_add_char(&f->out, ' ');
	if (!strchr(spec->flags, '-'))
		text_add(&f->out, data, len);
}

static void add_string(struct formatter *f, const struct spec *spec, const struct value *value)
{
	struct text text = {.arena = f->eval->arena};

	text_add(&text, "", 0);
	value_print(&text, value, spec->conversion == 'r', VALUE_DEPTH_MAX);
	eval_spend(f->eval, text.len / 16);
	add_padded(f, spec, text.data, text.len);
}

static void add_character(struct formatter *f, const struct spec *spec, const struct value *value)
{
	struct text text = {.arena = f->eval->arena};
	int64_t code;

	if (value->kind == VALUE_STRING && utf8_count(value->string.data, value->string.len) == 1) {
		add_padded(f, spec, value->string.data, value->string.len);
		return;
	}
	if (!value_as_integer(value, &code) || code < 1 || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		arena_fail(f->eval->arena, f->pos, "'%%c' needs one character or its number.");
	text_add_code(&text, (unsigned int)code);
	add_padded(f, spec, text.data, text.len);
}

static void convert(struct formatter *f)
{
	struct value *value = named_value(f);
	struct spec spec;

	read_spec(f, &spec);
	if (spec.conversion == '%') {
		text_add_char(&f->out, '%');
		return;
	}
	if (!strchr("diuoxXeEfFgGcsr", spec.conversion))
		arena_fail(f->eval->arena, f->pos,
			   "'%%%c' is no format; write '%%%%' for a percent "
			   "sign.",
			   (unsigned char)spec.conversion < 0x80 ? spec.conversion : '?');
	if (!value)
		value = next_value(f);
	if (strchr("diuoxX", spec.conversion))
		add_integer(f, &spec, value);
	else if (strchr("eEfFgG", spec.conversion))
		add_real(f, &spec, value);
	else if (spec.conversion == 'c')
		add_character(f, &spec, value);
	else
		add_string(f, &spec, value);
}

struct value *format_percent(struct eval *eval, const struct value *format, struct value *value,
			     struct config_pos pos)
{
	struct formatter f = {
		.eval = eval, .pos = pos, .out = {.arena = eval->arena},
		.at = format->string.data, .end = format->string.data + format->string.len,
		.values = value,
	};

	text_add(&f.out, "", 0);
	eval_spend(eval, format->string.len / 16);
	while (f.at < f.end) {
		if (*f.at != '%') {
			text_add_char(&f.out, *f.at++);
			continue;
		}
		f.at++;
		eval_spend(eval, 1);
		convert(&f);
		if (f.out.len > VALUE_STRING_MAX)
			break;		/* value_string() says so */
	}
	if (value->kind == VALUE_TUPLE ? f.used < value->list.count :
	    !f.used && value->kind != VALUE_DICT)
		arena_fail(eval->arena, pos, "There are more values than the format has '%%' "
			   "places; remove some on its right.");
	return value_string(eval->arena, f.out.data, f.out.len);
}
