/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain file can call and import: one table of functions, one of modules. Nothing here
 * reaches a file, the environment or another process; os.uname() is the one fact from outside, for
 * the files that choose a library folder by the machine's name.
 *
 * Relies on config-value. Relied on by the evaluator.
 */
#include <config.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "domain/config-eval.h"

struct module {
	const char *name;
};

static const struct module modules[] = {
	{"os"}, {"os.path"}, {"re"}, {"string"}, {"sys"}, {"xm_vars"},
};

static const char *const exceptions[] = {
	"Exception", "KeyError", "RuntimeError", "StandardError", "TypeError", "ValueError",
};

struct value *builtin_str(struct eval *eval, struct value *value)
{
	struct text text = {.arena = eval->arena};

	if (value->kind == VALUE_STRING)
		return value;
	text_add(&text, "", 0);
	value_print(&text, value, false, VALUE_DEPTH_MAX);
	eval_spend(eval, text.len / 16);
	return value_string(eval->arena, text.data, text.len);
}

const struct value *builtin_need_string(struct eval *eval, const struct call *call, size_t nr)
{
	if (call->arg[nr]->kind != VALUE_STRING)
		arena_fail(eval->arena, call->pos, "A string is needed here, not %s; str() makes a "
			   "string of anything.", value_kind_name(call->arg[nr]));
	return call->arg[nr];
}

int64_t builtin_need_integer(struct eval *eval, const struct call *call, size_t nr)
{
	int64_t integer;

	if (!value_as_integer(call->arg[nr], &integer))
		arena_fail(eval->arena, call->pos, "A number is needed here, not %s; int() makes a "
			   "number of text.", value_kind_name(call->arg[nr]));
	return integer;
}

static struct value *string_elements(struct eval *eval, struct value *string)
{
	struct value *list = value_list(eval->arena, VALUE_LIST);
	size_t len;

	for (size_t at = 0; at < string->string.len; at += len) {
		eval_spend(eval, 1);
		len = utf8_length(string->string.data + at, string->string.len - at);
		value_append(eval->arena, list, value_string(eval->arena, arena_strndup(
			eval->arena, string->string.data + at, len), len));
	}
	return list;
}

struct value *builtin_elements(struct eval *eval, struct value *object, struct config_pos pos)
{
	struct value *list;
	size_t step = object->kind == VALUE_DICT ? 2 : 1;

	if (object->kind == VALUE_STRING)
		return string_elements(eval, object);
	if (!value_is_sequence(object) && object->kind != VALUE_DICT)
		arena_fail(eval->arena, pos, "This is %s, which has no elements to go through; "
			   "use a list.", value_kind_name(object));
	list = value_list(eval->arena, VALUE_LIST);
	eval_spend(eval, object->list.count);
	for (size_t i = 0; i < object->list.count; i += step)
		value_append(eval->arena, list, object->list.item[i]);
	return list;
}

/* int("12"), int("0x1f", 16), int(3.9). */
static struct value *do_int(struct eval *eval, const struct call *call)
{
	int64_t base = call->arg[1] ? builtin_need_integer(eval, call, 1) : 10;
	const struct value *text = call->arg[0];
	const char *start, *end;
	int64_t integer;
	char *stop;

	if (value_as_integer(text, &integer))
		return value_integer(eval->arena, integer);
	if (text->kind == VALUE_REAL && fabs(text->real) < 9e18)
		return value_integer(eval->arena, (int64_t)text->real);
	builtin_need_string(eval, call, 0);
	if (base && (base < 2 || base > 36))
		arena_fail(eval->arena, call->pos, "int() knows the bases 2 to 36, and 0.");
	start = text->string.data;
	start += strspn(start, " \t\n\r\f\v");
	errno = 0;
	integer = strtoll(start, &stop, (int)base);
	end = stop + strspn(stop, " \t\n\r\f\v");
	if (stop == start || *end || errno)
		arena_fail(eval->arena, call->pos, "'%.60s' is not a whole number; give one.",
			   text->string.data);
	return value_integer(eval->arena, integer);
}

static struct value *do_float(struct eval *eval, const struct call *call)
{
	const struct value *text = call->arg[0];
	double real;
	char *end;

	if (value_as_real(text, &real))
		return value_real(eval->arena, real);
	builtin_need_string(eval, call, 0);
	real = strtod(text->string.data, &end);
	if (end == text->string.data || end[strspn(end, " \t\n\r")] || !isfinite(real))
		arena_fail(eval->arena, call->pos, "'%.60s' is not a number; give one.",
			   text->string.data);
	return value_real(eval->arena, real);
}

static struct value *do_str(struct eval *eval, const struct call *call)
{
	return call->arg[0] ? builtin_str(eval, call->arg[0]) : value_string(eval->arena, "", 0);
}

static struct value *do_repr(struct eval *eval, const struct call *call)
{
	struct text text = {.arena = eval->arena};

	value_print(&text, call->arg[0], true, VALUE_DEPTH_MAX);
	eval_spend(eval, text.len / 16);
	return value_string(eval->arena, text.data, text.len);
}

static struct value *do_bool(struct eval *eval, const struct call *call)
{
	return value_bool(eval->arena, call->arg[0] && value_truth(call->arg[0]));
}

static struct value *do_len(struct eval *eval, const struct call *call)
{
	const struct value *object = call->arg[0];

	if (object->kind == VALUE_STRING)
		return value_integer(eval->arena, (int64_t)utf8_count(object->string.data,
								      object->string.len));
	if (!value_is_sequence(object) && object->kind != VALUE_DICT)
		arena_fail(eval->arena, call->pos, "This is %s, which has no length.",
			   value_kind_name(object));
	return value_integer(eval->arena, (int64_t)object->list.count /
			     (object->kind == VALUE_DICT ? 2 : 1));
}

static struct value *do_range(struct eval *eval, const struct call *call)
{
	struct value *list = value_list(eval->arena, VALUE_LIST);
	bool one = !call->arg[1];
	int64_t from = one ? 0 : builtin_need_integer(eval, call, 0);
	int64_t to = builtin_need_integer(eval, call, one ? 0 : 1);
	int64_t step = call->arg[2] ? builtin_need_integer(eval, call, 2) : 1;

	if (!step)
		arena_fail(eval->arena, call->pos, "range() cannot go in steps of zero.");
	while (step > 0 ? from < to : from > to) {
		eval_spend(eval, 1);
		value_append(eval->arena, list, value_integer(eval->arena, from));
		if (__builtin_add_overflow(from, step, &from))
			break;
	}
	return list;
}

static struct value *do_list(struct eval *eval, const struct call *call)
{
	if (!call->arg[0])
		return value_list(eval->arena, VALUE_LIST);
	return builtin_elements(eval, call->arg[0], call->pos);
}

static struct value *do_tuple(struct eval *eval, const struct call *call)
{
	struct value *list = do_list(eval, call);

	list->kind = VALUE_TUPLE;
	return list;
}

static struct value *do_dict(struct eval *eval, const struct call *call)
{
	struct value *dict = value_list(eval->arena, VALUE_DICT), *items, *pair;

	if (!call->arg[0])
		return dict;
	if (call->arg[0]->kind == VALUE_DICT) {
		eval_spend(eval, call->arg[0]->list.count);
		for (size_t i = 0; i < call->arg[0]->list.count; i++)
			value_append(eval->arena, dict, call->arg[0]->list.item[i]);
		return dict;
	}
	items = builtin_elements(eval, call->arg[0], call->pos);
	for (size_t i = 0; i < items->list.count; i++) {
		pair = builtin_elements(eval, items->list.item[i], call->pos);
		if (pair->list.count != 2)
			arena_fail(eval->arena, call->pos,
				   "dict() needs pairs of a key and a value.");
		operator_store(eval, dict, pair->list.item[0], pair->list.item[1], call->pos);
	}
	return dict;
}

/* Of the arguments, or of the elements of the only one: the one that comes first (last). */
static struct value *extreme(struct eval *eval, const struct call *call, int op)
{
	struct value *items = value_list(eval->arena, VALUE_LIST), *best;

	if (call->nr_args == 1)
		items = builtin_elements(eval, call->arg[0], call->pos);
	else
		for (size_t i = 0; i < call->nr_args; i++)
			value_append(eval->arena, items, call->arg[i]);
	if (!items->list.count)
		arena_fail(eval->arena, call->pos, "An empty list has no largest or smallest "
			   "element.");
	best = items->list.item[0];
	for (size_t i = 1; i < items->list.count; i++) {
		eval_spend(eval, 1);
		if (operator_compare(eval, op, items->list.item[i], best, call->pos))
			best = items->list.item[i];
	}
	return best;
}

static struct value *do_min(struct eval *eval, const struct call *call)
{
	return extreme(eval, call, '<');
}

static struct value *do_max(struct eval *eval, const struct call *call)
{
	return extreme(eval, call, '>');
}

static struct value *do_sum(struct eval *eval, const struct call *call)
{
	struct value *items = builtin_elements(eval, call->arg[0], call->pos);
	struct value *sum = value_integer(eval->arena, 0);

	for (size_t i = 0; i < items->list.count; i++) {
		eval_spend(eval, 1);
		sum = operator_binary(eval, '+', sum, items->list.item[i], call->pos);
	}
	return sum;
}

static struct value *do_abs(struct eval *eval, const struct call *call)
{
	double real;

	if (value_as_real(call->arg[0], &real) && real >= 0)
		return call->arg[0];
	return operator_unary(eval, '-', call->arg[0], call->pos);
}

static struct value *in_base(struct eval *eval, const struct call *call, const char *format)
{
	struct value *text = value_string(eval->arena, format, strlen(format));

	return format_percent(eval, text, value_integer(eval->arena, builtin_need_integer(
		eval, call, 0)), call->pos);
}

static struct value *do_hex(struct eval *eval, const struct call *call)
{
	return in_base(eval, call, "0x%x");
}

static struct value *do_oct(struct eval *eval, const struct call *call)
{
	return in_base(eval, call, "0o%o");
}

static struct value *do_chr(struct eval *eval, const struct call *call)
{
	return in_base(eval, call, "%c");
}

static struct value *do_enumerate(struct eval *eval, const struct call *call)
{
	struct value *items = builtin_elements(eval, call->arg[0], call->pos);
	struct value *list = value_list(eval->arena, VALUE_LIST), *pair;
	int64_t start = call->arg[1] ? builtin_need_integer(eval, call, 1) : 0;

	for (size_t i = 0; i < items->list.count; i++) {
		pair = value_list(eval->arena, VALUE_TUPLE);
		value_append(eval->arena, pair, operator_binary(
			eval, '+', value_integer(eval->arena, start),
			value_integer(eval->arena, (int64_t)i), call->pos));
		value_append(eval->arena, pair, items->list.item[i]);
		value_append(eval->arena, list, pair);
	}
	return list;
}

/* What a file prints reaches the user as a remark, at its place. */
static struct value *do_print(struct eval *eval, const struct call *call)
{
	struct text text = {.arena = eval->arena};
	struct eval_note *note = arena_alloc(eval->arena, sizeof(*note));

	text_add(&text, "", 0);
	for (size_t i = 0; i < call->nr_args; i++) {
		if (i)
			text_add_char(&text, ' ');
		value_print(&text, call->arg[i], false, VALUE_DEPTH_MAX);
	}
	eval_spend(eval, text.len / 16);
	note->text = text.data;
	note->pos = call->pos;
	*eval->notes_tail = note;
	eval->notes_tail = &note->next;
	eval_spend(eval, 1000);	/* so that a file prints at most some thousand lines */
	return value_none(eval->arena);
}

/* xm_vars.var("name", use="what it is", check=function) */
static struct value *vars_var(struct eval *eval, const struct call *call)
{
	struct declared_var *var = arena_alloc(eval->arena, sizeof(*var));

	var->name = builtin_need_string(eval, call, 0)->string.data;
	var->doc = call->arg[1] ? builtin_need_string(eval, call, 1)->string.data : "";
	var->check = call->arg[2] && call->arg[2]->kind != VALUE_NONE ? call->arg[2] : NULL;
	var->pos = call->pos;
	*eval->vars_tail = var;
	eval->vars_tail = &var->next;
	return value_none(eval->arena);
}

static void check_var(struct eval *eval, const struct declared_var *var, struct config_pos pos)
{
	struct binding *binding = scope_find(&eval->globals, var->name);
	struct call call = {.pos = pos, .nr_args = 2};
	struct value *checked;

	if (!binding)
		arena_fail(eval->arena, var->pos,
			   "The file needs a value for '%.60s' (%.200s); give "
			   "it on the command line: %.60s=VALUE.",
			   var->name, var->doc, var->name);
	if (!var->check)
		return;
	call.arg[0] = value_string(eval->arena, var->name, strlen(var->name));
	call.arg[1] = binding->value;
	eval->checking = arena_printf(eval->arena, "%.60s = '%.60s'", var->name,
				      builtin_str(eval, binding->value)->string.data);
	checked = eval_call(eval, var->check, &call, NULL);
	eval->checking = NULL;
	scope_set(eval, &eval->globals, var->name, checked, binding->pos);
}

static struct value *vars_check(struct eval *eval, const struct call *call)
{
	if (eval->help) {
		eval->help_reached = true;
		longjmp(eval->arena->escape, 1);
	}
	for (const struct declared_var *var = eval->vars; var; var = var->next)
		check_var(eval, var, call->pos);
	return value_none(eval->arena);
}

static struct value *os_uname(struct eval *eval, const struct call *call)
{
	struct value *tuple = value_list(eval->arena, VALUE_TUPLE);
	struct utsname name;
	const char *part[5];

	(void)call;
	if (uname(&name) < 0)
		arena_fail(eval->arena, call->pos, "os.uname() does not work on this machine.");
	part[0] = name.sysname;
	part[1] = name.nodename;
	part[2] = name.release;
	part[3] = name.version;
	part[4] = name.machine;
	for (size_t i = 0; i < 5; i++)
		value_append(eval->arena, tuple, value_string(eval->arena, arena_strndup(
			eval->arena, part[i], strlen(part[i])), strlen(part[i])));
	return tuple;
}

static struct value *path_join(struct eval *eval, const struct call *call)
{
	struct text text = {.arena = eval->arena};
	const struct value *part;

	text_add(&text, "", 0);
	for (size_t i = 0; i < call->nr_args; i++) {
		part = builtin_need_string(eval, call, i);
		if (*part->string.data == '/')
			text.len = 0;
		else if (text.len && text.data[text.len - 1] != '/')
			text_add_char(&text, '/');
		text_add(&text, part->string.data, part->string.len);
	}
	return value_string(eval->arena, text.data, text.len);
}

static struct value *path_basename(struct eval *eval, const struct call *call)
{
	const struct value *path = builtin_need_string(eval, call, 0);
	const char *slash = strrchr(path->string.data, '/');
	const char *name = slash ? slash + 1 : path->string.data;

	return value_string(eval->arena, name, strlen(name));
}

static struct value *path_dirname(struct eval *eval, const struct call *call)
{
	const struct value *path = builtin_need_string(eval, call, 0);
	const char *slash = strrchr(path->string.data, '/');
	size_t len = slash ? (size_t)(slash - path->string.data) : 0;

	while (len && path->string.data[len - 1] == '/')
		len--;
	if (slash && !len)
		len = 1;
	return value_string(eval->arena, arena_strndup(eval->arena, path->string.data, len), len);
}

/* Plain text only: what a regular expression of a stranger may cost has no bound. */
static struct value *re_search(struct eval *eval, const struct call *call)
{
	const struct value *pattern = builtin_need_string(eval, call, 0);
	struct value *text = call->arg[1];

	builtin_need_string(eval, call, 1);
	if (strpbrk(pattern->string.data, ".^$*+?{}[]\\|()"))
		arena_fail(eval->arena, call->pos, "Only plain text can be searched for in domain "
			   "files; write the pattern without any of . ^ $ * + ? { } [ ] \\ | ( ).");
	if (operator_contains(eval, text, call->arg[0], call->pos))
		return value_bool(eval->arena, true);
	return value_none(eval->arena);
}

static const struct builtin builtins[] = {
	{"", "abs", do_abs, 1, false, {"x"}},
	{"", "bool", do_bool, 0, false, {"x"}},
	{"", "chr", do_chr, 1, false, {"i"}},
	{"", "dict", do_dict, 0, false, {"items"}},
	{"", "enumerate", do_enumerate, 1, false, {"iterable", "start"}},
	{"", "float", do_float, 1, false, {"x"}},
	{"", "hex", do_hex, 1, false, {"x"}},
	{"", "int", do_int, 1, false, {"x", "base"}},
	{"", "len", do_len, 1, false, {"x"}},
	{"", "list", do_list, 0, false, {"items"}},
	{"", "long", do_int, 1, false, {"x", "base"}},
	{"", "max", do_max, 1, true, {NULL}},
	{"", "min", do_min, 1, true, {NULL}},
	{"", "oct", do_oct, 1, false, {"x"}},
	{"", "print", do_print, 0, true, {NULL}},
	{"", "range", do_range, 1, false, {"start", "stop", "step"}},
	{"", "repr", do_repr, 1, false, {"x"}},
	{"", "str", do_str, 0, false, {"x"}},
	{"", "sum", do_sum, 1, false, {"items"}},
	{"", "tuple", do_tuple, 0, false, {"items"}},
	{"", "xrange", do_range, 1, false, {"start", "stop", "step"}},
	{"os", "uname", os_uname, 0, false, {NULL}},
	{"os.path", "basename", path_basename, 1, false, {"path"}},
	{"os.path", "dirname", path_dirname, 1, false, {"path"}},
	{"os.path", "join", path_join, 1, true, {NULL}},
	{"re", "match", re_search, 2, false, {"pattern", "string"}},
	{"re", "search", re_search, 2, false, {"pattern", "string"}},
	{"xm_vars", "check", vars_check, 0, false, {NULL}},
	{"xm_vars", "var", vars_var, 1, false, {"name", "use", "check"}},
};

/* What modules have that is no function. */
static const struct {
	const char *module, *name, *text;
} constants[] = {
	{"os", "name", "posix"}, {"os", "sep", "/"}, {"sys", "platform", "linux"},
	{"string", "digits", "0123456789"}, {"string", "hexdigits", "0123456789abcdefABCDEF"},
	{"string", "ascii_lowercase", "abcdefghijklmnopqrstuvwxyz"},
	{"string", "ascii_uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
};

struct value *builtin_value(struct eval *eval, const struct builtin *row, struct value *self)
{
	struct value *value = value_list(eval->arena, VALUE_BUILTIN);

	value->builtin.row = row;
	value->builtin.self = self;
	return value;
}

static const struct builtin *builtin_find(const char *owner, const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (!strcmp(builtins[i].owner, owner) && !strcmp(builtins[i].name, name))
			return &builtins[i];
	return NULL;
}

static struct value *module_value(struct eval *eval, const char *name)
{
	struct value *value;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (strcmp(modules[i].name, name))
			continue;
		value = value_list(eval->arena, VALUE_MODULE);
		value->module = &modules[i];
		return value;
	}
	return NULL;
}

const char *builtin_module_name(const struct value *module)
{
	return module->module->name;
}

struct value *builtin_lookup(struct eval *eval, const char *name, struct config_pos pos)
{
	const struct builtin *row = builtin_find("", name);
	struct value *value;

	if (row)
		return builtin_value(eval, row, NULL);
	if (!strcmp(name, "xm_vars"))
		return module_value(eval, name);
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (strcmp(exceptions[i], name))
			continue;
		value = value_list(eval->arena, VALUE_EXCEPTION);
		value->exception.name = exceptions[i];
		value->exception.text = "";
		return value;
	}
	arena_fail(eval->arena, pos, "'%.60s' has no value here; assign one first, or put it in "
		   "quotes if it is text.", name);
}

struct value *builtin_import(struct eval *eval, const char *name, struct config_pos pos)
{
	struct value *module = module_value(eval, name);

	if (!module)
		arena_fail(eval->arena, pos,
			   "There is no module '%.60s' for domain files, which are "
			   "not executed by Python; write its results as plain values.",
			   name);
	return module;
}

struct value *builtin_module_attr(struct eval *eval, const char *module, const char *name,
				  struct config_pos pos)
{
	const struct builtin *row = builtin_find(module, name);
	struct value *list;

	if (row)
		return builtin_value(eval, row, NULL);
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (!strcmp(constants[i].module, module) && !strcmp(constants[i].name, name))
			return value_string(eval->arena, constants[i].text,
					    strlen(constants[i].text));
	if (!strcmp(module, "os") && !strcmp(name, "path"))
		return module_value(eval, "os.path");
	if (!strcmp(module, "sys") && !strcmp(name, "argv")) {
		list = value_list(eval->arena, VALUE_LIST);
		value_append(eval->arena, list, value_string(eval->arena, "xm", 2));
		return list;
	}
	arena_fail(eval->arena, pos,
		   "'%s.%.60s' is not available in domain files; write its result "
		   "as a plain value.",
		   module, name);
}

/* The functions that the module "string" had are methods of strings. */
static struct value *string_module_attr(struct eval *eval, const char *name, struct config_pos pos)
{
	const struct builtin *row = method_find(value_string(eval->arena, "", 0), name);

	if (row)
		arena_fail(eval->arena, pos,
			   "'string.%.60s' is not available in domain files; write "
			   "text.%.60s() instead.",
			   name, name);
	return builtin_module_attr(eval, "string", name, pos);
}

struct value *builtin_attr(struct eval *eval, struct value *object, const char *name,
			   struct config_pos pos)
{
	const struct builtin *row;

	if (object->kind == VALUE_MODULE && !strcmp(object->module->name, "string"))
		return string_module_attr(eval, name, pos);
	if (object->kind == VALUE_MODULE)
		return builtin_module_attr(eval, object->module->name, name, pos);
	row = method_find(object, name);
	if (!row)
		arena_fail(eval->arena, pos, "There is no '%.60s' of %s in domain files; "
			   "xmdomain.cfg(5) lists what there is.", name, value_kind_name(object));
	return builtin_value(eval, row, object);
}
