/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods of strings, lists and dictionaries in domain files: one table.
 *
 * Relies on config-value. Relied on by config-builtin.
 */
#include <config.h>

#include <ctype.h>
#include <string.h>

#include "domain/config-eval.h"

#define BLANKS " \t\n\r\f\v"

static struct value *new_string(struct eval *eval, const char *data, size_t len)
{
	return value_string(eval->arena, arena_strndup(eval->arena, data, len), len);
}

/* Letters outside ASCII stay as they are. */
static struct value *map_case(struct eval *eval, const struct value *string, int (*map)(int c))
{
	char *copy = arena_strndup(eval->arena, string->string.data, string->string.len);

	eval_spend(eval, string->string.len / 64);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x80)
			*p = (char)map((unsigned char)*p);
	return value_string(eval->arena, copy, string->string.len);
}

static struct value *str_lower(struct eval *eval, const struct call *call)
{
	return map_case(eval, call->self, tolower);
}

static struct value *str_upper(struct eval *eval, const struct call *call)
{
	return map_case(eval, call->self, toupper);
}

static struct value *strip(struct eval *eval, const struct call *call, bool left, bool right)
{
	const char *set = call->arg[0] ? builtin_need_string(eval, call, 0)->string.data : BLANKS;
	const char *data = call->self->string.data;
	size_t len = call->self->string.len, from = 0;

	eval_spend(eval, len / 64);
	for (const char *p = set; *p; p++)
		if ((unsigned char)*p >= 0x80)
			arena_fail(eval->arena, call->pos, "Only ASCII characters can be stripped "
				   "in domain files.");
	if (left)
		from = strspn(data, set);
	while (right && len > from && strchr(set, data[len - 1]))
		len--;
	return new_string(eval, data + from, len - from);
}

static struct value *str_strip(struct eval *eval, const struct call *call)
{
	return strip(eval, call, true, true);
}

static struct value *str_lstrip(struct eval *eval, const struct call *call)
{
	return strip(eval, call, true, false);
}

static struct value *str_rstrip(struct eval *eval, const struct call *call)
{
	return strip(eval, call, false, true);
}

static struct value *split_blanks(struct eval *eval, const char *at, int64_t max)
{
	struct value *list = value_list(eval->arena, VALUE_LIST);
	size_t len;

	for (at += strspn(at, BLANKS); *at; at += strspn(at, BLANKS)) {
		eval_spend(eval, 1);
		len = max-- ? strcspn(at, BLANKS) : strlen(at);
		value_append(eval->arena, list, new_string(eval, at, len));
		at += len;
	}
	return list;
}

static struct value *str_split(struct eval *eval, const struct call *call)
{
	const char *at = call->self->string.data, *found;
	int64_t max = call->arg[1] ? builtin_need_integer(eval, call, 1) : -1;
	const struct value *by;
	struct value *list;

	if (!call->arg[0] || call->arg[0]->kind == VALUE_NONE)
		return split_blanks(eval, at, max);
	by = builtin_need_string(eval, call, 0);
	if (!by->string.len)
		arena_fail(eval->arena, call->pos, "A string cannot be split at nothing.");
	list = value_list(eval->arena, VALUE_LIST);
	while (max-- && (found = strstr(at, by->string.data))) {
		eval_spend(eval, 1);
		value_append(eval->arena, list, new_string(eval, at, (size_t)(found - at)));
		at = found + by->string.len;
	}
	value_append(eval->arena, list, new_string(eval, at, strlen(at)));
	return list;
}

static struct value *str_join(struct eval *eval, const struct call *call)
{
	struct value *items = builtin_elements(eval, call->arg[0], call->pos), *item;
	struct text text = {.arena = eval->arena};

	text_add(&text, "", 0);
	for (size_t i = 0; i < items->list.count; i++) {
		item = items->list.item[i];
		if (item->kind != VALUE_STRING)
			arena_fail(eval->arena, call->pos, "join() needs strings, but element %zu "
				   "is %s.", i, value_kind_name(item));
		eval_spend(eval, 1 + item->string.len / 64);
		if (i)
			text_add(&text, call->self->string.data, call->self->string.len);
		text_add(&text, item->string.data, item->string.len);
		if (text.len > VALUE_STRING_MAX)
			break;		/* value_string() says so */
	}
	return value_string(eval->arena, text.data, text.len);
}

static struct value *str_replace(struct eval *eval, const struct call *call)
{
	const struct value *from = builtin_need_string(eval, call, 0);
	const struct value *to = builtin_need_string(eval, call, 1);
	const char *at = call->self->string.data, *found;
	struct text text = {.arena = eval->arena};

	if (!from->string.len)
		arena_fail(eval->arena, call->pos, "replace() needs something to look for.");
	text_add(&text, "", 0);
	while ((found = strstr(at, from->string.data)) && text.len <= VALUE_STRING_MAX) {
		eval_spend(eval, 1 + to->string.len / 64);
		text_add(&text, at, (size_t)(found - at));
		text_add(&text, to->string.data, to->string.len);
		at = found + from->string.len;
	}
	text_add(&text, at, strlen(at));
	return value_string(eval->arena, text.data, text.len);
}

static struct value *str_startswith(struct eval *eval, const struct call *call)
{
	const struct value *part = builtin_need_string(eval, call, 0);

	return value_bool(eval->arena, !strncmp(call->self->string.data, part->string.data,
						part->string.len));
}

static struct value *str_endswith(struct eval *eval, const struct call *call)
{
	const struct value *part = builtin_need_string(eval, call, 0), *self = call->self;

	return value_bool(eval->arena, part->string.len <= self->string.len &&
			  !strcmp(self->string.data + self->string.len - part->string.len,
				  part->string.data));
}

static struct value *str_find(struct eval *eval, const struct call *call)
{
	const struct value *part = builtin_need_string(eval, call, 0);
	const char *data = call->self->string.data, *found = strstr(data, part->string.data);

	eval_spend(eval, call->self->string.len / 16);
	return value_integer(eval->arena, found ? (int64_t)utf8_count(
		data, (size_t)(found - data)) : -1);
}

static struct value *str_isdigit(struct eval *eval, const struct call *call)
{
	const struct value *self = call->self;

	return value_bool(eval->arena, self->string.len &&
			  strspn(self->string.data, "0123456789") == self->string.len);
}

static struct value *str_zfill(struct eval *eval, const struct call *call)
{
	struct text text = {.arena = eval->arena};
	int64_t width = builtin_need_integer(eval, call, 0);
	const struct value *self = call->self;

	if (width > 1000)
		arena_fail(eval->arena, call->pos, "zfill() fills up to 1000 characters.");
	text_add(&text, "", 0);
	for (int64_t nr = width - (int64_t)utf8_count(self->string.data, self->string.len); nr > 0;
	     nr--)
		text_add_char(&text, '0');
	text_add(&text, self->string.data, self->string.len);
	return value_string(eval->arena, text.data, text.len);
}

static struct value *list_append(struct eval *eval, const struct call *call)
{
	value_append(eval->arena, call->self, call->arg[0]);
	return value_none(eval->arena);
}

static struct value *list_extend(struct eval *eval, const struct call *call)
{
	struct value *items = builtin_elements(eval, call->arg[0], call->pos);

	for (size_t i = 0; i < items->list.count; i++)
		value_append(eval->arena, call->self, items->list.item[i]);
	return value_none(eval->arena);
}

static struct value *list_insert(struct eval *eval, const struct call *call)
{
	int64_t at = builtin_need_integer(eval, call, 0);
	struct value *self = call->self;
	int64_t count = (int64_t)self->list.count;

	at = at < -count ? 0 : at < 0 ? at + count : at > count ? count : at;
	eval_spend(eval, (size_t)count / 64);
	value_append(eval->arena, self, call->arg[1]);
	memmove(&self->list.item[at + 1], &self->list.item[at],
		(size_t)(count - at) * sizeof(struct value *));
	self->list.item[at] = call->arg[1];
	return value_none(eval->arena);
}

static struct value *list_count(struct eval *eval, const struct call *call)
{
	int64_t nr = 0;

	for (size_t i = 0; i < call->self->list.count; i++) {
		nr += value_equal(call->self->list.item[i], call->arg[0], &eval->steps, 0);
		eval_spend(eval, 1);
	}
	return value_integer(eval->arena, nr);
}

static struct value *dict_get(struct eval *eval, const struct call *call)
{
	struct value **found = value_dict_find(call->self, call->arg[0], &eval->steps);

	eval_spend(eval, 1);
	if (found)
		return *found;
	return call->arg[1] ? call->arg[1] : value_none(eval->arena);
}

static struct value *dict_has_key(struct eval *eval, const struct call *call)
{
	return value_bool(eval->arena, operator_contains(eval, call->self, call->arg[0],
							 call->pos));
}

static struct value *dict_keys(struct eval *eval, const struct call *call)
{
	return builtin_elements(eval, call->self, call->pos);
}

static struct value *dict_values(struct eval *eval, const struct call *call)
{
	struct value *list = value_list(eval->arena, VALUE_LIST);

	eval_spend(eval, call->self->list.count);
	for (size_t i = 1; i < call->self->list.count; i += 2)
		value_append(eval->arena, list, call->self->list.item[i]);
	return list;
}

static struct value *dict_items(struct eval *eval, const struct call *call)
{
	struct value *list = value_list(eval->arena, VALUE_LIST), *pair;

	eval_spend(eval, call->self->list.count);
	for (size_t i = 0; i < call->self->list.count; i += 2) {
		pair = value_list(eval->arena, VALUE_TUPLE);
		value_append(eval->arena, pair, call->self->list.item[i]);
		value_append(eval->arena, pair, call->self->list.item[i + 1]);
		value_append(eval->arena, list, pair);
	}
	return list;
}

static const struct builtin methods[] = {
	{"str", "endswith", str_endswith, 1, false, {"suffix"}},
	{"str", "find", str_find, 1, false, {"sub"}},
	{"str", "isdigit", str_isdigit, 0, false, {NULL}},
	{"str", "join", str_join, 1, false, {"items"}},
	{"str", "lower", str_lower, 0, false, {NULL}},
	{"str", "lstrip", str_lstrip, 0, false, {"chars"}},
	{"str", "replace", str_replace, 2, false, {"old", "new"}},
	{"str", "rstrip", str_rstrip, 0, false, {"chars"}},
	{"str", "split", str_split, 0, false, {"sep", "maxsplit"}},
	{"str", "startswith", str_startswith, 1, false, {"prefix"}},
	{"str", "strip", str_strip, 0, false, {"chars"}},
	{"str", "upper", str_upper, 0, false, {NULL}},
	{"str", "zfill", str_zfill, 1, false, {"width"}},
	{"list", "append", list_append, 1, false, {"item"}},
	{"list", "count", list_count, 1, false, {"item"}},
	{"list", "extend", list_extend, 1, false, {"items"}},
	{"list", "insert", list_insert, 2, false, {"index", "item"}},
	{"dict", "get", dict_get, 1, false, {"key", "default"}},
	{"dict", "has_key", dict_has_key, 1, false, {"key"}},
	{"dict", "items", dict_items, 0, false, {NULL}},
	{"dict", "keys", dict_keys, 0, false, {NULL}},
	{"dict", "values", dict_values, 0, false, {NULL}},
};

const struct builtin *method_find(const struct value *object, const char *name)
{
	const char *owner = object->kind == VALUE_STRING ? "str" :
			    object->kind == VALUE_LIST ? "list" :
			    object->kind == VALUE_DICT ? "dict" : "none";

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].owner, owner) && !strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}
