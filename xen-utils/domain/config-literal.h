/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and strings as a domain file spells them.
 *
 * Relies on config-lex's structures, which it moves forward. Relied on by config-lex alone.
 */
#ifndef DOMAIN_CONFIG_LITERAL_H
#define DOMAIN_CONFIG_LITERAL_H

#include "domain/config-lex.h"

/* Whether these letters may stand before a string's quote (r, b, u, f in Python's combinations). */
bool literal_is_prefix(const char *text, size_t len);

/* lexer->at is at the quote, prefix before it. Fills token and goes behind the string. */
void literal_string(struct lexer *lexer, struct token *token, const char *prefix,
		    size_t prefix_len);

/* lexer->at is at the first digit or point. */
void literal_number(struct lexer *lexer, struct token *token);

/* In config-lex.c: lexer->at is now at a line's first character. */
void lexer_new_line(struct lexer *lexer);

#endif
