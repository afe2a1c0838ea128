/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the parser share: expressions (config-expr.c) and statements
 * (config-parse.c). Nobody else includes it.
 */
#ifndef DOMAIN_CONFIG_PARSER_H
#define DOMAIN_CONFIG_PARSER_H

#include "domain/config-ast.h"
#include "domain/config-lex.h"
#include "domain/config-parse.h"

struct parser {
	struct arena *arena;
	struct lexer lexer;
	struct token token;	/* the next word, not taken yet */
	struct token ahead;	/* the one after it, when has_ahead */
	bool has_ahead;
	int depth;
	bool in_function;
	int loops;		/* enclosing loops of the function or file */
};

void parser_init(struct parser *parser, struct arena *arena, const char *text, size_t size);
void parser_next(struct parser *parser);
const struct token *parser_ahead(struct parser *parser);

/* Whether the next word is this operator or keyword; the take_ forms then go past it. */
bool parser_is_op(const struct parser *parser, int op);
bool parser_is_keyword(const struct parser *parser, const char *word);
bool parser_take_op(struct parser *parser, int op);
bool parser_take_keyword(struct parser *parser, const char *word);
/* Fails with "<what> is missing" unless the operator is next. */
void parser_need_op(struct parser *parser, int op, const char *where);
const char *parser_need_name(struct parser *parser, const char *what);
/* "<word> cannot stand here". */
_Noreturn void parser_unexpected(struct parser *parser, const char *expected);

/* Every function that may recurse brackets itself with these. */
void parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);

struct node *node_new(struct parser *parser, enum node_kind kind, struct config_pos pos);
/* Appends to a chain whose end is *tail; returns the new end. */
struct node **node_append(struct node **tail, struct node *node);

/* expression; expression or tuple without parentheses; what may follow "for". */
struct node *parse_test(struct parser *parser);
struct node *parse_testlist(struct parser *parser);
struct node *parse_targets(struct parser *parser);
/* Fails unless the node can be assigned to. */
void parse_check_target(struct parser *parser, const struct node *node);

#endif
