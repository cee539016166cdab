/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A login attempt: collected from the client's lines, settled by the server's answer, told as an event.
 * The secret stays here until then, because the answer may repeat it and must be cleaned of it.
 */
#include <stdlib.h>

#include "impl.h"

#define USER_MAX 512      /* as in texts.def; more is cut and flagged */
#define SECRET_MAX POP3_LINE_MAX /* in show mode, texts.def has room for as much */
#define ANSWER_MAX 512    /* as in texts.def */
#define SCRUB_MIN 3       /* secrets below this are too common as parts of words to be looked for */
#define PART_TOLD 8       /* bytes of a secret that are too much to tell */

static const char redacted[] = "[redacted]";

struct attempt {
	struct attempt *next;
	const char *mechanism, *command;
	enum event_exposure exposure;
	enum event_outcome outcome;
	enum event_stls stls;
	bool user_set, authzid_set, secret_set, undecodable, truncated, answered;
	bool id_set;
	uint8_t id[EVENT_SECRET_ID];
	struct blob user, authzid, secret, on_wire, args, answer;
};

struct attempt *attempt_new(const char *mechanism, enum event_exposure exposure)
{
	struct attempt *a = calloc(1, sizeof *a);

	if (a == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		return NULL;
	}
	a->mechanism = mechanism;
	a->exposure = exposure;
	return a;
}

void attempt_free(struct attempt *a)
{
	if (a == NULL)
		return;
	blob_free(&a->user);
	blob_free(&a->authzid);
	blob_free(&a->secret);
	blob_free(&a->on_wire);
	blob_free(&a->args);
	blob_free(&a->answer);
	free(a);
}

static void set(struct attempt *a, struct blob *b, struct span bytes, size_t max)
{
	if (bytes.n > max)
		a->truncated = true;
	blob_set(b, span_take(bytes, max));
}

void attempt_user(struct attempt *a, struct span user)
{
	a->user_set = true;
	set(a, &a->user, user, USER_MAX);
}

void attempt_authzid(struct attempt *a, struct span authzid)
{
	a->authzid_set = authzid.n > 0;
	set(a, &a->authzid, authzid, USER_MAX);
}

void attempt_secret(struct pop3 *p, struct attempt *a, struct span secret, struct span on_wire)
{
	a->secret_set = true;
	set(a, &a->secret, secret, SECRET_MAX);
	set(a, &a->on_wire, on_wire, SECRET_MAX);
	/* The line was cut, and with it what we have of the secret: no fingerprint of a part. */
	if (p->line[SIDE_CLIENT].over || p->cut) {
		a->truncated = true;
	} else if (p->config->secrets == POP3_SECRETS_FINGERPRINT) {
		p->config->fingerprint(p->config->ctx, secret, a->id);
		a->id_set = true;
	}
}

void attempt_cut(struct attempt *a)
{
	a->truncated = true;
}

void attempt_undecodable(struct attempt *a)
{
	a->undecodable = true;
}

void attempt_command(struct pop3 *p, struct attempt *a, const char *command, struct span args,
		     const char *redacted_args)
{
	bool hide = redacted_args != NULL && p->config->secrets != POP3_SECRETS_SHOW;

	a->command = command;
	blob_set(&a->args, hide ? span_str(redacted_args) : args);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* True when word (n bytes) stands in text, letters compared without case. */
static bool stands_in(struct span text, struct span word)
{
	size_t i;

	for (; text.n >= word.n; text = span_skip(text, 1)) {
		for (i = 0; i < word.n && lower(text.p[i]) == lower(word.p[i]); i++)
			;
		if (i == word.n)
			return true;
	}
	return false;
}

static struct span without_blanks(struct span s)
{
	s = span_ltrim(s);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Of eight bytes in a row, one of 4096. */
static unsigned bit_of(uint64_t part)
{
	return (unsigned)(part * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

_Static_assert(PART_TOLD == sizeof(uint64_t), "a part fills a number");

/* True when the text gives away the secret, or PART_TOLD bytes of it in a row. */
static bool tells(struct span text, struct span secret)
{
	uint64_t seen[64] = { 0 }; /* a bit for each part of the text, by hash: few parts need a search */
	uint64_t part = 0;
	size_t i;

	secret = without_blanks(secret);
	if (secret.n < SCRUB_MIN)
		return false;
	if (secret.n < PART_TOLD)
		return stands_in(text, secret);
	for (i = 0; i < text.n; i++) {
		part = part << 8 | lower(text.p[i]);
		if (i + 1 >= PART_TOLD)
			seen[bit_of(part) / 64] |= UINT64_C(1) << bit_of(part) % 64;
	}
	for (i = 0; i < secret.n; i++) {
		part = part << 8 | lower(secret.p[i]);
		if (i + 1 >= PART_TOLD && (seen[bit_of(part) / 64] >> bit_of(part) % 64 & 1) != 0 &&
		    stands_in(text, span_of(secret.p + i + 1 - PART_TOLD, PART_TOLD)))
			return true;
	}
	return false;
}

bool secrets_told(const struct pop3 *p, struct span text)
{
	size_t i;

	for (i = 0; i < OLD_SECRETS; i++)
		if (tells(text, blob_span(&p->old_secret[i])))
			return true;
	return false;
}

/* What a later answer may repeat. The beginning is enough to know it again. */
static void remember(struct pop3 *p, struct span secret)
{
	if (secret.n < SCRUB_MIN)
		return;
	blob_set(&p->old_secret[p->next_old], span_take(secret, OLD_SECRET_MAX));
	p->next_old = (p->next_old + 1) % OLD_SECRETS;
}

/*
 * Servers repeat what they did not understand: "-ERR no such command: hunter2". An answer that has the
 * secret in it is left out as a whole: cutting it out would show where it stood, and in what words.
 */
static void set_answer(struct pop3 *p, struct attempt *a, struct span answer)
{
	struct span secret = blob_span(&a->secret);

	a->truncated |= answer.n > ANSWER_MAX;
	answer = span_take(answer, ANSWER_MAX); /* what is not told need not be looked at */
	if (p->config->secrets != POP3_SECRETS_SHOW &&
	    /* Where the password is the user's name there is nothing left to hide. */
	    ((!span_eq(secret, blob_span(&a->user)) && tells(answer, secret)) ||
	     tells(answer, blob_span(&a->on_wire)) || secrets_told(p, answer)))
		answer = span_str(redacted);
	blob_set(&a->answer, answer);
}

void attempt_settle(struct pop3 *p, struct attempt *a, enum event_outcome outcome, struct span answer)
{
	a->outcome = outcome;
	a->stls = stls_verdict(p);
	if (answer.p != NULL) {
		a->answered = true;
		set_answer(p, a, answer);
	}
	if (p->config->secrets != POP3_SECRETS_SHOW && !span_eq(blob_span(&a->secret), blob_span(&a->user)))
		remember(p, blob_span(&a->secret));
	/* Without a word of the server none is told before the end: but they must not pile up. */
	if (++p->logins > POP3_PENDING_MAX)
		p->confirmed = true;
	if (outcome == OUTCOME_SUCCESS)
		p->authenticated = true;
	/* Best first: success, failure, unknown. */
	if (p->best_outcome == OUTCOME_NONE || outcome < p->best_outcome)
		p->best_outcome = outcome;
	if (a->exposure > p->worst_exposure)
		p->worst_exposure = a->exposure;
	a->next = NULL;
	*p->ready_end = a;
	p->ready_end = &a->next;
}

void attempt_event(struct pop3 *p, const struct attempt *a, struct event *e)
{
	event_init(e, EVENT_LOGIN);
	e->outcome = a->outcome;
	e->exposure = a->exposure;
	e->stls = a->stls;
	e->undecodable = a->undecodable;
	e->capture.truncated = a->truncated || p->truncated;
	e->secret_seen = a->secret_set;
	event_set(e, EVENT_MECHANISM, span_str(a->mechanism));
	if (a->user_set)
		event_set(e, EVENT_USER, blob_span(&a->user));
	if (a->authzid_set)
		event_set(e, EVENT_AUTHZID, blob_span(&a->authzid));
	if (a->secret_set && p->config->secrets == POP3_SECRETS_SHOW)
		event_set(e, EVENT_PASSWORD, blob_span(&a->secret));
	if (a->id_set) {
		e->secret_id_set = true;
		memcpy(e->secret_id, a->id, sizeof e->secret_id);
	}
	event_set(e, EVENT_COMMAND, span_str(a->command));
	event_set(e, EVENT_ARGS, blob_span(&a->args));
	if (a->answered) {
		e->response_set = true;
		e->response_ok = a->outcome == OUTCOME_SUCCESS;
		event_set(e, EVENT_RESPONSE, blob_span(&a->answer));
	}
	if (p->banner.n > 0)
		event_set(e, EVENT_BANNER, blob_span(&p->banner));
}

size_t attempt_memory(const struct attempt *a)
{
	size_t n = 0;

	for (; a != NULL; a = a->next)
		n += sizeof *a + a->user.n + a->authzid.n + a->secret.n + a->on_wire.n + a->args.n + a->answer.n;
	return n;
}

struct attempt *attempt_pop_ready(struct pop3 *p)
{
	struct attempt *a = p->ready;

	if (a != NULL) {
		p->ready = a->next;
		if (p->ready == NULL)
			p->ready_end = &p->ready;
	}
	return a;
}
