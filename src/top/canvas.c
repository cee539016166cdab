/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of a screen. What stands in them cannot do anything to a terminal, nor move what stands beside it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "impl.h"

bool canvas_resize(struct canvas *c, unsigned rows, unsigned columns)
{
	struct cell *cell;
	size_t i, n;

	rows = rows < CANVAS_ROWS ? rows : CANVAS_ROWS;
	columns = columns < CANVAS_COLUMNS ? columns : CANVAS_COLUMNS;
	n = (size_t)rows * columns;
	cell = malloc(n > 0 ? n * sizeof *cell : 1);
	if (cell == NULL)
		return false;
	for (i = 0; i < n; i++)
		cell[i] = (struct cell){ .bytes = " ", .n = 1, .style = STYLE_PLAIN };
	free(c->cell);
	c->cell = cell;
	c->rows = rows;
	c->columns = columns;
	return true;
}

void canvas_free(struct canvas *c)
{
	free(c->cell);
	*c = (struct canvas){ .rows = 0 };
}

/* ---- characters ---- */

static uint32_t code_of(const uint8_t *p, size_t n)
{
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

struct range {
	uint32_t from, to;
};

static bool among(uint32_t c, const struct range *r, size_t n)
{
	while (n > 0 && (c < r->from || c > r->to))
		n--, r++;
	return n > 0;
}

#define AMONG(c, ranges) among(c, ranges, sizeof(ranges) / sizeof(ranges)[0])

/*
 * How many columns a character takes on every terminal; 0: they differ, or it combines with another one, or turns the text
 * around. Of the wide ones those count that have always been (UAX 11): emoji are two columns here and one there.
 */
static unsigned width_of(uint32_t c)
{
	static const struct range wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x4dbf }, { 0x4e00, 0xa4cf },
					     { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 } };
	static const struct range right_to_left[] = { { 0x0590, 0x08ff }, { 0xfb1d, 0xfdff }, { 0xfe70, 0xfeff },
						      { 0x10800, 0x10fff }, { 0x1e800, 0x1efff } };
	int w;

	if (c < 0x7f)
		return c >= ' ' ? 1 : 0;
	w = wcwidth((wchar_t)c);
	if (w == 1)
		return !AMONG(c, right_to_left);
	return w == 2 && AMONG(c, wide) ? 2 : 0;
}

static void set(struct canvas *c, unsigned row, unsigned column, enum style style, const uint8_t *p, size_t n)
{
	struct cell *cell = &c->cell[(size_t)row * c->columns + column];

	cell->n = (uint8_t)n;
	cell->style = (uint8_t)style;
	if (n > 0)
		memcpy(cell->bytes, p, n);
}

/* Half of a wide one must not be left. */
static void cut(struct canvas *c, unsigned row, unsigned column, enum style style)
{
	if (column > 0 && c->cell[(size_t)row * c->columns + column].n == 0)
		set(c, row, column - 1, style, (const uint8_t *)" ", 1);
	set(c, row, column, style, (const uint8_t *)"~", 1);
}

unsigned canvas_put(struct canvas *c, unsigned row, unsigned column, unsigned width, enum style style, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	unsigned at = 0, i;

	if (row >= c->rows || column >= c->columns)
		return 0;
	width = width < c->columns - column ? width : c->columns - column;
	while (text.n > 0) {
		size_t n = span_character(text);
		unsigned w = n == 1 || (n > 1 && c->utf8) ? width_of(code_of(text.p, n)) : 0;
		uint8_t escaped[4] = { '\\', 'x', (uint8_t)hex[text.p[0] >> 4], (uint8_t)hex[text.p[0] & 15] };

		if (at + (w > 0 ? w : 4) > width) {
			if (at > 0 && at == width)
				cut(c, row, column + at - 1, style);
			else if (at < width)
				set(c, row, column + at++, style, (const uint8_t *)"~", 1);
			return at;
		}
		if (w > 0) {
			set(c, row, column + at, style, text.p, n);
			if (w == 2)
				set(c, row, column + at + 1, style, NULL, 0);
			at += w;
		} else {
			n = 1;
			for (i = 0; i < 4; i++)
				set(c, row, column + at++, style, &escaped[i], 1);
		}
		text = span_skip(text, n);
	}
	return at;
}

unsigned canvas_print(struct canvas *c, unsigned row, unsigned column, unsigned width, enum style style, bool right,
		      const char *format, ...)
{
	char text[512];
	va_list args;
	size_t n;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	n = strlen(text); /* a column a byte, where right is asked for */
	if (right && n < width) {
		column += width - (unsigned)n;
		width = (unsigned)n;
	}
	return canvas_put(c, row, column, width, style, span_of(text, n));
}

unsigned canvas_run(const struct canvas *c, unsigned row, unsigned column, enum style *style, char *out, size_t *n)
{
	const struct cell *cell = &c->cell[(size_t)row * c->columns];

	*n = 0;
	*style = (enum style)cell[column].style;
	for (; column < c->columns && cell[column].style == *style; column++) {
		memcpy(out + *n, cell[column].bytes, cell[column].n);
		*n += cell[column].n;
	}
	return column;
}
