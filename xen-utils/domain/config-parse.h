/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of domain files.
 *
 * Relies on config-lex. Relied on by config-eval's callers.
 */
#ifndef DOMAIN_CONFIG_PARSE_H
#define DOMAIN_CONFIG_PARSE_H

#include "domain/config-ast.h"

/* Brackets, operators and blocks may be nested so deep; recursion stays within that. */
#define PARSE_DEPTH_MAX 100

/*
 * Reads a file into a chain of statements (NULL for an empty one). Fails through the arena with the
 * place of the word that cannot be.
 */
struct node *parse_file(struct arena *arena, const char *text, size_t size);

/* Reads one expression that is the whole text; the same manner of failing. */
struct node *parse_expression(struct arena *arena, const char *text, size_t size);

/* Whether an expression is made of literals only: numbers, strings, lists, tuples, dictionaries. */
bool parse_is_literal(const struct node *node);

#endif
