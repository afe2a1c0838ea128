/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A circular buffer that forgets its oldest bytes; see history.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "xenconsoled/history.h"

void history_add(struct history *h, const char *data, size_t size)
{
	size_t at, first;

	if (!h->data)
		h->data = malloc(HISTORY_SIZE);
	if (!h->data)
		return;
	if (size > HISTORY_SIZE) {
		data += size - HISTORY_SIZE;
		size = HISTORY_SIZE;
	}
	at = (h->start + h->len) % HISTORY_SIZE;
	first = size < HISTORY_SIZE - at ? size : HISTORY_SIZE - at;
	memcpy(h->data + at, data, first);
	memcpy(h->data, data + first, size - first);
	h->len += size;
	if (h->len > HISTORY_SIZE) {
		h->start = (h->start + h->len - HISTORY_SIZE) % HISTORY_SIZE;
		h->len = HISTORY_SIZE;
	}
}

void history_pieces(const struct history *h, const char *piece[2], size_t size[2])
{
	size_t first = HISTORY_SIZE - h->start;

	if (first > h->len)
		first = h->len;
	piece[0] = h->data ? h->data + h->start : NULL;
	size[0] = first;
	piece[1] = h->data;
	size[1] = h->len - first;
}

void history_free(struct history *h)
{
	free(h->data);
	*h = (struct history){ 0 };
}
