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
#define SCRUB_MIN 3       /* secrets below this are too common as parts of words to be taken out of text */

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
	if (p->config->secrets == POP3_SECRETS_FINGERPRINT) {
		p->config->fingerprint(p->config->ctx, secret, a->id);
		a->id_set = true;
	}
	/* The line was cut, and with it what we have of the secret. */
	if (p->line[SIDE_CLIENT].over || p->cut)
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

/* How much of the secret stands at the beginning of in; half of one counts where the line ends in it. */
static size_t secret_here(struct span in, struct span secret)
{
	size_t n = secret.n < in.n ? secret.n : in.n;

	/* Part of a word could be anything. */
	return n >= SCRUB_MIN && memcmp(in.p, secret.p, n) == 0 ? n : 0;
}

/* Writes in to out (cap bytes) with every occurrence of the secrets replaced. Returns the bytes written. */
static size_t scrub(struct span in, const struct span secret[2], uint8_t *out, size_t cap)
{
	size_t n = 0;

	while (in.n > 0 && n < cap) {
		struct span put = span_take(in, 1);
		size_t step = secret_here(in, secret[0]);

		if (step == 0)
			step = secret_here(in, secret[1]);
		if (step > 0)
			put = span_str(redacted);
		else
			step = 1;
		put = span_take(put, cap - n);
		memcpy(out + n, put.p, put.n);
		n += put.n;
		in = span_skip(in, step);
	}
	return n;
}

/* Servers repeat what they did not understand: "-ERR no such command: hunter2". */
static void set_answer(struct pop3 *p, struct attempt *a, struct span answer)
{
	uint8_t clean[ANSWER_MAX];
	struct span secrets[2] = { blob_span(&a->secret), blob_span(&a->on_wire) };
	size_t n, i;

	a->truncated |= answer.n > ANSWER_MAX;
	if (p->config->secrets == POP3_SECRETS_SHOW) {
		blob_set(&a->answer, span_take(answer, ANSWER_MAX));
		return;
	}
	for (i = 0; i < 2; i++)
		/* Where the password is the user's name there is nothing left to hide. */
		if (secrets[i].n < SCRUB_MIN || span_eq(secrets[i], blob_span(&a->user)))
			secrets[i] = span_of(NULL, 0);
	n = scrub(answer, secrets, clean, sizeof clean);
	blob_set(&a->answer, span_of(clean, n));
	explicit_bzero(clean, sizeof clean);
}

void attempt_settle(struct pop3 *p, struct attempt *a, enum event_outcome outcome, struct span answer)
{
	a->outcome = outcome;
	a->stls = stls_verdict(p);
	if (answer.p != NULL) {
		a->answered = true;
		set_answer(p, a, answer);
	}
	p->logins++;
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
	return sizeof *a + a->user.n + a->authzid.n + a->secret.n + a->on_wire.n + a->args.n + a->answer.n;
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
