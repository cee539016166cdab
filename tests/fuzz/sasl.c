/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each SASL mechanism, by what it means rather than by its base64. Input:
 *
 *   first byte   the mechanism, by its row in mechanisms.def
 *   second byte  1: the first response stands in the AUTH line; 2: the server asks in so many words;
 *                4: it accepts; 8: bytes of the first response are lost, as many as the next byte says
 *   the rest     client and server in turns, 0xff and a letter between them: `n the next message, `f a byte 0xff
 *
 * Run with secrets shown, then redacted: what is told must be the same but for the secrets, of which nothing may
 * be left, and no digest either.
 */
#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "fuzz.h"
#include "plainpop/pop3.h"

#define MESSAGES 8
#define MESSAGE_MAX 4096

static const char *const names[] = {
	"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "NTLM", "XOAUTH2",
	"OAUTHBEARER", "GSSAPI", "GSS-SPNEGO", "KERBEROS_V4", "EXTERNAL", "ANONYMOUS", "OTP", "SKEY",
};

#define N_NAMES (sizeof names / sizeof names[0])

static struct {
	const char *name;
	uint8_t mode, lost;
	size_t n;
	size_t len[MESSAGES];
	uint8_t message[MESSAGES][MESSAGE_MAX];
} script;

/* What a run told of its login. */
static struct told {
	size_t logins;
	struct event login, session;
} shown, redacted;

static void parse(struct span in)
{
	script.name = names[take(&in) % N_NAMES];
	script.mode = take(&in);
	script.lost = (script.mode & 8) != 0 ? take(&in) : 0;
	script.n = 0;
	memset(script.len, 0, sizeof script.len);
	while (in.n > 0 && script.n < MESSAGES) {
		uint8_t c = take(&in);

		if (c == 0xff && in.n > 0 && take(&in) != 'f') {
			script.n++;
			continue;
		}
		if (script.len[script.n] < MESSAGE_MAX)
			script.message[script.n][script.len[script.n]++] = c;
	}
	if (script.n < MESSAGES)
		script.n++;
}

static void drain(struct pop3 *p, struct told *t)
{
	static struct event e;

	while (pop3_next(p, &e)) {
		if (e.kind == EVENT_LOGIN)
			t->logins++;
		memcpy(e.kind == EVENT_LOGIN ? &t->login : &t->session, &e, offsetof(struct event, pool) + e.pool_used);
	}
}

static void say(struct pop3 *p, struct told *t, enum side side, const char *text, size_t n)
{
	uint8_t *lent = malloc(n > 0 ? n : 1);

	assert(lent != NULL);
	memcpy(lent, text, n);
	pop3_push(p, side, span_of(lent, n));
	drain(p, t);
	free(lent);
}

static void run(struct told *t, enum pop3_secrets secrets)
{
	struct pop3_config config = { .secrets = secrets };
	static const char greeting[] = "+OK ready <1.2@mail.example>\r\n";
	static char line[MESSAGE_MAX * 2];
	struct pop3 *p = pop3_new(&config, 0, NULL);
	size_t i = 0, n, lost, before = __sanitizer_get_current_allocated_bytes();

	assert(p != NULL);
	before -= before > pop3_held() ? pop3_held() : 0;
	memset(t, 0, offsetof(struct told, login));
	event_init(&t->login, EVENT_LOGIN);
	event_init(&t->session, EVENT_SESSION);
	say(p, t, SIDE_SERVER, greeting, strlen(greeting));
	n = (size_t)snprintf(line, sizeof line, "AUTH %s", script.name);
	if ((script.mode & 1) != 0) {
		line[n++] = ' ';
		n += (size_t)EVP_EncodeBlock((uint8_t *)line + n, script.message[0], (int)script.len[0]);
		i = 1;
	}
	memcpy(line + n, "\r\n", 2);
	say(p, t, SIDE_CLIENT, line, n + 2);
	for (; i < script.n; i++) {
		bool client = i % 2 == 0;

		if (client && (script.mode & 2) != 0)
			say(p, t, SIDE_SERVER, "+ UGFzc3dvcmQ6\r\n", 16);
		n = (size_t)snprintf(line, sizeof line, "%s", client ? "" : "+ ");
		n += (size_t)EVP_EncodeBlock((uint8_t *)line + n, script.message[i], (int)script.len[i]);
		memcpy(line + n, "\r\n", 2);
		lost = client && script.lost < n + 2 ? script.lost : 0;
		script.lost = client ? 0 : script.lost;
		say(p, t, client ? SIDE_CLIENT : SIDE_SERVER, line, (n + 2 - lost) / 2);
		if (lost > 0) {
			pop3_gap(p, SIDE_CLIENT, lost);
			drain(p, t);
		}
		say(p, t, client ? SIDE_CLIENT : SIDE_SERVER, line + (n + 2 - lost) / 2 + lost,
		    n + 2 - (n + 2 - lost) / 2 - lost);
	}
	say(p, t, SIDE_SERVER, (script.mode & 4) != 0 ? "+OK\r\n" : "-ERR\r\n", (script.mode & 4) != 0 ? 5 : 6);
	assert(__sanitizer_get_current_allocated_bytes() - before <= pop3_held() + 1024);
	say(p, t, SIDE_CLIENT, "USER bob\r\n", 10);
	pop3_end(p, END_FIN);
	drain(p, t);
	pop3_free(p);
}

/* "", "MECHANISM" or "MECHANISM [redacted]" */
static bool args_redacted(const struct event *e)
{
	char with[64];

	snprintf(with, sizeof with, "%s [redacted]", script.name);
	return event_get(e, EVENT_ARGS).n == 0 || span_is(event_get(e, EVENT_ARGS), script.name) ||
	       span_is(event_get(e, EVENT_ARGS), with);
}

static void check(const struct event *e, bool show)
{
	assert(show || args_redacted(e));
	assert(!event_has(e, EVENT_PASSWORD) || show);
	assert(!event_has(e, EVENT_HASH) || show);
	assert(e->exposure < EXPOSURE_MAX && e->outcome < OUTCOME_MAX);
	assert(e->exposure < EXPOSURE_BEARER_TOKEN || !show || e->secret_seen || e->capture.truncated);
}

static bool same(enum event_text t)
{
	return event_has(&shown.login, t) == event_has(&redacted.login, t) &&
	       span_eq(event_get(&shown.login, t), event_get(&redacted.login, t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t lost;

	parse(span_of(data, size));
	lost = script.lost;
	run(&shown, POP3_SECRETS_SHOW);
	script.lost = lost;
	run(&redacted, POP3_SECRETS_REDACT);
	assert(shown.logins == redacted.logins && shown.logins <= MESSAGES);
	check(&shown.login, true);
	check(&redacted.login, false);
	assert(shown.login.outcome == redacted.login.outcome && shown.login.exposure == redacted.login.exposure &&
	       shown.login.undecodable == redacted.login.undecodable);
	assert(same(EVENT_USER) && same(EVENT_DOMAIN) && same(EVENT_AUTHZID) && same(EVENT_MECHANISM));
	/* An attempt that is none may still end the exchange. */
	assert(shown.session.users_only <= 1);
	return 0;
}
