/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exchange of RFC 5034 section 4: AUTH mechanism [initial response], then "+ challenge" and response
 * in turns, each in base64, until +OK or -ERR. "=" is an empty initial response, "*" cancels.
 *
 * Whether a client line is a response or a command is not always told: the server's "+ " may not have
 * been captured, or a client may not wait for it. Then a line that begins with a command's word is one.
 */
#include "../impl.h"

static const struct sasl_mechanism *const mechanisms[] = {
#define MECHANISM(symbol) &sasl_##symbol,
#include "mechanisms.def"
#undef MECHANISM
};

static const struct sasl_mechanism *by_name(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
		if (span_is(name, mechanisms[i]->name))
			return mechanisms[i];
	return NULL;
}

/* The attempt of the exchange, made when the first response shows that there is one. */
static struct attempt *attempt_of(struct pop3 *p)
{
	struct pending *last = NULL;
	unsigned i;

	if (p->sasl.attempt != NULL)
		return p->sasl.attempt;
	/* Beyond the cap of unanswered commands there is nothing to hang it on, and no answer to wait for. */
	if (p->untracked > 0 || p->blind) {
		p->sasl.loose = true;
		p->sasl.attempt = attempt_new(p->sasl.mechanism->name, p->sasl.mechanism->exposure);
		if (p->sasl.attempt != NULL)
			attempt_command(p, p->sasl.attempt, "AUTH", span_str(p->sasl.mechanism->name), NULL);
		return p->sasl.attempt;
	}
	for (i = p->n_pending; i > 0 && (last == NULL || last->command == COMMAND_GAP); i--)
		last = &p->pending[(p->first_pending + i - 1) % POP3_PENDING_MAX];
	if (last == NULL || last->command != COMMAND_AUTH || last->attempt != NULL)
		return NULL;
	last->attempt = attempt_new(p->sasl.mechanism->name, p->sasl.mechanism->exposure);
	if (last->attempt != NULL)
		attempt_command(p, last->attempt, "AUTH", span_str(p->sasl.mechanism->name), NULL);
	return p->sasl.attempt = last->attempt;
}

static void take_response(struct pop3 *p, struct span line)
{
	struct sasl *s = &p->sasl;
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)];
	struct sasl_response r = { .on_wire = line, .cut = p->cut };
	struct attempt *a;
	size_t n;

	s->prompted = false;
	if (s->mechanism == NULL || s->complete)
		return;
	/* An empty first response gives nothing away (RFC 4422 section 3): no attempt yet. */
	if (line.n == 0 && s->attempt == NULL) {
		s->step++;
		return;
	}
	if ((a = attempt_of(p)) == NULL)
		return;
	if (s->step_lost) {
		/* A name or a password: who knows. That there was one is all there is to tell. */
		attempt_secret(p, a, span_of(NULL, 0), line);
		attempt_cut(a);
		return;
	}
	r.decodable = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK;
	r.bytes = span_of(bytes, n);
	if (s->mechanism->response(p, s->step++, &r, a) == SASL_DONE)
		s->complete = true;
	explicit_bzero(bytes, n);
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

void sasl_begin(struct pop3 *p, struct span args)
{
	struct span name = span_word(&args);

	sasl_end(p);
	p->sasl = (struct sasl){ .mechanism = by_name(name), .active = true };
	if (p->sasl.mechanism == NULL && !p->greeted)
		p->known_command = false; /* `AUTH something' is also how one logs into a Redis */
	/* More than the line end is missing: perhaps an initial response. */
	p->sasl.step_lost = p->cut && p->cut_gap > LINE_END && args.n == 0;
	args = span_ltrim(args);
	/* "=" is an empty initial response (RFC 5034 section 4): as if there were none. */
	if (args.n == 0 || span_is(args, "="))
		return;
	take_response(p, args);
	if (p->sasl.attempt != NULL) {
		char shown[SASL_NAME_MAX + sizeof " [redacted]"] = "";
		char whole[SASL_NAME_MAX + 1 + POP3_LINE_MAX];
		size_t at = strlen(p->sasl.mechanism->name), n = args.n;

		memcpy(shown, p->sasl.mechanism->name, at);
		memcpy(whole, shown, at);
		whole[at] = ' ';
		memcpy(shown + at, " [redacted]", sizeof " [redacted]");
		if (n > sizeof whole - at - 1)
			n = sizeof whole - at - 1;
		memcpy(whole + at + 1, args.p, n);
		attempt_command(p, p->sasl.attempt, "AUTH", span_of(whole, at + 1 + n), shown);
		explicit_bzero(whole, sizeof whole);
		if (p->sasl.complete)
			settle_loose(p);
	}
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
	if (s->prompted || (!s->complete && command_of(line) == COMMAND_UNKNOWN)) {
		take_response(p, line);
		if (s->complete)
			settle_loose(p);
		return true;
	}
	settle_loose(p);
	s->active = false;
	return false;
}

void sasl_prompt(struct pop3 *p)
{
	if (p->sasl.active)
		p->sasl.prompted = true;
}

void sasl_end(struct pop3 *p)
{
	settle_loose(p);
	p->sasl = (struct sasl){ 0 };
}
