/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exchange of AUTH behind a gap: what was lost of it, and what shows that there was one. */
#include "../impl.h"

#define RESPONSE_MIN 5 /* bytes of four digits of base64 and LF; "*" with CR LF has less */
#define TEXT_MIN 5 /* bytes of text in base64: less than that comes about by chance */

/* Names and passwords of people have no control characters, and two NULs between them. */
static bool is_text(struct span s)
{
	unsigned nuls = 0;
	size_t i;

	for (i = 0; i < s.n; i++) {
		nuls += s.p[i] == 0;
		if ((s.p[i] > 0 && s.p[i] < ' ') || s.p[i] >= 0x7f)
			return false;
	}
	return nuls == 2;
}

bool sasl_resembles(struct span line)
{
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)];
	size_t i, n;
	bool text = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK && line.n % 4 == 0 && n >= TEXT_MIN;

	for (i = 0; text && i < n; i++)
		text = bytes[i] >= ' ' && bytes[i] < 0x7f;
	explicit_bzero(bytes, n);
	return text;
}

/* The AUTH of an exchange that has begun in a gap; NULL when its answer can not be told from others. */
static struct pending *take_place(struct pop3 *p)
{
	struct pending *front = pending_front(p);

	settle_lost_user(p);
	if (front != NULL && (front->command != COMMAND_GAP || front->answers < 2 || p->n_pending > 1))
		return NULL;
	close_gap(p, COMMAND_AUTH);
	return pending_auth(p) ? sasl_auth(p) : NULL;
}

bool sasl_recognise(struct pop3 *p, struct span line, bool whole)
{
	struct pending *auth = sasl_auth(p);
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)];
	const struct sasl_mechanism *m = NULL;
	size_t n;

	if (p->sasl.active || command_of(line) != COMMAND_UNKNOWN)
		return false;
	if (base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK)
		m = guess_by_response(span_of(bytes, n));
	if (m == &sasl_plain && !whole && (line.n % 4 != 0 || !is_text(span_of(bytes, n))))
		m = NULL; /* the tail of something else */
	explicit_bzero(bytes, n);
	if (m == NULL || (auth != NULL && (auth->attempt != NULL || auth->mechanism != m)))
		return false;
	p->spoke = p->known_command = true;
	if (auth == NULL)
		auth = take_place(p);
	p->loss.blind = auth == NULL;
	sasl_end(p);
	p->sasl = (struct sasl){ .mechanism = m, .active = true, .beheaded = !whole };
	if (auth != NULL)
		auth->mechanism = m;
	sasl_take(p, line);
	if (p->sasl.complete)
		sasl_settle_loose(p);
	return true;
}

bool gap_held_auth(struct pop3 *p, struct span line)
{
	struct pending *front = pending_front(p);
	uint8_t bytes[BASE64_DECODED_MAX(POP3_LINE_MAX)];
	size_t n;
	const struct sasl_mechanism *m = NULL;
	bool base64;

	if (line.n < 4 || command_of(line) != COMMAND_UNKNOWN)
		return false;
	base64 = base64_decode(line, bytes, sizeof bytes, &n) == BASE64_OK;
	if (base64)
		m = guess_by_response(span_of(bytes, n));
	explicit_bzero(bytes, n);
	if (!base64)
		return false;
	if (m != NULL && m != p->loss.exchange)
		p->loss.exchange = NULL; /* it is of another */
	p->spoke = p->known_command = p->asked = true; /* "+ ", and then base64: it is as good as AUTH */
	if (p->loss.exchange != NULL && (p->sasl.mechanism == p->loss.exchange || p->sasl.mechanism == &sasl_unnamed)) {
		/* it was seen, and told: this is what came of it */
		p->sasl.mechanism = NULL;
		p->sasl.name[0] = '\0';
	}
	if (sasl_auth(p) != NULL)
		return true; /* half of it was seen */
	if (front == NULL)
		return pending_auth(p);
	if (front->attempt != NULL || (front->command != COMMAND_GAP && front->command != COMMAND_UNKNOWN))
		return false; /* it is another command that waits for its answer by now */
	settle_lost_user(p); /* it came before */
	*front = (struct pending){ .command = COMMAND_AUTH };
	return true;
}

void gap_find_step(struct sasl *s, bool told)
{
	s->step_lost = s->mechanism != NULL && s->mechanism->ordered && !told;
}

void gap_resume(struct pop3 *p, struct pending *auth)
{
	auth->response_lost |= auth->attempt == NULL; /* what it asked for before stood in the gap */
	sasl_end(p);
	p->sasl = (struct sasl){ .mechanism = auth->mechanism, .attempt = auth->attempt, .active = true,
				 .step_lost = true };
}

bool gap_may_hold_auth(struct pop3 *p, struct span text, size_t decoded)
{
	const struct pending *front = pending_front(p);

	if (p->authenticated || p->shape != SHAPE_SINGLE || (text.n > 0 && decoded == 0))
		return false;
	if (front != NULL)
		return (front->command == COMMAND_GAP && front->attempt == NULL) ||
		       (front->command == COMMAND_UNKNOWN &&
			((p->midstream && p->commands == 1) || (p->loss.of[SIDE_CLIENT] && p->n_pending == 1)));
	return p->midstream && p->commands == 0;
}

bool gap_token_refused(struct span challenge)
{
	return challenge.n > 0 && challenge.p[0] == '{' && span_contains(challenge, "\"status\"");
}

void gap_token_lost(struct pop3 *p)
{
	struct pending *front = pending_front(p);

	if (front == NULL && pending_auth(p)) /* the capture began behind it */
		front = pending_front(p);
	else if (front == NULL || front->command != COMMAND_GAP || front->attempt != NULL ||
	    p->loss.exchange == &sasl_xoauth2 || p->loss.exchange == &sasl_oauthbearer ||
	    p->loss.exchange == &sasl_unnamed)
		return;
	settle_lost_user(p); /* it came before */
	*front = (struct pending){ .command = COMMAND_AUTH };
	p->sasl.attempt = front->attempt = attempt_new(NULL, EXPOSURE_BEARER_TOKEN);
	p->sasl.supposed = false;
	p->sasl.complete = true;
	p->spoke = p->known_command = p->asked = true;
	if (front->attempt == NULL)
		return;
	attempt_command(p, front->attempt, "AUTH", span_of(NULL, 0), NULL);
	attempt_lost(front->attempt, span_of(NULL, 0));
}

/* A response was sent, and is not to be had. */
static void response_lost(struct pop3 *p)
{
	struct sasl *s = &p->sasl;
	struct pending *auth = sasl_auth(p);

	if (s->attempt != NULL && !s->loose)
		attempt_lost(s->attempt, span_of(NULL, 0));
	else if (s->attempt == NULL && auth != NULL)
		auth->response_lost = true;
}

/* AUTH was lost, and now the response to what can only be a prompt. */
static void suppose_lost(struct pop3 *p, uint64_t n)
{
	struct pending *front = pending_front(p);

	if ((p->sasl.mechanism == &sasl_unnamed && !p->sasl.certain) || n < RESPONSE_MIN ||
	    p->loss.exchange == p->sasl.mechanism || p->loss.exchange == &sasl_unnamed || front == NULL ||
	    (front->command != COMMAND_GAP && front->command != COMMAND_UNKNOWN) || front->attempt != NULL)
		return;
	p->spoke = p->known_command = p->asked = true;
	settle_lost_user(p);
	*front = (struct pending){ .command = COMMAND_AUTH, .mechanism = p->sasl.mechanism, .response_lost = true };
}

void sasl_gap(struct pop3 *p, uint64_t n, bool took_line)
{
	struct sasl *s = &p->sasl;
	struct pending *auth;

	s->tail = 0;
	if (!s->active || took_line)
		return;
	auth = sasl_auth(p);
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
	sasl_settle_loose(p);
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
	if (c->attempt != NULL || c->mechanism == NULL)
		return;
	c->attempt = sasl_new_attempt(p, c->mechanism, c->mechanism->name);
	if (c->attempt != NULL)
		attempt_lost(c->attempt, span_of(NULL, 0));
}
