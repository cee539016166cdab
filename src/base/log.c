/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>

#include "plainpop/base.h"

static enum log_level max_level = LOG_LEVEL_WARN;
static bool over_bar;

void log_over_bar(bool yes)
{
	over_bar = yes;
}

void log_set_level(enum log_level level)
{
	max_level = level;
}

enum log_level log_get_level(void)
{
	return max_level;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char text[1024], line[PRINTABLE_MAX(sizeof text)];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	span_printable(span_str(text), line); /* a name in it may be anybody's */
	/* In one piece, as another process may write there, too. */
	fprintf(stderr, "%splainpop: %s%s\n", over_bar ? TERMINAL_CLEAR_LINE : "", level == LOG_LEVEL_WARN ? "warning: " : "", line);
}
