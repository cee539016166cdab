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

const struct sasl_mechanism *const mechanisms[] = {
#define MECHANISM(symbol) &sasl_##symbol,
#include "mechanisms.def"
#undef MECHANISM
};

/* Notes that the server does not do it, once a name. */
static void refused(struct pop3 *p, const char *name)
{
	char all[MECHANISMS_REFUSED_MAX];
	struct span old = blob_span(&p->refused), rest = old, line;
	size_t n = old.n, more = strlen(name);

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
		memcpy(all, old.p, n);
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

struct attempt *sasl_new_attempt(struct pop3 *p, const struct sasl_mechanism *m, const char *name)
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

struct pending *sasl_auth(struct pop3 *p)
{
	struct pending *last = NULL;
	unsigned i;

	for (i = p->n_pending; i > 0 && (last == NULL || last->command == COMMAND_GAP); i--)
		last = pending_at(p, i - 1);
	return last != NULL && last->command == COMMAND_AUTH && !last->bare ? last : NULL;
}

struct attempt *sasl_attempt(struct pop3 *p)
{
	struct sasl *s = &p->sasl;
	struct pending *auth;

	if (s->attempt != NULL)
		return s->attempt;
	/* Beyond the cap of unanswered commands there is nothing to hang it on, and no answer to wait for. */
	if (p->untracked > 0 || p->loss.blind) {
		s->loose = true;
		return s->attempt = sasl_new_attempt(p, s->mechanism, name_of(s));
	}
	auth = sasl_auth(p);
	if (auth == NULL || auth->attempt != NULL)
		return NULL;
	s->attempt = auth->attempt = sasl_new_attempt(p, s->mechanism, name_of(s));
	if (s->attempt != NULL && auth->response_lost)
		attempt_cut(s->attempt);
	return s->attempt;
}

/* What is known of a response that nobody could make sense of: that it was sent. */
static void take_unknown(struct pop3 *p, struct span line)
{
	struct attempt *a = sasl_attempt(p);

	if (a != NULL)
		attempt_digest(a, line);
}

void sasl_take(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)], challenge[BASE64_DECODED_MAX(SASL_CHALLENGE_MAX)];
	struct sasl_response r = { .on_wire = line, .cut = p->loss.cut, .beheaded = s->beheaded };
	const struct sasl_mechanism *m = s->mechanism;
	struct attempt *a;
	bool asked = s->prompted;
	size_t n;

	s->prompted = s->beheaded = false;
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
	if ((a = sasl_attempt(p)) == NULL)
		return;
	if (s->step_lost || (r.cut && !m->takes_parts)) {
		/* A name or a password, whole or half: who knows. That there was one is all there is to tell. */
		attempt_lost(a, line);
		s->step_lost = true; /* nor can it be told what the next one answers */
		return;
	}
	r.decodable = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK;
	r.bytes = span_of(bytes, n);
	if (s->challenge.at != NULL &&
	    base64_decode(blob_span(&s->challenge), challenge, sizeof challenge, &n) == BASE64_OK) {
		r.challenge = span_of(challenge, n);
		r.challenge_on_wire = blob_span(&s->challenge);
	}
	if (m->response(p, s->step++, &r, a) == SASL_DONE)
		s->complete = true;
	explicit_bzero(bytes, r.bytes.n);
}

void sasl_settle_loose(struct pop3 *p)
{
	struct attempt *a = p->sasl.attempt;

	if (!p->sasl.loose || a == NULL)
		return;
	p->sasl.attempt = NULL;
	p->loss.late++;
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
	if (p->loss.cut && p->loss.cut_gap > LINE_END && args.n == 0) {
		/* The name may go on in the gap. */
		p->sasl.mechanism = &sasl_unnamed;
		p->sasl.unnamed = p->sasl.supposed = true;
	} else if (p->sasl.mechanism == NULL) {
		set_name(&p->sasl, name);
	} else {
		p->known_command = true;
		if ((auth = sasl_auth(p)) != NULL)
			auth->mechanism = p->sasl.mechanism;
	}
	/* More than the line end is missing: perhaps an initial response. */
	p->sasl.step_lost = p->loss.cut && p->loss.cut_gap > LINE_END && args.n == 0;
	args = span_ltrim(args);
	/* "=" is an empty initial response (RFC 5034 section 4): as if there were none, but for some. */
	empty = span_is(args, "=");
	if (args.n == 0 || (empty && (p->sasl.mechanism == NULL || !p->sasl.mechanism->empty_counts)))
		return;
	p->sasl.initial = true;
	sasl_take(p, empty ? span_of(args.p, 0) : args);
	if (p->sasl.attempt != NULL) {
		set_args(p, p->sasl.attempt, name_of(&p->sasl), args);
		if (p->sasl.complete)
			sasl_settle_loose(p);
	}
}

/* So what a gap held was a prompt. */
static void exchange_goes_on(struct pop3 *p)
{
	if (p->loss.late <= 1)
		p->loss.late = 0;
	p->loss.late_closing = false;
}

bool sasl_line(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;
	bool ends;

	if (s->answer_lost && !s->prompted && command_of(line) != COMMAND_UNKNOWN) {
		pending_flush(p); /* it was over in the gap */
		return false;
	}
	if (span_is(line, "*")) {
		sasl_settle_loose(p);
		s->active = false;
		return true;
	}
	if (s->supposed) {
		/* An empty line says nothing yet; anything else has to be a response, or there was no AUTH. */
		if (line.n == 0)
			return true;
		if (!gap_held_auth(p, line)) {
			sasl_end(p);
			return false;
		}
		s->supposed = false;
		if (s->mechanism == &sasl_login && s->step == 1)
			sasl_attempt(p); /* a name was sent already */
	}
	/* A prompt may be in a gap that it was complete before, and this is what ends it. */
	ends = s->complete && s->answer_lost && (line.n == 0 || span_is(line, "AQ=="));
	if (s->prompted || ends || (!s->complete && command_of(line) == COMMAND_UNKNOWN)) {
		s->closing |= s->complete;
		s->lines++;
		exchange_goes_on(p);
		sasl_take(p, line);
		if (s->complete)
			sasl_settle_loose(p);
		return true;
	}
	sasl_settle_loose(p);
	s->active = false;
	return false;
}

bool sasl_answer_next(const struct sasl *s)
{
	unsigned responses = s->mechanism != NULL ? s->mechanism->responses : 0;

	if (s->complete)
		return s->closing || responses > 0;
	return s->prompted && !s->step_lost && s->step + 1 == responses;
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
	if (!s->active && front != NULL && front->command == COMMAND_AUTH && p->loss.of[SIDE_CLIENT]) {
		gap_resume(p, front);
	} else if (!s->active && gap_may_hold_auth(p, text, n)) {
		sasl_end(p);
		*s = (struct sasl){ .active = true, .unnamed = true, .supposed = true,
				     .certain = front != NULL && !p->loss.text };
	}
	s->prompts++;
	if (!s->active)
		return;
	if (s->supposed && gap_token_refused(span_of(bytes, n)))
		gap_token_lost(p);
	s->closing |= s->complete;
	p->asked |= guess != &sasl_unnamed || (s->mechanism != NULL && s->mechanism->name != NULL && !s->supposed);
	/* The client did not wait for it: it is for a response that is here already. */
	late = s->lines >= s->prompts && !s->answer_lost && !s->step_lost;
	if (s->unnamed && s->attempt == NULL)
		s->mechanism = guess;
	if (s->step_lost)
		gap_find_step(s, guess == s->mechanism);
	/* "Username:", "Password:": whatever was sent before, it says what it wants. */
	if (!late && guess == &sasl_login && s->mechanism == guess)
		s->step = step;
	s->prompted = !late;
	if (p->config->secrets == POP3_SECRETS_SHOW && text.n <= SASL_CHALLENGE_MAX)
		blob_set(&s->challenge, text);
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
	if (name != NULL ? name[0] == '\0' : !c->response_lost)
		return;
	c->attempt = sasl_new_attempt(p, c->mechanism, name);
	if (c->attempt != NULL && c->response_lost)
		attempt_lost(c->attempt, span_of(NULL, 0));
}

void sasl_answer(struct pop3 *p, struct pending *c, bool ok)
{
	bool current = sasl_auth(p) == NULL; /* no later AUTH has begun */

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
	sasl_settle_loose(p);
	blob_free(&p->sasl.challenge);
	p->sasl = (struct sasl){ 0 };
}
