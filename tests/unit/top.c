/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live view: what is read, rates, what may stand on a screen, and that it fits. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/top/impl.h"
#include "plainpop/emit.h"
#include "unit.h"

/* An answer as the writer makes it. */
static char *answer(uint64_t clock, uint64_t packets, const char *user, size_t *n)
{
	struct stats stats = { .uptime = 93784 };
	const struct emit_source source = { .name = "eth1", .live = true };
	const uint8_t addr[16] = { 192, 0, 2, 1 };
	const struct top_row row = { .name = span_str(user), .addr = addr, .ip_v = 4, .port = 110, .last = 1700000000000000,
				     .logins = { [OUTCOME_SUCCESS] = 3, [OUTCOME_FAILURE] = 2, [OUTCOME_UNKNOWN] = 1 } };
	const struct top_row place = { .addr = addr, .ip_v = 4, .port = 1110, .last = 1700000000000000 };
	const struct top_alert alert = { .ts = 1700000000000000, .severity = 1, .ip_v = 4, .addr = { { 192, 0, 2, 9 }, { 192, 0, 2, 1 } },
					 .signature = SPAN("PLAINPOP POP3 password accepted"), .user = span_str(user) };
	const struct top_alert *alerts[] = { &alert };
	const struct top t = { .version = "1.2.3", .now = 1700000001000000, .clock = clock, .run = 5, .live = true, .rules = 68, .flows = 12,
			       .source = &source, .n_sources = 1, .stats = &stats, .order = "logins", .alert = alerts, .n_alerts = 1,
			       .servers = { &place, 1, 1, 0 }, .accounts = { &row, 1, 2000, 7 } };
	char *text;

	stats.counter[COUNTER_DECODER_PKTS] = packets;
	stats.counter[COUNTER_CAPTURE_DROPS] = 4;
	text = emit_top(&t, n);
	cr_assert(text != NULL);
	return text;
}

static void read_answer(struct model *m, uint64_t clock, uint64_t packets, const char *user)
{
	char err[TOP_ERROR_SIZE];
	size_t n;
	char *text = answer(clock, packets, user, &n);

	cr_assert(model_read(m, span_of(text, n), err), "%s", err);
	free(text);
}

UNIT(top, read)
{
	struct model *m = malloc(sizeof *m);

	cr_assert(m != NULL);
	read_answer(m, 1000000, 77, "alice");
	cr_expect_str_eq(m->version, "1.2.3");
	cr_expect_str_eq(m->source[0], "eth1");
	cr_expect(m->clock == 1000000 && m->run == 5 && m->uptime == 93784 && m->rules == 68 && m->flows == 12 && m->live);
	cr_expect(m->counter[COUNTER_DECODER_PKTS] == 77 && m->counter[COUNTER_CAPTURE_DROPS] == 4);
	cr_assert(m->n_alerts == 1 && m->servers.n == 1 && m->accounts.n == 1);
	cr_expect_str_eq(m->alert[0].client, "192.0.2.9");
	cr_expect_str_eq(m->accounts.row[0].user, "alice");
	cr_expect(m->accounts.row[0].success == 3 && m->accounts.row[0].failure == 2 && m->accounts.row[0].unknown == 1);
	cr_expect(m->accounts.kept == 2000 && m->accounts.forgotten == 7 && m->servers.row[0].server_port == 1110);
	free(m);
}

UNIT(top, refused)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "no answer of plainpop's" },	   { "{}", "no answer of plainpop's" },
		{ "[1,2]", "no answer of plainpop's" },	   { "{\"clock\":1,\"stats\":", "half of one" },
		{ "{\"error\":\"because\"}", "plainpop says: because" }, { "{\"error\":1}", "no answer" },
		{ "nonsense", "no answer" },
		{ "{\"clock\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]],\"stats\":{}}", "no answer" },
	};
	struct model *m = calloc(1, sizeof *m);
	char err[TOP_ERROR_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		cr_expect(!model_read(m, span_str(cases[i].text), err), "%s", cases[i].text);
		cr_expect(strstr(err, cases[i].why) != NULL, "%s: %s", cases[i].text, err);
	}
	/* Values of other kinds are none. */
	cr_expect(model_read(m, SPAN("{\"clock\":\"x\",\"stats\":[],\"alerts\":[1,{\"user\":7}],\"servers\":[],\"accounts\":{\"rows\":3}}"), err));
	cr_expect(m->clock == 0 && m->n_alerts == 2 && m->alert[1].user[0] == '\0' && m->accounts.n == 0);
	free(m);
}

UNIT(top, rates)
{
	struct model *m = calloc(1, sizeof *m);
	struct history *h = calloc(1, sizeof *h);
	uint64_t i;

	cr_assert(m != NULL && h != NULL);
	cr_expect(history_rate(h, COUNTER_DECODER_PKTS) < 0, "nothing is known yet");
	m->run = 1;
	m->clock = 5000000;
	m->counter[COUNTER_DECODER_PKTS] = 100;
	history_add(h, m);
	cr_expect(history_rate(h, COUNTER_DECODER_PKTS) < 0, "one is none");
	m->clock += 2000000;
	m->counter[COUNTER_DECODER_PKTS] += 300;
	history_add(h, m);
	cr_expect(history_rate(h, COUNTER_DECODER_PKTS) == 150);
	cr_expect(history_rate(h, COUNTER_POP3_LOGINS) == 0);
	/* Of the last ten steps: what was before is forgotten. */
	for (i = 0; i < 20; i++) {
		m->clock += 1000000;
		m->counter[COUNTER_DECODER_PKTS] += 10;
		history_add(h, m);
	}
	cr_expect(h->n == HISTORY && history_rate(h, COUNTER_DECODER_PKTS) == 10);
	/* The same moment again, another run, or counters that go back: from there on anew. */
	history_add(h, m);
	cr_expect(h->n == 1);
	m->clock += 1000000;
	history_add(h, m);
	m->run = 2;
	m->clock += 1000000;
	history_add(h, m);
	cr_expect(h->n == 1 && h->run == 2);
	m->clock += 1000000;
	m->counter[COUNTER_DECODER_PKTS] -= 1;
	history_add(h, m);
	cr_expect(h->n == 1);
	free(m);
	free(h);
}

UNIT(top, numbers)
{
	static const struct {
		double n;
		bool fraction;
		const char *text;
	} cases[] = {
		{ -1, true, "-" },	 { 0, true, "0.0" },	    { 0, false, "0" },	       { 0.04, true, "0.0" },
		{ 12.34, true, "12.3" }, { 999.9, true, "999.9" },  { 999.96, true, "1000" },  { 99999, false, "99999" },
		{ 99999, true, "99999" }, { 99999.6, true, "100 k" }, { 100000, false, "100 k" }, { 1234567, false, "1.23 M" },
		{ 999949, false, "1.00 M" }, { 12345678, false, "12.3 M" }, { 1.8e19, false, "18.0 E" },
	};
	char text[16];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		view_number(cases[i].n, cases[i].fraction, text);
		cr_expect(strlen(text) <= 7 && strcmp(text, cases[i].text) == 0, "%zu: %s, not %s", i, text, cases[i].text);
	}
}

/* A row of a canvas as text. */
static const char *row_of(const struct canvas *c, unsigned row)
{
	static char text[CANVAS_COLUMNS * CELL_BYTES + 1];
	enum style style;
	size_t at = 0, n;
	unsigned column = 0;

	while (column < c->columns) {
		column = canvas_run(c, row, column, &style, text + at, &n);
		at += n;
	}
	text[at] = '\0';
	return text;
}

UNIT(top, canvas)
{
	static const struct {
		struct span text;
		unsigned width, took;
		const char *row; /* of 12 columns, in UTF-8 */
	} cases[] = {
		{ BYTES("abc"), 10, 3, "abc         " },
		{ BYTES("abcdef"), 4, 4, "abc~        " },
		{ BYTES("a\033b"), 10, 6, "a\\x1bb      " },
		{ BYTES("a\033b"), 4, 2, "a~          " },
		{ BYTES("\xff"), 10, 4, "\\xff        " },
		{ BYTES("a\0b"), 10, 6, "a\\x00b      " },
		{ BYTES("\xc3\xa4x"), 10, 2, "\xc3\xa4x          " },
		/* Wide ones take two columns, and are never cut in half. */
		{ BYTES("\xe6\x97\xa5\xe6\x9c\xac"), 10, 4, "\xe6\x97\xa5\xe6\x9c\xac        " },
		{ BYTES("\xe6\x97\xa5\xe6\x9c\xac"), 3, 3, "\xe6\x97\xa5~         " },
		{ BYTES("\xe6\x97\xa5\xe6\x9c\xac!"), 4, 4, "\xe6\x97\xa5 ~        " },
		/* What combines, turns the text around, or is as wide as each terminal likes. */
		{ BYTES("e\xcc\x81"), 12, 9, "e\\xcc\\x81   " },
		{ BYTES("\xd7\x90"), 12, 8, "\\xd7\\x90    " },
		{ BYTES("\xe2\x80\xae"), 12, 12, "\\xe2\\x80\\xae" },
		{ BYTES("\xf0\x9f\x98\x80"), 11, 9, "\\xf0\\x9f~   " },
		{ BYTES("abc"), 99, 3, "abc         " },
		{ BYTES("abc"), 0, 0, "            " },
	};
	struct canvas c = { .utf8 = true };
	size_t i;

	cr_assert(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	for (i = 0; i < COUNT(cases); i++) {
		cr_assert(canvas_resize(&c, 1, 12));
		cr_expect(canvas_put(&c, 0, 0, cases[i].width, STYLE_PLAIN, cases[i].text) == cases[i].took, "case %zu", i);
		cr_expect(strcmp(row_of(&c, 0), cases[i].row) == 0, "case %zu: `%s'", i, row_of(&c, 0));
	}
	cr_expect(canvas_put(&c, 1, 0, 5, STYLE_PLAIN, SPAN("x")) == 0 && canvas_put(&c, 0, 12, 5, STYLE_PLAIN, SPAN("x")) == 0);
	c.utf8 = false;
	cr_assert(canvas_resize(&c, 1, 12));
	canvas_put(&c, 0, 0, 12, STYLE_PLAIN, SPAN("\xc3\xa4x"));
	cr_expect_str_eq(row_of(&c, 0), "\\xc3\\xa4x   ");
	canvas_free(&c);
}

/* Whatever the size: within it, and what there is room for is there. */
UNIT(top, sizes)
{
	struct model *m = calloc(1, sizeof *m);
	struct history h = { 0 };
	struct view v = { .model = m, .history = &h, .trouble = "", .path = "/p", .keys = true };
	struct canvas c = { .utf8 = true };
	unsigned rows, columns, i;

	cr_assert(m != NULL);
	read_answer(m, 1000000, 1234567, "a-name-that-is-rather-long@example.org");
	history_add(&h, m);
	for (rows = 1; rows < 70; rows++)
		for (columns = 1; columns < 260; columns += columns < 130 ? 1 : 13) {
			cr_assert(canvas_resize(&c, rows, columns));
			view_draw(&c, &v);
			if (rows < VIEW_ROWS || columns < VIEW_COLUMNS)
				continue;
			cr_expect(strstr(row_of(&c, 0), "plainpop 1.2.3") != NULL, "%ux%u", columns, rows);
			cr_expect(strstr(row_of(&c, rows - 1), "q quit") != NULL, "%ux%u", columns, rows);
			for (i = 0; i < rows && strstr(row_of(&c, i), "password acc") == NULL; i++)
				;
			cr_expect(i < rows, "%ux%u: the alert", columns, rows);
		}
	v.help = true;
	cr_assert(canvas_resize(&c, 24, 80));
	view_draw(&c, &v);
	v.model = NULL;
	v.trouble = "nobody is there";
	v.help = false;
	cr_assert(canvas_resize(&c, 24, 80));
	view_draw(&c, &v);
	cr_expect(strstr(row_of(&c, 1), "nobody is there") != NULL);
	canvas_free(&c);
	free(m);
}
