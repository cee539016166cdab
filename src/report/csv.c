/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table for a spreadsheet (RFC 4180): texts in quotes, numbers without, times as in JSON. */
#include <stdlib.h>

#include "impl.h"

static void write_list(const struct report *r, const struct cell *c, FILE *out)
{
	char more[48] = "", *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	uint32_t i;

	if (f == NULL)
		return;
	if (c->more > 0)
		snprintf(more, sizeof more, "%sand %u more", c->items > 0 ? ", " : "", c->more);
	for (i = 0; i < c->items; i++)
		fprintf(f, "%s%s", i > 0 ? ", " : "", text_of(r, c->item[i]));
	fputs(more, f);
	if (fclose(f) == 0)
		csv_text(out, text);
	free(text);
}

static void write_cell(const struct report *r, enum cell_kind kind, const struct cell *c, FILE *out)
{
	char when[STAMP_SIZE];

	switch (kind) {
	case CELL_TEXT:
	case CELL_WORD:
		csv_text(out, c->text != NULL ? c->text : "");
		break;
	case CELL_NUMBER:
	case CELL_BAR:
	case CELL_ID:
		fprintf(out, "%llu", (unsigned long long)c->number);
		break;
	case CELL_TIME:
		fputs(stamp(c->number, when), out);
		break;
	case CELL_LIST:
	case CELL_BRIEF:
		write_list(r, c, out);
		break;
	}
}

void csv_write(const struct report *r, enum table t, FILE *out)
{
	const struct table_about *about = table_about(t);
	size_t rows = about->rows(r), i, k;

	for (k = 0; k < about->columns; k++)
		fprintf(out, "%s%s", about->column[k].key, k + 1 < about->columns ? "," : "\r\n");
	for (i = 0; i < rows; i++)
		for (k = 0; k < about->columns; k++) {
			struct cell c = about->column[k].cell(r, i);

			write_cell(r, about->column[k].kind, &c, out);
			fputs(k + 1 < about->columns ? "," : "\r\n", out);
		}
}
