/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of the domain-file language. They live in the arena; numbers and strings never change, so
 * they are shared freely, while lists and dictionaries are shared and changed as in Python.
 *
 * Every value knows where in the file the expression stands that made it, which is what messages
 * about a domain's configuration show.
 *
 * Relies on config-arena. Relied on by the evaluator and the table of keys.
 */
#ifndef DOMAIN_CONFIG_VALUE_H
#define DOMAIN_CONFIG_VALUE_H

#include <stdint.h>

#include "domain/config-arena.h"

#define VALUE_ITEMS_MAX		65536	/* of a list or dictionary */
#define VALUE_STRING_MAX	(1u << 20)

enum value_kind {
	VALUE_NONE, VALUE_BOOL, VALUE_INTEGER, VALUE_REAL, VALUE_STRING,
	VALUE_LIST, VALUE_TUPLE, VALUE_DICT,
	VALUE_FUNCTION,		/* def */
	VALUE_BUILTIN,		/* ours, perhaps bound to an object */
	VALUE_MODULE,
	VALUE_EXCEPTION,	/* a class or an instance of one: name and text */
};

struct builtin;
struct module;
struct node;

struct value {
	enum value_kind kind;
	struct config_pos pos;
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct {
			const char *data;	/* UTF-8 without zero bytes, a zero byte after it */
			size_t len;
		} string;
		/* lists and tuples; dictionaries as key, value... */
		struct {
			struct value **item;
			size_t count, room;
		} list;
		struct {
			const struct node *def;
			struct value **defaults;	/* one for each parameter that has one */
		} function;
		struct {
			const struct builtin *row;
			struct value *self;		/* NULL for a plain function */
		} builtin;
		const struct module *module;
		struct {
			const char *name;
			const char *text;		/* "" for the class and for no text */
		} exception;
	};
};

struct value *value_none(struct arena *arena);
struct value *value_bool(struct arena *arena, bool boolean);
struct value *value_integer(struct arena *arena, int64_t integer);
struct value *value_real(struct arena *arena, double real);
/* data stays where it is, with a zero byte at data[len]. Fails beyond VALUE_STRING_MAX. */
struct value *value_string(struct arena *arena, const char *data, size_t len);
struct value *value_list(struct arena *arena, enum value_kind kind);
/* Appends; fails beyond VALUE_ITEMS_MAX. */
void value_append(struct arena *arena, struct value *list, struct value *item);

/* "a string", "a list"... for messages. */
const char *value_kind_name(const struct value *value);

bool value_is_sequence(const struct value *value);	/* list or tuple */
bool value_truth(const struct value *value);
/* Bools and integers; the number in *ret. */
bool value_as_integer(const struct value *value, int64_t *ret);
/* Any number. */
bool value_as_real(const struct value *value, double *ret);

/*
 * Equality and order as Python 3 has them. value_order() returns false when the two have no order.
 * Both take what they do from *steps and stop when it is used up, with
 * any result: the caller looks at *steps. depth bounds what is nested (a list may contain itself).
 */
bool value_equal(const struct value *a, const struct value *b, unsigned int *steps, int depth);
bool value_order(const struct value *a, const struct value *b, unsigned int *steps, int depth,
		 int *ret_order);

/* The value of a key, NULL for none. */
struct value **value_dict_find(const struct value *dict, const struct value *key,
			       unsigned int *steps);

/* str() and repr(); nested values beyond depth are shown as "...". */
void value_print(struct text *out, const struct value *value, bool repr, int depth);

#define VALUE_DEPTH_MAX 50

#endif
