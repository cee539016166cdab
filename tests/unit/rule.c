/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plainpop/rule.h"
#include "unit.h"

static const struct rule_variable variables[] = {
	{ "HOME_NET", "[192.0.2.0/24,2001:db8::/32]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "CLIENTS", "[$HOME_NET,!192.0.2.99]" },
	{ "PORTS", "[110,995]" },
	{ "BROKEN", "[10.0.0.0/8" },
	{ "ROUND", "$AND_ROUND" },
	{ "AND_ROUND", "$ROUND" },
};

/* The last fault that was told, and how many. */
struct reports {
	struct diag last;
	int n;
};

static void report(void *ctx, const struct diag *d)
{
	struct reports *r = ctx;

	r->last = *d;
	r->n++;
}

static struct ruleset *new_rules(void)
{
	struct ruleset *rs = ruleset_new(variables, COUNT(variables));

	cr_assert(rs != NULL);
	return rs;
}

/* Rules that must be right. */
static struct ruleset *parse(const char *text)
{
	struct ruleset *rs = new_rules();
	struct reports r = { .n = 0 };
	int wrong = ruleset_parse(rs, "test.rules", span_str(text), report, &r);

	cr_expect(wrong == 0 && r.n == 0, "%s\n%u:%u: %s", text, r.last.line, r.last.column, r.last.message);
	return rs;
}

/* ---- the grammar ---- */

#define END "(msg:\"m\"; sid:1;)"

UNIT(rule, accepted)
{
	static const struct {
		const char *text;
		size_t rules;
	} cases[] = {
		{ "", 0 },
		{ "\n\r\n  \t\n# a comment\n#", 0 },
		{ "alert pop3 any any -> any any " END, 1 },
		{ "alert tcp any any -> any any " END "\n", 1 },
		{ "alert tcp-pkt any any -> any any " END "\nalert tcp-stream any any -> any any (msg:\"m\"; sid:2;)", 2 },
		{ "pass pop3 any any -> any any " END "\ndrop pop3 any any -> any any (msg:\"m\"; sid:2;)\n"
		  "reject pop3 any any -> any any (msg:\"m\"; sid:3;)", 3 },
		{ "alert http any any -> any any (msg:\"m\"; http.uri; content:\"x\"; sid:1;)", 0 },
		{ "alert udp any any -> any 53 (nonsense", 0 },
		{ "alert tcp any any -> any any (msg:\"m\"; requires:feature lua; lua:x.lua; sid:1;)", 0 },
		{ "alert tcp any any -> any any (msg:\"m\"; requires:version >= 7.0.3 < 8 | >= 8.0, keyword pcre; sid:1;)", 1 },
		{ "alert tcp any any -> any any (msg:\"m\"; requires:version >= 8.0.1; sid:1;)", 0 },
		{ "  alert ip any any <> any any " END " # comment\r\n", 1 },
		{ "alert pop3 any any -> any any (msg:\"m\";sid:1;rev:7;gid:3;priority:2;)", 1 },
		{ "alert pop3 any any -> any any ( msg : \"m\" ; sid : 1 ; )", 1 },
		{ "alert\tpop3\tany\tany\t->\tany\tany\t" END, 1 },
		{ "alert pop3 [10.0.0.0/8, ![10.1.0.0/16, 10.2.0.0/16]] ![25, 1000:] -> $HOME_NET $PORTS " END, 1 },
		{ "alert pop3 any any -> any any (msg:\"a\"; sid:1;)\nalert pop3 any any -> any any (msg:\"b\"; sid:2;)", 2 },
		{ "alert pop3 any any -> any any (msg:\"a\"; sid:1;)\nalert pop3 any any -> any any (msg:\"b\"; sid:1; gid:2;)",
		  2 },
		{ "alert pop3 any any -> any any \\\n  (msg:\"m\"; \\\n   sid:1; \\\n  )\n", 1 },
		{ "alert \\\r\n pop3 any any -> any any \\\r\n (msg:\"m\"; sid:1;)\r\n", 1 },
		{ "# a comment \\\nthat goes on\nalert pop3 any any -> any any " END, 1 },
		{ "alert pop3 any any -> any any (msg:\"m\"; reference:url,a.example/b?c=d; reference:cve,2011-0411; sid:1;)",
		  1 },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = parse(cases[i].text);

		cr_expect(ruleset_count(rs) == cases[i].rules, "%s", cases[i].text);
		cr_expect(ruleset_at(rs, cases[i].rules) == NULL);
		ruleset_free(rs);
	}
	ruleset_free(NULL);
}

#define OPTIONS(text) "alert pop3 any any -> any any (" text

UNIT(rule, refused)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *message; /* a part of it */
	} cases[] = {
		{ "alarm pop3 any any -> any any " END, 1, 1, "`alarm': not an action" },
		{ "alert", 1, 6, "protocol" },
		{ "alert pop any any -> any any " END, 1, 7, "`pop': not a protocol" },
		{ "alert pop3", 1, 11, "address" },
		{ "alert pop3 any", 1, 15, "port" },
		{ "alert pop3 10.0.0 any -> any any " END, 1, 12, "not an address" },
		{ "alert pop3 10.0.0.0/33 any -> any any " END, 1, 12, "prefix" },
		{ "alert pop3 2001:db8::/129 any -> any any " END, 1, 12, "prefix" },
		{ "alert pop3 10.0.0.9-10.0.0.1 any -> any any " END, 1, 12, "ends before it begins" },
		{ "alert pop3 10.0.0.1-::1 any -> any any " END, 1, 12, "range" },
		{ "alert pop3 [10.0.0.1,10.0.0] any -> any any " END, 1, 22, "not an address" },
		{ "alert pop3 [10.0.0.1,, any -> any any " END, 1, 12, "bracket" },
		{ "alert pop3 [10.0.0.1,] any -> any any " END, 1, 22, "missing" },
		{ "alert pop3 [] any -> any any " END, 1, 12, "nothing is in it" },
		{ "alert pop3 ! any -> any any " END, 1, 12, "missing" },
		{ "alert pop3 !any any -> any any " END, 1, 12, "!any" },
		{ "alert pop3 $NO_NET any -> any any " END, 1, 12, "no such variable" },
		{ "alert pop3 $BROKEN any -> any any " END, 1, 12, "bracket" },
		{ "alert pop3 $ROUND any -> any any " END, 1, 12, "nested too deeply" },
		{ "alert pop3 [[[[[[[[[[[[[[[[[[1.2.3.4]]]]]]]]]]]]]]]]]] any -> any any " END, 1, 28, "nested too deeply" },
		{ "alert pop3 any pop3 -> any any " END, 1, 16, "not a port" },
		{ "alert pop3 any 65536 -> any any " END, 1, 16, "not a port" },
		{ "alert pop3 any 20:10 -> any any " END, 1, 16, "ends before it begins" },
		{ "alert pop3 any : -> any any " END, 1, 16, "range of ports" },
		{ "alert pop3 any any <- any any " END, 1, 20, "`<-': not a direction" },
		{ "alert pop3 any any any any " END, 1, 20, "not a direction" },
		{ "alert pop3 any any -> any any", 1, 30, "`('" },
		{ OPTIONS("msg:\"m\"; sid:1;"), 1, 47, "not closed" },
		{ OPTIONS("msg:\"m\"; sid:1)"), 1, 41, "`;'" },
		{ OPTIONS("msg:\"m\"; sid:1;) and more"), 1, 49, "behind the rule" },
		{ OPTIONS("msg:\"m\"; colour:red; sid:1;)"), 1, 41, "`colour': no such keyword" },
		{ OPTIONS("sid:1;)"), 1, 1, "no msg" },
		{ OPTIONS("msg:\"m\";)"), 1, 1, "no sid" },
		{ OPTIONS("msg:\"m\"; msg:\"n\"; sid:1;)"), 1, 41, "twice" },
		{ OPTIONS("msg:m; sid:1;)"), 1, 32, "quotes" },
		{ OPTIONS("msg:\"m; sid:1;)"), 1, 32, "`;'" },
		{ OPTIONS("msg; sid:1;)"), 1, 32, "value is missing" },
		{ OPTIONS("msg:\"m\"; sid:x;)"), 1, 41, "expected a number" },
		{ OPTIONS("msg:\"m\"; sid:0;)"), 1, 41, "expected a number" },
		{ OPTIONS("msg:\"m\"; sid:4294967296;)"), 1, 41, "expected a number" },
		{ OPTIONS("msg:\"m\"; sid:-1;)"), 1, 41, "expected a number" },
		{ OPTIONS("msg:\"m\"; classtype:no-such; sid:1;)"), 1, 41, "no such class" },
		{ OPTIONS("msg:\"m\"; priority:0; sid:1;)"), 1, 41, "1 to 255" },
		{ OPTIONS("msg:\"m\"; reference:isbn,1; sid:1;)"), 1, 41, "no such type of reference" },
		{ OPTIONS("msg:\"m\"; pop3.event:session; pop3.mechanism:PLAIN; sid:1;)"), 1, 1, "no event has all" },
		{ OPTIONS("msg:\"m\"; pop3.user; content:\"a\"; pop3.args; pop3.server:new; sid:1;)"), 1, 1, "no event has all" },
		{ OPTIONS("msg:\"m\"; flow:to_client; pop3.outcome:success; sid:1;)"), 1, 1, "no event has all" },
		{ OPTIONS("msg:\"m\"; reference:url; sid:1;)"), 1, 41, "type,id" },
		{ OPTIONS("msg:\"m\"; metadata:alone; sid:1;)"), 1, 41, "key value" },
		{ OPTIONS("msg:\"m\"; pop3.event:logout; sid:1;)"), 1, 41, "no such event" },
		{ OPTIONS("msg:\"m\"; pop3.outcome:maybe; sid:1;)"), 1, 41, "no such value" },
		{ OPTIONS("msg:\"m\"; pop3.outcome:success,maybe; sid:1;)"), 1, 41, "no such value" },
		{ OPTIONS("msg:\"m\"; pop3.outcome:!; sid:1;)"), 1, 41, "value is missing" },
		{ OPTIONS("msg:\"m\"; pop3.stls:sometimes; sid:1;)"), 1, 41, "no such value" },
		{ OPTIONS("msg:\"m\"; pop3.mechanism:PLAIN,,LOGIN; sid:1;)"), 1, 41, "value is missing" },
		/* where the place is not in the first line */
		{ "# one\n\nalert pop3 any any -> any any (msg:\"m\"; colour:red; sid:1;)\n", 3, 41, "colour" },
		{ "alert pop3 any any -> any any \\\n (msg:\"m\"; \\\n  colour:red; sid:1;)\n", 3, 3, "colour" },
		{ "alert pop3 any any -> any any \\\r\n (msg:\"m\"; \\\r\n  colour:red; sid:1;)\r\n", 3, 3, "colour" },
		{ "alert pop3 any any -> any any (msg:\"m\"; sid:1;)\nalert pop3 any any -> any any (msg:\"n\"; sid:1;)", 2, 1,
		  "same sid" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();
		struct reports r = { .n = 0 };
		int wrong = ruleset_parse(rs, "test.rules", span_str(cases[i].text), report, &r);

		cr_expect(wrong == 1 && r.n == 1, "%s\n%d wrong", cases[i].text, wrong);
		cr_expect(r.last.line == cases[i].line && r.last.column == cases[i].column, "%s\n%u:%u, not %u:%u: %s",
			  cases[i].text, r.last.line, r.last.column, cases[i].line, cases[i].column, r.last.message);
		cr_expect(strstr(r.last.message, cases[i].message) != NULL, "%s\n%s", cases[i].text, r.last.message);
		cr_expect_str_eq(r.last.file, "test.rules");
		ruleset_free(rs);
	}
}

/* The wrong ones are left out and told, each with its line; the others count. */
UNIT(rule, among_wrong_ones)
{
	static const char text[] = "alert pop3 any any -> any any (msg:\"a\"; sid:1;)\n"
				   "alert pop3 any any -> any any (msg:\"b\"; sid:x;)\n"
				   "nonsense \\\n that goes on (\n"
				   "alert pop3 any any -> any any (msg:\"d\"; sid:4;)\n";
	struct ruleset *rs = new_rules();
	struct reports r = { .n = 0 };

	cr_expect(ruleset_parse(rs, "test.rules", span_str(text), report, &r) == 2 && r.n == 2);
	cr_expect(r.last.line == 3, "line %u", r.last.line);
	cr_assert(ruleset_count(rs) == 2);
	cr_expect_str_eq(ruleset_at(rs, 0)->msg, "a");
	cr_expect_str_eq(ruleset_at(rs, 1)->msg, "d");
	ruleset_free(rs);
}

/* However a file is cut short, or a byte of it changed, there is at most one fault, and no crash. */
UNIT(rule, mangled)
{
	static const char text[] = "alert pop3 [$HOME_NET,!10.0.0.0/8] 1024: <> any [110,!995] \\\n"
				   "(msg:\"a \\\"b\\\" \\\\; c\"; pop3.mechanism:!PLAIN,LOGIN; "
				   "reference:url,a.example; metadata:k v, l w; sid:1; rev:2;)";
	static const uint8_t bytes[] = { 0, '\n', '\\', '"', '(', '[', ']', ';', ':', ',', '!', '$', 0xff };
	size_t i, k, n = sizeof text - 1;

	for (i = 0; i <= n; i++) {
		struct ruleset *rs = new_rules();
		struct reports r = { .n = 0 };
		uint8_t *copy = malloc(i + 1);

		cr_assert(copy != NULL);
		memcpy(copy + 1, text, i); /* the sanitizer watches the end */
		ruleset_parse(rs, "cut", span_of(copy + 1, i), report, &r);
		cr_expect(r.n <= 1 && ruleset_count(rs) == (i == n ? 1 : 0), "%zu bytes", i);
		free(copy);
		ruleset_free(rs);
		for (k = 0; i < n && k < sizeof bytes; k++) {
			uint8_t other[sizeof text];

			memcpy(other, text, n);
			other[i] = bytes[k];
			rs = new_rules();
			r.n = 0;
			cr_expect(ruleset_parse(rs, "changed", span_of(other, n), report, &r) == r.n);
			ruleset_free(rs);
		}
	}
}

/* ---- what a rule says ---- */

UNIT(rule, messages)
{
	static const struct {
		const char *written, *read;
	} cases[] = {
		{ "\"\"", "" },
		{ "\"a; b: c, (d) #e\"", "a; b: c, (d) #e" },
		{ "\"say \\\"hi\\\"\"", "say \"hi\"" },
		{ "\"back\\\\slash\"", "back\\slash" },
		{ "\"semi\\;colon\"", "semi;colon" },
		{ " \"blanks\" ", "blanks" },
		{ "\"h\xc3\xb6hle\"", "h\xc3\xb6hle" },
	};
	char text[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs;

		snprintf(text, sizeof text, OPTIONS("msg:%s; sid:1;)"), cases[i].written);
		rs = parse(text);
		cr_assert(ruleset_count(rs) == 1);
		cr_expect_str_eq(ruleset_at(rs, 0)->msg, cases[i].read);
		ruleset_free(rs);
	}
}

UNIT(rule, signature)
{
	struct ruleset *rs = parse(OPTIONS("msg:\"m\"; metadata:zeta 1, alpha 2; metadata:alpha one more, mid 3; "
					   "reference:url,a.example/b; reference:cve,2011-0411; "
					   "sid:4294967295; rev:3; gid:7; classtype:cleartext-credentials;)"));
	const struct signature *s = ruleset_at(rs, 0);

	cr_assert(s != NULL);
	cr_expect(s->sid == 4294967295 && s->rev == 3 && s->gid == 7 && s->severity == 2);
	cr_expect_str_eq(s->category, "Credentials Sent over Cleartext");
	cr_assert(s->n_references == 2);
	cr_expect_str_eq(s->reference[0], "https://a.example/b");
	cr_expect_str_eq(s->reference[1], "https://nvd.nist.gov/vuln/detail/CVE-2011-0411");
	cr_assert(s->n_metadata == 3);
	cr_expect_str_eq(s->metadata[0].key, "alpha");
	cr_expect_str_eq(s->metadata[1].key, "mid");
	cr_expect_str_eq(s->metadata[2].key, "zeta");
	cr_assert(s->metadata[0].n == 2);
	cr_expect_str_eq(s->metadata[0].value[0], "2");
	cr_expect_str_eq(s->metadata[0].value[1], "one more");
	ruleset_free(rs);

	rs = parse(OPTIONS("msg:\"m\"; sid:1;)"));
	s = ruleset_at(rs, 0);
	cr_assert(s != NULL);
	cr_expect(s->gid == 1 && s->rev == 1 && s->severity == 3 && s->n_metadata == 0 && s->n_references == 0);
	cr_expect_str_eq(s->category, "");
	ruleset_free(rs);
}

/* What the rule says itself counts more than its class, wherever it stands. */
UNIT(rule, severity)
{
	static const struct {
		const char *options;
		uint8_t severity;
	} cases[] = {
		{ "classtype:cleartext-credentials-accepted;", 1 },
		{ "classtype:misc-activity;", 3 },
		{ "priority:1;", 1 },
		{ "priority:200;", 3 },
		{ "classtype:misc-activity; priority:1;", 1 },
		{ "priority:1; classtype:misc-activity;", 1 },
		{ "classtype:far-away;", 3 },
	};
	static const char classes[] = "# ours\n\nconfig classification: far-away, Far, away ,9\n"
				      "config classification: far-away,Far away,9\r\n";
	char text[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();
		struct reports r = { .n = 0 };

		/* A description has no comma: of the two lines one is wrong. */
		cr_expect(ruleset_parse_config(rs, RULE_FILE_CLASSES, "classes", SPAN(classes), report, &r) == 1 && r.last.line == 3);
		r.n = 0;
		snprintf(text, sizeof text, OPTIONS("msg:\"m\"; %s sid:1;)"), cases[i].options);
		cr_assert(ruleset_parse(rs, "test", span_str(text), report, &r) == 0, "%s", r.last.message);
		cr_expect(ruleset_at(rs, 0)->severity == cases[i].severity, "%s", cases[i].options);
		ruleset_free(rs);
	}
}

UNIT(rule, classes)
{
	static const struct {
		const char *text;
		int wrong;
		unsigned line;
	} cases[] = {
		{ "config classification: a,A,1\n", 0, 0 },
		{ "  config classification:a,A,255  \r\n# x\n\n", 0, 0 },
		{ "\nclassification: a,A,1\n", 1, 2 },
		{ "config classification: a,A\n", 1, 1 },
		{ "config classification: ,A,1\n", 1, 1 },
		{ "config classification: a,A,0\n", 1, 1 },
		{ "config classification: a,A,one\n\nconfig\n", 2, 3 },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();
		struct reports r = { .n = 0 };

		cr_expect(ruleset_parse_config(rs, RULE_FILE_CLASSES, "classes", span_str(cases[i].text), report, &r) == cases[i].wrong,
			  "%s", cases[i].text);
		cr_expect(r.n == cases[i].wrong && r.last.line == cases[i].line, "%s: line %u", cases[i].text, r.last.line);
		ruleset_free(rs);
	}
}

/* ---- what a rule fires at ---- */

/* A login of 192.0.2.10 (or 2001:db8::10) at 198.51.100.25 (2001:db8:1::25), USER/PASS, accepted. */
static struct event *new_login(uint8_t ip_v)
{
	static const uint8_t ends[2][2][16] = {
		{ { 192, 0, 2, 10 }, { 198, 51, 100, 25 } },
		{ { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 },
		  { 0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x25 } },
	};
	struct event *e = malloc(sizeof *e);

	cr_assert(e != NULL);
	event_init(e, EVENT_LOGIN);
	memcpy(e->flow.addr, ends[ip_v == 6], sizeof e->flow.addr);
	e->flow.ip_v = ip_v;
	e->flow.port[SIDE_CLIENT] = 49152;
	e->flow.port[SIDE_SERVER] = 110;
	e->outcome = OUTCOME_SUCCESS;
	e->exposure = EXPOSURE_PASSWORD;
	e->stls = STLS_NOT_ASKED;
	event_set(e, EVENT_MECHANISM, SPAN("USER/PASS"));
	return e;
}

/* Anew, in both stages. */
static void match(struct ruleset *rs, struct event *e)
{
	struct rule_subject s = { .event = e, .established = true };
	char err[256];

	cr_assert(ruleset_compile(rs, err), "%s", err);
	e->n_alerts = 0;
	ruleset_match(rs, RULE_SENSOR, &s);
	ruleset_match(rs, RULE_WRITER, &s);
}

static bool fires(const char *text, struct event *e)
{
	struct ruleset *rs = parse(text);
	bool fired;

	match(rs, e);
	fired = e->n_alerts == 1 && e->alerts[0] == 0;
	cr_expect(e->n_alerts == (fired ? 1 : 0));
	ruleset_free(rs);
	return fired;
}

UNIT(rule, ends)
{
	static const struct {
		const char *head;
		bool v4, v6;
	} cases[] = {
		{ "any any -> any any", true, true },
		{ "192.0.2.10 any -> any any", true, false },
		{ "192.0.2.11 any -> any any", false, false },
		{ "192.0.2.10/32 49152 -> 198.51.100.25 110", true, false },
		{ "192.0.2.77/24 any -> 198.51.100.0/22 any", true, false },
		{ "0.0.0.0/0 any -> any any", true, false },
		{ "::/0 any -> any any", false, true },
		{ "192.0.2.1-192.0.2.10 any -> any any", true, false },
		{ "192.0.2.11-192.0.2.255 any -> any any", false, false },
		{ "2001:db8::10 any -> 2001:db8:1::/48 any", false, true },
		{ "2001:db8::1-2001:db8::f any -> any any", false, false },
		{ "!192.0.2.0/24 any -> any any", false, true },
		{ "!10.0.0.0/8 any -> any any", true, true },
		{ "!!192.0.2.10 any -> any any", true, false },
		{ "[10.0.0.0/8,192.0.2.0/24] any -> any any", true, false },
		{ "[10.0.0.0/8, 192.0.2.0/24] any -> any any", true, false },
		{ "[192.0.2.0/24,!192.0.2.10] any -> any any", false, false },
		{ "[!192.0.2.10,192.0.2.0/24] any -> any any", false, false },
		{ "[192.0.2.0/24,!192.0.2.11] any -> any any", true, false },
		{ "[any,!192.0.2.10] any -> any any", false, true },
		{ "![10.0.0.0/8,192.0.2.10] any -> any any", false, true },
		{ "[[10.0.0.0/8,[192.0.2.0/24]],!192.0.2.11] any -> any any", true, false },
		{ "$HOME_NET any -> $EXTERNAL_NET any", true, false },
		{ "$EXTERNAL_NET any -> any any", false, false },
		{ "!$EXTERNAL_NET any -> any any", true, true },
		{ "$CLIENTS any -> any any", true, true },
		{ "any 49152 -> any 110", true, true },
		{ "any 110 -> any 49152", false, false },
		{ "any 110 <> any 49152", true, true },
		{ "198.51.100.25 110 <> 192.0.2.10 any", true, false },
		{ "198.51.100.25 110 -> 192.0.2.10 any", false, false },
		/* one way or the other, not half of each */
		{ "192.0.2.10 any <> 192.0.2.10 any", false, false },
		{ "any 1024: -> any :1023", true, true },
		{ "any :1024 -> any any", false, false },
		{ "any 49152:49152 -> any 100:110", true, true },
		{ "any any -> any !110", false, false },
		{ "any !110 -> any [25,110]", true, true },
		{ "any any -> any [100:200,!110]", false, false },
		{ "any any -> any [100:200,![111:200]]", true, true },
		{ "any any -> any $PORTS", true, true },
		{ "any any -> any !$PORTS", false, false },
	};
	struct event *v4 = new_login(4), *v6 = new_login(6);
	char text[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof text, "alert pop3 %s " END, cases[i].head);
		cr_expect(fires(text, v4) == cases[i].v4, "IPv4: %s", cases[i].head);
		cr_expect(fires(text, v6) == cases[i].v6, "IPv6: %s", cases[i].head);
	}
	free(v4);
	free(v6);
}

UNIT(rule, keywords)
{
	static const struct {
		const char *options;
		bool login, session; /* of a login, and of the session it was in */
	} cases[] = {
		{ "", true, false },
		{ "pop3.event:login;", true, false },
		{ "pop3.event:session;", false, true },
		{ "pop3.event: SESSION ;", false, true },
		{ "pop3.mechanism:USER/PASS;", true, false },
		{ "pop3.mechanism:user/pass;", true, false },
		{ "pop3.mechanism:USER;", false, false },
		{ "pop3.mechanism:PLAIN;", false, false },
		{ "pop3.mechanism:PLAIN, USER/PASS;", true, false },
		{ "pop3.mechanism:!PLAIN;", true, false },
		{ "pop3.mechanism:!PLAIN,USER/PASS;", false, false },
		{ "pop3.outcome:success;", true, false },
		{ "pop3.outcome:failure;", false, false },
		{ "pop3.outcome:failure,unknown,success;", true, false },
		{ "pop3.outcome:!failure;", true, false },
		{ "pop3.outcome:!failure,success;", false, false },
		{ "pop3.stls:not_asked;", true, false },
		{ "pop3.stls:NOT_ASKED;", true, false },
		{ "pop3.stls:!not_asked;", false, false },
		{ "pop3.stls:refused,not_offered;", false, false },
		{ "pop3.event:session; pop3.outcome:success;", false, true },
		{ "pop3.event:session; pop3.outcome:!none;", false, true },
		{ "pop3.event:session; pop3.outcome:none;", false, false },
		{ "pop3.event:session; pop3.stls:not_asked;", false, true },
		{ "app-layer-protocol:pop3;", true, false },
		{ "pop3.credential:unknown;", true, false },
		{ "pop3.credential:valid,invalid;", false, false },
		{ "flow:to_server,established;", true, false },
		{ "flow:stateless;", true, false },
		/* all of them */
		{ "pop3.mechanism:USER/PASS; pop3.outcome:success; pop3.stls:not_asked;", true, false },
		{ "pop3.mechanism:USER/PASS; pop3.outcome:failure; pop3.stls:not_asked;", false, false },
	};
	struct event *login = new_login(4), *session = new_login(4);
	char text[256];
	size_t i;

	session->kind = EVENT_SESSION;
	session->text[EVENT_MECHANISM] = (struct event_slice){ 0 };
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof text, OPTIONS("msg:\"m\"; %s sid:1;)"), cases[i].options);
		cr_expect(fires(text, login) == cases[i].login, "login: %s", cases[i].options);
		cr_expect(fires(text, session) == cases[i].session, "session: %s", cases[i].options);
	}
	/* Of what is not known nothing can be said. */
	login->stls = STLS_UNKNOWN;
	cr_expect(!fires(OPTIONS("msg:\"m\"; pop3.stls:not_asked; sid:1;)"), login));
	free(login);
	free(session);
}

UNIT(rule, many_alerts)
{
	struct ruleset *rs = new_rules();
	struct event *e = new_login(4);
	struct reports r = { .n = 0 };
	char text[128];
	unsigned i;

	for (i = 1; i <= EVENT_ALERTS + 4; i++) {
		snprintf(text, sizeof text, OPTIONS("msg:\"m\"; sid:%u;)\n"), i);
		cr_assert(ruleset_parse(rs, "test", span_str(text), report, &r) == 0);
	}
	match(rs, e);
	cr_expect(e->n_alerts == EVENT_ALERTS);
	cr_expect(counter_value[COUNTER_DETECT_ALERT_OVERFLOW] == 4);
	for (i = 0; i < EVENT_ALERTS; i++)
		cr_expect(e->alerts[i] == i, "in the order of the file");
	free(e);
	ruleset_free(rs);
}

/* ---- files ---- */

UNIT(rule, files)
{
	char path[] = "/tmp/plainpop-unit-XXXXXX";
	struct ruleset *rs = new_rules();
	struct reports r = { .n = 0 };
	int fd = mkstemp(path), i;
	FILE *f;

	cr_assert(fd >= 0);
	f = fdopen(fd, "w");
	cr_assert(f != NULL);
	for (i = 1; i <= 3000; i++) /* more than one read() */
		fprintf(f, OPTIONS("msg:\"m\"; sid:%d;)\n"), i);
	fputs("nonsense\n", f);
	cr_assert(fclose(f) == 0);
	cr_expect(ruleset_load(rs, path, report, &r) == 1 && r.n == 1 && r.last.line == 3001);
	cr_expect_str_eq(r.last.file, path);
	cr_expect(ruleset_count(rs) == 3000);
	unlink(path);
	errno = 0;
	cr_expect(ruleset_load(rs, path, report, &r) == -1 && errno == ENOENT && r.n == 1);
	ruleset_free(rs);
}

/* ---- the rules that come with the program ---- */

static const struct signature_metadata *metadata(const struct signature *s, const char *key)
{
	size_t i;

	for (i = 0; i < s->n_metadata; i++)
		if (strcmp(s->metadata[i].key, key) == 0)
			return &s->metadata[i];
	return NULL;
}

static struct ruleset *default_rules(void)
{
	static const struct rule_variable nets[] = { { "HOME_NET", "10.0.0.0/8" }, { "EXTERNAL_NET", "!$HOME_NET" } };
	struct ruleset *rs = ruleset_new(nets, COUNT(nets));
	struct reports r = { .n = 0 };

	cr_assert(rs != NULL);
	cr_expect(ruleset_load_default(rs, report, &r) == 0 && r.n == 0, "%u:%u: %s", r.last.line, r.last.column,
		  r.last.message);
	cr_assert(ruleset_count(rs) > 0);
	return rs;
}

UNIT(rule, default_rules)
{
	struct ruleset *rs = default_rules();
	const struct signature *s;
	size_t i;

	for (i = 0; (s = ruleset_at(rs, i)) != NULL; i++) {
		cr_expect(s->sid >= 9100000 && s->sid <= 9199999 && s->gid == 1 && s->rev >= 1, "%u", s->sid);
		cr_expect(strncmp(s->msg, "PLAINPOP ", 9) == 0, "%u: %s", s->sid, s->msg);
		cr_expect(s->category[0] != '\0' && s->severity >= 1 && s->severity <= 3, "%u: class", s->sid);
		cr_expect(s->n_references > 0 && strncmp(s->reference[0], "https://", 8) == 0, "%u: reference", s->sid);
		cr_expect(metadata(s, "mitre_tactic_id") != NULL, "%u: tactic", s->sid);
		cr_expect(metadata(s, "mitre_technique_id") != NULL, "%u: technique", s->sid);
	}
	cr_expect(i == ruleset_count(rs));
	ruleset_free(rs);
}

/* The one rule that tells what became of a login, or of a session: those that count many are another matter. */
static const struct signature *sole_alert(const struct ruleset *rs, const struct event *e)
{
	const struct signature *s, *found = NULL;
	unsigned i;

	for (i = 0; i < e->n_alerts; i++) {
		s = ruleset_at(rs, e->alerts[i]);
		if (s->sid >= 9100200)
			continue;
		cr_expect(found == NULL, "%s", s->msg);
		found = s;
	}
	return found;
}

/* Each login in the clear is one alert, and the worse the more was gained. */
UNIT(rule, default_alerts)
{
	static const struct {
		const char *mechanism;
		enum event_exposure exposure;
		uint8_t accepted, refused; /* severity */
		const char *told;          /* is in the message */
	} cases[] = {
		{ "USER/PASS", EXPOSURE_PASSWORD, 1, 2, "USER/PASS" },
		{ "PLAIN", EXPOSURE_PASSWORD, 1, 2, "PLAIN" },
		{ "LOGIN", EXPOSURE_PASSWORD, 1, 2, "LOGIN" },
		{ "LOGIN", EXPOSURE_IDENTITY, 3, 3, "without a secret" }, /* given up before the password */
		{ "XOAUTH2", EXPOSURE_BEARER_TOKEN, 1, 2, "bearer token" },
		{ "OAUTHBEARER", EXPOSURE_BEARER_TOKEN, 1, 2, "bearer token" },
		{ "APOP", EXPOSURE_CRACKABLE_DIGEST, 2, 3, "crackable digest" },
		{ "NTLM", EXPOSURE_CRACKABLE_DIGEST, 2, 3, "crackable digest" },
		{ "SCRAM-SHA-256", EXPOSURE_SCRAM, 3, 3, "SCRAM" },
		{ "EXTERNAL", EXPOSURE_IDENTITY, 3, 3, "without a secret" },
		{ "GSSAPI", EXPOSURE_NONE, 3, 3, "without a secret" },
		{ "X-WHITE-RABBIT", EXPOSURE_NONE, 3, 3, "without a secret" },
	};
	struct ruleset *rs = default_rules();
	struct event *e = new_login(4);
	size_t m;
	int o, s;

	for (m = 0; m < COUNT(cases); m++)
		for (o = OUTCOME_SUCCESS; o <= OUTCOME_UNKNOWN; o++)
			for (s = 0; s < STLS_MAX; s++) {
				const struct signature *fired;

				e->pool_used = 0;
				event_set(e, EVENT_MECHANISM, span_str(cases[m].mechanism));
				e->exposure = cases[m].exposure;
				e->outcome = (enum event_outcome)o;
				e->stls = (enum event_stls)s;
				match(rs, e);
				fired = sole_alert(rs, e);
				cr_assert(fired != NULL, "%s, %s", cases[m].mechanism, event_outcome_name(e->outcome));
				cr_expect(fired->severity == (o == OUTCOME_SUCCESS ? cases[m].accepted : cases[m].refused),
					  "%s", fired->msg);
				cr_expect(strstr(fired->msg, cases[m].told) != NULL, "%s", fired->msg);
			}
	free(e);
	ruleset_free(rs);
}

UNIT(rule, default_alerts_of_sessions)
{
	static const struct {
		enum event_stls stls;
		enum event_outcome outcome;
		uint32_t sid; /* 0: none */
	} cases[] = {
		{ STLS_UNKNOWN, OUTCOME_SUCCESS, 0 },        { STLS_NOT_OFFERED, OUTCOME_NONE, 9100100 },
		{ STLS_NOT_OFFERED, OUTCOME_SUCCESS, 9100100 }, { STLS_REFUSED, OUTCOME_NONE, 9100101 },
		{ STLS_FAILED, OUTCOME_NONE, 9100102 },      { STLS_OFFERED_UNUSED, OUTCOME_NONE, 0 },
		{ STLS_OFFERED_UNUSED, OUTCOME_UNKNOWN, 9100110 }, { STLS_NOT_ASKED, OUTCOME_SUCCESS, 0 },
		{ STLS_UPGRADED, OUTCOME_NONE, 0 },          { STLS_STRIPPED, OUTCOME_NONE, 9100104 },
	};
	struct ruleset *rs = default_rules();
	struct event *e = new_login(6);
	const struct signature *fired;
	size_t i;

	e->kind = EVENT_SESSION;
	for (i = 0; i < COUNT(cases); i++) {
		e->stls = cases[i].stls;
		e->outcome = cases[i].outcome;
		match(rs, e);
		fired = sole_alert(rs, e);
		cr_expect((fired != NULL ? fired->sid : 0) == cases[i].sid, "case %zu", i);
	}
	free(e);
	ruleset_free(rs);
}
