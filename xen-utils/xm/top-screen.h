/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The full screen of 'xm top'. Relies on ncurses and top-model.h; relied on by cmd-top.c. It owns
 * the terminal between top_screen_open() and top_screen_close().
 */
#ifndef XM_TOP_SCREEN_H
#define XM_TOP_SCREEN_H

#include "xm/top-model.h"

enum top_key { TOP_KEY_NONE, TOP_KEY_QUIT, TOP_KEY_SORT, TOP_KEY_NOW, TOP_KEY_SLOWER,
	TOP_KEY_FASTER };

/* -ENOTTY when there is no terminal, -EINVAL when its type is not known. */
int top_screen_open(void);
void top_screen_close(void);

/* Draws all of it; @delay_s is shown. */
void top_screen_draw(const struct top *top, double delay_s);
/* Waits for a key at most so long; scrolling and a changed size are dealt with inside. */
enum top_key top_screen_wait(const struct top *top, double delay_s);

#endif
