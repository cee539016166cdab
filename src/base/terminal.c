/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be done on a terminal, and only there (no-color.org). */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plainpop/base.h"

#define COLUMNS_MIN 20
#define COLUMNS_MAX 1000

/* By TERM, or NULL: one of which nothing is known gets nothing but text. */
static bool is_dumb(const char *term)
{
	return term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
}

bool terminal_wants_colours(bool terminal, const char *no_color, const char *term)
{
	if (!terminal || (no_color != NULL && no_color[0] != '\0'))
		return false;
	/* A terminal of before 1978, whose users had better not get codes; the names are terminfo's. */
	return !is_dumb(term) && strncmp(term, "vt100", 5) != 0;
}

bool terminal_colours(int fd)
{
	return terminal_wants_colours(isatty(fd) == 1, getenv("NO_COLOR"), getenv("TERM"));
}

bool terminal_redraws(int fd)
{
	return isatty(fd) == 1 && !is_dumb(getenv("TERM"));
}

unsigned terminal_columns(int fd)
{
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_col < COLUMNS_MIN || w.ws_col > COLUMNS_MAX)
		return 80;
	return w.ws_col;
}
