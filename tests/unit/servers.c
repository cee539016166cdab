/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of servers: what it learns from sessions, what it tells, and its file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/correlate/servers.h"
#include "unit.h"

#define ERR_SIZE 256
#define MINUTE UINT64_C(60000000)
#define HOUR (60 * MINUTE)

/* ---- sessions, and what is told of them ---- */

static struct {
	enum event_server what[512];
	struct event last; /* texts and all */
	size_t n;
} told;

static void on_tell(void *ctx, struct event *e)
{
	cr_assert(ctx == &told && e->kind == EVENT_SERVER && told.n < COUNT(told.what));
	told.what[told.n++] = e->server;
	told.last = *e;
}

/* Everything told since the last time: "new stripped". */
static const char *news(void)
{
	static char text[8192];
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < told.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? " " : "",
				      event_server_name(told.what[i]));
	told.n = 0;
	return text;
}

static struct event event;
static uint64_t now = UINT64_C(1704164645000000), flows;

/* The next event is of this kind, in a session that begins now, of this client. */
static struct event *begin(enum event_kind kind, uint8_t client)
{
	struct event *e = &event;

	event_init(e, kind);
	now += MINUTE;
	e->start = now;
	e->ts = e->end = now + 1000;
	e->flow_id = ++flows;
	e->flow.ip_v = 4;
	memcpy(e->flow.addr[SIDE_CLIENT], (uint8_t[]){ 192, 0, 2, client }, 4);
	memcpy(e->flow.addr[SIDE_SERVER], (uint8_t[]){ 198, 51, 100, 25 }, 4);
	e->flow.port[SIDE_CLIENT] = 49152;
	e->flow.port[SIDE_SERVER] = 110;
	return e;
}

static enum event_stls observe(struct servers *s, struct event *e)
{
	servers_event(s, e, on_tell, &told);
	return e->stls;
}

/* A session of this client with this verdict; what becomes of that. */
static enum event_stls session(struct servers *s, uint8_t client, enum event_stls stls)
{
	struct event *e = begin(EVENT_SESSION, client);

	e->stls = stls;
	return observe(s, e);
}

static enum event_stls login(struct servers *s, enum event_outcome outcome, enum event_exposure exposure)
{
	struct event *e = begin(EVENT_LOGIN, 10);

	e->stls = STLS_NOT_ASKED;
	e->outcome = outcome;
	e->exposure = exposure;
	return observe(s, e);
}

static struct servers *open_table(const char *path)
{
	char err[ERR_SIZE] = "";
	struct servers *s = servers_open(path, err);

	cr_assert(s != NULL, "%s", err);
	return s;
}

/* ---- STLS ---- */

UNIT(servers, stripped)
{
	struct servers *s = open_table(NULL);
	struct event *e;

	cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_NOT_OFFERED, "it never did");
	cr_expect(session(s, 10, STLS_OFFERED_UNUSED) == STLS_OFFERED_UNUSED);
	cr_expect_str_eq(news(), "");

	/* The login and then the session: both are, and it is told once. */
	e = begin(EVENT_LOGIN, 11);
	e->stls = STLS_NOT_OFFERED;
	event_set(e, EVENT_BANNER, SPAN("ready"));
	cr_expect(observe(s, e) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "stripped");
	cr_expect(told.last.known.stls_offered && told.last.flow_id == e->flow_id && told.last.ts == e->ts &&
		  told.last.start == e->start && told.last.stls == STLS_STRIPPED);
	e->kind = EVENT_SESSION;
	e->stls = STLS_NOT_OFFERED;
	e->ts += 2 * HOUR;
	e->capture.gap_bytes = 1; /* in a mail, say */
	cr_expect(observe(s, e) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "");

	/* The next ones are told once an hour. */
	cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "");
	now += HOUR;
	cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "stripped");
	/* And at once, when it has been offered meanwhile. */
	session(s, 10, STLS_UPGRADED);
	cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "stripped");
	servers_free(s);
}

/* What shows that it was offered. */
UNIT(servers, offers)
{
	static const struct {
		enum event_stls stls;
		struct span capabilities;
		bool offered;
	} cases[] = {
		{ STLS_OFFERED_UNUSED, BYTES(""), true },
		{ STLS_UPGRADED, BYTES(""), true },
		{ STLS_FAILED, BYTES(""), true },
		{ STLS_INJECTED, BYTES(""), true },
		{ STLS_STRIPPED, BYTES("USER"), true },
		{ STLS_REFUSED, BYTES("USER\nSTLS"), true },
		{ STLS_UNKNOWN, BYTES("stls\nUSER"), true },
		{ STLS_UNKNOWN, BYTES("USER\nSTLS PLEASE\n"), true },
		{ STLS_REFUSED, BYTES(""), false },
		{ STLS_NOT_ASKED, BYTES(""), false },
		{ STLS_UNKNOWN, BYTES("USER\nXSTLS\nSTLSX\nIMPLEMENTATION STLS"), false },
		{ STLS_NOT_OFFERED, BYTES("USER"), false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct servers *s = open_table(NULL);
		struct event *e = begin(EVENT_SESSION, 10);

		e->stls = cases[i].stls;
		event_set(e, EVENT_CAPABILITIES, cases[i].capabilities);
		cr_expect(observe(s, e) == cases[i].stls, "case %zu", i);
		cr_expect((session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED) == cases[i].offered, "case %zu", i);
		cr_expect_str_eq(news(), cases[i].offered ? "stripped" : "", "case %zu", i);
		servers_free(s);
	}
}

/* Sessions that accuse nobody. */
UNIT(servers, no_evidence)
{
	struct servers *s = open_table(NULL);
	struct event *e;
	int i;

	session(s, 10, STLS_UPGRADED);
	for (i = 0; i < 4; i++) {
		e = begin(EVENT_SESSION, 10);
		e->stls = i < 3 ? STLS_NOT_OFFERED : STLS_UNKNOWN;
		e->capture.midstream = i == 0;
		e->capture.gap_bytes = i == 1 ? 1 : 0;
		e->capture.one_sided = i == 2;
		cr_expect(observe(s, e) == (i < 3 ? STLS_NOT_OFFERED : STLS_UNKNOWN), "case %d", i);
	}
	/* One that began before the offer was seen. */
	e = begin(EVENT_SESSION, 10);
	e->stls = STLS_NOT_OFFERED;
	e->start -= 24 * HOUR;
	cr_expect(observe(s, e) == STLS_NOT_OFFERED);
	/* Another server, port, VLAN, tunnel. */
	for (i = 0; i < 4; i++) {
		e = begin(EVENT_SESSION, 10);
		e->stls = STLS_NOT_OFFERED;
		e->flow.addr[SIDE_SERVER][3] = i == 0 ? 26 : 25;
		e->flow.port[SIDE_SERVER] = i == 1 ? 1110 : 110;
		e->flow.n_vlan = i == 2 ? 1 : 0;
		e->flow.vlan[0] = i == 2 ? 5 : 0;
		e->flow.tunnel = i == 3 ? 7 : 0;
		cr_expect(observe(s, e) == STLS_NOT_OFFERED, "case %d", i);
	}
	/* Nor is anything learnt of an anomaly. */
	e = begin(EVENT_ANOMALY, 10);
	e->stls = STLS_NOT_OFFERED;
	cr_expect(observe(s, e) == STLS_NOT_OFFERED);
	cr_expect_str_eq(news(), "");
	servers_free(s);
}

/* A server that is as it is for long enough, and everybody: that is no attack any more. */
UNIT(servers, accepted)
{
	struct servers *s = open_table(NULL);
	int i;

	session(s, 10, STLS_UPGRADED);
	for (i = 0; i < 100; i++) { /* one client may have somebody in between for ever */
		now += HOUR;
		cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED, "session %d", i);
	}
	cr_expect(session(s, 11, STLS_NOT_OFFERED) == STLS_STRIPPED, "the one that settles it");
	cr_expect(session(s, 11, STLS_NOT_OFFERED) == STLS_NOT_OFFERED);
	news();

	session(s, 10, STLS_UPGRADED);
	for (i = 0; i < 100; i++) /* not in less than a day, however many they are */
		cr_expect(session(s, (uint8_t)i, STLS_NOT_OFFERED) == STLS_STRIPPED, "session %d", i);
	session(s, 10, STLS_UPGRADED);
	now += 25 * HOUR;
	for (i = 0; i < 10; i++) /* the day begins with the first without */
		cr_expect(session(s, (uint8_t)i, STLS_NOT_OFFERED) == STLS_STRIPPED, "session %d", i);
	session(s, 10, STLS_UPGRADED);
	for (i = 0; i < 9; i++) { /* nor by a few */
		now += 10 * HOUR;
		cr_expect(session(s, (uint8_t)i, STLS_NOT_OFFERED) == STLS_STRIPPED, "session %d", i);
	}
	servers_free(s);
	news();
}

/* ---- plaintext ---- */

UNIT(servers, plaintext)
{
	struct servers *s = open_table(NULL);
	struct event *e;

	login(s, OUTCOME_FAILURE, EXPOSURE_PASSWORD);
	login(s, OUTCOME_UNKNOWN, EXPOSURE_PASSWORD);
	login(s, OUTCOME_SUCCESS, EXPOSURE_CRACKABLE_DIGEST);
	login(s, OUTCOME_SUCCESS, EXPOSURE_SCRAM);
	cr_expect_str_eq(news(), "");
	login(s, OUTCOME_SUCCESS, EXPOSURE_BEARER_TOKEN);
	cr_expect_str_eq(news(), "plaintext");
	cr_expect(!told.last.known.plaintext_accepted);
	login(s, OUTCOME_SUCCESS, EXPOSURE_PASSWORD);
	cr_expect_str_eq(news(), "", "once");
	servers_free(s);

	/* In the session that it is known from it is nothing new. */
	s = open_table(NULL);
	e = begin(EVENT_LOGIN, 10);
	e->outcome = OUTCOME_FAILURE;
	e->exposure = EXPOSURE_PASSWORD;
	observe(s, e);
	e->outcome = OUTCOME_SUCCESS;
	observe(s, e);
	login(s, OUTCOME_SUCCESS, EXPOSURE_PASSWORD);
	cr_expect_str_eq(news(), "");
	servers_free(s);
}

UNIT(servers, refusals)
{
	static const struct {
		const char *answer;
		bool refusal;
	} cases[] = {
		{ "[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", true },
		{ "[AUTH] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.", true },
		{ "[AUTH] USER command only available under a layer", true },
		{ "TLS required to log in.", true },
		{ "STLS is required.", true },
		{ "A SSL/TLS-connection is required for authentication.", true },
		{ "only valid after entering TLS mode", true },
		{ "[PRIVACYREQUIRED] no", true },
		{ "You must use TLS/SSL to connect to this server", true },
		{ "Must issue a STLS command first", true },
		{ "tls REQUIRED", true },
		{ "[AUTH] Authentication failed.", false },
		{ "Command is not valid in this state.", false },
		{ "[SYS/TEMP] try later", false },
		{ "Logins disabled for maintenance", false },
		{ "", false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect(refusal_of_plaintext(span_str(cases[i].answer)) == cases[i].refusal, "%s", cases[i].answer);
}

/* ---- the file ---- */

struct place {
	char dir[64], file[96];
};

static void place_init(struct place *p)
{
	snprintf(p->dir, sizeof p->dir, "/tmp/plainpop-servers-XXXXXX");
	cr_assert(mkdtemp(p->dir) != NULL);
	snprintf(p->file, sizeof p->file, "%s/servers.json", p->dir);
}

static void place_fini(struct place *p)
{
	unlink(p->file);
	cr_expect(rmdir(p->dir) == 0, "something was left in %s", p->dir);
}

static char *content(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 16);

	cr_assert(f != NULL && text != NULL);
	cr_expect(fread(text, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return text;
}

UNIT(servers, kept)
{
	struct servers *s;
	struct place p;
	struct stat st;
	char *before, *after;
	struct event *e;

	place_init(&p);
	umask(0); /* the mode must not depend on it */
	s = open_table(p.file);
	cr_assert(stat(p.file, &st) == 0, "made at once: that it can be is known now");
	cr_expect((st.st_mode & 07777) == 0600, "mode %o", st.st_mode & 07777u);

	e = begin(EVENT_LOGIN, 10);
	e->stls = STLS_OFFERED_UNUSED;
	e->outcome = OUTCOME_FAILURE;
	e->flow.n_vlan = 2;
	e->flow.vlan[0] = 7;
	e->flow.vlan[1] = 4000;
	e->flow.tunnel = 0xfedcba98;
	e->tunnel.depth = 1;
	e->tunnel.id_set = true;
	e->tunnel.id = 12345;
	event_set(e, EVENT_RESPONSE, SPAN("TLS required"));
	event_set(e, EVENT_BANNER, SPAN("caf\xc3\xa9 \x1b[2J \"quoted\" \\ \xff/"));
	event_set(e, EVENT_CAPABILITIES, SPAN("STLS\nUSER\nIMPLEMENTATION \x01\n"));
	observe(s, e);
	session(s, 10, STLS_NOT_OFFERED);
	cr_expect_str_eq(news(), "new new");
	session(s, 11, STLS_UPGRADED);
	session(s, 12, STLS_NOT_OFFERED);
	cr_expect_str_eq(news(), "stripped");
	cr_expect(servers_save(s) == 0);
	before = content(p.file);
	cr_expect(strchr(before, '\x1b') == NULL && strstr(before, "caf\xc3\xa9 \\\\x1b[2J \\\"quoted\\\"") != NULL, "%s",
		  before);
	servers_free(s);

	/* The same again, read and written. */
	s = open_table(p.file);
	s->changed = true;
	cr_expect(servers_save(s) == 0);
	after = content(p.file);
	cr_expect_str_eq(after, before);
	cr_assert(stat(p.file, &st) == 0);
	cr_expect((st.st_mode & 07777) == 0600);
	/* They are known, and what they offered. */
	cr_expect(session(s, 13, STLS_NOT_OFFERED) == STLS_STRIPPED);
	cr_expect_str_eq(news(), "stripped");
	login(s, OUTCOME_SUCCESS, EXPOSURE_PASSWORD);
	cr_expect_str_eq(news(), "plaintext");
	cr_expect(told.last.known.first_seen < told.last.start);
	free(before);
	free(after);
	servers_free(s);
	place_fini(&p);
}

/* Who shows secrets keeps no texts: a greeting or a list of capabilities may repeat one. */
UNIT(servers, without_texts)
{
	struct servers *s;
	struct event *e;
	struct place p;
	char *text;

	place_init(&p);
	s = open_table(p.file);
	servers_omit_texts(s);
	e = begin(EVENT_SESSION, 10);
	event_set(e, EVENT_BANNER, SPAN("Rabbit-Hole-7"));
	event_set(e, EVENT_CAPABILITIES, SPAN("Rabbit-Hole-7"));
	observe(s, e);
	cr_expect(servers_save(s) == 0);
	text = content(p.file);
	cr_expect(strstr(text, "Rabbit") == NULL);
	free(text);
	servers_free(s);
	place_fini(&p);
	news();
}

#define HEAD(n) "{\"plainpop\":\"servers\",\"version\":1,\"servers\":" #n "}\n"
#define ENDS "\"address\":\"192.0.2.1\",\"port\":110"
#define TIMES ",\"first_seen\":1,\"last_seen\":2,\"sessions\":3,\"logins\":4"
#define GOOD "{" ENDS TIMES ",\"stls\":\"unknown\"}\n"

UNIT(servers, damaged)
{
	static const struct {
		struct span text;
		const char *message; /* behind the name of the file; NULL: it is whole */
		size_t servers;      /* that can be read all the same */
	} cases[] = {
		{ BYTES(HEAD(0)), NULL, 0 },
		{ BYTES(HEAD(1) GOOD), NULL, 1 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"from\":\"the future\"}"), NULL, 1 },
		{ BYTES(""), ":1: nothing is in it", 0 },
		{ BYTES("\n"), ":1: not a JSON object", 0 },
		{ BYTES("\0"), ":1: not a JSON object", 0 },
		{ BYTES("{}\n" GOOD), ":1: not a table of servers", 0 },
		{ BYTES("{\"plainpop\":\"servers\",\"servers\":1}\n" GOOD), ":1: no version", 0 },
		{ BYTES("{\"plainpop\":\"servers\",\"version\":2,\"servers\":1}\n" GOOD), ":1: version 2", 0 },
		{ BYTES(HEAD(2) GOOD), ":3: 1 servers, and not 2", 1 },
		{ BYTES(HEAD(2) GOOD "{" ENDS), ":3: not a JSON object", 1 },
		{ BYTES(HEAD(2) GOOD GOOD), ":3: the same server a second time", 1 },
		{ BYTES(HEAD(2) "[]\n" GOOD), ":2: not a JSON object", 1 },
		{ BYTES(HEAD(2) "{" TIMES "}{}\n" GOOD), ":2: not a JSON object", 1 },
		{ BYTES(HEAD(2) "{}\n" GOOD), ":2: address is not an address", 1 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\\u0000\",\"port\":110" TIMES "}\n"), "address", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.256\",\"port\":110" TIMES "}\n"), "address", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\"" TIMES "}\n"), "no port", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\",\"port\":65536" TIMES "}\n"), "port is not a number", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\",\"port\":-1" TIMES "}\n"), "port is not a number", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\",\"port\":\"110\"" TIMES "}\n"), "port is not a number", 0 },
		{ BYTES(HEAD(1) "{\"address\":\"192.0.2.1\",\"port\":1.5" TIMES "}\n"), "port is not a number", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"vlan\":[1,2,3,4]" TIMES "}\n"), "vlan", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"vlan\":[65536]" TIMES "}\n"), "vlan", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"vlan\":5" TIMES "}\n"), "vlan", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"tunnel\":4294967296" TIMES "}\n"), "tunnel", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES "}\n"), "no stls", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"perhaps\"}\n"), "stls is not one", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"offered\"}\n"), "no stls_since", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"stls_missing\":1}\n"), "stls_missing", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"stls_missing\":{\"since\":1,\"sessions\":0,"
			"\"client\":\"::1\"}}\n"), "in no session", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"plaintext_accepted\":1}\n"), "neither", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"first_seen\":3,\"last_seen\":2,\"sessions\":3,\"logins\":4,"
			"\"stls\":\"unknown\"}\n"), "after last_seen", 0 },
		{ BYTES(HEAD(1) "{" ENDS ",\"first_seen\":1,\"last_seen\":99999999999999999999,\"sessions\":3,"
			"\"logins\":4,\"stls\":\"unknown\"}\n"), "last_seen is not a number", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"banner\":\"\\u001b[2J\"}\n"), "banner", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"banner\":\"a\\u0000b\"}\n"), "banner", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"banner\":\"\xff\"}\n"), "not a JSON object", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"capabilities\":[\"a\\nb\"]}\n"), "capabilities", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"capabilities\":[null]}\n"), "capabilities", 0 },
		{ BYTES(HEAD(1) "{" ENDS TIMES ",\"stls\":\"unknown\",\"banner\":[[[[[[[]]]]]]]}\n"), "not a JSON object", 0 },
	};
	char err[ERR_SIZE];
	struct servers *s;
	struct place p;
	size_t i;
	FILE *f;

	place_init(&p);
	for (i = 0; i < COUNT(cases); i++) {
		char *text;

		f = fopen(p.file, "w");
		cr_assert(f != NULL && fwrite(cases[i].text.p, 1, cases[i].text.n, f) == cases[i].text.n);
		fclose(f);
		err[0] = '\0';
		s = servers_open(p.file, err);
		cr_expect((s != NULL) == (cases[i].message == NULL), "case %zu: %s", i, err);
		servers_free(s);
		if (cases[i].message != NULL) {
			cr_expect(strstr(err, cases[i].message) != NULL && strncmp(err, p.file, strlen(p.file)) == 0 &&
				  strstr(err, "move it away") != NULL, "case %zu: %s", i, err);
			if (cases[i].text.n > 0) {
				text = content(p.file);
				cr_expect(memcmp(text, cases[i].text.p, cases[i].text.n) == 0, "case %zu: touched", i);
				free(text);
			}
		}
		s = servers_view(p.file, err);
		cr_assert(s != NULL);
		cr_expect(s->n == cases[i].servers, "case %zu: %zu", i, s->n);
		cr_expect((err[0] == '\0') == (cases[i].message == NULL), "case %zu: %s", i, err);
		servers_free(s);
	}
	place_fini(&p);
}

UNIT(servers, long_lines)
{
	char *line = malloc(100001), err[ERR_SIZE];
	struct servers *s;
	struct place p;
	FILE *f;

	place_init(&p);
	memset(line, 'x', 100000);
	line[100000] = '\0';
	f = fopen(p.file, "w");
	fprintf(f, HEAD(3) "%s\n{" ENDS TIMES ",\"stls\":\"unknown\",\"banner\":\"%.129s\"}\n" GOOD, line, line);
	fclose(f);
	s = servers_view(p.file, err);
	cr_assert(s != NULL);
	cr_expect(s->n == 1 && strstr(err, ":2: too long a line; and 1 more") != NULL, "%s", err);
	servers_free(s);
	free(line);
	place_fini(&p);
}

UNIT(servers, no_place)
{
	char err[ERR_SIZE] = "", far[128];
	struct servers *s;
	struct place p;

	place_init(&p);
	snprintf(far, sizeof far, "%s/no/such/file", p.dir);
	cr_expect(servers_open(far, err) == NULL && strstr(err, far) != NULL, "%s", err);
	cr_expect(servers_open(p.dir, err) == NULL && strstr(err, "directory") != NULL, "%s", err);
	cr_expect(servers_view(far, err) == NULL && strstr(err, far) != NULL, "%s", err);
	/* A directory that is only missing itself is made. */
	snprintf(far, sizeof far, "%s/one/file", p.dir);
	s = open_table(far);
	servers_free(s);
	unlink(far);
	*strrchr(far, '/') = '\0';
	cr_expect(rmdir(far) == 0);

	/* One that cannot be saved stays as it was. */
	s = open_table(p.file);
	session(s, 10, STLS_UPGRADED);
	unlink(p.file);
	cr_assert(mkdir(p.file, 0700) == 0);
	cr_expect(servers_save(s) == -1 && s->changed);
	cr_assert(rmdir(p.file) == 0);
	cr_expect(servers_save(s) == 0 && !s->changed);
	servers_free(s);
	place_fini(&p);
	news();
}

/* ---- bounds ---- */

UNIT(servers, evicted)
{
	struct servers *s = open_table(NULL);
	struct event *e;
	unsigned i;

	counter_value[COUNTER_SERVERS_EVICTED] = 0;
	session(s, 10, STLS_UPGRADED);
	for (i = 0; i < SERVERS_MAX; i++) {
		e = begin(EVENT_SESSION, 10);
		e->flow.ip_v = 6;
		memcpy(e->flow.addr[SIDE_SERVER], &i, sizeof i);
		event_set(e, EVENT_BANNER, SPAN("ready"));
		observe(s, e);
		if (i == SERVERS_MAX / 2)
			session(s, 10, STLS_UPGRADED); /* it was seen again */
	}
	cr_expect(s->n == SERVERS_MAX);
	cr_expect(counter_value[COUNTER_SERVERS_EVICTED] == 1);
	cr_expect(session(s, 10, STLS_NOT_OFFERED) == STLS_STRIPPED, "not the longest unseen");
	e = begin(EVENT_SESSION, 10);
	e->flow.ip_v = 6;
	memset(e->flow.addr[SIDE_SERVER], 0, 16);
	observe(s, e); /* the first of them made room, and is back */
	cr_expect(counter_value[COUNTER_SERVERS_EVICTED] == 2);
	servers_free(s);
	news();
}

UNIT(servers, texts_cut)
{
	struct servers *s = open_table(NULL);
	struct event *e = begin(EVENT_SESSION, 10);
	uint8_t bytes[1024];

	memset(bytes, 0xff, sizeof bytes);
	event_set(e, EVENT_BANNER, span_of(bytes, 512));
	event_set(e, EVENT_CAPABILITIES, span_of(bytes, sizeof bytes));
	observe(s, e);
	cr_expect(strlen(s->newest->banner) == BANNER_KEPT);
	cr_expect(strlen(s->newest->capabilities) == CAPABILITIES_KEPT);
	e = begin(EVENT_SESSION, 10);
	memset(bytes, 'x', sizeof bytes);
	event_set(e, EVENT_BANNER, span_of(bytes, 512));
	event_set(e, EVENT_CAPABILITIES, span_of(bytes, sizeof bytes));
	observe(s, e);
	cr_expect(strlen(s->newest->banner) == BANNER_KEPT);
	cr_expect(strlen(s->newest->capabilities) == CAPABILITIES_KEPT);
	servers_free(s);
}

/* ---- for people ---- */

UNIT(servers, printed)
{
	struct servers *s = open_table(NULL);
	char *text = NULL;
	struct event *e;
	size_t n = 0;
	FILE *out;

	e = begin(EVENT_SESSION, 10);
	e->stls = STLS_UPGRADED;
	event_set(e, EVENT_BANNER, SPAN("\x1b]0;owned\x07 \xe2\x80\xae ready\r"));
	observe(s, e);
	e = begin(EVENT_SESSION, 10);
	memset(e->flow.addr, 0, sizeof e->flow.addr);
	e->flow.addr[SIDE_SERVER][15] = 1;
	e->flow.ip_v = 6;
	e->flow.n_vlan = 2;
	e->flow.vlan[0] = 5;
	e->flow.vlan[1] = 7;
	observe(s, e);
	e->kind = EVENT_LOGIN;
	e->outcome = OUTCOME_SUCCESS;
	e->exposure = EXPOSURE_PASSWORD;
	observe(s, e);

	out = open_memstream(&text, &n);
	servers_print(s, out);
	fclose(out);
	cr_expect(strstr(text, "\n[::1]:110 vlan 5.7 ") != NULL);
	cr_expect(strstr(text, "198.51.100.25:110") > strstr(text, "[::1]:110"), "plaintext first");
	cr_expect(strstr(text, "\\x1b]0;owned\\x07 \\xe2\\x80\\xae ready\\x0d\n") != NULL, "%s", text);
	cr_expect(strspn(strchr(text, '\n'), "\n") == 1);
	for (; n > 0; n--)
		cr_expect(text[n - 1] == '\n' || ((unsigned char)text[n - 1] >= 0x20 && text[n - 1] != 0x7f));
	free(text);
	servers_free(s);
	news();
}
