/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Aligned columns; the contract is in table.h.
 */
#include <config.h>

#include "common/table.h"

struct table {
	const struct table_column *columns;
	size_t nr_columns;
	char **cells;		/* row after row */
	size_t nr_cells;
	size_t room;
};

struct table *table_new(const struct table_column *columns, size_t nr_columns)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	t->nr_columns = nr_columns;
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (t->nr_cells == t->room) {
		t->room = t->room ? t->room * 2 : 32;
		t->cells = xreallocarray(t->cells, t->room, sizeof(*t->cells));
	}
	t->cells[t->nr_cells++] = r < 0 ? xstrdup("?") : s;
}

/* Characters a terminal shows: UTF-8 continuation bytes do not count. */
static size_t shown_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static const char *cell_at(const struct table *t, size_t row, size_t col)
{
	size_t i = row * t->nr_columns + col;

	return i < t->nr_cells ? t->cells[i] : "-";
}

static size_t row_count(const struct table *t)
{
	return (t->nr_cells + t->nr_columns - 1) / t->nr_columns;
}

static size_t column_width(const struct table *t, size_t col, bool no_titles)
{
	size_t width = no_titles ? 0 : shown_width(t->columns[col].title);

	for (size_t row = 0; row < row_count(t); row++)
		width = MAX(width, shown_width(cell_at(t, row, col)));
	return width;
}

static void print_cell(const struct table *t, FILE *out, size_t col, const char *s, size_t width)
{
	size_t pad = width - MIN(width, shown_width(s));
	bool right = t->columns[col].align == TABLE_RIGHT;
	bool last = col + 1 == t->nr_columns;

	if (right)
		fprintf(out, "%*s", (int)pad, "");
	fputs(s, out);
	if (last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", (int)(right ? 0 : pad) + 2, "");
}

void table_print(const struct table *t, FILE *out, bool no_titles)
{
	AUTO_FREE size_t *widths = xcalloc(t->nr_columns, sizeof(*widths));

	for (size_t col = 0; col < t->nr_columns; col++)
		widths[col] = column_width(t, col, no_titles);
	for (size_t col = 0; !no_titles && col < t->nr_columns; col++)
		print_cell(t, out, col, t->columns[col].title, widths[col]);
	for (size_t row = 0; row < row_count(t); row++) {
		for (size_t col = 0; col < t->nr_columns; col++)
			print_cell(t, out, col, cell_at(t, row, col), widths[col]);
	}
}
