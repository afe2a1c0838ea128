/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printing of aligned columns: "Name  ID  Mem" and the rows below it.
 *
 * Relies on util.h (command-line programs only: it ends the program when memory runs out). Columns
 * are as wide as their widest cell, two blanks apart; the last left-aligned column is not padded,
 * so lines have no blanks at their end.
 */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include "common/util.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table_column {
	const char *title;
	enum table_align align;
};

struct table;

/* @columns must live as long as the table. */
struct table *table_new(const struct table_column *columns, size_t nr_columns);
void table_free(struct table *t);

/* Add the next cell; after the last column the next row begins. Cells may hold UTF-8. */
void table_cell(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Print the title line (unless @no_titles) and all rows. Missing cells of the last row are "-". */
void table_print(const struct table *t, FILE *out, bool no_titles);

#endif
