/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where: a title, what is counted, the lists, and the keys. Less of it where there is less room. */
#include <stdio.h>

#include "impl.h"

#define TABLE_ROWS 18    /* from so many rows on counts stand in a table; below that in two lines */
#define BESIDE 42        /* the column of what is lost, beside that table, */
#define BESIDE_COLUMNS 72 /* on a screen of so many */

const char *const view_orders[ORDER_MAX] = { [ORDER_LOGINS] = "logins", [ORDER_FAILURES] = "failures",
					     [ORDER_LATEST] = "latest" };

/* ---- numbers ---- */

void view_number(double n, bool fraction, char out[16])
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;

	if (n < 0) {
		snprintf(out, 16, "-");
		return;
	}
	if (fraction && n < 999.95) {
		snprintf(out, 16, "%.1f", n);
		return;
	}
	if (n < 99999.5) {
		snprintf(out, 16, "%.0f", n);
		return;
	}
	for (; n >= 999.5 && unit + 2 < sizeof units; unit++)
		n /= 1000;
	snprintf(out, 16, "%.*f %c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[unit]);
}

/* "3 d 04:12:33" */
static void duration(uint64_t seconds, char out[32])
{
	unsigned long long days = seconds / 86400;
	unsigned s = (unsigned)(seconds % 86400);

	if (days > 0)
		snprintf(out, 32, "%llu d %02u:%02u:%02u", days, s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, 32, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static uint64_t lost_in_all(const struct model *m)
{
	return m->counter[COUNTER_CAPTURE_DROPS] + m->counter[COUNTER_CAPTURE_IFDROPS] + m->counter[COUNTER_CAPTURE_MISSED] +
	       m->counter[COUNTER_IPC_DROPPED] + m->counter[COUNTER_OUTPUT_DROPPED];
}

/* ---- the head ---- */

static void title(struct canvas *c, const struct view *v)
{
	const struct model *m = v->model;
	char up[32], names[300] = "";
	size_t i, n = 0;
	unsigned at;

	for (at = 0; at < c->columns; at++)
		canvas_put(c, 0, at, 1, STYLE_TITLE, span_str(" "));
	if (m == NULL) {
		canvas_print(c, 0, 1, c->columns - 1, STYLE_TITLE, false, "plainpop top  %s", v->path);
		return;
	}
	for (i = 0; i < m->n_sources && n < sizeof names - 1; i++)
		n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "",
				      strcmp(m->source[i], "-") == 0 ? "standard input" : m->source[i]);
	if (m->all_sources > m->n_sources && n < sizeof names - 1)
		snprintf(names + n, sizeof names - n, " and others");
	duration(m->uptime, up);
	/* "2026-11-22T18:18:53": of the time the seconds are enough. */
	at = c->columns >= 70 ? c->columns - 24 : c->columns - 9;
	canvas_print(c, 0, 1, at - 2, STYLE_TITLE, false, "plainpop %s  up %s  %s%s", m->version, up, m->live ? "" : "replays ", names);
	if (c->columns >= 70 && strlen(m->now) >= 19)
		canvas_print(c, 0, at, 24, STYLE_TITLE, true, "%.10s %.8s UTC ", m->now, m->now + 11);
	else if (strlen(m->now) >= 19)
		canvas_print(c, 0, at, 9, STYLE_TITLE, true, "%.8s ", m->now + 11);
}

/* ---- what is counted ---- */

static void table_row(struct canvas *c, const struct view *v, unsigned row, const char *name, enum counter counter)
{
	char rate[16], total[16];

	view_number(history_rate(v->history, counter), true, rate);
	view_number((double)v->model->counter[counter], false, total);
	canvas_print(c, row, 1, 14, STYLE_PLAIN, false, "%s", name);
	canvas_print(c, row, 15, 10, STYLE_PLAIN, true, "%s", rate);
	canvas_print(c, row, 25, 12, STYLE_PLAIN, true, "%s", total);
}

static void beside_row(struct canvas *c, unsigned row, const char *name, double n, enum style style)
{
	char text[16];

	style = n > 0 ? style : STYLE_PLAIN;
	view_number(n, false, text);
	canvas_print(c, row, BESIDE, 24, style, false, "%s", name);
	canvas_print(c, row, BESIDE + 24, 10, style, true, "%s", text);
}

/* Returns the row behind it. */
static unsigned table(struct canvas *c, const struct view *v, unsigned row)
{
	static const struct {
		const char *name;
		enum counter counter;
	} rows[] = { { "packets", COUNTER_DECODER_PKTS }, { "bytes", COUNTER_DECODER_BYTES }, { "POP3 sessions", COUNTER_POP3_SESSIONS },
		     { "logins", COUNTER_POP3_LOGINS }, { "alerts", COUNTER_DETECT_ALERT } };
	const struct model *m = v->model;
	uint64_t missing = m->counter[COUNTER_CAPTURE_IFDROPS] + m->counter[COUNTER_CAPTURE_MISSED];
	bool beside = c->columns >= BESIDE_COLUMNS;
	char text[16];
	size_t i;

	canvas_print(c, row, 15, 10, STYLE_HEADING, true, "per second");
	canvas_print(c, row, 25, 12, STYLE_HEADING, true, "total");
	if (beside) {
		canvas_print(c, row, BESIDE, 24, STYLE_HEADING, false, "lost");
		beside_row(c, row + 1, "packets, by the kernel", (double)m->counter[COUNTER_CAPTURE_DROPS], STYLE_BAD);
		beside_row(c, row + 2, "packets, elsewhere", (double)missing, STYLE_BAD);
		beside_row(c, row + 3, "events on their way", (double)m->counter[COUNTER_IPC_DROPPED], STYLE_BAD);
		beside_row(c, row + 4, "records not written", (double)m->counter[COUNTER_OUTPUT_DROPPED], STYLE_BAD);
		beside_row(c, row + 5, "gaps in sessions", (double)m->counter[COUNTER_TCP_GAP], STYLE_WARN);
	}
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		table_row(c, v, ++row, rows[i].name, rows[i].counter);
	view_number((double)m->flows, false, text);
	canvas_print(c, ++row, 1, 14, STYLE_PLAIN, false, "open now");
	canvas_print(c, row, 25, 12, STYLE_PLAIN, true, "%s", text);
	if (!beside) {
		view_number((double)lost_in_all(m), false, text);
		canvas_print(c, ++row, 1, 36, lost_in_all(m) > 0 ? STYLE_BAD : STYLE_PLAIN, false, "lost %31s", text);
	}
	return row + 1;
}

static unsigned two_lines(struct canvas *c, const struct view *v, unsigned row)
{
	char packets[16], logins[16], alerts[16], all[16], lost[16];
	const struct model *m = v->model;

	view_number(history_rate(v->history, COUNTER_DECODER_PKTS), true, packets);
	view_number(history_rate(v->history, COUNTER_POP3_LOGINS), true, logins);
	view_number((double)m->counter[COUNTER_POP3_LOGINS], false, all);
	view_number((double)m->counter[COUNTER_DETECT_ALERT], false, alerts);
	view_number((double)lost_in_all(m), false, lost);
	canvas_print(c, row, 1, c->columns - 1, STYLE_PLAIN, false, "%s packets/s, %s logins/s", packets, logins);
	canvas_print(c, row + 1, 1, c->columns - 1, lost_in_all(m) > 0 ? STYLE_BAD : STYLE_PLAIN, false,
		     "%s logins, %s alerts, lost: %s", all, alerts, lost);
	return row + 2;
}

/* ---- the whole ---- */

static void keys(struct canvas *c, const struct view *v)
{
	unsigned row = c->rows - 1, at;

	for (at = 0; at < c->columns; at++)
		canvas_put(c, row, at, 1, STYLE_TITLE, span_str(" "));
	canvas_print(c, row, 1, c->columns - 1, STYLE_TITLE, false, c->columns >= 72 ?
		     "q quit  p %s  s sort: %s  tab, arrows: lists  h help%s" : "q quit  p %s  s: %s  h help%s",
		     v->paused ? "go on" : "pause", view_orders[v->order], v->paused ? "  PAUSED" : "");
}

static void help(struct canvas *c, unsigned row)
{
	static const char *const lines[] = {
		"q          quits, as Ctrl-C does",
		"p, space   holds the picture, and lets it go on",
		"s          sorts servers and accounts by logins, failures, or the latest",
		"tab        goes to the next list, back with shift",
		"up, down   move in the list",
		"h, ?       these lines",
		"",
		"Rates are of the last ten seconds; totals since plainpop started.",
		"lost: what was on the wire or found and is in no record.",
		"~ : it is longer. \\xNN: a byte that could do harm to a terminal.",
	};
	size_t i;

	for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
		canvas_print(c, row++, 1, c->columns - 1, STYLE_PLAIN, false, "%s", lines[i]);
}

void view_draw(struct canvas *c, struct view *v)
{
	unsigned row = 1, bottom = c->rows - (v->keys ? 1 : 0);

	if (c->rows < VIEW_ROWS || c->columns < VIEW_COLUMNS) {
		canvas_print(c, 0, 0, c->columns, STYLE_PLAIN, false, "too small: %dx%d at the least", VIEW_COLUMNS, VIEW_ROWS);
		return;
	}
	title(c, v);
	if (v->keys)
		keys(c, v);
	if (v->trouble[0] != '\0')
		canvas_put(c, row++, 1, c->columns - 1, STYLE_WARN, span_str(v->trouble));
	if (v->help) {
		help(c, row + 1);
		return;
	}
	if (v->model == NULL) {
		canvas_print(c, row + 1, 1, c->columns - 1, STYLE_PLAIN, false, "waiting for plainpop ...");
		return;
	}
	row = c->rows >= TABLE_ROWS ? table(c, v, row) + 1 : two_lines(c, v, row);
	if (row < bottom)
		lists_draw(c, v, row, bottom - row);
}

unsigned view_rows(const struct view *v)
{
	unsigned rows = 11 + (v->model != NULL ? lists_rows(v) : 0);

	return rows > TABLE_ROWS ? rows : TABLE_ROWS;
}
