/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way through the dissector, one line at a time, so that each event is told before the next byte is read. */
#include <stdlib.h>

#include "impl.h"

#define TLS_HANDSHAKE 0x16 /* RFC 8446 section 5.1: a record's first byte */
#define TLS_ALERT 0x15

struct pop3 *pop3_new(const struct pop3_config *config, bool midstream)
{
	struct pop3 *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->config = config;
	p->midstream = p->greeted = midstream;
	p->ready_end = &p->ready;
	return p;
}

static void drop_attempts(struct pop3 *p)
{
	struct attempt *a;
	struct pending *c;

	while ((c = pending_front(p)) != NULL) {
		attempt_free(c->attempt);
		pending_pop(p);
	}
	sasl_end(p); /* may queue a last one */
	while ((a = attempt_pop_ready(p)) != NULL)
		attempt_free(a);
	attempt_free(p->doubtful);
	p->doubtful = NULL;
}

void pop3_free(struct pop3 *p)
{
	int i;

	if (p == NULL)
		return;
	drop_attempts(p);
	line_drop(p, SIDE_CLIENT);
	line_drop(p, SIDE_SERVER);
	blob_free(&p->user);
	for (i = 0; i < OLD_SECRETS; i++)
		blob_free(&p->old_secret[i]);
	blob_free(&p->banner);
	blob_free(&p->capabilities);
	free(p);
}

static void become_opaque(struct pop3 *p, enum phase phase)
{
	if (phase == PHASE_OTHER)
		drop_attempts(p);
	else
		pending_flush(p);
	settle_doubtful(p, OUTCOME_UNKNOWN);
	p->phase = phase;
	p->in[SIDE_CLIENT] = p->in[SIDE_SERVER] = span_of(NULL, 0);
	line_drop(p, SIDE_CLIENT);
	line_drop(p, SIDE_SERVER);
}

/* STLS was granted. The next byte of either side tells whether TLS follows. */
static void after_stls(struct pop3 *p, enum side side, uint8_t first)
{
	if (first == TLS_HANDSHAKE || first == TLS_ALERT) {
		p->stls = first == TLS_HANDSHAKE ? STLS_UPGRADED : STLS_FAILED;
		become_opaque(p, PHASE_TLS);
		return;
	}
	p->stls = STLS_FAILED;
	/* A server that says more after its +OK writes into what the client takes for TLS. */
	p->injected |= side == SIDE_SERVER;
	p->phase = PHASE_TALK;
}

/* The first byte of a side: what cannot be POP3 is told at once, before a line of it is waited for. */
static void first_byte(struct pop3 *p, enum side side, struct span bytes)
{
	bytes = span_ltrim(bytes);
	if (bytes.n == 0)
		return;
	p->judged[side] = true;
	if (p->midstream || p->lost[side])
		return;
	if (side == SIDE_SERVER ? bytes.p[0] != '+' && bytes.p[0] != '-' && bytes.p[0] != '\r' && bytes.p[0] != '\n'
				: bytes.p[0] == TLS_HANDSHAKE && !p->judged[SIDE_SERVER])
		become_opaque(p, PHASE_OTHER);
}

void pop3_push(struct pop3 *p, enum side side, struct span bytes)
{
	if (bytes.n == 0)
		return;
	p->seen[side] = true;
	if (!p->judged[side])
		first_byte(p, side, bytes);
	if (p->phase == PHASE_TLS_NEXT)
		after_stls(p, side, bytes.p[0]);
	if (p->phase == PHASE_TALK)
		p->in[side] = bytes;
}

/*
 * The client's line at hand goes on into a gap, as it does where packets were captured in part. Half a
 * password is still one. True when there was such a line.
 */
static bool cut_line(struct pop3 *p, uint64_t gap)
{
	const struct line *l = &p->line[SIDE_CLIENT];
	struct span line = span_of(l->buf, l->n);
	enum command c = command_of(line);

	if (l->done || l->n == 0 || (!p->sasl.active && c != COMMAND_PASS && c != COMMAND_AUTH && c != COMMAND_USER))
		return false;
	/* The CR may belong to the line end, or to the password. */
	line.n -= line.p[line.n - 1] == '\r' ? 1 : 0;
	p->cut = true;
	p->cut_gap = gap;
	command_line(p, line);
	p->cut = false;
	return true;
}

void pop3_gap(struct pop3 *p, enum side side, uint64_t n)
{
	bool took_line;

	p->lost[side] = true;
	if (p->phase == PHASE_TLS_NEXT) {
		p->stls = STLS_UPGRADED; /* what fell into the gap must have been the handshake */
		become_opaque(p, PHASE_TLS);
	}
	if (p->phase != PHASE_TALK)
		return;
	took_line = side == SIDE_CLIENT && cut_line(p, n);
	line_drop(p, side);
	p->skip_line[side] = true;
	if (side == SIDE_CLIENT) {
		/* Another USER may have come, another mechanism may have been chosen. */
		blob_free(&p->user);
		p->user_set = false;
		p->client_message = false;
		p->sasl.active &= took_line;
		pending_gap(p);
	} else {
		p->greeted = true;
		p->dot = DOT_NO;
		if (p->shape != SHAPE_SINGLE) {
			p->shape_doubtful = true;
		} else {
			/* Which answers were lost nobody knows: better unknown than another's. */
			pending_flush_answered(p);
		}
	}
}

void pop3_end(struct pop3 *p, enum event_end reason)
{
	p->ended = true;
	p->end_reason = reason;
	if (p->phase == PHASE_TALK) {
		cut_line(p, UINT64_MAX);
		pending_flush(p);
	}
	if (p->phase == PHASE_TLS_NEXT)
		p->stls = STLS_FAILED;
	settle_doubtful(p, OUTCOME_UNKNOWN);
	/* A client alone was captured, on a POP3 port, and it spoke POP3. */
	if (!p->seen[SIDE_SERVER] && p->known_command)
		p->confirmed = true;
}

static void client_line(struct pop3 *p, struct span line)
{
	bool skip = p->skip_line[SIDE_CLIENT];

	p->skip_line[SIDE_CLIENT] = false;
	if (skip && command_of(line) == COMMAND_UNKNOWN) {
		/* The tail of something, which in an exchange may be a response. */
		p->sasl.step_lost |= p->sasl.active;
		return;
	}
	command_line(p, line);
}

static void server_line(struct pop3 *p, struct span line)
{
	reply_line(p, line);
	p->skip_line[SIDE_SERVER] = false;
}

/* Looks at one line. False when there is none. */
static bool step(struct pop3 *p)
{
	struct span line;

	if (p->phase != PHASE_TALK)
		return false;
	if (p->in[SIDE_SERVER].n > 0 && p->shape == SHAPE_BODY) {
		if (body_take(p))
			p->shape = SHAPE_SINGLE;
		return true;
	}
	if (line_take(p, SIDE_CLIENT, &line)) {
		client_line(p, line);
	} else if (line_take(p, SIDE_SERVER, &line)) {
		server_line(p, line);
		if (p->phase == PHASE_TLS_NEXT && p->in[SIDE_SERVER].n > 0)
			after_stls(p, SIDE_SERVER, p->in[SIDE_SERVER].p[0]);
	} else {
		return false;
	}
	if (p->phase == PHASE_OTHER)
		become_opaque(p, PHASE_OTHER);
	return true;
}

static void session_event(struct pop3 *p, struct event *e)
{
	event_init(e, EVENT_SESSION);
	e->stls = stls_verdict(p);
	e->outcome = p->best_outcome;
	e->exposure = p->worst_exposure;
	e->end_reason = p->end_reason;
	e->commands = p->commands;
	e->logins = p->logins;
	e->messages = p->messages;
	e->retr_bytes = p->retr_bytes;
	e->capture.truncated = p->truncated;
	if (p->banner.n > 0)
		event_set(e, EVENT_BANNER, blob_span(&p->banner));
	if (p->capabilities.n > 0 && !(p->capa_late && secrets_told(p, blob_span(&p->capabilities))))
		event_set(e, EVENT_CAPABILITIES, blob_span(&p->capabilities));
}

bool pop3_next(struct pop3 *p, struct event *e)
{
	struct attempt *a;

	do {
		if ((p->confirmed || p->ended) && (a = attempt_pop_ready(p)) != NULL) {
			attempt_event(p, a, e);
			attempt_free(a);
			return true;
		}
	} while (step(p));
	if (p->ended && !p->session_told && p->confirmed && p->phase != PHASE_OTHER) {
		p->session_told = true;
		session_event(p, e);
		return true;
	}
	return false;
}

bool pop3_done(const struct pop3 *p)
{
	return p->phase == PHASE_TLS || p->phase == PHASE_OTHER;
}

bool pop3_is_other(const struct pop3 *p)
{
	return p->phase == PHASE_OTHER;
}

size_t pop3_memory(const struct pop3 *p)
{
	size_t n = attempt_memory(p->doubtful) + attempt_memory(p->ready);
	unsigned i;

	for (i = 0; i < p->n_pending; i++)
		n += attempt_memory(p->pending[(p->first_pending + i) % POP3_PENDING_MAX].attempt);
	return n + sizeof *p + p->line[0].cap + p->line[1].cap + p->user.n + p->banner.n + p->capabilities.n;
}
