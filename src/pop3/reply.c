/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the server says. A status line answers the oldest unanswered command (RFC 1939 section 3); the
 * first one of all answers nobody, it is the greeting. Octet counts in answers are never trusted.
 */
#include "impl.h"

#define BANNER_MAX 512
#define CAPABILITIES_MAX 1024

enum status { STATUS_NONE, STATUS_OK, STATUS_ERR, STATUS_CONTINUE };

static enum status status_of(struct span line, struct span *text)
{
	enum status s = STATUS_NONE;
	size_t n = 0;

	if (span_starts(line, "+OK")) {
		s = STATUS_OK;
		n = 3;
	} else if (span_starts(line, "-ERR")) {
		s = STATUS_ERR;
		n = 4;
	} else if (line.n > 0 && line.p[0] == '+' && (line.n == 1 || line.p[1] == ' ')) {
		s = STATUS_CONTINUE;
		n = 1;
	}
	*text = span_skip(line, n);
	if (text->n > 0 && text->p[0] == ' ')
		*text = span_skip(*text, 1);
	return s;
}

enum event_stls stls_verdict(const struct pop3 *p)
{
	if (p->injected)
		return STLS_INJECTED;
	if (p->stls != STLS_UNKNOWN)
		return p->stls;
	if (p->stls_sent)
		return STLS_UNKNOWN; /* its answer was not seen, or nothing came of it */
	if (p->stls_gone)
		return STLS_STRIPPED;
	switch (p->capa) {
	case CAPA_ANSWERED:
		return p->stls_listed ? STLS_OFFERED_UNUSED : STLS_NOT_OFFERED;
	case CAPA_ASKED: /* answered -ERR, or the answer was not seen */
		return STLS_UNKNOWN;
	case CAPA_NOT_ASKED:
		break;
	}
	/* Only who saw all that the client said can say what it did not. */
	if (p->midstream || p->loss.of[SIDE_CLIENT] || !p->spoke)
		return STLS_UNKNOWN;
	return STLS_NOT_ASKED;
}

/*
 * The first status line while commands are already waiting: a client that does not wait for the
 * greeting, or a capture that lacks it? Greetings name the protocol, say that they are ready, or carry
 * an APOP time stamp.
 */
static bool greeting_like(struct span text)
{
	return span_contains(text, "POP") || span_contains(text, " ready") || time_stamp(text).n > 0;
}

static void capabilities_begin(struct pop3 *p)
{
	/* Told after a login, they could repeat its password. */
	if (!p->authenticated)
		p->capa_late = p->logins > 0 || p->loss.doubtful != NULL;
	blob_free(&p->capabilities[p->authenticated]);
	p->capa_holed = false;
	if (!p->authenticated)
		p->stls_listed = false;
}

static void capability(struct pop3 *p, struct span line)
{
	struct blob *b = &p->capabilities[p->authenticated];
	struct span old = blob_span(b), rest = line, word = span_word(&rest);

	/* RFC 2595 section 4: after login STLS is not offered any more, and that means nothing. */
	if (span_is(word, "STLS") && !p->authenticated)
		p->stls_listed = true;
	if (old.n + 1 + line.n > CAPABILITIES_MAX)
		p->truncated = true;
	else if (old.n > 0)
		blob_add(b, '\n', line);
	else
		blob_set(b, line);
}

/* The answer to CAPA is whole. */
static void capabilities_end(struct pop3 *p)
{
	if (p->authenticated)
		return;
	if (p->capa_holed && !p->stls_listed) {
		p->stls_listed = p->stls_once; /* what is not listed may have been in the gap */
		return;
	}
	if (p->capa == CAPA_ASKED)
		p->capa = CAPA_ANSWERED;
	/* The same server, moments ago, offered it: somebody is in between. */
	p->stls_gone = p->stls_once && !p->stls_listed;
	p->stls_once |= p->stls_listed;
}

static void on_stls(struct pop3 *p, bool ok)
{
	if (!ok) {
		p->stls = STLS_REFUSED;
		return;
	}
	/* Written before TLS began, to be taken for what came through it (CVE-2011-0411). */
	p->injected = p->n_pending > 0 || p->line[SIDE_CLIENT].n > 0;
	/* RFC 2595 section 4: both forget what they knew. Commands sent behind STLS were in the clear. */
	pending_flush(p);
	blob_free(&p->user);
	p->users_only += p->user_set ? 1 : 0;
	p->user_set = false;
	blob_free(&p->capabilities[0]);
	blob_free(&p->capabilities[1]);
	p->capa = CAPA_NOT_ASKED;
	p->phase = PHASE_TLS_NEXT;
}

static void begin_shape(struct pop3 *p, const struct pending *c)
{
	p->shape = command_shape(c);
	p->dot = DOT_START;
	p->shape_doubtful = false;
	p->counted = c->command == COMMAND_RETR;
	if (p->shape == SHAPE_BODY && p->counted)
		p->messages++;
	if (p->shape == SHAPE_CAPABILITIES)
		capabilities_begin(p);
	if (c->xmit)
		p->client_message = true;
}

/*
 * The server has answered a line that went on into a gap, or one inside it: so that had its end, and who
 * sends the next has read this.
 */
static void line_ended(struct pop3 *p, struct pending *gap)
{
	p->skip_line[SIDE_CLIENT] = false;
	if (gap != NULL && gap->command == COMMAND_GAP && gap->answers == 0)
		gap->answers = 1;
}

/* A status line that is the answer to a command. */
static void answer(struct pop3 *p, bool ok, struct span text)
{
	struct pending *front = pending_front(p), c;

	if (p->extra_answers > 0) {
		p->extra_answers--;
		return;
	}
	if (front != NULL && front->command == COMMAND_GAP) {
		/* Until the next command all answers are for what was in it. */
		gap_answered(p, front, ok, text);
		line_ended(p, front);
		return;
	}
	if (front == NULL) {
		p->loss.late -= p->loss.late > 0;
		if (p->untracked > 0)
			p->untracked--;
		else if (p->midstream && p->commands == 0 && !p->authenticated && !greeting_like(text))
			begun_at_answer(p, ok, text);
		return; /* unsolicited: an idle time-out, a shutdown */
	}
	c = *front;
	pending_pop(p);
	if (c.command == COMMAND_UNKNOWN && (p->loss.of[SIDE_CLIENT] || p->midstream) && !p->authenticated &&
	    p->loss.late == 0 && (ok ? welcomes(text) : refuses_login(text)))
		tell_lost(p, ok, text); /* it was the response of a lost AUTH */
	if (p->loss.late <= 1)
		p->loss.late = 0; /* this was sent when that was answered */
	p->loss.late_closing = p->loss.text = false;
	p->loss.exchange = NULL;
	if (c.cut || c.holed || c.response_lost)
		line_ended(p, pending_front(p));
	if (c.command == COMMAND_USER)
		p->user_refused = !ok;
	if (c.command == COMMAND_AUTH)
		sasl_answer(p, &c, ok);
	/* Only who is logged in may do this (RFC 1939 section 5): the login whose answer was lost was right. */
	if (ok && c.evidence && command_needs_login(c.command))
		settle_doubtful(p, OUTCOME_SUCCESS);
	else if (ok && command_needs_login(c.command))
		lost_login(p, text);
	if (c.attempt != NULL)
		attempt_settle(p, c.attempt, ok ? OUTCOME_SUCCESS : OUTCOME_FAILURE, text);
	if (c.command == COMMAND_STLS)
		on_stls(p, ok);
	else if (ok)
		begin_shape(p, &c);
}

/* "220 ", "331-": FTP, SMTP and NNTP answer so, and FTP has USER and PASS, too. */
static bool numeric_reply(struct span line)
{
	return line.n >= 4 && line.p[0] >= '1' && line.p[0] <= '5' && line.p[1] >= '0' && line.p[1] <= '9' &&
	       line.p[2] >= '0' && line.p[2] <= '9' && (line.p[3] == ' ' || line.p[3] == '-');
}

/* True when a first line is of something that begins like POP3: "-ERR max number of clients reached". */
static bool redis_like(struct span text, enum status s)
{
	return s == STATUS_ERR && span_starts(text, "max number of clients");
}

static void greet(struct pop3 *p, struct span text)
{
	p->greeted = true;
	if (text.n > BANNER_MAX)
		p->truncated = true;
	/* A greeting that comes after a login could repeat its password. */
	if (p->commands == 0 || p->config->secrets == POP3_SECRETS_SHOW)
		blob_set(&p->banner, span_take(text, BANNER_MAX));
}

/* A line of a LISTING or CAPABILITIES answer. True when it was one. */
static bool listing_line(struct pop3 *p, struct span line, enum status s)
{
	if (span_is(line, ".")) {
		if (p->shape == SHAPE_CAPABILITIES)
			capabilities_end(p);
		p->shape = SHAPE_SINGLE;
		return true;
	}
	/* No entry of a listing looks like a status: a server that forgot the dot. */
	if (s == STATUS_OK || s == STATUS_ERR || (s == STATUS_CONTINUE && p->sasl.active)) {
		p->shape = SHAPE_SINGLE;
		return false;
	}
	if (p->shape == SHAPE_LISTING)
		lost_login(p, line); /* its entries are numbers, too */
	if (p->shape == SHAPE_CAPABILITIES && !p->skip_line[SIDE_SERVER])
		capability(p, line);
	return true;
}

void reply_line(struct pop3 *p, struct span line)
{
	struct span text;
	enum status s = status_of(line, &text);

	if (p->shape != SHAPE_SINGLE && listing_line(p, line, s))
		return;
	/* The handshake was not seen, but this is the beginning: a client that does not wait, and the greeting. */
	if (p->greeted && !p->answered && p->midstream && p->n_pending > 1 && s == STATUS_OK && greeting_like(text))
		p->greeted = false;
	p->answered = true;
	if (!p->greeted && (s == STATUS_OK || s == STATUS_ERR)) {
		if (redis_like(text, s)) {
			protocol_begin(p, SIDE_SERVER, line, true);
			return;
		}
		/* Whoever sends more than one command before the first answer did not wait for the greeting. */
		if (p->n_pending == 0 || greeting_like(text) ||
		    (p->n_pending > 1 && !p->midstream && !p->loss.of[SIDE_SERVER])) {
			/* Elsewhere than on its ports, +OK alone is too little to go by, and so is -ERR. */
			p->confirmed = (p->flags & POP3_ANY_PORT) == 0 || (s == STATUS_OK && text.n > 0);
			greet(p, text);
			return;
		}
		p->greeted = true; /* there was none, or it was not captured */
	}
	switch (s) {
	case STATUS_OK:
	case STATUS_ERR:
		p->status_seen = true;
		/* Redis and NATS say +OK, too, and nothing behind it. */
		if (p->known_command || (p->spoke && s == STATUS_OK && text.n > 0))
			p->confirmed = true;
		answer(p, s == STATUS_OK, text);
		break;
	case STATUS_CONTINUE:
		p->greeted = true; /* before that, and not captured */
		sasl_prompt(p, text);
		if (p->sasl.active && p->loss.of[SIDE_CLIENT])
			p->skip_line[SIDE_CLIENT] = false; /* it asks for a line of its own */
		break;
	case STATUS_NONE:
		p->odd = true;
		p->loss.text = !span_is(line, ".");
		if (!p->greeted || (!p->confirmed && numeric_reply(line)))
			protocol_begin(p, SIDE_SERVER, line, true);
		break;
	}
}
