/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules against bytes: content and its modifiers, pcre, buffers, packets, flowbits. */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/rule.h"
#include "unit.h"

static void report(void *ctx, const struct diag *d)
{
	(void)ctx;
	cr_log_warn("%u:%u: %s", d->line, d->column, d->message);
}

static void keep(void *ctx, const struct diag *d)
{
	*(struct diag *)ctx = *d;
}

/* A ruleset of rules with these options, sid 1, 2, ... NULL options end it. */
static struct ruleset *rules_of(const char *head, const char *const *options)
{
	struct ruleset *rs = ruleset_new(NULL, 0);
	char text[1024], err[256];
	int i;

	cr_assert(rs != NULL);
	for (i = 0; options[i] != NULL; i++) {
		snprintf(text, sizeof text, "%s (msg:\"m\"; %s sid:%d;)", head, options[i], i + 1);
		cr_expect(ruleset_parse(rs, "test", span_str(text), report, NULL) == 0, "%s", text);
	}
	cr_assert(ruleset_compile(rs, err), "%s", err);
	return rs;
}

static struct ruleset *rule_of(const char *options)
{
	return rules_of("alert tcp any any -> any any", (const char *const[]){ options, NULL });
}

static struct event *new_event(enum event_kind kind)
{
	struct event *e = malloc(sizeof *e);

	cr_assert(e != NULL);
	event_init(e, kind);
	e->flow.ip_v = 4;
	e->flow.port[SIDE_CLIENT] = 49152;
	e->flow.port[SIDE_SERVER] = 110;
	e->from = kind == EVENT_SERVER_LINE ? SIDE_SERVER : SIDE_CLIENT;
	return e;
}

/* The subject of a line: its parts as the sensor gives them. */
static struct rule_subject line_of(struct event *e, struct span raw)
{
	struct rule_subject s = { .event = e, .established = true, .tcp_flags = 0x18, .dsize = (uint32_t)raw.n };
	struct span line = raw, args;

	s.buffer[RULE_BUFFER_RAW] = raw;
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	args = line;
	if (e->kind == EVENT_CLIENT_LINE) {
		s.buffer[RULE_BUFFER_COMMAND] = span_word(&args);
		s.buffer[RULE_BUFFER_ARGS] = args;
	} else {
		s.buffer[RULE_BUFFER_RESPONSE] = line;
	}
	return s;
}

/* A line may be asked for before: then that is what its rules are found by. */
static bool fires(const char *options, enum event_kind kind, struct span raw)
{
	struct ruleset *rs = rule_of(options);
	struct event *e = new_event(kind);
	struct rule_subject s = line_of(e, raw);
	bool fired, wanted;

	ruleset_match(rs, RULE_SENSOR, &s);
	fired = e->n_alerts == 1;
	e->n_alerts = 0;
	s.looked = true;
	wanted = ruleset_wants_line(rs, kind, RULE_SENSOR, raw);
	if (wanted)
		ruleset_match(rs, RULE_SENSOR, &s);
	cr_expect((e->n_alerts == 1) == fired, "asked for before: %s", options);
	ruleset_free(rs);
	free(e);
	return fired;
}

UNIT(match, lines_wanted)
{
	static const struct {
		const char *options[3], *line;
		bool wanted;
	} cases[] = {
		{ { "content:\"needle\";" }, "USER needle\r\n", true },
		{ { "content:\"needle\";" }, "USER NEEDLE\r\n", false },
		{ { "content:\"needle\"; nocase;" }, "USER NEEDLE\r\n", true },
		{ { "content:\"needle\";" }, "needl", false },
		{ { "content:\"needle\";" }, "needle", true },
		{ { "content:\"needle\";", "content:\"hay\";" }, "hay\r\n", true },
		{ { "content:\"needle\";", "content:\"hay\";" }, "STAT\r\n", false },
		{ { "content:\"needle\";", "content:!\"hay\";" }, "STAT\r\n", true },
		{ { "content:\"USER \"; startswith;" }, "STAT\r\n", false },
		{ { "content:\"USER \"; startswith;" }, "USER needle\r\n", true },
		{ { "content:\"USER \"; startswith; content:\"needle\";" }, "USER hay\r\n", false },
		{ { "content:\"USER \"; startswith; pcre:\"/needle/\";" }, "USER hay\r\n", true },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ruleset *rs = rules_of("alert tcp any any -> any any", cases[i].options);

		cr_expect(ruleset_wants_line(rs, EVENT_CLIENT_LINE, RULE_SENSOR, span_str(cases[i].line)) == cases[i].wanted, "%s: %s",
			  cases[i].options[0], cases[i].line);
		ruleset_free(rs);
	}
}

UNIT(match, bytes)
{
	static const struct {
		const char *options, *line;
		bool fires;
	} cases[] = {
		{ "content:\"PASS\";", "PASS secret\r\n", true },
		{ "content:\"pass\";", "PASS secret\r\n", false },
		{ "content:\"pass\"; nocase;", "PaSS secret\r\n", true },
		{ "content:!\"USER\";", "PASS secret\r\n", true },
		{ "content:!\"PASS\";", "PASS secret\r\n", false },
		{ "content:!\"pass\"; nocase;", "PASS secret\r\n", false },
		{ "content:\"|50 41 53 53|\";", "PASS secret\r\n", true },
		{ "content:\"|5041|SS|20|\";", "PASS secret\r\n", true },
		{ "content:\"|0d 0a|\"; endswith;", "PASS secret\r\n", true },
		{ "content:\"et|0d 0a|\"; endswith;", "PASS secret\r\n", true },
		{ "content:\"secret\"; endswith;", "PASS secret\r\n", false },
		{ "content:\"a\"; endswith;", "a b a", true },
		{ "content:!\"a\"; endswith;", "a b c", true },
		{ "content:\"PASS\"; startswith;", "PASS PASS\r\n", true },
		{ "content:\"ASS\"; startswith;", "PASS ASS\r\n", false },
		{ "content:!\"ASS\"; startswith;", "PASS ASS\r\n", true },
		{ "content:\"a\\;b\\\"c\\\\d\\:e\";", "xa;b\"c\\d:ex", true },
		{ "content:\"PASS\"; depth:4;", "PASS\r\n", true },
		{ "content:\"PASS\"; depth:4;", " PASS\r\n", false },
		{ "content:\"PASS\"; depth:5;", " PASS\r\n", true },
		{ "content:\"PASS\"; offset:1;", "PASS\r\n", false },
		{ "content:\"PASS\"; offset:1; depth:4;", "xPASS\r\n", true },
		{ "content:\"PASS\"; depth:4; offset:1;", "xxPASS\r\n", false },
		{ "content:!\"PASS\"; depth:4;", " PASS\r\n", true },
		{ "content:\"a\"; content:\"b\"; distance:0;", "xaxbx", true },
		{ "content:\"a\"; content:\"b\"; distance:0;", "xbxax", false },
		{ "content:\"a\"; content:\"b\";", "xbxax", true },
		{ "content:\"a\"; content:\"b\"; distance:1;", "ab", false },
		{ "content:\"a\"; content:\"b\"; distance:1;", "axb", true },
		{ "content:\"a\"; content:\"b\"; within:1;", "ab", true },
		{ "content:\"a\"; content:\"b\"; within:1;", "axb", false },
		{ "content:\"a\"; content:\"b\"; within:2;", "axb", true },
		{ "content:\"a\"; content:\"b\"; distance:1; within:1;", "axb", true },
		{ "content:\"a\"; content:\"b\"; distance:1; within:1;", "axxb", false },
		{ "content:\"ab\"; content:\"b\"; distance:-1;", "ab", true },
		{ "content:\"ab\"; content:\"a\"; distance:-2; within:1;", "ab", true },
		{ "content:\"ab\"; content:\"a\"; distance:-9;", "ab", true },
		/* the first place fails, a later one does not */
		{ "content:\"a\"; content:\"b\"; within:1;", "axab", true },
		{ "content:\"a\"; content:\"b\"; within:1; content:\"c\"; within:1;", "abxabc", true },
		{ "content:\"a\"; content:\"b\"; distance:0; content:\"c\"; within:1;", "ab b bc", true },
		{ "content:\"a\"; content:!\"b\"; within:1;", "ab", false },
		{ "content:\"a\"; content:!\"b\"; within:1;", "abac", true },
		{ "content:\"PASS\"; isdataat:6,relative;", "PASS 12345", true },
		{ "content:\"PASS\"; isdataat:7,relative;", "PASS 12345", false },
		{ "content:\"PASS\"; isdataat:!7,relative;", "PASS 12345", true },
		{ "isdataat:9;", "0123456789", true },
		{ "isdataat:10;", "0123456789", false },
		{ "isdataat:!10,rawbytes;", "0123456789", true },
		{ "content:\"USER\"; isdataat:30,relative; content:!\"|0a|\"; within:30;",
		  "USER aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", true },
		{ "content:\"USER\"; isdataat:30,relative; content:!\"|0a|\"; within:30;", "USER aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
		  false },
		{ "bsize:6;", "PASS\r\n", true },
		{ "bsize:!6;", "PASS\r\n", false },
		{ "bsize:<6;", "PASS\r\n", false },
		{ "bsize:<=6;", "PASS\r\n", true },
		{ "bsize:>5;", "PASS\r\n", true },
		{ "bsize:5<>7;", "PASS\r\n", true },
		{ "bsize:6<>8;", "PASS\r\n", false },
		{ "bsize:5-7;", "PASS\r\n", true },
		{ "bsize:6-8;", "PASS\r\n", false },
		{ "bsize:=6;", "PASS\r\n", true },
		{ "bsize:!=6;", "PASS\r\n", false },
		{ "content:\"PASS\"; fast_pattern;", "PASS x", true },
		{ "content:\"PASS\"; fast_pattern:only; content:\"x\";", "PASS x", true },
		{ "content:\"PASS\"; fast_pattern:1,2; content:\" x\";", "PASS x", true },
		{ "content:\"PASS\"; fast_pattern:1,2; content:\" y\";", "PASS x", false },
		{ "content:\"PASS\"; rawbytes; nocase;", "pass x", true },
		{ "pcre:\"/^PASS\\s[^\\n]{6}/\";", "PASS secret\r\n", true },
		{ "pcre:\"/^PASS\\s[^\\n]{9}/\";", "PASS secret\r\n", false },
		{ "pcre:!\"/^PASS\\s[^\\n]{9}/\";", "PASS secret\r\n", true },
		{ "pcre:\"/^pass/i\";", "PASS secret\r\n", true },
		{ "pcre:\"/a.b/\";", "a\nb", false },
		{ "pcre:\"/a.b/s\";", "a\nb", true },
		{ "pcre:\"/^b/\";", "a\nb", false },
		{ "pcre:\"/^b/m\";", "a\nb", true },
		{ "pcre:\"/a b/x\";", "ab", true },
		{ "pcre:\"/b/A\";", "ab", false },
		{ "pcre:\"/a$/\";", "a\n", true },
		{ "pcre:\"/a$/E\";", "a\n", false },
		{ "pcre:\"/a+/G\"; content:\"a\"; within:1;", "aa", true },
		{ "pcre:\"/a+/\"; content:\"a\"; within:1;", "aa", false },
		{ "content:\"a\"; pcre:\"/^b/R\";", "ab", true },
		{ "content:\"a\"; pcre:\"/^b/R\";", "axab", true },
		{ "content:\"a\"; pcre:\"/^b/R\";", "axb", false },
		{ "pcre:\"/a/\"; content:\"b\"; within:1;", "axab", true },
		{ "pcre:\"/\\;\\\"\\x41\\//B\";", ";\"A/", true },
		/* matches of an expression may overlap */
		{ "pcre:\"/[0-9][0-9]/\"; content:\"x\"; within:1;", "123x", true },
		{ "pcre:\"/a.*b/\"; content:\"c\"; within:1;", "ab bd", false },
		{ "pcre:\"/$/\"; content:\"c\"; within:1;", "aaac", false },
		{ "content:\"RETR \"; byte_test:3,>,99,0,relative,string,dec;", "RETR 100\r\n", true },
		{ "content:\"RETR \"; byte_test:3,>,99,0,relative,string,dec;", "RETR 099\r\n", false },
		{ "content:\"RETR \"; byte_test:3,>,99,0,relative,string,dec;", "RETR -10\r\n", false },
		{ "content:\"RETR \"; byte_test:9,>,99,0,relative,string;", "RETR 100\r\n", false },
		{ "byte_test:1,=,82,0;", "RETR", true },
		{ "byte_test:1,!=,82,0;", "RETR", false },
		{ "byte_test:1,!,83,0;", "RETR", true },
		{ "byte_test:1,!,83,4;", "RETR", false },
		{ "byte_test:4,=,0x52455452,0;", "RETR", true },
		{ "byte_test:4,=,0x52544552,0,little;", "RETR", true },
		{ "byte_test:2,=,0x4554,1,big;", "RETR", true },
		{ "byte_test:1,<,0x52,0;", "RETR", false },
		{ "byte_test:1,<=,0x52,0;", "RETR", true },
		{ "byte_test:1,>=,0x53,0;", "RETR", false },
		{ "byte_test:1,&,0x02,0;", "RETR", true },
		{ "byte_test:1,!&,0x02,0;", "RETR", false },
		{ "byte_test:1,^,0x52,0;", "RETR", false },
		{ "byte_test:1,=,5,0,bitmask 0xf0;", "RETR", true },
		{ "content:\"R\"; byte_test:1,=,0x54,-2,relative; isdataat:!1,relative;", "RETR", true },
		{ "content:\"a\"; byte_test:1,=,0x32,0,relative;", "a1a2", true },
		{ "byte_test:2,=,255,0,string,hex;", "ff", true },
		{ "byte_test:2,=,8,0,string,oct;", "10", true },
		{ "byte_test:23,>,0,0,string,dec;", "99999999999999999999999", false },
		{ "byte_test:1,=,0,-1;", "RETR", false },
		/* a buffer that nothing is asked of need only be there */
		{ "content:\"a\"; pop3.args;", "a", true },
		{ "content:\"a\"; pop3.banner;", "a", false },
		{ "content:\"a\"; content:\"x\"; distance:-1048576; within:1048576;", "xa", true },
		{ "content:\"a\"; content:!\"b\"; content:\"c\"; within:1;", "axac", true },
		{ "content:\"a\"; isdataat:!1,relative;", "axa", true },
		{ "content:\"a\"; isdataat:!1,relative;", "axab", false },
		{ "content:\"a\"; content:\"b\"; distance:0; isdataat:2,relative; content:\"c\"; distance:1; within:1;", "abxabxc", true },
		{ "content:\"a\"; startswith; endswith;", "a", true },
		{ "content:\"a\"; startswith; endswith;", "aa", false },
		{ "content:\"a\"; depth:2; endswith;", "aa", true },
		{ "content:\"a\"; depth:2; endswith;", "aaa", false },
		{ "content:!\"a\"; offset:9;", "a", true },
		/* what takes too long is given up */
		{ "pcre:\"/^(a+)+$/\";", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
		{ "base64_decode; base64_data; content:\"alice\";", "AGFsaWNlAHNlY3JldA==\r\n", true },
		{ "base64_decode:bytes 8; base64_data; content:\"alice\";", "AGFsaWNlAHNlY3JldA==\r\n", true },
		{ "base64_decode:bytes 4; base64_data; content:\"alice\";", "AGFsaWNlAHNlY3JldA==\r\n", false },
		{ "base64_decode:offset 11; base64_data; content:\"alice\";", "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", true },
		{ "content:\"PLAIN \"; base64_decode:relative; base64_data; content:\"alice\";",
		  "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", true },
		{ "content:\"PLAIN\"; base64_decode:offset 1, relative; base64_data; content:\"|00|alice|00|\"; startswith;",
		  "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", true },
		{ "content:\"PLAIN \"; base64_decode:relative; base64_data; content:\"bob\";",
		  "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", false },
		{ "pop3.command; content:\"RETR\";", "RETR 1\r\n", true },
		{ "pop3.command; content:\"1\";", "RETR 1\r\n", false },
		{ "pop3.command; content:\"RETR\"; bsize:4; pop3.args; content:\"-\"; startswith;", "RETR -1\r\n", true },
		{ "pop3.args; content:\"-\"; startswith; pop3.command; content:\"RETR\";", "RETR 1-\r\n", false },
		{ "pop3.command:RETR,TOP;", "retr 1\r\n", true },
		{ "pop3.command:!RETR,TOP;", "retr 1\r\n", false },
		{ "pop3.args; bsize:0;", "STAT\r\n", true },
		{ "pop3.args; content:\"1\"; pkt_data; content:\"|0a|\";", "RETR 1\r\n", true },
		{ "content:\"RETR\"; dsize:8;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; dsize:>8;", "RETR 1\r\n", false },
		{ "content:\"RETR\"; flags:PA;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flags:P;", "RETR 1\r\n", false },
		{ "content:\"RETR\"; flags:+P;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flags:*PF;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flags:!S;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flags:P,A;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flow:to_server,established;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flow:from_client,not_established;", "RETR 1\r\n", false },
		{ "content:\"RETR\"; flow:to_client;", "RETR 1\r\n", false },
		{ "content:\"RETR\"; flow:only_stream;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; flow:to_server,established,no_stream;", "RETR 1\r\n", true },
		{ "content:\"RETR\"; app-layer-protocol:pop3;", "RETR 1\r\n", true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		/* The sanitizer watches both ends. */
		size_t n = strlen(cases[i].line);
		char *line = malloc(n);

		cr_assert(line != NULL);
		memcpy(line, cases[i].line, n);
		cr_expect(fires(cases[i].options, EVENT_CLIENT_LINE, span_of(line, n)) == cases[i].fires, "%s at %s",
			  cases[i].options, cases[i].line);
		free(line);
	}
	cr_expect(counter_value[COUNTER_DETECT_PCRE_LIMIT] > 0, "a bomb was given up");
}

UNIT(match, answers)
{
	static const struct {
		const char *options, *line;
		bool fires;
	} cases[] = {
		{ "content:\"-ERR\"; depth:4;", "-ERR no\r\n", true },
		{ "pop3.response; content:\"-ERR\"; startswith;", "-ERR no\r\n", true },
		{ "pop3.response; content:\"no\"; endswith;", "-ERR no\r\n", true },
		{ "pop3.command; content:\"USER\"; pop3.response; content:\"-ERR\";", "-ERR no\r\n", true },
		{ "pop3.command; content:\"PASS\"; pop3.response; content:\"-ERR\";", "-ERR no\r\n", false },
		{ "pop3.event:response; pop3.user; content:\"alice\";", "-ERR no\r\n", true },
		{ "pop3.event:response; pop3.user; content:\"bob\";", "-ERR no\r\n", false },
		{ "pop3.banner; content:\"ready\";", "+OK ready\r\n", false },
		{ "flow:to_client; content:\"-ERR\";", "-ERR no\r\n", true },
		{ "flow:to_server; content:\"-ERR\";", "-ERR no\r\n", false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = rule_of(cases[i].options);
		struct event *e = new_event(EVENT_SERVER_LINE);
		struct rule_subject s = line_of(e, span_str(cases[i].line));

		s.buffer[RULE_BUFFER_COMMAND] = SPAN("USER");
		s.buffer[RULE_BUFFER_USER] = SPAN("alice");
		ruleset_match(rs, RULE_SENSOR, &s);
		cr_expect((e->n_alerts == 1) == cases[i].fires, "%s at %s", cases[i].options, cases[i].line);
		ruleset_free(rs);
		free(e);
	}
}

/* The rule's own direction: from the server's port to the client's. */
UNIT(match, direction)
{
	static const char *const options[] = { "content:\"-ERR\";", NULL };
	struct ruleset *rs = rules_of("alert tcp any 110 -> any any", options);
	struct event *from_server = new_event(EVENT_SERVER_LINE), *from_client = new_event(EVENT_CLIENT_LINE);
	struct rule_subject a = line_of(from_server, SPAN("-ERR\r\n")), b = line_of(from_client, SPAN("-ERR\r\n"));

	ruleset_match(rs, RULE_SENSOR, &a);
	ruleset_match(rs, RULE_SENSOR, &b);
	cr_expect(from_server->n_alerts == 1 && from_client->n_alerts == 0);
	ruleset_free(rs);
	free(from_server);
	free(from_client);
}

UNIT(match, logins)
{
	static const struct {
		const char *options;
		bool fires;
		enum rule_stage stage;
	} cases[] = {
		{ "pop3.user; content:\"alice\"; bsize:5;", true, RULE_WRITER },
		{ "pop3.user; content:\"ALICE\"; nocase; startswith; endswith;", true, RULE_WRITER },
		{ "pop3.user; content:\"bob\";", false, RULE_WRITER },
		{ "pop3.user:bob,Alice;", true, RULE_WRITER },
		{ "pop3.mechanism; content:\"PASS\";", true, RULE_WRITER },
		{ "pop3.mechanism:USER/PASS; pop3.user; content:!\"b\";", true, RULE_WRITER },
		{ "pop3.password; content:\"hunter\";", true, RULE_SENSOR },
		{ "pop3.password; content:\"hunter\"; pop3.user; content:\"alice\";", true, RULE_SENSOR },
		{ "pop3.password; bsize:<8;", true, RULE_SENSOR },
		{ "pop3.password; content:!\"x\";", true, RULE_SENSOR },
		{ "pop3.password; content:\"alice\";", false, RULE_SENSOR },
		{ "pop3.password; pcre:\"/^[a-z]+[0-9]$/\";", true, RULE_SENSOR },
		{ "pop3.event:login; pop3.response; content:\"-ERR [IN-USE]\"; startswith;", true, RULE_WRITER },
		{ "pop3.event:login; pop3.response; content:\"+OK\";", false, RULE_WRITER },
		{ "pop3.event:login; pop3.banner; content:\"Dovecot\";", true, RULE_WRITER },
		{ "pop3.event:login; pop3.command:PASS;", true, RULE_WRITER },
		{ "pop3.outcome:failure; pop3.banner; content:\"Dovecot\";", true, RULE_WRITER },
		{ "pop3.outcome:success; pop3.banner; content:\"Dovecot\";", false, RULE_WRITER },
	};
	size_t i;
	int stage;

	for (i = 0; i < COUNT(cases); i++)
		for (stage = RULE_SENSOR; stage <= RULE_WRITER; stage++) {
			struct ruleset *rs = rule_of(cases[i].options);
			struct event *e = new_event(EVENT_LOGIN);
			struct rule_subject s = { .event = e, .established = true };

			event_set(e, EVENT_USER, SPAN("alice"));
			event_set(e, EVENT_MECHANISM, SPAN("USER/PASS"));
			event_set(e, EVENT_COMMAND, SPAN("PASS"));
			event_set(e, EVENT_BANNER, SPAN("Dovecot ready"));
			event_set(e, EVENT_RESPONSE, SPAN("[IN-USE] locked"));
			e->response_set = true;
			e->outcome = OUTCOME_FAILURE;
			if (stage == RULE_SENSOR)
				s.buffer[RULE_BUFFER_PASSWORD] = SPAN("hunter2");
			ruleset_match(rs, (enum rule_stage)stage, &s);
			cr_expect((e->n_alerts == 1) == (cases[i].fires && (int)cases[i].stage == stage), "%s, stage %d",
				  cases[i].options, stage);
			cr_expect(ruleset_wants(rs, EVENT_LOGIN, (enum rule_stage)stage) == ((int)cases[i].stage == stage));
			ruleset_free(rs);
			free(e);
		}
}

UNIT(match, anomalies_and_names)
{
	static const struct {
		const char *options;
		enum event_kind kind;
		enum event_anomaly anomaly;
		uint32_t users_only;
		bool fires;
	} cases[] = {
		{ "stream-event:reassembly_overlap_different_data;", EVENT_ANOMALY, ANOMALY_OVERLAP, 0, true },
		{ "stream-event: reassembly_overlap_different_data ;", EVENT_ANOMALY, ANOMALY_SSH, 0, false },
		{ "app-layer-event:pop3.ssh_on_pop3_port;", EVENT_ANOMALY, ANOMALY_SSH, 0, true },
		{ "app-layer-event:pop3.ssh_on_pop3_port;", EVENT_ANOMALY, ANOMALY_OVERLAP, 0, false },
		{ "pop3.users_only:>=5;", EVENT_SESSION, ANOMALY_OVERLAP, 4, false },
		{ "pop3.users_only:>=5;", EVENT_SESSION, ANOMALY_OVERLAP, 5, true },
		{ "pop3.users_only:5;", EVENT_SESSION, ANOMALY_OVERLAP, 6, false },
		{ "pop3.users_only:>=0;", EVENT_LOGIN, ANOMALY_OVERLAP, 6, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = rule_of(cases[i].options);
		struct event *e = new_event(cases[i].kind);
		struct rule_subject s = { .event = e, .established = true };

		e->anomaly = cases[i].anomaly;
		e->users_only = cases[i].users_only;
		ruleset_match(rs, RULE_WRITER, &s);
		cr_expect((e->n_alerts == 1) == cases[i].fires, "%s, %zu", cases[i].options, i);
		ruleset_free(rs);
		free(e);
	}
}

/* A session's capabilities are lines, and each is looked at by itself. */
UNIT(match, capabilities)
{
	static const struct {
		const char *options;
		bool fires;
	} cases[] = {
		{ "pop3.event:session; pop3.capability; content:\"SASL PLAIN\"; startswith;", true },
		{ "pop3.event:session; pop3.capability; content:\"STLS\"; bsize:4;", true },
		{ "pop3.event:session; pop3.capability; content:\"UIDL\"; content:\"STLS\";", false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = rule_of(cases[i].options);
		struct event *e = new_event(EVENT_SESSION);

		event_set(e, EVENT_CAPABILITIES, SPAN("UIDL\nSTLS\nSASL PLAIN LOGIN"));
		ruleset_match(rs, RULE_WRITER, &(struct rule_subject){ .event = e });
		cr_expect((e->n_alerts == 1) == cases[i].fires, "%s", cases[i].options);
		ruleset_free(rs);
		free(e);
	}
}

UNIT(match, packets)
{
	static const struct {
		const char *head, *options;
		uint8_t flags;
		bool fires;
	} cases[] = {
		{ "alert tcp any any -> any 110", "flow:to_server; flags:S,12;", 0x02, true },
		{ "alert tcp any any -> any 110", "flow:to_server; flags:S,12;", 0xc2, true },
		{ "alert tcp any any -> any 110", "flow:to_server; flags:S;", 0xc2, false },
		{ "alert tcp any any -> any 110", "flow:to_server; flags:S,12;", 0x12, false },
		{ "alert tcp any any -> any 110", "flags:0;", 0, true },
		{ "alert tcp any any -> any 25", "flags:S;", 0x02, false },
		{ "alert tcp any any -> any 110", "", 0x10, true },
		{ "alert ip any any -> any any", "dsize:0;", 0x10, true },
		{ "alert tcp-pkt any any -> any any", "flow:no_stream;", 0x10, true },
		{ "alert pop3 any any -> any any", "", 0x10, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const char *const options[] = { cases[i].options, NULL };
		struct ruleset *rs = rules_of(cases[i].head, options);
		struct event *e = new_event(EVENT_PACKET);

		ruleset_match(rs, RULE_SENSOR, &(struct rule_subject){ .event = e, .tcp_flags = cases[i].flags });
		cr_expect((e->n_alerts == 1) == cases[i].fires, "%s %s", cases[i].head, cases[i].options);
		ruleset_free(rs);
		free(e);
	}
}

UNIT(match, flowbits)
{
	static const char *const options[] = {
		"content:\"USER\"; flowbits:set,user; noalert;",  "content:\"PASS\"; flowbits:isset,user;",
		"content:\"PASS\"; flowbits:isnotset,user;",	   "content:\"PASS\"; flowbits:isset,user|other;",
		"content:\"RSET\"; flowbits:unset,user; flowbits:noalert;", "content:\"NOOP\"; flowbits:toggle,user; noalert;", NULL,
	};
	static const struct {
		const char *line;
		uint32_t alerts; /* a bit a sid */
	} steps[] = {
		{ "PASS x", 1u << 3 }, { "USER x", 0 }, { "PASS x", 1u << 2 | 1u << 4 }, { "RSET", 0 },
		{ "PASS x", 1u << 3 }, { "NOOP", 0 },	{ "PASS x", 1u << 2 | 1u << 4 }, { "NOOP", 0 },
		{ "PASS x", 1u << 3 },
	};
	struct ruleset *rs = rules_of("alert tcp any any -> any any", options), *next;
	struct rule_flowbits bits = { { 0 } };
	size_t i, k;

	for (i = 0; i < COUNT(steps); i++) {
		struct event *e = new_event(EVENT_CLIENT_LINE);
		struct rule_subject s = line_of(e, span_str(steps[i].line));
		uint32_t alerts = 0;

		s.flowbits = &bits;
		ruleset_match(rs, RULE_SENSOR, &s);
		for (k = 0; k < e->n_alerts; k++)
			alerts |= 1u << ruleset_at(rs, e->alerts[k])->sid;
		cr_expect(alerts == steps[i].alerts, "step %zu: %x", i, alerts);
		free(e);
	}
	/* A reload with the names in another order: they keep their places. */
	next = ruleset_new(NULL, 0);
	cr_assert(next != NULL && ruleset_inherit(next, rs));
	cr_expect(ruleset_parse(next, "test",
				span_str("alert tcp any any -> any any (msg:\"m\"; content:\"x\"; flowbits:isset,other; sid:1;)\n"
					 "alert tcp any any -> any any (msg:\"m\"; content:\"x\"; flowbits:isset,user; sid:2;)"),
				report, NULL) == 0);
	ruleset_free(rs);
	{
		struct event *e = new_event(EVENT_CLIENT_LINE);
		struct rule_subject s = line_of(e, SPAN("x"));
		char err[256];

		cr_assert(ruleset_compile(next, err));
		bits.bits[0] = 1;
		s.flowbits = &bits;
		ruleset_match(next, RULE_SENSOR, &s);
		cr_expect(e->n_alerts == 1 && ruleset_at(next, e->alerts[0])->sid == 2);
		free(e);
	}
	ruleset_free(next);
}

/* Of rules about the same line those that set a flowbit go first, wherever they stand. */
UNIT(match, flowbits_in_turn)
{
	static const char *const options[] = { "content:\"a\"; flowbits:isset,one;",
					       "content:\"a\"; flowbits:isset,two; flowbits:set,one;",
					       "content:\"a\"; flowbits:set,two; flowbits:noalert;",
					       "content:\"a\"; flowbits:isnotset,two;", NULL };
	struct ruleset *rs = rules_of("alert tcp any any -> any any", options);
	struct event *e = new_event(EVENT_CLIENT_LINE);
	struct rule_subject s = line_of(e, SPAN("a\r\n"));
	struct rule_flowbits bits = { { 0 } };

	s.flowbits = &bits;
	ruleset_match(rs, RULE_SENSOR, &s);
	cr_assert(e->n_alerts == 2);
	cr_expect(e->alerts[0] == 1 && e->alerts[1] == 0);
	ruleset_free(rs);
	free(e);
}

/* An option may go on in the next line; what is wrong with it is told where it begins. */
UNIT(match, continued)
{
	struct ruleset *rs = ruleset_new(NULL, 0);
	struct diag d = { .line = 0 };

	cr_assert(rs != NULL);
	cr_expect(ruleset_parse(rs, "test", SPAN("alert tcp any any -> any any (msg:\"one \\\n two\"; content:\\\r\n\"ab\\\ncd\"; \\\n"
						 "noca\\\nse; sid:1;)"), report, NULL) == 0);
	cr_assert(ruleset_count(rs) == 1);
	cr_expect_str_eq(ruleset_at(rs, 0)->msg, "one  two");
	cr_expect_str_eq(ruleset_text(rs, 0), "alert tcp any any -> any any (msg:\"one  two\"; content:\"abcd\"; nocase; sid:1;)");
	cr_expect(ruleset_parse(rs, "test", SPAN("alert tcp any any -> any any (msg:\"m\"; \\\n  content:\\\nx; sid:2;)\n"
						 "# \\\nalert tcp any any -> any any (sid:3;)\n"), keep, &d) == 1);
	cr_expect(d.line == 2 && d.column == 3, "%u:%u: %s", d.line, d.column, d.message);
	ruleset_free(rs);
}

/* A content of any length; vectorscan refuses long ones. A byte order mark is no part of the first rule. */
UNIT(match, long_content)
{
	enum { LONG = 20000 };
	struct ruleset *rs = ruleset_new(NULL, 0);
	struct event *e = new_event(EVENT_CLIENT_LINE);
	char *line = malloc(LONG + 1), *text = malloc(LONG + 200), err[256];
	struct rule_subject s;
	int i;

	cr_assert(rs != NULL && line != NULL && text != NULL);
	memset(line, 'a', LONG);
	line[LONG] = '\0';
	snprintf(text, LONG + 200, "\xef\xbb\xbf" "alert tcp any any -> any any (msg:\"m\"; content:\"%s\"; sid:1;)", line);
	cr_assert(ruleset_parse(rs, "test", span_str(text), report, NULL) == 0);
	cr_assert(ruleset_compile(rs, err), "%s", err);
	for (i = 0; i < 2; i++) {
		e->n_alerts = 0;
		s = line_of(e, span_of(line, LONG - (size_t)i));
		ruleset_match(rs, RULE_SENSOR, &s);
		cr_expect(e->n_alerts == (i == 0 ? 1 : 0));
	}
	ruleset_free(rs);
	free(text);
	free(line);
	free(e);
}

UNIT(match, actions)
{
	static const char *const options[] = { "content:\"a\";", "content:\"b\";", NULL };
	struct ruleset *rs = rules_of("alert tcp any any -> any any", options);
	struct event *e = new_event(EVENT_CLIENT_LINE);
	struct rule_subject s = line_of(e, SPAN("ab"));
	char err[256];

	cr_assert(ruleset_parse(rs, "test", span_str("pass tcp any any -> any any (msg:\"p\"; content:\"ab\"; sid:9;)\n"
						    "drop tcp any any -> any any (msg:\"d\"; content:\"c\"; sid:10;)\n"
						    "alert dns any any -> any any (msg:\"n\"; sid:11;)"),
				report, NULL) == 0);
	cr_assert(ruleset_compile(rs, err));
	cr_expect(ruleset_skipped(rs) == 1 && ruleset_count(rs) == 4);
	cr_expect(ruleset_at(rs, 3)->action == ACTION_DROP);
	cr_expect_str_eq(ruleset_text(rs, 3), "drop tcp any any -> any any (msg:\"d\"; content:\"c\"; sid:10;)");
	ruleset_match(rs, RULE_SENSOR, &s);
	cr_expect(e->passed && e->n_alerts == 2, "the writer leaves them out");
	ruleset_free(rs);
	free(e);
}

UNIT(match, refused)
{
	static const struct {
		const char *options, *message;
	} cases[] = {
		{ "content:abc;", "double quotes" },
		{ "content:\"\";", "nothing to look for" },
		{ "content:\"|4|\";", "hexadecimal" },
		{ "content:\"|4x|\";", "hexadecimal" },
		{ "content:\"|41\";", "hexadecimal" },
		{ "nocase;", "no content in front" },
		{ "pcre:\"/a/\"; depth:3;", "no content in front" },
		{ "content:\"a\"; pop3.args; nocase;", "no content in front" },
		{ "content:\"abc\"; depth:2;", "longer than that" },
		{ "content:\"abc\"; depth:x;", "1 to 65535" },
		{ "content:\"abc\"; depth:5; within:5;", "does not go with" },
		{ "content:\"abc\"; startswith; offset:1;", "does not go with" },
		{ "content:\"abc\"; within:2;", "longer than that" },
		{ "content:\"abc\"; fast_pattern:2,2;", "within the content" },
		{ "content:!\"abc\"; fast_pattern;", "must not be there" },
		{ "pcre:\"abc\";", "expression" },
		{ "pcre:\"/abc\";", "expression" },
		{ "pcre:\"/abc/q\";", "flag" },
		{ "pcre:\"/(/\";", "parenthes" },
		{ "isdataat:x;", "0 to 65535" },
		{ "byte_test:9,>,1,0;", "8 bytes at most" },
		{ "byte_test:24,>,1,0,string;", "a number of bytes" },
		{ "byte_test:1,~,1,0;", "operator" },
		{ "byte_test:1,>,x,0;", "compare with" },
		{ "byte_test:1,>,18446744073709551616,0;", "compare with" },
		{ "byte_test:1,>,1;", "offset" },
		{ "byte_test:1,>,1,0,dce;", "expected relative" },
		{ "byte_test:1,>,1,0,bitmask 0;", "expected relative" },
		{ "isdataat:5,relativ;", "relative or rawbytes" },
		{ "bsize:5<>6;", "number" },
		{ "dsize:<0;", "number" },
		{ "flags:Q;", "letters" },
		{ "flags:,12;", "letters" },
		{ "flow:sideways;", "expected to_server" },
		{ "flowbits:set;", "one name" },
		{ "flowbits:isset,a||b;", "a name is missing" },
		{ "flowbits:raise,a;", "expected set" },
		{ "base64_decode:much;", "bytes number" },
		{ "app-layer-event:http.x;", "not an event of pop3" },
		{ "app-layer-event:pop3.no_such;", "no such event" },
		{ "stream-event:no_such;", "no such event of the stream" },
		{ "stream-event:tls_on_pop3_port;", "no such event of the stream" },
		{ "pop3.users_only:many;", "expected a number" },
		{ "pop3.users_only:>=1; pop3.event:login;", "no event has all" },
		{ "requires:luck;", "version, feature or keyword" },
		{ "requires:version 8;", "version >= number" },
		{ "requires:version >= 9, luck;", "version, feature or keyword" },
		{ "target:me;", "src_ip or dest_ip" },
		{ "pop3.password:x;", "content follows" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = ruleset_new(NULL, 0);
		struct diag d = { .line = 0 };
		char text[512];

		cr_assert(rs != NULL);
		snprintf(text, sizeof text, "alert tcp any any -> any any (msg:\"m\"; %s sid:1;)", cases[i].options);
		cr_expect(ruleset_parse(rs, "test", span_str(text), keep, &d) == 1, "%s", text);
		cr_expect(strstr(d.message, cases[i].message) != NULL, "%s: %s", cases[i].options, d.message);
		ruleset_free(rs);
	}
}

/* Which vectorscan would take for empty ones. */
UNIT(match, contents_that_begin_with_nul)
{
	static const uint8_t line[] = "\0\0user x\r\n";
	const struct span raw = span_of(line, sizeof line - 1);

	cr_expect(fires("pkt_data; content:\"|00|\";", EVENT_CLIENT_LINE, raw));
	cr_expect(fires("pkt_data; content:\"|00 00|\"; startswith;", EVENT_CLIENT_LINE, raw));
	cr_expect(fires("pkt_data; content:\"|00 00|USER\"; nocase;", EVENT_CLIENT_LINE, raw));
	cr_expect(fires("pkt_data; content:\"|00|user |00|\"; fast_pattern:1,3;", EVENT_CLIENT_LINE, span_of("\0user \0", 7)));
	cr_expect(!fires("pkt_data; content:\"|00 00 00|\";", EVENT_CLIENT_LINE, raw));
	cr_expect(!fires("pkt_data; content:\"|00|\";", EVENT_CLIENT_LINE, span_str("USER x\r\n")));
}
