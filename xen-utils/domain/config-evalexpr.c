/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of domain files; see config-eval.h.
 */
#include <config.h>

#include <string.h>

#include "domain/config-eval.h"

/* Constants never change, so the tree and the variables share them. */
static struct value *expr_const(struct eval *eval, const struct node *node)
{
	(void)eval;
	return node->value;
}

static struct value *expr_name(struct eval *eval, const struct node *node)
{
	struct binding *binding = eval_lookup(eval, node->name);

	if (binding && binding->value) {
		binding->used = true;
		return binding->value;
	}
	return builtin_lookup(eval, node->name, node->pos);
}

static struct value *expr_list(struct eval *eval, const struct node *node)
{
	struct value *list = value_list(eval->arena,
					node->kind == NODE_TUPLE ? VALUE_TUPLE : VALUE_LIST);

	for (const struct node *item = node->a; item; item = item->next)
		value_append(eval->arena, list, eval_expression(eval, item));
	return list;
}

static struct value *expr_dict(struct eval *eval, const struct node *node)
{
	struct value *dict = value_list(eval->arena, VALUE_DICT), *key;

	for (const struct node *item = node->a; item; item = item->next->next) {
		key = eval_expression(eval, item);
		operator_store(eval, dict, key, eval_expression(eval, item->next), item->pos);
	}
	return dict;
}

static struct value *expr_listcomp(struct eval *eval, const struct node *node)
{
	struct value *items = builtin_elements(eval, eval_expression(eval, node->c), node->c->pos);
	struct value *list = value_list(eval->arena, VALUE_LIST);
	const struct node *condition;

	for (size_t i = 0; i < items->list.count; i++) {
		eval_spend(eval, 1);
		eval_assign(eval, node->b, items->list.item[i], node->c->pos);
		for (condition = node->d; condition; condition = condition->next)
			if (!value_truth(eval_expression(eval, condition)))
				break;
		if (!condition)
			value_append(eval->arena, list, eval_expression(eval, node->a));
	}
	return list;
}

static struct value *expr_unary(struct eval *eval, const struct node *node)
{
	return operator_unary(eval, node->op, eval_expression(eval, node->a), node->pos);
}

static struct value *expr_binary(struct eval *eval, const struct node *node)
{
	struct value *a = eval_expression(eval, node->a);

	return operator_binary(eval, node->op, a, eval_expression(eval, node->b), node->pos);
}

/* a < b < c: every pair, until one does not hold. */
static struct value *expr_compare(struct eval *eval, const struct node *node)
{
	struct value *left = eval_expression(eval, node->a), *right;

	for (const struct node *operand = node->b; operand; operand = operand->next) {
		right = eval_expression(eval, operand->a);
		if (!operator_compare(eval, operand->op, left, right, operand->pos))
			return value_bool(eval->arena, false);
		left = right;
	}
	return value_bool(eval->arena, true);
}

static struct value *expr_and_or(struct eval *eval, const struct node *node)
{
	struct value *a = eval_expression(eval, node->a);

	return value_truth(a) == (node->kind == NODE_OR) ? a : eval_expression(eval, node->b);
}

static struct value *expr_not(struct eval *eval, const struct node *node)
{
	return value_bool(eval->arena, !value_truth(eval_expression(eval, node->a)));
}

static struct value *expr_cond(struct eval *eval, const struct node *node)
{
	bool yes = value_truth(eval_expression(eval, node->b));

	return eval_expression(eval, yes ? node->a : node->c);
}

static struct value *expr_call(struct eval *eval, const struct node *node)
{
	struct value *function = eval_expression(eval, node->a);
	const char *names[EVAL_ARGS_MAX] = {NULL};
	struct call call = {.pos = node->pos};

	for (const struct node *argument = node->b; argument; argument = argument->next) {
		if (call.nr_args == EVAL_ARGS_MAX)
			arena_fail(eval->arena, argument->pos, "A call has at most %d arguments in "
				   "domain files; pass a list instead.", EVAL_ARGS_MAX);
		names[call.nr_args] = argument->kind == NODE_KWARG ? argument->name : NULL;
		call.arg[call.nr_args++] = eval_expression(eval, argument->kind == NODE_KWARG ?
							   argument->a : argument);
	}
	return eval_call(eval, function, &call, names);
}

static struct value *expr_index(struct eval *eval, const struct node *node)
{
	struct value *object = eval_expression(eval, node->a);

	return operator_index(eval, object, eval_expression(eval, node->b), node->pos);
}

static struct value *expr_slice(struct eval *eval, const struct node *node)
{
	struct value *object = eval_expression(eval, node->a);
	struct value *part[3] = {
		node->b ? eval_expression(eval, node->b) : NULL,
		node->c ? eval_expression(eval, node->c) : NULL,
		node->d ? eval_expression(eval, node->d) : NULL,
	};

	return operator_slice(eval, object, part, node->pos);
}

static struct value *expr_attr(struct eval *eval, const struct node *node)
{
	return builtin_attr(eval, eval_expression(eval, node->a), node->name, node->pos);
}

static struct value *(*const kinds[NODE_KINDS])(struct eval *eval, const struct node *node) = {
	[NODE_CONST] = expr_const, [NODE_NAME] = expr_name, [NODE_LIST] = expr_list,
	[NODE_TUPLE] = expr_list, [NODE_DICT] = expr_dict, [NODE_LISTCOMP] = expr_listcomp,
	[NODE_UNARY] = expr_unary, [NODE_BINARY] = expr_binary, [NODE_COMPARE] = expr_compare,
	[NODE_AND] = expr_and_or, [NODE_OR] = expr_and_or, [NODE_NOT] = expr_not,
	[NODE_COND] = expr_cond, [NODE_CALL] = expr_call, [NODE_INDEX] = expr_index,
	[NODE_SLICE] = expr_slice, [NODE_ATTR] = expr_attr,
};

/* A value that this node made bears its place; one that a variable holds keeps the older one. */
struct value *eval_expression(struct eval *eval, const struct node *node)
{
	struct value *value;

	eval_enter(eval);
	eval_spend(eval, 1);
	eval->here = node->pos;
	value = kinds[node->kind](eval, node);
	if (!value->pos.line)
		value->pos = node->pos;
	eval_leave(eval);
	return value;
}
