/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a domain file: Python's tokens, with its rules for lines and indentation.
 *
 * Relies on config-arena. Relied on by config-parse.
 */
#ifndef DOMAIN_CONFIG_LEX_H
#define DOMAIN_CONFIG_LEX_H

#include <stdint.h>

#include "domain/config-arena.h"

#define LEX_INDENT_MAX 64

enum token_kind {
	TOKEN_END, TOKEN_NEWLINE, TOKEN_INDENT, TOKEN_DEDENT,
	TOKEN_NAME, TOKEN_KEYWORD, TOKEN_INTEGER, TOKEN_REAL, TOKEN_STRING, TOKEN_OP,
};

/* An operator's characters in one number, so that it can be a case label. */
#define OP2(a, b) ((a) | (b) << 8)
#define OP3(a, b, c) (OP2(a, b) | (c) << 16)

struct token {
	enum token_kind kind;
	struct config_pos pos;
	const char *text;		/* names, keywords, strings (decoded); not operators */
	size_t len;
	int op;
	int64_t integer;
	double real;
};

struct lexer {
	struct arena *arena;
	const char *at, *end;
	const char *counted;		/* column is that of this place */
	int line, column;
	int brackets;			/* open ones: newlines mean nothing inside */
	bool line_start;		/* the indentation is to be measured */
	int indents[LEX_INDENT_MAX];
	int nr_indents;
	int dedents;			/* to hand out before going on */
};

/* Checks that the text is UTF-8 without zero bytes and starts at its beginning. */
void lexer_init(struct lexer *lexer, struct arena *arena, const char *text, size_t size);

/* Reads the next word; fails through the arena. After the end it is TOKEN_END for ever. */
void lexer_next(struct lexer *lexer, struct token *token);

#endif
