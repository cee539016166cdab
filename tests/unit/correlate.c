/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits and counts: sequences of events with the alerts that they are to raise. */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/correlate.h"
#include "unit.h"

#define SECOND UINT64_C(1000000)
#define START (UINT64_C(1700000000) * SECOND)
#define MEMORY (1u << 20)

static void report(void *ctx, const struct diag *d)
{
	(void)ctx;
	cr_assert(false, "%s:%u:%u: %s", d->file, d->line, d->column, d->message);
}

/* A rule under test, and an event that is sent again and again. */
struct bench {
	struct ruleset *rs;
	struct counts *c;
	struct event *e;
	struct alert_counts counts; /* of the last event */
	enum signature_action action;
};

static struct bench setup_with(size_t memory, const char *config, const char *options)
{
	struct bench b = { .rs = ruleset_new(NULL, 0), .c = counts_new(memory), .e = calloc(1, sizeof *b.e) };
	char text[512];

	cr_assert(b.rs != NULL && b.c != NULL && b.e != NULL);
	snprintf(text, sizeof text, "alert pop3 any any -> any any (msg:\"m\"; %s sid:1;)", options);
	ruleset_parse_config(b.rs, RULE_FILE_THRESHOLDS, "t", span_str(config), report, NULL);
	cr_assert(ruleset_parse(b.rs, "r", span_str(text), report, NULL) == 0);
	event_init(b.e, EVENT_LOGIN);
	b.e->ts = START;
	b.e->flow.ip_v = 4;
	memcpy(b.e->flow.addr[SIDE_CLIENT], "\xc0\0\2\12", 4);
	memcpy(b.e->flow.addr[SIDE_SERVER], "\xc6\x33\x64\x19", 4);
	b.e->flow.port[SIDE_CLIENT] = 49152;
	b.e->flow.port[SIDE_SERVER] = 110;
	b.e->flow_id = 7;
	return b;
}

static struct bench setup(const char *options)
{
	return setup_with(MEMORY, "", options);
}

static void teardown(struct bench *b)
{
	counts_free(b->c);
	ruleset_free(b->rs);
	free(b->e);
}

static bool send(struct bench *b)
{
	counts_observe(b->c, b->rs, b->e);
	return counts_alert(b->c, b->rs, 0, b->e, &b->counts, &b->action);
}

static void set_user(struct event *e, const char *name)
{
	e->pool_used = 0;
	e->text[EVENT_USER] = (struct event_slice){ 0 };
	if (name != NULL)
		event_set(e, EVENT_USER, span_str(name));
}

static void set_secret(struct event *e, uint32_t n)
{
	e->secret_id_set = n != 0;
	memcpy(e->secret_id, &n, sizeof n);
}

static void set_client(struct event *e, uint32_t n)
{
	memcpy(e->flow.addr[SIDE_CLIENT], &n, sizeof n);
}

/* ---- threshold, detection_filter, rate_filter ---- */

/* Seconds from the start, each an event; an `!' behind those that alert. Tenths are "1.5". */
static void run(struct bench *b, const char *options, const char *events)
{
	const char *p = events;
	unsigned i;

	for (i = 0; *p != '\0'; i++) {
		char *end;
		double at = strtod(p, &end);
		bool alert = *end == '!';

		b->e->ts = (uint64_t)((int64_t)START + (int64_t)(at * 1e6));
		cr_expect(send(b) == alert, "%s: %s: event %u at %g", options, events, i, at);
		p = end + (alert ? 1 : 0);
		p += strspn(p, " ");
	}
}

UNIT(correlate, windows)
{
	static const struct {
		const char *options, *events;
	} cases[] = {
		{ "", "0! 0! 0!" },
		{ "threshold:type limit, track by_src, count 1, seconds 60;", "0! 0 1 59 60 60.000001! 61 120.000001 120.1! 120.2" },
		{ "threshold:type limit, track by_src, count 2, seconds 10;", "0! 1! 2 10 10.5! 11! 12" },
		/* to and fro in time */
		{ "threshold:type limit, track by_src, count 1, seconds 10;", "0! -1 -10 -10.000001! -15 -5 0.5!" },
		{ "threshold:type limit, track by_src, count 1, seconds 10;", "0! -100000! -99999 0! 5" },
		{ "threshold:type limit, track by_src, count 1, seconds 4294967295;", "0! 1700000000 -1700000000 5" },
		{ "threshold:type threshold, track by_src, count 1, seconds 10;", "0! 0! 5! 50!" },
		{ "threshold:type threshold, track by_src, count 3, seconds 10;", "0 1 2! 3 4 5! 6 11 12 13! 14" },
		{ "threshold:type threshold, track by_src, count 3, seconds 10;", "0 10 10.1 20 20.05!" },
		{ "threshold:type threshold, track by_src, count 3, seconds 10;", "0 1 -11 -11 -11!" },
		{ "threshold:type both, track by_src, count 1, seconds 10;", "0! 1 10 11! 12" },
		{ "threshold:type both, track by_src, count 3, seconds 10;", "0 1 2! 3 10 10.5 11 12! 13 20.5 21" },
		{ "threshold:type backoff, track by_flow, count 1, multiplier 2;", "0! 1! 2 3! 4 5 6 1000! 9 9 9 9 9 9 9 9!" },
		{ "threshold:type backoff, track by_flow, count 2, multiplier 3;", "0 0! 0 0 0 0! 0 0 0 0 0 0 0 0 0 0 0 0! 0" },
		{ "threshold:type backoff, track by_flow, count 2, multiplier 1;", "0 0! 0 0 0 0 0" },
		{ "threshold:type backoff, track by_flow, count 4294967295, multiplier 4294967295;", "0 0 0" },
		{ "detection_filter:track by_src, count 2, seconds 10;", "0 1 2! 3! 10! 10.1 10.2 10.3! 30" },
		{ "detection_filter:track by_src, count 1, seconds 10;", "0 0! -10! -10.1 -10.1!" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct bench b = setup(cases[i].options);

		run(&b, cases[i].options, cases[i].events);
		teardown(&b);
	}
}

/* At the very beginning and end of time nothing wraps. */
UNIT(correlate, ends_of_time)
{
	static const char *const cases[] = {
		"threshold:type limit, track by_src, count 1, seconds 4294967295;",
		"threshold:type both, track by_src, count 1, seconds 1;",
		"detection_filter:track by_src, count 1, seconds 4294967295;",
		"pop3.distinct:track by_src, logins 1, seconds 4294967295;",
		"pop3.after:track by_src, failures 1, seconds 4294967295;",
		"pop3.new:source, track by_dst, learn 4294967295, seconds 4294967295;",
	};
	static const uint64_t times[] = { 0, UINT64_MAX, 1, UINT64_MAX - 1, UINT64_MAX / 2, 0 };
	size_t i, t;

	for (i = 0; i < COUNT(cases); i++) {
		struct bench b = setup(cases[i]);

		for (t = 0; t < COUNT(times); t++) {
			b.e->ts = times[t];
			b.e->outcome = t % 2 == 0 ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
			set_client(b.e, (uint32_t)t);
			send(&b);
		}
		teardown(&b);
	}
}

/* An alert carries how many were held back before it. */
UNIT(correlate, held_back)
{
	struct bench b = setup("threshold:type limit, track by_src, count 1, seconds 60;");
	uint64_t suppressed = counter_value[COUNTER_DETECT_SUPPRESSED];
	unsigned i;

	cr_expect(send(&b) && b.counts.count == 0 && b.counts.first_seen == 0);
	for (i = 1; i <= 30; i++) {
		b.e->ts = START + i * SECOND;
		cr_expect(!send(&b) && b.counts.count == 0);
	}
	cr_expect(counter_value[COUNTER_DETECT_SUPPRESSED] == suppressed + 30);
	b.e->ts = START + 3600 * SECOND;
	cr_expect(send(&b) && b.counts.count == 31 && b.counts.first_seen == START + SECOND);
	b.e->ts = START + 7200 * SECOND;
	cr_expect(send(&b) && b.counts.count == 0, "none was held back this time");
	teardown(&b);

	b = setup("threshold:type threshold, track by_src, count 3, seconds 60;");
	cr_expect(!send(&b));
	b.e->ts = START + 100 * SECOND;
	cr_expect(!send(&b) && !send(&b) && send(&b));
	cr_expect(b.counts.count == 3 && b.counts.first_seen == START + 100 * SECOND, "not those of the window before");
	teardown(&b);

	b = setup("threshold:type both, track by_src, count 2, seconds 60;");
	cr_expect(!send(&b) && send(&b) && b.counts.count == 2 && b.counts.first_seen == START);
	cr_expect(!send(&b) && !send(&b));
	b.e->ts = START + 100 * SECOND;
	cr_expect(!send(&b) && send(&b) && b.counts.count == 4 && b.counts.first_seen == START);
	teardown(&b);

	b = setup("detection_filter:track by_src, count 2, seconds 60;");
	cr_expect(!send(&b) && !send(&b) && send(&b) && b.counts.count == 3 && b.counts.first_seen == START);
	teardown(&b);
}

UNIT(correlate, unique_ports)
{
	struct bench b = setup("detection_filter:track by_dst, count 2, seconds 60, unique_on src_port;");
	static const struct {
		uint16_t port;
		unsigned at;
		bool alert;
	} events[] = {
		{ 1, 0, false }, { 1, 0, false }, { 65535, 1, false }, { 1, 1, false }, { 0, 2, true }, { 0, 2, true },
		{ 1, 60, true }, { 1, 61, false }, { 2, 61, false }, { 3, 62, true },
	};
	size_t i;

	for (i = 0; i < COUNT(events); i++) {
		b.e->flow.port[SIDE_CLIENT] = events[i].port;
		b.e->ts = START + events[i].at * SECOND;
		cr_expect(send(&b) == events[i].alert, "event %zu", i);
	}
	cr_expect(b.counts.count == 3);
	b.e->from = SIDE_SERVER; /* the other way: another key, and the port is the server's */
	cr_expect(!send(&b) && !send(&b) && !send(&b));
	teardown(&b);
}

UNIT(correlate, rate_filter)
{
	struct bench b = setup_with(MEMORY, "rate_filter gen_id 1, sig_id 1, track by_src, count 2, seconds 10, new_action drop, "
					    "timeout 20", "");
	static const struct {
		unsigned at;
		enum signature_action action;
	} events[] = {
		{ 0, ACTION_ALERT }, { 1, ACTION_ALERT }, { 2, ACTION_DROP }, { 3, ACTION_DROP }, { 22, ACTION_DROP },
		{ 23, ACTION_ALERT }, { 24, ACTION_ALERT }, { 25, ACTION_ALERT }, { 26, ACTION_DROP },
	};
	size_t i;

	for (i = 0; i < COUNT(events); i++) {
		b.e->ts = START + events[i].at * SECOND;
		cr_expect(send(&b) && b.action == events[i].action, "event %zu: action %d", i, b.action);
	}
	teardown(&b);

	b = setup_with(MEMORY, "rate_filter gen_id 0, sig_id 0, track by_rule, count 1, seconds 1, new_action pass, timeout 1", "");
	cr_expect(send(&b) && !send(&b) && b.action == ACTION_PASS);
	b.e->ts += 2 * SECOND;
	cr_expect(send(&b) && b.action == ACTION_ALERT);
	teardown(&b);
}

UNIT(correlate, suppressed)
{
	struct bench b = setup_with(MEMORY, "suppress gen_id 1, sig_id 1, track by_src, ip 192.0.2.0/24",
				    "detection_filter:track by_dst, count 1, seconds 60;");

	cr_expect(!send(&b) && !send(&b) && !send(&b));
	cr_expect(counter_value[COUNTER_DETECT_SUPPRESSED] == 3);
	set_client(b.e, 1);
	cr_expect(!send(&b), "what was suppressed did not count");
	cr_expect(send(&b));
	teardown(&b);
}

/* ---- whose events are counted together ---- */

/* What may differ from the first event. */
enum change { NOTHING, CLIENT, CLIENT_PORT, SERVER, SERVER_PORT, VLAN, NO_VLAN, TUNNEL, SESSION, USER, CASE, SECRET, SWAPPED, FROM };

static void change(struct event *e, enum change what)
{
	uint8_t addr[16];

	switch (what) {
	case NOTHING: break;
	case CLIENT: e->flow.addr[SIDE_CLIENT][e->flow.ip_v == 4 ? 3 : 15] ^= 1; break;
	case CLIENT_PORT: e->flow.port[SIDE_CLIENT]++; break;
	case SERVER: e->flow.addr[SIDE_SERVER][e->flow.ip_v == 4 ? 3 : 15] ^= 1; break;
	case SERVER_PORT: e->flow.port[SIDE_SERVER]++; break;
	case VLAN: e->flow.vlan[0]++; break;
	case NO_VLAN: e->flow.n_vlan = 0; break;
	case TUNNEL: e->flow.tunnel++; break;
	case SESSION: e->flow_id++; break;
	case USER: set_user(e, "bob"); break;
	case CASE: set_user(e, "ALICE"); break;
	case SECRET: set_secret(e, 2); break;
	case SWAPPED:
		memcpy(addr, e->flow.addr[0], 16);
		memcpy(e->flow.addr[0], e->flow.addr[1], 16);
		memcpy(e->flow.addr[1], addr, 16);
		break;
	case FROM: e->from = SIDE_SERVER; break;
	}
}

UNIT(correlate, tracks)
{
	static const struct {
		const char *track;
		bool named;      /* the user is known */
		unsigned parts;  /* changes that make it another: a bit each */
	} cases[] = {
#define BIT(x) (1u << (x))
#define PLACE (BIT(VLAN) | BIT(NO_VLAN) | BIT(TUNNEL))
		{ "by_rule", true, 0 },
		{ "by_src", true, BIT(CLIENT) | PLACE | BIT(SWAPPED) | BIT(FROM) },
		{ "by_dst", true, BIT(SERVER) | PLACE | BIT(SWAPPED) | BIT(FROM) },
		{ "by_both", true, BIT(CLIENT) | BIT(SERVER) | PLACE },
		{ "by_flow", true, BIT(SESSION) },
		{ "by_user", true, BIT(USER) },
		{ "by_user", false, BIT(CLIENT) | PLACE | BIT(SWAPPED) | BIT(FROM) | BIT(USER) | BIT(CASE) },
		{ "by_account", true, BIT(USER) | BIT(SERVER) | BIT(SERVER_PORT) | PLACE | BIT(SWAPPED) },
		{ "by_account", false, BIT(CLIENT) | BIT(SERVER) | BIT(SERVER_PORT) | PLACE | BIT(SWAPPED) | BIT(USER) | BIT(CASE) },
		{ "by_login", true, BIT(USER) | BIT(CLIENT) | BIT(SERVER) | BIT(SERVER_PORT) | PLACE | BIT(SWAPPED) },
		{ "by_login", false, BIT(CLIENT) | BIT(SERVER) | BIT(SERVER_PORT) | PLACE | BIT(SWAPPED) | BIT(USER) | BIT(CASE) },
		{ "by_secret", true, BIT(SECRET) },
	};
	size_t i;
	int v, what;

	for (i = 0; i < COUNT(cases); i++)
		for (v = 4; v <= 6; v += 2)
			for (what = NOTHING; what <= FROM; what++) {
				char options[128];
				struct bench b;

				snprintf(options, sizeof options, "threshold:type limit, track %s, count 1, seconds 60;",
					 cases[i].track);
				b = setup(options);
				b.e->flow.ip_v = (uint8_t)v;
				b.e->flow.vlan[0] = 5;
				b.e->flow.n_vlan = 1;
				set_user(b.e, cases[i].named ? "alice" : NULL);
				set_secret(b.e, 1);
				cr_expect(send(&b));
				change(b.e, (enum change)what);
				cr_expect(send(&b) == (cases[i].parts >> what & 1), "%s, user %d, IPv%d, change %d",
					  cases[i].track, cases[i].named, v, what);
				teardown(&b);
			}
}

UNIT(correlate, no_secret)
{
	struct bench b = setup("threshold:type limit, track by_secret, count 1, seconds 60;");

	cr_expect(send(&b) && send(&b), "what does not count is not held back");
	teardown(&b);
	b = setup("threshold:type threshold, track by_secret, count 2, seconds 60;");
	cr_expect(!send(&b) && !send(&b) && !send(&b));
	teardown(&b);
	b = setup("pop3.distinct:track by_secret, logins 1, seconds 60;");
	cr_expect(!send(&b));
	set_secret(b.e, 5);
	cr_expect(send(&b));
	teardown(&b);
}

/* ---- pop3.distinct ---- */

struct login {
	unsigned at;
	const char *user;
	uint32_t secret, client;
	bool alert;
	struct alert_counts counts; /* when it alerts; first_seen: seconds from the start */
};

static void run_logins(const char *options, const struct login *l, size_t n)
{
	struct bench b = setup(options);
	size_t i;

	for (i = 0; i < n; i++) {
		bool alert;

		b.e->ts = START + l[i].at * SECOND;
		set_user(b.e, l[i].user);
		set_secret(b.e, l[i].secret);
		set_client(b.e, l[i].client);
		alert = send(&b);
		cr_expect(alert == l[i].alert, "%s: login %zu", options, i);
		if (!alert || !l[i].alert)
			continue;
		cr_expect(b.counts.count == l[i].counts.count && b.counts.users == l[i].counts.users &&
			  b.counts.secrets == l[i].counts.secrets && b.counts.sources == l[i].counts.sources &&
			  b.counts.servers == l[i].counts.servers,
			  "%s: login %zu: count %u, users %u, secrets %u, sources %u, servers %u", options, i, b.counts.count,
			  b.counts.users, b.counts.secrets, b.counts.sources, b.counts.servers);
		cr_expect(b.counts.first_seen == START + l[i].counts.first_seen * SECOND, "%s: login %zu: first", options, i);
	}
	teardown(&b);
}

UNIT(correlate, spraying)
{
	static const struct login logins[] = {
		{ 0, "a", 1, 1, false, { 0 } },
		{ 1, "b", 1, 1, false, { 0 } },
		{ 2, "B", 1, 1, false, { 0 } },         /* the same */
		{ 2, NULL, 1, 1, false, { 0 } },        /* nobody: does not count */
		{ 2, "x", 0, 1, false, { 0 } },         /* neither does what has no secret */
		{ 3, "c", 1, 2, false, { 0 } },         /* another client */
		{ 10, "c", 2, 1, true, { 4, 3, 2, 0, 0, 0 } },
		{ 11, "d", 2, 1, false, { 0 } },        /* told already */
		{ 69, "e", 2, 1, false, { 0 } },        /* still */
		{ 70, "f", 2, 1, true, { 4, 4, 1, 0, 0, 10 } }, /* c at 10, d, e, f */
	};

	run_logins("pop3.distinct:track by_src, users >=3, secrets <=2, seconds 60;", logins, COUNT(logins));
}

/* Too many of what is to be few. */
UNIT(correlate, exceeded)
{
	static const struct login logins[] = {
		{ 0, "a", 1, 1, false, { 0 } },
		{ 1, "a", 2, 1, false, { 0 } },
		{ 20, "b", 3, 1, false, { 0 } },  /* three secrets */
		{ 60, "c", 3, 1, false, { 0 } },  /* a, b, c; secrets 1 to 3, the first just within */
		{ 61, "d", 3, 1, true, { 4, 4, 2, 0, 0, 1 } },
	};

	run_logins("pop3.distinct:track by_src, users >=3, secrets <=2, seconds 60;", logins, COUNT(logins));
}

UNIT(correlate, guessing)
{
	static const struct login logins[] = {
		{ 0, "a", 1, 1, false, { 0 } }, { 1, "a", 2, 2, false, { 0 } }, { 2, "b", 3, 1, false, { 0 } },
		{ 3, "a", 2, 3, false, { 0 } }, { 4, "a", 3, 1, true, { 4, 1, 3, 3, 0, 0 } },
	};

	run_logins("pop3.distinct:track by_account, secrets >=3, sources <=3, seconds 60;", logins, COUNT(logins));
}

/* Means: as many users and secrets, each with each, or each with its own, once or again and again. */
UNIT(correlate, means)
{
	static const struct {
		const char *bound;
		bool grid, pairs, again;
	} cases[] = {
		{ "pairs >=4", true, true, true },
		{ "pairs_per_user <=2", false, true, true },
		{ "pairs_per_user >=2", true, false, false },
		{ "pairs_per_secret <=1", false, true, true },
		{ "pairs_per_secret >=4", true, false, false },
		{ "logins_per_pair <=1", true, true, false },
		{ "logins_per_pair >=2", false, false, true },
	};
	char options[128], name[8];
	size_t i;
	unsigned n, way;

	for (i = 0; i < COUNT(cases); i++)
		for (way = 0; way < 3; way++) {
			struct bench b;
			bool fired = false;

			/* 16 logins: 4 users with 4 secrets; 16 users with one each; 8 users with one each, twice. */
			snprintf(options, sizeof options, "pop3.distinct:track by_src, logins >=16, %s, seconds 60;", cases[i].bound);
			b = setup(options);
			for (n = 0; n < 16; n++) {
				snprintf(name, sizeof name, "u%u", way == 0 ? n / 4 : way == 1 ? n : n % 8);
				set_user(b.e, name);
				set_secret(b.e, 1 + (way == 0 ? n % 4 : way == 1 ? n : n % 8));
				fired |= send(&b);
			}
			cr_expect(fired == (way == 0 ? cases[i].grid : way == 1 ? cases[i].pairs : cases[i].again), "%s, way %u",
				  cases[i].bound, way);
			set_user(b.e, NULL);
			cr_expect(!send(&b), "who has no name is in no pair");
			teardown(&b);
		}
}

UNIT(correlate, sliding)
{
	static const struct login logins[] = {
		{ 100, "a", 0, 1, false, { 0 } },
		{ 161, "b", 0, 1, false, { 0 } },  /* a has gone */
		{ 200, "c", 0, 1, false, { 0 } },
		{ 221, "d", 0, 1, true, { 3, 3, 0, 0, 0, 161 } }, /* b at the end of its time */
		{ 0, "e", 0, 1, false, { 0 } },    /* another capture */
		{ 1, "f", 0, 1, false, { 0 } },
		{ 2, "g", 0, 1, true, { 3, 3, 0, 0, 0, 0 } },
	};

	run_logins("pop3.distinct:track by_src, users >=3, seconds 60;", logins, COUNT(logins));
}

/* As many as a rule can wait for, one more, and far more logins than are kept one by one. */
UNIT(correlate, thousand)
{
	struct bench b = setup("pop3.distinct:track by_rule, users >=1000, seconds 3600;");
	char name[16];
	unsigned i;

	for (i = 1; i <= 5000; i++) {
		snprintf(name, sizeof name, "u%u", i);
		set_user(b.e, name);
		set_secret(b.e, i);
		b.e->ts = START + i * SECOND / 10;
		cr_expect(send(&b) == (i == 1000), "user %u", i);
		if (i == 1000)
			cr_expect(b.counts.users == 1000 && b.counts.secrets == 1000 && b.counts.count == 1000);
	}
	b.e->ts = START + 3700 * SECOND; /* 4001 of them are in the window, and this one */
	cr_expect(send(&b) && b.counts.users == 1000 && b.counts.count > 3980 && b.counts.count <= 4002, "%u, %u",
		  b.counts.users, b.counts.count);
	teardown(&b);

	b = setup("pop3.distinct:track by_rule, logins >=1, users <=999, seconds 1;");
	for (i = 1; i <= 1005; i++) {
		snprintf(name, sizeof name, "u%u", i);
		set_user(b.e, name);
		b.e->ts = START + i;
		cr_expect(send(&b) == (i == 1));
	}
	b.e->ts = START + SECOND + 1; /* the first may fire again, but there are too many */
	cr_expect(!send(&b));
	teardown(&b);
}

/* ---- pop3.after ---- */

UNIT(correlate, after)
{
	static const struct {
		unsigned at;
		char outcome; /* + or - */
		bool alert;
		uint32_t count, first;
	} events[] = {
		{ 0, '+', false, 0, 0 },  { 1, '-', false, 0, 0 },   { 2, '-', false, 0, 0 },  { 3, '+', false, 0, 0 },
		{ 4, '-', false, 0, 0 },  { 5, '+', true, 4, 1 },    { 6, '+', true, 4, 1 },   { 7, '-', true, 4, 1 },
		{ 61, '+', true, 5, 1 },  { 62, '+', true, 4, 2 },   { 63, '+', false, 0, 0 }, { 200, '-', false, 0, 0 },
	};
	struct bench b = setup("pop3.after:track by_account, failures 3, seconds 60;");
	size_t i;

	set_user(b.e, "a");
	for (i = 0; i < COUNT(events); i++) {
		b.e->ts = START + events[i].at * SECOND;
		b.e->outcome = events[i].outcome == '+' ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
		cr_expect(send(&b) == events[i].alert, "event %zu", i);
		cr_expect(b.counts.count == events[i].count, "event %zu: %u", i, b.counts.count);
		if (events[i].alert)
			cr_expect(b.counts.first_seen == START + events[i].first * SECOND, "event %zu", i);
	}
	teardown(&b);
}

/* How many users and secrets failed; and what is no guess does not count. */
UNIT(correlate, after_many)
{
	struct bench b = setup("pop3.outcome:success; pop3.after:track by_src, failures 2, users 2, secrets 3, sources 1, seconds 60;");
	static const struct {
		const char *user;
		uint32_t secret;
		bool alert;
	} steps[] = {
		{ "a", 1, false }, { "a", 2, false }, { "a", 3, false }, /* one user */
		{ "b", 3, true }, { "b", 4, true },
	};
	size_t i;

	for (i = 0; i < COUNT(steps); i++) {
		set_user(b.e, steps[i].user);
		set_secret(b.e, steps[i].secret);
		b.e->outcome = OUTCOME_FAILURE;
		counts_observe(b.c, b.rs, b.e);
		b.e->outcome = OUTCOME_SUCCESS;
		cr_expect(send(&b) == steps[i].alert, "step %zu", i);
		if (steps[i].alert)
			cr_expect(b.counts.users == 2 && b.counts.secrets == i && b.counts.sources == 1 && b.counts.count == i + 2);
	}
	b.e->ts += 61 * SECOND;
	for (i = 0; i < 12; i++) {
		b.e->outcome = OUTCOME_FAILURE;
		set_user(b.e, i % 2 == 0 ? "c" : "d");
		set_secret(b.e, (uint32_t)i + 1);
		b.e->credential = i < 4 ? CREDENTIAL_VALID : CREDENTIAL_UNKNOWN;
		b.e->text[EVENT_FAILURE_REASON] = b.e->text[EVENT_RESPONSE] = (struct event_slice){ 0 };
		if (i >= 4)
			event_set(b.e, i < 8 ? EVENT_FAILURE_REASON : EVENT_RESPONSE, span_str(i < 8 ? "SYS/TEMP" : "TLS required"));
		counts_observe(b.c, b.rs, b.e);
		b.e->outcome = OUTCOME_SUCCESS;
		cr_expect(!send(&b), "a busy mailbox, a server in trouble, or one that wants TLS");
	}
	teardown(&b);
}

/* Failures count for all rules, whatever these are about, and not those of others. */
UNIT(correlate, after_what)
{
	struct bench b = setup("pop3.outcome:success; pop3.after:track by_user, failures 2, seconds 60;");

	set_user(b.e, "a");
	b.e->outcome = OUTCOME_FAILURE;
	counts_observe(b.c, b.rs, b.e);
	set_user(b.e, "b");
	counts_observe(b.c, b.rs, b.e);
	b.e->kind = EVENT_SESSION;
	set_user(b.e, "a");
	counts_observe(b.c, b.rs, b.e);
	b.e->kind = EVENT_LOGIN;
	b.e->outcome = OUTCOME_UNKNOWN;
	counts_observe(b.c, b.rs, b.e);
	b.e->outcome = OUTCOME_SUCCESS;
	cr_expect(!send(&b), "one failure");
	b.e->outcome = OUTCOME_FAILURE;
	counts_observe(b.c, b.rs, b.e);
	b.e->outcome = OUTCOME_SUCCESS;
	cr_expect(send(&b) && b.counts.count == 3);
	teardown(&b);
}

/* ---- pop3.new ---- */

UNIT(correlate, fresh)
{
	static const struct {
		unsigned at;
		uint32_t client;
		bool alert;
	} events[] = {
		{ 1000, 1, false }, /* who is that? */
		{ 1010, 2, false }, /* still learning */
		{ 1099, 3, false },
		{ 1100, 2, false },
		{ 1100, 4, true },
		{ 1101, 4, false },
		{ 1999, 1, false }, /* just within its time */
		{ 2200, 1, false },
		{ 2200, 2, true },  /* forgotten since 1100 */
		{ 100, 5, false },  /* another capture, and not known there */
		{ 150, 6, false },
		{ 201, 7, true },
	};
	struct bench b = setup("pop3.new:source, track by_user, learn 100, seconds 999;");
	size_t i;

	set_user(b.e, "a");
	for (i = 0; i < COUNT(events); i++) {
		b.e->ts = START + events[i].at * SECOND;
		set_client(b.e, events[i].client);
		cr_expect(send(&b) == events[i].alert, "event %zu", i);
	}
	teardown(&b);

	b = setup("pop3.new:source, track by_user, learn 0, seconds 999;");
	set_user(b.e, "a");
	cr_expect(!send(&b), "the first is no news");
	b.e->flow.n_vlan = 1;
	cr_expect(send(&b), "the same address elsewhere is");
	teardown(&b);

	b = setup("pop3.new:source, track by_user, learn 0, seconds 999, first;");
	set_user(b.e, "a");
	cr_expect(send(&b) && !send(&b), "the first is, if it is asked for");
	b.e->ts += 1000 * SECOND;
	set_client(b.e, 9);
	cr_expect(send(&b), "and the next one, too");
	teardown(&b);

	b = setup_with(MEMORY, "suppress gen_id 1, sig_id 1, track by_src, ip 9.0.0.0",
		       "pop3.new:source, track by_user, learn 0, seconds 999;");
	set_user(b.e, "a");
	set_client(b.e, 9);
	cr_expect(!send(&b));
	set_client(b.e, 8);
	cr_expect(send(&b), "what is suppressed is learnt");
	teardown(&b);
}

/* Several rules keep the same sources, once: all are told what was so before the event, whichever is asked first. */
UNIT(correlate, fresh_together)
{
	static const char more[] =
		"alert pop3 any any -> any any (msg:\"n\"; pop3.new:source, track by_user, learn 0, seconds 999, first; sid:2;)\n"
		"alert pop3 any any -> any any (msg:\"o\"; pop3.new:source, track by_user, learn 100, seconds 999; sid:3;)\n"
		"alert pop3 any any -> any any (msg:\"p\"; pop3.new:source, track by_user, learn 0, seconds 998; sid:4;)\n";
	static const struct {
		unsigned at;
		uint32_t client;
		enum event_outcome outcome;
		const char *alerts; /* by whom */
	} events[] = {
		{ 0, 1, OUTCOME_SUCCESS, " 2" },
		{ 1, 1, OUTCOME_SUCCESS, "" },
		{ 2, 2, OUTCOME_SUCCESS, " 1 2 4" },
		{ 101, 3, OUTCOME_SUCCESS, " 1 2 3 4" },
		{ 102, 4, OUTCOME_FAILURE, " 2" }, /* those that fail are known apart */
		{ 103, 5, OUTCOME_FAILURE, " 1 2 4" },
		{ 104, 5, OUTCOME_SUCCESS, " 1 2 3 4" },
	};
	struct bench b = setup("pop3.new:source, track by_user, learn 0, seconds 999;");
	size_t i, rule;

	cr_assert(ruleset_parse(b.rs, "r", span_str(more), report, NULL) == 0);
	set_user(b.e, "a");
	for (i = 0; i < COUNT(events); i++) {
		char alerts[16] = "";

		b.e->ts = START + events[i].at * SECOND;
		b.e->outcome = events[i].outcome;
		set_client(b.e, events[i].client);
		counts_observe(b.c, b.rs, b.e);
		for (rule = 0; rule < 4; rule++)
			if (counts_alert(b.c, b.rs, rule, b.e, &b.counts, &b.action))
				snprintf(alerts + strlen(alerts), sizeof alerts - strlen(alerts), " %zu", rule + 1);
		cr_expect_str_eq(alerts, events[i].alerts, "event %zu", i);
	}
	teardown(&b);
}

/* ---- together ---- */

UNIT(correlate, in_order)
{
	struct bench b = setup("pop3.distinct:track by_src, users >=2, seconds 60; "
			       "threshold:type limit, track by_rule, count 1, seconds 600;");

	set_user(b.e, "a");
	cr_expect(!send(&b));
	set_user(b.e, "b");
	cr_expect(send(&b) && b.counts.users == 2 && b.counts.count == 2);
	set_client(b.e, 9);
	cr_expect(!send(&b));
	set_user(b.e, "a");
	cr_expect(!send(&b), "the limit holds it back");
	b.e->ts = START + 601 * SECOND;
	cr_expect(!send(&b));
	set_user(b.e, "b");
	cr_expect(send(&b) && b.counts.users == 2 && b.counts.count == 2, "what is told is what was counted");
	teardown(&b);
}

UNIT(correlate, reload)
{
	struct bench b = setup("threshold:type limit, track by_src, count 1, seconds 60;"), other;

	cr_expect(send(&b) && !send(&b));
	other = setup("threshold:type limit, track by_src, count 1, seconds 60;");
	cr_expect(!counts_alert(b.c, other.rs, 0, b.e, &b.counts, &b.action), "the rule is the same");
	teardown(&other);
	other = setup("gid:2; threshold:type limit, track by_src, count 1, seconds 60;");
	cr_expect(counts_alert(b.c, other.rs, 0, b.e, &b.counts, &b.action), "that is another");
	teardown(&other);
	teardown(&b);
}

/* ---- bounds ---- */

UNIT(correlate, least_used_goes)
{
	struct bench b = setup_with(64u << 10, "", "threshold:type limit, track by_src, count 1, seconds 60;");
	uint32_t i, n;

	set_client(b.e, 1);
	cr_expect(send(&b));
	for (n = 2; counter_value[COUNTER_DETECT_COUNTS_EVICTED] == 0; n++) {
		set_client(b.e, n);
		cr_expect(send(&b));
		set_client(b.e, 1); /* is used all the time */
		cr_expect(!send(&b));
		cr_assert(n < 10000 && counts_memory(b.c) <= 64u << 10);
	}
	cr_expect(n > 200, "%u", n);
	for (i = 3; i < n; i++) {
		set_client(b.e, i);
		cr_expect(!send(&b), "%u of %u is still there", i, n);
	}
	set_client(b.e, 2);
	cr_expect(send(&b), "the one that was not used for longest is not");
	teardown(&b);
}

/* Keys without end, of all kinds, in little memory. */
UNIT(correlate, million_keys)
{
	struct bench b = setup_with(MEMORY, "rate_filter gen_id 1, sig_id 1, track by_src, count 9, seconds 9, new_action drop, timeout 9",
				    "pop3.after:track by_src, failures 1, seconds 60; pop3.distinct:track by_src, users >=1, seconds 1; "
				    "threshold:type limit, track by_src, count 1, seconds 1;");
	char name[16];
	uint32_t i;
	size_t most = 0;

	b.e->outcome = OUTCOME_FAILURE;
	for (i = 0; i < 1000000; i++) {
		snprintf(name, sizeof name, "%u", i);
		set_user(b.e, name);
		set_secret(b.e, i + 1);
		set_client(b.e, i % 8 == 0 ? 0 : i);
		b.e->ts = START + i * 100;
		send(&b);
		if (counts_memory(b.c) > most)
			most = counts_memory(b.c);
	}
	cr_expect(most <= MEMORY && most > MEMORY * 9 / 10, "%zu bytes", most);
	teardown(&b);
}

UNIT(correlate, no_memory)
{
	static const struct {
		const char *options;
		bool alert;
	} cases[] = {
		{ "threshold:type limit, track by_src, count 1, seconds 60;", true },
		{ "threshold:type threshold, track by_src, count 1, seconds 60;", false },
		{ "detection_filter:track by_src, count 1, seconds 60;", false },
		{ "pop3.distinct:track by_src, logins 1, seconds 60;", false },
		{ "pop3.after:track by_src, failures 1, seconds 60;", false },
		{ "pop3.new:source, track by_dst, learn 0, seconds 60;", false },
	};
	size_t i, memory;

	for (i = 0; i < COUNT(cases); i++) {
		for (memory = 0; memory < 1000; memory += 8) {
			struct bench b = setup_with(memory, "", cases[i].options);
			unsigned n;

			b.e->outcome = OUTCOME_FAILURE;
			for (n = 0; n < 20; n++) {
				bool alert = send(&b);

				if (memory == 0)
					cr_expect(alert == cases[i].alert, "%s", cases[i].options);
				set_client(b.e, n);
			}
			cr_expect(counts_memory(b.c) <= memory || memory < 200, "%zu of %zu", counts_memory(b.c), memory);
			teardown(&b);
		}
	}
	cr_expect(counter_value[COUNTER_DETECT_COUNTS_NO_MEMORY] > 0);
	counts_free(NULL);
}
