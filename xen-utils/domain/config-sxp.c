/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * S-expressions: any JSON value by one rule, a configuration in the form of 2.0, and that form read
 * back. Rule and form are in xend-http.md section 8.
 *
 * Relies on common/strbuf and config-json. Relied on by xend.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "common/strbuf.h"
#include "domain/config-keys.h"

#define ATOM_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+=@%^~*"

static void add_atom(struct strbuf *out, const char *text)
{
	if (*text && strspn(text, ATOM_CHARS) == strlen(text)) {
		strbuf_puts(out, text);
		return;
	}
	strbuf_putc(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c == '\n' || c == '\t')
			strbuf_puts(out, c == '\n' ? "\\n" : "\\t");
		else if (c < ' ' || c == 0x7f)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_putc(out, (char)c);
	}
	strbuf_putc(out, '"');
}

static void add_value(struct strbuf *out, const json_t *json);

static void add_object(struct strbuf *out, const json_t *json)
{
	const char *key, *space = "";
	json_t *value;

	json_object_foreach((json_t *)json, key, value) {
		strbuf_printf(out, "%s(", space);
		add_atom(out, key);
		strbuf_putc(out, ' ');
		add_value(out, value);
		strbuf_putc(out, ')');
		space = " ";
	}
}

/* The elements side by side; objects in it are lists of their own. */
static void add_array(struct strbuf *out, const json_t *json)
{
	size_t i;
	json_t *item;

	json_array_foreach(json, i, item) {
		if (i)
			strbuf_putc(out, ' ');
		if (json_is_object(item) || json_is_array(item)) {
			strbuf_putc(out, '(');
			add_value(out, item);
			strbuf_putc(out, ')');
		} else {
			add_value(out, item);
		}
	}
}

static void add_value(struct strbuf *out, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		add_object(out, json);
		break;
	case JSON_ARRAY:
		add_array(out, json);
		break;
	case JSON_STRING:
		add_atom(out, json_string_value(json));
		break;
	case JSON_INTEGER:
		strbuf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		break;
	case JSON_REAL:
		strbuf_printf(out, "%.15g", json_real_value(json));
		break;
	case JSON_NULL:
		strbuf_puts(out, "()");
		break;
	default:
		strbuf_putc(out, json_is_true(json) ? '1' : '0');
	}
}

/* The plural's elements are named by the singular: (domains (domain ...) ...). */
static void add_named_elements(struct strbuf *out, const char *name, const json_t *json)
{
	size_t i;
	json_t *item;

	json_array_foreach(json, i, item) {
		strbuf_printf(out, " (%.*s ", (int)strlen(name) - 1, name);
		add_value(out, item);
		strbuf_putc(out, ')');
	}
}

char *sxp_from_json(const char *name, const json_t *json)
{
	struct strbuf out = STRBUF_INIT;
	size_t len = strlen(name);

	strbuf_printf(&out, "(%s", name);
	if (json_is_array(json) && len > 1 && name[len - 1] == 's') {
		add_named_elements(&out, name, json);
	} else {
		strbuf_putc(&out, ' ');
		add_value(&out, json);
	}
	strbuf_puts(&out, ")\n");
	return strbuf_steal(&out);
}

/* Every plain member of the JSON form, except those that have places of their own. */
static void add_plain_members(struct strbuf *out, const json_t *json)
{
	static const char *const placed[] = {
		"kernel", "ramdisk", "cmdline", "disk", "vif", "pci", "blkif", "netif", "extra",
	};
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)json, key, value) {
		for (i = 0; i < sizeof(placed) / sizeof(placed[0]) && strcmp(placed[i], key); i++)
			;
		if (i < sizeof(placed) / sizeof(placed[0]))
			continue;
		strbuf_printf(out, "\n    (%s ", key);
		add_value(out, value);
		strbuf_putc(out, ')');
	}
}

static void add_image(struct strbuf *out, const struct domain_config *config)
{
	strbuf_puts(out, "\n    (image\n        (linux\n            (kernel ");
	add_atom(out, config->kernel ? config->kernel : "");
	if (config->ramdisk) {
		strbuf_puts(out, ")\n            (ramdisk ");
		add_atom(out, config->ramdisk);
	}
	strbuf_puts(out, ")\n            (args ");
	add_atom(out, config->cmdline);
	strbuf_puts(out, ")))");
}

static void add_devices(struct strbuf *out, const char *kind, const struct config_strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		strbuf_printf(out, "\n    (device (%s ", kind);
		add_atom(out, list->item[i].text);
		strbuf_puts(out, "))");
	}
}

static void add_extra(struct strbuf *out, const json_t *extra)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)extra, key, value) {
		strbuf_printf(out, "\n    (extra (%s ", key);
		add_value(out, value);
		strbuf_puts(out, "))");
	}
}

char *domain_config_to_sxp(const struct domain_config *config)
{
	json_t *json = domain_config_to_json(config);
	struct strbuf out = STRBUF_INIT;

	if (!json)
		return NULL;
	strbuf_puts(&out, "(vm");
	add_plain_members(&out, json);
	add_image(&out, config);
	if (config->blkif)
		strbuf_puts(&out, "\n    (backend (blkif))");
	if (config->netif)
		strbuf_puts(&out, "\n    (backend (netif))");
	add_devices(&out, "vbd", &config->disk);
	add_devices(&out, "vif", &config->vif);
	add_devices(&out, "pci", &config->pci);
	add_extra(&out, config->extra);
	strbuf_puts(&out, ")\n");
	json_decref(json);
	return strbuf_steal(&out);
}
