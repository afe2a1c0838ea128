/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements, variables and calls of domain files; see config-eval.h. Expressions are in
 * config-evalexpr.c. Both dispatch by a table with a row for every kind of node.
 */
#include <config.h>

#include <string.h>

#include "domain/config-eval.h"

/* What comes after a statement. */
enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN };

static enum flow run_block(struct eval *eval, const struct node *node);

void eval_spend(struct eval *eval, size_t steps)
{
	if (steps >= eval->steps) {
		eval->steps = 0;
		arena_fail(eval->arena, eval->here, "The file takes too long to evaluate (more "
			   "than %u steps); look for a loop that does not end.", EVAL_STEPS_MAX);
	}
	eval->steps -= (unsigned int)steps;
}

void eval_enter(struct eval *eval)
{
	if (++eval->depth > EVAL_DEPTH_MAX)
		arena_fail(eval->arena, eval->here, "Calls or expressions are nested more than %d "
			   "deep here; look for a function that calls itself.", EVAL_DEPTH_MAX);
}

void eval_leave(struct eval *eval)
{
	eval->depth--;
}

static struct binding **scope_slot(const struct scope *scope, const char *name)
{
	unsigned int hash = 5381;

	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return (struct binding **)&scope->bucket[hash % SCOPE_BUCKETS];
}

struct binding *scope_find(const struct scope *scope, const char *name)
{
	for (struct binding *b = *scope_slot(scope, name); b; b = b->next)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

struct binding *scope_set(struct eval *eval, struct scope *scope, const char *name,
			  struct value *value, struct config_pos pos)
{
	struct binding *binding = scope_find(scope, name), **slot;

	if (!binding) {
		eval_spend(eval, scope->count / SCOPE_BUCKETS);
		slot = scope_slot(scope, name);
		binding = arena_alloc(eval->arena, sizeof(*binding));
		binding->name = name;
		binding->next = *slot;
		binding->order = scope->count++;
		*slot = binding;
	}
	binding->value = value;
	binding->pos = pos;
	return binding;
}

void scope_remove(struct scope *scope, const char *name)
{
	for (struct binding **b = scope_slot(scope, name); *b; b = &(*b)->next) {
		if (!strcmp((*b)->name, name)) {
			*b = (*b)->next;
			return;
		}
	}
}

/* The scope that a name's assignment goes to. */
static struct scope *scope_of(struct eval *eval, const char *name)
{
	struct binding *binding;

	if (!eval->locals)
		return &eval->globals;
	binding = scope_find(eval->locals, name);
	return binding && binding->is_global ? &eval->globals : eval->locals;
}

struct binding *eval_lookup(struct eval *eval, const char *name)
{
	struct binding *binding = scope_find(scope_of(eval, name), name);

	return binding ? binding : scope_find(&eval->globals, name);
}

static void assign_items(struct eval *eval, const struct node *targets, struct value *value,
			 struct config_pos pos)
{
	struct value *items = builtin_elements(eval, value, pos);
	const struct node *target;
	size_t nr = 0;

	for (target = targets->a; target; target = target->next)
		nr++;
	if (nr != items->list.count)
		arena_fail(eval->arena, targets->pos, "There are %zu variables for %zu values; "
			   "give as many of one as of the other.", nr, items->list.count);
	nr = 0;
	for (target = targets->a; target; target = target->next)
		eval_assign(eval, target, items->list.item[nr++], pos);
}

void eval_assign(struct eval *eval, const struct node *target, struct value *value,
		 struct config_pos pos)
{
	struct value *object;

	switch (target->kind) {
	case NODE_NAME:
		scope_set(eval, scope_of(eval, target->name), target->name, value, pos);
		break;
	case NODE_INDEX:
		object = eval_expression(eval, target->a);
		operator_store(eval, object, eval_expression(eval, target->b), value, target->pos);
		break;
	default:		/* a list or tuple: the parser let nothing else through */
		assign_items(eval, target, value, pos);
	}
}

static enum flow run_expression(struct eval *eval, const struct node *node)
{
	eval_expression(eval, node->a);
	return FLOW_NEXT;
}

static enum flow run_assign(struct eval *eval, const struct node *node)
{
	struct value *value = eval_expression(eval, node->a);

	for (const struct node *target = node->b; target; target = target->next)
		eval_assign(eval, target->a, value, node->a->pos);
	return FLOW_NEXT;
}

static enum flow run_augmented(struct eval *eval, const struct node *node)
{
	struct value *old = eval_expression(eval, node->a);
	struct value *value = eval_expression(eval, node->b);

	value = operator_binary(eval, node->op, old, value, node->pos);
	value->pos = node->b->pos;
	eval_assign(eval, node->a, value, node->b->pos);
	return FLOW_NEXT;
}

static enum flow run_if(struct eval *eval, const struct node *node)
{
	return run_block(eval, value_truth(eval_expression(eval, node->a)) ? node->b : node->c);
}

static enum flow run_for(struct eval *eval, const struct node *node)
{
	struct value *items = builtin_elements(eval, eval_expression(eval, node->b), node->b->pos);
	enum flow flow;

	for (size_t i = 0; i < items->list.count; i++) {
		eval_spend(eval, 1);
		eval_assign(eval, node->a, items->list.item[i], node->b->pos);
		flow = run_block(eval, node->c);
		if (flow == FLOW_BREAK)
			return FLOW_NEXT;
		if (flow == FLOW_RETURN)
			return flow;
	}
	return run_block(eval, node->d);
}

static enum flow run_while(struct eval *eval, const struct node *node)
{
	enum flow flow;

	while (value_truth(eval_expression(eval, node->a))) {
		eval_spend(eval, 1);
		flow = run_block(eval, node->b);
		if (flow == FLOW_BREAK)
			return FLOW_NEXT;
		if (flow == FLOW_RETURN)
			return flow;
	}
	return run_block(eval, node->c);
}

static enum flow run_def(struct eval *eval, const struct node *node)
{
	struct value *function = value_list(eval->arena, VALUE_FUNCTION);
	const struct node *parameter;
	size_t nr = 0;

	for (parameter = node->a; parameter; parameter = parameter->next)
		nr++;
	if (nr > EVAL_ARGS_MAX)
		arena_fail(eval->arena, node->pos, "The function has more than %d parameters; "
			   "pass a list instead.", EVAL_ARGS_MAX);
	function->pos = node->pos;
	function->function.def = node;
	function->function.defaults = arena_alloc(eval->arena, (nr + 1) * sizeof(struct value *));
	nr = 0;
	for (parameter = node->a; parameter; parameter = parameter->next, nr++)
		if (parameter->kind == NODE_KWARG)
			function->function.defaults[nr] = eval_expression(eval, parameter->a);
	scope_set(eval, scope_of(eval, node->name), node->name, function, node->pos);
	return FLOW_NEXT;
}

static enum flow run_return(struct eval *eval, const struct node *node)
{
	eval->returned = node->a ? eval_expression(eval, node->a) : value_none(eval->arena);
	return FLOW_RETURN;
}

static const char *text_of(struct eval *eval, struct value *value)
{
	return builtin_str(eval, value)->string.data;
}

static enum flow run_raise(struct eval *eval, const struct node *node)
{
	struct value *what = node->a ? eval_expression(eval, node->a) : NULL;
	const char *name = "an error", *text = "";

	if (what && what->kind == VALUE_EXCEPTION) {
		name = what->exception.name;
		text = what->exception.text;
	} else if (what) {
		text = text_of(eval, what);
	}
	if (node->b)
		text = text_of(eval, eval_expression(eval, node->b));
	if (*text)
		arena_fail(eval->arena, node->pos, "The file raises %s here: %s", name, text);
	arena_fail(eval->arena, node->pos, "The file raises %s here.", name);
}

static enum flow run_assert(struct eval *eval, const struct node *node)
{
	if (value_truth(eval_expression(eval, node->a)))
		return FLOW_NEXT;
	if (node->b)
		arena_fail(eval->arena, node->pos, "What the file asserts here is not so: %s",
			   text_of(eval, eval_expression(eval, node->b)));
	arena_fail(eval->arena, node->pos, "What the file asserts here is not so.");
}

static enum flow run_import(struct eval *eval, const struct node *node)
{
	struct value *module = builtin_import(eval, node->name, node->pos);
	const struct node *name;

	if (node->name2)	/* "import x": "import os.path" binds os */
		scope_set(eval, scope_of(eval, node->name2),
			  strcmp(node->name2, "os.path") ? node->name2 : "os",
			  strcmp(node->name2, "os.path") ? module :
			  builtin_import(eval, "os", node->pos), node->pos);
	for (name = node->b; name; name = name->next)
		scope_set(eval, scope_of(eval, name->name2), name->name2,
			  builtin_module_attr(eval, builtin_module_name(module), name->name,
					      name->pos), node->pos);
	return FLOW_NEXT;
}

static enum flow run_global(struct eval *eval, const struct node *node)
{
	const struct node *name;

	for (name = node->a; eval->locals && name; name = name->next)
		scope_set(eval, eval->locals, name->name, NULL, name->pos)->is_global = true;
	return FLOW_NEXT;
}

static void delete_target(struct eval *eval, const struct node *target)
{
	struct value *object;

	if (target->kind == NODE_NAME) {
		if (!scope_find(scope_of(eval, target->name), target->name))
			arena_fail(eval->arena, target->pos, "There is no variable '%.60s' to "
				   "delete; check its spelling.", target->name);
		scope_remove(scope_of(eval, target->name), target->name);
	} else if (target->kind == NODE_INDEX) {
		object = eval_expression(eval, target->a);
		operator_store(eval, object, eval_expression(eval, target->b), NULL, target->pos);
	} else {
		for (target = target->a; target; target = target->next)
			delete_target(eval, target);
	}
}

static enum flow run_del(struct eval *eval, const struct node *node)
{
	delete_target(eval, node->a);
	return FLOW_NEXT;
}

static enum flow run_break(struct eval *eval, const struct node *node)
{
	(void)eval;
	return node->kind == NODE_BREAK ? FLOW_BREAK : FLOW_CONTINUE;
}

static enum flow run_pass(struct eval *eval, const struct node *node)
{
	(void)eval;
	(void)node;
	return FLOW_NEXT;
}

static enum flow (*const statements[NODE_KINDS])(struct eval *eval, const struct node *node) = {
	[NODE_EXPR] = run_expression, [NODE_ASSIGN] = run_assign,
	[NODE_AUGASSIGN] = run_augmented, [NODE_IF] = run_if, [NODE_FOR] = run_for,
	[NODE_WHILE] = run_while, [NODE_DEF] = run_def, [NODE_RETURN] = run_return,
	[NODE_RAISE] = run_raise, [NODE_IMPORT] = run_import, [NODE_GLOBAL] = run_global,
	[NODE_DEL] = run_del, [NODE_ASSERT] = run_assert, [NODE_BREAK] = run_break,
	[NODE_CONTINUE] = run_break, [NODE_PASS] = run_pass,
};

static enum flow run_block(struct eval *eval, const struct node *node)
{
	enum flow flow = FLOW_NEXT;

	eval_enter(eval);
	for (; node && flow == FLOW_NEXT; node = node->next) {
		eval_spend(eval, 1);
		eval->here = node->pos;
		flow = statements[node->kind](eval, node);
	}
	eval_leave(eval);
	return flow;
}

void eval_init(struct eval *eval, struct arena *arena)
{
	memset(eval, 0, sizeof(*eval));
	eval->arena = arena;
	eval->steps = EVAL_STEPS_MAX;
	eval->vars_tail = &eval->vars;
	eval->notes_tail = &eval->notes;
}

void eval_run(struct eval *eval, const struct node *statement)
{
	run_block(eval, statement);
}

/* Puts the arguments with a name where their parameter is. */
static void bind_named(struct eval *eval, const struct node *def, const struct call *call,
		       const char *const *names, struct scope *locals)
{
	const struct node *parameter = NULL;

	for (size_t i = 0; i < call->nr_args; i++) {
		if (!names || !names[i])
			continue;
		for (parameter = def->a; parameter; parameter = parameter->next)
			if (!strcmp(parameter->name, names[i]))
				break;
		if (!parameter)
			arena_fail(eval->arena, call->pos,
				   "%.60s() has no parameter '%.60s'; check "
				   "its spelling.",
				   def->name, names[i]);
		if (scope_find(locals, names[i]))
			arena_fail(eval->arena, call->pos, "%.60s() is given its parameter '%.60s' "
				   "twice; leave one out.", def->name, names[i]);
		scope_set(eval, locals, parameter->name, call->arg[i], call->pos);
	}
}

static void bind_arguments(struct eval *eval, const struct value *function, const struct call *call,
			   const char *const *names, struct scope *locals)
{
	const struct node *def = function->function.def, *parameter = def->a;
	size_t nr;

	for (nr = 0; nr < call->nr_args && !(names && names[nr]); nr++) {
		if (!parameter)
			arena_fail(eval->arena, call->pos, "%.60s() takes fewer arguments than are "
				   "given here; leave some out.", def->name);
		scope_set(eval, locals, parameter->name, call->arg[nr], call->pos);
		parameter = parameter->next;
	}
	bind_named(eval, def, call, names, locals);
	nr = 0;
	for (parameter = def->a; parameter; parameter = parameter->next, nr++) {
		if (scope_find(locals, parameter->name))
			continue;
		if (!function->function.defaults[nr])
			arena_fail(eval->arena, call->pos,
				   "%.60s() needs a value for '%.60s'; give "
				   "it one.",
				   def->name, parameter->name);
		scope_set(eval, locals, parameter->name, function->function.defaults[nr],
			  call->pos);
	}
}

static struct value *call_function(struct eval *eval, struct value *function,
				   const struct call *call, const char *const *names)
{
	struct scope *locals = arena_alloc(eval->arena, sizeof(*locals)), *outer = eval->locals;
	struct value *result;

	bind_arguments(eval, function, call, names, locals);
	eval->locals = locals;
	eval->returned = NULL;
	run_block(eval, function->function.def->b);
	eval->locals = outer;
	result = eval->returned ? eval->returned : value_none(eval->arena);
	eval->returned = NULL;
	return result;
}

/* Our functions read their arguments once or twice; long ones cost accordingly. */
static void spend_argument(struct eval *eval, const struct value *value)
{
	if (value && value->kind == VALUE_STRING)
		eval_spend(eval, value->string.len / 16);
}

/* Sorts the arguments of one of our functions into its parameters. */
static struct value *call_builtin(struct eval *eval, struct value *function,
				  const struct call *given, const char *const *names)
{
	const struct builtin *row = function->builtin.row;
	struct call call = {.self = function->builtin.self, .pos = given->pos};
	size_t max = 0;

	while (max < 4 && row->params[max])
		max++;
	spend_argument(eval, call.self);
	for (size_t i = 0; i < given->nr_args; i++) {
		size_t place = i;

		spend_argument(eval, given->arg[i]);
		if (names && names[i])
			for (place = 0; place < max && strcmp(row->params[place], names[i]);)
				place++;
		if ((place >= max && !(row->many && !(names && names[i]))) || call.arg[place])
			arena_fail(eval->arena, given->pos, "%s() does not take %s%.60s; "
				   "xmdomain.cfg(5) shows how it is called.", row->name,
				   names && names[i] ? "an argument " : "so many arguments",
				   names && names[i] ? names[i] : "");
		call.arg[place] = given->arg[i];
		call.nr_args = place + 1 > call.nr_args ? place + 1 : call.nr_args;
	}
	for (size_t i = 0; i < row->least; i++)
		if (!call.arg[i])
			arena_fail(eval->arena, given->pos,
				   "%s() is called with too few arguments; "
				   "xmdomain.cfg(5) shows how it is called.",
				   row->name);
	return row->call(eval, &call);
}

static struct value *call_exception(struct eval *eval, struct value *function,
				    const struct call *call)
{
	struct value *instance = value_list(eval->arena, VALUE_EXCEPTION);

	instance->exception.name = function->exception.name;
	instance->exception.text = call->nr_args ? text_of(eval, call->arg[0]) : "";
	return instance;
}

struct value *eval_call(struct eval *eval, struct value *function, const struct call *call,
			const char *const *names)
{
	struct value *result;

	eval_enter(eval);
	switch (function->kind) {
	case VALUE_FUNCTION:
		result = call_function(eval, function, call, names);
		break;
	case VALUE_BUILTIN:
		result = call_builtin(eval, function, call, names);
		break;
	case VALUE_EXCEPTION:
		result = call_exception(eval, function, call);
		break;
	default:
		arena_fail(eval->arena, call->pos, "This is %s, which cannot be called; remove the "
			   "parentheses.", value_kind_name(function));
	}
	eval_leave(eval);
	return result;
}
