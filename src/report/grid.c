/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table on the page: its first rows as they are, for who has no script (a mail program, a printer), and all of them as
 * data, for report.js to sort, filter and turn over. What is written here and there has to look the same.
 */
#include "impl.h"

#define PAGE 25  /* rows; report.js has the same */
#define MOST 200000 /* rows of a table as data: browsers have limits, too */
#define SHORT 24 /* bytes; likewise */
#define BRIEF 2  /* of a list; likewise */

void html_number(FILE *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			fputc(',', out);
		fputc(digits[i], out);
	}
}

/* The highest number of a column, for its bars. */
static uint64_t highest(const struct report *r, const struct column *column, size_t rows)
{
	uint64_t max = 0;
	size_t i;

	for (i = 0; i < rows; i++) {
		uint64_t n = column->cell(r, i).number;

		max = n > max ? n : max;
	}
	return max;
}

static bool is_number(enum cell_kind kind)
{
	return kind == CELL_NUMBER || kind == CELL_BAR;
}

/* ---- HTML ---- */

static void cell_time(FILE *out, uint64_t us)
{
	char when[STAMP_SIZE];

	if (us == 0)
		return;
	stamp(us, when);
	fprintf(out, "<time datetime=\"%s\">%.10s %.5s</time>", when, when, when + 11);
}

/* A name that fits into a line stays in one; a longer one may be broken anywhere. */
static void cell_name(FILE *out, const char *text)
{
	fputs(strlen(text) <= SHORT ? "<bdi class=\"one\">" : "<bdi>", out);
	html_text(out, text);
	fputs("</bdi>", out);
}

static void cell_list(const struct report *r, FILE *out, const struct cell *c, uint32_t most)
{
	uint32_t shown = c->items < most ? c->items : most, more = c->more + c->items - shown, i;

	for (i = 0; i < shown; i++) {
		fputs(i > 0 ? ", " : "", out);
		cell_name(out, text_of(r, c->item[i]));
	}
	if (more > 0) {
		fputs(" <span class=\"more\">+", out);
		html_number(out, more);
		fputs("</span>", out);
	}
}

static void cell_html(const struct report *r, FILE *out, enum cell_kind kind, const struct cell *c, uint64_t max)
{
	switch (kind) {
	case CELL_TEXT:
		if (c->text != NULL)
			cell_name(out, c->text);
		break;
	case CELL_WORD:
		if (c->text == NULL)
			break;
		fprintf(out, "<span class=\"badge %s\">", c->class);
		html_text(out, c->text);
		fputs("</span>", out);
		break;
	case CELL_NUMBER:
		html_number(out, c->number);
		break;
	case CELL_BAR:
		html_number(out, c->number);
		fprintf(out, "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
			     "<rect width=\"%llu\" height=\"6\"/></svg>",
			(unsigned long long)(max > 0 ? (c->number * 100 + max - 1) / max : 0));
		break;
	case CELL_TIME:
		cell_time(out, c->number);
		break;
	case CELL_ID:
		fprintf(out, "%llu", (unsigned long long)c->number);
		break;
	case CELL_LIST:
		cell_list(r, out, c, CELL_LIST_MAX);
		break;
	case CELL_BRIEF:
		cell_list(r, out, c, BRIEF);
		break;
	}
}

static const char *class_of(enum cell_kind kind)
{
	static const char *const classes[] = { [CELL_TEXT] = "text", [CELL_WORD] = "word", [CELL_NUMBER] = "number",
					       [CELL_BAR] = "number", [CELL_ID] = "number", [CELL_TIME] = "time", [CELL_LIST] = "list",
					       [CELL_BRIEF] = "list" };

	return classes[kind];
}

static void write_rows(const struct report *r, FILE *out, const struct table_about *about, size_t rows, const uint64_t *max)
{
	size_t i, k;

	for (i = 0; i < rows; i++) {
		fputs("<tr>", out);
		for (k = 0; k < about->columns; k++) {
			struct cell c = about->column[k].cell(r, i);

			if (about->column[k].title == NULL)
				continue;
			fprintf(out, k == 0 ? "<th class=\"%s\" scope=\"row\">" : "<td class=\"%s\">", class_of(about->column[k].kind));
			cell_html(r, out, about->column[k].kind, &c, max[k]);
			fputs(k == 0 ? "</th>" : "</td>", out);
		}
		fputs("</tr>\n", out);
	}
}

static void write_heads(FILE *out, const struct table_about *about)
{
	size_t k;

	for (k = 0; k < about->columns; k++)
		if (about->column[k].title != NULL)
			fprintf(out, "<th scope=\"col\" class=\"%s\">%s</th>", class_of(about->column[k].kind), about->column[k].title);
}

void html_curve(FILE *out, const struct curve *c, const char *title)
{
	size_t steps = curve_steps(c), i;
	int k;

	fprintf(out, "<details><summary>The same as a table</summary><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">"
		     "<table><caption>%s</caption><thead><tr><th scope=\"col\">From</th><th scope=\"col\" class=\"number\">Accepted</th>"
		     "<th scope=\"col\" class=\"number\">Refused</th><th scope=\"col\" class=\"number\">Not seen</th></tr></thead>\n<tbody>",
		title, title);
	for (i = 0; i < steps; i++) {
		char when[STAMP_SIZE];

		if (curve_sum(c, i) == 0)
			continue;
		stamp(curve_start(c, i), when);
		fprintf(out, "<tr><th class=\"time\" scope=\"row\">%.10s %.8s</th>", when, when + 11);
		for (k = 0; k < RESULT_MAX; k++) {
			fputs("<td class=\"number\">", out);
			html_number(out, c->n[i][k]);
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

/* ---- data ---- */

static void data_cell(const struct report *r, FILE *out, enum cell_kind kind, const struct cell *c)
{
	char word[64];
	uint32_t i;

	switch (kind) {
	case CELL_TEXT:
		json_text(out, c->text != NULL ? c->text : "");
		break;
	case CELL_WORD:
		snprintf(word, sizeof word, "%s:%s", c->class, c->text != NULL ? c->text : "");
		json_text(out, word);
		break;
	case CELL_NUMBER:
	case CELL_BAR:
	case CELL_ID:
		fprintf(out, "%llu", (unsigned long long)c->number);
		break;
	case CELL_TIME:
		fprintf(out, "%llu", (unsigned long long)(c->number / 1000000));
		break;
	case CELL_LIST:
	case CELL_BRIEF:
		fputc('[', out);
		for (i = 0; i < c->items; i++) {
			json_text(out, text_of(r, c->item[i]));
			fputc(',', out);
		}
		fprintf(out, "%u]", c->more);
		break;
	}
}

static void write_data(const struct report *r, FILE *out, const struct table_about *about, size_t rows, const uint64_t *max)
{
	static const char kinds[] = { [CELL_TEXT] = 't', [CELL_WORD] = 'w', [CELL_NUMBER] = 'n', [CELL_BAR] = 'b',
				      [CELL_ID] = 'i', [CELL_TIME] = 'd', [CELL_LIST] = 'l', [CELL_BRIEF] = 'm' };
	const char *comma = "";
	size_t i, k;

	fprintf(out, "<script type=\"application/json\" id=\"data-%s\">{\"kinds\":\"", about->name);
	for (k = 0; k < about->columns; k++)
		if (about->column[k].title != NULL)
			fputc(kinds[about->column[k].kind], out);
	fputs("\",\"max\":[", out);
	for (k = 0; k < about->columns; k++)
		if (about->column[k].title != NULL) {
			fprintf(out, "%s%llu", comma, (unsigned long long)max[k]);
			comma = ",";
		}
	fputs("],\"rows\":[", out);
	for (i = 0; i < rows; i++) {
		fputs(i > 0 ? ",\n[" : "\n[", out);
		comma = "";
		for (k = 0; k < about->columns; k++) {
			struct cell c = about->column[k].cell(r, i);

			if (about->column[k].title == NULL)
				continue;
			fputs(comma, out);
			data_cell(r, out, about->column[k].kind, &c);
			comma = ",";
		}
		fputc(']', out);
	}
	fputs("]}</script>\n", out);
}

void html_table(const struct report *r, FILE *out, enum table t)
{
	const struct table_about *about = table_about(t);
	size_t all = about->rows(r), rows = all < MOST ? all : MOST, shown = rows < PAGE ? rows : PAGE, k;
	uint64_t max[32] = { 0 };

	for (k = 0; k < about->columns; k++)
		if (is_number(about->column[k].kind))
			max[k] = highest(r, &about->column[k], rows);
	fprintf(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table data-name=\"%s\" data-rows=\"%zu\">"
		     "<caption>%s</caption><thead><tr>", about->title, about->name, rows, about->title);
	write_heads(out, about);
	fputs("</tr></thead>\n<tbody>\n", out);
	write_rows(r, out, about, shown, max);
	fputs("</tbody></table></div>\n", out);
	if (all > rows) {
		fputs("<p class=\"about\">The page has the first ", out);
		html_number(out, rows);
		fputs(" of ", out);
		html_number(out, all);
		fprintf(out, "; JSON and CSV have all (<code>plainpop report --table %s</code>).</p>\n", about->name);
	}
	if (rows > shown) {
		fprintf(out, "<p class=\"rest\" id=\"rest-%s\">The first ", about->name);
		html_number(out, shown);
		fputs(" of ", out);
		html_number(out, rows);
		fprintf(out, ". All of them: with scripts allowed in this page, or <code>plainpop report --table %s -o %s.csv</code>.</p>\n",
			about->name, about->name);
	}
	if (rows > 1 && t != TABLE_QUALITY && t != TABLE_TIMELINE)
		write_data(r, out, about, rows, max);
}
