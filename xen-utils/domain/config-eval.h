/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The evaluator of domain files. It executes no Python and has no way to the outside: no file, no
 * environment, no process; what it can call is in the tables of config-builtin.c and
 * config-method.c.
 *
 * It ends, whatever the file says: every node costs a step of EVAL_STEPS_MAX, loops in C pay for
 * their length, recursion is bounded by EVAL_DEPTH_MAX, memory by the arena.
 *
 * Relies on config-parse and config-value. Relied on by config-load.
 */
#ifndef DOMAIN_CONFIG_EVAL_H
#define DOMAIN_CONFIG_EVAL_H

#include "domain/config-ast.h"
#include "domain/config-value.h"

#define EVAL_STEPS_MAX	2000000u
#define EVAL_DEPTH_MAX	600	/* nested expressions, blocks and calls together */
#define EVAL_ARGS_MAX	16

#define SCOPE_BUCKETS 64

/* A variable. */
struct binding {
	struct binding *next;
	const char *name;
	struct value *value;
	struct config_pos pos;	/* of what it was assigned from, in the last assignment */
	bool is_global;		/* in a function's scope: "global name" */
	bool used;		/* the file reads it: a helper, not a mistyped key */
	unsigned int order;	/* of its first assignment */
};

struct scope {
	struct binding *bucket[SCOPE_BUCKETS];
	unsigned int count;
};

/* What xm_vars.var() declared. */
struct declared_var {
	struct declared_var *next;
	const char *name, *doc;
	struct value *check;	/* NULL for none */
	struct config_pos pos;
};

/* A line that the file printed. */
struct eval_note {
	struct eval_note *next;
	const char *text;
	struct config_pos pos;
};

struct eval {
	struct arena *arena;
	unsigned int steps;	/* that are left */
	int depth;
	struct config_pos here;	/* of the node being evaluated, for failures that know no place */
	struct scope globals;
	struct scope *locals;	/* NULL outside of functions */
	struct value *returned;
	struct declared_var *vars, **vars_tail;
	const char *checking;	/* "name = 'value'" while xm_vars.check() asks the file */
	bool help;		/* stop at xm_vars.check() */
	bool help_reached;
	struct eval_note *notes, **notes_tail;
};

struct call {
	struct value *self;
	struct value *arg[EVAL_ARGS_MAX];	/* NULL for an optional one that is not given */
	size_t nr_args;
	struct config_pos pos;
};

/* Takes steps; fails when there are not enough left. */
void eval_spend(struct eval *eval, size_t steps);
void eval_enter(struct eval *eval);
void eval_leave(struct eval *eval);

void eval_init(struct eval *eval, struct arena *arena);
/* Runs the file's statements; the variables are in eval->globals then. */
void eval_run(struct eval *eval, const struct node *statements);
struct value *eval_expression(struct eval *eval, const struct node *node);
/* Calls a function of the file or one of ours. */
struct value *eval_call(struct eval *eval, struct value *function, const struct call *call,
			const char *const *names);
void eval_assign(struct eval *eval, const struct node *target, struct value *value,
		 struct config_pos pos);

struct binding *scope_find(const struct scope *scope, const char *name);
struct binding *scope_set(struct eval *eval, struct scope *scope, const char *name,
			  struct value *value, struct config_pos pos);
void scope_remove(struct scope *scope, const char *name);
/* The variable that a name means here, NULL for none. */
struct binding *eval_lookup(struct eval *eval, const char *name);

/* config-operator.c: one operator on evaluated operands; pos is the operator's. */
struct value *operator_binary(struct eval *eval, int op, struct value *a, struct value *b,
			      struct config_pos pos);
struct value *operator_unary(struct eval *eval, int op, struct value *a, struct config_pos pos);
bool operator_compare(struct eval *eval, int op, struct value *a, struct value *b,
		      struct config_pos pos);
bool operator_contains(struct eval *eval, struct value *container, struct value *item,
		       struct config_pos pos);
struct value *operator_index(struct eval *eval, struct value *object, struct value *index,
			     struct config_pos pos);
struct value *operator_slice(struct eval *eval, struct value *object, struct value *const part[3],
			     struct config_pos pos);
/* object[index] = value, or removal when value is NULL. */
void operator_store(struct eval *eval, struct value *object, struct value *index,
		    struct value *value, struct config_pos pos);

/* config-format.c: 'text' % value. */
struct value *format_percent(struct eval *eval, const struct value *format, struct value *value,
			     struct config_pos pos);

/*
 * A function of ours. params are its parameters' names in order, least of them required; a row with
 * many set takes any number. self is checked by the lookup.
 */
struct builtin {
	const char *owner;	/* "" for plain functions, else a module or "str", "list", "dict" */
	const char *name;
	struct value *(*call)(struct eval *eval, const struct call *call);
	unsigned char least;
	bool many;
	const char *params[4];
};

/* config-builtin.c, config-method.c */
struct value *builtin_lookup(struct eval *eval, const char *name, struct config_pos pos);
struct value *builtin_import(struct eval *eval, const char *module, struct config_pos pos);
struct value *builtin_module_attr(struct eval *eval, const char *module, const char *name,
				  struct config_pos pos);
struct value *builtin_attr(struct eval *eval, struct value *object, const char *name,
			   struct config_pos pos);
const char *builtin_module_name(const struct value *module);
const struct builtin *method_find(const struct value *object, const char *name);
struct value *builtin_value(struct eval *eval, const struct builtin *row, struct value *self);
/* Any sequence, string or dictionary as a list of its elements, fresh. */
struct value *builtin_elements(struct eval *eval, struct value *object, struct config_pos pos);
/* str(value), and the text of a string argument (fails for anything else). */
struct value *builtin_str(struct eval *eval, struct value *value);
const struct value *builtin_need_string(struct eval *eval, const struct call *call, size_t nr);
int64_t builtin_need_integer(struct eval *eval, const struct call *call, size_t nr);

#endif
