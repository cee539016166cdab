/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the client says, and the queue of commands that wait for an answer (RFC 2449 section 6.6: PIPELINING). */
#include <strings.h>

#include "impl.h"

static void on_user(struct pop3 *p, struct pending *c, struct span args)
{
	/* A second USER replaces the first. The answer proves nothing: PASS decides. */
	(void)c;
	p->users_only += p->user_set ? 1 : 0;
	p->user_refused = false;
	p->user_set = !p->loss.cut; /* half a name would be another's */
	blob_set(&p->user, p->loss.cut ? span_of(NULL, 0) : span_ltrim(args));
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

bool is_hex(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i] | 0x20;

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return s.n > 0;
}

/* The time stamp of a greeting, <...@...>, wherever it stands in it (RFC 1939 section 7); empty when there is none. */
struct span time_stamp(struct span banner)
{
	const uint8_t *from, *to;

	while (banner.n > 0 && (from = memchr(banner.p, '<', banner.n)) != NULL) {
		banner = span_skip(banner, (size_t)(from - banner.p));
		to = memchr(banner.p, '>', banner.n);
		if (to == NULL)
			break;
		if (memchr(from, '@', (size_t)(to - from)) != NULL && memchr(from, ' ', (size_t)(to - from)) == NULL)
			return span_of(from, (size_t)(to - from) + 1);
		banner = span_skip(banner, 1);
	}
	return span_of(NULL, 0);
}

#define HASHCAT_APOP 20       /* md5($salt.$pass) */
#define APOP_DIGEST 32        /* hexadecimal digits of an MD5 */
#define APOP_DIGEST_KNOWN 8   /* of a line that was cut: so many make it one */

static void apop_hash(struct pop3 *p, struct attempt *a, struct span digest)
{
	struct span stamp = time_stamp(blob_span(&p->banner));
	uint8_t lower[APOP_DIGEST];
	size_t i;

	if (stamp.n == 0 || digest.n != APOP_DIGEST || !is_hex(digest))
		return;
	for (i = 0; i < sizeof lower; i++)
		lower[i] = digest.p[i] | 0x20;
	attempt_hash(p, a, HASHCAT_APOP, (const struct hash_part[]){ { span_of(lower, sizeof lower), false },
		     { span_str(":"), false }, { stamp, false } }, 3);
}

/* APOP name digest (RFC 1939 section 7): MD5 of the greeting's time stamp and the password. */
static void on_apop(struct pop3 *p, struct pending *c, struct span args)
{
	struct attempt *a = attempt_new("APOP", EXPOSURE_CRACKABLE_DIGEST);
	struct span all = args, digest;
	const uint8_t *space;

	if (a == NULL)
		return;
	args = span_trim(args);
	/* The name may have spaces, the digest has none. */
	space = args.n > 0 ? memrchr(args.p, ' ', args.n) : NULL;
	digest = space != NULL ? span_skip(args, (size_t)(space - args.p) + 1) : span_of(NULL, 0);
	attempt_command(p, a, "APOP", all, "[redacted]");
	c->attempt = a;
	if (p->loss.cut) {
		attempt_lost(a, digest);
	} else {
		bool whole = digest.n == APOP_DIGEST && is_hex(digest);

		attempt_digest(a, whole ? digest : args);
		if (!whole)
			attempt_undecodable(a);
	}
	if (is_hex(digest) && digest.n >= (p->loss.cut ? APOP_DIGEST_KNOWN : APOP_DIGEST))
		attempt_user(a, span_of(args.p, (size_t)(space - args.p)));
	else if (digest.n > 0 && !p->loss.cut) /* no digest: then it may be a password, blanks and all */
		attempt_user(a, span_take(args, (size_t)((const uint8_t *)memchr(args.p, ' ', args.n) - args.p)));
	apop_hash(p, a, digest);
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
#define COMMAND(id, word, what, shape, least, most) [COMMAND_##id] = { word, on_##what, SHAPE_##shape },
#include "commands.def"
#undef COMMAND
	[COMMAND_GAP] = { "", on_plain, SHAPE_SINGLE },
};

bool command_needs_login(enum command c)
{
	return c == COMMAND_STAT || c == COMMAND_LIST || c == COMMAND_RETR || c == COMMAND_DELE || c == COMMAND_TOP ||
	       c == COMMAND_UIDL || c == COMMAND_RSET;
}

const char *command_word(enum command c)
{
	return commands[c].word;
}

#define HEAD(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* The first three letters of each: few words agree in these. */
#define COMMAND(id, word, what, shape, least, most) _Static_assert(sizeof word > 3, word " is too short");
#include "commands.def"
#undef COMMAND
static const uint32_t heads[] = {
#define COMMAND(id, word, what, shape, least, most) [COMMAND_##id] = HEAD(word[0], word[1], word[2]),
#include "commands.def"
#undef COMMAND
};

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c & 0xdf : c;
}

static enum command by_word(struct span word)
{
	uint32_t head;
	unsigned i;

	if (word.n < 3)
		return COMMAND_UNKNOWN;
	head = HEAD(upper(word.p[0]), upper(word.p[1]), upper(word.p[2]));
	for (i = COMMAND_UNKNOWN + 1; i < COMMAND_GAP; i++)
		if (heads[i] == head && span_is(word, commands[i].word))
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

struct pending *pending_last(struct pop3 *p)
{
	return p->n_pending == 0 ? NULL : pending_at(p, p->n_pending - 1);
}

void pending_pop(struct pop3 *p)
{
	p->n_pending--;
	/* An empty queue begins at its first entry again, which was used last. */
	p->first_pending = p->n_pending > 0 ? (p->first_pending + 1) % POP3_PENDING_MAX : 0;
}

/* A new last entry, or one that nobody will see when there are too many. */
struct pending *pending_push(struct pop3 *p, struct pending *beyond)
{
	struct pending *c;

	if (p->n_pending == POP3_PENDING_MAX || p->untracked > 0) {
		/* Their answers are counted off before commands are kept apart again. */
		p->untracked++;
		p->truncated = true;
		counter_add(COUNTER_POP3_PIPELINE_FULL, 1);
		c = beyond;
	} else {
		c = pending_at(p, p->n_pending);
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
		if (c->command == COMMAND_AUTH && (c->response_lost || (c->maybe_lost && p->loss.server_gap)))
			sasl_answer_lost(p, c);
		settle_response(p, c);
		if (c->command == COMMAND_GAP && c->attempt != NULL)
			hold_user(p, c);
		else if (c->attempt != NULL && alone)
			p->loss.doubtful = c->attempt;
		else if (c->attempt != NULL)
			attempt_settle(p, c->attempt, OUTCOME_UNKNOWN, span_of(NULL, 0));
		pending_pop(p);
	}
	p->untracked = 0;
	sasl_end(p);
}

bool command_logs_in(enum command c)
{
	return c == COMMAND_USER || c == COMMAND_PASS || c == COMMAND_APOP || c == COMMAND_AUTH;
}

bool pending_auth(struct pop3 *p)
{
	struct pending beyond, *c = pending_push(p, &beyond);

	c->command = COMMAND_AUTH;
	return c != &beyond;
}

static bool is_number(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* Whether it is POP3 at all, by a command. */
static void judge(struct pop3 *p, enum command c, struct span args, struct span line)
{
	bool number = is_number(args);

	if (!p->confirmed && protocol_foreign(line)) {
		protocol_begin(p, SIDE_CLIENT, line, true);
		return;
	}
	/* POP3 has the server speak first: a client that does must at least speak POP3. */
	if (p->commands == 1 && !p->greeted && c == COMMAND_UNKNOWN) {
		protocol_begin(p, SIDE_CLIENT, line, true);
		return;
	}
	p->spoke |= c != COMMAND_UNKNOWN;
	/* Others say QUIT and NOOP, too; of AUTH the mechanism tells. */
	if (c != COMMAND_UNKNOWN && c != COMMAND_QUIT && c != COMMAND_NOOP && c != COMMAND_HELO && c != COMMAND_AUTH)
		p->known_command = true;
	if (c == COMMAND_CAPA || c == COMMAND_STLS || c == COMMAND_APOP || c == COMMAND_UIDL || c == COMMAND_TOP ||
	    ((c == COMMAND_RETR || c == COMMAND_DELE) && number))
		p->own_command = true;
}

void command_line(struct pop3 *p, struct span line)
{
	struct pending beyond, *c;
	struct span args, word;
	enum command command;
	bool response;

	if (p->client_message) {
		if (span_is(line, "."))
			p->client_message = false;
		return;
	}
	if (p->sasl.active && sasl_line(p, line))
		return;
	args = span_ltrim(line);
	word = span_word(&args);
	command = by_word(word);
	close_gap(p, command);
	if (command == COMMAND_PASS)
		drop_users(p);
	settle_lost_user(p);
	if (p->shape_doubtful) {
		p->shape = SHAPE_SINGLE;
		p->shape_doubtful = false;
	}
	if (p->loss.pass_tail > 0) {
		p->loss.pass_tail = 0; /* so little, and then a command: it was no PASS, and perhaps a USER */
		p->user_set = false;
		blob_free(&p->user);
	}
	response = command == COMMAND_UNKNOWN && first_response(p, line);
	if (command != COMMAND_UNKNOWN)
		p->loss.exchange = NULL;
	p->loss.blind = behind_gap(p);
	if (p->loss.blind) {
		c = &beyond;
		*c = (struct pending){ 0 };
	} else {
		c = pending_push(p, &beyond);
	}
	c->command = command;
	c->response = response;
	c->evidence = p->loss.doubtful != NULL;
	c->cut = p->loss.cut;
	c->bare = span_ltrim(args).n == 0;
	p->commands++;
	judge(p, command, args, line);
	if (p->phase == PHASE_OTHER)
		return;
	/* Whoever logs in again was not let in. That is no proof: the answer was not seen. */
	if (command_logs_in(command))
		settle_doubtful(p, OUTCOME_UNKNOWN);
	p->user_last = command == COMMAND_USER;
	commands[command].on(p, c, args);
	if (c == &beyond && beyond.attempt != NULL) {
		p->loss.late++;
		attempt_settle(p, beyond.attempt, OUTCOME_UNKNOWN, span_of(NULL, 0));
	}
}
