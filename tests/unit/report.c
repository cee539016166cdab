/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report's parts: texts where they are written, curves, pseudonyms, caps, what counts as what. */
#include <stdio.h>
#include <stdlib.h>

#include "../../src/report/impl.h"
#include "unit.h"

/* ---- texts for places ---- */

static char *made(void (*write)(FILE *out, const char *s), const char *s)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	cr_assert(f != NULL);
	write(f, s);
	fclose(f);
	return text;
}

UNIT(report, escapes)
{
	static const struct {
		void (*write)(FILE *out, const char *s);
		const char *in, *out;
	} cases[] = {
		{ html_text, "plain \u00fc", "plain \u00fc" },
		{ html_text, "</script><b a=\"x\" c='y'>&amp;", "&lt;/script&gt;&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;" },
		{ json_text, "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ json_text, "</script><!--&", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"" },
		{ json_text, "a\nb", "\"a\\u000ab\"" },
		{ csv_text, "a,\"b\"", "\"a,\"\"b\"\"\"" },
		{ csv_text, "=1+1", "\"'=1+1\"" },
		{ csv_text, "-1", "\"'-1\"" },
		{ csv_text, "@x", "\"'@x\"" },
		{ csv_text, "a=b", "\"a=b\"" },
		{ csv_text, "", "\"\"" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char *text = made(cases[i].write, cases[i].in);

		cr_expect_str_eq(text, cases[i].out);
		free(text);
	}
}

UNIT(report, numbers)
{
	static const struct {
		uint64_t n;
		const char *out;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 1234567, "1,234,567" }, { UINT64_MAX, "18,446,744,073,709,551,615" } };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);

		html_number(f, cases[i].n);
		fclose(f);
		cr_expect_str_eq(text, cases[i].out);
		free(text);
	}
}

/* ---- curves ---- */

static uint64_t sum_of(const struct curve *c)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < CURVE_STEPS; i++)
		sum += curve_sum(c, i);
	return sum;
}

UNIT(report, curve_keeps_every_login)
{
	/* A second apart, days apart, backwards, and as far apart as records can be. */
	static const uint64_t strides[] = { 1, 7, 61, 3601, 86401, 31536000 };
	static struct curve c;
	uint64_t second;
	size_t i, k;

	for (i = 0; i < COUNT(strides); i++) {
		c = (struct curve){ 0 };
		for (k = 0; k < 100; k++) {
			second = UINT64_C(1762646400) / 2 + (k % 2 == 0 ? 50 + k / 2 : 50 - k / 2) * strides[i] % UINT64_C(4000000000);
			curve_add(&c, second, (enum result)(k % RESULT_MAX));
			cr_expect(second / c.step >= c.first && second / c.step - c.first < CURVE_STEPS);
		}
		cr_expect_eq(sum_of(&c), 100);
	}
}

UNIT(report, curve_steps_are_as_long_as_need_be)
{
	static struct curve c;
	uint64_t k;

	for (k = 0; k < CURVE_STEPS; k++)
		curve_add(&c, 1000 + k, RESULT_ACCEPTED);
	cr_expect_eq(c.step, 1);
	cr_expect_eq(curve_steps(&c), CURVE_STEPS);
	curve_add(&c, 1000 + CURVE_STEPS, RESULT_REFUSED);
	cr_expect_eq(c.step, 5);
	cr_expect_eq(c.first, 200);
	cr_expect_eq(c.n[0][RESULT_ACCEPTED], 5);
	cr_expect_eq(sum_of(&c), CURVE_STEPS + 1);
	cr_expect_eq(curve_highest(&c), 5);
}

UNIT(report, a_chart_says_what_it_shows)
{
	static struct curve c;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	curve_add(&c, 1762646400, RESULT_ACCEPTED);
	curve_add(&c, 1762646400, RESULT_REFUSED);
	svg_curve(f, &c, "id", "Title <&>", false);
	fclose(f);
	cr_expect(strstr(text, "role=\"img\"") != NULL && strstr(text, "<title id=\"id-t\">Title &lt;&amp;&gt;</title>") != NULL);
	cr_expect(strstr(text, "at most 2 logins in one") != NULL);
	cr_expect(strstr(text, "class=\"accepted\"") != NULL && strstr(text, "class=\"unknown\"") == NULL);
	free(text);
}

/* ---- the model ---- */

static struct report *begin(const struct secret_key *pseudonyms)
{
	struct report_options options = { .pseudonyms = pseudonyms, .version = "0" };
	struct report *r = report_new(&options);

	cr_assert(r != NULL);
	return r;
}

static void read_lines(struct report *r, const char *lines)
{
	FILE *f = fmemopen((void *)(uintptr_t)lines, strlen(lines), "r");

	cr_assert(f != NULL);
	cr_assert_eq(report_read(r, "unit", f, NULL, NULL), 0);
	fclose(f);
}

#define HEAD(second)                                                                                                   \
	"{\"timestamp\":\"2026-11-09T00:00:" second ".000000+0000\",\"flow_id\":7,\"src_ip\":\"10.0.0.1\",\"src_port\":9," \
	"\"dest_ip\":\"192.0.2.1\",\"dest_port\":110,"
#define LOGIN(second, user, exposure, outcome, more)                                                                   \
	HEAD(second) "\"event_type\":\"pop3\",\"pop3\":{\"login\":{\"user\":\"" user "\",\"mechanism\":\"M\",\"exposure\":\"" exposure \
		     "\",\"outcome\":\"" outcome "\"" more "}}}\n"

UNIT(report, what_is_exposed)
{
	static const struct {
		const char *lines;
		uint32_t exposed, tokens, digests, refused;
	} cases[] = {
		{ LOGIN("01", "a", "password", "success", ""), 1, 0, 0, 0 },
		{ LOGIN("01", "a", "password", "unknown", ""), 1, 0, 0, 0 },
		{ LOGIN("01", "a", "password", "failure", ""), 0, 0, 0, 1 },
		{ LOGIN("01", "a", "password", "failure", ",\"credential_valid\":true"), 1, 0, 0, 0 },
		{ LOGIN("01", "a", "bearer_token", "success", ""), 0, 1, 0, 0 },
		{ LOGIN("01", "a", "crackable_digest", "success", ""), 0, 0, 1, 0 },
		{ LOGIN("01", "a", "scram", "success", ""), 0, 0, 0, 0 },
		/* The worst that may be right counts, not the worst that was refused. */
		{ LOGIN("01", "a", "crackable_digest", "success", "") LOGIN("02", "a", "password", "failure", ""), 0, 0, 1, 0 },
		{ LOGIN("01", "a", "password", "failure", "") LOGIN("02", "a", "password", "success", ""), 1, 0, 0, 0 },
		{ LOGIN("01", "a", "password", "success", "") LOGIN("02", "b", "password", "success", ""), 2, 0, 0, 0 },
		/* The same record twice. */
		{ LOGIN("01", "a", "password", "success", "") LOGIN("01", "a", "password", "success", ""), 1, 0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct report *r = begin(NULL);

		read_lines(r, cases[i].lines);
		cr_assert(report_finish(r));
		cr_expect(r->exposed == cases[i].exposed && r->tokens == cases[i].tokens && r->digests == cases[i].digests &&
			  r->refused == cases[i].refused, "case %zu: %u %u %u %u", i, r->exposed, r->tokens, r->digests, r->refused);
		report_free(r);
	}
}

UNIT(report, a_login_that_an_alert_tells_too_is_one)
{
	static const char login[] = LOGIN("01", "a", "password", "success", "");
	static const char alert[] = HEAD("01") "\"event_type\":\"alert\",\"pop3\":{},\"alert\":{\"signature_id\":1,\"context\":{\"pop3\":"
					       "{\"user\":\"a\",\"exposure\":\"password\",\"outcome\":\"success\"}}}}\n";
	static const struct {
		const char *first, *second;
		uint64_t of_alerts;
	} cases[] = { { login, alert, 0 }, { alert, login, 0 }, { alert, alert, 1 } };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct report *r = begin(NULL);

		read_lines(r, cases[i].first);
		read_lines(r, cases[i].second);
		cr_expect_eq(r->logins.of[RESULT_ACCEPTED], 1);
		cr_expect_eq(r->of_alerts, cases[i].of_alerts);
		cr_expect_eq(report_damaged(r), 0);
		report_free(r);
	}
}

UNIT(report, counters_are_those_of_the_latest_record_of_a_run)
{
#define STATS(second, uptime, drops) \
	HEAD(second) "\"event_type\":\"stats\",\"stats\":{\"uptime\":" uptime ",\"pop3\":{},\"capture\":{\"kernel_drops\":" drops "}}}\n"
	struct report *r = begin(NULL);

	read_lines(r, STATS("30", "20", "5") STATS("20", "10", "3") STATS("50", "3", "100"));
	cr_assert(report_finish(r));
	cr_expect_eq(r->run.n, 2);
	cr_expect_eq(r->counter[COUNTER_CAPTURE_DROPS], 105);
	report_free(r);
}

UNIT(report, times)
{
	static const struct {
		const char *timestamp, *seen; /* NULL: damaged */
	} cases[] = {
		{ "1970-01-01T00:00:00.000000+0000", "1970-01-01T00:00:00Z" },
		{ "2024-02-29T23:59:59.999999+0000", "2024-02-29T23:59:59Z" },
		{ "2105-12-31T23:59:59.000000+0000", "2105-12-31T23:59:59Z" },
		{ "2106-01-01T00:00:00.000000+0000", NULL }, { "1969-12-31T23:59:59.000000+0000", NULL },
		{ "2024-02-29T23:59:59.999999Z", NULL }, { "2024-02-29 23:59:59.999999+0000", NULL },
		{ "2024-13-01T00:00:00.000000+0000", NULL }, { "2024-01-01T24:00:00.000000+0000", NULL }, { "", NULL },
	};
	char line[512], when[STAMP_SIZE];
	struct report *r;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(line, sizeof line, "{\"timestamp\":\"%s\",\"event_type\":\"pop3\",\"src_ip\":\"10.0.0.1\",\"dest_ip\":"
					    "\"::1\",\"pop3\":{\"login\":{\"outcome\":\"success\"}}}\n", cases[i].timestamp);
		r = begin(NULL);
		read_lines(r, line);
		cr_expect_eq(report_damaged(r), cases[i].seen == NULL, "%s", cases[i].timestamp);
		if (cases[i].seen != NULL)
			cr_expect_str_eq(stamp(r->period.first, when), cases[i].seen);
		report_free(r);
	}
}

UNIT(report, pseudonyms)
{
	struct secret_key *key = secret_key_random(), *other = secret_key_random();
	struct report *r = begin(key), *same = begin(key), *another = begin(other);
	const char *alice = text_of(r, text_name(r, "user", SPAN("alice"))), *bob = text_of(r, text_name(r, "user", SPAN("bob")));

	cr_expect(strncmp(alice, "user-", 5) == 0 && strlen(alice) == 17);
	cr_expect_str_neq(alice, bob);
	cr_expect_str_eq(alice, text_of(same, text_name(same, "user", SPAN("alice"))));
	cr_expect_str_neq(alice, text_of(another, text_name(another, "user", SPAN("alice"))));
	/* A user who is called as a client is still another. */
	cr_expect_str_neq(alice + 4, text_of(r, text_name(r, "client", SPAN("alice"))) + 6);
	report_free(r);
	report_free(same);
	report_free(another);
	secret_key_free(key);
	secret_key_free(other);
}

UNIT(report, texts_are_kept_once_and_cut)
{
	struct report *r = begin(NULL);
	static char lengthy[4 * TEXT_LONGEST];
	uint32_t a = text_keep(r, SPAN("a")), cut;
	size_t i;

	cr_expect_eq(a, text_keep(r, SPAN("a")));
	cr_expect_neq(a, text_keep(r, SPAN("b")));
	cr_expect_str_eq(text_of(r, text_keep(r, SPAN("x\0y\x1b"))), "x\\x00y\\x1b");
	cr_expect_str_eq(text_of(r, NONE), "");
	/* In the midst of a character of two bytes, shifted by none and by one. */
	for (i = 0; i < 2; i++) {
		memset(lengthy, 'x', i);
		for (cut = (uint32_t)i; cut + 2 <= sizeof lengthy; cut += 2)
			memcpy(lengthy + cut, "\u00fc", 2);
		cut = text_keep(r, span_of(lengthy, sizeof lengthy - 2));
		cr_expect(strlen(text_of(r, cut)) <= TEXT_LONGEST + 3);
		cr_expect(strchr(text_of(r, cut), '\\') == NULL, "%s", text_of(r, cut));
	}
	cr_expect_eq(r->beyond.cut, 2);
	report_free(r);
}

UNIT(report, products)
{
	static const struct {
		const char *banner, *name;
	} cases[] = {
		{ "Dovecot (Debian) ready.", "Dovecot" }, { "Hello there.", "Courier" }, { "mail Cyrus POP3 v2.4.17 server ready", "Cyrus" },
		{ "The Microsoft Exchange POP3 service is ready.", "Microsoft Exchange" }, { "mail Zimbra POP3 server ready", "Zimbra" },
		{ "POP3 ready", "" }, { "", "" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect_str_eq(product_name(product_of(span_str(cases[i].banner))), cases[i].name);
}

UNIT(report, every_table_has_columns)
{
	int t;
	size_t k;

	for (t = 0; t < TABLE_MAX; t++) {
		const struct table_about *about = table_about((enum table)t);

		cr_expect(about->columns > 0 && about->columns < 32 && about->column[0].title != NULL, "%s", about->name);
		for (k = 0; k < about->columns; k++)
			cr_expect(about->column[k].cell != NULL && about->column[k].key[0] != '\0');
	}
}
