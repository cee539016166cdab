/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records that anybody may have written, made a report. Input: a byte of options, then the lines. Whatever is in them, the
 * page has no element but its own, JSON is JSON, and no cell of CSV is a formula.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "../../src/report/impl.h"
#include "fuzz.h"

static const struct secret_key *key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	key = secret_key_random();
	assert(key != NULL);
	return 0;
}

/* Heap. */
static struct span written(const struct report *r, enum report_form form, const char *table)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert(f != NULL);
	assert(report_write(r, form, table, f));
	fclose(f);
	return span_of(text, n);
}

static void check_printable(struct span s)
{
	while (s.n > 0) {
		size_t n = s.p[0] == '\n' || s.p[0] == '\r' || s.p[0] == '\t' ? 1 : span_character(s);

		assert(n > 0);
		s = span_skip(s, n);
	}
}

/* The elements that the page is made of. */
static bool is_ours(struct span tag)
{
	static const char *const ours[] = {
		"!DOCTYPE", "html", "head", "meta", "title", "style", "body", "a", "header", "p", "span", "h1", "h2", "h3", "em",
		"time", "ul", "ol", "li", "b", "nav", "main", "section", "svg", "desc", "line", "text", "rect", "details", "summary",
		"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "article", "code", "footer", "script",
	};
	size_t i;

	for (i = 0; i < (sizeof ours / sizeof ours[0]); i++)
		if (span_eq(tag, span_str(ours[i])))
			return true;
	return false;
}

static void check_html(struct span page)
{
	const char *const raw[] = { "style", "script" };
	struct span tag;
	size_t i;

	while (page.n > 0) {
		if (page.p[0] != '<') {
			page = span_skip(page, 1);
			continue;
		}
		page = span_skip(page, page.n > 1 && page.p[1] == '/' ? 2 : 1);
		for (tag = span_of(page.p, 0); tag.n < page.n && memchr(" >\n", page.p[tag.n], 3) == NULL; tag.n++)
			;
		assert(is_ours(tag));
		for (i = 0; i < (sizeof raw / sizeof raw[0]); i++)
			if (span_eq(tag, span_str(raw[i])) && page.p[-1] == '<') {
				char end[16];
				const uint8_t *at;

				snprintf(end, sizeof end, "</%s>", raw[i]);
				at = memmem(page.p, page.n, end, strlen(end));
				assert(at != NULL);
				page = span_skip(page, (size_t)(at - page.p));
				break;
			}
	}
}

static void check_csv(struct span text)
{
	bool quoted = false, start = true;

	for (; text.n > 0; text = span_skip(text, 1)) {
		uint8_t c = text.p[0];

		if (start && c == '"')
			assert(text.n > 1 && memchr("=+-@\t|%", text.p[1], 7) == NULL);
		else if (start)
			assert(memchr("=+-@\t|%", c, 7) == NULL);
		quoted ^= c == '"';
		start = !quoted && (c == ',' || c == '\n');
	}
	assert(!quoted);
}

static void check_json(struct span text)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	assert(t != NULL);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, (const char *)text.p, (int)text.n);
	assert(json_object_is_type(o, json_type_object));
	json_object_put(o);
	json_tokener_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), page, json, csv;
	uint8_t how = take(&in);
	struct report_options options = { .complete = (how & 1) != 0, .passing_key = (how & 2) != 0,
					  .pseudonyms = (how & 4) != 0 ? key : NULL, .version = "0" };
	struct report *r;
	FILE *f;
	size_t i;

	if (in.n == 0)
		return 0;
	r = report_new(&options);
	f = fmemopen((void *)(uintptr_t)in.p, in.n, "r");
	assert(r != NULL && f != NULL);
	assert(report_read(r, "fuzz", f, NULL, NULL) == 0);
	fclose(f);
	assert(report_finish(r));
	page = written(r, REPORT_HTML, NULL);
	check_printable(page);
	check_html(page);
	json = written(r, REPORT_JSON, NULL);
	check_printable(json);
	check_json(json);
	for (i = 0; report_table(i) != NULL; i++) {
		csv = written(r, REPORT_CSV, report_table(i));
		check_printable(csv);
		check_csv(csv);
		free((void *)(uintptr_t)csv.p);
	}
	free((void *)(uintptr_t)page.p);
	free((void *)(uintptr_t)json.p);
	report_free(r);
	return 0;
}
