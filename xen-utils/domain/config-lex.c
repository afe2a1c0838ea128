/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a domain file; see config-lex.h. Numbers and strings are in config-literal.c.
 */
#include <config.h>

#include <string.h>

#include "domain/config-lex.h"
#include "domain/config-literal.h"

static const char *const keywords[] = {
	"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
	"continue", "def", "del", "elif", "else", "except", "exec", "finally", "for", "from",
	"global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
	"return", "try", "while", "with", "yield",
};

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where lexer->at is; columns count characters, so what lies between was counted once only. */
static struct config_pos lexer_pos(struct lexer *lexer)
{
	lexer->column += (int)utf8_count(lexer->counted, (size_t)(lexer->at - lexer->counted));
	lexer->counted = lexer->at;
	return (struct config_pos){lexer->line, lexer->column};
}

void lexer_new_line(struct lexer *lexer)
{
	lexer->line++;
	lexer->column = 1;
	lexer->counted = lexer->at;
}

void lexer_init(struct lexer *lexer, struct arena *arena, const char *text, size_t size)
{
	size_t len;

	memset(lexer, 0, sizeof(*lexer));
	lexer->arena = arena;
	lexer->line = lexer->column = 1;
	lexer->line_start = true;
	lexer->counted = lexer->at = text;
	lexer->end = text + size;
	while (lexer->at < lexer->end) {
		len = utf8_length(lexer->at, (size_t)(lexer->end - lexer->at));
		if (!len || !*lexer->at)
			arena_fail(arena, lexer_pos(lexer), "The file is not UTF-8 text here; "
				   "save it as UTF-8 and try again.");
		lexer->at += len;
		if (lexer->at[-1] == '\n')
			lexer_new_line(lexer);
	}
	lexer->line = lexer->column = 1;
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	lexer->counted = lexer->at = text;
	lexer->nr_indents = 1;
}

static bool at_newline(const struct lexer *lexer)
{
	return *lexer->at == '\n' ||
	       (*lexer->at == '\r' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n');
}

static void skip_newline(struct lexer *lexer)
{
	lexer->at += *lexer->at == '\r' ? 2 : 1;
	lexer_new_line(lexer);
}

/* Blanks, comments and joined lines. Inside brackets newlines too. */
static void skip_blanks(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		if (*lexer->at == '#') {
			while (lexer->at < lexer->end && *lexer->at != '\n')
				lexer->at++;
		} else if (*lexer->at == '\\' && lexer->at + 1 < lexer->end &&
			   (lexer->at[1] == '\n' || lexer->at[1] == '\r')) {
			lexer->at++;
			if (!at_newline(lexer))
				return;
			skip_newline(lexer);
		} else if (at_newline(lexer) && lexer->brackets) {
			skip_newline(lexer);
		} else if (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\f' ||
			   (*lexer->at == '\r' && at_newline(lexer) && lexer->brackets)) {
			lexer->at++;
		} else {
			return;
		}
	}
}

/* Width of the blanks at a line's start; a tab goes to the next multiple of eight, as in Python. */
static int measure_indent(struct lexer *lexer)
{
	int width = 0;

	for (; lexer->at < lexer->end; lexer->at++) {
		if (*lexer->at == ' ')
			width++;
		else if (*lexer->at == '\t')
			width = (width / 8 + 1) * 8;
		else if (*lexer->at != '\f')
			break;
	}
	return width;
}

/* Goes to the first line that has a word, and says how far it is indented. */
static int next_line_indent(struct lexer *lexer)
{
	int width;

	for (;;) {
		width = measure_indent(lexer);
		if (lexer->at < lexer->end && *lexer->at == '#')
			while (lexer->at < lexer->end && *lexer->at != '\n')
				lexer->at++;
		if (lexer->at == lexer->end)
			return 0;
		if (!at_newline(lexer))
			return width;
		skip_newline(lexer);
	}
}

/* Returns whether the line's beginning is a word by itself: deeper, or (by dedents) less deep. */
static bool lex_indent(struct lexer *lexer, struct token *token)
{
	int width = next_line_indent(lexer);

	lexer->line_start = false;
	token->pos = lexer_pos(lexer);
	if (width > lexer->indents[lexer->nr_indents - 1]) {
		if (lexer->nr_indents == LEX_INDENT_MAX)
			arena_fail(lexer->arena, token->pos, "Blocks are nested more than %d deep "
				   "here; make the file simpler.", LEX_INDENT_MAX - 1);
		lexer->indents[lexer->nr_indents++] = width;
		token->kind = TOKEN_INDENT;
		return true;
	}
	while (width < lexer->indents[lexer->nr_indents - 1]) {
		lexer->nr_indents--;
		lexer->dedents++;
	}
	if (width != lexer->indents[lexer->nr_indents - 1])
		arena_fail(lexer->arena, token->pos, "This line's indentation matches no block "
			   "above it; begin it in the column of one of them.");
	return false;
}

static bool is_keyword(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i]) == len && !memcmp(keywords[i], text, len))
			return true;
	return false;
}

/* A name, a keyword, or the letters before a string's quote. */
static void lex_word(struct lexer *lexer, struct token *token)
{
	const char *start = lexer->at;

	while (lexer->at < lexer->end && (is_name_start(*lexer->at) || is_digit(*lexer->at)))
		lexer->at++;
	token->len = (size_t)(lexer->at - start);
	if (lexer->at < lexer->end && (*lexer->at == '"' || *lexer->at == '\'') &&
	    literal_is_prefix(start, token->len)) {
		literal_string(lexer, token, start, token->len);
		return;
	}
	token->kind = is_keyword(start, token->len) ? TOKEN_KEYWORD : TOKEN_NAME;
	token->text = arena_strndup(lexer->arena, start, token->len);
}

static int char_at(const struct lexer *lexer, int offset)
{
	return lexer->end - lexer->at > offset ? (unsigned char)lexer->at[offset] : 0;
}

/* The longest operator that is here, 0 for none. */
static int operator_here(const struct lexer *lexer)
{
	static const int three[] = {
		OP3('*', '*', '='), OP3('/', '/', '='), OP3('<', '<', '='), OP3('>', '>', '='),
	};
	static const int two[] = {
		OP2('=', '='), OP2('!', '='), OP2('<', '='), OP2('>', '='), OP2('<', '>'),
		OP2('*', '*'), OP2('/', '/'), OP2('<', '<'), OP2('>', '>'), OP2('+', '='),
		OP2('-', '='), OP2('*', '='), OP2('/', '='), OP2('%', '='), OP2('|', '='),
		OP2('&', '='), OP2('^', '='),
	};
	int a = char_at(lexer, 0), b = char_at(lexer, 1), c = char_at(lexer, 2);

	for (size_t i = 0; i < sizeof(three) / sizeof(three[0]); i++)
		if (three[i] == OP3(a, b, c))
			return three[i];
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (two[i] == OP2(a, b))
			return two[i];
	return a > 0 && a < 0x80 && strchr("+-*/%=<>()[]{},:;.|&^~", a) ? a : 0;
}

static void lex_operator(struct lexer *lexer, struct token *token)
{
	size_t len;

	token->op = operator_here(lexer);
	if (!token->op) {
		len = utf8_length(lexer->at, (size_t)(lexer->end - lexer->at));
		if (len == 1 && (*lexer->at < ' ' || *lexer->at == 0x7f))
			arena_fail(lexer->arena, token->pos, "There is a control character (code "
				   "%d) here; remove it.", *lexer->at);
		arena_fail(lexer->arena, token->pos, "The character '%.*s' has no meaning here; "
			   "put it in quotes or remove it.", (int)len, lexer->at);
	}
	lexer->at += token->op >= OP3(0, 0, 1) ? 3 : token->op >= OP2(0, 1) ? 2 : 1;
	if (strchr("([{", token->op))
		lexer->brackets++;
	else if (strchr(")]}", token->op) && lexer->brackets)
		lexer->brackets--;
}

static void lex_end(struct lexer *lexer, struct token *token)
{
	token->kind = TOKEN_END;
	if (lexer->nr_indents > 1) {
		lexer->nr_indents--;
		token->kind = TOKEN_DEDENT;
	}
}

void lexer_next(struct lexer *lexer, struct token *token)
{
	memset(token, 0, sizeof(*token));
	if (lexer->line_start && !lexer->brackets && lex_indent(lexer, token))
		return;
	if (lexer->dedents) {
		lexer->dedents--;
		token->pos = lexer_pos(lexer);
		token->kind = TOKEN_DEDENT;
		return;
	}
	skip_blanks(lexer);
	token->pos = lexer_pos(lexer);
	token->kind = TOKEN_OP;
	if (lexer->at == lexer->end) {
		lex_end(lexer, token);
	} else if (at_newline(lexer)) {
		skip_newline(lexer);
		lexer->line_start = true;
		token->kind = TOKEN_NEWLINE;
	} else if (is_name_start(*lexer->at)) {
		lex_word(lexer, token);
	} else if (is_digit(*lexer->at) ||
		   (*lexer->at == '.' && is_digit((char)char_at(lexer, 1)))) {
		literal_number(lexer, token);
	} else if (*lexer->at == '"' || *lexer->at == '\'') {
		literal_string(lexer, token, lexer->at, 0);
	} else {
		lex_operator(lexer, token);
	}
}
