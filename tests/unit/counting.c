/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules and threshold.config can say of many events: accepted, refused, and with what effect. */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/rule.h"
#include "unit.h"

static const struct rule_variable variables[] = {
	{ "HOME_NET", "[192.0.2.0/24,2001:db8::/32]" },
};

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

/* Adds a rule with the given options. Its faults. */
static struct reports add(struct ruleset *rs, unsigned sid, const char *options)
{
	struct reports r = { .n = 0 };
	char text[512];

	snprintf(text, sizeof text, "alert pop3 any any -> any any (msg:\"m\"; %s sid:%u;)", options, sid);
	ruleset_parse(rs, "test", span_str(text), report, &r);
	return r;
}

static struct reports configure(struct ruleset *rs, const char *text)
{
	struct reports r = { .n = 0 };
	int wrong = ruleset_parse_config(rs, RULE_FILE_THRESHOLDS, "t", span_str(text), report, &r);

	cr_expect(wrong == r.n);
	return r;
}

UNIT(counting, accepted)
{
	static const char *const cases[] = {
		"threshold:type limit, track by_src, count 1, seconds 60;",
		"threshold: type  threshold ,track by_dst,count 5 , seconds 120 ;",
		"threshold:seconds 60, count 4294967295, track by_both, type both;",
		"threshold:\ttype\tboth,\ttrack\tby_rule,\tcount\t1,\tseconds\t4294967295;",
		"threshold:type backoff, track by_flow, count 1, multiplier 10;",
		"threshold:type limit, track by_user, count 1, seconds 60;",
		"threshold:type limit, track by_account, count 1, seconds 60;",
		"threshold:type limit, track by_secret, count 1, seconds 60;",
		"detection_filter:track by_src, count 5, seconds 60;",
		"detection_filter:seconds 60,count 5,track by_account;",
		"detection_filter:track by_src, count 5, seconds 60, unique_on src_port;",
		"detection_filter:unique_on dst_port, track by_src, count 65535, seconds 60;",
		"pop3.distinct:track by_src, users >=10, secrets <=3, seconds 600;",
		"pop3.distinct:track by_src,users>=10,secrets<=3,seconds 600;",
		"pop3.distinct:track by_secret, sources > 1, seconds 1;",
		"pop3.distinct:track by_dst, logins 1000, seconds 1;",
		"pop3.distinct:track by_user, logins >999, servers < 1000, seconds 1;",
		"pop3.distinct:track by_user, logins >=2, logins <=5, seconds 1;",
		"pop3.after:track by_account, failures 5, seconds 300;",
		"pop3.after:track by_src, failures >=1000, seconds 300;",
		"pop3.after:track by_src, failures > 0, seconds 300;",
		"pop3.after:track by_login, failures 6, users >=1, secrets >5, sources 2, seconds 300;",
		"pop3.distinct:track by_src, pairs >=9, pairs_per_user <=2, pairs_per_secret >=1, logins_per_pair <3, seconds 1;",
		"pop3.new:source, track by_user, learn 0, seconds 60, first;",
		"pop3.new:source, track by_user, learn 86400, seconds 2592000;",
		"pop3.new:seconds 60, learn 0, track by_account, source;",
		"pop3.after:track by_src, failures 5, seconds 9; threshold:type limit, track by_src, count 1, seconds 9;",
	};
	struct ruleset *rs = new_rules();
	unsigned i;

	for (i = 0; i < COUNT(cases); i++) {
		struct reports r = add(rs, i + 1, cases[i]);

		cr_expect(r.n == 0, "%s: %s", cases[i], r.last.message);
		cr_expect(r.n != 0 || ruleset_counting(rs, ruleset_count(rs) - 1) != NULL, "%s", cases[i]);
	}
	cr_expect(add(rs, 99, "").n == 0 && ruleset_counting(rs, ruleset_count(rs) - 1) == NULL);
	cr_expect(ruleset_counting(rs, ruleset_count(rs)) == NULL);
	ruleset_free(rs);
}

UNIT(counting, refused)
{
	static const struct {
		const char *options, *why;
	} cases[] = {
		{ "threshold:;", "an option is missing" },
		{ "threshold:type limit;", "`track' is missing" },
		{ "threshold:track by_src, count 1, seconds 60;", "`type' is missing" },
		{ "threshold:type limit, track by_src, seconds 60;", "`count' is missing" },
		{ "threshold:type limit, track by_src, count 1;", "`seconds' is missing" },
		{ "threshold:type limit, track by_src, count 1, seconds 60,;", "an option is missing" },
		{ "threshold:type limit,, track by_src, count 1, seconds 60;", "an option is missing" },
		{ "threshold:type limits, track by_src, count 1, seconds 60;", "type is limit" },
		{ "threshold:type, track by_src, count 1, seconds 60;", "type is limit" },
		{ "threshold:type limit, track by_both_ways, count 1, seconds 60;", "track is by_src" },
		{ "threshold:type limit, track by_src, count 0, seconds 60;", "count is a number from 1" },
		{ "threshold:type limit, track by_src, count 1, seconds 0;", "seconds is a number from 1" },
		{ "threshold:type limit, track by_src, count 1, seconds 4294967296;", "seconds is a number from 1" },
		{ "threshold:type limit, track by_src, count -1, seconds 60;", "count is a number from 1" },
		{ "threshold:type limit, track by_src, count 1, count 1, seconds 60;", "twice" },
		{ "threshold:type limit, track by_src, count 1, seconds 60, multiplier 2;", "backoff" },
		{ "threshold:type backoff, track by_flow, count 1, seconds 60;", "`multiplier' is missing" },
		{ "threshold:type backoff, track by_src, count 1, multiplier 2;", "by_flow" },
		{ "threshold:type backoff, track by_flow, count 1, multiplier 2, seconds 2;", "has no `seconds'" },
		{ "threshold:type limit, track by_src, count 1, seconds 60, apply_to x;", "no such option" },
		{ "detection_filter:type limit, track by_src, count 1, seconds 60;", "no such option" },
		{ "detection_filter:track by_src, count 1;", "`seconds' is missing" },
		{ "detection_filter:track by_src, count 1, seconds 1, unique_on port;", "unique_on is" },
		{ "detection_filter:track by_src, count 65536, seconds 1, unique_on src_port;", "not that many" },
		{ "detection_filter:track by_src, count 1, seconds 1; threshold:type limit, track by_src, count 1, seconds 60;",
		  "can not stand in one rule" },
		{ "threshold:type limit, track by_src, count 1, seconds 60; detection_filter:track by_src, count 1, seconds 1;",
		  "can not stand in one rule" },
		{ "pop3.distinct:track by_src, seconds 60;", "expected a lower bound" },
		{ "pop3.distinct:track by_src, secrets <=3, seconds 60;", "expected a lower bound" },
		{ "pop3.distinct:track by_src, pairs_per_user >=3, seconds 60;", "expected a lower bound" },
		{ "pop3.after:track by_src, failures 1, users 0, seconds 60;", "users is a number" },
		{ "pop3.after:track by_src, failures 1, secrets 1001, seconds 60;", "secrets is a number" },
		{ "pop3.new:source, track by_user, learn 0, seconds 60, first 1;", "nothing stands behind `first'" },
		{ "pop3.distinct:track by_src, users >=10;", "`seconds' is missing" },
		{ "pop3.distinct:users >=10, seconds 60;", "`track' is missing" },
		{ "pop3.distinct:track by_src, users >=0, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >=1001, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >1000, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >=2, secrets <=1000, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >=2, secrets <1, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users =2, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users =>2, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >=2, users >=3, seconds 60;", "expected a bound" },
		{ "pop3.distinct:track by_src, users >=2, users <=3, users <=4, seconds 60;", "twice" },
		{ "pop3.distinct:track by_src, users >=5, users <=4, seconds 60;", "no number" },
		{ "pop3.distinct:track by_src, passwords >=5, seconds 60;", "no such option" },
		{ "pop3.distinct:track by_secret, secrets >=2, seconds 60;", "of one secret" },
		{ "pop3.after:track by_src, failures 0, seconds 60;", "failures is a number" },
		{ "pop3.after:track by_src, failures 1001, seconds 60;", "failures is a number" },
		{ "pop3.after:track by_src, failures >1000, seconds 60;", "failures is a number" },
		{ "pop3.after:track by_src, failures <=3, seconds 60;", "failures is a number" },
		{ "pop3.after:track by_src, seconds 60;", "`failures' is missing" },
		{ "pop3.new:track by_user, learn 1, seconds 60;", "what is new" },
		{ "pop3.new:source 1, track by_user, learn 1, seconds 60;", "nothing stands behind" },
		{ "pop3.new:source, track by_user, seconds 60;", "`learn' is missing" },
		{ "pop3.new:source, track by_user, learn 1;", "`seconds' is missing" },
		{ "pop3.new:source, track by_src, learn 1, seconds 60;", "but one source" },
		{ "pop3.new:user, track by_dst, learn 1, seconds 60;", "no such option" },
	};
	struct ruleset *rs = new_rules();
	unsigned i;

	for (i = 0; i < COUNT(cases); i++) {
		struct reports r = add(rs, i + 1, cases[i].options);

		cr_expect(r.n == 1 && strstr(r.last.message, cases[i].why) != NULL, "%s: %s", cases[i].options,
			  r.n > 0 ? r.last.message : "accepted");
	}
	cr_expect(ruleset_count(rs) == 0);
	ruleset_free(rs);
}

UNIT(counting, values)
{
	struct ruleset *rs = new_rules();
	const struct rule_counting *c;

	cr_assert(add(rs, 1, "pop3.distinct:track by_both, users >9, secrets <4, sources 7, seconds 600;").n == 0);
	c = ruleset_counting(rs, 0);
	cr_expect(c->distinct.set && c->distinct.track == TRACK_BOTH && c->distinct.seconds == 600);
	cr_expect(c->distinct.least[DISTINCT_USERS] == 10 && c->distinct.most[DISTINCT_USERS] == UINT32_MAX);
	cr_expect(c->distinct.least[DISTINCT_SECRETS] == 0 && c->distinct.most[DISTINCT_SECRETS] == 3);
	cr_expect(c->distinct.least[DISTINCT_SOURCES] == 7 && c->distinct.least[DISTINCT_LOGINS] == 0);
	cr_assert(add(rs, 2, "threshold:type both, track by_rule, count 3, seconds 4;").n == 0);
	c = ruleset_counting(rs, 1);
	cr_expect(c->threshold.type == THRESHOLD_BOTH && c->threshold.track == TRACK_RULE);
	cr_expect(c->threshold.count == 3 && c->threshold.seconds == 4 && !c->distinct.set && c->filter.count == 0);
	cr_assert(add(rs, 3, "pop3.after:track by_account, failures >4, seconds 300;").n == 0);
	cr_assert(add(rs, 4, "pop3.after:track by_account, failures 9, seconds 300;").n == 0);
	cr_assert(add(rs, 5, "pop3.after:track by_account, failures 5, seconds 301;").n == 0);
	cr_expect(ruleset_counting(rs, 2)->after.failures == 5 && ruleset_counting(rs, 3)->after.failures == 9);
	cr_expect(ruleset_after(rs, 0)->seconds == 300 && ruleset_after(rs, 1)->seconds == 301 && ruleset_after(rs, 2) == NULL,
		  "what is the same is counted once");
	cr_assert(add(rs, 6, "pop3.new:source, track by_user, learn 5, seconds 6;").n == 0);
	c = ruleset_counting(rs, 5);
	cr_expect(c->fresh.set && c->fresh.track == TRACK_USER && c->fresh.learn == 5 && c->fresh.seconds == 6);
	cr_assert(add(rs, 7, "detection_filter:track by_dst, count 2, seconds 3, unique_on dst_port;").n == 0);
	c = ruleset_counting(rs, 6);
	cr_expect(c->filter.track == TRACK_DST && c->filter.count == 2 && c->filter.unique_on == UNIQUE_DST_PORT);
	ruleset_free(rs);
}

/* ---- threshold.config ---- */

UNIT(counting, lines_accepted)
{
	static const char *const cases[] = {
		"",
		"\n\r\n# a comment\n   # another",
		"suppress gen_id 1, sig_id 1",
		"suppress gen_id 0, sig_id 0",
		"suppress gen_id 1,sig_id 1,track by_src,ip 10.0.0.0/8",
		"  suppress\tgen_id 1, sig_id 1, track by_dst, ip [10.0.0.0/8, !10.1.0.0/16,$HOME_NET]  \r\n",
		"suppress gen_id 1, sig_id 1, track by_either, ip fe80::/10",
		"event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 60",
		"threshold gen_id 1, sig_id 0, type both, track by_rule, count 1, seconds 60",
		"event_filter gen_id 1, sig_id 1, type backoff, track by_flow, count 1, multiplier 2",
		"rate_filter gen_id 1, sig_id 1, track by_rule, count 100, seconds 60, new_action drop, timeout 30",
		"rate_filter gen_id 1, sig_id 1, track by_src, count 100, \\\n seconds 60, \\\r\n new_action pass, timeout 0",
	};
	unsigned i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();
		struct reports r = configure(rs, cases[i]);

		cr_expect(r.n == 0, "%s: %s", cases[i], r.last.message);
		ruleset_free(rs);
	}
}

UNIT(counting, lines_refused)
{
	static const struct {
		const char *text, *why;
		unsigned line, column;
	} cases[] = {
		{ "squelch gen_id 1, sig_id 1", "expected suppress", 1, 1 },
		{ "\n\n  suppress", "an option is missing", 3, 11 },
		{ "suppress gen_id 1", "`sig_id' is missing", 1, 10 },
		{ "suppress gen_id 1, sig_id x", "sig_id is a number", 1, 20 },
		{ "suppress gen_id 0, sig_id 1", "needs its gen_id", 1, 10 },
		{ "suppress gen_id 1, sig_id 1, track by_src", "go together", 1, 10 },
		{ "suppress gen_id 1, sig_id 1, ip 10.0.0.1", "go together", 1, 10 },
		{ "suppress gen_id 1, sig_id 1, track by_rule, ip 10.0.0.1", "track is by_src", 1, 30 },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.1, 10.0.0.x]", "not an address", 1, 58 },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip $NOWHERE", "no such variable", 1, 47 },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip", "an address is missing", 1, 46 },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.1", "not closed", 1, 47 },
		{ "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1", "`seconds' is missing", 1, 14 },
		{ "event_filter gen_id 1, sig_id 1, \\\n  type limit, \\\n  track by_me, count 1, seconds 1", "track is", 3, 3 },
		{ "rate_filter gen_id 1, sig_id 1, track by_rule, count 1, seconds 6, new_action log, timeout 3", "new_action is",
		  1, 68 },
		{ "rate_filter gen_id 1, sig_id 1, track by_rule, count 1, seconds 6, new_action drop", "`timeout' is missing", 1,
		  13 },
	};
	unsigned i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();
		struct reports r = configure(rs, cases[i].text);

		cr_expect(r.n == 1 && strstr(r.last.message, cases[i].why) != NULL, "%s: %s", cases[i].text, r.last.message);
		cr_expect(r.last.line == cases[i].line && r.last.column == cases[i].column, "%s: %u:%u", cases[i].text,
			  r.last.line, r.last.column);
		ruleset_free(rs);
	}
}

/* One that is wrong takes none of the others with it. */
UNIT(counting, lines_apart)
{
	struct ruleset *rs = new_rules();
	struct reports r = configure(rs, "nonsense\n"
					 "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 7, seconds 60\n"
					 "suppress gen_id 1, \\\n"
					 "sig_id\n"
					 "rate_filter gen_id 1, sig_id 1, track by_src, count 8, seconds 60, new_action drop, timeout 1\n"
					 "more of it");

	cr_expect(r.n == 3 && r.last.line == 6 && r.last.column == 1);
	cr_expect_str_eq(r.last.file, "t");
	cr_assert(add(rs, 1, "").n == 0);
	cr_expect(ruleset_counting(rs, 0)->threshold.count == 7 && ruleset_counting(rs, 0)->rate.count == 8);
	cr_expect(ruleset_counting(rs, 0)->rate.action == ACTION_DROP);
	ruleset_free(rs);
}

#define LIMIT(gid, sid, count) \
	"event_filter gen_id " gid ", sig_id " sid ", type limit, track by_src, count " count ", seconds 60\n"

/* Which of several lines counts. */
UNIT(counting, closest_line)
{
	static const struct {
		const char *config, *options;
		uint32_t count; /* of the limit; 0: none */
	} cases[] = {
		{ LIMIT("0", "0", "1"), "", 1 },
		{ LIMIT("1", "0", "2"), "", 2 },
		{ LIMIT("1", "1", "3"), "", 3 },
		{ LIMIT("2", "0", "2"), "", 0 },
		{ LIMIT("1", "2", "2"), "", 0 },
		{ LIMIT("2", "1", "2"), "gid:2;", 2 },
		{ LIMIT("0", "0", "1") LIMIT("1", "0", "2") LIMIT("1", "1", "3"), "", 3 },
		{ LIMIT("1", "1", "3") LIMIT("1", "0", "2") LIMIT("0", "0", "1"), "", 3 },
		{ LIMIT("1", "0", "2") LIMIT("0", "0", "1"), "", 2 },
		{ LIMIT("1", "1", "3") LIMIT("1", "1", "4"), "", 4 },
		/* A rule's own: a line about that rule stands in its place, one about all does not. */
		{ LIMIT("1", "1", "3"), "threshold:type both, track by_dst, count 9, seconds 9;", 3 },
		{ LIMIT("1", "0", "3"), "threshold:type both, track by_dst, count 9, seconds 9;", 9 },
		{ LIMIT("0", "0", "3"), "detection_filter:track by_dst, count 9, seconds 9;", 0 },
		{ LIMIT("1", "1", "3"), "detection_filter:track by_dst, count 9, seconds 9;", 3 },
	};
	const struct rule_counting *c;
	unsigned i;

	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();

		cr_assert(configure(rs, cases[i].config).n == 0);
		cr_assert(add(rs, 1, cases[i].options).n == 0);
		c = ruleset_counting(rs, 0);
		cr_expect((c == NULL ? 0 : c->threshold.count) == cases[i].count, "case %u", i);
		if (strstr(cases[i].options, "filter") != NULL)
			cr_expect(c->filter.count == 9, "detection_filter is kept");
		ruleset_free(rs);
	}
}

UNIT(counting, suppressed)
{
	static const struct {
		const char *line;
		bool from_client, from_server; /* suppressed when that side sent it */
	} cases[] = {
		{ "suppress gen_id 1, sig_id 1", true, true },
		{ "suppress gen_id 0, sig_id 0", true, true },
		{ "suppress gen_id 1, sig_id 0", true, true },
		{ "suppress gen_id 1, sig_id 2", false, false },
		{ "suppress gen_id 2, sig_id 1", false, false },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip $HOME_NET", true, false },
		{ "suppress gen_id 1, sig_id 1, track by_dst, ip $HOME_NET", false, true },
		{ "suppress gen_id 1, sig_id 1, track by_either, ip $HOME_NET", true, true },
		{ "suppress gen_id 1, sig_id 1, track by_either, ip 198.51.100.25", true, true },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip [$HOME_NET,!192.0.2.10]", false, false },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip 192.0.2.10/31", true, false },
		{ "suppress gen_id 1, sig_id 1, track by_src, ip c000:20a::", false, false },
	};
	struct event *e = calloc(1, sizeof *e);
	unsigned i;

	cr_assert(e != NULL);
	event_init(e, EVENT_LOGIN);
	e->flow.ip_v = 4;
	memcpy(e->flow.addr[SIDE_CLIENT], "\xc0\0\2\12", 4);
	memcpy(e->flow.addr[SIDE_SERVER], "\xc6\x33\x64\x19", 4);
	for (i = 0; i < COUNT(cases); i++) {
		struct ruleset *rs = new_rules();

		cr_assert(configure(rs, cases[i].line).n == 0);
		cr_assert(add(rs, 1, "").n == 0);
		e->from = SIDE_CLIENT;
		cr_expect(ruleset_suppressed(rs, 0, e) == cases[i].from_client, "%s", cases[i].line);
		e->from = SIDE_SERVER;
		cr_expect(ruleset_suppressed(rs, 0, e) == cases[i].from_server, "%s", cases[i].line);
		cr_expect(!ruleset_suppressed(rs, 1, e), "there is no such rule");
		ruleset_free(rs);
	}
	free(e);
}
