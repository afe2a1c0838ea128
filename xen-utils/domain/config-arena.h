/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and failure for one evaluation of a domain file.
 *
 * Everything that the evaluator makes lives in one arena with a limit, and is freed as a whole.
 * That makes failing simple: arena_fail() notes the sentence and its place and jumps to whoever
 * called setjmp(arena->escape); nothing has to be unwound.
 *
 * Relies on nothing. Relied on by every config-*.c of the evaluator.
 *
 * Rule: between setjmp() and the end of the evaluation nothing outside the arena is held (no
 * malloc, no file), because a failure would leak it.
 */
#ifndef DOMAIN_CONFIG_ARENA_H
#define DOMAIN_CONFIG_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "domain/config.h"

#define ARENA_LIMIT (64u << 20)
#define ARENA_FAILURE_MAX 512

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;	/* newest first */
	size_t used;			/* of the newest chunk */
	size_t total;			/* of all chunks, against ARENA_LIMIT */
	jmp_buf escape;
	bool no_memory;			/* malloc failed: -ENOMEM, not the file's fault */
	struct config_pos failure_pos;
	char failure[ARENA_FAILURE_MAX];
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena);

/* Zeroed memory, aligned for anything. Never NULL: fails when the limit is reached. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of len bytes with a zero byte after them. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Notes a sentence (cut at a character's end when too long) and jumps to arena->escape. */
_Noreturn void arena_fail(struct arena *arena, struct config_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A string that grows in the arena. Start with {.arena = a}. data is NULL while it is empty. */
struct text {
	struct arena *arena;
	char *data;
	size_t len;
	size_t room;
};

void text_add(struct text *text, const char *data, size_t len);
void text_add_char(struct text *text, char c);
/* Adds a code point in UTF-8; code <= 0x10ffff. */
void text_add_code(struct text *text, unsigned int code);
void text_printf(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* UTF-8: length in bytes of the valid sequence at text (at most left bytes), 0 when it is none. */
size_t utf8_length(const char *text, size_t left);
/* Characters in valid UTF-8, and the offset of character nr (at most len). */
size_t utf8_count(const char *text, size_t len);
size_t utf8_offset(const char *text, size_t len, size_t nr);

#endif
