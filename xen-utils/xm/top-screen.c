/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The full screen of 'xm top'; see top-screen.h.
 */
#include <config.h>

#include <ncurses.h>
#include <time.h>

#include "common/util.h"
#include "xm/top-screen.h"

#define HEAD_LINES	4	/* machine, help, blank, titles */
#define LINE_MAX_SIZE	512

static SCREEN *screen;
static size_t first;		/* the uppermost row shown */

int top_screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -EINVAL;
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	return 0;
}

void top_screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

static size_t room(void)
{
	return LINES > HEAD_LINES ? (size_t)(LINES - HEAD_LINES) : 0;
}

static void clamp(const struct top *top)
{
	size_t last = top->nr_rows > room() ? top->nr_rows - room() : 0;

	first = MIN(first, last);
}

void top_screen_draw(const struct top *top, double delay_s)
{
	char line[LINE_MAX_SIZE];
	size_t width = COLS > 0 ? (size_t)COLS : 80;

	clamp(top);
	erase();
	top_format_machine(top, line, sizeof(line), width);
	mvaddstr(0, 0, line);
	snprintf(line, sizeof(line),
		 "q quit, s sort (now by %s), + - delay (%.1f s), arrows scroll",
		 top_column_title(top->sort), delay_s);
	mvaddnstr(1, 0, line, (int)width);
	top_format_title(line, sizeof(line), width);
	attron(A_REVERSE);
	mvhline(3, 0, ' ', (int)width);
	mvaddstr(3, 0, line);
	attroff(A_REVERSE);
	for (size_t i = 0; i < room() && first + i < top->nr_rows; i++) {
		top_format_row(top, &top->rows[first + i], line, sizeof(line), width);
		mvaddstr(HEAD_LINES + (int)i, 0, line);
	}
	refresh();
}

/* What a key means; scrolling is done here. */
static enum top_key interpret(int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case 27:
		return TOP_KEY_QUIT;
	case 's':
	case 'S':
		return TOP_KEY_SORT;
	case ' ':
		return TOP_KEY_NOW;
	case '+':
		return TOP_KEY_SLOWER;
	case '-':
		return TOP_KEY_FASTER;
	case KEY_UP:
		first -= first > 0;
		return TOP_KEY_NONE;
	case KEY_DOWN:
		first++;
		return TOP_KEY_NONE;
	case KEY_PPAGE:
		first -= MIN(first, room());
		return TOP_KEY_NONE;
	case KEY_NPAGE:
		first += room();
		return TOP_KEY_NONE;
	default:
		return TOP_KEY_NONE;
	}
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

enum top_key top_screen_wait(const struct top *top, double delay_s)
{
	double end = now_s() + delay_s, left;
	enum top_key what = TOP_KEY_NONE;
	int key;

	while (what == TOP_KEY_NONE && (left = end - now_s()) > 0) {
		timeout((int)(left * 1000) + 1);
		key = getch();
		if (key == ERR && !isatty(STDIN_FILENO))
			return TOP_KEY_QUIT;
		if (key == ERR)
			continue;
		what = interpret(key);
		if (what == TOP_KEY_NONE)
			top_screen_draw(top, delay_s);
	}
	return what;
}
