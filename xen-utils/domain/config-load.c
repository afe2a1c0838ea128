/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a domain file's text to a configuration: evaluate, take the variables through the table of
 * keys, compose the command line, check. Values of the command line are set before the file runs,
 * so that it can compute with them, and win over what it assigns.
 *
 * Relies on the evaluator and on config-keys. Relied on by xend, through config.h.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-keys.h"
#include "domain/config-parse.h"

#define NOWHERE ((struct config_pos){0, 0})

/*
 * Everything of one load. It lives on the stack of the function that calls setjmp() and is reached
 * by pointer only, so that nothing of it is lost in a register when a failure jumps.
 */
struct load {
	const struct config_source *source;
	struct config_report *report;
	struct arena arena;
	struct eval eval;
	struct key_loader loader;
	struct domain_config *config;
};

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

/* A value of the command line: an expression of literals is evaluated, else it is its own text. */
static struct value *command_line_value(struct load *load, const char *text)
{
	struct value *string = value_string(&load->arena, text, strlen(text)), *value = string;
	struct node *node;
	jmp_buf outer;

	memcpy(&outer, &load->arena.escape, sizeof(outer));
	if (!setjmp(load->arena.escape)) {
		node = parse_expression(&load->arena, text, strlen(text));
		if (parse_is_literal(node))
			value = eval_expression(&load->eval, node);
	} else {
		value = string;
		load->eval.depth = 0;
	}
	memcpy(&load->arena.escape, &outer, sizeof(outer));
	value->pos = NOWHERE;
	return value;
}

/* The text is copied: values must outlive the caller's strings only within the arena. */
static void set_command_line(struct load *load)
{
	const struct config_source *source = load->source;
	const char *name, *text;
	size_t len;

	for (size_t i = 0; i < source->nr_vars; i++) {
		text = source->vars[i].value;
		for (size_t at = 0; text[at]; at += len) {
			len = utf8_length(text + at, strlen(text + at));
			if (!len)
				arena_fail(&load->arena, NOWHERE, "The value of '%.60s' on the "
					   "command line is not UTF-8 text.", source->vars[i].name);
		}
		name = arena_strndup(&load->arena, source->vars[i].name,
				     strlen(source->vars[i].name));
		text = arena_strndup(&load->arena, text, strlen(text));
		scope_set(&load->eval, &load->eval.globals, name, command_line_value(load, text),
			  NOWHERE);
	}
}

static bool is_on_command_line(const struct load *load, const char *name)
{
	for (size_t i = 0; i < load->source->nr_vars; i++)
		if (!strcmp(load->source->vars[i].name, name))
			return true;
	return false;
}

/* Those that are keys are set again after the file has run: the command line wins. */
static void evaluate(struct load *load)
{
	struct node *statements;

	if (load->source->size > CONFIG_TEXT_MAX)
		arena_fail(&load->arena, NOWHERE, "The file is larger than %u bytes; a domain file "
			   "is a short text.", CONFIG_TEXT_MAX);
	set_command_line(load);
	statements = parse_file(&load->arena, load->source->text, load->source->size);
	eval_run(&load->eval, statements);
	for (size_t i = 0; i < load->source->nr_vars; i++)
		if (config_key_find(load->source->vars[i].name))
			scope_set(&load->eval, &load->eval.globals, arena_strndup(
				&load->arena, load->source->vars[i].name,
				strlen(load->source->vars[i].name)), command_line_value(
				load, arena_strndup(&load->arena, load->source->vars[i].value,
						    strlen(load->source->vars[i].value))), NOWHERE);
}

/* Values of a function's or module's kind are the file's own tools. */
static bool is_plain(const struct value *value)
{
	return value && value->kind < VALUE_FUNCTION;
}

static void load_keys(struct load *load)
{
	struct binding *binding;

	for (size_t nr = 0; (load->loader.key = config_key_nr(nr)); nr++) {
		binding = scope_find(&load->eval.globals, load->loader.key->name);
		if (!binding || !is_plain(binding->value) || binding->value->kind == VALUE_NONE)
			continue;
		load->loader.pos = binding->pos;
		load->loader.key->load(&load->loader, binding->value);
		if (load->loader.key->use == KEY_KEPT)
			config_report_warn(load->report, binding->pos, binding->name, "'%s' has no "
					   "effect in this version.", binding->name);
	}
}

static void warn_unknown(struct load *load, const struct binding *binding)
{
	const char *nearest = config_key_nearest(binding->name);

	config_report_warn(load->report, binding->pos, binding->name,
			   "There is no key '%.60s'%s%s%s; "
			   "it has no effect.",
			   binding->name, nearest ? " (did you mean '" : "", nearest ? nearest : "",
			   nearest ? "'?)" : "");
}

static bool is_declared(const struct load *load, const char *name)
{
	for (const struct declared_var *var = load->eval.vars; var; var = var->next)
		if (!strcmp(var->name, name))
			return true;
	return false;
}

static int compare_order(const void *a, const void *b)
{
	const struct binding *const *x = a, *const *y = b;

	return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

/* Variables that are no keys and that nothing reads are most likely keys misspelled. */
static void warn_leftovers(struct load *load)
{
	const struct scope *scope = &load->eval.globals;
	struct binding **left = arena_alloc(&load->arena, (scope->count + 1) * sizeof(*left)), *b;
	size_t nr = 0;

	for (size_t i = 0; i < SCOPE_BUCKETS; i++)
		for (b = scope->bucket[i]; b; b = b->next)
			if (!b->used && b->name[0] != '_' && is_plain(b->value) &&
			    !config_key_find(b->name) && !is_declared(load, b->name))
				left[nr++] = b;
	qsort(left, nr, sizeof(*left), compare_order);
	for (size_t i = 0; i < nr && i < 20; i++)
		warn_unknown(load, left[i]);
}

static void report_notes(struct load *load)
{
	for (const struct eval_note *note = load->eval.notes; note; note = note->next)
		config_report_warn(load->report, note->pos, NULL, "%.1000s", note->text);
}

static void set_string(struct load *load, char **member, const char *text)
{
	if (config_string_set(member, text)) {
		load->arena.no_memory = true;
		arena_fail(&load->arena, NOWHERE, "There is not enough memory to load the file.");
	}
}

/* restart= of 2.0 in today's words; on_... given beside it win. */
static void derive_actions(struct load *load)
{
	struct domain_config *config = load->config;
	enum domain_action *action = &config->on_poweroff;
	const char *restart = config->restart;

	if (!restart)
		return;
	for (size_t i = 0; i < 4; i++) {
		if (load->loader.has_on[i])
			continue;
		action[i] = !strcmp(restart, "always") ||
			    (!strcmp(restart, "onreboot") && &action[i] == &config->on_reboot) ?
			    DOMAIN_ACTION_RESTART : DOMAIN_ACTION_DESTROY;
	}
}

static void derive_name(struct load *load)
{
	const char *name = load->source->name, *why;

	if (!name && load->config->name)
		return;
	if (!name)
		name = load->source->file ? base_name(load->source->file) : "";
	why = domain_name_complaint(name);
	if (why)
		arena_fail(&load->arena, NOWHERE, "The domain cannot be called '%.80s': %s", name,
			   why);
	set_string(load, &load->config->name, name);
}

/* What follows from other keys. */
static void derive(struct load *load)
{
	struct domain_config *config = load->config;
	char cpu[12];

	derive_name(load);
	derive_actions(load);
	if (!config->maxmem_mb)
		config->maxmem_mb = config->memory_mb;
	if (!config->vcpus)
		config->vcpus = config->maxvcpus ? config->maxvcpus : 1;
	if (!config->maxvcpus)
		config->maxvcpus = config->vcpus;
	if (config->nics < config->vif.count)
		config->nics = (uint32_t)config->vif.count;
	if (load->loader.cpu >= 0 && !config->cpus.count) {
		snprintf(cpu, sizeof(cpu), "%d", (int)load->loader.cpu);
		if (config_strings_add(&config->cpus, cpu, NOWHERE))
			arena_fail(&load->arena, NOWHERE, "There is not enough memory.");
	}
	set_string(load, &config->cmdline, cmdline_compose(&load->loader));
	if (load->loader.parts.cmdline && (load->loader.parts.root || load->loader.parts.extra))
		config_report_warn(load->report, NOWHERE, "cmdline",
				   "cmdline is set, so root and extra "
				   "have no effect.");
}

/* The failure that jumped, as the report's error. */
static int report_failure(struct load *load)
{
	struct config_pos pos = load->arena.failure_pos.line ? load->arena.failure_pos :
				load->eval.here;
	const char *key = load->loader.key ? load->loader.key->name : NULL;

	if (load->eval.checking)
		config_report_error(load->report, pos, NULL, "The file's own check refuses %s. %s",
				    load->eval.checking, load->arena.failure);
	else
		config_report_error(load->report, pos, key, "%s", load->arena.failure);
	return load->arena.no_memory || !load->report->error.text ? -ENOMEM : -EINVAL;
}

static void load_init(struct load *load, const struct config_source *source,
		      struct config_report *report)
{
	memset(load, 0, sizeof(*load));
	load->source = source;
	load->report = report;
	arena_init(&load->arena);
	eval_init(&load->eval, &load->arena);
	load->loader.eval = &load->eval;
	load->loader.report = report;
	load->loader.cpu = -1;
}

/* The part that may jump. */
static int load_guarded(struct load *load)
{
	if (setjmp(load->arena.escape))
		return report_failure(load);
	evaluate(load);
	report_notes(load);
	load->eval.here = NOWHERE;
	load_keys(load);
	warn_leftovers(load);
	derive(load);
	return domain_config_check(load->config, load->report);
}

int domain_config_load(const struct config_source *source, struct domain_config **ret_config,
		       struct config_report *report)
{
	struct load load;
	int rc;

	load_init(&load, source, report);
	load.config = load.loader.config = domain_config_new();
	if (!load.config) {
		config_report_error(report, NOWHERE, NULL, "There is not enough memory.");
		return -ENOMEM;
	}
	rc = load_guarded(&load);
	arena_free(&load.arena);
	if (rc)
		domain_config_free(load.config);
	else
		*ret_config = load.config;
	return rc;
}

static json_t *describe_vars(struct load *load)
{
	json_t *list = json_array(), *item;
	struct binding *binding;
	struct text usage = {.arena = &load->arena};

	text_add(&usage, "", 0);
	for (const struct declared_var *var = load->eval.vars; var; var = var->next) {
		binding = scope_find(&load->eval.globals, var->name);
		item = json_pack("{s:s, s:s, s:s?}", "name", var->name, "doc", var->doc, "value",
				 binding && binding->value && is_on_command_line(load, var->name) ?
				 builtin_str(&load->eval, binding->value)->string.data : NULL);
		json_array_append_new(list, item);
		text_printf(&usage, "  %s=VALUE\n      %s\n", var->name, var->doc);
	}
	return json_pack("{s:o, s:s}", "vars", list, "usage", usage.data);
}

static json_t *help_guarded(struct load *load)
{
	if (setjmp(load->arena.escape)) {
		if (load->eval.help_reached) {
			load->eval.help_reached = false;	/* a second failure is one */
			load->eval.steps = EVAL_STEPS_MAX;
			load->eval.locals = NULL;
			return describe_vars(load);
		}
		report_failure(load);
		return NULL;
	}
	load->eval.help = true;
	evaluate(load);
	return describe_vars(load);
}

json_t *domain_config_help(const struct config_source *source, struct config_report *report)
{
	struct load load;
	json_t *json;

	load_init(&load, source, report);
	json = help_guarded(&load);
	arena_free(&load.arena);
	return json;
}
