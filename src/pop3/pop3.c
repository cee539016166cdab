/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way through the dissector, one line at a time, so that each event is told before the next byte is read. */
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"
#include "tls.h"

#define SSL2_HELLO 0x80 /* RFC 5246 appendix E.2: a ClientHello in the clothes of SSLv2, of less than 256 bytes */

struct pop3 *pop3_new(const struct pop3_config *config, unsigned flags, void *user)
{
	struct pop3 *p = heap_new(sizeof *p);

	if (p == NULL)
		return NULL;
	memset(p, 0, POP3_BUSY); /* the queue of commands need not be */
	p->kept = sizeof *p;
	p->config = config;
	p->flags = flags & (POP3_MIDSTREAM | POP3_ANY_PORT | POP3_TLS_PORT);
	p->user_ctx = user;
	p->midstream = p->greeted = (flags & POP3_MIDSTREAM) != 0;
	p->anomaly = ANOMALY_MAX;
	return p;
}

/* The bytes up to the first line end. */
static struct span first_line(struct span s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '\r' && s.p[i] != '\n')
		i++;
	return span_take(s, i);
}

enum pop3_speaker pop3_speaker(struct span first)
{
	first = span_ltrim(first);
	if (span_starts(first, "+OK") || span_starts(first, "-ERR") || span_starts(first, "+ "))
		return POP3_SPEAKER_SERVER;
	return command_of(first_line(first)) != COMMAND_UNKNOWN ? POP3_SPEAKER_CLIENT : POP3_SPEAKER_UNKNOWN;
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
	attempt_free(p->loss.doubtful);
	attempt_free(p->loss.user);
	p->loss.doubtful = p->loss.user = NULL;
}

static void release(struct pop3 *p)
{
	drop_attempts(p);
	attempt_free(p->told);
	line_drop(p, SIDE_CLIENT);
	line_drop(p, SIDE_SERVER);
	blob_free(&p->user);
	blob_free(&p->old_secrets);
	blob_free(&p->banner);
	blob_free(&p->capabilities[0]);
	blob_free(&p->capabilities[1]);
	blob_free(&p->refused);
	tls_free(p->tls);
	heap_free(p->head, HEADS);
}

void pop3_free(struct pop3 *p)
{
	struct pop3 whole;

	if (p == NULL)
		return;
	if (p->kept == sizeof *p) {
		release(p);
		heap_free(p, sizeof *p);
		return;
	}
	rest_copy(&whole, p);
	release(&whole);
	heap_free(p, p->kept);
}

static void become_opaque(struct pop3 *p, enum phase phase)
{
	if (phase == PHASE_OTHER || phase == PHASE_DONE)
		drop_attempts(p);
	else
		pending_flush(p);
	settle_lost_user(p);
	settle_doubtful(p, OUTCOME_UNKNOWN);
	p->phase = phase;
	p->in[SIDE_CLIENT] = p->in[SIDE_SERVER] = span_of(NULL, 0);
	line_drop(p, SIDE_CLIENT);
	line_drop(p, SIDE_SERVER);
}

/* ---- TLS ---- */

/* Nothing more is to be learnt of the handshake. */
static void tls_end(struct pop3 *p)
{
	p->tls_over = true;
	if (!p->implicit_tls)
		return;
	if ((p->flags & POP3_TLS_PORT) == 0)
		p->anomaly = p->tls != NULL && p->tls->broken[SIDE_CLIENT] && !p->tls->client_hello ? ANOMALY_BINARY
												     : ANOMALY_TLS;
	p->phase = PHASE_DONE;
}

static bool begins_tls(enum side side, struct span bytes)
{
	bytes = span_take(bytes, 1); /* lines of text begin with none of these; what comes of it will show */
	return tls_starts(bytes) || tls_alert_starts(bytes) ||
	       (side == SIDE_CLIENT && bytes.n > 0 && bytes.p[0] == SSL2_HELLO);
}

/*
 * The server says something in the clear, which the client takes for what came through TLS. What the client makes
 * of that is to be seen. What follows its lines; empty when that is not here yet.
 */
static struct span skip_injected(struct pop3 *p, struct span bytes)
{
	const uint8_t *lf;

	while (bytes.n > 0 && (p->within_injected || !begins_tls(SIDE_SERVER, bytes))) {
		/* The answer to a STLS that was not waited for is none. */
		p->injected |= !p->early_tls;
		lf = memchr(bytes.p, '\n', bytes.n);
		p->within_injected = lf == NULL;
		if (lf != NULL)
			p->early_tls = false;
		bytes = span_skip(bytes, lf != NULL ? (size_t)(lf - bytes.p) + 1 : bytes.n);
	}
	return bytes;
}

/* TLS came to nothing, and the client goes on in the clear with what is left of its bytes. */
static void tls_fail(struct pop3 *p, struct span rest)
{
	p->stls = STLS_FAILED;
	p->injected = false; /* it was an answer */
	p->phase = PHASE_TALK;
	p->in[SIDE_CLIENT] = rest;
}

/* Until the server has spoken TLS, the client may take it back. */
static void client_goes_on(struct pop3 *p, struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.n; i++) {
		bool more = tls_push(p->tls, SIDE_CLIENT, span_of(bytes.p + i, 1));

		if (p->tls->broken[SIDE_CLIENT] && p->tls->client_hello && !p->implicit_tls) {
			tls_fail(p, span_skip(bytes, i));
			return;
		}
		if (!more) {
			tls_end(p);
			return;
		}
	}
}

static void tls_take(struct pop3 *p, enum side side, struct span bytes)
{
	if (p->tls_over || bytes.n == 0)
		return;
	if (p->tls == NULL) {
		tls_end(p);
		return;
	}
	if (side == SIDE_CLIENT && !p->tls->server_hello) {
		client_goes_on(p, bytes);
		return;
	}
	/* Behind a gap its first bytes may be anything. */
	if (side == SIDE_SERVER && p->tls->from[SIDE_SERVER].looked == 0 && !p->tls->from[SIDE_SERVER].over &&
	    !p->implicit_tls)
		bytes = skip_injected(p, bytes);
	if (bytes.n > 0 && !tls_push(p->tls, side, bytes))
		tls_end(p);
}

static void tls_begin(struct pop3 *p, enum side side, struct span bytes)
{
	become_opaque(p, PHASE_TLS);
	tls_free(p->tls);
	p->tls_over = false;
	p->tls = tls_new();
	if (p->tls == NULL)
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
	tls_take(p, side, bytes);
}

/* STLS was granted. The next byte of either side tells whether TLS follows. */
static void after_stls(struct pop3 *p, enum side side, struct span bytes)
{
	if (side == SIDE_SERVER)
		bytes = skip_injected(p, bytes);
	if (bytes.n == 0)
		return;
	if (begins_tls(side, bytes)) {
		p->stls = STLS_UPGRADED;
		tls_begin(p, side, bytes);
	} else {
		tls_fail(p, bytes);
	}
}

/* True when TLS seems to begin in the middle of the talk: STLS was not seen, or not its answer, or not waited for. */
static bool tls_midway(const struct pop3 *p, enum side side, struct span bytes)
{
	bool asked;

	if (bytes.n == 0 || !tls_starts(span_take(bytes, 1))) /* as nearly always */
		return false;
	asked = p->stls_sent || p->midstream || p->loss.of[SIDE_CLIENT] || p->loss.of[SIDE_SERVER] || !p->seen[side_other(side)];
	return asked && (p->line[side].n == 0 || p->line[side].done) &&
	       !p->client_message && (side == SIDE_CLIENT || p->shape != SHAPE_BODY);
}

static void begin_midway(struct pop3 *p, enum side side)
{
	const struct pending *front = pending_front(p);
	struct span bytes = p->in[side], other = p->in[side_other(side)];

	/* Its answer is still to come, or it was granted, and something else was said in between. */
	p->early_tls = front != NULL && front->command == COMMAND_STLS;
	p->injected |= p->stls == STLS_FAILED || (p->early_tls && p->n_pending > 1);
	p->stls = STLS_UPGRADED;
	tls_begin(p, side, bytes);
	if (p->phase == PHASE_TLS)
		tls_take(p, side_other(side), other);
}

/* What the handshake came to. */
static enum event_stls tls_verdict(const struct pop3 *p)
{
	const struct tls_peek *t = p->tls;
	bool lost = p->loss.of[SIDE_CLIENT] || p->loss.of[SIDE_SERVER];

	if (t == NULL)
		return STLS_UPGRADED;
	if (t->broken[SIDE_CLIENT] && !t->client_hello)
		return STLS_FAILED;
	/* A warning may come before the handshake goes on (RFC 6066 section 3: unrecognized_name). */
	if (t->alert && (t->alert_level == TLS_ALERT_FATAL || !t->server_hello))
		return STLS_FAILED;
	/* Closed before the server had said a word of TLS. */
	if ((p->end_reason == END_FIN || p->end_reason == END_RESET) && t->client_hello && !t->server_hello && !lost &&
	    p->tls->from[SIDE_SERVER].looked == 0)
		return STLS_FAILED;
	return STLS_UPGRADED;
}

static void tls_event(const struct tls_peek *t, struct event *e)
{
	const struct tls_name *alpn = t->alpn.set ? &t->alpn : &t->alpn_offered;
	char number[8];

	if (tls_version_name(t->version) != NULL)
		event_set(e, EVENT_TLS_VERSION, span_str(tls_version_name(t->version)));
	if (t->sni.set)
		event_set(e, EVENT_TLS_SNI, span_of(t->sni.bytes, t->sni.n));
	if (alpn->set)
		event_set(e, EVENT_TLS_ALPN, span_of(alpn->bytes, alpn->n));
	if (t->server_hello) {
		snprintf(number, sizeof number, "0x%04x", t->cipher);
		event_set(e, EVENT_TLS_CIPHER,
			  span_str(tls_cipher_name(t->cipher) != NULL ? tls_cipher_name(t->cipher) : number));
	}
	if (t->alert) {
		snprintf(number, sizeof number, "%u", t->alert_description);
		event_set(e, EVENT_TLS_ALERT,
			  span_str(tls_alert_name(t->alert_description) != NULL ? tls_alert_name(t->alert_description)
									       : number));
	}
}

/* ---- the beginning ---- */

static void implicit_tls(struct pop3 *p, enum side side)
{
	p->implicit_tls = true;
	if ((p->flags & (POP3_ANY_PORT | POP3_TLS_PORT)) != 0)
		become_opaque(p, PHASE_DONE);
	else
		tls_begin(p, side, span_of(NULL, 0));
}

/* The first byte of a side: what cannot be POP3 is told at once, before a line of it is waited for. */
static void first_byte(struct pop3 *p, enum side side, struct span bytes)
{
	struct span text = span_ltrim(bytes);

	if (text.n == 0)
		return;
	p->judged[side] = true;
	if (p->midstream || p->loss.of[side])
		return;
	if (side == SIDE_SERVER && tls_starts(span_take(text, 1)) && !p->judged[SIDE_CLIENT]) {
		implicit_tls(p, side);
	} else if (side == SIDE_SERVER &&
	    text.p[0] != '+' && text.p[0] != '-' && text.p[0] != '\r' && text.p[0] != '\n') {
		protocol_begin(p, side, span_of(NULL, 0), false);
		become_opaque(p, p->phase);
	} else if (side == SIDE_CLIENT && begins_tls(side, text) && !p->judged[SIDE_SERVER]) {
		implicit_tls(p, side);
	}
}

/* After a mechanism with a security layer: its buffers begin with four octets of length (RFC 4422 section 3.7). */
static bool wrapped(struct pop3 *p, enum side side, struct span bytes)
{
	if (!p->may_wrap || p->line[side].n > 0)
		return false;
	if (bytes.p[0] == 0)
		return true;
	p->may_wrap = side == SIDE_SERVER; /* the client speaks, and in the clear */
	return false;
}

void pop3_push(struct pop3 *p, enum side side, struct span bytes)
{
	if (bytes.n == 0)
		return;
	p->seen[side] = true;
	if (side == SIDE_SERVER)
		p->loss.server_gap = false;
	if (!p->judged[side] && p->phase == PHASE_TALK)
		first_byte(p, side, bytes);
	if (p->phase == PHASE_TALK && wrapped(p, side, bytes))
		become_opaque(p, PHASE_WRAPPED);
	if (p->phase == PHASE_TALK)
		p->in[side] = bytes;
	else if (p->phase == PHASE_TLS_NEXT)
		after_stls(p, side, bytes);
	else if (p->phase == PHASE_TLS)
		tls_take(p, side, bytes);
	else if (p->phase == PHASE_OTHER)
		protocol_push(p, side, bytes);
}

void pop3_gap(struct pop3 *p, enum side side, uint64_t n)
{
	p->loss.of[side] = true;
	if (p->phase == PHASE_TLS_NEXT) {
		p->stls = STLS_UPGRADED; /* what fell into the gap must have been the handshake */
		tls_begin(p, side, span_of(NULL, 0));
	}
	if (p->phase == PHASE_TLS && p->tls != NULL)
		tls_gap(p->tls, side, n);
	if (p->phase == PHASE_TALK)
		loss_gap(p, side, n);
}

void pop3_end(struct pop3 *p, enum event_end reason)
{
	p->ended = true;
	p->end_reason = reason;
	if (p->phase == PHASE_TALK) {
		cut_line(p, UINT64_MAX);
		pending_flush(p);
		p->users_only += p->user_set ? 1 : 0;
	}
	if (p->phase == PHASE_TLS_NEXT && reason != END_CAPTURE && reason != END_EVICTED)
		p->stls = STLS_FAILED;
	if (p->phase == PHASE_TLS && !p->tls_over)
		tls_end(p);
	if (p->phase == PHASE_OTHER)
		protocol_end(p);
	settle_lost_user(p);
	settle_doubtful(p, OUTCOME_UNKNOWN);
	/* No answer was captured, and the client spoke POP3, which elsewhere than on its ports takes more to believe. */
	if ((!p->answered || p->status_seen || (p->asked && !p->odd)) && p->known_command &&
	    (p->own_command || (p->flags & POP3_ANY_PORT) == 0))
		p->confirmed = true;
}

static void client_line(struct pop3 *p, struct span line)
{
	bool skip = p->skip_line[SIDE_CLIENT];

	p->skip_line[SIDE_CLIENT] = false;
	p->loss.server_gap = false; /* whoever speaks has read what was in it */
	p->loss.gap = 0;
	if ((p->loss.of[SIDE_CLIENT] || p->midstream) && !p->client_message &&
	    sasl_recognise(p, line, !skip && p->commands > 0))
		return;
	if (skip && command_of(line) == COMMAND_UNKNOWN) {
		sasl_tail(p, line);
		pending_tail(p, line);
		pending_response(p, line);
		blob_free(&p->user);
		p->user_set = false;
		return;
	}
	command_line(p, line);
}

static void server_line(struct pop3 *p, struct span line)
{
	reply_line(p, line);
	p->skip_line[SIDE_SERVER] = false;
}

/* A line has ended the conversation: what else was pushed is for somebody else. */
static void leave_talk(struct pop3 *p)
{
	struct span rest[2] = { p->in[SIDE_CLIENT], p->in[SIDE_SERVER] };

	if (p->phase == PHASE_TLS_NEXT) {
		line_drop(p, SIDE_CLIENT); /* half a command, injected */
		p->in[SIDE_SERVER] = span_of(NULL, 0);
		after_stls(p, SIDE_SERVER, rest[SIDE_SERVER]);
		return;
	}
	become_opaque(p, p->phase);
	protocol_push(p, SIDE_SERVER, rest[SIDE_SERVER]);
	protocol_push(p, SIDE_CLIENT, rest[SIDE_CLIENT]);
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
	if (tls_midway(p, SIDE_CLIENT, p->in[SIDE_CLIENT])) {
		begin_midway(p, SIDE_CLIENT);
		return true;
	}
	if (tls_midway(p, SIDE_SERVER, p->in[SIDE_SERVER])) {
		begin_midway(p, SIDE_SERVER);
		return true;
	}
	if (line_take(p, SIDE_CLIENT, &line)) {
		tell_client_line(p, line);
		client_line(p, line);
	} else if (line_take(p, SIDE_SERVER, &line)) {
		tell_server_line(p, line);
		server_line(p, line);
	} else {
		return false;
	}
	if (p->phase != PHASE_TALK)
		leave_talk(p);
	return true;
}

static void session_event(struct pop3 *p, struct event *e)
{
	event_init(e, EVENT_SESSION);
	if (p->phase == PHASE_TLS)
		p->stls = tls_verdict(p);
	e->stls = stls_verdict(p);
	e->outcome = p->best_outcome;
	e->exposure = p->worst_exposure;
	e->end_reason = p->end_reason;
	e->commands = p->commands;
	e->logins = p->logins;
	e->users_only = p->users_only;
	e->messages = p->messages;
	e->retr_bytes = p->retr_bytes;
	e->capture.truncated = p->truncated;
	if (p->banner.at != NULL)
		event_set(e, EVENT_BANNER, blob_span(&p->banner));
	if (p->capabilities[0].at != NULL && !(p->capa_late && secrets_told(p, blob_span(&p->capabilities[0]))))
		event_set(e, EVENT_CAPABILITIES, blob_span(&p->capabilities[0]));
	if (p->capabilities[1].at != NULL && !secrets_told(p, blob_span(&p->capabilities[1])))
		event_set(e, EVENT_CAPABILITIES_AFTER, blob_span(&p->capabilities[1]));
	if (p->refused.at != NULL)
		event_set(e, EVENT_MECHANISMS_REFUSED, blob_span(&p->refused));
	if (p->tls != NULL)
		tls_event(p->tls, e);
}

static void anomaly_event(struct pop3 *p, struct event *e)
{
	event_init(e, EVENT_ANOMALY);
	e->anomaly = p->anomaly;
	if (p->anomaly == ANOMALY_TLS && p->tls != NULL)
		tls_event(p->tls, e);
	p->anomaly = ANOMALY_MAX;
	p->anomaly_told = true;
}

bool pop3_next(struct pop3 *p, struct event *e)
{
	struct attempt *a;

	attempt_free(p->told);
	p->told = NULL;
	do {
		if (p->confirmed && (p->flags & POP3_TLS_PORT) != 0 && !p->anomaly_told)
			p->anomaly = ANOMALY_PLAINTEXT;
		if (p->anomaly != ANOMALY_MAX) {
			anomaly_event(p, e);
			return true;
		}
		if (p->confirmed && (a = attempt_pop_ready(p)) != NULL) {
			attempt_event(p, a, e);
			p->told = a;
			return true;
		}
	} while (step(p));
	if (p->ended && !p->session_told && p->confirmed && !pop3_is_other(p)) {
		p->session_told = true;
		session_event(p, e);
		return true;
	}
	return false;
}

bool pop3_done(const struct pop3 *p)
{
	return (p->phase == PHASE_TLS && p->tls_over) || p->phase == PHASE_WRAPPED || p->phase == PHASE_DONE;
}

bool pop3_is_other(const struct pop3 *p)
{
	return p->phase == PHASE_OTHER || p->phase == PHASE_DONE;
}

bool pop3_is_sure(const struct pop3 *p)
{
	return p->confirmed && !pop3_is_other(p);
}
