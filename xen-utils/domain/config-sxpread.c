/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the S-expression form of a configuration: into nested JSON arrays of strings first, then
 * into the JSON form of a configuration, which config-json checks.
 *
 * Relies on common/strbuf, jansson and config-json. Relied on by xend (xm create -F).
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "domain/config-keys.h"

#define SXP_DEPTH_MAX 16
#define SXP_ITEMS_MAX 10000

struct reader {
	const char *at, *end;
	const char *line_start;
	int line;
	unsigned int items;
	struct config_report *report;
};

static struct config_pos reader_pos(const struct reader *reader)
{
	return (struct config_pos){reader->line, (int)utf8_count(
		reader->line_start, (size_t)(reader->at - reader->line_start)) + 1};
}

static json_t *reader_fail(struct reader *reader, const char *what)
{
	config_report_error(reader->report, reader_pos(reader), NULL, "%s", what);
	return NULL;
}

static void skip_blanks(struct reader *reader)
{
	for (; reader->at < reader->end && strchr(" \t\r\n", *reader->at); reader->at++) {
		if (*reader->at == '\n') {
			reader->line++;
			reader->line_start = reader->at + 1;
		}
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* After a backslash; returns false when the escape is none. */
static bool read_escape(struct reader *reader, struct strbuf *text)
{
	int high, low;

	switch (*reader->at) {
	case 'n':
		return !strbuf_putc(text, '\n');
	case 't':
		return !strbuf_putc(text, '\t');
	case 'x':
		if (reader->end - reader->at < 3)
			return false;
		high = hex_digit(reader->at[1]);
		low = hex_digit(reader->at[2]);
		if (high < 0 || high > 7 || low < 0 || high + low == 0)
			return false;
		reader->at += 2;
		return !strbuf_putc(text, (char)(high * 16 + low));
	default:
		return !strbuf_putc(text, *reader->at);
	}
}

static json_t *read_quoted(struct reader *reader)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;

	for (reader->at++; reader->at < reader->end && *reader->at != '"'; reader->at++) {
		if (*reader->at == '\\') {
			reader->at++;
			if (reader->at == reader->end || !read_escape(reader, &text))
				return reader_fail(reader, "An escape in this string is none; the "
						   "escapes are \\\" \\\\ \\n \\t and \\xHH.");
		} else {
			strbuf_putc(&text, *reader->at);
		}
	}
	if (reader->at == reader->end)
		return reader_fail(reader, "A string has no end; close it with a double quote.");
	reader->at++;
	return json_stringn(strbuf_str(&text), text.len);
}

static json_t *read_item(struct reader *reader, int depth);

static json_t *read_list(struct reader *reader, int depth)
{
	json_t *list = json_array(), *item;

	reader->at++;
	for (;;) {
		skip_blanks(reader);
		if (reader->at < reader->end && *reader->at == ')') {
			reader->at++;
			return list;
		}
		item = read_item(reader, depth + 1);
		if (!item || json_array_append_new(list, item)) {
			json_decref(list);
			return NULL;
		}
	}
}

static json_t *read_item(struct reader *reader, int depth)
{
	const char *start;

	skip_blanks(reader);
	if (reader->at == reader->end)
		return reader_fail(reader, "The file ends inside a list; a ')' is missing.");
	if (depth > SXP_DEPTH_MAX || ++reader->items > SXP_ITEMS_MAX)
		return reader_fail(reader, "The file is nested too deeply or has too many parts.");
	if (*reader->at == '(')
		return read_list(reader, depth);
	if (*reader->at == '"')
		return read_quoted(reader);
	if (*reader->at == ')')
		return reader_fail(reader, "There is a ')' too much here.");
	for (start = reader->at; reader->at < reader->end && !strchr(" \t\r\n()\"", *reader->at);)
		reader->at++;
	return json_stringn(start, (size_t)(reader->at - start));
}

static const char *head(const json_t *list)
{
	const char *text = json_string_value(json_array_get(list, 0));

	return text ? text : "";
}

/* The value of "(key value)", "" for "(key)". */
static const char *value(const json_t *list)
{
	const char *text = json_string_value(json_array_get(list, 1));

	return text ? text : "";
}

static bool is_number(const char *text)
{
	const char *digits = *text == '-' ? text + 1 : text;

	return *digits && strlen(digits) < 10 && strspn(digits, "0123456789") == strlen(digits);
}

static json_t *number_or_string(const char *text)
{
	return is_number(text) ? json_integer(atoi(text)) : json_string(text);
}

static void append_string(json_t *object, const char *key, const char *text)
{
	if (!json_object_get(object, key))
		json_object_set_new(object, key, json_array());
	json_array_append_new(json_object_get(object, key), json_string(text));
}

/* (image (linux (kernel F) (ramdisk F) (root R) (ip I) (args A))) */
static void take_image(json_t *object, const json_t *list)
{
	const json_t *linux_list = json_array_get(list, 1), *item;
	AUTO_STRBUF struct strbuf cmdline = STRBUF_INIT;
	size_t i;

	json_array_foreach((json_t *)linux_list, i, item) {
		if (!json_is_array(item))
			continue;
		if (!strcmp(head(item), "kernel") || !strcmp(head(item), "ramdisk"))
			json_object_set_new(object, head(item), json_string(value(item)));
		else if (!strcmp(head(item), "root") || !strcmp(head(item), "ip"))
			strbuf_printf(&cmdline, "%s%s=%s", cmdline.len ? " " : "", head(item),
				      value(item));
		else if (!strcmp(head(item), "args"))
			strbuf_printf(&cmdline, "%s%s", cmdline.len ? " " : "", value(item));
	}
	json_object_set_new(object, "cmdline", json_string(strbuf_str(&cmdline)));
}

/* (device (vbd SPEC)), (backend (blkif)) and (extra (key value)) */
static void take_nested(json_t *object, const json_t *list)
{
	const json_t *inner = json_array_get(list, 1);
	const char *kind = head(inner);

	if (!strcmp(head(list), "backend"))
		json_object_set_new(object, kind, json_true());
	else if (!strcmp(head(list), "device"))
		append_string(object, !strcmp(kind, "vbd") ? "disk" : kind, value(inner));
	else if (json_array_size(inner) == 2)
		json_object_set_new(json_object_get(object, "extra"), kind,
				    number_or_string(value(inner)));
}

static void take_plain(json_t *object, const json_t *list)
{
	static const char *const texts[] = {"name", "uuid", "restart"};
	const char *key = head(list);
	size_t i;

	if (!strcmp(key, "cpu")) {
		if (atoi(value(list)) >= 0)
			json_object_set_new(object, "cpus", json_string(value(list)));
		return;
	}
	if (!strcmp(key, "cpus") || !strcmp(key, "cpus_soft")) {
		for (i = 1; i < json_array_size(list); i++)
			append_string(object, key, json_string_value(json_array_get(list, i)) ?
				      json_string_value(json_array_get(list, i)) : "");
		return;
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) && strcmp(texts[i], key); i++)
		;
	json_object_set_new(object, key, i < sizeof(texts) / sizeof(texts[0]) ?
			    json_string(value(list)) : number_or_string(value(list)));
}

/* What a configuration of 2.0 may leave out. */
static void add_defaults(json_t *object)
{
	static const struct {
		const char *member, *like;
		int otherwise;
	} defaults[] = {
		{"memory", "maxmem", 128}, {"maxmem", "memory", 128}, {"vcpus", "maxvcpus", 1},
		{"maxvcpus", "vcpus", 1},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (json_object_get(object, defaults[i].member))
			continue;
		if (json_object_get(object, defaults[i].like))
			json_object_set(object, defaults[i].member,
					json_object_get(object, defaults[i].like));
		else
			json_object_set_new(object, defaults[i].member,
					    json_integer(defaults[i].otherwise));
	}
}

static json_t *to_config_json(const json_t *vm)
{
	json_t *object = json_pack("{s:{}}", "extra"), *item;
	size_t i;

	json_array_foreach((json_t *)vm, i, item) {
		if (!json_is_array(item))
			continue;
		if (!strcmp(head(item), "image"))
			take_image(object, item);
		else if (!strcmp(head(item), "device") || !strcmp(head(item), "backend") ||
			 !strcmp(head(item), "extra"))
			take_nested(object, item);
		else
			take_plain(object, item);
	}
	add_defaults(object);
	return object;
}

static json_t *read_file(struct reader *reader)
{
	json_t *vm = read_item(reader, 0);

	if (!vm)
		return NULL;
	skip_blanks(reader);
	if (reader->at == reader->end && json_is_array(vm) && !strcmp(head(vm), "vm"))
		return vm;
	json_decref(vm);
	return reader_fail(reader, "The file is not one (vm ...) expression; 'xm create -n' prints "
			   "such a one.");
}

int domain_config_load_sxp(const struct config_source *source, struct domain_config **ret_config,
			   struct config_report *report)
{
	struct reader reader = {
		.at = source->text, .end = source->text + source->size, .line_start = source->text,
		.line = 1, .report = report,
	};
	json_t *vm, *json;
	int rc;

	if (source->size > CONFIG_TEXT_MAX || memchr(source->text, '\0', source->size))
		return config_report_error(report, (struct config_pos){ 0, 0 }, NULL,
					   "The file is too "
					   "large or not a text.");
	vm = read_file(&reader);
	if (!vm)
		return config_report_error(report, reader_pos(&reader), NULL, "The file is not an "
					   "S-expression in UTF-8.");
	json = to_config_json(vm);
	json_decref(vm);
	if (source->name)
		json_object_set_new(json, "name", json_string(source->name));
	rc = domain_config_from_json(json, ret_config, report);
	json_decref(json);
	return rc;
}
