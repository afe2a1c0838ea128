/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of the domain-file language; see config-value.h.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-value.h"

#define POS_NONE ((struct config_pos){0, 0})

static struct value *value_new(struct arena *arena, enum value_kind kind)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->kind = kind;
	return value;
}

struct value *value_none(struct arena *arena)
{
	return value_new(arena, VALUE_NONE);
}

struct value *value_bool(struct arena *arena, bool boolean)
{
	struct value *value = value_new(arena, VALUE_BOOL);

	value->boolean = boolean;
	return value;
}

struct value *value_integer(struct arena *arena, int64_t integer)
{
	struct value *value = value_new(arena, VALUE_INTEGER);

	value->integer = integer;
	return value;
}

struct value *value_real(struct arena *arena, double real)
{
	struct value *value = value_new(arena, VALUE_REAL);

	value->real = real;
	return value;
}

struct value *value_string(struct arena *arena, const char *data, size_t len)
{
	struct value *value = value_new(arena, VALUE_STRING);

	if (len > VALUE_STRING_MAX)
		arena_fail(arena, POS_NONE, "A string would be longer than %u bytes here; make it "
			   "shorter.", VALUE_STRING_MAX);
	value->string.data = data ? data : "";
	value->string.len = len;
	return value;
}

struct value *value_list(struct arena *arena, enum value_kind kind)
{
	return value_new(arena, kind);
}

void value_append(struct arena *arena, struct value *list, struct value *item)
{
	struct value **items;
	size_t room;

	if (list->list.count >= VALUE_ITEMS_MAX)
		arena_fail(arena, POS_NONE, "A list would have more than %d elements here; make it "
			   "shorter.", VALUE_ITEMS_MAX);
	if (list->list.count == list->list.room) {
		room = list->list.room ? list->list.room * 2 : 4;
		items = arena_alloc(arena, room * sizeof(*items));
		if (list->list.count)
			memcpy(items, list->list.item, list->list.count * sizeof(*items));
		list->list.item = items;
		list->list.room = room;
	}
	list->list.item[list->list.count++] = item;
}

const char *value_kind_name(const struct value *value)
{
	static const char *const names[] = {
		[VALUE_NONE] = "None", [VALUE_BOOL] = "a boolean", [VALUE_INTEGER] = "a number",
		[VALUE_REAL] = "a number with a fraction", [VALUE_STRING] = "a string",
		[VALUE_LIST] = "a list", [VALUE_TUPLE] = "a tuple", [VALUE_DICT] = "a dictionary",
		[VALUE_FUNCTION] = "a function", [VALUE_BUILTIN] = "a function",
		[VALUE_MODULE] = "a module", [VALUE_EXCEPTION] = "an exception",
	};

	return names[value->kind];
}

bool value_is_sequence(const struct value *value)
{
	return value->kind == VALUE_LIST || value->kind == VALUE_TUPLE;
}

bool value_truth(const struct value *value)
{
	switch (value->kind) {
	case VALUE_NONE:
		return false;
	case VALUE_BOOL:
		return value->boolean;
	case VALUE_INTEGER:
		return value->integer != 0;
	case VALUE_REAL:
		return value->real != 0;
	case VALUE_STRING:
		return value->string.len != 0;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
		return value->list.count != 0;
	default:
		return true;
	}
}

bool value_as_integer(const struct value *value, int64_t *ret)
{
	if (value->kind == VALUE_BOOL)
		*ret = value->boolean;
	else if (value->kind == VALUE_INTEGER)
		*ret = value->integer;
	else
		return false;
	return true;
}

bool value_as_real(const struct value *value, double *ret)
{
	int64_t integer;

	if (value->kind == VALUE_REAL)
		*ret = value->real;
	else if (value_as_integer(value, &integer))
		*ret = (double)integer;
	else
		return false;
	return true;
}

/* Takes one step, and more for long strings. */
static bool spend(unsigned int *steps, const struct value *a, const struct value *b, int depth)
{
	size_t cost = 1;

	if (a->kind == VALUE_STRING && b->kind == VALUE_STRING)
		cost += (a->string.len < b->string.len ? a->string.len : b->string.len) / 64;
	if (*steps <= cost || depth > VALUE_DEPTH_MAX) {
		*steps = 0;
		return false;
	}
	*steps -= (unsigned int)cost;
	return true;
}

static bool list_equal(const struct value *a, const struct value *b, unsigned int *steps, int depth)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++)
		if (!value_equal(a->list.item[i], b->list.item[i], steps, depth + 1))
			return false;
	return true;
}

static bool dict_equal(const struct value *a, const struct value *b, unsigned int *steps, int depth)
{
	struct value **found;

	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i += 2) {
		found = value_dict_find(b, a->list.item[i], steps);
		if (!found || !value_equal(*found, a->list.item[i + 1], steps, depth + 1))
			return false;
	}
	return true;
}

static bool string_equal(const struct value *a, const struct value *b)
{
	return a->string.len == b->string.len &&
	       !memcmp(a->string.data, b->string.data, a->string.len);
}

bool value_equal(const struct value *a, const struct value *b, unsigned int *steps, int depth)
{
	int64_t ia, ib;
	double ra, rb;

	if (!spend(steps, a, b, depth))
		return false;
	if (value_as_integer(a, &ia) && value_as_integer(b, &ib))
		return ia == ib;
	if (value_as_real(a, &ra) && value_as_real(b, &rb))
		return ra == rb;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NONE:
		return true;
	case VALUE_STRING:
		return string_equal(a, b);
	case VALUE_LIST:
	case VALUE_TUPLE:
		return list_equal(a, b, steps, depth);
	case VALUE_DICT:
		return dict_equal(a, b, steps, depth);
	default:
		return a == b;
	}
}

static bool list_order(const struct value *a, const struct value *b, unsigned int *steps, int depth,
		       int *ret_order)
{
	size_t i;

	for (i = 0; i < a->list.count && i < b->list.count; i++)
		if (!value_equal(a->list.item[i], b->list.item[i], steps, depth + 1))
			return value_order(a->list.item[i], b->list.item[i], steps, depth + 1,
					   ret_order);
	*ret_order = (a->list.count > b->list.count) - (a->list.count < b->list.count);
	return true;
}

static int string_order(const struct value *a, const struct value *b)
{
	size_t len = a->string.len < b->string.len ? a->string.len : b->string.len;
	int order = memcmp(a->string.data, b->string.data, len);

	return order ? order : (a->string.len > b->string.len) - (a->string.len < b->string.len);
}

bool value_order(const struct value *a, const struct value *b, unsigned int *steps, int depth,
		 int *ret_order)
{
	int64_t ia, ib;
	double ra, rb;

	if (!spend(steps, a, b, depth))
		return false;
	if (value_as_integer(a, &ia) && value_as_integer(b, &ib))
		*ret_order = (ia > ib) - (ia < ib);
	else if (value_as_real(a, &ra) && value_as_real(b, &rb))
		*ret_order = (ra > rb) - (ra < rb);
	else if (a->kind == VALUE_STRING && b->kind == VALUE_STRING)
		*ret_order = string_order(a, b);
	else if (value_is_sequence(a) && a->kind == b->kind)
		return list_order(a, b, steps, depth, ret_order);
	else
		return false;
	return true;
}

struct value **value_dict_find(const struct value *dict, const struct value *key,
			       unsigned int *steps)
{
	for (size_t i = 0; i < dict->list.count; i += 2)
		if (value_equal(dict->list.item[i], key, steps, 0))
			return &dict->list.item[i + 1];
	return NULL;
}

/* The shortest digits that read back as the same number, and always with a point or an exponent. */
static void print_real(struct text *out, double real)
{
	char buf[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, real);
		if (strtod(buf, NULL) == real)
			break;
	}
	text_add(out, buf, strlen(buf));
	if (!strpbrk(buf, ".en"))
		text_add(out, ".0", 2);
}

static void print_string(struct text *out, const struct value *value)
{
	const char *data = value->string.data;
	char quote =
		memchr(data, '\'', value->string.len) && !memchr(data, '"', value->string.len) ?
			'"' :
			'\'';

	text_add_char(out, quote);
	for (size_t i = 0; i < value->string.len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == quote || c == '\\')
			text_printf(out, "\\%c", c);
		else if (c == '\n' || c == '\t' || c == '\r')
			text_printf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
		else if (c < ' ' || c == 0x7f)
			text_printf(out, "\\x%02x", c);
		else
			text_add_char(out, (char)c);
	}
	text_add_char(out, quote);
}

static void print_items(struct text *out, const struct value *value, int depth)
{
	bool dict = value->kind == VALUE_DICT, tuple = value->kind == VALUE_TUPLE;

	text_add_char(out, dict ? '{' : tuple ? '(' : '[');
	for (size_t i = 0; i < value->list.count && out->len <= VALUE_STRING_MAX; i++) {
		if (i)
			text_add(out, dict && i % 2 ? ": " : ", ", 2);
		value_print(out, value->list.item[i], true, depth - 1);
	}
	if (tuple && value->list.count == 1)
		text_add_char(out, ',');
	text_add_char(out, dict ? '}' : tuple ? ')' : ']');
}

void value_print(struct text *out, const struct value *value, bool repr, int depth)
{
	switch (value->kind) {
	case VALUE_NONE:
		text_add(out, "None", 4);
		break;
	case VALUE_BOOL:
		text_printf(out, "%s", value->boolean ? "True" : "False");
		break;
	case VALUE_INTEGER:
		text_printf(out, "%" PRId64, value->integer);
		break;
	case VALUE_REAL:
		print_real(out, value->real);
		break;
	case VALUE_STRING:
		if (repr)
			print_string(out, value);
		else
			text_add(out, value->string.data, value->string.len);
		break;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
		if (depth > 0)
			print_items(out, value, depth);
		else
			text_add(out, "...", 3);
		break;
	case VALUE_EXCEPTION:
		text_printf(out, "%s", *value->exception.text ? value->exception.text :
			    value->exception.name);
		break;
	default:
		text_printf(out, "<%s>", value_kind_name(value));
	}
}
