/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dialogues of pop3_dialogues.def, as they stand there and cut up, mangled and holed in every way that
 * must make no difference; then what tables of dialogues can not say: secrets, caps, memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/emit.h"
#include "plainpop/pop3.h"
#include "unit.h"

/* ---- dialogues ---- */

enum { COMMANDS = 1, GAP = 2 }; /* what a message is, besides bytes */

struct message {
	enum side side;
	int kind;
	struct span bytes; /* of a gap only the number counts */
};

enum { MIDSTREAM = 1, EXACT = 2, TRAP = 4, ANY_PORT = 8, TLS_PORT = 16 };

struct dialogue {
	const char *name;
	int flags;
	struct message message[24]; /* up to the first without bytes */
	const char *expected;
};

#define RANDOM "0123456789abcdef0123456789abcdef"
#define CLIENT_HELLO_BYTES "\x16\3\1\0\x2d\1\0\0\x29\3\3" RANDOM "\0\0\2\x13\1\1\0"
#define SERVER_HELLO_BYTES "\x16\3\3\0\x2a\2\0\0\x26\3\3" RANDOM "\0\xc0\x2f\0"

#define C(text) { SIDE_CLIENT, COMMANDS, BYTES(text) }
#define R(text) { SIDE_CLIENT, 0, BYTES(text) }
#define S(text) { SIDE_SERVER, 0, BYTES(text) }
#define GC(size) { SIDE_CLIENT, GAP, { NULL, size } }
#define GS(size) { SIDE_SERVER, GAP, { NULL, size } }
#define TALK(...) { __VA_ARGS__ }
#define DIALOGUE(name, flags, talk, expected) { name, flags, talk, expected },

static const struct dialogue dialogues[] = {
#include "pop3_dialogues.def"
};

/* What is done to a dialogue on its way; zero: nothing. */
struct variant {
	bool bytewise;
	bool bare_lf;
	enum { AS_IS, LOWER, MIXED } letters; /* of command words */
	bool cut;                             /* message number in two pieces, the first of at bytes */
	size_t lost;                          /* bytes lost of message number from at on */
	size_t number, at;
	bool midstream;                       /* begins with message number */
	bool rests;                           /* it is at rest between any two pieces */
};

#define LOGINS 40

/* What came of it. */
struct outcome {
	char text[32768]; /* the events, in the words of pop3_dialogues.def */
	size_t n;
	unsigned sessions;
	struct login {
		bool user_set, secret_set, truncated;
		uint8_t user[512], secret[512]; /* of which the first bytes are kept */
		size_t user_n, secret_n;
		enum event_outcome outcome;
	} login[LOGINS];
	unsigned logins;
	bool other, done;
};

static void put(struct outcome *o, const char *before, struct span s)
{
	char text[PRINTABLE_MAX(1024)];

	span_printable(span_take(s, 1024), text);
	o->n += (size_t)snprintf(o->text + o->n, sizeof o->text - o->n, "%s%s", before, text);
	cr_assert(o->n < sizeof o->text);
}

static void put_number(struct outcome *o, const char *before, uint32_t n)
{
	char text[16];

	snprintf(text, sizeof text, "%u", n);
	put(o, before, span_str(text));
}

static void put_text(struct outcome *o, const char *before, const struct event *e, enum event_text t)
{
	if (event_has(e, t))
		put(o, before, event_get(e, t));
}

static void put_flag(struct outcome *o, const char *name, bool set)
{
	if (set)
		put(o, " ", span_str(name));
}

static void put_login(struct outcome *o, const struct event *e)
{
	put(o, "", SPAN("login"));
	put_text(o, " ", e, EVENT_MECHANISM);
	put_text(o, " user=", e, EVENT_USER);
	put_text(o, " domain=", e, EVENT_DOMAIN);
	put_text(o, " authzid=", e, EVENT_AUTHZID);
	put_text(o, " secret=", e, EVENT_PASSWORD);
	put(o, " ", span_str(event_outcome_name(e->outcome)));
	put(o, " ", span_str(event_stls_name(e->stls) != NULL ? event_stls_name(e->stls) : "-"));
	if (e->exposure != EXPOSURE_PASSWORD)
		put(o, " ", span_str(event_exposure_name(e->exposure)));
	put_text(o, " reason=", e, EVENT_FAILURE_REASON);
	put_flag(o, "valid", e->credential == CREDENTIAL_VALID);
	put_flag(o, "invalid", e->credential == CREDENTIAL_INVALID);
	put_flag(o, "undecodable", e->undecodable);
	put_flag(o, "truncated", e->capture.truncated);
	put_text(o, " | ", e, EVENT_COMMAND);
	if (event_get(e, EVENT_ARGS).n > 0 || span_is(event_get(e, EVENT_COMMAND), "PASS"))
		put_text(o, " ", e, EVENT_ARGS);
	if (e->response_set)
		put_text(o, e->response_ok ? " | +" : " | -", e, EVENT_RESPONSE);
	if (event_has(e, EVENT_HASH)) {
		put_number(o, " | hashcat -m ", e->hash_mode);
		put_text(o, " ", e, EVENT_HASH);
	}
	put(o, "\n", SPAN(""));
	/* What holds for all of them. */
	cr_expect(e->outcome == OUTCOME_SUCCESS || e->outcome == OUTCOME_FAILURE || !e->response_set, "%s", o->text);
	cr_expect(!e->response_set || e->response_ok == (e->outcome == OUTCOME_SUCCESS), "%s", o->text);
}

static void put_session(struct outcome *o, const struct event *e)
{
	o->sessions++;
	put(o, "session ", span_str(event_outcome_name(e->outcome)));
	put(o, " ", span_str(event_stls_name(e->stls) != NULL ? event_stls_name(e->stls) : "-"));
	put_number(o, " commands=", e->commands);
	put_number(o, " logins=", e->logins);
	put_number(o, " messages=", e->messages);
	put_flag(o, "truncated", e->capture.truncated);
	put_text(o, " banner=", e, EVENT_BANNER);
	put_text(o, " capa=", e, EVENT_CAPABILITIES);
	put_text(o, " later=", e, EVENT_CAPABILITIES_AFTER);
	put_text(o, " refused=", e, EVENT_MECHANISMS_REFUSED);
	if (e->users_only > 0)
		put_number(o, " users_only=", e->users_only);
	put_text(o, " tls=", e, EVENT_TLS_VERSION);
	put_text(o, " cipher=", e, EVENT_TLS_CIPHER);
	put_text(o, " sni=", e, EVENT_TLS_SNI);
	put_text(o, " alpn=", e, EVENT_TLS_ALPN);
	put_text(o, " alert=", e, EVENT_TLS_ALERT);
	put(o, "\n", SPAN(""));
	cr_expect(e->end_reason == END_FIN && e->logins == o->logins, "%s", o->text);
}

static size_t keep(uint8_t out[512], struct span s)
{
	s = span_take(s, 512);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	return s.n;
}

static void keep_login(struct outcome *o, const struct event *e)
{
	struct login *l = &o->login[o->logins++];

	cr_assert(o->logins <= LOGINS);
	l->user_set = event_has(e, EVENT_USER);
	l->secret_set = event_has(e, EVENT_PASSWORD);
	l->truncated = e->capture.truncated;
	l->outcome = e->outcome;
	l->user_n = keep(l->user, event_get(e, EVENT_USER));
	l->secret_n = keep(l->secret, event_get(e, EVENT_PASSWORD));
}

/* ---- how a dialogue is held ---- */

struct talk {
	struct pop3 *p;
	struct outcome *out;
	/* Looks at each event; NULL: nobody does. */
	void (*look)(const struct event *e);
	bool rests; /* whenever nothing is said */
};

static void wake(struct talk *t)
{
	t->p = pop3_wake(t->p);
	cr_assert(t->p != NULL);
}

static void drain(struct talk *t)
{
	static struct event e;

	while (pop3_next(t->p, &e)) {
		if (t->look != NULL)
			t->look(&e);
		switch (e.kind) {
		case EVENT_LOGIN:
			keep_login(t->out, &e);
			put_login(t->out, &e);
			break;
		case EVENT_SESSION:
			put_session(t->out, &e);
			break;
		case EVENT_ANOMALY:
			put(t->out, "anomaly ", span_str(event_anomaly_name(e.anomaly)));
			put_text(t->out, " tls=", &e, EVENT_TLS_VERSION);
			put_text(t->out, " sni=", &e, EVENT_TLS_SNI);
			put(t->out, "\n", SPAN(""));
			break;
		case EVENT_SERVER:
		case EVENT_CLIENT_LINE:
		case EVENT_SERVER_LINE:
		case EVENT_PACKET:
		case EVENT_KIND_MAX:
			cr_assert(false);
		}
		event_wipe(&e);
	}
	if (t->rests)
		t->p = pop3_rest(t->p);
}

/* The bytes are gone afterwards, so that the sanitizer sees who still looks at them. */
static void push(struct talk *t, enum side side, struct span bytes)
{
	uint8_t *copy;

	if (bytes.n == 0)
		return;
	copy = malloc(bytes.n);
	cr_assert(copy != NULL);
	memcpy(copy, bytes.p, bytes.n);
	wake(t);
	pop3_push(t->p, side, span_of(copy, bytes.n));
	drain(t);
	free(copy);
}

static void gap(struct talk *t, enum side side, size_t n)
{
	wake(t);
	pop3_gap(t->p, side, n);
	drain(t);
}

static uint8_t letter(uint8_t c, const struct variant *v, size_t i)
{
	bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

	return is_letter && (v->letters == LOWER || i % 2 == 0) ? c ^ 0x20 : c;
}

/* The command words of each line in other letters, and the mechanism's behind AUTH. */
static void change_letters(uint8_t *p, size_t n, const struct variant *v)
{
	size_t i = 0;

	while (i < n) {
		size_t start, words = 1;

		while (i < n && (p[i] == ' ' || p[i] == '\t'))
			i++;
		start = i;
		if (span_starts(span_of(p + i, n - i), "AUTH "))
			words = 2;
		for (; i < n && words > 0; i++) {
			if (p[i] == ' ' || p[i] == '\t')
				words--;
			if (p[i] == '\n')
				break;
			p[i] = letter(p[i], v, i - start);
		}
		while (i < n && p[i] != '\n')
			i++;
		i++;
	}
}

static void say(struct talk *t, const struct message *m, const struct variant *v, bool concerned)
{
	uint8_t bytes[1024];
	size_t i, n = 0;

	cr_assert(m->bytes.n <= sizeof bytes);
	for (i = 0; i < m->bytes.n; i++)
		if (!(v->bare_lf && m->bytes.p[i] == '\r' && i + 1 < m->bytes.n && m->bytes.p[i + 1] == '\n'))
			bytes[n++] = m->bytes.p[i];
	if (v->letters != AS_IS && m->kind == COMMANDS)
		change_letters(bytes, n, v);
	if (v->bytewise) {
		for (i = 0; i < n; i++)
			push(t, m->side, span_of(bytes + i, 1));
	} else if (concerned && (v->cut || v->lost > 0)) {
		size_t lost = v->lost < n - v->at ? v->lost : n - v->at;

		push(t, m->side, span_of(bytes, v->at));
		if (lost > 0)
			gap(t, m->side, lost);
		push(t, m->side, span_of(bytes + v->at + lost, n - v->at - lost));
	} else {
		push(t, m->side, span_of(bytes, n));
	}
}

static size_t messages(const struct dialogue *d)
{
	size_t n = 0;

	while (n < COUNT(d->message) && d->message[n].bytes.n > 0)
		n++;
	return n;
}

/* Holds the whole dialogue. */
static void hold(const struct dialogue *d, const struct variant *v, const struct pop3_config *config,
		 struct outcome *out, void (*look)(const struct event *e))
{
	unsigned flags = (v->midstream || (d->flags & MIDSTREAM) != 0 ? POP3_MIDSTREAM : 0) |
			 ((d->flags & ANY_PORT) != 0 ? POP3_ANY_PORT : 0) | ((d->flags & TLS_PORT) != 0 ? POP3_TLS_PORT : 0);
	struct talk t = { .p = pop3_new(config, flags, NULL), .out = out, .look = look, .rests = v->rests };
	size_t i, n = messages(d);

	cr_assert(t.p != NULL);
	out->n = out->logins = out->sessions = 0;
	out->text[0] = '\0';
	for (i = v->midstream ? v->number : 0; i < n; i++) {
		const struct message *m = &d->message[i];

		if (m->kind == GAP)
			gap(&t, m->side, m->bytes.n);
		else
			say(&t, m, v, i == v->number);
		if (pop3_done(t.p)) {
			wake(&t);
			cr_expect(!pop3_next(t.p, NULL), "%s: nothing more can come of it", d->name);
		}
	}
	wake(&t);
	pop3_end(t.p, END_FIN);
	drain(&t);
	out->other = pop3_is_other(t.p);
	out->done = pop3_done(t.p);
	cr_expect(!out->other || out->done, "%s: other and not done", d->name);
	cr_expect(out->sessions <= 1, "%s: a session is told once", d->name);
	if (out->other)
		put(out, "other\n", SPAN(""));
	pop3_free(t.p);
}

static const struct pop3_config show = { .secrets = POP3_SECRETS_SHOW };
static const struct variant as_is;

static struct outcome got, want;

UNIT(pop3, dialogues)
{
	size_t i;

	for (i = 0; i < COUNT(dialogues); i++) {
		const struct dialogue *d = &dialogues[i];
		bool nothing = strcmp(d->expected, "nothing") == 0, other = strstr(d->expected, "other\n") != NULL;
		char *session;

		hold(d, &as_is, &show, &got, NULL);
		session = strstr(got.text, "session ");
		if (session != NULL && !nothing && strstr(d->expected, "session ") == NULL)
			*session = '\0';
		cr_expect_str_eq(got.text, nothing ? "" : d->expected, "%s:\n%s", d->name, got.text);
		cr_expect(nothing || other || got.sessions == 1, "%s: a session has its event", d->name);
		cr_expect(got.done || !other, "%s: done", d->name);
	}
}

/* And none of it makes a difference when it rests meanwhile. */
static void expect_same(const struct dialogue *d, const struct variant *v, const char *what)
{
	struct variant rests = *v;

	hold(d, v, &show, &got, NULL);
	cr_expect_str_eq(got.text, want.text, "%s, %s (message %zu at %zu):\n%s", d->name, what, v->number, v->at,
			 got.text);
	rests.rests = true;
	hold(d, &rests, &show, &got, NULL);
	cr_expect_str_eq(got.text, want.text, "%s, %s (message %zu at %zu), at rest in between:\n%s", d->name, what, v->number,
			 v->at, got.text);
}

/* However the bytes are cut into segments, lines end and words are written, the events are the same. */
UNIT(pop3, variants)
{
	size_t i;

	for (i = 0; i < COUNT(dialogues); i++) {
		const struct dialogue *d = &dialogues[i];
		struct variant v = { .cut = true };

		hold(d, &as_is, &show, &want, NULL);
		expect_same(d, &as_is, "as it is");
		for (v.number = 0; v.number < messages(d); v.number++)
			for (v.at = 1; d->message[v.number].kind != GAP && v.at < d->message[v.number].bytes.n; v.at++)
				expect_same(d, &v, "cut");
		expect_same(d, &(struct variant){ .bytewise = true }, "a byte a segment");
		expect_same(d, &(struct variant){ .letters = LOWER }, "lower case");
		expect_same(d, &(struct variant){ .letters = MIXED }, "mixed case");
		if ((d->flags & EXACT) != 0)
			continue;
		expect_same(d, &(struct variant){ .bare_lf = true }, "bare LF");
		expect_same(d, &(struct variant){ .bare_lf = true, .bytewise = true }, "bare LF, a byte a segment");
	}
}

/* True when all that the client says could be said at once: commands, none of which changes what the others mean. */
static bool can_be_pipelined(const struct dialogue *d)
{
	static const char *const not_these[] = { "CAPA", "STLS", "XTND", "stls" };
	size_t i, k;

	if ((d->flags & ~EXACT) != 0 || d->message[0].side != SIDE_SERVER)
		return false;
	for (i = 0; i < messages(d); i++) {
		const struct message *m = &d->message[i];

		if (m->kind == GAP || (m->side == SIDE_CLIENT && m->kind != COMMANDS))
			return false;
		for (k = 0; k < COUNT(not_these); k++)
			if (holds(m->bytes, span_str(not_these[k])))
				return false;
	}
	return true;
}

static void append(struct message *m, uint8_t *room, struct span bytes)
{
	memcpy(room + m->bytes.n, bytes.p, bytes.n);
	m->bytes = span_of(room, m->bytes.n + bytes.n);
}

/* The greeting, then all commands in one push, then all answers in one (RFC 2449 section 6.6). */
UNIT(pop3, pipelined)
{
	static uint8_t commands[4096], answers[4096];
	unsigned tried = 0;
	size_t i, k;

	for (i = 0; i < COUNT(dialogues); i++) {
		const struct dialogue *d = &dialogues[i];
		struct dialogue one = { .name = d->name, .message = { d->message[0], { SIDE_CLIENT, COMMANDS, BYTES("") },
								      { SIDE_SERVER, 0, BYTES("") } } };

		if (!can_be_pipelined(d))
			continue;
		for (k = 1; k < messages(d); k++)
			if (d->message[k].side == SIDE_CLIENT)
				append(&one.message[1], commands, d->message[k].bytes);
			else
				append(&one.message[2], answers, d->message[k].bytes);
		hold(d, &as_is, &show, &want, NULL);
		expect_same(&one, &as_is, "pipelined");
		tried++;
	}
	cr_expect(tried > 50, "%u", tried);
}

static bool part_of(const struct login *l, const struct login *whole)
{
	struct span secret = span_of(l->secret, l->secret_n), all = span_of(whole->secret, whole->secret_n);

	if (l->user_set && !span_eq(span_of(l->user, l->user_n), span_of(whole->user, whole->user_n)))
		return false;
	if (l->secret_set && !span_eq(secret, l->truncated ? span_take(all, secret.n) : all))
		return false;
	return l->outcome == OUTCOME_UNKNOWN || l->outcome == whole->outcome;
}

/*
 * A login seen through holes may be known in part, but must not be made up of two: some login of the whole
 * dialogue has the same name if there is one, the same secret or more of it, and the outcome unless unknown.
 */
static bool part_of_truth(const struct dialogue *d, const struct variant *v)
{
	static struct outcome rested;
	struct variant rests = *v;
	unsigned i, j;

	rests.rests = true;
	hold(d, &rests, &show, &rested, NULL);
	hold(d, v, &show, &got, NULL);
	cr_expect_str_eq(rested.text, got.text, "%s, at rest in between", d->name);
	for (i = 0; i < got.logins; i++) {
		/* Without what shows that it is no POP3, it may be. */
		bool true_one = want.other && got.login[i].outcome == OUTCOME_UNKNOWN;

		for (j = 0; j < want.logins && !true_one; j++)
			true_one = part_of(&got.login[i], &want.login[j]);
		if (!true_one)
			return false;
	}
	return true;
}

/* Cuts a hole into a message, in every place, until something is wrong. */
static void make_holes(const struct dialogue *d, size_t number)
{
	static const size_t lengths[] = { 1, 2, 7, 20, 1000 };
	struct variant v = { .number = number };
	size_t k;

	for (v.at = 0; v.at < d->message[number].bytes.n; v.at++)
		for (k = 0; k < COUNT(lengths); k++) {
			v.lost = lengths[k];
			if (part_of_truth(d, &v))
				continue;
			cr_expect(false, "%s, %zu bytes lost of message %zu at %zu:\n%s", d->name, v.lost, number, v.at,
				  got.text);
			return;
		}
}

UNIT(pop3, holes)
{
	size_t i, k;

	for (i = 0; i < COUNT(dialogues); i++) {
		if ((dialogues[i].flags & TRAP) != 0)
			continue;
		hold(&dialogues[i], &as_is, &show, &want, NULL);
		for (k = 0; k < messages(&dialogues[i]); k++)
			if (dialogues[i].message[k].kind != GAP)
				make_holes(&dialogues[i], k);
	}
}

UNIT(pop3, midstream)
{
	size_t i;

	for (i = 0; i < COUNT(dialogues); i++) {
		struct variant v = { .midstream = true };

		if ((dialogues[i].flags & TRAP) != 0)
			continue;
		hold(&dialogues[i], &as_is, &show, &want, NULL);
		for (v.number = 1; v.number < messages(&dialogues[i]); v.number++)
			cr_expect(part_of_truth(&dialogues[i], &v), "%s, begun with message %zu:\n%s", dialogues[i].name,
				  v.number, got.text);
	}
}

/* ---- secrets ---- */

static const struct pop3_config redact = { .secrets = POP3_SECRETS_REDACT };

/* Pieces of every secret in the dialogues that is long enough, and of its base64. */
static void look_for_secrets(const struct event *e)
{
	static const char *const pieces[] = { "Rabbit", "Hole", "Looking-", "AGFsaW", "UmFiYm", "Glass" };
	size_t i;

	for (i = 0; i < COUNT(pieces); i++)
		cr_expect(!holds(span_of(e, sizeof *e), span_str(pieces[i])), "%s", pieces[i]);
	cr_expect(!event_has(e, EVENT_PASSWORD));
	if (e->kind == EVENT_LOGIN && span_is(event_get(e, EVENT_MECHANISM), "USER/PASS"))
		cr_expect(e->secret_seen ? span_eq(event_get(e, EVENT_ARGS), SPAN("[redacted]"))
					 : e->capture.truncated && event_get(e, EVENT_ARGS).n == 0);
}

static void fingerprint(void *ctx, struct span secret, uint8_t out[EVENT_SECRET_ID])
{
	size_t i;

	*(unsigned *)ctx += 1;
	/* Something that tells secrets apart and looks like none. */
	for (i = 0; i < EVENT_SECRET_ID; i++)
		out[i] = (uint8_t)(secret.n * 16 + i);
}

static void look_for_fingerprint(const struct event *e)
{
	look_for_secrets(e);
	/* None of a part. */
	cr_expect(e->secret_id_set == e->secret_seen || (!e->secret_id_set && e->capture.truncated));
	if (e->secret_id_set)
		cr_expect(e->secret_id[1] == (uint8_t)(e->secret_id[0] + 1));
}

/* With or without fingerprints the events are the same, but for the secret, and that is nowhere. */
UNIT(pop3, redacted)
{
	unsigned made = 0, logins = 0;
	const struct pop3_config prints = { .secrets = POP3_SECRETS_FINGERPRINT, .fingerprint = fingerprint, .ctx = &made };
	size_t i;
	unsigned j;

	for (i = 0; i < COUNT(dialogues); i++) {
		hold(&dialogues[i], &as_is, &show, &want, NULL);
		hold(&dialogues[i], &as_is, &redact, &got, look_for_secrets);
		cr_expect(got.logins == want.logins && got.sessions == want.sessions, "%s", dialogues[i].name);
		for (j = 0; j < got.logins; j++)
			cr_expect(got.login[j].outcome == want.login[j].outcome &&
				  span_eq(span_of(got.login[j].user, got.login[j].user_n),
					  span_of(want.login[j].user, want.login[j].user_n)), "%s", dialogues[i].name);
		made = 0;
		hold(&dialogues[i], &as_is, &prints, &got, look_for_fingerprint);
		logins += got.logins;
		cr_expect(got.sessions == 0 || made <= got.logins, "%s: one for each", dialogues[i].name);
	}
	cr_expect(logins > 0);
}

/* ---- dialogues made up as they go ---- */

/* What an event said, kept by look_at(). */
static struct event last_login, last_session;

static void look_at(const struct event *e)
{
	if (e->kind != EVENT_ANOMALY)
		memcpy(e->kind == EVENT_LOGIN ? &last_login : &last_session, e, sizeof *e);
}

static struct talk begin_with(const struct pop3_config *config, const char *greeting)
{
	struct talk t = { .p = pop3_new(config, false, NULL), .out = &got, .look = look_at };

	cr_assert(t.p != NULL);
	memset(&got, 0, sizeof got);
	event_init(&last_login, EVENT_LOGIN);
	event_init(&last_session, EVENT_SESSION);
	push(&t, SIDE_SERVER, span_str(greeting));
	return t;
}

static struct talk begin(const struct pop3_config *config)
{
	return begin_with(config, "+OK POP3 ready\r\n");
}

static void end(struct talk *t)
{
	pop3_end(t->p, END_FIN);
	drain(t);
	pop3_free(t->p);
	cr_expect(pop3_held() == 0, "%zu bytes are left", pop3_held());
}

/* n different bytes, as good as random, of which none ends a line or a word. */
static struct span noise(size_t n)
{
	static uint8_t bytes[40000];
	uint32_t x = 1;
	size_t i;

	cr_assert(n <= sizeof bytes);
	for (i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)('a' + (x >> 24) % 26);
	}
	return span_of(bytes, n);
}

/* before, middle and after in one push. */
static void push_line(struct talk *t, enum side side, const char *before, struct span middle, const char *after)
{
	static uint8_t line[50000];
	size_t n = strlen(before), m = strlen(after);

	cr_assert(n + middle.n + m <= sizeof line);
	memcpy(line, before, n);
	if (middle.n > 0)
		memcpy(line + n, middle.p, middle.n);
	memcpy(line + n + middle.n, after, m);
	push(t, side, span_of(line, n + middle.n + m));
}

static void bob(struct talk *t)
{
	push(t, SIDE_CLIENT, SPAN("USER bob\r\n"));
	push(t, SIDE_SERVER, SPAN("+OK\r\n"));
	push(t, SIDE_CLIENT, SPAN("PASS Looking-Glass-1\r\n"));
	push(t, SIDE_SERVER, SPAN("+OK Logged in.\r\n"));
	cr_expect(span_eq(event_get(&last_login, EVENT_USER), SPAN("bob")) &&
		  last_login.outcome == OUTCOME_SUCCESS, "whatever came before, this one is read right:\n%s", got.text);
}

/* Servers repeat what they did not like. */
UNIT(pop3, echo)
{
	static const struct {
		const char *before, *between, *after; /* NULL: once is enough */
		size_t cut;                           /* bytes that the server leaves off at the end */
	} answers[] = {
		{ "-ERR ", NULL, "\r\n", 0 },
		{ "-ERR wrong password \"", NULL, "\" for alice\r\n", 0 },
		{ "-ERR ", "", "\r\n", 0 },
		{ "-ERR ", " is not ", "\r\n", 0 },
		{ "+OK you said ", NULL, " and I believe it\r\n", 0 },
		{ "-ERR no such command: ", NULL, "\r\n", 20 },
	};
	static const size_t lengths[] = { 8, 30, 200, 480, 600, 990, 1019, 1100, 2000, 12000, 16379, 20000 };
	size_t a, k, i;

	for (a = 0; a < COUNT(answers); a++)
		for (k = 0; k < COUNT(lengths); k++) {
			struct span secret = noise(lengths[k]), said = secret, pool;
			struct talk t = begin(&redact);
			char copy[40100];

			said.n = secret.n > answers[a].cut ? secret.n - answers[a].cut : 0;
			push(&t, SIDE_CLIENT, SPAN("USER alice\r\n"));
			push(&t, SIDE_SERVER, SPAN("+OK\r\n"));
			push_line(&t, SIDE_CLIENT, "PASS ", secret, "\r\n");
			snprintf(copy, sizeof copy, "%s%.*s%s", answers[a].before,
				 answers[a].between != NULL ? (int)said.n : 0, (const char *)said.p,
				 answers[a].between != NULL ? answers[a].between : "");
			push_line(&t, SIDE_SERVER, copy, said, answers[a].after);
			pool = span_of(last_login.pool, last_login.pool_used);
			for (i = 0; i + 8 <= secret.n; i++)
				if (holds(pool, span_of(secret.p + i, 8)))
					break;
			cr_expect(i + 8 > secret.n, "answer %zu, %zu bytes: those from %zu on are told", a, lengths[k], i);
			end(&t);
		}
}

/* ---- caps ---- */

/* A line up to the cap is whole; a longer one is cut, said to be so, and the next is read right. */
UNIT(pop3, long_lines)
{
	static const size_t lengths[] = { 255, 512, POP3_LINE_MAX - 1, POP3_LINE_MAX, POP3_LINE_MAX + 1, 20000 };
	static const size_t pieces[] = { SIZE_MAX, 1460, 1 };
	static const char *const ends[] = { "\r\n", "\n" };
	size_t k, p, e;

	for (k = 0; k < COUNT(lengths); k++)
		for (p = 0; p < COUNT(pieces); p++)
			for (e = 0; e < COUNT(ends); e++) {
				struct span secret = noise(lengths[k] - strlen("PASS ")), rest = secret;
				struct talk t = begin(&show);

				push(&t, SIDE_CLIENT, SPAN("USER alice\r\nPASS "));
				for (; rest.n > 0; rest = span_skip(rest, pieces[p]))
					if (rest.n > pieces[p])
						push(&t, SIDE_CLIENT, span_take(rest, pieces[p]));
					else
						push_line(&t, SIDE_CLIENT, "", rest, ends[e]);
				push(&t, SIDE_SERVER, SPAN("+OK\r\n-ERR No\r\n"));
				cr_expect(last_login.capture.truncated == (lengths[k] > POP3_LINE_MAX), "%zu bytes",
					  lengths[k]);
				cr_expect(span_eq(event_get(&last_login, EVENT_PASSWORD),
						  span_take(secret, POP3_LINE_MAX - strlen("PASS "))),
					  "%zu bytes, by %zu", lengths[k], pieces[p]);
				bob(&t);
				cr_expect(pop3_held() < 1536, "the line is given back");
				end(&t);
			}
}

/* RFC 5034 section 4 asks for 12288 octets of a response. */
UNIT(pop3, long_response)
{
	static char digits[12289];
	struct talk t = begin(&show);

	memset(digits, 'A', sizeof digits - 1);
	memcpy(digits, "AGFsaWNlAHNl", 12); /* NUL alice NUL se */
	push(&t, SIDE_CLIENT, SPAN("AUTH PLAIN\r\n"));
	push(&t, SIDE_SERVER, SPAN("+ \r\n"));
	push_line(&t, SIDE_CLIENT, "", span_str(digits), "\r\n");
	push(&t, SIDE_SERVER, SPAN("-ERR No\r\n"));
	cr_expect(span_eq(event_get(&last_login, EVENT_USER), SPAN("alice")));
	cr_expect(event_get(&last_login, EVENT_PASSWORD).n == 12288 / 4 * 3 - 7);
	cr_expect(!last_login.capture.truncated && !last_login.undecodable);
	bob(&t);
	end(&t);
}

/* What is longer than its text's cap is cut and said to be so. */
UNIT(pop3, long_texts)
{
	static const struct {
		enum side side;
		const char *before;
		size_t n;
		enum event_text text;
		size_t kept;
		bool truncated;
	} cases[] = {
		{ SIDE_CLIENT, "USER ", 512, EVENT_USER, 512, false },
		{ SIDE_CLIENT, "USER ", 513, EVENT_USER, 512, true },
		{ SIDE_SERVER, "-ERR ", 512, EVENT_RESPONSE, 512, false },
		{ SIDE_SERVER, "-ERR ", 513, EVENT_RESPONSE, 512, true },
		{ SIDE_SERVER, "-ERR ", 2000, EVENT_RESPONSE, 512, true },
		{ SIDE_SERVER, "-ERR ", 20000, EVENT_RESPONSE, 512, true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct talk t = begin(&show);
		bool user = cases[i].side == SIDE_CLIENT;

		push_line(&t, SIDE_CLIENT, "USER ", noise(user ? cases[i].n : 1), "\r\n");
		push(&t, SIDE_CLIENT, SPAN("PASS x\r\n"));
		push_line(&t, SIDE_SERVER, "+OK\r\n-ERR ", noise(user ? 1 : cases[i].n), "\r\n");
		cr_expect(span_eq(event_get(&last_login, cases[i].text), noise(cases[i].kept)), "case %zu", i);
		cr_expect(last_login.capture.truncated == cases[i].truncated, "case %zu", i);
		bob(&t);
		end(&t);
	}
}

UNIT(pop3, long_greeting)
{
	struct talk t = begin_with(&show, "+OK ");

	push_line(&t, SIDE_SERVER, "", noise(600), "\r\n");
	end(&t);
	cr_expect(span_eq(event_get(&last_session, EVENT_BANNER), noise(512)));
	cr_expect(last_session.capture.truncated, "the greeting was cut");
}

UNIT(pop3, many_capabilities)
{
	struct talk t = begin(&show);
	int i;

	push(&t, SIDE_CLIENT, SPAN("CAPA\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK\r\n"));
	for (i = 0; i < 100; i++)
		push_line(&t, SIDE_SERVER, "X-", noise(40), "\r\n");
	push(&t, SIDE_SERVER, SPAN("STLS\r\n.\r\n"));
	bob(&t);
	cr_expect(last_login.stls == STLS_OFFERED_UNUSED, "it counts however far down it stands");
	end(&t);
	cr_expect(event_get(&last_session, EVENT_CAPABILITIES).n <= 1024 && last_session.capture.truncated);
}

static void repeat(struct talk *t, enum side side, const char *line, unsigned n)
{
	while (n-- > 0)
		push(t, side, span_str(line));
}

/* Beyond the cap answers are counted off, and what comes behind them is kept apart again. */
UNIT(pop3, pipeline)
{
	static const unsigned noops[] = { POP3_PENDING_MAX - 2, POP3_PENDING_MAX - 1, POP3_PENDING_MAX,
					  POP3_PENDING_MAX + 1, 1000 };
	static const struct {
		const char *attempt;
		unsigned commands;
	} attempts[] = {
		{ "USER alice\r\nPASS Rabbit-Hole-7\r\n", 2 },
		{ "AUTH PLAIN AGFsaWNlAFJhYmJpdC1Ib2xlLTc=\r\n", 1 },
	};
	size_t i, a;

	for (i = 0; i < COUNT(noops); i++)
		for (a = 0; a < COUNT(attempts); a++) {
			struct talk t = begin(&show);
			bool fits = noops[i] + attempts[a].commands <= POP3_PENDING_MAX;

			repeat(&t, SIDE_CLIENT, "NOOP\r\n", noops[i]);
			push(&t, SIDE_CLIENT, span_str(attempts[a].attempt));
			repeat(&t, SIDE_SERVER, "+OK\r\n", noops[i] + attempts[a].commands - 1);
			push(&t, SIDE_SERVER, SPAN("-ERR No\r\n"));
			bob(&t);
			end(&t);
			cr_expect(got.logins == 2, "%u, then %s: never silence", noops[i], attempts[a].attempt);
			cr_expect(got.login[0].outcome == (fits ? OUTCOME_FAILURE : OUTCOME_UNKNOWN), "%u, then %s",
				  noops[i], attempts[a].attempt);
			cr_expect(last_session.commands == noops[i] + attempts[a].commands + 2);
			cr_expect(fits || last_session.capture.truncated);
		}
}

/* ---- memory ---- */

UNIT(pop3, memory)
{
	struct talk t = begin(&redact);
	size_t before;
	int i;

	bob(&t);
	cr_expect(pop3_held() < 1536, "an idle session holds %zu bytes", pop3_held());
	t.p = pop3_rest(t.p);
	cr_expect(pop3_held() <= 96 + 2 * 32, "a session at rest holds %zu bytes", pop3_held());
	wake(&t);
	before = pop3_held();
	push_line(&t, SIDE_CLIENT, "NOOP ", noise(10000), "");
	cr_expect(pop3_held() >= before + 10000, "a line that has begun");
	push(&t, SIDE_CLIENT, SPAN("\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK\r\n"));
	cr_expect(pop3_held() == before, "%zu bytes", pop3_held());
	/* A client that sends passwords and a server that keeps quiet. */
	for (i = 0; i < 10; i++)
		push_line(&t, SIDE_CLIENT, "PASS ", noise(10000), "\r\n");
	/* Of each so much is kept as an answer could repeat. */
	cr_expect(pop3_held() >= 10 * 512 && pop3_held() < 10 * 4096,
		  "ten secrets of 10000 bytes, and %zu bytes are told", pop3_held());
	end(&t);
}

/* ---- more of the protocol ---- */

/* retr_bytes counts the messages, not the dot behind them. */
UNIT(pop3, retrieved)
{
	struct talk t = begin(&show);

	push(&t, SIDE_CLIENT, SPAN("RETR 1\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK 7 octets\r\nhello\r\n.\r\n"));
	push(&t, SIDE_CLIENT, SPAN("RETR 2\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK\r\n\r\n.\r\n"));
	end(&t);
	cr_expect(last_session.messages == 2);
	cr_expect(last_session.retr_bytes == 7 + 2, "%llu", (unsigned long long)last_session.retr_bytes);
}

/* Whoever has the mailbox counted was let in, whatever became of the answer to PASS. */
UNIT(pop3, settled_later)
{
	struct talk t = begin(&show);

	push(&t, SIDE_CLIENT, SPAN("USER alice\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK\r\n"));
	push(&t, SIDE_CLIENT, SPAN("PASS x\r\n"));
	gap(&t, SIDE_SERVER, 18);
	push(&t, SIDE_CLIENT, SPAN("STAT\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK 2 320\r\n"));
	end(&t);
	cr_expect(got.logins == 1 && got.login[0].outcome == OUTCOME_SUCCESS, "%s", got.text);
}

/* After login STLS is not offered any more, and that means nothing (RFC 2595 section 4). */
UNIT(pop3, capa_after_login)
{
	struct talk t = begin(&show);

	bob(&t);
	push(&t, SIDE_CLIENT, SPAN("CAPA\r\n"));
	push(&t, SIDE_SERVER, SPAN("+OK\r\nUSER\r\n.\r\n"));
	end(&t);
	cr_expect(last_session.stls != STLS_NOT_OFFERED, "%s", got.text);
}

/* CVE-2011-0411 and its kin: what stands behind STLS, or its +OK, was written before TLS began. */
UNIT(pop3, stls_injection)
{
	static const struct {
		struct span client, server;
	} cases[] = {
		{ BYTES("STLS\r\nUSER mallory\r\nPASS x\r\n"), BYTES("+OK Begin TLS\r\n") },
		{ BYTES("STLS\r\nNOOP\r\n"), BYTES("+OK Begin TLS\r\n") },
		{ BYTES("STLS\r\n"), BYTES("+OK Begin TLS\r\n+OK injected\r\n") },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct talk t = begin(&show);

		push(&t, SIDE_CLIENT, cases[i].client);
		push(&t, SIDE_SERVER, cases[i].server);
		push(&t, SIDE_CLIENT, SPAN(CLIENT_HELLO_BYTES));
		push(&t, SIDE_SERVER, SPAN(SERVER_HELLO_BYTES));
		end(&t);
		cr_expect(last_session.stls == STLS_INJECTED, "case %zu:\n%s", i, got.text);
	}
}

/* Nothing but survival is asked for. */
UNIT(pop3, gaps)
{
	static const uint64_t sizes[] = { 1, 255, 256, UINT32_MAX, UINT64_MAX };
	size_t i, k;

	for (i = 0; i < COUNT(sizes); i++) {
		struct talk t = begin(&show);

		for (k = 0; k < 100; k++) {
			pop3_gap(t.p, k % 3 == 0 ? SIDE_SERVER : SIDE_CLIENT, sizes[i]);
			if (k % 7 == 0)
				push(&t, SIDE_CLIENT, SPAN("AUTH LOGIN\r\nPASS"));
			drain(&t);
		}
		end(&t);
	}
}
