/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and failure for one evaluation of a domain file; see config-arena.h.
 */
#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-arena.h"

#define CHUNK_SIZE 65536u

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	max_align_t data[];
};

void arena_init(struct arena *arena)
{
	memset(arena, 0, sizeof(*arena));
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks, *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena->chunks = NULL;
	arena->used = arena->total = 0;
}

static void arena_grow(struct arena *arena, size_t size)
{
	struct config_pos nowhere = {0, 0};
	struct arena_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	if (size > ARENA_LIMIT - arena->total)
		arena_fail(arena, nowhere, "The file needs more than %u MB while it is evaluated; "
			   "make its lists and strings smaller.", ARENA_LIMIT >> 20);
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk) {
		arena->no_memory = true;
		arena_fail(arena, nowhere, "There is not enough memory to evaluate the file.");
	}
	chunk->next = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->used = 0;
	arena->total += size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *data;

	if (size < ARENA_LIMIT)
		size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (!arena->chunks || size > arena->chunks->size - arena->used)
		arena_grow(arena, size);
	data = (char *)arena->chunks->data + arena->used;
	arena->used += size;
	return data;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		len = 0;
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

/* A cut in the middle of a character would make the message invalid JSON. */
static void cut_at_character(char *text)
{
	size_t len = strlen(text), at = 0, step;

	while (at < len && (step = utf8_length(text + at, len - at)))
		at += step;
	text[at] = '\0';
}

void arena_fail(struct arena *arena, struct config_pos pos, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(arena->failure, sizeof(arena->failure), format, args);
	va_end(args);
	cut_at_character(arena->failure);
	arena->failure_pos = pos;
	longjmp(arena->escape, 1);
}

static void text_reserve(struct text *text, size_t len)
{
	size_t room = text->room ? text->room : 32;
	char *data;

	if (len >= ARENA_LIMIT)
		room = ARENA_LIMIT;	/* arena_alloc() refuses it in its own words */
	while (room < ARENA_LIMIT && room < text->len + len + 1)
		room *= 2;
	if (room == text->room)
		return;
	data = arena_alloc(text->arena, room);
	if (text->len)
		memcpy(data, text->data, text->len);
	text->data = data;
	text->room = room;
}

void text_add(struct text *text, const char *data, size_t len)
{
	text_reserve(text, len);
	if (len)
		memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void text_add_char(struct text *text, char c)
{
	text_add(text, &c, 1);
}

void text_add_code(struct text *text, unsigned int code)
{
	char out[4];
	size_t len = 0;

	if (code < 0x80) {
		out[len++] = (char)code;
	} else if (code < 0x800) {
		out[len++] = (char)(0xc0 | code >> 6);
		out[len++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		out[len++] = (char)(0xe0 | code >> 12);
		out[len++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[len++] = (char)(0x80 | (code & 0x3f));
	} else {
		out[len++] = (char)(0xf0 | code >> 18);
		out[len++] = (char)(0x80 | (code >> 12 & 0x3f));
		out[len++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[len++] = (char)(0x80 | (code & 0x3f));
	}
	text_add(text, out, len);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len <= 0)
		return;
	text_reserve(text, (size_t)len);
	va_start(args, format);
	vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;

	if (!left)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return left >= 2 && is_continuation(p[1]) ? 2 : 0;
	if (p[0] >= 0xe0 && p[0] <= 0xef) {
		if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2]))
			return 0;
		/* overlong forms and surrogates are not characters */
		return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ? 0 : 3;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		if (left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) ||
		    !is_continuation(p[3]))
			return 0;
		return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90) ? 0 : 4;
	}
	return 0;
}

size_t utf8_count(const char *text, size_t len)
{
	size_t nr = 0;

	for (size_t i = 0; i < len; i++)
		nr += !is_continuation((unsigned char)text[i]);
	return nr;
}

size_t utf8_offset(const char *text, size_t len, size_t nr)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_continuation((unsigned char)text[i]) && nr-- == 0)
			break;
	return i;
}
