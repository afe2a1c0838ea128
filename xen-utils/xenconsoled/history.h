/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last bytes a console put out, for clients that connect later. Relies on nothing of ours.
 * Used by: guest.c, client.c.
 */
#ifndef XENCONSOLED_HISTORY_H
#define XENCONSOLED_HISTORY_H

#include <stddef.h>

#define HISTORY_SIZE 65536

struct history {
	char *data;             /* HISTORY_SIZE bytes, allocated with the first output */
	size_t start, len;
};

/* When there is no memory, what is added is forgotten. */
void history_add(struct history *h, const char *data, size_t size);
/* The oldest piece and the rest behind it (either may be empty), to be read one after the other. */
void history_pieces(const struct history *h, const char *piece[2], size_t size[2]);
void history_free(struct history *h);

#endif /* XENCONSOLED_HISTORY_H */
