/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal, by ncurses, which alone knows what it can and how large it is. Built without it only plain text is left. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impl.h"

#ifdef PLAINPOP_NCURSES
#include <curses.h>

#define ESCAPE_MS 50 /* that the rest of an arrow key may take */

static SCREEN *screen;
static bool colours;

static const char *name_of_terminal(void)
{
	const char *term = getenv("TERM");

	return term != NULL ? term : "";
}

static void begin_colours(void)
{
	/* On whatever the background is: -1. */
	colours = terminal_colours(STDOUT_FILENO) && has_colors() && start_color() == OK && use_default_colors() == OK &&
		  init_pair(STYLE_BAD, COLOR_RED, -1) == OK && init_pair(STYLE_WARN, COLOR_YELLOW, -1) == OK &&
		  init_pair(STYLE_HEADING, COLOR_CYAN, -1) == OK;
}

bool screen_open(char err[TOP_ERROR_SIZE])
{
	const char *up;

	screen = newterm(NULL, stdout, stdin);
	up = screen != NULL ? tigetstr("cup") : NULL;
	if (up == NULL || up == (char *)-1) {
		screen_close();
		snprintf(err, TOP_ERROR_SIZE, "TERM=%.64s: %s", name_of_terminal(),
			 screen == NULL ? "no such terminal is known here" : "nothing can be drawn there");
		return false;
	}
	begin_colours();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0); /* where that can be */
	return true;
}

void screen_size(unsigned *rows, unsigned *columns)
{
	int y, x;

	getmaxyx(stdscr, y, x);
	*rows = y > 0 ? (unsigned)y : 1;
	*columns = x > 0 ? (unsigned)x : 1;
}

static attr_t attributes(enum style style)
{
	switch (style) {
	case STYLE_TITLE:
	case STYLE_FOCUS:
		return A_REVERSE;
	case STYLE_HEADING:
		return A_BOLD | (colours ? COLOR_PAIR(STYLE_HEADING) : 0);
	case STYLE_BAD:
		return A_BOLD | (colours ? COLOR_PAIR(STYLE_BAD) : 0);
	case STYLE_WARN:
		return colours ? COLOR_PAIR(STYLE_WARN) : A_BOLD;
	case STYLE_PLAIN:
	case STYLE_MAX:
		break;
	}
	return A_NORMAL;
}

void screen_show(const struct canvas *c)
{
	static char run[CANVAS_COLUMNS * CELL_BYTES];
	enum style style;
	unsigned row, at, next;
	size_t n;

	erase();
	for (row = 0; row < c->rows; row++)
		for (at = 0; at < c->columns; at = next) {
			next = canvas_run(c, row, at, &style, run, &n);
			attrset((int)attributes(style));
			mvaddnstr((int)row, (int)at, run, (int)n);
		}
	attrset(A_NORMAL);
	refresh();
}

enum press screen_pressed(void)
{
	int key = getch();

	switch (key) {
	case ERR:
		return PRESS_NONE;
	case 'q':
	case 'Q':
		return PRESS_QUIT;
	case 'p':
	case ' ':
		return PRESS_PAUSE;
	case 's':
		return PRESS_SORT;
	case '\t':
	case KEY_RIGHT:
		return PRESS_NEXT;
	case KEY_BTAB:
	case KEY_LEFT:
		return PRESS_BACK;
	case KEY_UP:
	case 'k':
		return PRESS_UP;
	case KEY_DOWN:
	case 'j':
		return PRESS_DOWN;
	case 'h':
	case '?':
		return PRESS_HELP;
	case KEY_RESIZE:
		return PRESS_RESIZED;
	case 'L' & 31: /* Ctrl-L: something else has written there */
		clearok(stdscr, TRUE);
		return PRESS_RESIZED;
	default:
		return PRESS_OTHER;
	}
}

void screen_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

const char *top_terminal_version(void)
{
	return curses_version();
}

#else

bool screen_open(char err[TOP_ERROR_SIZE])
{
	snprintf(err, TOP_ERROR_SIZE, "this build has no ncurses");
	return false;
}

void screen_size(unsigned *rows, unsigned *columns)
{
	*rows = *columns = 0;
}

void screen_show(const struct canvas *c)
{
	(void)c;
}

enum press screen_pressed(void)
{
	return PRESS_QUIT;
}

void screen_close(void)
{
}

const char *top_terminal_version(void)
{
	return NULL;
}

#endif
