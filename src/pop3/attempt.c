/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A login attempt: collected from the client's lines, settled by the server's answer, told as an event.
 * The secret stays here until then, because the answer may repeat it and must be cleaned of it.
 */

#include "impl.h"

#define USER_MAX 512      /* as in texts.def; more is cut and flagged */
#define SECRET_MAX POP3_LINE_MAX /* where secrets are shown; texts.def has room for as much */
#define ANSWER_MAX 512    /* as in texts.def */
#define HASH_MAX 4096     /* as in texts.def */
#define REASON_MAX 64     /* as in texts.def */
#define SCRUB_MAX 1024    /* bytes of a secret that answers are cleaned of; they have 512 themselves */
#define SCRUB_MIN 3       /* secrets below this are looked for as words, not as parts of words */
#define PART_TOLD 8       /* bytes of a secret that are too much to tell */

static const char redacted[] = "[redacted]";

struct attempt {
	struct attempt *next;
	char mechanism[SASL_NAME_MAX + 1]; /* "": not known */
	const char *command;
	enum event_exposure worth;    /* what a secret of this mechanism is worth, */
	enum event_exposure exposure; /* and what was really sent */
	enum event_outcome outcome;
	enum event_stls stls;
	bool user_set, authzid_set, domain_set, secret_set, undecodable, truncated, answered;
	bool sent; /* a secret, or proof of one, seen or not */
	uint32_t hash_mode;
	bool id_set, breached;
	uint8_t id[EVENT_SECRET_ID];
	struct blob user, authzid, domain, secret, proof, on_wire, hash, args, answer;
};

struct attempt *attempt_new(const char *mechanism, enum event_exposure exposure)
{
	struct attempt *a = heap_new(sizeof *a);

	if (a == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		return NULL;
	}
	*a = (struct attempt){ 0 };
	a->command = "";
	attempt_mechanism(a, mechanism, exposure);
	return a;
}

void attempt_mechanism(struct attempt *a, const char *mechanism, enum event_exposure exposure)
{
	size_t n = mechanism != NULL ? strnlen(mechanism, SASL_NAME_MAX) : 0;

	if (n > 0)
		memcpy(a->mechanism, mechanism, n);
	a->mechanism[n] = '\0';
	a->worth = exposure;
}

void attempt_free(struct attempt *a)
{
	if (a == NULL)
		return;
	blob_free(&a->user);
	blob_free(&a->authzid);
	blob_free(&a->domain);
	blob_free(&a->secret);
	blob_free(&a->proof);
	blob_free(&a->on_wire);
	blob_free(&a->hash);
	blob_free(&a->args);
	blob_free(&a->answer);
	heap_free(a, sizeof *a);
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

void attempt_domain(struct attempt *a, struct span domain)
{
	a->domain_set = domain.n > 0;
	set(a, &a->domain, domain, USER_MAX);
}

void attempt_exposes(struct attempt *a, enum event_exposure exposure)
{
	if (exposure > a->worth)
		a->worth = exposure;
}

void attempt_misplaced(struct pop3 *p, struct attempt *a, const struct sasl_response *r)
{
	attempt_undecodable(a);
	attempt_secret(p, a, r->bytes, r->on_wire);
	attempt_exposes(a, EXPOSURE_PASSWORD);
}

void attempt_forget_user(struct attempt *a)
{
	a->user_set = false;
	blob_free(&a->user);
}

bool attempt_has_user(const struct attempt *a)
{
	return a->user_set;
}

bool attempt_has_secret(const struct attempt *a)
{
	return a->secret_set;
}

void attempt_digest(struct attempt *a, struct span on_wire)
{
	a->sent = true;
	blob_set(&a->on_wire, span_take(on_wire, SCRUB_MAX));
}

void attempt_proof(struct attempt *a, struct span proof)
{
	blob_set(&a->proof, span_take(proof, SCRUB_MAX));
}

void attempt_lost(struct attempt *a, struct span on_wire)
{
	attempt_digest(a, on_wire);
	attempt_cut(a);
}

/* A piece must not be taken for two, nor a line for two lines. */
static bool fits_line(const struct hash_part *part, bool last)
{
	size_t i;

	for (i = 0; !part->hex && i < part->bytes.n; i++)
		if (part->bytes.p[i] < ' ' || part->bytes.p[i] == 0x7f ||
		    (part->bytes.p[i] == ':' && part->bytes.n > 1 && !last))
			return false;
	return true;
}

void attempt_hash(const struct pop3 *p, struct attempt *a, uint32_t mode, const struct hash_part *part, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t line[HASH_MAX];
	size_t i, k, at = 0;

	if (p->config->secrets != POP3_SECRETS_SHOW || p->loss.cut || p->line[SIDE_CLIENT].over)
		return;
	for (i = 0; i < n; i++) {
		struct span b = part[i].bytes;

		if (!fits_line(&part[i], i + 1 == n) || b.n > (sizeof line - at) / 2)
			return;
		for (k = 0; k < b.n; k++) {
			if (part[i].hex) {
				line[at++] = (uint8_t)digits[b.p[k] >> 4];
				line[at++] = (uint8_t)digits[b.p[k] & 15];
			} else {
				line[at++] = b.p[k];
			}
		}
	}
	a->hash_mode = mode;
	blob_set(&a->hash, span_of(line, at));
}

void attempt_secret(struct pop3 *p, struct attempt *a, struct span secret, struct span on_wire)
{
	a->secret_set = a->sent = true;
	if (secret.n > SECRET_MAX)
		a->truncated = true;
	/* Where it is not shown it is kept for the rules, and to know it again: of a long one so much, and blanks say nothing. */
	if (p->config->secrets != POP3_SECRETS_SHOW && secret.n > SCRUB_MAX)
		blob_set(&a->secret, span_take(span_ltrim(secret), SCRUB_MAX));
	else
		blob_set(&a->secret, span_take(secret, SECRET_MAX));
	blob_set(&a->on_wire, span_take(on_wire, SCRUB_MAX));
	/* The line was cut, and with it what we have of the secret: no fingerprint of a part. */
	if (p->line[SIDE_CLIENT].over || p->loss.cut) {
		a->truncated = true;
		return;
	}
	if (p->config->fingerprint != NULL) {
		p->config->fingerprint(p->config->ctx, secret, a->id);
		a->id_set = true;
	}
	/* What could not be taken apart has more in it than the password. */
	if (p->config->breached != NULL && a->worth == EXPOSURE_PASSWORD && secret.n > 0 && !a->undecodable)
		a->breached = p->config->breached(p->config->ctx, secret);
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

/* True when word (n bytes) stands in text, letters compared without case. */
static bool stands_in(struct span text, struct span word)
{
	size_t i;

	for (; text.n >= word.n; text = span_skip(text, 1)) {
		for (i = 0; i < word.n && ascii_lower(text.p[i]) == ascii_lower(word.p[i]); i++)
			;
		if (i == word.n)
			return true;
	}
	return false;
}

/* Of eight bytes in a row, one of 4096. */
static unsigned bit_of(uint64_t part)
{
	return (unsigned)(part * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

_Static_assert(PART_TOLD == sizeof(uint64_t), "a part fills a number");

static bool is_alnum(uint8_t c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9');
}

/* The same, but as a word of its own: 'Zq', "x". */
static bool stands_alone(struct span text, struct span word)
{
	const uint8_t *from = text.p;

	for (; text.n >= word.n; text = span_skip(text, 1))
		if (stands_in(span_take(text, word.n), word) && (text.p == from || !is_alnum(text.p[-1])) &&
		    (text.n == word.n || !is_alnum(text.p[word.n])))
			return true;
	return false;
}

/* True when one of the secret's words stands in text: servers take words apart, and leave blanks out. */
static bool words_told(struct span text, struct span secret)
{
	bool only = true;

	while (secret.n > 0) {
		struct span word = span_word(&secret);

		only &= secret.n == 0;
		if (word.n >= SCRUB_MIN && word.n < PART_TOLD && stands_in(text, word))
			return true;
		/* A short one is a part of many words; and of a phrase it says nothing. */
		if (word.n > 0 && word.n < SCRUB_MIN && only && stands_alone(text, word))
			return true;
	}
	return false;
}

/* A text of the server that is looked through for several secrets. */
struct answer {
	struct span text;
	bool parted;       /* its parts were looked at */
	uint64_t seen[64]; /* a bit for each of them, by hash: few need a search */
};

static void look_at_parts(struct answer *in)
{
	uint64_t part = 0;
	size_t i;

	in->parted = true;
	memset(in->seen, 0, sizeof in->seen);
	for (i = 0; i < in->text.n; i++) {
		part = part << 8 | ascii_lower(in->text.p[i]);
		if (i + 1 >= PART_TOLD)
			in->seen[bit_of(part) / 64] |= UINT64_C(1) << bit_of(part) % 64;
	}
}

/* True when the text gives away the secret, a word of it, or PART_TOLD bytes of it in a row. */
static bool tells(struct answer *in, struct span secret)
{
	uint64_t part = 0;
	size_t i;

	if (words_told(in->text, secret))
		return true;
	if (secret.n < PART_TOLD || in->text.n < PART_TOLD)
		return false;
	if (!in->parted)
		look_at_parts(in);
	for (i = 0; i < secret.n; i++) {
		part = part << 8 | ascii_lower(secret.p[i]);
		if (i + 1 >= PART_TOLD && (in->seen[bit_of(part) / 64] >> bit_of(part) % 64 & 1) != 0 &&
		    stands_in(in->text, span_of(secret.p + i + 1 - PART_TOLD, PART_TOLD)))
			return true;
	}
	return false;
}

static bool tells_old(const struct pop3 *p, struct answer *in)
{
	struct span rest = blob_span(&p->old_secrets);

	for (; rest.n > 0; rest = span_skip(rest, 1u + rest.p[0]))
		if (tells(in, span_of(rest.p + 1, rest.p[0])))
			return true;
	return false;
}

bool secrets_told(const struct pop3 *p, struct span text)
{
	return tells_old(p, &(struct answer){ .text = text });
}

/* What a later answer may repeat. The beginning is enough to know it again. */
static void remember(struct pop3 *p, struct span secret)
{
	uint8_t all[OLD_SECRETS * (1 + OLD_SECRET_MAX)];
	struct span old = blob_span(&p->old_secrets), rest = old;
	unsigned count;
	size_t n;

	secret = span_take(span_ltrim(secret), OLD_SECRET_MAX);
	if (secret.n == 0)
		return;
	for (count = 0; rest.n > 0; count++)
		rest = span_skip(rest, 1u + rest.p[0]);
	if (count == OLD_SECRETS)
		old = span_skip(old, 1u + old.p[0]); /* the oldest one is forgotten */
	if (old.n > 0)
		memcpy(all, old.p, old.n);
	n = old.n;
	all[n++] = (uint8_t)secret.n;
	memcpy(all + n, secret.p, secret.n);
	n += secret.n;
	blob_set(&p->old_secrets, span_of(all, n));
	explicit_bzero(all, n);
}

/* True when text gives away what the attempt sent. Where the password is the user's name there is nothing left to hide. */
static bool told_by(const struct attempt *a, struct answer *in)
{
	struct span secret = span_take(span_ltrim(blob_span(&a->secret)), SCRUB_MAX); /* blanks say nothing */

	return (!span_eq(secret, blob_span(&a->user)) && tells(in, secret)) ||
	       tells(in, blob_span(&a->on_wire)) || tells(in, blob_span(&a->proof));
}

/* An answer may be taken for another's: those that still wait for theirs have secrets, too. */
static bool pending_told(const struct pop3 *p, struct answer *in)
{
	unsigned i;

	for (i = 0; i < p->n_pending; i++) {
		const struct attempt *a = p->pending[(p->first_pending + i) % POP3_PENDING_MAX].attempt;

		if (a != NULL && told_by(a, in))
			return true;
	}
	return false;
}

bool any_secret_told(const struct pop3 *p, struct span text)
{
	struct answer in = { .text = text };

	return tells_old(p, &in) || pending_told(p, &in) || (p->sasl.attempt != NULL && told_by(p->sasl.attempt, &in));
}

struct span pop3_secret(const struct pop3 *p)
{
	struct span secret;

	if (p->told == NULL || !p->told->secret_set)
		return span_of(NULL, 0);
	secret = blob_span(&p->told->secret);
	return secret.p != NULL ? secret : span_str("");
}

/*
 * Servers repeat what they did not understand: "-ERR no such command: hunter2". An answer that has the
 * secret in it is left out as a whole: cutting it out would show where it stood, and in what words.
 */
static void set_answer(struct pop3 *p, struct attempt *a, struct span answer)
{
	struct answer in = { .text = span_take(answer, ANSWER_MAX) }; /* what is not told need not be looked at */

	a->truncated |= answer.n > ANSWER_MAX;
	answer = in.text;
	if (p->config->secrets != POP3_SECRETS_SHOW && (told_by(a, &in) || tells_old(p, &in) || pending_told(p, &in)))
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
	if (p->config->secrets != POP3_SECRETS_SHOW && !span_eq(span_ltrim(blob_span(&a->secret)), blob_span(&a->user)))
		remember(p, blob_span(&a->secret));
	if (p->config->secrets != POP3_SECRETS_SHOW)
		remember(p, blob_span(a->proof.at != NULL ? &a->proof : &a->on_wire));
	if (a->sent)
		a->exposure = a->worth;
	else
		a->exposure = a->user_set && a->user.at != NULL ? EXPOSURE_IDENTITY : EXPOSURE_NONE;
	p->logins++;
	/* Without a word of the server none is told before the end: but they must not pile up. */
	if (++p->untold > POP3_PENDING_MAX)
		p->confirmed = true;
	if (outcome == OUTCOME_SUCCESS)
		p->authenticated = true;
	if (outcome == OUTCOME_UNKNOWN)
		p->loss.doubts++;
	/* Best first: success, failure, unknown. */
	if (p->best_outcome == OUTCOME_NONE || outcome < p->best_outcome)
		p->best_outcome = outcome;
	if (a->exposure > p->worst_exposure)
		p->worst_exposure = a->exposure;
	/* Whoever guesses without end in one session is counted; whoever gets in is told all the same. */
	if (p->logins > POP3_ATTEMPTS_MAX && outcome != OUTCOME_SUCCESS) {
		p->truncated = true;
		counter_add(COUNTER_POP3_ATTEMPTS, 1);
		attempt_free(a);
		return;
	}
	a->next = NULL;
	if (p->ready == NULL)
		p->ready = a;
	else
		p->ready_last->next = a;
	p->ready_last = a;
}

/* The response code at the beginning of an answer (RFC 2449 section 8, RFC 3206), in upper case. */
static size_t response_code(struct span answer, char out[REASON_MAX])
{
	size_t i;

	if (answer.n == 0 || answer.p[0] != '[' || span_is(answer, redacted))
		return 0;
	for (i = 1; i < answer.n && i <= REASON_MAX; i++) {
		uint8_t c = answer.p[i];

		if (c == ']')
			return i - 1;
		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && strchr("-_./", c) == NULL)
			return 0;
		out[i - 1] = (char)c;
	}
	return 0;
}

static void failure_event(const struct attempt *a, struct event *e)
{
	char reason[REASON_MAX];
	size_t n = response_code(blob_span(&a->answer), reason);
	struct span code = span_of(reason, n);

	if (n == 0)
		return;
	event_set(e, EVENT_FAILURE_REASON, code);
	/* A server looks at the mailbox only for who may have it (RFC 2449 section 8.1). */
	if (span_is(code, "IN-USE") || span_is(code, "LOGIN-DELAY"))
		e->credential = CREDENTIAL_VALID;
	else if (span_is(code, "AUTH"))
		e->credential = CREDENTIAL_INVALID;
}

void attempt_event(struct pop3 *p, const struct attempt *a, struct event *e)
{
	event_init(e, EVENT_LOGIN);
	e->outcome = a->outcome;
	e->exposure = a->exposure;
	e->stls = a->stls;
	e->undecodable = a->undecodable;
	e->capture.truncated = a->truncated;
	e->secret_seen = a->secret_set;
	if (a->mechanism[0] != '\0')
		event_set(e, EVENT_MECHANISM, span_str(a->mechanism));
	if (a->user_set)
		event_set(e, EVENT_USER, blob_span(&a->user));
	if (a->authzid_set)
		event_set(e, EVENT_AUTHZID, blob_span(&a->authzid));
	if (a->domain_set)
		event_set(e, EVENT_DOMAIN, blob_span(&a->domain));
	if (a->hash.at != NULL) {
		e->hash_mode = a->hash_mode;
		event_set(e, EVENT_HASH, blob_span(&a->hash));
	}
	if (a->secret_set && p->config->secrets == POP3_SECRETS_SHOW)
		event_set(e, EVENT_PASSWORD, blob_span(&a->secret));
	if (a->id_set) {
		e->secret_id_set = true;
		memcpy(e->secret_id, a->id, sizeof e->secret_id);
	}
	e->breached = a->breached;
	if (a->command[0] != '\0')
		event_set(e, EVENT_COMMAND, span_str(a->command));
	event_set(e, EVENT_ARGS, blob_span(&a->args));
	if (a->answered) {
		e->response_set = true;
		e->response_ok = a->outcome == OUTCOME_SUCCESS;
		event_set(e, EVENT_RESPONSE, blob_span(&a->answer));
		if (a->outcome == OUTCOME_FAILURE)
			failure_event(a, e);
	}
	if (p->banner.at != NULL)
		event_set(e, EVENT_BANNER, blob_span(&p->banner));
}

struct attempt *attempt_pop_ready(struct pop3 *p)
{
	struct attempt *a = p->ready;

	if (a != NULL) {
		p->ready = a->next;
		a->next = NULL;
		p->untold--;
		if (p->ready == NULL)
			p->ready_last = NULL;
	}
	return a;
}
