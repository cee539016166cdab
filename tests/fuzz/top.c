/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live view is told, which may come from anybody. Input: rows, columns, what is pressed, and the answer. */
#include <locale.h>
#include <stdlib.h>

#include "../../src/top/impl.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setlocale(LC_CTYPE, "C.UTF-8");
	return 0;
}

/* Each cell has one character that does no harm, or is the other half of the one before it. */
static void check(const struct canvas *c)
{
	static char text[CANVAS_COLUMNS * CELL_BYTES];
	enum style style;
	unsigned row, column, next;
	size_t n;

	for (row = 0; row < c->rows; row++)
		for (column = 0; column < c->columns; column = next) {
			const struct cell *cell = &c->cell[(size_t)row * c->columns + column];

			assert(cell->n == 0 ? column > 0 && cell[-1].n > 1 : span_character(span_of(cell->bytes, cell->n)) == cell->n);
			assert(c->utf8 || cell->n <= 1);
			next = canvas_run(c, row, column, &style, text, &n);
			assert(next > column && next <= c->columns && style < STYLE_MAX && n <= sizeof text);
			next = column + 1;
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	static struct history h;
	struct span in = span_of(data, size);
	unsigned rows = take(&in) & 63, columns = take(&in), keys = take(&in), i;
	struct canvas c = { .utf8 = (keys & 1) != 0 };
	struct view v = { .model = &m, .history = &h, .trouble = "", .path = "/p", .keys = (keys & 2) != 0, .help = (keys & 4) != 0,
			  .focus = (enum list)((keys >> 3) % LIST_MAX), .order = (enum order)((keys >> 5) % ORDER_MAX) };
	char err[TOP_ERROR_SIZE] = "";

	for (i = 0; i < LIST_MAX; i++)
		v.scroll[i] = keys >> i;
	if (model_read(&m, in, err)) {
		assert(m.n_alerts <= MODEL_ROWS && m.servers.n <= MODEL_ROWS && m.accounts.n <= MODEL_ROWS);
		history_add(&h, &m);
	} else {
		assert(err[0] != '\0' && memchr(err, '\0', sizeof err) != NULL);
		v.model = NULL;
		v.trouble = err;
	}
	assert(canvas_resize(&c, rows, columns));
	view_draw(&c, &v);
	assert(view_rows(&v) <= CANVAS_ROWS);
	check(&c);
	canvas_free(&c);
	return 0;
}
