/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dissector, with both directions interleaved. Input: a digit, then text that can be read and edited:
 *
 *   digit   0 redact, 1 fingerprint, 2 show (modulo 4; 3 is 0); 4 more: midstream; or a letter, of
 *           which 8 says: on any port, and 16: on the port for TLS
 *   `C `S   what follows the client, the server sends (at first: the server)
 *   `|      the next segment begins
 *   `c `s   and a byte n: n + 1 bytes of client, server are missing; from 128 on, 1000 * (n - 127)
 *   `*      and bytes n, c: c comes 64 * (n + 1) times
 *   ``      a backtick
 *
 * Each input is run as it is, then a byte at a time, at rest in between, which must not make any difference; where secrets
 * are shown, then once more with secrets redacted, which must leave nothing of them.
 */
#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "plainpop/pop3.h"

#define MAX_BYTES 49152
#define MAX_RECORDS 1024
#define MAX_EVENTS 128 /* compared; there may be more */

struct record {
	enum side side;
	uint64_t gap;      /* bytes that are missing; 0: bytes */
	struct span bytes;
};

static struct {
	enum pop3_secrets secrets;
	unsigned flags;
	struct record record[MAX_RECORDS];
	size_t n;
	uint8_t bytes[MAX_BYTES];
} script;

/* What a run told. */
static struct run {
	size_t n;
	struct event event[MAX_EVENTS];
} whole, other;

/* ---- the script ---- */

static uint64_t gap_length(uint8_t n)
{
	return n < 128 ? n + 1u : 1000 * (n - 127u);
}

static void parse(struct span in)
{
	uint8_t mode = take(&in), c;
	enum side side = SIDE_SERVER;
	size_t from = 0, to = 0, times;

	script.secrets = (enum pop3_secrets)((mode & 3) % 3);
	script.flags = ((mode & 4) != 0 ? POP3_MIDSTREAM : 0) | ((mode & 8) != 0 && (mode & 64) != 0 ? POP3_ANY_PORT : 0) |
		       ((mode & 16) != 0 && (mode & 64) != 0 ? POP3_TLS_PORT : 0);
	script.n = 0;
	while ((in.n > 0 || from < to) && script.n < MAX_RECORDS && to < MAX_BYTES) {
		bool text = in.n > 0 && in.p[0] != '`';
		bool more = text || (in.n > 1 && (in.p[1] == '`' || in.p[1] == '*'));

		if (!more && from < to) {
			script.record[script.n++] =
				(struct record){ .side = side, .bytes = span_of(script.bytes + from, to - from) };
			from = to;
			continue;
		}
		c = take(&in);
		if (text) {
			script.bytes[to++] = c;
			continue;
		}
		switch (c = take(&in)) {
		case '`':
			script.bytes[to++] = c;
			break;
		case '*':
			times = 64 * ((size_t)take(&in) + 1);
			c = take(&in);
			if (times > MAX_BYTES - to)
				times = MAX_BYTES - to;
			memset(script.bytes + to, c, times);
			to += times;
			break;
		case 'C':
		case 'S':
			side = c == 'C' ? SIDE_CLIENT : SIDE_SERVER;
			break;
		case 'c':
		case 's':
			script.record[script.n++] = (struct record){ .side = c == 'c' ? SIDE_CLIENT : SIDE_SERVER,
								     .gap = gap_length(take(&in)) };
			break;
		default: /* a cut */
			break;
		}
	}
}

/* ---- a run ---- */

static void fingerprint(void *ctx, struct span secret, uint8_t out[EVENT_SECRET_ID])
{
	static const uint8_t key[16];
	uint64_t h = hash_keyed(key, secret.p, secret.n);

	assert(ctx == &script);
	memset(out, 0, EVENT_SECRET_ID);
	memcpy(out, &h, sizeof h);
}

static void check_texts(const struct event *e)
{
	static const size_t cap[EVENT_TEXT_MAX] = {
#define EVENT_TEXT(id, n, what) n,
#include "plainpop/texts.def"
#undef EVENT_TEXT
	};
	size_t sum = 0;
	int t;

	assert(e->pool_used <= EVENT_POOL);
	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		const struct event_slice *s = &e->text[t];

		assert(s->at == 0 ? s->len == 0 : s->at - 1u + s->len <= e->pool_used && s->len <= cap[t]);
		sum += s->len;
	}
	assert(sum == e->pool_used);
}

static void check_login(const struct event *e, enum pop3_secrets secrets)
{
	assert(e->outcome == OUTCOME_SUCCESS || e->outcome == OUTCOME_FAILURE || e->outcome == OUTCOME_UNKNOWN);
	/* Without a name only where the AUTH line was lost, or all of it. */
	assert(event_get(e, EVENT_MECHANISM).n > 0 || span_is(event_get(e, EVENT_COMMAND), "AUTH") ||
	       (!event_has(e, EVENT_COMMAND) && e->capture.truncated && !e->secret_seen && !event_has(e, EVENT_USER)));
	assert(e->exposure < EXPOSURE_MAX);
	assert(!event_has(e, EVENT_HASH) || (secrets == POP3_SECRETS_SHOW && e->hash_mode != 0));
	assert(e->credential == CREDENTIAL_UNKNOWN || event_has(e, EVENT_FAILURE_REASON));
	assert(!e->response_set || (e->outcome != OUTCOME_UNKNOWN && e->response_ok == (e->outcome == OUTCOME_SUCCESS)));
	assert(event_has(e, EVENT_PASSWORD) == (e->secret_seen && secrets == POP3_SECRETS_SHOW));
	/* Of a part of a secret there is none. */
	assert(!e->secret_id_set || e->secret_seen);
	assert(e->secret_id_set || !e->secret_seen || e->capture.truncated);
}

static void check_session(const struct event *e, size_t logins)
{
	assert(!event_has(e, EVENT_PASSWORD) && !event_has(e, EVENT_USER) && !e->secret_id_set);
	/* Beyond the cap they are only counted. */
	assert(e->logins == logins || (e->logins > POP3_ATTEMPTS_MAX && logins >= POP3_ATTEMPTS_MAX));
	assert((e->outcome == OUTCOME_NONE) == (e->logins == 0));
	assert(e->end_reason == END_FIN && e->outcome < OUTCOME_MAX && e->exposure < EXPOSURE_MAX);
}

static void keep(struct run *r, const struct event *e)
{
	if (r->n < MAX_EVENTS)
		memcpy(&r->event[r->n++], e, offsetof(struct event, pool) + e->pool_used);
}

struct session {
	struct pop3 *p;
	enum pop3_secrets secrets;
	struct run *run;
	size_t heap; /* bytes in use before it began */
	size_t logins;
	bool told;   /* the session's event */
};

/* The sanitizer looks at them. */
static void read_bytes(struct span s)
{
	volatile uint8_t sum = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		sum = (uint8_t)(sum + s.p[i]);
}

static void on_line(void *user, const struct pop3_line *l)
{
	static struct event e;

	assert(user == &script && l->raw.n > 0);
	read_bytes(l->raw);
	read_bytes(l->command);
	read_bytes(l->args);
	read_bytes(l->response);
	read_bytes(l->banner);
	read_bytes(l->capability);
	read_bytes(l->user);
	event_init(&e, l->side == SIDE_CLIENT ? EVENT_CLIENT_LINE : EVENT_SERVER_LINE);
	pop3_line_event(l, &e);
	assert(!event_has(&e, EVENT_PASSWORD));
}

static void drain(struct session *s)
{
	static struct event e; /* never cleared: it may be of any age */

	while (pop3_next(s->p, &e)) {
		assert(!s->told && e.kind < EVENT_KIND_MAX && e.stls < STLS_MAX);
		check_texts(&e);
		switch (e.kind) {
		case EVENT_LOGIN:
			s->logins++;
			check_login(&e, s->secrets);
			break;
		case EVENT_SESSION:
			s->told = true;
			check_session(&e, s->logins);
			break;
		case EVENT_ANOMALY:
			assert(e.anomaly < ANOMALY_MAX);
			break;
		case EVENT_SERVER: /* not from here */
		case EVENT_CLIENT_LINE:
		case EVENT_SERVER_LINE:
		case EVENT_PACKET:
		case EVENT_KIND_MAX:
			abort();
		}
		if (e.kind == EVENT_LOGIN)
			read_bytes(pop3_secret(s->p));
		keep(s->run, &e);
	}
	assert(!pop3_done(s->p) || !pop3_next(s->p, &e));
}

/* A cap on memory means little unless what is counted is what there is. */
static void check_memory(const struct session *s)
{
	size_t heap = __sanitizer_get_current_allocated_bytes() - s->heap;

	/* One that went to rest has left a struct for the next; and the fuzzer allocates, too, when it likes. */
	assert(heap <= pop3_held() + 2048 + 1024);
	/* As the manual says. */
	assert(pop3_held() <= (s->secrets == POP3_SECRETS_SHOW ? 3u << 20 : 450u << 10));
}

static void rest_and_wake(struct session *s)
{
	s->p = pop3_rest(s->p);
	check_memory(s);
	s->p = pop3_wake(s->p);
	assert(s->p != NULL);
}

static void push(struct session *s, const struct record *r, bool byte_by_byte)
{
	struct span rest = r->bytes;

	if (r->gap > 0) {
		pop3_gap(s->p, r->side, r->gap);
		drain(s);
		if (byte_by_byte)
			rest_and_wake(s);
	}
	while (rest.n > 0) {
		/* Single bytes of the middle of a long line would only take long. */
		size_t n = !byte_by_byte ? rest.n : rest.n > 600 ? 509 : 1;
		uint8_t *lent = malloc(n); /* of its own and given back: it is only borrowed */

		assert(lent != NULL);
		memcpy(lent, rest.p, n);
		pop3_push(s->p, r->side, span_of(lent, n));
		drain(s);
		free(lent);
		if (byte_by_byte)
			rest_and_wake(s);
		rest = span_skip(rest, n);
	}
}

static void run(struct run *r, enum pop3_secrets secrets, bool byte_by_byte)
{
	struct pop3_config config = { .secrets = secrets, .fingerprint = fingerprint, .ctx = &script, .line = on_line };
	struct session s = { .secrets = secrets, .run = r };
	size_t i;

	r->n = 0;
	s.heap = __sanitizer_get_current_allocated_bytes();
	s.p = pop3_new(&config, script.flags, &script);
	assert(s.p != NULL);
	for (i = 0; i < script.n; i++) {
		push(&s, &script.record[i], byte_by_byte);
		if (!byte_by_byte)
			check_memory(&s);
	}
	pop3_end(s.p, END_FIN);
	drain(&s);
	drain(&s);
	if (byte_by_byte)
		s.p = pop3_rest(s.p);
	pop3_free(s.p);
	assert(pop3_held() == 0);
}

/* ---- runs compared ---- */

static void show(const char *which, const struct event *e)
{
	int t;

	fprintf(stderr, "%s: kind %u outcome %u exposure %u stls %u commands %u logins %u messages %u\n", which,
		e->kind, e->outcome, e->exposure, e->stls, e->commands, e->logins, e->messages);
	for (t = 0; t < EVENT_TEXT_MAX; t++)
		if (event_has(e, (enum event_text)t))
			fprintf(stderr, "  text %d: \"%.*s\"\n", t, (int)event_get(e, (enum event_text)t).n,
				(const char *)event_get(e, (enum event_text)t).p);
}

/* All but the texts, which may stand in another order. */
static bool same(const struct event *a, const struct event *b)
{
	int t;

	if (a->kind != b->kind || a->outcome != b->outcome || a->exposure != b->exposure || a->stls != b->stls ||
	    a->undecodable != b->undecodable || a->anomaly != b->anomaly || a->hash_mode != b->hash_mode ||
	    a->credential != b->credential || a->users_only != b->users_only || a->secret_seen != b->secret_seen ||
	    memcmp(a->secret_id, b->secret_id, sizeof a->secret_id) != 0 || a->commands != b->commands ||
	    a->logins != b->logins || a->messages != b->messages || a->retr_bytes != b->retr_bytes)
		return false;
	for (t = 0; t < EVENT_TEXT_MAX; t++)
		if (event_has(a, (enum event_text)t) != event_has(b, (enum event_text)t) ||
		    !span_eq(event_get(a, (enum event_text)t), event_get(b, (enum event_text)t)))
			return false;
	return true;
}

static void check_same(void)
{
	size_t i;

	for (i = 0; i < whole.n && i < other.n; i++) {
		if (same(&whole.event[i], &other.event[i]))
			continue;
		show("as it is", &whole.event[i]);
		show("a byte at a time", &other.event[i]);
		abort();
	}
	assert(whole.n == other.n);
}

/*
 * What an answer must not have of a secret: all of it, or of a long one its beginning. Empty for what is too
 * short to be looked for, and for what cannot be told from the mark that stands in a secret's place.
 */
static struct span telling(struct span secret)
{
	secret = span_ltrim(secret);
	while (secret.n > 0 && (secret.p[secret.n - 1] == ' ' || secret.p[secret.n - 1] == '\t'))
		secret.n--;
	if (secret.n < 3 || memchr(secret.p, '[', secret.n) != NULL || memchr(secret.p, ']', secret.n) != NULL ||
	    occurs(secret, span_str("redacted")))
		return span_of(NULL, 0);
	return span_take(secret, 8);
}

/* "[redacted]", "MECHANISM" or "MECHANISM [redacted]" */
static bool args_redacted(const struct event *e)
{
	struct span args = event_get(e, EVENT_ARGS), mechanism = event_get(e, EVENT_MECHANISM);

	if (args.n == 0) /* it was lost */
		return !e->secret_seen || mechanism.n == 0 || span_is(event_get(e, EVENT_COMMAND), "AUTH");
	if (span_eq(span_take(args, mechanism.n), mechanism) && args.n > mechanism.n)
		return span_eq(span_skip(args, mechanism.n), span_str(" [redacted]"));
	return span_eq(args, span_str("[redacted]")) || span_eq(args, mechanism);
}

static void check_redacted(void)
{
	size_t i;

	assert(whole.n == other.n);
	for (i = 0; i < whole.n; i++) {
		struct span secret = event_get(&whole.event[i], EVENT_PASSWORD);
		const struct event *e = &other.event[i];

		assert(e->kind != EVENT_LOGIN || args_redacted(e));
		if (span_eq(secret, event_get(e, EVENT_USER)) ||
		    !occurs(telling(secret), event_get(e, EVENT_RESPONSE)))
			continue;
		show("shown", &whole.event[i]);
		show("redacted", e);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse(span_of(data, size));
	run(&whole, script.secrets, false);
	run(&other, script.secrets, true);
	check_same();
	if (script.secrets == POP3_SECRETS_SHOW) {
		run(&other, POP3_SECRETS_REDACT, false);
		check_redacted();
	}
	return 0;
}
