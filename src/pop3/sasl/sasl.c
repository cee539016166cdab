/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exchange of RFC 5034 section 4: AUTH mechanism [initial response], then "+ challenge" and response
 * in turns, each in base64, until +OK or -ERR. "=" is an empty initial response, "*" cancels.
 *
 * Whether a client line is a response or a command is not always told: the server's "+ " may not have
 * been captured, or a client may not wait for it. Then a line that begins with a command's word is one.
 */
#include <stdio.h>

#include "../impl.h"

#define MECHANISMS_REFUSED_MAX 256 /* as in texts.def */

static const struct sasl_mechanism *const mechanisms[] = {
#define MECHANISM(symbol) &sasl_##symbol,
#include "mechanisms.def"
#undef MECHANISM
};

/* Notes that the server does not do it, once a name. */
static void refused(struct pop3 *p, const char *name)
{
	char all[MECHANISMS_REFUSED_MAX];
	struct span rest = blob_span(&p->refused), line;
	size_t n = rest.n, more = strlen(name);

	while (rest.n > 0) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);

		line = span_take(rest, lf != NULL ? (size_t)(lf - rest.p) : rest.n);
		if (span_is(line, name))
			return;
		rest = span_skip(rest, line.n + 1);
	}
	if (n + 1 + more > sizeof all)
		return;
	if (n > 0) {
		memcpy(all, p->refused.p, n);
		all[n++] = '\n';
	}
	memcpy(all + n, name, more);
	blob_set(&p->refused, span_of(all, n + more));
}

static const struct sasl_mechanism *by_name(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
		if (span_is(name, mechanisms[i]->name))
			return mechanisms[i];
	return NULL;
}

/* An attempt by the exchange's mechanism; its args, which tell the name alone. */
static struct attempt *new_attempt(struct pop3 *p, const struct sasl_mechanism *m, const char *name)
{
	struct attempt *a = attempt_new(name, m != NULL ? m->exposure : EXPOSURE_NONE);

	if (a != NULL)
		attempt_command(p, a, "AUTH", span_str(name != NULL ? name : ""), NULL);
	return a;
}

static const char *name_of(const struct sasl *s)
{
	return s->mechanism != NULL ? s->mechanism->name : s->name;
}

/* The AUTH that the exchange belongs to, or NULL when it could not be kept. */
static struct pending *auth_of(struct pop3 *p)
{
	struct pending *last = NULL;
	unsigned i;

	for (i = p->n_pending; i > 0 && (last == NULL || last->command == COMMAND_GAP); i--)
		last = pending_at(p, i - 1);
	return last != NULL && last->command == COMMAND_AUTH && !last->bare ? last : NULL;
}

/* The attempt of the exchange, made when the first response shows that there is one. */
static struct attempt *attempt_of(struct pop3 *p)
{
	struct sasl *s = &p->sasl;
	struct pending *auth;

	if (s->attempt != NULL)
		return s->attempt;
	/* Beyond the cap of unanswered commands there is nothing to hang it on, and no answer to wait for. */
	if (p->untracked > 0 || p->blind) {
		s->loose = true;
		return s->attempt = new_attempt(p, s->mechanism, name_of(s));
	}
	auth = auth_of(p);
	if (auth == NULL || auth->attempt != NULL)
		return NULL;
	s->attempt = auth->attempt = new_attempt(p, s->mechanism, name_of(s));
	if (s->attempt != NULL && auth->response_lost)
		attempt_cut(s->attempt);
	return s->attempt;
}

/* What is known of a response that nobody could make sense of: that it was sent. */
static void take_unknown(struct pop3 *p, struct span line)
{
	struct attempt *a = attempt_of(p);

	if (a != NULL)
		attempt_digest(a, line);
}

static void take_response(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)], challenge[BASE64_DECODED_MAX(SASL_CHALLENGE_MAX)];
	struct sasl_response r = { .on_wire = line, .cut = p->cut };
	const struct sasl_mechanism *m = s->mechanism;
	struct attempt *a;
	bool asked = s->prompted;
	size_t n;

	s->prompted = false;
	if (s->complete)
		return;
	if (m == NULL) {
		/* Only a server that asks for a response shows that the word behind AUTH was a mechanism. */
		if (asked && line.n > 0 && s->name[0] != '\0')
			take_unknown(p, line);
		return;
	}
	/* An empty first response gives nothing away (RFC 4422 section 3): no attempt yet. */
	if (line.n == 0 && s->attempt == NULL && !m->empty_counts) {
		s->step++;
		return;
	}
	if ((a = attempt_of(p)) == NULL)
		return;
	if (s->step_lost || (r.cut && !m->takes_parts)) {
		/* A name or a password, whole or half: who knows. That there was one is all there is to tell. */
		attempt_lost(a, line);
		s->step_lost = true; /* nor can it be told what the next one answers */
		return;
	}
	r.decodable = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK;
	r.bytes = span_of(bytes, n);
	if (s->challenge.n > 0 &&
	    base64_decode(blob_span(&s->challenge), challenge, sizeof challenge, &n) == BASE64_OK) {
		r.challenge = span_of(challenge, n);
		r.challenge_on_wire = blob_span(&s->challenge);
	}
	if (m->response(p, s->step++, &r, a) == SASL_DONE)
		s->complete = true;
	explicit_bzero(bytes, r.bytes.n);
}

/* A loose attempt waits for nothing but the end of its exchange. */
static void settle_loose(struct pop3 *p)
{
	struct attempt *a = p->sasl.attempt;

	if (!p->sasl.loose || a == NULL)
		return;
	p->sasl.attempt = NULL;
	attempt_settle(p, a, OUTCOME_UNKNOWN, span_of(NULL, 0));
}

/* The name of a mechanism that is not in our table, if it can be one (RFC 4422 section 3.1). */
static void set_name(struct sasl *s, struct span name)
{
	size_t i;

	if (name.n > SASL_NAME_MAX)
		return;
	for (i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
			s->name[0] = '\0';
			return;
		}
		s->name[i] = (char)c;
	}
	s->name[i] = '\0';
}

/* The whole AUTH line, for where secrets are shown, and what stands for it elsewhere. */
static void set_args(struct pop3 *p, struct attempt *a, const char *name, struct span initial)
{
	char shown[SASL_NAME_MAX + sizeof " [redacted]"];
	char whole[SASL_NAME_MAX + 1 + POP3_LINE_MAX];
	size_t at = strlen(name), n = initial.n;

	snprintf(shown, sizeof shown, "%s [redacted]", name);
	memcpy(whole, name, at);
	whole[at] = ' ';
	if (n > sizeof whole - at - 1)
		n = sizeof whole - at - 1;
	memcpy(whole + at + 1, initial.p, n);
	attempt_command(p, a, "AUTH", span_of(whole, at + 1 + n), shown);
	explicit_bzero(whole, at + 1 + n);
}

void sasl_begin(struct pop3 *p, struct span args)
{
	struct span name;
	struct pending *auth;
	bool empty;

	args = span_ltrim(args);
	name = span_word(&args);

	sasl_end(p);
	p->sasl = (struct sasl){ .mechanism = by_name(name), .active = true };
	if (p->cut && p->cut_gap > LINE_END && args.n == 0) {
		/* The name may go on in the gap. */
		p->sasl.mechanism = &sasl_unnamed;
		p->sasl.unnamed = p->sasl.supposed = true;
	} else if (p->sasl.mechanism == NULL) {
		set_name(&p->sasl, name);
	} else {
		p->known_command = true;
		if ((auth = auth_of(p)) != NULL)
			auth->mechanism = p->sasl.mechanism;
	}
	/* More than the line end is missing: perhaps an initial response. */
	p->sasl.step_lost = p->cut && p->cut_gap > LINE_END && args.n == 0;
	args = span_ltrim(args);
	/* "=" is an empty initial response (RFC 5034 section 4): as if there were none, but for some. */
	empty = span_is(args, "=");
	if (args.n == 0 || (empty && (p->sasl.mechanism == NULL || !p->sasl.mechanism->empty_counts)))
		return;
	p->sasl.initial = true;
	take_response(p, empty ? span_of(args.p, 0) : args);
	if (p->sasl.attempt != NULL) {
		set_args(p, p->sasl.attempt, name_of(&p->sasl), args);
		if (p->sasl.complete)
			settle_loose(p);
	}
}

/*
 * What the server asked for is here: the AUTH takes the place of the gap, or of what was taken for a command and
 * was its first response.
 */
static bool auth_was_lost(struct pop3 *p, struct span line)
{
	struct pending *front = pending_front(p);
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)];
	size_t n;
	bool base64;

	if (line.n < 4 || command_of(line) != COMMAND_UNKNOWN)
		return false;
	base64 = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK;
	explicit_bzero(bytes, n);
	if (!base64)
		return false;
	p->spoke = p->known_command = true; /* "+ ", and then base64: it is as good as AUTH */
	if (p->auth_doubt != NULL && (p->sasl.mechanism == p->auth_doubt || p->sasl.mechanism == &sasl_unnamed)) {
		/* it was seen, and told: this is what came of it */
		p->sasl.mechanism = NULL;
		p->sasl.name[0] = '\0';
	}
	if (auth_of(p) != NULL)
		return true; /* half of it was seen */
	if (front == NULL)
		return pending_auth(p);
	if (front->attempt != NULL || (front->command != COMMAND_GAP && front->command != COMMAND_UNKNOWN))
		return false; /* it is another command that waits for its answer by now */
	*front = (struct pending){ .command = COMMAND_AUTH };
	return true;
}

bool sasl_line(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;

	if (s->answer_lost && !s->prompted && command_of(line) != COMMAND_UNKNOWN) {
		pending_flush(p); /* it was over in the gap */
		return false;
	}
	if (span_is(line, "*")) {
		settle_loose(p);
		s->active = false;
		return true;
	}
	if (s->supposed) {
		/* An empty line says nothing yet; anything else has to be a response, or there was no AUTH. */
		if (line.n == 0)
			return true;
		if (!auth_was_lost(p, line)) {
			sasl_end(p);
			return false;
		}
		s->supposed = false;
		if (s->mechanism == &sasl_login && s->step == 1)
			attempt_of(p); /* a name was sent already */
	}
	if (s->prompted || (!s->complete && command_of(line) == COMMAND_UNKNOWN)) {
		s->lines++;
		take_response(p, line);
		if (s->complete)
			settle_loose(p);
		return true;
	}
	settle_loose(p);
	s->active = false;
	return false;
}

/* Behind a gap: what the server asks for tells which response comes next, or it need not be told. */
static void find_step(struct sasl *s, bool told)
{
	s->step_lost = s->mechanism != NULL && s->mechanism->ordered && !told;
}

/* The exchange goes on behind a gap. */
static void resume(struct pop3 *p, struct pending *auth)
{
	auth->response_lost |= auth->attempt == NULL; /* what it asked for before stood in the gap */
	sasl_end(p);
	p->sasl = (struct sasl){ .mechanism = auth->mechanism, .attempt = auth->attempt, .active = true,
				 .step_lost = true };
}

/*
 * The server seems to ask for a response, and no AUTH was seen. Lines of a mail begin with "+", too, so what the
 * client says next has to agree.
 */
static bool auth_may_be_lost(struct pop3 *p, struct span text, size_t decoded)
{
	const struct pending *front = pending_front(p);

	if (p->authenticated || p->shape != SHAPE_SINGLE || (text.n > 0 && decoded == 0))
		return false;
	if (front != NULL)
		return (front->command == COMMAND_GAP && front->attempt == NULL) ||
		       (front->command == COMMAND_UNKNOWN && p->midstream && p->commands == 1);
	return p->midstream && p->commands == 0;
}

/* {"status":"401",...}: what a server answers a bearer token with (RFC 7628 section 3.2.2). */
static bool refuses_token(struct span challenge)
{
	return challenge.n > 0 && challenge.p[0] == '{' && span_contains(challenge, "\"status\"");
}

/* AUTH was lost, and a token in it; XOAUTH2 or OAUTHBEARER, who knows. */
static void token_lost(struct pop3 *p)
{
	struct pending *front = pending_front(p);

	if (front == NULL || front->command != COMMAND_GAP || front->attempt != NULL || p->auth_doubt != NULL)
		return;
	*front = (struct pending){ .command = COMMAND_AUTH };
	p->sasl.attempt = front->attempt = attempt_new(NULL, EXPOSURE_BEARER_TOKEN);
	p->sasl.supposed = false;
	p->sasl.complete = true;
	if (front->attempt == NULL)
		return;
	attempt_command(p, front->attempt, "AUTH", span_of(NULL, 0), NULL);
	attempt_lost(front->attempt, span_of(NULL, 0));
}

void sasl_prompt(struct pop3 *p, struct span text)
{
	struct sasl *s = &p->sasl;
	struct pending *front = pending_front(p);
	uint8_t bytes[BASE64_DECODED_MAX(SASL_CHALLENGE_MAX)];
	const struct sasl_mechanism *guess;
	unsigned step;
	size_t n = 0;
	bool late;

	if (base64_decode(span_take(text, SASL_CHALLENGE_MAX), bytes, sizeof bytes, &n) != BASE64_OK)
		n = 0;
	guess = guess_by_challenge(span_of(bytes, n), &step);
	if (!s->active && front != NULL && front->command == COMMAND_AUTH && p->lost[SIDE_CLIENT]) {
		resume(p, front);
	} else if (!s->active && auth_may_be_lost(p, text, n)) {
		sasl_end(p);
		*s = (struct sasl){ .active = true, .unnamed = true, .supposed = true };
	}
	s->prompts++;
	if (!s->active)
		return;
	if (s->supposed && refuses_token(span_of(bytes, n)))
		token_lost(p);
	/* The client did not wait for it: it is for a response that is here already. */
	late = s->lines >= s->prompts && !s->answer_lost && !s->step_lost;
	if (s->unnamed && s->attempt == NULL)
		s->mechanism = guess;
	if (s->step_lost)
		find_step(s, guess == s->mechanism);
	/* "Username:", "Password:": whatever was sent before, it says what it wants. */
	if (!late && guess == &sasl_login && s->mechanism == guess)
		s->step = step;
	s->prompted = !late;
	if (p->config->secrets == POP3_SECRETS_SHOW && text.n <= SASL_CHALLENGE_MAX)
		blob_set(&s->challenge, text);
}

#define RESPONSE_MIN 5 /* bytes of four digits of base64 and LF; "*" with CR LF has less */

/* A response was sent, and is not to be had. */
static void response_lost(struct pop3 *p)
{
	struct sasl *s = &p->sasl;
	struct pending *auth = auth_of(p);

	if (s->attempt != NULL && !s->loose)
		attempt_lost(s->attempt, span_of(NULL, 0));
	else if (s->attempt == NULL && auth != NULL)
		auth->response_lost = true;
}

/* AUTH was lost, and now the response to a challenge that can be of one mechanism only. */
static void suppose_lost(struct pop3 *p, uint64_t n)
{
	struct pending *front = pending_front(p);

	if (p->sasl.mechanism == &sasl_unnamed || n < RESPONSE_MIN || p->auth_doubt != NULL || front == NULL ||
	    front->command != COMMAND_GAP || front->attempt != NULL)
		return;
	*front = (struct pending){ .command = COMMAND_AUTH, .mechanism = p->sasl.mechanism, .response_lost = true };
}

void sasl_gap(struct pop3 *p, uint64_t n, bool took_line)
{
	struct sasl *s = &p->sasl;
	struct pending *auth;

	s->tail = 0;
	if (!s->active || took_line)
		return;
	auth = auth_of(p);
	if (s->supposed)
		suppose_lost(p, n);
	else if (s->prompted && auth != NULL)
		auth->holed = true;
	else if (auth != NULL && !s->complete && s->attempt == NULL)
		auth->maybe_lost = n >= RESPONSE_MIN;
	if (s->prompted && !s->complete && !s->supposed) {
		/* Asked for a response, the client sent something: what else. */
		if (n >= RESPONSE_MIN)
			response_lost(p);
		else
			s->tail = (uint8_t)n;
	}
	settle_loose(p);
	s->active = false;
}

void sasl_tail(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;

	if (s->tail > 0 && s->tail + line.n + 1 >= RESPONSE_MIN)
		response_lost(p);
	s->tail = 0;
	s->step_lost |= s->active; /* which in an exchange may be a response */
}

/* Something was sent, in a gap, and whether it was right will not be known. */
void sasl_answer_lost(struct pop3 *p, struct pending *c)
{
	if (c->attempt != NULL || c->mechanism == NULL || c->mechanism->name == NULL)
		return;
	c->attempt = new_attempt(p, c->mechanism, c->mechanism->name);
	if (c->attempt != NULL)
		attempt_lost(c->attempt, span_of(NULL, 0));
}

/* Answered, and nothing of a response was seen. */
static void answer_alone(struct pop3 *p, struct pending *c, bool ok, bool current)
{
	/* `AUTH name password' is also how one logs into a Redis: only what is POP3 for sure has a mechanism there. */
	const char *name = current && p->sasl.initial && p->confirmed ? p->sasl.name : "";

	if (c->mechanism != NULL)
		name = c->mechanism->name;
	if (!ok && !c->response_lost) {
		if (c->mechanism != NULL)
			refused(p, name);
		return;
	}
	if (name == NULL || name[0] == '\0')
		return;
	c->attempt = new_attempt(p, c->mechanism, name);
	if (c->attempt != NULL && c->response_lost)
		attempt_lost(c->attempt, span_of(NULL, 0));
}

void sasl_answer(struct pop3 *p, struct pending *c, bool ok)
{
	bool current = auth_of(p) == NULL; /* no later AUTH has begun */

	if (ok && c->mechanism != NULL && c->mechanism->security_layer)
		p->may_wrap = true;
	if (!c->bare && c->attempt == NULL)
		answer_alone(p, c, ok, current);
	/* Refused before it was asked for, a response is no response: it gets an answer of its own. */
	if (current && !ok && p->sasl.prompts == 0 && !p->sasl.answer_lost && !p->sasl.step_lost)
		p->extra_answers = p->sasl.lines;
	/* Its attempt is going to be told, and must not be written to any more. */
	if (current || (c->attempt != NULL && c->attempt == p->sasl.attempt))
		sasl_end(p);
}

void sasl_end(struct pop3 *p)
{
	settle_loose(p);
	blob_free(&p->sasl.challenge);
	p->sasl = (struct sasl){ 0 };
}
