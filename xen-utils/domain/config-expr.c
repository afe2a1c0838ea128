/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of expressions: Python's, with its precedences, without lambda, generators and sets.
 * Binary operators are read by one loop over a table of precedences.
 */
#include <config.h>

#include <string.h>

#include "domain/config-parser.h"
#include "domain/config-value.h"

enum { LEVEL_OR = 1, LEVEL_XOR, LEVEL_AND, LEVEL_SHIFT, LEVEL_SUM, LEVEL_PRODUCT };

static const struct {
	int op;
	int level;
} binary_ops[] = {
	{'|', LEVEL_OR}, {'^', LEVEL_XOR}, {'&', LEVEL_AND},
	{OP2('<', '<'), LEVEL_SHIFT}, {OP2('>', '>'), LEVEL_SHIFT},
	{'+', LEVEL_SUM}, {'-', LEVEL_SUM},
	{'*', LEVEL_PRODUCT}, {'/', LEVEL_PRODUCT}, {OP2('/', '/'), LEVEL_PRODUCT},
	{'%', LEVEL_PRODUCT},
};

static struct node *parse_unary(struct parser *parser);
static struct node *parse_or(struct parser *parser);

static struct node *const_node(struct parser *parser, struct config_pos pos, struct value *value)
{
	struct node *node = node_new(parser, NODE_CONST, pos);

	value->pos = pos;
	node->value = value;
	return node;
}

/* Strings that follow one another are one string. */
static struct node *parse_string(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct text text = {.arena = parser->arena};

	text_add(&text, "", 0);
	while (parser->token.kind == TOKEN_STRING) {
		text_add(&text, parser->token.text, parser->token.len);
		parser_next(parser);
	}
	return const_node(parser, pos, value_string(parser->arena, text.data, text.len));
}

static struct node *parse_list_comprehension(struct parser *parser, struct node *item,
					     struct config_pos pos)
{
	struct node *node = node_new(parser, NODE_LISTCOMP, pos), **tail = &node->d;

	parser_next(parser);
	node->a = item;
	node->b = parse_targets(parser);
	if (!parser_take_keyword(parser, "in"))
		parser_unexpected(parser, "'in'");
	node->c = parse_or(parser);	/* an "if" behind it is the comprehension's */
	while (parser_take_keyword(parser, "if"))
		tail = node_append(tail, parse_or(parser));
	if (parser_is_keyword(parser, "for"))
		arena_fail(parser->arena, parser->token.pos, "A list may have one 'for' inside it "
			   "in domain files; use loops for more.");
	return node;
}

static struct node *parse_list(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node = node_new(parser, NODE_LIST, pos), **tail = &node->a;

	parser_next(parser);
	while (!parser_is_op(parser, ']')) {
		tail = node_append(tail, parse_test(parser));
		if (parser_is_keyword(parser, "for") && tail == &node->a->next)
			node = parse_list_comprehension(parser, node->a, pos);
		else if (parser_take_op(parser, ','))
			continue;
		break;
	}
	parser_need_op(parser, ']', "at the end of the list");
	return node;
}

static struct node *parse_dict(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_DICT, parser->token.pos), **tail = &node->a;

	parser_next(parser);
	while (!parser_is_op(parser, '}')) {
		tail = node_append(tail, parse_test(parser));
		parser_need_op(parser, ':', "after the key in the dictionary");
		tail = node_append(tail, parse_test(parser));
		if (!parser_take_op(parser, ','))
			break;
	}
	parser_need_op(parser, '}', "at the end of the dictionary");
	return node;
}

static struct node *parse_parenthesis(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node;

	parser_next(parser);
	if (parser_is_op(parser, ')'))
		node = node_new(parser, NODE_TUPLE, pos);
	else
		node = parse_testlist(parser);
	parser_need_op(parser, ')', "to close the parenthesis");
	return node;
}

static struct node *parse_word(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node;

	if (parser->token.kind == TOKEN_NAME) {
		node = node_new(parser, NODE_NAME, pos);
		node->name = parser->token.text;
		parser_next(parser);
		return node;
	}
	if (parser_take_keyword(parser, "None"))
		return const_node(parser, pos, value_none(parser->arena));
	if (parser_take_keyword(parser, "True"))
		return const_node(parser, pos, value_bool(parser->arena, true));
	if (parser_take_keyword(parser, "False"))
		return const_node(parser, pos, value_bool(parser->arena, false));
	parser_unexpected(parser, "a value");
}

static struct node *parse_atom(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct value *value;

	switch (parser->token.kind) {
	case TOKEN_STRING:
		return parse_string(parser);
	case TOKEN_INTEGER:
		value = value_integer(parser->arena, parser->token.integer);
		parser_next(parser);
		return const_node(parser, pos, value);
	case TOKEN_REAL:
		value = value_real(parser->arena, parser->token.real);
		parser_next(parser);
		return const_node(parser, pos, value);
	case TOKEN_OP:
		if (parser_is_op(parser, '['))
			return parse_list(parser);
		if (parser_is_op(parser, '{'))
			return parse_dict(parser);
		if (parser_is_op(parser, '('))
			return parse_parenthesis(parser);
		parser_unexpected(parser, "a value");
	default:
		return parse_word(parser);
	}
}

static struct node *parse_argument(struct parser *parser)
{
	struct node *node;

	if (parser->token.kind != TOKEN_NAME || parser_ahead(parser)->kind != TOKEN_OP ||
	    parser_ahead(parser)->op != '=')
		return parse_test(parser);
	node = node_new(parser, NODE_KWARG, parser->token.pos);
	node->name = parser->token.text;
	parser_next(parser);
	parser_next(parser);
	node->a = parse_test(parser);
	return node;
}

static struct node *parse_call(struct parser *parser, struct node *function)
{
	struct node *node = node_new(parser, NODE_CALL, function->pos), **tail = &node->b;
	bool named = false;

	parser_next(parser);
	node->a = function;
	while (!parser_is_op(parser, ')')) {
		struct node *argument = parse_argument(parser);

		if (named && argument->kind != NODE_KWARG)
			arena_fail(parser->arena, argument->pos, "An argument without a name "
				   "cannot follow one with a name; put it before them.");
		named = argument->kind == NODE_KWARG;
		tail = node_append(tail, argument);
		if (!parser_take_op(parser, ','))
			break;
	}
	parser_need_op(parser, ')', "at the end of the arguments");
	return node;
}

static struct node *slice_part(struct parser *parser)
{
	if (parser_is_op(parser, ':') || parser_is_op(parser, ']'))
		return NULL;
	return parse_test(parser);
}

static struct node *parse_subscript(struct parser *parser, struct node *object)
{
	struct node *node = node_new(parser, NODE_INDEX, parser->token.pos);

	parser_next(parser);
	node->a = object;
	node->b = slice_part(parser);
	if (parser_take_op(parser, ':')) {
		node->kind = NODE_SLICE;
		node->c = slice_part(parser);
		if (parser_take_op(parser, ':'))
			node->d = slice_part(parser);
	} else if (!node->b) {
		parser_unexpected(parser, "an index");
	}
	parser_need_op(parser, ']', "after the index");
	return node;
}

/*
 * Names, calls, indices, attributes. Their chain is a loop, yet deep for the evaluator: count it.
 */
static struct node *parse_primary(struct parser *parser)
{
	struct node *node = parse_atom(parser), *object;
	int depth = parser->depth;

	for (;; parser_enter(parser)) {
		if (parser_is_op(parser, '(')) {
			node = parse_call(parser, node);
		} else if (parser_is_op(parser, '[')) {
			node = parse_subscript(parser, node);
		} else if (parser_is_op(parser, '.')) {
			object = node;
			node = node_new(parser, NODE_ATTR, parser->token.pos);
			parser_next(parser);
			node->a = object;
			node->name = parser_need_name(parser, "the attribute");
		} else {
			parser->depth = depth;
			return node;
		}
	}
}

static struct node *parse_power(struct parser *parser)
{
	struct node *base = parse_primary(parser), *node;

	if (!parser_is_op(parser, OP2('*', '*')))
		return base;
	parser_enter(parser);
	node = node_new(parser, NODE_BINARY, parser->token.pos);
	node->op = parser->token.op;
	node->a = base;
	parser_next(parser);
	node->b = parse_unary(parser);
	parser_leave(parser);
	return node;
}

static struct node *parse_unary(struct parser *parser)
{
	struct node *node;

	if (!parser_is_op(parser, '-') && !parser_is_op(parser, '+') && !parser_is_op(parser, '~'))
		return parse_power(parser);
	parser_enter(parser);
	node = node_new(parser, NODE_UNARY, parser->token.pos);
	node->op = parser->token.op;
	parser_next(parser);
	node->a = parse_unary(parser);
	parser_leave(parser);
	return node;
}

static int binary_level(const struct parser *parser)
{
	if (parser->token.kind == TOKEN_OP)
		for (size_t i = 0; i < sizeof(binary_ops) / sizeof(binary_ops[0]); i++)
			if (binary_ops[i].op == parser->token.op)
				return binary_ops[i].level;
	return 0;
}

/*
 * Left-associative operators of at least this level. A long sum becomes a tree as deep as it is
 * long; the evaluator, which walks it by recursion, has a bound of its own for that.
 */
static struct node *parse_binary(struct parser *parser, int least)
{
	struct node *left = parse_unary(parser), *node;
	int level;

	while ((level = binary_level(parser)) >= least && level) {
		node = node_new(parser, NODE_BINARY, parser->token.pos);
		node->op = parser->token.op;
		node->a = left;
		parser_next(parser);
		node->b = parse_binary(parser, level + 1);
		left = node;
	}
	return left;
}

/* The comparison that is next, 0 for none; goes past its first word when it has two. */
static int comparison(struct parser *parser)
{
	if (parser->token.kind == TOKEN_OP) {
		switch (parser->token.op) {
		case '<': case '>': case OP2('=', '='): case OP2('!', '='):
		case OP2('<', '='): case OP2('>', '='):
			return parser->token.op;
		case OP2('<', '>'):
			return OP2('!', '=');
		}
		return 0;
	}
	if (parser_is_keyword(parser, "in"))
		return OPERATOR_IN;
	if (parser_is_keyword(parser, "not") && parser_ahead(parser)->kind == TOKEN_KEYWORD &&
	    !strcmp(parser_ahead(parser)->text, "in")) {
		parser_next(parser);
		return OPERATOR_NOT_IN;
	}
	if (!parser_is_keyword(parser, "is"))
		return 0;
	if (parser_ahead(parser)->kind != TOKEN_KEYWORD ||
	    strcmp(parser_ahead(parser)->text, "not"))
		return OPERATOR_IS;
	parser_next(parser);
	return OPERATOR_IS_NOT;
}

static struct node *parse_comparison(struct parser *parser)
{
	struct node *first = parse_binary(parser, LEVEL_OR), *node = NULL, *operand, **tail = NULL;
	struct config_pos pos = parser->token.pos;
	int op;

	while ((op = comparison(parser))) {
		if (!node) {
			node = node_new(parser, NODE_COMPARE, pos);
			node->a = first;
			tail = &node->b;
		}
		operand = node_new(parser, NODE_OPERAND, pos);
		operand->op = op;
		parser_next(parser);
		operand->a = parse_binary(parser, LEVEL_OR);
		tail = node_append(tail, operand);
		pos = parser->token.pos;
	}
	return node ? node : first;
}

static struct node *parse_not(struct parser *parser)
{
	struct node *node;

	if (!parser_is_keyword(parser, "not"))
		return parse_comparison(parser);
	parser_enter(parser);
	node = node_new(parser, NODE_NOT, parser->token.pos);
	parser_next(parser);
	node->a = parse_not(parser);
	parser_leave(parser);
	return node;
}

static struct node *parse_and(struct parser *parser)
{
	struct node *left = parse_not(parser), *node;

	while (parser_is_keyword(parser, "and")) {
		node = node_new(parser, NODE_AND, parser->token.pos);
		parser_next(parser);
		node->a = left;
		node->b = parse_not(parser);
		left = node;
	}
	return left;
}

static struct node *parse_or(struct parser *parser)
{
	struct node *left = parse_and(parser), *node;

	while (parser_is_keyword(parser, "or")) {
		node = node_new(parser, NODE_OR, parser->token.pos);
		parser_next(parser);
		node->a = left;
		node->b = parse_and(parser);
		left = node;
	}
	return left;
}

struct node *parse_test(struct parser *parser)
{
	struct node *node, *value;

	parser_enter(parser);
	value = parse_or(parser);
	if (parser_is_keyword(parser, "if")) {
		node = node_new(parser, NODE_COND, parser->token.pos);
		parser_next(parser);
		node->a = value;
		node->b = parse_or(parser);
		if (!parser_take_keyword(parser, "else"))
			parser_unexpected(parser, "'else'");
		node->c = parse_test(parser);
		value = node;
	}
	parser_leave(parser);
	return value;
}

static bool ends_list(const struct parser *parser)
{
	return parser->token.kind == TOKEN_NEWLINE || parser->token.kind == TOKEN_END ||
	       parser_is_op(parser, ')') || parser_is_op(parser, '=') ||
	       parser_is_op(parser, ';') || parser_is_op(parser, ':') ||
	       parser_is_keyword(parser, "in");
}

/* One item is itself; a comma makes a tuple of them. */
static struct node *parse_items(struct parser *parser, struct node *(*item)(struct parser *parser))
{
	struct node *first = item(parser), *node, **tail;

	if (!parser_is_op(parser, ','))
		return first;
	node = node_new(parser, NODE_TUPLE, first->pos);
	tail = node_append(&node->a, first);
	while (parser_take_op(parser, ',') && !ends_list(parser))
		tail = node_append(tail, item(parser));
	return node;
}

struct node *parse_testlist(struct parser *parser)
{
	return parse_items(parser, parse_test);
}

struct node *parse_targets(struct parser *parser)
{
	struct node *node;

	parser_enter(parser);
	node = parse_items(parser, parse_primary);
	parser_leave(parser);
	parse_check_target(parser, node);
	return node;
}

void parse_check_target(struct parser *parser, const struct node *node)
{
	const struct node *item;

	switch (node->kind) {
	case NODE_NAME:
	case NODE_INDEX:
		return;
	case NODE_LIST:
	case NODE_TUPLE:
		for (item = node->a; item; item = item->next)
			parse_check_target(parser, item);
		return;
	default:
		arena_fail(parser->arena, node->pos, "Only a variable, an element, or a list of "
			   "them can be assigned to.");
	}
}

bool parse_is_literal(const struct node *node)
{
	const struct node *item;

	switch (node->kind) {
	case NODE_CONST:
		return true;
	case NODE_UNARY:
		return node->op != '~' && node->a->kind == NODE_CONST;
	case NODE_LIST:
	case NODE_TUPLE:
	case NODE_DICT:
		for (item = node->a; item; item = item->next)
			if (!parse_is_literal(item))
				return false;
		return true;
	default:
		return false;
	}
}
