/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of statements, and what both halves of the parser use; see config-parser.h.
 */
#include <config.h>

#include <string.h>

#include "domain/config-parser.h"

static struct node *parse_statements(struct parser *parser);

void parser_init(struct parser *parser, struct arena *arena, const char *text, size_t size)
{
	memset(parser, 0, sizeof(*parser));
	parser->arena = arena;
	lexer_init(&parser->lexer, arena, text, size);
	lexer_next(&parser->lexer, &parser->token);
}

void parser_next(struct parser *parser)
{
	if (parser->has_ahead)
		parser->token = parser->ahead;
	else
		lexer_next(&parser->lexer, &parser->token);
	parser->has_ahead = false;
}

const struct token *parser_ahead(struct parser *parser)
{
	if (!parser->has_ahead)
		lexer_next(&parser->lexer, &parser->ahead);
	parser->has_ahead = true;
	return &parser->ahead;
}

bool parser_is_op(const struct parser *parser, int op)
{
	return parser->token.kind == TOKEN_OP && parser->token.op == op;
}

bool parser_is_keyword(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_KEYWORD && !strcmp(parser->token.text, word);
}

bool parser_take_op(struct parser *parser, int op)
{
	if (!parser_is_op(parser, op))
		return false;
	parser_next(parser);
	return true;
}

bool parser_take_keyword(struct parser *parser, const char *word)
{
	if (!parser_is_keyword(parser, word))
		return false;
	parser_next(parser);
	return true;
}

void parser_need_op(struct parser *parser, int op, const char *where)
{
	if (!parser_take_op(parser, op))
		arena_fail(parser->arena, parser->token.pos, "A '%c' is missing %s.", op, where);
}

const char *parser_need_name(struct parser *parser, const char *what)
{
	const char *name = parser->token.text;

	if (parser->token.kind != TOKEN_NAME)
		arena_fail(parser->arena, parser->token.pos, "The name of %s is missing here.",
			   what);
	parser_next(parser);
	return name;
}

/* The next word as a message shows it. */
static const char *token_words(struct parser *parser)
{
	const struct token *token = &parser->token;

	switch (token->kind) {
	case TOKEN_END:
		return "the end of the file";
	case TOKEN_NEWLINE:
		return "the end of the line";
	case TOKEN_INDENT:
		return "a deeper indentation";
	case TOKEN_DEDENT:
		return "the end of the block";
	case TOKEN_NAME:
	case TOKEN_KEYWORD:
		return arena_printf(parser->arena, "'%.60s'", token->text);
	case TOKEN_STRING:
		return "a string";
	case TOKEN_INTEGER:
	case TOKEN_REAL:
		return "a number";
	default:
		return arena_printf(parser->arena, "'%.3s'", (const char[4]){
			(char)token->op, (char)(token->op >> 8), (char)(token->op >> 16), 0});
	}
}

void parser_unexpected(struct parser *parser, const char *expected)
{
	static const char *const absent[] = {
		"as", "async", "await", "class", "except", "exec", "finally", "lambda", "nonlocal",
		"try", "with", "yield",
	};

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (parser_is_keyword(parser, absent[i]))
			arena_fail(parser->arena, parser->token.pos, "'%s' is not available in "
				   "domain files; xmdomain.cfg(5) lists what is.", absent[i]);
	arena_fail(parser->arena, parser->token.pos, "There is %s where %s should be.",
		   token_words(parser), expected);
}

void parser_enter(struct parser *parser)
{
	if (++parser->depth > PARSE_DEPTH_MAX)
		arena_fail(parser->arena, parser->token.pos,
			   "Expressions or blocks are nested more "
			   "than %d deep here; make the file simpler.",
			   PARSE_DEPTH_MAX);
}

void parser_leave(struct parser *parser)
{
	parser->depth--;
}

struct node *node_new(struct parser *parser, enum node_kind kind, struct config_pos pos)
{
	struct node *node = arena_alloc(parser->arena, sizeof(*node));

	node->kind = kind;
	node->pos = pos;
	return node;
}

struct node **node_append(struct node **tail, struct node *node)
{
	*tail = node;
	return &node->next;
}

static bool at_line_end(const struct parser *parser)
{
	return parser->token.kind == TOKEN_NEWLINE || parser->token.kind == TOKEN_END ||
	       parser->token.kind == TOKEN_DEDENT || parser_is_op(parser, ';');
}

/* "+=" gives '+', "**=" gives "**"; 0 when the next word is no such operator. */
static int augmented_op(const struct parser *parser)
{
	int op = parser->token.op;

	if (parser->token.kind != TOKEN_OP)
		return 0;
	if (op >= OP3(0, 0, 1))
		return op >> 16 == '=' ? op & 0xffff : 0;
	op = op >> 8 == '=' ? op & 0xff : 0;
	return op && strchr("+-*/%|&^", op) ? op : 0;
}

static struct node *parse_augmented(struct parser *parser, struct node *target, int op)
{
	struct node *node = node_new(parser, NODE_AUGASSIGN, parser->token.pos);

	if (target->kind != NODE_NAME && target->kind != NODE_INDEX)
		parse_check_target(parser, target), arena_fail(parser->arena, target->pos,
			"A list of variables cannot be changed by one operator; do it one by one.");
	node->op = op;
	node->a = target;
	parser_next(parser);
	node->b = parse_testlist(parser);
	return node;
}

static struct node *parse_assignment(struct parser *parser, struct node *first)
{
	struct node *node = node_new(parser, NODE_ASSIGN, first->pos), **tail = &node->b, *target;

	node->a = first;
	while (parser_take_op(parser, '=')) {
		parse_check_target(parser, node->a);
		target = node_new(parser, NODE_TARGET, node->a->pos);
		target->a = node->a;
		tail = node_append(tail, target);
		node->a = parse_testlist(parser);
	}
	return node;
}

/* Python 2 printed without parentheses; the sentence is better than "end of line is missing". */
static void check_old_print(struct parser *parser, const struct node *first)
{
	if (first->kind == NODE_NAME && !strcmp(first->name, "print"))
		arena_fail(parser->arena, first->pos, "'print' needs parentheses around what it "
			   "prints: print(...).");
}

static struct node *parse_expression_statement(struct parser *parser)
{
	struct node *first = parse_testlist(parser), *node;
	int op = augmented_op(parser);

	if (op)
		return parse_augmented(parser, first, op);
	if (parser_is_op(parser, '='))
		return parse_assignment(parser, first);
	if (!at_line_end(parser)) {
		check_old_print(parser, first);
		parser_unexpected(parser, "the end of the statement");
	}
	node = node_new(parser, NODE_EXPR, first->pos);
	node->a = first;
	return node;
}

static struct node *parse_return(struct parser *parser, struct node *node)
{
	node->kind = NODE_RETURN;
	if (!parser->in_function)
		arena_fail(parser->arena, node->pos, "'return' stands outside of a function; "
			   "remove it.");
	if (!at_line_end(parser))
		node->a = parse_testlist(parser);
	return node;
}

/* raise X, raise X("why"), and Python 2's raise X, "why". */
static struct node *parse_raise(struct parser *parser, struct node *node)
{
	node->kind = NODE_RAISE;
	if (!at_line_end(parser))
		node->a = parse_test(parser);
	if (node->a && parser_take_op(parser, ','))
		node->b = parse_test(parser);
	return node;
}

static const char *parse_module_name(struct parser *parser)
{
	const char *name = parser_need_name(parser, "the module");

	while (parser_take_op(parser, '.'))
		name = arena_printf(parser->arena, "%s.%s", name,
				    parser_need_name(parser, "the module"));
	return name;
}

/* import a, b as c: a chain of nodes, one a module. */
static struct node *parse_import(struct parser *parser, struct node *node)
{
	struct node *first = node;

	for (;;) {
		node->kind = NODE_IMPORT;
		node->name = node->name2 = parse_module_name(parser);
		if (parser_take_keyword(parser, "as"))
			node->name2 = parser_need_name(parser, "the module");
		if (!parser_take_op(parser, ','))
			return first;
		node->next = node_new(parser, NODE_IMPORT, parser->token.pos);
		node = node->next;
	}
}

static struct node *parse_from(struct parser *parser, struct node *node)
{
	struct node **tail = &node->b, *name;

	node->kind = NODE_IMPORT;
	node->name = parse_module_name(parser);
	if (!parser_take_keyword(parser, "import"))
		parser_unexpected(parser, "'import'");
	if (parser_take_op(parser, '*'))
		return node;		/* b stays NULL: all of it */
	do {
		name = node_new(parser, NODE_NAME, parser->token.pos);
		name->name = name->name2 = parser_need_name(parser, "what to import");
		if (parser_take_keyword(parser, "as"))
			name->name2 = parser_need_name(parser, "what to import");
		tail = node_append(tail, name);
	} while (parser_take_op(parser, ','));
	return node;
}

static struct node *parse_global(struct parser *parser, struct node *node)
{
	struct node **tail = &node->a, *name;

	node->kind = NODE_GLOBAL;
	do {
		name = node_new(parser, NODE_NAME, parser->token.pos);
		name->name = parser_need_name(parser, "the variable");
		tail = node_append(tail, name);
	} while (parser_take_op(parser, ','));
	return node;
}

static struct node *parse_del(struct parser *parser, struct node *node)
{
	node->kind = NODE_DEL;
	node->a = parse_targets(parser);
	return node;
}

static struct node *parse_assert(struct parser *parser, struct node *node)
{
	node->kind = NODE_ASSERT;
	node->a = parse_test(parser);
	if (parser_take_op(parser, ','))
		node->b = parse_test(parser);
	return node;
}

static struct node *parse_pass(struct parser *parser, struct node *node)
{
	(void)parser;
	node->kind = NODE_PASS;
	return node;
}

static struct node *loop_control(struct parser *parser, struct node *node, enum node_kind kind)
{
	node->kind = kind;
	if (!parser->loops)
		arena_fail(parser->arena, node->pos, "'%s' stands outside of a loop; remove it.",
			   kind == NODE_BREAK ? "break" : "continue");
	return node;
}

static struct node *parse_break(struct parser *parser, struct node *node)
{
	return loop_control(parser, node, NODE_BREAK);
}

static struct node *parse_continue(struct parser *parser, struct node *node)
{
	return loop_control(parser, node, NODE_CONTINUE);
}

static struct node *parse_simple(struct parser *parser)
{
	static const struct {
		const char *word;
		struct node *(*parse)(struct parser *parser, struct node *node);
	} table[] = {
		{"assert", parse_assert}, {"break", parse_break}, {"continue", parse_continue},
		{"del", parse_del}, {"from", parse_from}, {"global", parse_global},
		{"import", parse_import}, {"pass", parse_pass}, {"raise", parse_raise},
		{"return", parse_return},
	};
	struct config_pos pos = parser->token.pos;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (parser_take_keyword(parser, table[i].word))
			return table[i].parse(parser, node_new(parser, NODE_PASS, pos));
	return parse_expression_statement(parser);
}

/* Statements joined by ';' to the end of their line; all of them in one chain. */
static struct node *parse_simple_line(struct parser *parser)
{
	struct node *first = NULL, **tail = &first;

	do {
		if (at_line_end(parser) && !parser_is_op(parser, ';'))
			break;
		*tail = parse_simple(parser);	/* a ';' with nothing before it fails there */
		while (*tail)
			tail = &(*tail)->next;
	} while (parser_take_op(parser, ';'));
	if (parser->token.kind == TOKEN_NEWLINE)
		parser_next(parser);
	else if (!at_line_end(parser))
		parser_unexpected(parser, "the end of the line");
	return first;
}

/* ": statements on the line" or ":" and an indented block. */
static struct node *parse_block(struct parser *parser, const char *where)
{
	struct node *first = NULL, **tail = &first;

	parser_need_op(parser, ':', where);
	if (parser->token.kind != TOKEN_NEWLINE)
		return parse_simple_line(parser);
	parser_next(parser);
	if (parser->token.kind != TOKEN_INDENT)
		arena_fail(parser->arena, parser->token.pos, "An indented block is missing %s; "
			   "indent what belongs to it, or write 'pass'.", where);
	parser_next(parser);
	parser_enter(parser);
	while (parser->token.kind != TOKEN_DEDENT && parser->token.kind != TOKEN_END) {
		if (parser->token.kind == TOKEN_INDENT)
			arena_fail(parser->arena, parser->token.pos, "This line is indented deeper "
				   "than its block; begin it in the column of the line above.");
		*tail = parse_statements(parser);
		while (*tail)
			tail = &(*tail)->next;
	}
	parser_leave(parser);
	if (parser->token.kind == TOKEN_DEDENT)
		parser_next(parser);
	return first;
}

static struct node *parse_else(struct parser *parser)
{
	return parser_take_keyword(parser, "else") ? parse_block(parser, "after 'else'") : NULL;
}

static struct node *parse_if(struct parser *parser, struct node *node)
{
	struct node *branch = node;
	int depth = parser->depth;

	for (;; parser_enter(parser)) {
		branch->kind = NODE_IF;
		branch->a = parse_test(parser);
		branch->b = parse_block(parser, "after the condition");
		if (!parser_is_keyword(parser, "elif"))
			break;
		branch->c = node_new(parser, NODE_IF, parser->token.pos);
		branch = branch->c;
		parser_next(parser);
	}
	parser->depth = depth;
	branch->c = parse_else(parser);
	return node;
}

static struct node *parse_for(struct parser *parser, struct node *node)
{
	node->kind = NODE_FOR;
	node->a = parse_targets(parser);
	if (!parser_take_keyword(parser, "in"))
		parser_unexpected(parser, "'in'");
	node->b = parse_testlist(parser);
	parser->loops++;
	node->c = parse_block(parser, "after what 'for' goes through");
	parser->loops--;
	node->d = parse_else(parser);
	return node;
}

static struct node *parse_while(struct parser *parser, struct node *node)
{
	node->kind = NODE_WHILE;
	node->a = parse_test(parser);
	parser->loops++;
	node->b = parse_block(parser, "after the condition");
	parser->loops--;
	node->c = parse_else(parser);
	return node;
}

static struct node *parse_parameters(struct parser *parser)
{
	struct node *first = NULL, **tail = &first, *node;
	bool defaults = false;

	parser_need_op(parser, '(', "after the function's name");
	while (!parser_is_op(parser, ')')) {
		node = node_new(parser, NODE_NAME, parser->token.pos);
		node->name = parser_need_name(parser, "the parameter");
		if (parser_take_op(parser, '=')) {
			node->kind = NODE_KWARG;
			node->a = parse_test(parser);
			defaults = true;
		} else if (defaults) {
			arena_fail(parser->arena, node->pos, "A parameter without a default cannot "
				   "follow one that has one; put it before.");
		}
		tail = node_append(tail, node);
		if (!parser_take_op(parser, ','))
			break;
	}
	parser_need_op(parser, ')', "after the parameters");
	return first;
}

static struct node *parse_def(struct parser *parser, struct node *node)
{
	int loops = parser->loops;

	if (parser->in_function)
		arena_fail(parser->arena, node->pos, "A function cannot be defined inside another "
			   "one in domain files; move it out.");
	node->kind = NODE_DEF;
	node->name = parser_need_name(parser, "the function");
	node->a = parse_parameters(parser);
	parser->in_function = true;
	parser->loops = 0;
	node->b = parse_block(parser, "after the function's parameters");
	parser->loops = loops;
	parser->in_function = false;
	return node;
}

/* One compound statement, or one line of simple ones. */
static struct node *parse_statements(struct parser *parser)
{
	static const struct {
		const char *word;
		struct node *(*parse)(struct parser *parser, struct node *node);
	} table[] = {
		{"if", parse_if}, {"for", parse_for}, {"while", parse_while}, {"def", parse_def},
	};
	struct config_pos pos = parser->token.pos;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (parser_take_keyword(parser, table[i].word))
			return table[i].parse(parser, node_new(parser, NODE_PASS, pos));
	return parse_simple_line(parser);
}

/*
 * Python refuses an indented line that belongs to nothing; xl never looked at indentation. At the
 * file's top level such lines are taken as if they were not indented: the indentation is forgotten
 * at once, so that the next line may have any other.
 */
struct node *parse_file(struct arena *arena, const char *text, size_t size)
{
	struct node *first = NULL, **tail = &first;
	struct parser parser;

	parser_init(&parser, arena, text, size);
	while (parser.token.kind != TOKEN_END) {
		if (parser.token.kind == TOKEN_NEWLINE || parser.token.kind == TOKEN_INDENT ||
		    parser.token.kind == TOKEN_DEDENT) {
			if (parser.token.kind == TOKEN_INDENT)
				parser.lexer.nr_indents--;
			parser_next(&parser);
			continue;
		}
		*tail = parse_statements(&parser);
		while (*tail)
			tail = &(*tail)->next;
	}
	return first;
}

struct node *parse_expression(struct arena *arena, const char *text, size_t size)
{
	struct parser parser;
	struct node *node;

	parser_init(&parser, arena, text, size);
	node = parse_testlist(&parser);
	while (parser.token.kind == TOKEN_NEWLINE || parser.token.kind == TOKEN_DEDENT)
		parser_next(&parser);
	if (parser.token.kind != TOKEN_END)
		parser_unexpected(&parser, "the end of the value");
	return node;
}
