/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain file after reading: a tree of nodes in the arena. What each kind keeps where is in the
 * table beside the enumeration; the parser makes it so and the evaluator relies on it.
 *
 * Relies on config-arena. Relied on by config-parse and config-eval.
 */
#ifndef DOMAIN_CONFIG_AST_H
#define DOMAIN_CONFIG_AST_H

#include "domain/config-arena.h"

struct value;

enum node_kind {
	/* expressions */
	NODE_CONST,	/* value */
	NODE_NAME,	/* name */
	NODE_LIST,	/* a: first item, chained by next */
	NODE_TUPLE,	/* a: first item */
	NODE_DICT,	/* a: key, value, key, value... chained by next */
	NODE_LISTCOMP,	/* a: item, b: target, c: iterable, d: conditions chained by next */
	NODE_UNARY,	/* op, a */
	NODE_BINARY,	/* op, a, b */
	NODE_COMPARE,	/* a: first operand, b: chain of NODE_OPERAND */
	NODE_OPERAND,	/* op, a: inside NODE_COMPARE only */
	NODE_AND,	/* a, b */
	NODE_OR,	/* a, b */
	NODE_NOT,	/* a */
	NODE_COND,	/* a if b else c */
	/* a: function, b: chain of arguments; name of a keyword argument in NODE_KWARG */
	NODE_CALL,
	NODE_KWARG,	/* name, a: inside NODE_CALL (and defaults of NODE_DEF) only */
	NODE_INDEX,	/* a[b] */
	NODE_SLICE,	/* a[b:c:d], each of b, c, d may be NULL */
	NODE_ATTR,	/* a.name */
	/* statements, chained by next */
	NODE_EXPR,	/* a */
	NODE_ASSIGN,	/* a: value, b: chain of targets (NODE_TARGET holding a) */
	NODE_TARGET,	/* a */
	NODE_AUGASSIGN,	/* op, a: target, b: value */
	NODE_IF,	/* a: condition, b: body, c: else body */
	NODE_FOR,	/* a: target, b: iterable, c: body, d: else body */
	NODE_WHILE,	/* a: condition, b: body, c: else body */
	NODE_DEF,	/* name, a: parameters (NODE_NAME or NODE_KWARG with default), b: body */
	NODE_RETURN,	/* a or NULL */
	NODE_RAISE,	/* a or NULL */
	NODE_IMPORT,	/* name: module, b: chain of NODE_NAME for "from", name2: bound as */
	NODE_GLOBAL,	/* a: chain of NODE_NAME */
	NODE_DEL,	/* a: what may be assigned to */
	NODE_ASSERT,	/* a, b: message or NULL */
	NODE_BREAK, NODE_CONTINUE, NODE_PASS,
	NODE_KINDS
};

/* Operators that are words; the others are their characters (OP2(), OP3() of config-lex.h). */
enum { OPERATOR_IN = 1, OPERATOR_NOT_IN, OPERATOR_IS, OPERATOR_IS_NOT };

struct node {
	enum node_kind kind;
	int op;
	struct config_pos pos;
	const char *name, *name2;
	struct value *value;
	struct node *a, *b, *c, *d;
	struct node *next;
};

#endif
