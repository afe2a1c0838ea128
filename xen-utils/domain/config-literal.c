/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and strings as a domain file spells them; see config-literal.h.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-literal.h"

#define NUMBER_MAX 64	/* characters of a number */

bool literal_is_prefix(const char *text, size_t len)
{
	static const char *const known[] = {"r", "b", "u", "f", "br", "rb", "ur", "fr", "rf"};
	char low[3] = "";

	if (!len || len > 2)
		return false;
	for (size_t i = 0; i < len; i++)
		low[i] = (char)tolower((unsigned char)text[i]);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(low, known[i]))
			return true;
	return false;
}

static bool prefix_has(const char *prefix, size_t len, char c)
{
	for (size_t i = 0; i < len; i++)
		if (tolower((unsigned char)prefix[i]) == c)
			return true;
	return false;
}

/* Up to max digits of a base at lexer->at; returns how many there were. */
static int escape_digits(struct lexer *lexer, int base, int max, unsigned int *ret_code)
{
	unsigned int code = 0;
	int nr = 0;

	for (; nr < max && lexer->at < lexer->end; nr++, lexer->at++) {
		int c = tolower((unsigned char)*lexer->at);
		int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

		if (digit >= base)
			break;
		code = code * (unsigned int)base + (unsigned int)digit;
	}
	*ret_code = code;
	return nr;
}

static void escape_code(struct lexer *lexer, struct text *out, struct config_pos pos, int base,
			int min, int max)
{
	unsigned int code;
	int nr = escape_digits(lexer, base, max, &code);

	if (nr < min)
		arena_fail(lexer->arena, pos, "An escape in this string is cut short; \\x takes "
			   "two hexadecimal digits, \\u four and \\U eight.");
	if (!code || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		arena_fail(lexer->arena, pos, "An escape in this string stands for no character "
			   "that a domain file may have; zero bytes and surrogates are refused.");
	text_add_code(out, code);
}

/* lexer->at is behind the backslash, and not at the end. */
static void string_escape(struct lexer *lexer, struct text *out, struct config_pos pos)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *simple = strchr(from, *lexer->at);
	char c = *lexer->at;

	if (c >= '0' && c <= '7') {
		escape_code(lexer, out, pos, 8, 1, 3);
		return;
	}
	lexer->at++;
	if (c == '\n')
		lexer_new_line(lexer);
	else if (c == '\r' && lexer->at < lexer->end && *lexer->at == '\n')
		lexer->at++, lexer_new_line(lexer);
	else if (simple)
		text_add_char(out, to[simple - from]);
	else if (c == 'x')
		escape_code(lexer, out, pos, 16, 2, 2);
	else if (c == 'u')
		escape_code(lexer, out, pos, 16, 4, 4);
	else if (c == 'U')
		escape_code(lexer, out, pos, 16, 8, 8);
	else			/* as in Python, an unknown escape stays as it is */
		text_add_char(out, '\\'), text_add_char(out, c);
}

/* In a raw string the backslash stays, and still protects what comes after it. */
static void raw_escape(struct lexer *lexer, struct text *out)
{
	text_add_char(out, '\\');
	text_add_char(out, *lexer->at);
	if (*lexer->at++ == '\n')
		lexer_new_line(lexer);
}

static bool at_quotes(const struct lexer *lexer, char quote, int nr)
{
	for (int i = 0; i < nr; i++)
		if (lexer->at + i >= lexer->end || lexer->at[i] != quote)
			return false;
	return true;
}

void literal_string(struct lexer *lexer, struct token *token, const char *prefix, size_t prefix_len)
{
	struct text out = {.arena = lexer->arena};
	bool raw = prefix_has(prefix, prefix_len, 'r');
	char quote = *lexer->at;
	int quotes;

	if (prefix_has(prefix, prefix_len, 'f'))
		arena_fail(lexer->arena, token->pos, "Strings of the form f'...' are not "
			   "available in domain files; use '%%' formatting, as in 'vm%%d' %% n.");
	quotes = at_quotes(lexer, quote, 3) ? 3 : 1;
	lexer->at += quotes;
	text_add(&out, "", 0);
	while (!at_quotes(lexer, quote, quotes)) {
		if (lexer->at == lexer->end || (quotes == 1 && *lexer->at == '\n'))
			arena_fail(lexer->arena, token->pos,
				   "The string that begins here has no "
				   "end; close it with %.*s.",
				   quotes, quote == '"' ? "\"\"\"" : "'''");
		if (*lexer->at == '\\' && lexer->at + 1 < lexer->end) {
			lexer->at++;
			if (raw)
				raw_escape(lexer, &out);
			else
				string_escape(lexer, &out, token->pos);
			continue;
		}
		text_add_char(&out, *lexer->at);
		if (*lexer->at++ == '\n')
			lexer_new_line(lexer);
	}
	lexer->at += quotes;
	token->kind = TOKEN_STRING;
	token->text = out.data;
	token->len = out.len;
}

static bool is_number_char(const struct lexer *lexer)
{
	char c = *lexer->at, before = lexer->at[-1];

	if (isalnum((unsigned char)c) || c == '_' || c == '.')
		return true;
	return (c == '+' || c == '-') && (before == 'e' || before == 'E');
}

/* 0x1f: the sign of an exponent belongs to decimal numbers only. */
static size_t number_extent(struct lexer *lexer)
{
	const char *start = lexer->at;
	bool based = *start == '0' && lexer->end - start > 1 && isalpha((unsigned char)start[1]) &&
		     tolower((unsigned char)start[1]) != 'e';

	for (lexer->at++; lexer->at < lexer->end && is_number_char(lexer); lexer->at++)
		if (based && (*lexer->at == '+' || *lexer->at == '-'))
			break;
	return (size_t)(lexer->at - start);
}

/* Returns whether text, all of it, is an integer. */
static bool read_integer(struct lexer *lexer, struct token *token, const char *text)
{
	int base = 10;
	char *end;

	if (text[0] == '0' && text[1]) {
		int c = tolower((unsigned char)text[1]);

		base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
	}
	if (base != 10 && !isxdigit((unsigned char)text[2]))
		return false;
	errno = 0;
	token->integer = strtoll(base == 10 ? text : text + 2, &end, base);
	if ((*end == 'L' || *end == 'l') && !end[1])	/* the long integers of Python 2 */
		end++;
	if (*end)
		return false;
	if (errno)
		arena_fail(lexer->arena, token->pos, "The number %s is too large; domain files "
			   "count to 9223372036854775807.", text);
	if (base == 10 && text[0] == '0' && strspn(text, "0") != strlen(text))
		arena_fail(lexer->arena, token->pos, "The number %s begins with a zero; write 0o%s "
			   "for an octal number, or leave the zero out.", text, text + 1);
	token->kind = TOKEN_INTEGER;
	return true;
}

static bool read_real(struct token *token, const char *text)
{
	char *end;

	if (strspn(text, "0123456789.eE+-") != strlen(text))
		return false;
	token->real = strtod(text, &end);
	token->kind = TOKEN_REAL;
	return !*end && token->real - token->real == 0;
}

void literal_number(struct lexer *lexer, struct token *token)
{
	char text[NUMBER_MAX + 1];
	const char *start = lexer->at;
	size_t len = number_extent(lexer), used = 0;

	for (size_t i = 0; i < len && used < NUMBER_MAX; i++)
		if (start[i] != '_')
			text[used++] = start[i];
	text[used] = '\0';
	if (used == NUMBER_MAX || (!read_integer(lexer, token, text) && !read_real(token, text)))
		arena_fail(lexer->arena, token->pos, "'%.40s' is not a number; put it in quotes if "
			   "it is text.", text);
}
