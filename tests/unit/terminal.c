/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours, and the bar of a replay. */
#include <stdio.h>

#include "../../src/proc/proc_impl.h"
#include "unit.h"

UNIT(terminal, colours)
{
	static const struct {
		bool terminal;
		const char *no_color, *term;
		bool wanted;
	} cases[] = {
		{ true, NULL, "xterm-256color", true }, { true, "", "xterm", true },   { true, "1", "xterm", false },
		{ true, "0", "xterm", false },		{ true, NULL, "dumb", false }, { true, NULL, "", false },
		{ true, NULL, NULL, false },		{ true, NULL, "vt100", false }, { false, NULL, "xterm", false },
		{ false, "1", "dumb", false },		{ true, NULL, "linux", true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect(terminal_wants_colours(cases[i].terminal, cases[i].no_color, cases[i].term) == cases[i].wanted, "case %zu", i);
}

static const struct {
	struct progress p;
	unsigned columns;
	const char *line;
} bars[] = {
	{ { "a", 1, 1, 25000000, 100000000, 5 }, 80, "[########..........................]   25 %  00:15 left  5.0 MB/s  of 100 MB" },
	{ { "a", 2, 5, 25000000, 100000000, 5 }, 80, "[#####................]   25 %  00:15 left  5.0 MB/s  of 100 MB  file 2 of 5" },
	{ { "a", 1, 1, 25000000, 100000000, 5 }, 132, "[##########..............................]   25 %  00:15 left  5.0 MB/s  of 100 MB" },
	{ { "a", 1, 1, 25000000, 100000000, 5 }, 40, " 25 %  00:15 left  5.0 MB/s  of 100 MB" },
	{ { "a", 1, 1, 25000000, 100000000, 5 }, 38, " 25 %  00:15 left  5.0 MB/s" },
	{ { "a", 1, 1, 25000000, 100000000, 5 }, 20, " 25 %  00:15 left" },
	/* The very beginning, and more than there should be: the file grows. */
	{ { "a", 1, 1, 0, 100000000, 0 }, 60, "[..............]    0 %  0 B/s  of 100 MB" },
	{ { "a", 1, 1, 100, 50, 1 }, 60, "[################]  100 %  00:00 left  100 B/s  of 50 B" },
	{ { "a", 1, 1, 1, UINT64_MAX, 1 }, 60, "[.............]    0 %  99:59:59 left  1 B/s  of 18.4 EB" },
	/* Nobody knows how much there is. */
	{ { "standard input", 1, 1, 1234567, 0, 10 }, 80, "1.2 MB  123 kB/s  00:10  standard input" },
	{ { "standard input", 1, 1, 1234567, 0, 4000 }, 30, "1.2 MB  309 B/s  1:06:40" },
	{ { "a\033[2Jb", 1, 1, 1, 0, 1 }, 80, "1 B  1 B/s  00:01  a\\x1b[2Jb" },
};

UNIT(terminal, progress)
{
	char line[512];
	size_t i, n;
	unsigned columns;

	for (i = 0; i < COUNT(bars); i++) {
		n = progress_text(&bars[i].p, bars[i].columns, line, sizeof line);
		cr_expect(n == strlen(line) && n < bars[i].columns, "case %zu: %zu of %u", i, n, bars[i].columns);
		cr_expect(strcmp(line, bars[i].line) == 0, "case %zu: `%s'", i, line);
		for (columns = 20; columns < 300; columns++)
			cr_expect(progress_text(&bars[i].p, columns, line, sizeof line) < columns, "case %zu, %u columns", i, columns);
	}
}
