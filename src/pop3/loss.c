/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is supposed after a gap. Bytes of the client that are missing may be commands, responses, half a line of
 * either; bytes of the server, answers and prompts. Here is what is made of that, for commands and answers
 * (sasl/gap.c has the exchange of AUTH):
 *
 *   of the client   a COMMAND_GAP takes the place of what was in it. PASS was, if USER came just before. Answers are
 *                   given to it until the next command, whose sender has read them all.
 *   of the server   which answers were lost nobody knows: what waits for one is told as unknown. Where only one answer
 *                   could come, that was it, and the next is somebody else's: loss.late counts the others.
 *   of both         nothing that was asked before is answered behind it
 *
 * An answer such as none but a login has, with nothing seen that it could belong to, is a login of its own. One that
 * could belong to a login told already is that one's, and nothing more is told: never two out of one.
 */
#include <strings.h>

#include "impl.h"

#define ANSWER_MIN 5 /* bytes of "+OK" with CR LF */
#define PASS_MIN 7 /* bytes of "PASS x" and LF; "QUIT" with CR LF has less */

/* ---- logins that are held until it shows what became of them ---- */

void settle_doubtful(struct pop3 *p, enum event_outcome outcome)
{
	struct attempt *a = p->loss.doubtful;

	p->loss.doubtful = NULL;
	if (a != NULL)
		attempt_settle(p, a, outcome, span_of(NULL, 0));
}

void settle_lost_user(struct pop3 *p)
{
	struct attempt *a = p->loss.user;

	p->loss.user = NULL;
	if (a != NULL)
		attempt_settle(p, a, OUTCOME_UNKNOWN, span_of(NULL, 0));
}

/* What the answer to a gap was is lost, or there was none. What comes next still tells if there was a PASS in it. */
void hold_user(struct pop3 *p, struct pending *gap)
{
	settle_lost_user(p);
	if (p->ended && gap->answers == 1 && !gap->first_ok)
		attempt_settle(p, gap->attempt, OUTCOME_FAILURE, span_of(NULL, 0));
	else
		p->loss.user = gap->attempt;
	gap->attempt = NULL;
}

void nameless_login(struct pop3 *p, enum event_outcome outcome, struct span text)
{
	struct attempt *a = attempt_new(NULL, EXPOSURE_NONE);

	if (a == NULL)
		return;
	attempt_cut(a);
	attempt_settle(p, a, outcome, text);
}

/* True when a client line can be the response of an exchange of which nothing was seen, and nothing told. */
bool first_response(const struct pop3 *p, struct span line)
{
	return p->loss.of[SIDE_CLIENT] && p->loss.late == 0 && p->loss.exchange == NULL && !p->authenticated &&
	       sasl_resembles(line);
}

void settle_response(struct pop3 *p, struct pending *c)
{
	if (!c->response)
		return;
	c->response = false;
	nameless_login(p, OUTCOME_UNKNOWN, span_of(NULL, 0));
	p->loss.exchange = &sasl_unnamed; /* and more of them may follow */
	p->loss.late = 1;
}

/* ---- PASS behind USER ---- */

/*
 * The login of a USER whose PASS seems to have fallen into a gap. RFC 1939 lets nothing but PASS and QUIT
 * follow, but clients do as they like: what comes next, and whether one answer came or more, must agree.
 */
static void settle_user(struct pop3 *p, struct pending *gap, enum command next)
{
	struct attempt *a = gap->attempt;

	gap->attempt = NULL;
	if (next == COMMAND_PASS || (command_logs_in(next) && gap->answers == 1 && gap->first_ok)) {
		attempt_free(a); /* another USER fell into the gap, no PASS did */
		return;
	}
	if (gap->answers == 1 && !gap->first_ok) {
		attempt_settle(p, a, OUTCOME_FAILURE, span_of(NULL, 0));
		return;
	}
	if (gap->answers == 1) {
		settle_doubtful(p, OUTCOME_UNKNOWN);
		p->loss.doubtful = a; /* what the server allows next tells */
		return;
	}
	attempt_settle(p, a, OUTCOME_UNKNOWN, span_of(NULL, 0));
}

/* A second gap, behind that of a PASS: by now another USER may have been sent. */
static void settle_users(struct pop3 *p)
{
	struct attempt *a;
	unsigned i;

	for (i = 0; i < p->n_pending; i++) {
		struct pending *c = pending_at(p, i);

		if (c->command != COMMAND_GAP || (a = c->attempt) == NULL)
			continue;
		c->attempt = NULL;
		p->loss.late += c->answers == 0;
		attempt_forget_user(a);
		attempt_settle(p, a, OUTCOME_UNKNOWN, span_of(NULL, 0));
	}
	if (p->loss.user != NULL)
		attempt_forget_user(p->loss.user);
	settle_lost_user(p);
}

/* What there is of a line may become PASS. */
static bool may_be_pass(const struct line *l)
{
	struct span s = span_ltrim(span_of(l->buf, l->done ? 0 : l->n));

	return s.n <= 4 && (s.n == 0 || strncasecmp("PASS", (const char *)s.p, s.n) == 0);
}

/* The PASS of the last USER is in the gap. */
static void lost_pass(struct pop3 *p, struct pending *gap)
{
	gap->attempt = attempt_new("USER/PASS", EXPOSURE_PASSWORD);
	if (gap->attempt == NULL)
		return;
	attempt_user(gap->attempt, blob_span(&p->user));
	attempt_command(p, gap->attempt, "PASS", span_of(NULL, 0), NULL);
	attempt_lost(gap->attempt, span_of(NULL, 0));
}

/* A command is here: whoever sends one has read the answers to those in the gap. */
void close_gap(struct pop3 *p, enum command next)
{
	struct pending *c = pending_front(p);

	if (c != NULL && c->command == COMMAND_GAP && c->answers > 0) {
		if (c->attempt != NULL)
			settle_user(p, c, next);
		if (next != COMMAND_AUTH)
			settle_response(p, c);
		pending_pop(p);
	}
}

/* PASS was sent behind a gap: so another USER was in that. */
void drop_users(struct pop3 *p)
{
	unsigned i;

	for (i = 0; i < p->n_pending; i++) {
		struct pending *c = pending_at(p, i);

		if (c->command == COMMAND_GAP && c->attempt != NULL)
			settle_user(p, c, COMMAND_PASS);
	}
	attempt_free(p->loss.user);
	p->loss.user = NULL;
}

/* ---- a gap ---- */

/*
 * n bytes of the server are missing. The answer to what waits is among them if nothing but that was still to be said;
 * otherwise it may yet come, when its login was told long ago.
 */
static void note_late(struct pop3 *p, uint64_t n)
{
	const struct pending *front = pending_front(p);
	bool begins = p->shape == SHAPE_SINGLE && (p->line[SIDE_SERVER].n == 0 || p->line[SIDE_SERVER].done);
	bool supposed = p->sasl.active && p->sasl.supposed; /* it has the place of the gap */
	unsigned i, waiting = p->untracked + p->extra_answers;

	for (i = 0; i < p->n_pending; i++)
		waiting += pending_at(p, i)->command != COMMAND_GAP;
	if (waiting == 0 && !supposed)
		return;
	if (waiting == 1 && p->loss.late <= 1)
		p->loss.late = 0; /* what waits was sent when that was answered */
	if (waiting > 0 && (waiting > 1 || front == NULL || front->command == COMMAND_GAP || n < ANSWER_MIN || !begins)) {
		p->loss.late += waiting;
		return;
	}
	if (waiting > 0 && (front->command != COMMAND_AUTH || front->bare))
		return;
	if (sasl_answer_next(&p->sasl))
		return;
	p->loss.late++;
	p->loss.late_closing = p->sasl.complete;
}

void pending_flush_answered(struct pop3 *p)
{
	struct pending last = { 0 };
	struct sasl sasl = p->sasl;
	bool full = p->untracked > 0;

	if (p->n_pending > 0)
		last = *pending_last(p);
	/* A loose attempt hangs on no command that could be kept. */
	if (!sasl.active || (sasl.complete && sasl_answer_next(&sasl)) || sasl.loose || p->untracked > 0 ||
	    (last.command != COMMAND_AUTH && !(sasl.supposed && last.command == COMMAND_GAP))) {
		pending_flush(p);
		/* What fell into a gap of the client may be answered yet; whoever sends the next command has read that. */
		if (last.command == COMMAND_GAP && !full)
			*pending_push(p, &last) = (struct pending){ .command = COMMAND_GAP, .answers = 2 };
		return;
	}
	/* It goes on in the middle of AUTH: what was lost of the server was a prompt. */
	p->n_pending--;
	p->sasl = (struct sasl){ 0 }; /* it is kept aside */
	pending_flush(p);
	p->pending[p->first_pending] = last;
	p->n_pending = 1;
	p->sasl = sasl;
	p->sasl.answer_lost = true;
}

void pending_gap(struct pop3 *p, uint64_t n)
{
	struct pending beyond, *c;
	const struct line *l = &p->line[SIDE_CLIENT];
	bool pass = p->user_set && p->user_last && !p->user_refused && may_be_pass(l);

	settle_users(p);
	c = pending_last(p);
	if (c == NULL || c->command != COMMAND_GAP) /* how many gaps makes no difference */
		c = pending_push(p, &beyond);
	else
		settle_response(p, c);
	*c = (struct pending){ .command = COMMAND_GAP };
	/* Its answers may be in a gap, too: whoever sends the next command has read them. */
	if (p->loss.server_gap)
		c->answers = 2;
	if (pass && c != &beyond && n + l->n >= PASS_MIN)
		lost_pass(p, c);
	else if (pass && c != &beyond)
		p->loss.pass_tail = (uint8_t)(n + l->n); /* what follows up to the line end tells */
}

void pending_tail(struct pop3 *p, struct span line)
{
	struct pending *last;

	if (p->loss.pass_tail > 0 && p->loss.pass_tail + line.n + 1 >= PASS_MIN && (last = pending_last(p)) != NULL &&
	    last->command == COMMAND_GAP && last->attempt == NULL)
		lost_pass(p, last);
	p->loss.pass_tail = 0;
}

void pending_response(struct pop3 *p, struct span line)
{
	struct pending *last = pending_last(p);

	if (last != NULL && last->command == COMMAND_GAP && last->attempt == NULL && first_response(p, line))
		last->response = true;
}

/*
 * True when commands fell into a gap, how many nobody knows, and another comes before any answer: they were
 * sent in one go, and which answer is whose cannot be told.
 */
bool behind_gap(const struct pop3 *p)
{
	unsigned i;

	for (i = 0; i < p->n_pending; i++)
		if (p->pending[(p->first_pending + i) % POP3_PENDING_MAX].command == COMMAND_GAP)
			return true;
	return false;
}

/*
 * The client's line at hand goes on into a gap, as it does where packets were captured in part. Half a
 * password is still one. True when there was such a line.
 */
bool cut_line(struct pop3 *p, uint64_t gap)
{
	const struct line *l = &p->line[SIDE_CLIENT];
	struct span line = span_of(l->buf, l->n);
	enum command c = command_of(line);

	if (l->done || l->n == 0 || (!p->sasl.active && c != COMMAND_PASS && c != COMMAND_AUTH && c != COMMAND_USER &&
					 c != COMMAND_APOP))
		return false;
	/* The CR may belong to the line end, or to the password. */
	line.n -= line.p[line.n - 1] == '\r' ? 1 : 0;
	p->loss.cut = true;
	p->loss.cut_gap = gap;
	command_line(p, line);
	p->loss.cut = false;
	return true;
}

static void client_gap(struct pop3 *p, uint64_t n)
{
	bool took_line;

	p->loss.gap += n;
	p->loss.bytes += n;
	took_line = cut_line(p, n);
	sasl_gap(p, n, took_line);
	/* Both sides lost something: which of it came first cannot be told, nor which answers are still to come. */
	if (p->loss.server_gap) {
		p->loss.exchange = pending_front(p) != NULL && !p->sasl.complete ? pending_front(p)->mechanism : NULL;
		pending_flush(p);
	}
	p->loss.pass_tail = 0;
	settle_doubtful(p, OUTCOME_UNKNOWN); /* what follows may be the fruit of another login */
	pending_gap(p, n);
	/* Another USER may have come, another mechanism may have been chosen. */
	if (p->loss.pass_tail == 0)
		blob_free(&p->user);
	p->user_set &= p->loss.pass_tail > 0;
	p->user_last = false;
	p->client_message = false;
}

static void server_gap(struct pop3 *p, uint64_t n)
{
	const struct pending *front;

	note_late(p, n);
	/* A message, if anybody can have asked for one. */
	p->loss.text |= p->loss.doubts > 0 || p->loss.bytes >= LOGIN_MIN + RETR_MIN;
	p->greeted = p->loss.server_gap = true;
	p->dot = DOT_NO;
	/* Which response was asked for is known only where all of the exchange was seen, or its response tells. */
	p->sasl.step_lost |= p->sasl.active && p->sasl.unnamed &&
			     (p->sasl.mechanism == NULL || p->sasl.mechanism->ordered);
	p->capa_holed = true;
	p->extra_answers = 0;
	front = pending_front(p);
	if (p->shape != SHAPE_SINGLE)
		p->shape_doubtful = true;
	else if (front != NULL && front->maybe_lost)
		p->loss.exchange = front->mechanism;
	/* Which answers were lost nobody knows: better unknown than another's. */
	if (p->shape == SHAPE_SINGLE || front != NULL)
		pending_flush_answered(p);
}

void loss_gap(struct pop3 *p, enum side side, uint64_t n)
{
	if (side == SIDE_CLIENT)
		client_gap(p, n);
	else
		server_gap(p, n);
	line_drop(p, side);
	p->skip_line[side] = true;
}

/* ---- answers behind a gap ---- */

/* Somebody is logged in, and nobody was seen to log in: that fell into a gap, whole. */
void lost_login(struct pop3 *p, struct span text)
{
	/* "+OK 2 320", "+OK 120 octets", and not the late answer to another command. */
	if (text.n == 0 || text.p[0] < '0' || text.p[0] > '9')
		return;
	if (!p->authenticated && !p->midstream && p->loss.of[SIDE_CLIENT] && p->loss.doubts == 0)
		nameless_login(p, OUTCOME_SUCCESS, span_of(NULL, 0));
}

/* What servers say to who has just logged in: RFC 1939 section 7, Dovecot, Courier, Cyrus, Exchange, Gmail. */
bool welcomes(struct span text)
{
	static const char *const words[] = { "logged in", "logged on", "maildrop", "mailbox", "authenticated",
					     "authentication succe", "welcome" };
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_contains(text, words[i]))
			return true;
	return false;
}

bool refuses_login(struct span text)
{
	return span_starts(text, "[AUTH]") || span_starts(text, "[IN-USE]") || span_starts(text, "[LOGIN-DELAY]");
}

/* The capture begins with the answer to a login, unless it is a greeting that has the same words. */
void begun_at_answer(struct pop3 *p, bool ok, struct span text)
{
	if (span_contains(text, "welcome"))
		return;
	if (ok ? welcomes(text) : refuses_login(text))
		nameless_login(p, ok ? OUTCOME_SUCCESS : OUTCOME_FAILURE, text);
}

/* An answer such as none but a login has, and nothing seen that it could be the answer to. */
void tell_lost(struct pop3 *p, bool ok, struct span text)
{
	p->confirmed |= (p->flags & POP3_ANY_PORT) == 0; /* none but POP3 says so */
	nameless_login(p, ok ? OUTCOME_SUCCESS : OUTCOME_FAILURE, text);
}

/* True when the answer may be to a login that was told already, and not to what fell into the gap. */
static bool may_be_late(const struct pop3 *p)
{
	/* The end of an exchange is an empty line; there is more in the gap. */
	bool more = p->loss.late_closing && p->loss.gap >= LINE_END + LOGIN_MIN;

	return p->loss.late > 0 && !more;
}

/* An answer to what fell into a gap, such as none but a login has (RFC 3206 section 4, RFC 2449 section 8.1). */
void gap_answered(struct pop3 *p, struct pending *gap, bool ok, struct span text)
{
	bool refused = !ok && !p->authenticated && refuses_login(text); /* not what stands in a mail */

	bool welcome = ok && !p->authenticated && welcomes(text);

	if ((refused || welcome) && p->loss.user != NULL) {
		settle_lost_user(p); /* that may have been the one: an answer before this was lost */
		p->loss.doubts--;
		p->authenticated |= welcome;
	} else if ((refused || welcome) && may_be_late(p)) {
		p->loss.late--; /* that may have been the one */
		p->loss.doubts -= p->loss.doubts > 0;
		p->loss.exchange = NULL;
		p->authenticated |= welcome;
	} else if ((refused || welcome) && gap->attempt == NULL) {
		gap->response = false;
		tell_lost(p, ok, text);
	} else if (welcome && gap->answers == 0) {
		attempt_settle(p, gap->attempt, OUTCOME_SUCCESS, text);
		gap->attempt = NULL;
	}
	if (refused || welcome)
		p->loss.text = false;
	if (gap->answers == 0)
		gap->first_ok = ok;
	if (gap->answers < 2)
		gap->answers++;
}
