/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the client says, and the queue of commands that wait for an answer (RFC 2449 section 6.6: PIPELINING). */
#include "impl.h"

static void on_user(struct pop3 *p, struct pending *c, struct span args)
{
	/* A second USER replaces the first. The answer proves nothing: PASS decides. */
	(void)c;
	p->user_set = !p->cut; /* half a name would be another's */
	blob_set(&p->user, p->cut ? span_of(NULL, 0) : args);
}

void settle_doubtful(struct pop3 *p, enum event_outcome outcome)
{
	struct attempt *a = p->doubtful;

	p->doubtful = NULL;
	if (a != NULL)
		attempt_settle(p, a, outcome, span_of(NULL, 0));
}

static void on_pass(struct pop3 *p, struct pending *c, struct span args)
{
	struct attempt *a = attempt_new("USER/PASS", EXPOSURE_PASSWORD);

	if (a == NULL)
		return;
	if (p->user_set)
		attempt_user(a, blob_span(&p->user));
	/* RFC 1939 section 7: spaces are part of it. */
	attempt_secret(p, a, args, span_of(NULL, 0));
	attempt_command(p, a, "PASS", args, "[redacted]");
	c->attempt = a;
	blob_free(&p->user);
	p->user_set = false;
}

static void on_auth(struct pop3 *p, struct pending *c, struct span args)
{
	if (!c->bare)
		sasl_begin(p, args);
}

static void on_capa(struct pop3 *p, struct pending *c, struct span args)
{
	(void)c;
	(void)args;
	/* RFC 2595 section 4: after login STLS is not offered any more, and that means nothing. */
	if (p->capa == CAPA_NOT_ASKED && !p->authenticated)
		p->capa = CAPA_ASKED;
}

static void on_stls_sent(struct pop3 *p, struct pending *c, struct span args)
{
	(void)c;
	(void)args;
	p->stls_sent = true;
}

static void on_xtnd(struct pop3 *p, struct pending *c, struct span args)
{
	(void)p;
	c->xmit = span_starts(args, "XMIT");
}

static void on_plain(struct pop3 *p, struct pending *c, struct span args)
{
	(void)p;
	(void)c;
	(void)args;
}

static const struct {
	const char *word;
	void (*on)(struct pop3 *p, struct pending *c, struct span args);
	enum shape shape;
} commands[] = {
	[COMMAND_UNKNOWN] = { "", on_plain, SHAPE_SINGLE },
#define COMMAND(id, word, what, shape) [COMMAND_##id] = { word, on_##what, SHAPE_##shape },
#include "commands.def"
#undef COMMAND
	[COMMAND_GAP] = { "", on_plain, SHAPE_SINGLE },
};

bool command_needs_login(enum command c)
{
	return c == COMMAND_STAT || c == COMMAND_LIST || c == COMMAND_RETR || c == COMMAND_DELE || c == COMMAND_TOP ||
	       c == COMMAND_UIDL || c == COMMAND_RSET;
}

static enum command by_word(struct span word)
{
	unsigned i;

	for (i = COMMAND_UNKNOWN + 1; i < COMMAND_GAP; i++)
		if (span_is(word, commands[i].word))
			return (enum command)i;
	return COMMAND_UNKNOWN;
}

enum command command_of(struct span line)
{
	line = span_ltrim(line);
	return by_word(span_word(&line));
}

enum shape command_shape(const struct pending *c)
{
	enum shape s = commands[c->command].shape;

	if (s == SHAPE_LISTING_BARE)
		return c->bare ? SHAPE_LISTING : SHAPE_SINGLE;
	return s;
}

struct pending *pending_front(struct pop3 *p)
{
	return p->n_pending == 0 ? NULL : &p->pending[p->first_pending];
}

void pending_pop(struct pop3 *p)
{
	p->first_pending = (p->first_pending + 1) % POP3_PENDING_MAX;
	p->n_pending--;
}

/* A new last entry, or one that nobody will see when there are too many. */
static struct pending *pending_push(struct pop3 *p, struct pending *beyond)
{
	struct pending *c;

	if (p->n_pending == POP3_PENDING_MAX || p->untracked > 0) {
		/* Their answers are counted off before commands are kept apart again. */
		p->untracked++;
		p->truncated = true;
		counter_add(COUNTER_POP3_PIPELINE_FULL, 1);
		c = beyond;
	} else {
		c = &p->pending[(p->first_pending + p->n_pending) % POP3_PENDING_MAX];
		p->n_pending++;
	}
	*c = (struct pending){ 0 };
	return c;
}

void pending_flush(struct pop3 *p)
{
	/* Where nothing else was waiting, what the server allows next tells. */
	bool alone = p->n_pending == 1 && p->untracked == 0;
	struct pending *c;

	settle_doubtful(p, OUTCOME_UNKNOWN);
	while ((c = pending_front(p)) != NULL) {
		if (c->attempt != NULL && alone)
			p->doubtful = c->attempt;
		else if (c->attempt != NULL)
			attempt_settle(p, c->attempt, OUTCOME_UNKNOWN, span_of(NULL, 0));
		pending_pop(p);
	}
	p->untracked = 0;
	sasl_end(p);
}

void pending_flush_answered(struct pop3 *p)
{
	struct pending last = { 0 };
	struct sasl sasl = p->sasl;

	if (p->n_pending > 0)
		last = p->pending[(p->first_pending + p->n_pending - 1) % POP3_PENDING_MAX];
	/* A loose attempt hangs on no command that could be kept. */
	if (!sasl.active || sasl.complete || sasl.loose || last.command != COMMAND_AUTH || p->untracked > 0) {
		pending_flush(p);
		return;
	}
	/* It goes on in the middle of AUTH: what was lost of the server was a prompt. */
	p->n_pending--;
	pending_flush(p);
	p->pending[p->first_pending] = last;
	p->n_pending = 1;
	p->sasl = sasl;
	p->sasl.answer_lost = true;
}

void pending_gap(struct pop3 *p)
{
	struct pending beyond;

	pending_push(p, &beyond)->command = COMMAND_GAP;
}

/*
 * True when commands fell into a gap, how many nobody knows, and another comes before any answer: they were
 * sent in one go, and which answer is whose cannot be told.
 */
static bool behind_gap(const struct pop3 *p)
{
	unsigned i;

	for (i = 0; i < p->n_pending; i++)
		if (p->pending[(p->first_pending + i) % POP3_PENDING_MAX].command == COMMAND_GAP)
			return true;
	return false;
}

/* A command is here: whoever sends one has read the answers to those in the gap. */
static void close_gap(struct pop3 *p)
{
	struct pending *c = pending_front(p);

	if (c != NULL && c->command == COMMAND_GAP && c->answered)
		pending_pop(p);
}

void command_line(struct pop3 *p, struct span line)
{
	struct pending beyond, *c;
	struct span args, word;

	if (p->client_message) {
		if (span_is(line, "."))
			p->client_message = false;
		return;
	}
	if (p->sasl.active && sasl_line(p, line))
		return;
	args = span_ltrim(line);
	word = span_word(&args);
	close_gap(p);
	if (p->shape_doubtful) {
		p->shape = SHAPE_SINGLE;
		p->shape_doubtful = false;
	}
	p->blind = behind_gap(p);
	if (p->blind) {
		c = &beyond;
		*c = (struct pending){ 0 };
	} else {
		c = pending_push(p, &beyond);
	}
	c->command = by_word(word);
	c->evidence = p->doubtful != NULL;
	c->cut = p->cut;
	c->bare = span_ltrim(args).n == 0;
	/* POP3 has the server speak first: a client that does must at least speak POP3. */
	if (p->commands++ == 0 && !p->greeted && c->command == COMMAND_UNKNOWN)
		p->phase = PHASE_OTHER;
	if (c->command != COMMAND_UNKNOWN)
		p->known_command = true;
	/* Whoever logs in again was not let in. That is no proof: the answer was not seen. */
	if (c->command == COMMAND_USER || c->command == COMMAND_PASS || c->command == COMMAND_AUTH)
		settle_doubtful(p, OUTCOME_UNKNOWN);
	commands[c->command].on(p, c, args);
	if (c == &beyond && beyond.attempt != NULL)
		attempt_settle(p, beyond.attempt, OUTCOME_UNKNOWN, span_of(NULL, 0));
}
